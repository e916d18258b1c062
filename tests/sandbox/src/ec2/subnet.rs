//! Subnets.

use super::{
    Call,
    availability_zone::{self, Zone},
    describe::Describe,
    network_acl::NetworkAcl,
    vpc::{Ipv6CidrBlockAssociation, Vpc},
};
use crate::{
    cidr,
    error::ApiError,
    id::Kind,
    json::{Extra, show},
    reply::{Outcome, Reply},
    state::{Change, Index, Resource, State},
    tags::Tags,
    wire::query::Params,
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{net::IpAddr, sync::Arc};

/// A subnet, as DescribeSubnets shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Subnet {
    pub(crate) subnet_id: String,
    pub(crate) vpc_id: String,
    pub(crate) owner_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) cidr_block: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) availability_zone: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) availability_zone_id: String,
    #[serde(default)]
    pub(crate) available_ip_address_count: i64,
    #[serde(default)]
    pub(crate) ipv6_cidr_block_association_set: Vec<Ipv6CidrBlockAssociation>,
    #[serde(default)]
    pub(crate) tags: Tags,
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

impl Resource for Subnet {
    const KIND: Kind = Kind::Subnet;

    fn id(&self) -> &str {
        &self.subnet_id
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
        index.subnets_by_vpc.insert(&self.vpc_id, &self.subnet_id);
    }
    fn unindex(&self, index: &mut Index) {
        index.subnets_by_vpc.remove(&self.vpc_id, &self.subnet_id);
    }
}

/// VPC User Guide, "Subnet CIDR blocks": the first four addresses and the last are AWS's.
const RESERVED: u32 = 5;

impl Subnet {
    /// A new subnet; the block is canonical and lies in the VPC.
    pub(super) fn new(call: &Call, vpc: &Vpc, zone: &Zone, block: &str, tags: Tags) -> Self {
        let subnet_id = call.ids.new_id("subnet");
        let size = cidr::ipv4(block).map_or(0, |block| 1_u64 << (32 - block.prefix_len()));
        Self {
            vpc_id: vpc.vpc_id.clone(),
            owner_id: call.scope.account.clone(),
            cidr_block: block.to_owned(),
            availability_zone: zone.name.clone(),
            availability_zone_id: zone.id.clone(),
            available_ip_address_count: i64::try_from(size).unwrap_or(i64::MAX)
                - i64::from(RESERVED),
            ipv6_cidr_block_association_set: Vec::new(),
            tags,
            extra: crate::json::extra(json!({
                "SubnetArn": call.arn(&format!("subnet/{subnet_id}")),
                "State": "available",
                "DefaultForAz": vpc.is_default,
                "MapPublicIpOnLaunch": vpc.is_default,
                "AssignIpv6AddressOnCreation": false,
                "MapCustomerOwnedIpOnLaunch": false,
                "EnableDns64": false,
                "Ipv6Native": false,
                "PrivateDnsNameOptionsOnLaunch": {
                    "HostnameType": "ip-name",
                    "EnableResourceNameDnsARecord": false,
                    "EnableResourceNameDnsAAAARecord": false,
                },
            })),
            subnet_id,
        }
    }

    /// Its blocks, of both families.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = IpNet> {
        let ipv6 = self.ipv6_cidr_block_association_set.iter();
        cidr::ipv4(&self.cidr_block)
            .map(IpNet::V4)
            .into_iter()
            .chain(
                ipv6.filter_map(|set| cidr::ipv6(&set.ipv6_cidr_block))
                    .map(IpNet::V6),
            )
    }

    /// Whether AWS keeps that address of the subnet to itself.
    pub(crate) fn reserves(&self, address: IpAddr) -> bool {
        self.blocks().any(|block| {
            let offset = |from: IpAddr, to: IpAddr| match (from, to) {
                (IpAddr::V4(from), IpAddr::V4(to)) => u128::from(u32::from(to) - u32::from(from)),
                (IpAddr::V6(from), IpAddr::V6(to)) => u128::from(to) - u128::from(from),
                _ => u128::MAX,
            };
            block.contains(&address)
                && (offset(block.network(), address) < 4 || address == block.broadcast())
        })
    }
}

const DESCRIBE: Describe = Describe::new(
    "Subnets",
    "SubnetId",
    &[
        ("availability-zone", "AvailabilityZone"),
        ("availabilityZone", "AvailabilityZone"),
        ("availability-zone-id", "AvailabilityZoneId"),
        ("availabilityZoneId", "AvailabilityZoneId"),
        ("available-ip-address-count", "AvailableIpAddressCount"),
        ("cidr-block", "CidrBlock"),
        ("cidr", "CidrBlock"),
        ("cidrBlock", "CidrBlock"),
        ("customer-owned-ipv4-pool", "CustomerOwnedIpv4Pool"),
        ("default-for-az", "DefaultForAz"),
        ("defaultForAz", "DefaultForAz"),
        ("enable-dns64", "EnableDns64"),
        ("enable-lni-at-device-index", "EnableLniAtDeviceIndex"),
        (
            "ipv6-cidr-block-association.ipv6-cidr-block",
            "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock",
        ),
        (
            "ipv6-cidr-block-association.association-id",
            "Ipv6CidrBlockAssociationSet.AssociationId",
        ),
        (
            "ipv6-cidr-block-association.state",
            "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State",
        ),
        ("ipv6-native", "Ipv6Native"),
        (
            "map-customer-owned-ip-on-launch",
            "MapCustomerOwnedIpOnLaunch",
        ),
        ("map-public-ip-on-launch", "MapPublicIpOnLaunch"),
        ("outpost-arn", "OutpostArn"),
        ("owner-id", "OwnerId"),
        (
            "private-dns-name-options-on-launch.hostname-type",
            "PrivateDnsNameOptionsOnLaunch.HostnameType",
        ),
        (
            "private-dns-name-options-on-launch.enable-resource-name-dns-a-record",
            "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord",
        ),
        (
            "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record",
            "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord",
        ),
        ("state", "State"),
        ("subnet-arn", "SubnetArn"),
        ("subnet-id", "SubnetId"),
        ("vpc-id", "VpcId"),
    ],
);

/// DescribeSubnets.
pub(super) fn describe(call: &Call, params: &mut Params) -> Result<Reply, ApiError> {
    DESCRIBE.run::<Subnet>(call, params)
}

/// CreateSubnet.
///
/// VPC User Guide, "Subnet CIDR blocks": within a block of the VPC, /16 to /28, clear of the other
/// subnets; an IPv6 block is within the VPC's, /44 to /64 in steps of four. "Network ACLs": a new
/// subnet is associated with the default ACL.
pub(super) fn create(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let vpc = Arc::clone(call.find::<Vpc>(&params.required("VpcId")?)?);
    let block = ipv4_block(call, &vpc, &params.required("CidrBlock")?)?;
    let ipv6 = params.text("Ipv6CidrBlock")?;
    let ipv6 = ipv6.map(|text| ipv6_block(call, &vpc, &text)).transpose()?;
    let zone = availability_zone::choose(
        call,
        params.text("AvailabilityZone")?,
        params.text("AvailabilityZoneId")?,
    )?;
    let tags = Tags::take_specification(params, Kind::Subnet)?;
    let mut subnet = Subnet::new(call, &vpc, &zone, &block.to_string(), tags);
    if let Some(ipv6) = ipv6 {
        subnet
            .ipv6_cidr_block_association_set
            .push(Ipv6CidrBlockAssociation {
                ipv6_cidr_block: ipv6.to_string(),
                extra: crate::json::extra(json!({
                    "AssociationId": call.ids.new_id("subnet-cidr-assoc"),
                    "Ipv6CidrBlockState": {"State": "associated"},
                })),
            });
    }
    let reply = Reply::with("Subnet", show(&subnet));
    let mut changes = Vec::new();
    if let Some(default) = NetworkAcl::default_of(call.state, &vpc.vpc_id) {
        let mut acl = NetworkAcl::clone(default);
        acl.associate(call, &subnet.subnet_id);
        changes.push(Change::put(acl));
    }
    changes.push(Change::put(subnet));
    Ok(Outcome { changes, reply })
}

fn ipv4_block(call: &Call, vpc: &Vpc, text: &str) -> Result<Ipv4Net, ApiError> {
    let block = cidr::ipv4(text).ok_or_else(|| {
        ApiError::value(format!(
            "Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        ))
    })?;
    let own = |net: Ipv4Net| net.contains(&block);
    if !(16..=28).contains(&block.prefix_len()) || !vpc.ipv4_blocks().any(own) {
        return Err(ApiError::new(
            "InvalidSubnet.Range",
            format!("The CIDR '{text}' is invalid."),
        ));
    }
    refuse_overlap(call, vpc, IpNet::V4(block))?;
    Ok(block)
}

fn ipv6_block(call: &Call, vpc: &Vpc, text: &str) -> Result<Ipv6Net, ApiError> {
    let block = cidr::ipv6(text).ok_or_else(|| {
        ApiError::value(format!(
            "Value ({text}) for parameter ipv6CidrBlock is invalid. This is not a valid CIDR block."
        ))
    })?;
    let sized = (44..=64).contains(&block.prefix_len()) && block.prefix_len() % 4 == 0;
    if !sized || !vpc.ipv6_blocks().any(|net| net.contains(&block)) {
        return Err(ApiError::new(
            "InvalidSubnet.Range",
            format!("The CIDR '{text}' is invalid."),
        ));
    }
    refuse_overlap(call, vpc, IpNet::V6(block))?;
    Ok(block)
}

fn refuse_overlap(call: &Call, vpc: &Vpc, block: IpNet) -> Result<(), ApiError> {
    for id in call.state.index.subnets_by_vpc.of(&vpc.vpc_id) {
        let Some(other) = call.state.subnets.get(id) else {
            continue;
        };
        if other
            .blocks()
            .any(|taken| taken.contains(&block) || block.contains(&taken))
        {
            let message = format!("The CIDR '{block}' conflicts with another subnet");
            return Err(ApiError::new("InvalidSubnet.Conflict", message));
        }
    }
    Ok(())
}
