//! `ec2 describe-vpcs` and `ec2 describe-subnets`.

use super::{
    DocumentError, FieldError, Item, StateCode, Tag, Tells,
    field::{cidr, id, is_associated, or_default, owner},
};
use crate::snapshot;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// A VPC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Vpc {
    /// Its id.
    pub vpc_id: String,
    /// The account that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// Its primary IPv4 block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_block: Option<String>,
    /// All of its IPv4 blocks.
    #[serde(default, deserialize_with = "or_default")]
    pub cidr_block_association_set: Vec<VpcCidrAssociation>,
    /// Its IPv6 blocks.
    #[serde(default, deserialize_with = "or_default")]
    pub ipv6_cidr_block_association_set: Vec<VpcIpv6CidrAssociation>,
    /// Whether it is the default VPC.
    #[serde(default, deserialize_with = "or_default")]
    pub is_default: bool,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// An IPv4 block of a VPC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcCidrAssociation {
    /// The block.
    pub cidr_block: String,
    /// Whether it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_block_state: Option<StateCode>,
}

/// An IPv6 block of a VPC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcIpv6CidrAssociation {
    /// The block.
    pub ipv6_cidr_block: String,
    /// Whether it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6_cidr_block_state: Option<StateCode>,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Subnet {
    /// Its id.
    pub subnet_id: String,
    /// Its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_arn: Option<String>,
    /// Its VPC.
    pub vpc_id: String,
    /// The account that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// Its IPv4 block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_block: Option<String>,
    /// Its IPv6 blocks.
    #[serde(default, deserialize_with = "or_default")]
    pub ipv6_cidr_block_association_set: Vec<SubnetIpv6CidrAssociation>,
    /// The name of its zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_zone: Option<String>,
    /// The id of its zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_zone_id: Option<String>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// An IPv6 block of a subnet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubnetIpv6CidrAssociation {
    /// The block.
    pub ipv6_cidr_block: String,
    /// Whether it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6_cidr_block_state: Option<StateCode>,
}

impl Item for Vpc {
    fn id(&self) -> &str {
        &self.vpc_id
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            account: self.owner_id.as_deref(),
            vpc: Some(&self.vpc_id),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl Vpc {
    pub(super) fn resource(&self) -> Result<snapshot::Vpc, DocumentError> {
        self.typed().map_err(|error| error.of("Vpcs", &self.vpc_id))
    }

    fn typed(&self) -> Result<snapshot::Vpc, FieldError> {
        let primary = self
            .cidr_block
            .iter()
            .map(|block| cidr("CidrBlock", block))
            .collect::<Result<Vec<IpNet>, _>>()?;
        let mut others = Vec::new();
        for association in &self.cidr_block_association_set {
            let block = cidr("CidrBlockAssociationSet.CidrBlock", &association.cidr_block)?;
            if is_associated(association.cidr_block_state.as_ref()) {
                others.push(block);
            }
        }
        for association in &self.ipv6_cidr_block_association_set {
            let block = cidr(
                "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock",
                &association.ipv6_cidr_block,
            )?;
            if is_associated(association.ipv6_cidr_block_state.as_ref()) {
                others.push(block);
            }
        }
        Ok(snapshot::Vpc {
            id: id("VpcId", &self.vpc_id)?,
            owner_id: owner(self.owner_id.as_deref()),
            cidrs: primary_first(primary, others),
        })
    }
}

impl Item for Subnet {
    fn id(&self) -> &str {
        &self.subnet_id
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            account: self.owner_id.as_deref(),
            zone: self.availability_zone.as_deref(),
            arn: self.subnet_arn.as_deref(),
            vpc: Some(&self.vpc_id),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl Subnet {
    pub(super) fn resource(&self) -> Result<snapshot::Subnet, DocumentError> {
        self.typed()
            .map_err(|error| error.of("Subnets", &self.subnet_id))
    }

    fn typed(&self) -> Result<snapshot::Subnet, FieldError> {
        let primary = self
            .cidr_block
            .iter()
            .map(|block| cidr("CidrBlock", block))
            .collect::<Result<Vec<IpNet>, _>>()?;
        let mut ipv6 = Vec::new();
        for association in &self.ipv6_cidr_block_association_set {
            let block = cidr(
                "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock",
                &association.ipv6_cidr_block,
            )?;
            if is_associated(association.ipv6_cidr_block_state.as_ref()) {
                ipv6.push(block);
            }
        }
        Ok(snapshot::Subnet {
            id: id("SubnetId", &self.subnet_id)?,
            vpc_id: id("VpcId", &self.vpc_id)?,
            owner_id: owner(self.owner_id.as_deref()),
            cidrs: primary_first(primary, ipv6),
            availability_zone: self.availability_zone.clone(),
            availability_zone_id: self.availability_zone_id.clone(),
        })
    }
}

/// The primary block, then the others in order, each once.
fn primary_first(mut primary: Vec<IpNet>, mut others: Vec<IpNet>) -> Vec<IpNet> {
    others.sort_unstable();
    others.dedup();
    others.retain(|net| !primary.contains(net));
    primary.append(&mut others);
    primary
}
