//! The kinds of resources, what their ids look like, and what EC2 calls it when one is wrong.

use crate::error::ApiError;
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

/// A kind of EC2 resource that has ids and tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Vpc,
    Subnet,
    SecurityGroup,
    SecurityGroupRule,
    NetworkAcl,
    RouteTable,
    NetworkInterface,
    Instance,
    Address,
    PrefixList,
    VpcPeeringConnection,
    InternetGateway,
    EgressOnlyInternetGateway,
    NatGateway,
    VpnGateway,
    VpnConnection,
    TransitGateway,
    TransitGatewayAttachment,
    TransitGatewayVpcAttachment,
    TransitGatewayPeeringAttachment,
    TransitGatewayRouteTable,
    VpcEndpoint,
    VpcBlockPublicAccessExclusion,
}

impl Kind {
    pub(crate) const ALL: [Kind; 23] = [
        Kind::Vpc,
        Kind::Subnet,
        Kind::SecurityGroup,
        Kind::SecurityGroupRule,
        Kind::NetworkAcl,
        Kind::RouteTable,
        Kind::NetworkInterface,
        Kind::Instance,
        Kind::Address,
        Kind::PrefixList,
        Kind::VpcPeeringConnection,
        Kind::InternetGateway,
        Kind::EgressOnlyInternetGateway,
        Kind::NatGateway,
        Kind::VpnGateway,
        Kind::VpnConnection,
        Kind::TransitGateway,
        Kind::TransitGatewayAttachment,
        Kind::TransitGatewayVpcAttachment,
        Kind::TransitGatewayPeeringAttachment,
        Kind::TransitGatewayRouteTable,
        Kind::VpcEndpoint,
        Kind::VpcBlockPublicAccessExclusion,
    ];

    /// The resource type in TagSpecifications and DescribeTags.
    pub(crate) fn resource_type(self) -> &'static str {
        self.facts().1
    }

    /// The error for an id of the right form that names nothing.
    pub(crate) fn not_found(self, id: &str) -> ApiError {
        let (_, _, code, _, noun) = self.facts();
        ApiError::new(code, format!("The {noun} '{id}' does not exist"))
    }

    /// Refuses an id that is not of the form `prefix-` and up to 17 hexadecimal digits. (EC2 gives
    /// 8 or 17; examples have fewer.)
    pub(crate) fn check(self, id: &str) -> Result<(), ApiError> {
        let (prefix, _, _, code, _) = self.facts();
        let hex = |rest: &str| {
            (1..=17).contains(&rest.len())
                && rest
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        match id
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('-'))
        {
            Some(rest) if hex(rest) => Ok(()),
            _ => Err(ApiError::new(
                code,
                format!("Invalid id: \"{id}\" (expecting \"{prefix}-...\")"),
            )),
        }
    }

    /// The kinds that an id can be of, by its prefix; none where the id has no good form.
    pub(crate) fn of(id: &str) -> impl Iterator<Item = Kind> {
        Self::ALL
            .into_iter()
            .filter(move |kind| kind.check(id).is_ok())
    }

    /// Prefix, resource type, NotFound code, Malformed code, noun.
    ///
    /// EC2 API Reference, "Error codes": the two codes of each kind.
    fn facts(
        self,
    ) -> (
        &'static str,
        &'static str,
        &'static str,
        &'static str,
        &'static str,
    ) {
        match self {
            Kind::Vpc => (
                "vpc",
                "vpc",
                "InvalidVpcID.NotFound",
                "InvalidVpcID.Malformed",
                "vpc ID",
            ),
            Kind::Subnet => (
                "subnet",
                "subnet",
                "InvalidSubnetID.NotFound",
                "InvalidSubnetID.Malformed",
                "subnet ID",
            ),
            Kind::SecurityGroup => (
                "sg",
                "security-group",
                "InvalidGroup.NotFound",
                "InvalidGroupId.Malformed",
                "security group",
            ),
            Kind::SecurityGroupRule => (
                "sgr",
                "security-group-rule",
                "InvalidSecurityGroupRuleId.NotFound",
                "InvalidSecurityGroupRuleId.Malformed",
                "security group rule ID",
            ),
            Kind::NetworkAcl => (
                "acl",
                "network-acl",
                "InvalidNetworkAclID.NotFound",
                "InvalidNetworkAclId.Malformed",
                "networkAcl ID",
            ),
            Kind::RouteTable => (
                "rtb",
                "route-table",
                "InvalidRouteTableID.NotFound",
                "InvalidRouteTableId.Malformed",
                "routeTable ID",
            ),
            Kind::NetworkInterface => (
                "eni",
                "network-interface",
                "InvalidNetworkInterfaceID.NotFound",
                "InvalidNetworkInterfaceId.Malformed",
                "networkInterface ID",
            ),
            Kind::Instance => (
                "i",
                "instance",
                "InvalidInstanceID.NotFound",
                "InvalidInstanceID.Malformed",
                "instance ID",
            ),
            Kind::Address => (
                "eipalloc",
                "elastic-ip",
                "InvalidAllocationID.NotFound",
                "InvalidAllocationID.Malformed",
                "allocation ID",
            ),
            Kind::PrefixList => (
                "pl",
                "prefix-list",
                "InvalidPrefixListID.NotFound",
                "InvalidPrefixListId.Malformed",
                "prefix list ID",
            ),
            Kind::VpcPeeringConnection => (
                "pcx",
                "vpc-peering-connection",
                "InvalidVpcPeeringConnectionID.NotFound",
                "InvalidVpcPeeringConnectionId.Malformed",
                "vpcPeeringConnection ID",
            ),
            Kind::InternetGateway => (
                "igw",
                "internet-gateway",
                "InvalidInternetGatewayID.NotFound",
                "InvalidInternetGatewayId.Malformed",
                "internetGateway ID",
            ),
            Kind::EgressOnlyInternetGateway => (
                "eigw",
                "egress-only-internet-gateway",
                "InvalidGatewayID.NotFound",
                "InvalidEgressOnlyInternetGatewayId.Malformed",
                "egressOnlyInternetGateway ID",
            ),
            Kind::NatGateway => (
                "nat",
                "natgateway",
                "NatGatewayNotFound",
                "NatGatewayMalformed",
                "NAT gateway",
            ),
            Kind::VpnGateway => (
                "vgw",
                "vpn-gateway",
                "InvalidVpnGatewayID.NotFound",
                "InvalidVpnGatewayID.Malformed",
                "vpnGateway ID",
            ),
            Kind::VpnConnection => (
                "vpn",
                "vpn-connection",
                "InvalidVpnConnectionID.NotFound",
                "InvalidVpnConnectionID.Malformed",
                "vpnConnection ID",
            ),
            Kind::TransitGateway => (
                "tgw",
                "transit-gateway",
                "InvalidTransitGatewayID.NotFound",
                "InvalidTransitGatewayID.Malformed",
                "transitGateway ID",
            ),
            Kind::TransitGatewayAttachment
            | Kind::TransitGatewayVpcAttachment
            | Kind::TransitGatewayPeeringAttachment => (
                "tgw-attach",
                "transit-gateway-attachment",
                "InvalidTransitGatewayAttachmentID.NotFound",
                "InvalidTransitGatewayAttachmentID.Malformed",
                "transitGatewayAttachment ID",
            ),
            Kind::TransitGatewayRouteTable => (
                "tgw-rtb",
                "transit-gateway-route-table",
                "InvalidRouteTableID.NotFound",
                "InvalidRouteTableId.Malformed",
                "transitGatewayRouteTable ID",
            ),
            Kind::VpcEndpoint => (
                "vpce",
                "vpc-endpoint",
                "InvalidVpcEndpointId.NotFound",
                "InvalidVpcEndpointId.Malformed",
                "vpcEndpoint ID",
            ),
            Kind::VpcBlockPublicAccessExclusion => (
                "vpcbpa-exclude",
                "vpc-block-public-access-exclusion",
                "InvalidVpcBlockPublicAccessExclusionId.NotFound",
                "InvalidVpcBlockPublicAccessExclusionId.Malformed",
                "vpcBlockPublicAccessExclusion ID",
            ),
        }
    }
}

/// Gives out ids that no other run gave out.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: u64,
    next: AtomicU64,
}

impl Default for Ids {
    fn default() -> Self {
        Self {
            seed: RandomState::new().build_hasher().finish(),
            next: AtomicU64::new(1),
        }
    }
}

impl Ids {
    /// A new id with that prefix, e.g. `vpc` or `rtbassoc`.
    pub(crate) fn new_id(&self, prefix: &str) -> String {
        format!("{prefix}-0{:016x}", self.number())
    }

    /// A number that looks like no other.
    pub(crate) fn number(&self) -> u64 {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        mix(self
            .seed
            .wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }
}

/// An id that depends on nothing but the text: for rules that a snapshot shows without one.
pub(crate) fn invented(prefix: &str, text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{prefix}-0{:016x}", mix(hash))
}

/// The finalizer of SplitMix64: a bijection, so that different counts give different ids.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
