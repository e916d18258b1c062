//! `ec2 describe-route-tables`.

use super::{
    DocumentError, FieldError, Item, StateCode, Tag, Tells,
    field::{cidr, id, optional_id, or_default, owner},
};
use crate::{
    api::NetworkInterfaceId,
    snapshot::{self, RouteDestination, RouteOrigin, RouteState, RouteTarget},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A route table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTable {
    /// Its id.
    pub route_table_id: String,
    /// Its VPC.
    pub vpc_id: String,
    /// The account that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// Who uses it.
    #[serde(default, deserialize_with = "or_default")]
    pub associations: Vec<RouteTableAssociation>,
    /// The virtual private gateways that propagate routes into it.
    #[serde(default, deserialize_with = "or_default")]
    pub propagating_vgws: Vec<PropagatingVgw>,
    /// Its routes.
    #[serde(default, deserialize_with = "or_default")]
    pub routes: Vec<Route>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<Tag>,
}

/// A user of a route table: a subnet, a gateway, or the VPC itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTableAssociation {
    /// Whether it is the VPC's main table.
    #[serde(default, deserialize_with = "or_default")]
    pub main: bool,
    /// The association's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_table_association_id: Option<String>,
    /// The table's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_table_id: Option<String>,
    /// The subnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<String>,
    /// The internet or virtual private gateway, for an edge table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_id: Option<String>,
    /// Whether it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub association_state: Option<StateCode>,
}

/// A virtual private gateway that propagates routes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PropagatingVgw {
    /// Its id.
    pub gateway_id: String,
}

/// A route. Targets that this version does not know are kept by the name of their member.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Route {
    /// An IPv4 block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_cidr_block: Option<String>,
    /// An IPv6 block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_ipv6_cidr_block: Option<String>,
    /// A prefix list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_prefix_list_id: Option<String>,
    /// `local`, or a gateway or VPC endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_id: Option<String>,
    /// An egress-only internet gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egress_only_internet_gateway_id: Option<String>,
    /// A NAT gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nat_gateway_id: Option<String>,
    /// A transit gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit_gateway_id: Option<String>,
    /// A peering connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_peering_connection_id: Option<String>,
    /// An interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_interface_id: Option<String>,
    /// The instance of that interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// The owner of that instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_owner_id: Option<String>,
    /// `active`, `blackhole`, `filtered`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// How it came to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The members that are not named above, among them the targets that are not walked.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

impl Item for RouteTable {
    fn id(&self) -> &str {
        &self.route_table_id
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

impl RouteTable {
    pub(super) fn resource(&self) -> Result<snapshot::RouteTable, DocumentError> {
        self.typed()
            .map_err(|error| error.of("RouteTables", &self.route_table_id))
    }

    fn typed(&self) -> Result<snapshot::RouteTable, FieldError> {
        let in_force: Vec<_> = self
            .associations
            .iter()
            .filter(|association| association.is_in_force())
            .collect();
        let mut subnet_ids = in_force
            .iter()
            .filter_map(|association| association.subnet_id.as_deref())
            .map(|subnet| id("Associations.SubnetId", subnet))
            .collect::<Result<Vec<_>, _>>()?;
        subnet_ids.sort_unstable();
        subnet_ids.dedup();
        let mut gateway_ids: Vec<_> = in_force
            .iter()
            .filter_map(|association| association.gateway_id.clone())
            .collect();
        gateway_ids.sort_unstable();
        gateway_ids.dedup();
        let mut routes = self
            .routes
            .iter()
            .map(Route::typed)
            .collect::<Result<Vec<_>, _>>()?;
        routes.sort_unstable();
        routes.dedup();
        Ok(snapshot::RouteTable {
            id: id("RouteTableId", &self.route_table_id)?,
            vpc_id: id("VpcId", &self.vpc_id)?,
            owner_id: owner(self.owner_id.as_deref()),
            is_main: in_force.iter().any(|association| association.main),
            subnet_ids,
            gateway_ids,
            routes,
        })
    }
}

impl RouteTableAssociation {
    /// Whether packets follow it: also while it is being made, but not once it is being taken away.
    fn is_in_force(&self) -> bool {
        let state = self
            .association_state
            .as_ref()
            .and_then(|code| code.state.as_deref());
        !matches!(state, Some("disassociating" | "disassociated" | "failed"))
    }
}

impl Route {
    fn typed(&self) -> Result<snapshot::Route, FieldError> {
        Ok(snapshot::Route {
            destination: self.destination()?,
            target: self.target()?,
            state: match self.state.as_deref() {
                None | Some("active") => RouteState::Active,
                Some("blackhole") => RouteState::Blackhole,
                Some(_) => RouteState::Filtered,
            },
            origin: match self.origin.as_deref() {
                Some("EnableVgwRoutePropagation" | "Advertisement") => RouteOrigin::Propagated,
                _ => RouteOrigin::Static,
            },
        })
    }

    fn destination(&self) -> Result<RouteDestination, FieldError> {
        if let Some(block) = &self.destination_cidr_block {
            let block = cidr("Routes.DestinationCidrBlock", block)?;
            return Ok(RouteDestination::Cidr(block));
        }
        if let Some(block) = &self.destination_ipv6_cidr_block {
            let block = cidr("Routes.DestinationIpv6CidrBlock", block)?;
            return Ok(RouteDestination::Cidr(block));
        }
        match &self.destination_prefix_list_id {
            Some(list) => Ok(RouteDestination::PrefixList(id(
                "Routes.DestinationPrefixListId",
                list,
            )?)),
            None => Err(FieldError::absent(
                "Routes.DestinationCidrBlock",
                "a route leads to a block or a prefix list; read the route tables anew",
            )),
        }
    }

    fn target(&self) -> Result<RouteTarget, FieldError> {
        if let Some(interface) =
            present::<NetworkInterfaceId>("Routes.NetworkInterfaceId", &self.network_interface_id)?
        {
            let instance = present("Routes.InstanceId", &self.instance_id)?;
            return Ok(RouteTarget::NetworkInterface(interface, instance));
        }
        if let Some(target) = present("Routes.InstanceId", &self.instance_id)? {
            return Ok(RouteTarget::Instance(target));
        }
        if let Some(target) = present("Routes.NatGatewayId", &self.nat_gateway_id)? {
            return Ok(RouteTarget::NatGateway(target));
        }
        if let Some(target) = present("Routes.TransitGatewayId", &self.transit_gateway_id)? {
            return Ok(RouteTarget::TransitGateway(target));
        }
        if let Some(target) = present(
            "Routes.VpcPeeringConnectionId",
            &self.vpc_peering_connection_id,
        )? {
            return Ok(RouteTarget::VpcPeeringConnection(target));
        }
        if let Some(target) = present(
            "Routes.EgressOnlyInternetGatewayId",
            &self.egress_only_internet_gateway_id,
        )? {
            return Ok(RouteTarget::EgressOnlyInternetGateway(target));
        }
        match self.gateway_id.as_deref() {
            Some(gateway) if !gateway.is_empty() => gateway_target(gateway),
            _ => Ok(self.other_target()),
        }
    }

    /// A target that this version does not walk, by the name of its member: the first that reads like one.
    fn other_target(&self) -> RouteTarget {
        let named = self.others.iter().find_map(|(member, value)| {
            let is_target = member.ends_with("Id") || member.ends_with("Arn");
            let value = value
                .as_str()
                .filter(|value| is_target && !value.is_empty())?;
            Some((member.clone(), value.to_owned()))
        });
        let any = || {
            let (member, value) = self.others.iter().next()?;
            Some((
                member.clone(),
                value.as_str().unwrap_or_default().to_owned(),
            ))
        };
        let (member, value) = named
            .or_else(any)
            .unwrap_or_else(|| ("no target".to_owned(), String::new()));
        RouteTarget::Other(member, value)
    }
}

fn gateway_target(gateway: &str) -> Result<RouteTarget, FieldError> {
    const FIELD: &str = "Routes.GatewayId";
    match gateway.split_once('-').map_or(gateway, |(kind, _)| kind) {
        "local" => Ok(RouteTarget::Local),
        "igw" => Ok(RouteTarget::InternetGateway(id(FIELD, gateway)?)),
        "vgw" => Ok(RouteTarget::VpnGateway(id(FIELD, gateway)?)),
        "vpce" => Ok(RouteTarget::VpcEndpoint(id(FIELD, gateway)?)),
        "nat" => Ok(RouteTarget::NatGateway(id(FIELD, gateway)?)),
        "tgw" => Ok(RouteTarget::TransitGateway(id(FIELD, gateway)?)),
        "pcx" => Ok(RouteTarget::VpcPeeringConnection(id(FIELD, gateway)?)),
        "eigw" => Ok(RouteTarget::EgressOnlyInternetGateway(id(FIELD, gateway)?)),
        _ => Ok(RouteTarget::Other(
            "GatewayId".to_owned(),
            gateway.to_owned(),
        )),
    }
}

fn present<T: std::str::FromStr<Err = crate::api::IdError>>(
    field: &str,
    value: &Option<String>,
) -> Result<Option<T>, FieldError> {
    optional_id(field, value.as_deref())
}
