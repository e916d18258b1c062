//! VPCs and their CIDR blocks.

use super::{
    Call, availability_zone, describe::Describe, network_acl::NetworkAcl, route_table::RouteTable,
    security_group::SecurityGroup, security_group_rule::SecurityGroupRule, subnet::Subnet,
};
use crate::{
    cidr,
    error::ApiError,
    id::Kind,
    json::{Extra, show},
    reply::{Outcome, Reply},
    state::{Any, Change, Resource, State},
    tags::Tags,
    wire::query::Params,
};
use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// A VPC, as DescribeVpcs shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Vpc {
    pub(crate) vpc_id: String,
    pub(crate) owner_id: String,
    #[serde(default)]
    pub(crate) is_default: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) cidr_block: String,
    #[serde(default)]
    pub(crate) cidr_block_association_set: Vec<CidrBlockAssociation>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) ipv6_cidr_block_association_set: Vec<Ipv6CidrBlockAssociation>,
    #[serde(default)]
    pub(crate) tags: Tags,
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

/// An IPv4 block of a VPC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CidrBlockAssociation {
    pub(crate) cidr_block: String,
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

/// An IPv6 block of a VPC or subnet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Ipv6CidrBlockAssociation {
    pub(crate) ipv6_cidr_block: String,
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

impl Resource for Vpc {
    const KIND: Kind = Kind::Vpc;

    fn id(&self) -> &str {
        &self.vpc_id
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
}

impl Vpc {
    /// Its IPv4 blocks.
    pub(crate) fn ipv4_blocks(&self) -> impl Iterator<Item = Ipv4Net> {
        let more = self
            .cidr_block_association_set
            .iter()
            .map(|set| set.cidr_block.as_str());
        let mut blocks: Vec<_> = std::iter::once(self.cidr_block.as_str())
            .chain(more)
            .filter_map(cidr::ipv4)
            .collect();
        blocks.dedup();
        blocks.into_iter()
    }

    /// Its IPv6 blocks.
    pub(crate) fn ipv6_blocks(&self) -> impl Iterator<Item = Ipv6Net> {
        self.ipv6_cidr_block_association_set
            .iter()
            .filter_map(|set| cidr::ipv6(&set.ipv6_cidr_block))
    }

    fn new(call: &Call, block: &str, is_default: bool, tags: Tags) -> Self {
        let extra = json!({
            "AssociationId": call.ids.new_id("vpc-cidr-assoc"),
            "CidrBlockState": {"State": "associated"},
        });
        Self {
            vpc_id: call.ids.new_id("vpc"),
            owner_id: call.scope.account.clone(),
            is_default,
            cidr_block: block.to_owned(),
            cidr_block_association_set: vec![CidrBlockAssociation {
                cidr_block: block.to_owned(),
                extra: crate::json::extra(extra),
            }],
            ipv6_cidr_block_association_set: Vec::new(),
            tags,
            extra: crate::json::extra(json!({
                "State": "available",
                "InstanceTenancy": "default",
                "DhcpOptionsId": "default",
            })),
        }
    }
}

const DESCRIBE: Describe = Describe::new(
    "Vpcs",
    "VpcId",
    &[
        ("cidr", "CidrBlock"),
        (
            "cidr-block-association.cidr-block",
            "CidrBlockAssociationSet.CidrBlock",
        ),
        (
            "cidr-block-association.association-id",
            "CidrBlockAssociationSet.AssociationId",
        ),
        (
            "cidr-block-association.state",
            "CidrBlockAssociationSet.CidrBlockState.State",
        ),
        ("dhcp-options-id", "DhcpOptionsId"),
        (
            "ipv6-cidr-block-association.ipv6-cidr-block",
            "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock",
        ),
        (
            "ipv6-cidr-block-association.ipv6-pool",
            "Ipv6CidrBlockAssociationSet.Ipv6Pool",
        ),
        (
            "ipv6-cidr-block-association.association-id",
            "Ipv6CidrBlockAssociationSet.AssociationId",
        ),
        (
            "ipv6-cidr-block-association.state",
            "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State",
        ),
        ("is-default", "IsDefault"),
        ("owner-id", "OwnerId"),
        ("state", "State"),
        ("vpc-id", "VpcId"),
    ],
);

/// DescribeVpcs.
pub(super) fn describe(call: &Call, params: &mut Params) -> Result<Reply, ApiError> {
    DESCRIBE.run::<Vpc>(call, params)
}

/// CreateVpc: the VPC with its main route table, default network ACL and default security group.
///
/// VPC User Guide, "VPC basics": a block of /16 to /28; "Default security groups": ingress from
/// itself, egress to everywhere; "Default network ACL": allows all.
pub(super) fn create(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let block = vpc_block(&params.required("CidrBlock")?)?;
    let ipv6 = params.flag("AmazonProvidedIpv6CidrBlock")?.unwrap_or(false);
    params.text("InstanceTenancy")?;
    let tags = Tags::take_specification(params, Kind::Vpc)?;
    let mut vpc = Vpc::new(call, &block.to_string(), false, tags);
    if ipv6 {
        vpc.ipv6_cidr_block_association_set.push(amazon_block(call));
    }
    let reply = Reply::with("Vpc", show(&vpc));
    Ok(Outcome {
        changes: with_its_own(call, vpc),
        reply,
    })
}

/// CreateDefaultVpc: the default VPC with a default subnet in each zone. The internet gateway that
/// AWS makes with it is not served here.
pub(super) fn create_default(call: &Call, _params: &mut Params) -> Result<Outcome, ApiError> {
    if call.state.vpcs.iter().any(|vpc| vpc.is_default) {
        let message = "A Default VPC already exists for this account in this region.";
        return Err(ApiError::new("DefaultVpcAlreadyExists", message));
    }
    let vpc = Vpc::new(call, "172.31.0.0/16", true, Tags::default());
    let reply = Reply::with("Vpc", show(&vpc));
    let mut subnets = Vec::new();
    for (number, zone) in availability_zone::zones(call.state, call.scope)
        .iter()
        .enumerate()
    {
        let block = format!("172.31.{}.0/20", number * 16);
        subnets.push(Subnet::new(call, &vpc, zone, &block, Tags::default()));
    }
    let mut changes = with_its_own(call, vpc);
    for subnet in subnets {
        if let Some(Change::Put(Any::NetworkAcl(acl))) = changes
            .iter_mut()
            .find(|change| matches!(change, Change::Put(Any::NetworkAcl(_))))
        {
            Arc::make_mut(acl).associate(call, &subnet.subnet_id);
        }
        changes.push(Change::put(subnet));
    }
    Ok(Outcome { changes, reply })
}

fn with_its_own(call: &Call, vpc: Vpc) -> Vec<Change> {
    let group = SecurityGroup::new_default(call, &vpc);
    let rules = SecurityGroupRule::of_default_group(call, &group, &vpc);
    let mut changes = vec![
        Change::put(RouteTable::new_main(call, &vpc)),
        Change::put(NetworkAcl::new(call, &vpc, true, Tags::default())),
        Change::put(group),
    ];
    changes.extend(rules.into_iter().map(Change::put));
    changes.insert(0, Change::put(vpc));
    changes
}

/// AssociateVpcCidrBlock: another IPv4 block, or an IPv6 block of Amazon's.
///
/// VPC User Guide, "Network ACLs" and "Default security groups": with the first IPv6 block every
/// ACL gets its default IPv6 deny, the default ACL and the groups that still have nothing but
/// their default rules get the IPv6 default too. "Route tables": each block has a local route.
pub(super) fn associate_cidr_block(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let id = params.required("VpcId")?;
    let mut vpc = Vpc::clone(call.find::<Vpc>(&id)?);
    let ipv4 = params.text("CidrBlock")?;
    let ipv6 = params.flag("AmazonProvidedIpv6CidrBlock")?.unwrap_or(false);
    let mut changes = Vec::new();
    let reply = Reply::with("VpcId", id);
    let (reply, block) = match (ipv4, ipv6) {
        (Some(block), false) => {
            let block = vpc_block(&block)?;
            if vpc
                .ipv4_blocks()
                .any(|own| own.contains(&block) || block.contains(&own))
            {
                let message = format!("The CIDR '{block}' conflicts with another of the VPC");
                return Err(ApiError::new("CidrConflict", message));
            }
            let association = CidrBlockAssociation {
                cidr_block: block.to_string(),
                extra: crate::json::extra(json!({
                    "AssociationId": call.ids.new_id("vpc-cidr-assoc"),
                    "CidrBlockState": {"State": "associated"},
                })),
            };
            let reply = reply.and("CidrBlockAssociation", show(&association));
            vpc.cidr_block_association_set.push(association);
            (reply, block.to_string())
        }
        (None, true) => {
            let association = amazon_block(call);
            if vpc.ipv6_cidr_block_association_set.is_empty() {
                changes.extend(NetworkAcl::with_ipv6(call, &vpc));
                changes.extend(SecurityGroupRule::with_ipv6(call, &vpc));
            }
            let reply = reply.and("Ipv6CidrBlockAssociation", show(&association));
            let block = association.ipv6_cidr_block.clone();
            vpc.ipv6_cidr_block_association_set.push(association);
            (reply, block)
        }
        (None, false) => return Err(ApiError::missing("CidrBlock")),
        (Some(_), true) => {
            return Err(ApiError::combination(
                "The parameters CidrBlock and AmazonProvidedIpv6CidrBlock exclude each other",
            ));
        }
    };
    changes.extend(RouteTable::with_local(call, &vpc, &block));
    changes.push(Change::put(vpc));
    Ok(Outcome { changes, reply })
}

fn vpc_block(text: &str) -> Result<Ipv4Net, ApiError> {
    let block = cidr::ipv4(text).ok_or_else(|| {
        ApiError::value(format!(
            "Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        ))
    })?;
    if !(16..=28).contains(&block.prefix_len()) {
        let message = format!("The CIDR '{text}' is invalid.");
        return Err(ApiError::new("InvalidVpc.Range", message));
    }
    Ok(block)
}

/// A /56 of the documentation range stands for one of Amazon's.
fn amazon_block(call: &Call) -> Ipv6CidrBlockAssociation {
    let number = call.ids.number();
    let (high, low) = ((number >> 16) & 0xffff, number & 0xff00);
    let block = cidr::canonical(&format!("2001:db8:{high:x}:{low:x}::/56"));
    Ipv6CidrBlockAssociation {
        ipv6_cidr_block: block,
        extra: crate::json::extra(json!({
            "AssociationId": call.ids.new_id("vpc-cidr-assoc"),
            "Ipv6CidrBlockState": {"State": "associated"},
            "NetworkBorderGroup": call.scope.region,
            "Ipv6Pool": "Amazon",
        })),
    }
}
