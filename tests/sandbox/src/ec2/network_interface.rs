//! Network interfaces.

use super::{Call, describe::Describe, security_group::SecurityGroup, subnet::Subnet};
use crate::{
    error::ApiError,
    filter::TagFilters,
    id::Kind,
    json::{Extra, show},
    reply::{Outcome, Reply},
    state::{Change, Index, Resource, State},
    tags::Tags,
    wire::query::Params,
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{net::IpAddr, sync::Arc};

/// A network interface, as DescribeNetworkInterfaces shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkInterface {
    pub(crate) network_interface_id: String,
    #[serde(default)]
    pub(crate) subnet_id: String,
    #[serde(default)]
    pub(crate) vpc_id: String,
    pub(crate) owner_id: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) groups: Vec<GroupIdentifier>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) private_ip_address: Option<String>,
    #[serde(default)]
    pub(crate) private_ip_addresses: Vec<PrivateIpAddress>,
    #[serde(default)]
    pub(crate) ipv6_addresses: Vec<Ipv6Address>,
    #[serde(default = "yes")]
    pub(crate) source_dest_check: bool,
    #[serde(default)]
    pub(crate) status: String,
    #[serde(default, alias = "Tags")]
    pub(crate) tag_set: Tags,
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

/// A group on an interface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GroupIdentifier {
    pub(crate) group_id: String,
    #[serde(default)]
    pub(crate) group_name: String,
}

/// A private address of an interface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PrivateIpAddress {
    #[serde(default)]
    pub(crate) primary: bool,
    pub(crate) private_ip_address: String,
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

/// An IPv6 address of an interface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Ipv6Address {
    pub(crate) ipv6_address: String,
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

fn yes() -> bool {
    true
}

impl Resource for NetworkInterface {
    const KIND: Kind = Kind::NetworkInterface;

    fn id(&self) -> &str {
        &self.network_interface_id
    }
    fn tags(&self) -> &Tags {
        &self.tag_set
    }
    fn tags_mut(&mut self) -> &mut Tags {
        &mut self.tag_set
    }
    fn show(&self, _state: &State) -> Value {
        show(self)
    }
    fn index(&self, index: &mut Index) {
        for group in &self.groups {
            index
                .interfaces_by_group
                .insert(&group.group_id, &self.network_interface_id);
        }
        let used = index
            .addresses_by_subnet
            .entry(self.subnet_id.clone())
            .or_default();
        used.extend(
            self.addresses()
                .map(|address| (address, self.network_interface_id.clone())),
        );
    }
    fn unindex(&self, index: &mut Index) {
        for group in &self.groups {
            index
                .interfaces_by_group
                .remove(&group.group_id, &self.network_interface_id);
        }
        if let Some(used) = index.addresses_by_subnet.get_mut(&self.subnet_id) {
            for address in self.addresses() {
                used.remove(&address);
            }
        }
    }
}

impl NetworkInterface {
    /// All its private addresses.
    fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let ipv4 = self
            .private_ip_addresses
            .iter()
            .map(|address| &address.private_ip_address);
        let ipv6 = self
            .ipv6_addresses
            .iter()
            .map(|address| &address.ipv6_address);
        self.private_ip_address
            .iter()
            .chain(ipv4)
            .chain(ipv6)
            .filter_map(|text| text.parse().ok())
    }

    /// The instance that it is attached to.
    pub(super) fn instance_id(&self) -> Option<&str> {
        self.extra.get("Attachment")?.get("InstanceId")?.as_str()
    }

    /// Whether it has a public address.
    pub(super) fn has_public_address(&self) -> bool {
        self.extra.contains_key("Association")
    }

    /// Shows the association of a public address with its primary private one.
    pub(super) fn show_public_address(&mut self, association: Value) {
        if let Some(primary) = self.private_ip_addresses.iter_mut().find(|own| own.primary) {
            let association = association.clone();
            primary.extra.insert("Association".to_owned(), association);
        }
        self.extra.insert("Association".to_owned(), association);
    }

    /// It, without a public address.
    pub(super) fn without_public_address(&self) -> Self {
        let mut interface = self.clone();
        interface.extra.remove("Association");
        for address in &mut interface.private_ip_addresses {
            address.extra.remove("Association");
        }
        interface
    }

    fn new(
        call: &Call,
        subnet: &Subnet,
        address: IpAddr,
        description: &str,
        groups: Vec<GroupIdentifier>,
    ) -> Self {
        let mac: Vec<_> = call.ids.number().to_be_bytes()[..5]
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        Self {
            network_interface_id: call.ids.new_id("eni"),
            subnet_id: subnet.subnet_id.clone(),
            vpc_id: subnet.vpc_id.clone(),
            owner_id: call.scope.account.clone(),
            description: description.to_owned(),
            groups,
            private_ip_address: Some(address.to_string()),
            private_ip_addresses: vec![PrivateIpAddress {
                primary: true,
                private_ip_address: address.to_string(),
                extra: Extra::new(),
            }],
            ipv6_addresses: Vec::new(),
            source_dest_check: true,
            status: "available".to_owned(),
            tag_set: Tags::default(),
            extra: crate::json::extra(json!({
                "AvailabilityZone": subnet.availability_zone,
                "AvailabilityZoneId": subnet.availability_zone_id,
                "InterfaceType": "interface",
                "MacAddress": format!("02:{}", mac.join(":")),
                "RequesterManaged": false,
            })),
        }
    }

    /// An interface that AWS makes for a gateway.
    ///
    /// VPC User Guide, "NAT gateways", and Transit Gateways guide, "VPC attachments": it is managed
    /// by its requester, carries no security group, and forwards what is not its own.
    pub(super) fn managed(
        call: &Call,
        subnet: &Subnet,
        address: IpAddr,
        kind: &str,
        description: &str,
    ) -> Self {
        let mut interface = Self::new(call, subnet, address, description, Vec::new());
        interface.source_dest_check = false;
        interface.status = "in-use".to_owned();
        let extra = json!({
            "InterfaceType": kind,
            "RequesterManaged": true,
            "Attachment": {
                "AttachmentId": call.ids.new_id("ela-attach"),
                "DeleteOnTermination": false,
                "DeviceIndex": 1,
                "InstanceOwnerId": "amazon-aws",
                "Status": "attached",
            },
        });
        interface.extra.extend(crate::json::extra(extra));
        interface
    }
}

const DESCRIBE: Describe = Describe {
    ids_or_pages: true,
    tags: TagFilters::TagAndTagKey,
    ..Describe::new(
        "NetworkInterfaces",
        "NetworkInterfaceId",
        &[
            ("association.allocation-id", "Association.AllocationId"),
            ("association.association-id", "Association.AssociationId"),
            (
                "addresses.association.owner-id",
                "PrivateIpAddresses.Association.IpOwnerId",
            ),
            (
                "addresses.association.public-ip",
                "PrivateIpAddresses.Association.PublicIp",
            ),
            ("addresses.primary", "PrivateIpAddresses.Primary"),
            (
                "addresses.private-ip-address",
                "PrivateIpAddresses.PrivateIpAddress",
            ),
            ("association.ip-owner-id", "Association.IpOwnerId"),
            ("association.public-ip", "Association.PublicIp"),
            ("association.public-dns-name", "Association.PublicDnsName"),
            ("attachment.attach-time", "Attachment.AttachTime"),
            ("attachment.attachment-id", "Attachment.AttachmentId"),
            (
                "attachment.delete-on-termination",
                "Attachment.DeleteOnTermination",
            ),
            ("attachment.device-index", "Attachment.DeviceIndex"),
            ("attachment.instance-id", "Attachment.InstanceId"),
            ("attachment.instance-owner-id", "Attachment.InstanceOwnerId"),
            ("attachment.status", "Attachment.Status"),
            ("availability-zone", "AvailabilityZone"),
            ("availability-zone-id", "AvailabilityZoneId"),
            ("description", "Description"),
            ("group-id", "Groups.GroupId"),
            ("ipv6-addresses.ipv6-address", "Ipv6Addresses.Ipv6Address"),
            ("interface-type", "InterfaceType"),
            ("mac-address", "MacAddress"),
            ("network-interface-id", "NetworkInterfaceId"),
            ("operator.managed", "Operator.Managed"),
            ("operator.principal", "Operator.Principal"),
            ("owner-id", "OwnerId"),
            ("private-dns-name", "PrivateDnsName"),
            ("private-ip-address", "PrivateIpAddress"),
            ("requester-id", "RequesterId"),
            ("requester-managed", "RequesterManaged"),
            ("source-dest-check", "SourceDestCheck"),
            ("status", "Status"),
            ("subnet-id", "SubnetId"),
            ("vpc-id", "VpcId"),
        ],
    )
};

/// DescribeNetworkInterfaces.
pub(super) fn describe(call: &Call, params: &mut Params) -> Result<Reply, ApiError> {
    params.flag("IncludeManagedResources")?;
    DESCRIBE.run::<NetworkInterface>(call, params)
}

/// VPC User Guide, "Amazon VPC quotas": security groups per interface.
const MOST_GROUPS: usize = 5;

/// CreateNetworkInterface.
pub(super) fn create(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let mut subnet = Subnet::clone(call.find::<Subnet>(&params.required("SubnetId")?)?);
    let groups = groups(call, &subnet.vpc_id, params.texts("SecurityGroupId")?)?;
    let address = address(call, &subnet, params.text("PrivateIpAddress")?)?;
    let description = params.text("Description")?.unwrap_or_default();
    params.text("ClientToken")?;
    let tags = Tags::take_specification(params, Kind::NetworkInterface)?;
    let mut interface = NetworkInterface::new(call, &subnet, address, &description, groups);
    interface.tag_set = tags;
    subnet.available_ip_address_count -= 1;
    let reply = Reply::with("NetworkInterface", show(&interface));
    Ok(Outcome {
        changes: vec![Change::put(subnet), Change::put(interface)],
        reply,
    })
}

/// DeleteNetworkInterface: not while it is attached.
pub(super) fn delete(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let id = params.required("NetworkInterfaceId")?;
    let interface = call.find::<NetworkInterface>(&id)?;
    if interface.status == "in-use" || interface.extra.contains_key("Attachment") {
        let message = format!("Network interface '{id}' is currently in use.");
        return Err(ApiError::new("InvalidNetworkInterface.InUse", message));
    }
    Ok(Outcome {
        changes: gone(call, interface),
        reply: Reply::default(),
    })
}

/// Deletes an interface; its address is free again.
pub(super) fn gone(call: &Call, interface: &NetworkInterface) -> Vec<Change> {
    let id = interface.network_interface_id.clone();
    let mut changes = vec![Change::Delete(Kind::NetworkInterface, id)];
    if let Some(subnet) = call.state.subnets.get(&interface.subnet_id) {
        let mut subnet = Subnet::clone(subnet);
        subnet.available_ip_address_count += 1;
        changes.push(Change::put(subnet));
    }
    changes
}

/// ModifyNetworkInterfaceAttribute: the groups (all of them are replaced), the source/destination
/// check, or the description.
///
/// API Reference: one attribute per call.
pub(super) fn modify_attribute(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let id = params.required("NetworkInterfaceId")?;
    let mut interface = NetworkInterface::clone(call.find::<NetworkInterface>(&id)?);
    let given = params.texts("SecurityGroupId")?;
    let check = match params.group("SourceDestCheck")? {
        None => None,
        Some(mut check) => {
            let value = check.flag("Value")?;
            check.finish()?;
            value
        }
    };
    let description = match params.group("Description")? {
        None => None,
        Some(mut description) => {
            let value = description.text("Value")?;
            description.finish()?;
            value
        }
    };
    let attributes = [!given.is_empty(), check.is_some(), description.is_some()];
    match attributes.iter().filter(|attribute| **attribute).count() {
        1 => {}
        0 => return Err(ApiError::combination("No attributes specified.")),
        _ => {
            return Err(ApiError::combination(
                "Fields for multiple attribute types specified",
            ));
        }
    }
    if !given.is_empty() {
        interface.groups = groups(call, &interface.vpc_id, given)?;
    }
    interface.source_dest_check = check.unwrap_or(interface.source_dest_check);
    interface.description = description.unwrap_or(interface.description);
    Ok(Outcome {
        changes: vec![Change::put(interface)],
        reply: Reply::default(),
    })
}

/// The groups of an interface: those given, which are of its VPC, or the VPC's default group.
fn groups(call: &Call, vpc: &str, given: Vec<String>) -> Result<Vec<GroupIdentifier>, ApiError> {
    if given.len() > MOST_GROUPS {
        return Err(ApiError::new(
            "SecurityGroupsPerInterfaceLimitExceeded",
            "The maximum number of security groups per interface has been reached.",
        ));
    }
    let groups = if given.is_empty() {
        SecurityGroup::named(call.state, vpc, "default")
            .into_iter()
            .cloned()
            .collect()
    } else {
        let mut groups = Vec::with_capacity(given.len());
        for id in &given {
            let group = call.find::<SecurityGroup>(id)?;
            if group.vpc_id != vpc {
                return Err(ApiError::new(
                    "InvalidGroup.NotFound",
                    "You have specified two resources that belong to different networks.",
                ));
            }
            groups.push(Arc::clone(group));
        }
        groups
    };
    Ok(groups
        .iter()
        .map(|group| GroupIdentifier {
            group_id: group.group_id.clone(),
            group_name: group.group_name.clone(),
        })
        .collect())
}

/// The primary address: the one given, if the subnet has it and nobody uses it, or a free one.
pub(super) fn address(
    call: &Call,
    subnet: &Subnet,
    given: Option<String>,
) -> Result<IpAddr, ApiError> {
    let used = call.state.index.addresses_by_subnet.get(&subnet.subnet_id);
    let is_free = |address: &IpAddr| {
        !subnet.reserves(*address) && used.is_none_or(|used| !used.contains_key(address))
    };
    let block = subnet.blocks().find(|block| matches!(block, IpNet::V4(_)));
    if let Some(text) = given {
        let invalid = |why: &str| ApiError::value(format!("Address {text} {why}"));
        let address: IpAddr = text.parse().map_err(|_| invalid("is malformed"))?;
        if !block.is_some_and(|block| block.contains(&address)) {
            return Err(invalid("does not fall within the subnet's address range"));
        }
        if subnet.reserves(address) {
            return Err(invalid("is in subnet's reserved address range"));
        }
        if !is_free(&address) {
            let message = format!("Address {text} is in use.");
            return Err(ApiError::new("InvalidIPAddress.InUse", message));
        }
        return Ok(address);
    }
    // After the last one in use there is nearly always room: no search from the start.
    let last = used.and_then(|used| used.keys().rfind(|address| address.is_ipv4()).copied());
    let next = last.and_then(|last| match last {
        IpAddr::V4(last) => Some(IpAddr::V4(u32::from(last).checked_add(1)?.into())),
        IpAddr::V6(_) => None,
    });
    let within = |address: &IpAddr| block.is_some_and(|block| block.contains(address));
    next.filter(|next| within(next) && is_free(next))
        .or_else(|| block.and_then(|block| block.hosts().find(is_free)))
        .ok_or_else(|| {
            let message = format!("The subnet '{}' has no free addresses", subnet.subnet_id);
            ApiError::new("InsufficientFreeAddressesInSubnet", message)
        })
}
