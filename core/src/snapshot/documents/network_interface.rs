//! `ec2 describe-network-interfaces`, `ec2 describe-instances` and `ec2 describe-addresses`.

use super::{
    DocumentError, FieldError, GroupIdentifier, Item, Tag, Tells,
    field::{id, ip, optional_id, optional_ip, or_default, owner},
};
use crate::snapshot::{self, PrivateAddress};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// An elastic network interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkInterface {
    /// Its id.
    pub network_interface_id: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `interface`, `nat_gateway`, `network_load_balancer`, ….
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface_type: Option<String>,
    /// The account that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// Its zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_zone: Option<String>,
    /// Its VPC.
    pub vpc_id: String,
    /// Its subnet.
    pub subnet_id: String,
    /// Its primary private address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_ip_address: Option<String>,
    /// All of its private IPv4 addresses.
    #[serde(default, deserialize_with = "or_default")]
    pub private_ip_addresses: Vec<PrivateIpAddress>,
    /// Its IPv6 addresses.
    #[serde(default, deserialize_with = "or_default")]
    pub ipv6_addresses: Vec<Ipv6Address>,
    /// The public address of its primary private address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub association: Option<Association>,
    /// Its groups.
    #[serde(default, deserialize_with = "or_default")]
    pub groups: Vec<GroupIdentifier>,
    /// Whether it drops what is neither from nor to its own addresses; AWS's default is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_dest_check: Option<bool>,
    /// What it is attached to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tag_set: Vec<Tag>,
}

/// A private IPv4 address of an interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrivateIpAddress {
    /// The address.
    pub private_ip_address: String,
    /// Whether it is the primary one.
    #[serde(default, deserialize_with = "or_default")]
    pub primary: bool,
    /// Its public address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub association: Option<Association>,
}

/// An IPv6 address of an interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ipv6Address {
    /// The address.
    pub ipv6_address: String,
}

/// A public address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Association {
    /// The address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_ip: Option<String>,
}

/// What an interface is attached to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attachment {
    /// The instance; none for what AWS runs itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// Which of the instance's interfaces it is, the primary one being 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_index: Option<i64>,
}

/// Instances that were launched together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Reservation {
    /// Its id.
    #[serde(default, deserialize_with = "or_default")]
    pub reservation_id: String,
    /// The account that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// The instances.
    #[serde(default, deserialize_with = "or_default")]
    pub instances: Vec<Instance>,
}

/// An instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Instance {
    /// Its id.
    pub instance_id: String,
    /// Its VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_id: Option<String>,
    /// The subnet of its primary interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<String>,
    /// The primary private address of its primary interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_ip_address: Option<String>,
    /// Where it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
    /// Whether it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<InstanceState>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// Where an instance runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Placement {
    /// Its zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_zone: Option<String>,
}

/// Whether an instance runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceState {
    /// `running`, `stopped`, ….
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// An Elastic IP address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Address {
    /// The address.
    #[serde(default, deserialize_with = "or_default")]
    pub public_ip: String,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocation_id: Option<String>,
    /// The private address that it is associated with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_ip_address: Option<String>,
    /// The interface of that address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_interface_id: Option<String>,
    /// The owner of that interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_interface_owner_id: Option<String>,
    /// The Region or zone group that advertises it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_border_group: Option<String>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

impl Item for NetworkInterface {
    fn id(&self) -> &str {
        &self.network_interface_id
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            account: self.owner_id.as_deref(),
            zone: self.availability_zone.as_deref(),
            vpc: Some(&self.vpc_id),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl NetworkInterface {
    pub(super) fn resource(&self) -> Result<snapshot::NetworkInterface, DocumentError> {
        self.typed()
            .map_err(|error| error.of("NetworkInterfaces", &self.network_interface_id))
    }

    fn typed(&self) -> Result<snapshot::NetworkInterface, FieldError> {
        let mut security_group_ids = self
            .groups
            .iter()
            .map(|group| id("Groups.GroupId", &group.group_id))
            .collect::<Result<Vec<_>, _>>()?;
        security_group_ids.sort_unstable();
        security_group_ids.dedup();
        let attachment = self.attachment.as_ref();
        Ok(snapshot::NetworkInterface {
            id: id("NetworkInterfaceId", &self.network_interface_id)?,
            vpc_id: id("VpcId", &self.vpc_id)?,
            subnet_id: id("SubnetId", &self.subnet_id)?,
            owner_id: owner(self.owner_id.as_deref()),
            interface_type: self
                .interface_type
                .clone()
                .unwrap_or_else(|| "interface".to_owned()),
            addresses: self.addresses()?,
            security_group_ids,
            source_dest_check: self.source_dest_check.unwrap_or(true),
            instance_id: optional_id(
                "Attachment.InstanceId",
                attachment.and_then(|attachment| attachment.instance_id.as_deref()),
            )?,
            is_primary: attachment.and_then(|attachment| attachment.device_index) == Some(0),
        })
    }

    /// The primary address, the other IPv4 ones, then the IPv6 ones, each once.
    fn addresses(&self) -> Result<Vec<PrivateAddress>, FieldError> {
        let primary = self
            .private_ip_address
            .as_deref()
            .map(|text| ip("PrivateIpAddress", text))
            .transpose()?;
        let mut addresses = Vec::new();
        for private in &self.private_ip_addresses {
            let address = ip(
                "PrivateIpAddresses.PrivateIpAddress",
                &private.private_ip_address,
            )?;
            let is_primary = private.primary || Some(address) == primary;
            let own = private.association.as_ref();
            let association = own.or(self.association.as_ref().filter(|_| is_primary));
            addresses.push((!is_primary, address, public_ip(association)?));
        }
        if let Some(address) = primary.filter(|_| self.private_ip_addresses.is_empty()) {
            addresses.push((false, address, public_ip(self.association.as_ref())?));
        }
        for ipv6 in &self.ipv6_addresses {
            let address = ip("Ipv6Addresses.Ipv6Address", &ipv6.ipv6_address)?;
            addresses.push((true, address, None));
        }
        addresses.sort_unstable();
        addresses.dedup();
        Ok(addresses
            .into_iter()
            .map(|(_, address, public_ip)| PrivateAddress { address, public_ip })
            .collect())
    }
}

fn public_ip(association: Option<&Association>) -> Result<Option<IpAddr>, FieldError> {
    let text = association.and_then(|association| association.public_ip.as_deref());
    optional_ip("Association.PublicIp", text)
}

impl Item for Reservation {
    fn id(&self) -> &str {
        &self.reservation_id
    }

    fn tells(&self) -> Tells<'_> {
        let first = self.instances.first();
        Tells {
            account: self.owner_id.as_deref(),
            zone: first
                .and_then(|instance| instance.placement.as_ref()?.availability_zone.as_deref()),
            vpc: first.and_then(|instance| instance.vpc_id.as_deref()),
            ..Tells::default()
        }
    }

    /// Instances decide nothing yet: an interface tells all that a path needs.
    fn check(&self) -> Result<(), DocumentError> {
        Ok(())
    }
}

impl Item for Address {
    fn id(&self) -> &str {
        &self.public_ip
    }

    fn tells(&self) -> Tells<'_> {
        Tells {
            account: self.network_interface_owner_id.as_deref(),
            zone: self.network_border_group.as_deref(),
            ..Tells::default()
        }
    }

    /// Addresses decide nothing yet: an interface tells its own.
    fn check(&self) -> Result<(), DocumentError> {
        Ok(())
    }
}
