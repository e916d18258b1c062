//! Route tables and their associations; what changes routes is in `route`.

use super::{Call, describe::Describe, subnet::Subnet, vpc::Vpc};
use crate::{
    error::ApiError,
    id::Kind,
    json::{Extra, show},
    reply::{Outcome, Reply},
    state::{Change, Index, Resource, State},
    tags::Tags,
    wire::query::Params,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A route table, as DescribeRouteTables shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RouteTable {
    pub(crate) route_table_id: String,
    #[serde(default)]
    pub(crate) vpc_id: String,
    pub(crate) owner_id: String,
    #[serde(default)]
    pub(crate) associations: Vec<Association>,
    #[serde(default)]
    pub(crate) routes: Vec<Route>,
    #[serde(default)]
    pub(crate) propagating_vgws: Vec<Value>,
    #[serde(default)]
    pub(crate) tags: Tags,
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

/// A table's hold on a subnet or gateway, or on all that have no table of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Association {
    #[serde(default)]
    pub(crate) main: bool,
    #[serde(default)]
    pub(crate) route_table_association_id: String,
    #[serde(default)]
    pub(crate) route_table_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subnet_id: Option<String>,
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Route {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) destination_cidr_block: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) destination_ipv6_cidr_block: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) destination_prefix_list_id: Option<String>,
    /// The target, `Origin` and `State`.
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

impl Resource for RouteTable {
    const KIND: Kind = Kind::RouteTable;

    fn id(&self) -> &str {
        &self.route_table_id
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
            .route_tables_by_vpc
            .insert(&self.vpc_id, &self.route_table_id);
        for subnet in self
            .associations
            .iter()
            .filter_map(|held| held.subnet_id.clone())
        {
            index
                .route_table_by_subnet
                .insert(subnet, self.route_table_id.clone());
        }
    }
    fn unindex(&self, index: &mut Index) {
        index
            .route_tables_by_vpc
            .remove(&self.vpc_id, &self.route_table_id);
        for subnet in self
            .associations
            .iter()
            .filter_map(|held| held.subnet_id.as_ref())
        {
            index.route_table_by_subnet.remove(subnet);
        }
    }
}

impl Route {
    pub(super) fn to(block: &str, extra: Value) -> Self {
        let ipv6 = block.contains(':');
        Self {
            destination_cidr_block: (!ipv6).then(|| block.to_owned()),
            destination_ipv6_cidr_block: ipv6.then(|| block.to_owned()),
            destination_prefix_list_id: None,
            extra: crate::json::extra(extra),
        }
    }

    fn local(block: &str) -> Self {
        let local = json!({"GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"});
        Self::to(block, local)
    }

    /// The block or prefix list that it is for.
    pub(super) fn destination(&self) -> &str {
        self.destination_cidr_block
            .as_deref()
            .or(self.destination_ipv6_cidr_block.as_deref())
            .or(self.destination_prefix_list_id.as_deref())
            .unwrap_or_default()
    }

    /// Whether it is the local route of a block of the VPC.
    pub(super) fn is_local(&self) -> bool {
        self.text("Origin") == "CreateRouteTable"
    }

    /// A member that is a text, empty where it is not there.
    pub(super) fn text(&self, member: &str) -> &str {
        self.extra
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

impl RouteTable {
    /// The main table of a new VPC.
    pub(super) fn new_main(call: &Call, vpc: &Vpc) -> Self {
        let mut table = Self::new(call, vpc, Tags::default());
        table.associate(call, None);
        table
    }

    /// A new table.
    ///
    /// VPC User Guide, "Route tables": a local route for each block of the VPC.
    fn new(call: &Call, vpc: &Vpc, tags: Tags) -> Self {
        let ipv4 = vpc.ipv4_blocks().map(|block| block.to_string());
        let ipv6 = vpc.ipv6_blocks().map(|block| block.to_string());
        Self {
            route_table_id: call.ids.new_id("rtb"),
            vpc_id: vpc.vpc_id.clone(),
            owner_id: call.scope.account.clone(),
            associations: Vec::new(),
            routes: ipv4.chain(ipv6).map(|block| Route::local(&block)).collect(),
            propagating_vgws: Vec::new(),
            tags,
            extra: Extra::new(),
        }
    }

    /// The tables of a VPC with the local route of a new block.
    pub(super) fn with_local(call: &Call, vpc: &Vpc, block: &str) -> Vec<Change> {
        let tables = call.state.index.route_tables_by_vpc.of(&vpc.vpc_id);
        tables
            .filter_map(|id| call.state.route_tables.get(id))
            .map(|table| {
                let mut table = RouteTable::clone(table);
                table.routes.push(Route::local(block));
                Change::put(table)
            })
            .collect()
    }

    fn associate(&mut self, call: &Call, subnet: Option<String>) -> String {
        let id = call.ids.new_id("rtbassoc");
        self.associations.push(Association {
            main: subnet.is_none(),
            route_table_association_id: id.clone(),
            route_table_id: self.route_table_id.clone(),
            subnet_id: subnet,
            extra: crate::json::extra(json!({"AssociationState": {"State": "associated"}})),
        });
        id
    }
}

const DESCRIBE: Describe = Describe {
    max_results: Some(5..=100),
    ..Describe::new(
        "RouteTables",
        "RouteTableId",
        &[
            ("association.gateway-id", "Associations.GatewayId"),
            (
                "association.route-table-association-id",
                "Associations.RouteTableAssociationId",
            ),
            ("association.route-table-id", "Associations.RouteTableId"),
            ("association.subnet-id", "Associations.SubnetId"),
            ("association.main", "Associations.Main"),
            ("owner-id", "OwnerId"),
            ("route-table-id", "RouteTableId"),
            (
                "route.destination-cidr-block",
                "Routes.DestinationCidrBlock",
            ),
            (
                "route.destination-ipv6-cidr-block",
                "Routes.DestinationIpv6CidrBlock",
            ),
            (
                "route.destination-prefix-list-id",
                "Routes.DestinationPrefixListId",
            ),
            (
                "route.egress-only-internet-gateway-id",
                "Routes.EgressOnlyInternetGatewayId",
            ),
            ("route.gateway-id", "Routes.GatewayId"),
            ("route.instance-id", "Routes.InstanceId"),
            ("route.nat-gateway-id", "Routes.NatGatewayId"),
            ("route.transit-gateway-id", "Routes.TransitGatewayId"),
            ("route.origin", "Routes.Origin"),
            ("route.state", "Routes.State"),
            (
                "route.vpc-peering-connection-id",
                "Routes.VpcPeeringConnectionId",
            ),
            ("vpc-id", "VpcId"),
        ],
    )
};

/// DescribeRouteTables: at most 100 tables on a page.
pub(super) fn describe(call: &Call, params: &mut Params) -> Result<Reply, ApiError> {
    DESCRIBE.run::<RouteTable>(call, params)
}

/// CreateRouteTable.
pub(super) fn create(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let vpc = call.find::<Vpc>(&params.required("VpcId")?)?;
    let tags = Tags::take_specification(params, Kind::RouteTable)?;
    params.text("ClientToken")?;
    let table = RouteTable::new(call, vpc, tags);
    let reply = Reply::with("RouteTable", show(&table));
    Ok(Outcome {
        changes: vec![Change::put(table)],
        reply,
    })
}

/// AssociateRouteTable: a subnet has one explicit table at most.
pub(super) fn associate(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let mut table = RouteTable::clone(call.find::<RouteTable>(&params.required("RouteTableId")?)?);
    let subnet = call.find::<Subnet>(&params.required("SubnetId")?)?;
    if subnet.vpc_id != table.vpc_id {
        return Err(ApiError::value(format!(
            "Route table {} and subnet {} belong to different networks",
            table.route_table_id, subnet.subnet_id
        )));
    }
    if let Some(other) = call
        .state
        .index
        .route_table_by_subnet
        .get(&subnet.subnet_id)
    {
        return Err(ApiError::new(
            "Resource.AlreadyAssociated",
            format!(
                "the specified association for route table {other} conflicts with an existing \
                 association"
            ),
        ));
    }
    let id = table.associate(call, Some(subnet.subnet_id.clone()));
    let reply =
        Reply::with("AssociationId", id).and("AssociationState", json!({"State": "associated"}));
    Ok(Outcome {
        changes: vec![Change::put(table)],
        reply,
    })
}
