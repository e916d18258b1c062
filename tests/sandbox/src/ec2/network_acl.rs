//! Network ACLs and their associations; their entries are in `network_acl_entry`.

use super::{
    Call,
    describe::Describe,
    network_acl_entry::{Entry, LAST_IPV4, LAST_IPV6, fixed},
    vpc::Vpc,
};
use crate::{
    cidr,
    error::ApiError,
    filter::Filters,
    id::Kind,
    json::{Extra, show},
    reply::{Outcome, Reply},
    state::{Change, Index, Resource, State},
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

    pub(super) fn position(&self, number: i64, egress: bool) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| entry.rule_number == number && entry.egress == egress)
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
