//! Network ACLs, their entries and associations.

use super::{Call, describe::Describe, vpc::Vpc};
use crate::{
    cidr,
    error::ApiError,
    filter::Filters,
    id::Kind,
    json::{Extra, show},
    reply::{Outcome, Reply},
    state::{Any, Change, Index, Resource, State, Table},
    tags::Tags,
    wire::query::Params,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// A network ACL, as DescribeNetworkAcls shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkAcl {
    pub(crate) network_acl_id: String,
    #[serde(default)]
    pub(crate) vpc_id: String,
    pub(crate) owner_id: String,
    #[serde(default)]
    pub(crate) is_default: bool,
    #[serde(default)]
    pub(crate) entries: Vec<Entry>,
    #[serde(default)]
    pub(crate) associations: Vec<Association>,
    #[serde(default)]
    pub(crate) tags: Tags,
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

/// An entry of an ACL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry {
    pub(crate) rule_number: i64,
    pub(crate) egress: bool,
    /// A number as text; `-1` is all.
    pub(crate) protocol: String,
    pub(crate) rule_action: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cidr_block: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ipv6_cidr_block: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) port_range: Option<PortRange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) icmp_type_code: Option<IcmpTypeCode>,
}

/// The ports of an entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PortRange {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// The ICMP type and code of an entry; -1 is all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct IcmpTypeCode {
    pub(crate) code: i64,
    #[serde(rename = "Type")]
    pub(crate) kind: i64,
}

/// An ACL's hold on a subnet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Association {
    pub(crate) network_acl_association_id: String,
    pub(crate) network_acl_id: String,
    pub(crate) subnet_id: String,
}

impl Resource for NetworkAcl {
    const KIND: Kind = Kind::NetworkAcl;

    fn id(&self) -> &str {
        &self.network_acl_id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
    fn tags_mut(&mut self) -> &mut Tags {
        &mut self.tags
    }
    fn show(&self, _state: &State) -> Value {
        show(self)
    }
    fn table(state: &State) -> &Table<Self> {
        &state.network_acls
    }
    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.network_acls
    }
    fn any(resource: Arc<Self>) -> Any {
        Any::NetworkAcl(resource)
    }
    fn index(&self, index: &mut Index) {
        index
            .network_acls_by_vpc
            .insert(&self.vpc_id, &self.network_acl_id);
        for association in &self.associations {
            let id = association.network_acl_association_id.clone();
            index
                .network_acl_by_association
                .insert(id, self.network_acl_id.clone());
        }
    }
    fn unindex(&self, index: &mut Index) {
        index
            .network_acls_by_vpc
            .remove(&self.vpc_id, &self.network_acl_id);
        for association in &self.associations {
            index
                .network_acl_by_association
                .remove(&association.network_acl_association_id);
        }
    }
}

/// VPC User Guide, "Network ACL rules": the numbers of the fixed denies at the end, which nobody
/// can change; below them are the numbers to use.
const LAST_IPV4: i64 = 32767;
const LAST_IPV6: i64 = 32768;

impl NetworkAcl {
    /// A new ACL.
    ///
    /// VPC User Guide, "Network ACLs": the default ACL allows all, a custom one denies all.
    pub(super) fn new(call: &Call, vpc: &Vpc, is_default: bool, tags: Tags) -> Self {
        let ipv6 = vpc.ipv6_blocks().next().is_some();
        let mut entries = Vec::new();
        for egress in [true, false] {
            entries.push(fixed(LAST_IPV4, egress, "deny"));
            if is_default {
                entries.push(fixed(100, egress, "allow"));
            }
            if ipv6 {
                entries.push(fixed(LAST_IPV6, egress, "deny"));
            }
            if ipv6 && is_default {
                entries.push(fixed(101, egress, "allow"));
            }
        }
        let mut acl = Self {
            network_acl_id: call.ids.new_id("acl"),
            vpc_id: vpc.vpc_id.clone(),
            owner_id: call.scope.account.clone(),
            is_default,
            entries,
            associations: Vec::new(),
            tags,
            extra: Extra::new(),
        };
        acl.sort();
        acl
    }

    /// The default ACL of a VPC.
    pub(super) fn default_of<'a>(state: &'a State, vpc: &str) -> Option<&'a Arc<Self>> {
        let acls = state.index.network_acls_by_vpc.of(vpc);
        acls.filter_map(|id| state.network_acls.get(id))
            .find(|acl| acl.is_default)
    }

    /// Associates a subnet; gives the association's id.
    pub(super) fn associate(&mut self, call: &Call, subnet: &str) -> String {
        let id = call.ids.new_id("aclassoc");
        self.associations.push(Association {
            network_acl_association_id: id.clone(),
            network_acl_id: self.network_acl_id.clone(),
            subnet_id: subnet.to_owned(),
        });
        id
    }

    /// The ACLs of a VPC as its first IPv6 block leaves them: each with the IPv6 deny, an untouched
    /// default one with the allow too.
    pub(super) fn with_ipv6(call: &Call, vpc: &Vpc) -> Vec<Change> {
        let acls = call.state.index.network_acls_by_vpc.of(&vpc.vpc_id);
        acls.filter_map(|id| call.state.network_acls.get(id))
            .map(|acl| {
                let mut acl = NetworkAcl::clone(acl);
                for egress in [true, false] {
                    let untouched = acl.is_default
                        && acl
                            .entries
                            .iter()
                            .filter(|entry| entry.egress == egress)
                            .all(|entry| {
                                *entry == fixed(100, egress, "allow")
                                    || *entry == fixed(LAST_IPV4, egress, "deny")
                            });
                    acl.entries.push(fixed(LAST_IPV6, egress, "deny"));
                    if untouched {
                        acl.entries.push(fixed(101, egress, "allow"));
                    }
                }
                acl.sort();
                Change::put(acl)
            })
            .collect()
    }

    /// Puts the entries into EC2's order and canonical form.
    pub(crate) fn sort(&mut self) {
        for entry in &mut self.entries {
            for block in [&mut entry.cidr_block, &mut entry.ipv6_cidr_block]
                .into_iter()
                .flatten()
            {
                *block = cidr::canonical(block);
            }
        }
        self.entries
            .sort_by_key(|entry| (!entry.egress, entry.rule_number));
        self.associations
            .sort_by(|one, other| one.subnet_id.cmp(&other.subnet_id));
    }

    fn position(&self, number: i64, egress: bool) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| entry.rule_number == number && entry.egress == egress)
    }
}

/// One of AWS's own entries: everything of a family.
fn fixed(number: i64, egress: bool, action: &str) -> Entry {
    let ipv6 = matches!(number, LAST_IPV6 | 101);
    Entry {
        rule_number: number,
        egress,
        protocol: "-1".to_owned(),
        rule_action: action.to_owned(),
        cidr_block: (!ipv6).then(|| "0.0.0.0/0".to_owned()),
        ipv6_cidr_block: ipv6.then(|| "::/0".to_owned()),
        port_range: None,
        icmp_type_code: None,
    }
}

const DESCRIBE: Describe = Describe::new(
    "NetworkAcls",
    "NetworkAclId",
    &[
        (
            "association.association-id",
            "Associations.NetworkAclAssociationId",
        ),
        ("association.network-acl-id", "Associations.NetworkAclId"),
        ("association.subnet-id", "Associations.SubnetId"),
        ("default", "IsDefault"),
        ("entry.cidr", "Entries.CidrBlock"),
        ("entry.icmp.code", "Entries.IcmpTypeCode.Code"),
        ("entry.icmp.type", "Entries.IcmpTypeCode.Type"),
        ("entry.ipv6-cidr", "Entries.Ipv6CidrBlock"),
        ("entry.port-range.from", "Entries.PortRange.From"),
        ("entry.port-range.to", "Entries.PortRange.To"),
        ("entry.protocol", "Entries.Protocol"),
        ("entry.rule-action", "Entries.RuleAction"),
        ("entry.egress", "Entries.Egress"),
        ("entry.rule-number", "Entries.RuleNumber"),
        ("network-acl-id", "NetworkAclId"),
        ("owner-id", "OwnerId"),
        ("vpc-id", "VpcId"),
    ],
);

/// DescribeNetworkAcls.
pub(super) fn describe(call: &Call, params: &mut Params) -> Result<Reply, ApiError> {
    let page = DESCRIBE.page(params)?;
    let ids = params.texts(DESCRIBE.ids)?;
    let mut filters = Filters::take(params, DESCRIBE.filters, DESCRIBE.tags)?;
    // API Reference: `entry.protocol` is tcp, udp, icmp, or a number; entries hold the number.
    filters.respell("entry.protocol", |value| match value {
        "tcp" => "6",
        "udp" => "17",
        "icmp" => "1",
        other => other,
    });
    Ok(DESCRIBE
        .find::<NetworkAcl>(call, &page, ids, &filters)?
        .reply(DESCRIBE.list))
}

/// CreateNetworkAcl.
pub(super) fn create(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let vpc = call.find::<Vpc>(&params.required("VpcId")?)?;
    let tags = Tags::take_specification(params, Kind::NetworkAcl)?;
    params.text("ClientToken")?;
    let acl = NetworkAcl::new(call, vpc, false, tags);
    let reply = Reply::with("NetworkAcl", show(&acl));
    Ok(Outcome {
        changes: vec![Change::put(acl)],
        reply,
    })
}

/// ReplaceNetworkAclAssociation: another ACL for a subnet, under a new association id.
pub(super) fn replace_association(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let id = params.required("AssociationId")?;
    let next = call.find::<NetworkAcl>(&params.required("NetworkAclId")?)?;
    let holder = call.state.index.network_acl_by_association.get(&id);
    let holder = holder.and_then(|holder| call.state.network_acls.get(holder));
    let association = holder.and_then(|acl| {
        acl.associations
            .iter()
            .find(|association| association.network_acl_association_id == id)
    });
    let (Some(holder), Some(association)) = (holder, association) else {
        return Err(ApiError::new(
            "InvalidAssociationID.NotFound",
            format!("The association ID '{id}' does not exist"),
        ));
    };
    if holder.vpc_id != next.vpc_id {
        return Err(ApiError::value(format!(
            "networkAcl {} and subnet {} belong to different networks",
            next.network_acl_id, association.subnet_id
        )));
    }
    let mut old = NetworkAcl::clone(holder);
    old.associations
        .retain(|association| association.network_acl_association_id != id);
    let mut new = if old.network_acl_id == next.network_acl_id {
        old.clone()
    } else {
        NetworkAcl::clone(next)
    };
    let new_id = new.associate(call, &association.subnet_id);
    new.sort();
    Ok(Outcome {
        changes: vec![Change::put(old), Change::put(new)],
        reply: Reply::with("NewAssociationId", new_id),
    })
}

/// CreateNetworkAclEntry.
///
/// VPC User Guide, "Amazon VPC quotas": 20 entries per direction and address family, the default
/// deny among them. API Reference: a number is taken once per direction.
pub(super) fn create_entry(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let mut acl = target(call, params)?;
    let entry = entry(params)?;
    if acl.position(entry.rule_number, entry.egress).is_some() {
        return Err(ApiError::new(
            "NetworkAclEntryAlreadyExists",
            format!(
                "The network acl entry identified by {} already exists.",
                entry.rule_number
            ),
        ));
    }
    acl.entries.push(entry.clone());
    check_quota(call, &acl, &entry)?;
    acl.sort();
    Ok(Outcome {
        changes: vec![Change::put(acl)],
        reply: Reply::default(),
    })
}

/// ReplaceNetworkAclEntry.
pub(super) fn replace_entry(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let mut acl = target(call, params)?;
    let entry = entry(params)?;
    let position = acl
        .position(entry.rule_number, entry.egress)
        .ok_or_else(|| entry_not_found(entry.rule_number))?;
    acl.entries[position] = entry.clone();
    check_quota(call, &acl, &entry)?;
    acl.sort();
    Ok(Outcome {
        changes: vec![Change::put(acl)],
        reply: Reply::default(),
    })
}

/// DeleteNetworkAclEntry: whatever is under the number now.
pub(super) fn delete_entry(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let mut acl = target(call, params)?;
    let (number, egress) = number_and_direction(params)?;
    let position = acl
        .position(number, egress)
        .ok_or_else(|| entry_not_found(number))?;
    acl.entries.remove(position);
    Ok(Outcome {
        changes: vec![Change::put(acl)],
        reply: Reply::default(),
    })
}

fn target(call: &Call, params: &mut Params) -> Result<NetworkAcl, ApiError> {
    Ok(NetworkAcl::clone(
        call.find::<NetworkAcl>(&params.required("NetworkAclId")?)?,
    ))
}

fn entry_not_found(number: i64) -> ApiError {
    ApiError::new(
        "InvalidNetworkAclEntry.NotFound",
        format!("The network acl entry identified by {number} does not exist."),
    )
}

fn number_and_direction(params: &mut Params) -> Result<(i64, bool), ApiError> {
    let number = params
        .number("RuleNumber")?
        .ok_or_else(|| ApiError::missing("ruleNumber"))?;
    if !(1..LAST_IPV4).contains(&number) {
        return Err(ApiError::value(format!(
            "Invalid value '{number}' for ruleNumber. Must be between 1 and 32766."
        )));
    }
    let egress = params
        .flag("Egress")?
        .ok_or_else(|| ApiError::missing("egress"))?;
    Ok((number, egress))
}

/// Reads an entry into its canonical form.
///
/// API Reference, CreateNetworkAclEntry: the protocol is a number or -1; exactly one block; 6 and
/// 17 need ports; 1, and 58 with an IPv6 block, need type and code; with -1 and any other number
/// both are ignored.
fn entry(params: &mut Params) -> Result<Entry, ApiError> {
    let (rule_number, egress) = number_and_direction(params)?;
    let protocol = params.required("Protocol")?;
    let number = |text: &str| {
        text.parse::<u8>()
            .is_ok_and(|number| number.to_string() == text)
    };
    if protocol != "-1" && !number(&protocol) {
        return Err(ApiError::value(format!(
            "Invalid value '{protocol}' for IP protocol. Must be a protocol number, or -1 for all."
        )));
    }
    let rule_action = params.required("RuleAction")?;
    if !matches!(rule_action.as_str(), "allow" | "deny") {
        return Err(ApiError::value(format!(
            "Invalid value '{rule_action}' for ruleAction. Must be allow or deny."
        )));
    }
    let (cidr_block, ipv6_cidr_block) = blocks(params)?;
    let port_range = port_range(params, &protocol)?;
    let wants_icmp = protocol == "1" || (protocol == "58" && ipv6_cidr_block.is_some());
    let icmp_type_code = icmp_type_code(params, wants_icmp)?;
    Ok(Entry {
        rule_number,
        egress,
        protocol,
        rule_action,
        cidr_block,
        ipv6_cidr_block,
        port_range,
        icmp_type_code,
    })
}

fn blocks(params: &mut Params) -> Result<(Option<String>, Option<String>), ApiError> {
    let malformed = |text: &str, parameter: &str| {
        ApiError::value(format!(
            "Value ({text}) for parameter {parameter} is invalid. This is not a valid CIDR block."
        ))
    };
    match (params.text("CidrBlock")?, params.text("Ipv6CidrBlock")?) {
        (Some(text), None) => {
            let block = cidr::ipv4(&text).ok_or_else(|| malformed(&text, "cidrBlock"))?;
            Ok((Some(block.to_string()), None))
        }
        (None, Some(text)) => {
            let block = cidr::ipv6(&text).ok_or_else(|| malformed(&text, "ipv6CidrBlock"))?;
            Ok((None, Some(block.to_string())))
        }
        (None, None) => Err(ApiError::missing("cidrBlock or ipv6CidrBlock")),
        (Some(_), Some(_)) => Err(ApiError::combination(
            "The parameters cidrBlock and ipv6CidrBlock exclude each other",
        )),
    }
}

fn port_range(params: &mut Params, protocol: &str) -> Result<Option<PortRange>, ApiError> {
    let given = match params.group("PortRange")? {
        None => None,
        Some(mut range) => {
            let ends = (range.number("From")?, range.number("To")?);
            range.finish()?;
            Some(ends)
        }
    };
    if !matches!(protocol, "6" | "17") {
        return Ok(None);
    }
    match given {
        Some((Some(from), Some(to))) if (0..=to).contains(&from) && to <= 65535 => {
            Ok(Some(PortRange { from, to }))
        }
        Some((Some(from), Some(to))) => Err(ApiError::value(format!(
            "Invalid value '{from}-{to}' for portRange. Ports are 0 to 65535, the first not above \
             the last."
        ))),
        _ => Err(ApiError::missing("portRange")),
    }
}

fn icmp_type_code(params: &mut Params, wanted: bool) -> Result<Option<IcmpTypeCode>, ApiError> {
    let given = match params.group("Icmp")? {
        None => None,
        Some(mut icmp) => {
            let given = (icmp.number("Type")?, icmp.number("Code")?);
            icmp.finish()?;
            Some(given)
        }
    };
    if !wanted {
        return Ok(None);
    }
    match given {
        Some((Some(kind), Some(code))) => {
            let known = |number| (-1..=255).contains(&number);
            if !known(kind) || !known(code) || (kind == -1 && code != -1) {
                return Err(ApiError::value(format!(
                    "Invalid value '{kind}:{code}' for icmpTypeCode. Each is -1 to 255, and with \
                     type -1 the code is -1."
                )));
            }
            Ok(Some(IcmpTypeCode { code, kind }))
        }
        _ => Err(ApiError::missing("icmpTypeCode")),
    }
}

/// Counts the entries of one direction and family, the fixed deny among them.
fn check_quota(call: &Call, acl: &NetworkAcl, new: &Entry) -> Result<(), ApiError> {
    let alike = |entry: &&Entry| {
        entry.egress == new.egress
            && entry.ipv6_cidr_block.is_some() == new.ipv6_cidr_block.is_some()
    };
    if acl.entries.iter().filter(alike).count() > call.quotas.network_acl_entries {
        return Err(ApiError::new(
            "NetworkAclEntryLimitExceeded",
            "The maximum number of network acl entries has been reached.",
        ));
    }
    Ok(())
}
