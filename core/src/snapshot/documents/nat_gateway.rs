//! `ec2 describe-nat-gateways`.

use super::{
    DocumentError, FieldError, Item, Tag, Tells,
    field::{id, optional_id, optional_ip, or_default},
};
use crate::snapshot;
use serde::{Deserialize, Serialize};

/// A NAT gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NatGateway {
    /// Its id.
    pub nat_gateway_id: String,
    /// Its VPC.
    pub vpc_id: String,
    /// Its subnet; a regional one has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<String>,
    /// `available`, `pending`, `failed`, `deleting`, `deleted`.
    #[serde(default, deserialize_with = "or_default")]
    pub state: String,
    /// Why it failed, of one that did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_code: Option<String>,
    /// The same in AWS's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_message: Option<String>,
    /// `public` or `private`; old answers have none, and mean public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connectivity_type: Option<String>,
    /// `zonal` or `regional`; old answers have none, and mean zonal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_mode: Option<String>,
    /// The route table of a regional one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_table_id: Option<String>,
    /// Its addresses.
    #[serde(default, deserialize_with = "or_default")]
    pub nat_gateway_addresses: Vec<NatGatewayAddress>,
    /// The appliances that inspect its traffic.
    #[serde(default, deserialize_with = "or_default")]
    pub attached_appliances: Vec<AttachedAppliance>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// An address of a NAT gateway.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NatGatewayAddress {
    /// The Elastic IP address, by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocation_id: Option<String>,
    /// Its interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_interface_id: Option<String>,
    /// Its private address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_ip: Option<String>,
    /// Its public address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_ip: Option<String>,
    /// Whether it is the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_primary: Option<bool>,
    /// `succeeded`, `failed`, `associating`, …; old answers have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The name of the zone that it serves, of a regional gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_zone: Option<String>,
    /// The id of the zone that it serves, of a regional gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_zone_id: Option<String>,
}

/// An appliance, such as a firewall, that inspects a NAT gateway's traffic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachedAppliance {
    /// Its kind.
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appliance_arn: Option<String>,
    /// The endpoint by which traffic gets to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_endpoint_id: Option<String>,
    /// `attached`, `attaching`, `detached`, ….
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment_state: Option<String>,
}

impl Item for NatGateway {
    fn id(&self) -> &str {
        &self.nat_gateway_id
    }

    fn tells(&self) -> Tells<'_> {
        let zones = self.nat_gateway_addresses.iter();
        Tells {
            zone: zones
                .filter_map(|address| address.availability_zone.as_deref())
                .next(),
            vpc: Some(&self.vpc_id),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl NatGateway {
    pub(super) fn resource(&self) -> Result<snapshot::NatGateway, DocumentError> {
        self.typed()
            .map_err(|error| error.of("NatGateways", &self.nat_gateway_id))
    }

    fn typed(&self) -> Result<snapshot::NatGateway, FieldError> {
        let is_available = self.state == "available";
        let mut addresses = self
            .nat_gateway_addresses
            .iter()
            .map(|address| address.typed(is_available))
            .collect::<Result<Vec<_>, _>>()?;
        addresses.sort_by_key(|address| (address.public_ip, address.private_ip));
        addresses.dedup();
        let in_force = self.attached_appliances.iter();
        let in_force = in_force.filter(|appliance| appliance.is_attached());
        let mut appliances: Vec<_> = in_force.map(AttachedAppliance::name).collect();
        appliances.sort_unstable();
        appliances.dedup();
        Ok(snapshot::NatGateway {
            id: id("NatGatewayId", &self.nat_gateway_id)?,
            vpc_id: id("VpcId", &self.vpc_id)?,
            subnet_id: optional_id("SubnetId", self.subnet_id.as_deref())?,
            state: self.state.clone(),
            failure: self.failure(),
            is_public: self.connectivity_type.as_deref() != Some("private"),
            is_regional: self.availability_mode.as_deref() == Some("regional"),
            route_table_id: optional_id("RouteTableId", self.route_table_id.as_deref())?,
            addresses,
            appliances,
        })
    }
}

impl NatGateway {
    fn failure(&self) -> Option<String> {
        let words = [&self.failure_code, &self.failure_message];
        let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
        (!words.is_empty()).then(|| words.join(": "))
    }
}

impl NatGatewayAddress {
    /// Old answers give no status of an address: there, those of an available gateway work.
    fn typed(&self, is_available: bool) -> Result<snapshot::NatGatewayAddress, FieldError> {
        let path = |field: &str| format!("NatGatewayAddresses.{field}");
        Ok(snapshot::NatGatewayAddress {
            public_ip: optional_ip(path("PublicIp"), self.public_ip.as_deref())?,
            private_ip: optional_ip(path("PrivateIp"), self.private_ip.as_deref())?,
            succeeded: match self.status.as_deref() {
                Some(status) => status == "succeeded",
                None => is_available,
            },
            availability_zone_id: self.availability_zone_id.clone(),
        })
    }
}

impl AttachedAppliance {
    fn is_attached(&self) -> bool {
        !matches!(
            self.attachment_state.as_deref(),
            Some("attach-failed" | "detached")
        )
    }

    fn name(&self) -> String {
        let names = [&self.appliance_arn, &self.vpc_endpoint_id, &self.kind];
        let name = names.into_iter().flatten().next();
        name.map_or_else(|| "an appliance without a name".to_owned(), Clone::clone)
    }
}
