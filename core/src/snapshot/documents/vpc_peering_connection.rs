//! `ec2 describe-vpc-peering-connections`.

use super::{
    DocumentError, FieldError, Item, Tag, Tells,
    field::{cidr, id, optional_id, or_default, owner},
    tells::Side,
};
use crate::snapshot::{self, PeeredVpc};
use serde::{Deserialize, Serialize};

/// A peering connection, as the owners of both of its VPCs are shown it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcPeeringConnection {
    /// Its id.
    pub vpc_peering_connection_id: String,
    /// The VPC that asked for it.
    #[serde(default, deserialize_with = "or_default")]
    pub requester_vpc_info: VpcPeeringConnectionVpcInfo,
    /// The VPC that accepted it.
    #[serde(default, deserialize_with = "or_default")]
    pub accepter_vpc_info: VpcPeeringConnectionVpcInfo,
    /// Whether it works.
    #[serde(default, deserialize_with = "or_default")]
    pub status: VpcPeeringConnectionStatus,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// One of the two VPCs. Its blocks are shown once the connection is active.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcPeeringConnectionVpcInfo {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_id: Option<String>,
    /// The account that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// Its Region; old answers have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Its primary IPv4 block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_block: Option<String>,
    /// All of its IPv4 blocks.
    #[serde(default, deserialize_with = "or_default")]
    pub cidr_block_set: Vec<PeeredCidrBlock>,
    /// Its IPv6 blocks.
    #[serde(default, deserialize_with = "or_default")]
    pub ipv6_cidr_block_set: Vec<PeeredIpv6CidrBlock>,
}

/// An IPv4 block of a peered VPC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PeeredCidrBlock {
    /// The block.
    pub cidr_block: String,
}

/// An IPv6 block of a peered VPC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PeeredIpv6CidrBlock {
    /// The block.
    pub ipv6_cidr_block: String,
}

/// Whether a peering connection works.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcPeeringConnectionStatus {
    /// `active`, `pending-acceptance`, `deleted`, ….
    #[serde(default, deserialize_with = "or_default")]
    pub code: String,
}

impl Item for VpcPeeringConnection {
    fn id(&self) -> &str {
        &self.vpc_peering_connection_id
    }

    /// It is listed in the accounts and Regions of both VPCs: which of them was asked, it does not tell.
    fn tells(&self) -> Tells<'_> {
        let side = |vpc| VpcPeeringConnectionVpcInfo::side(vpc);
        Tells {
            sides: Some([
                side(&self.requester_vpc_info),
                side(&self.accepter_vpc_info),
            ]),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl VpcPeeringConnection {
    pub(super) fn resource(&self) -> Result<snapshot::VpcPeeringConnection, DocumentError> {
        self.typed()
            .map_err(|error| error.of("VpcPeeringConnections", &self.vpc_peering_connection_id))
    }

    fn typed(&self) -> Result<snapshot::VpcPeeringConnection, FieldError> {
        Ok(snapshot::VpcPeeringConnection {
            id: id("VpcPeeringConnectionId", &self.vpc_peering_connection_id)?,
            status: self.status.code.clone(),
            requester: self.requester_vpc_info.typed("RequesterVpcInfo")?,
            accepter: self.accepter_vpc_info.typed("AccepterVpcInfo")?,
        })
    }
}

impl VpcPeeringConnectionVpcInfo {
    fn side(&self) -> Side<'_> {
        Side {
            account: self.owner_id.as_deref(),
            region: self.region.as_deref(),
        }
    }

    fn typed(&self, member: &str) -> Result<PeeredVpc, FieldError> {
        let path = |field: &str| format!("{member}.{field}");
        let ipv4 = self.cidr_block_set.iter().map(|set| &set.cidr_block);
        let mut cidrs = ipv4
            .chain(&self.cidr_block)
            .map(|block| cidr(path("CidrBlock"), block))
            .collect::<Result<Vec<_>, _>>()?;
        for set in &self.ipv6_cidr_block_set {
            cidrs.push(cidr(
                path("Ipv6CidrBlockSet.Ipv6CidrBlock"),
                &set.ipv6_cidr_block,
            )?);
        }
        cidrs.sort_unstable();
        cidrs.dedup();
        Ok(PeeredVpc {
            vpc_id: optional_id(&path("VpcId"), self.vpc_id.as_deref())?,
            owner_id: owner(self.owner_id.as_deref()),
            region: optional_id(&path("Region"), self.region.as_deref())?,
            cidrs,
        })
    }
}
