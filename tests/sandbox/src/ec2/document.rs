//! Resources that are kept as the AWS CLI prints them. What a family adds is its name, its filters,
//! and the calls that change it; its members get their XML names from `wire/shapes.txt` alone.

use super::{
    Call,
    block_public_access::VpcBlockPublicAccessExclusion,
    describe::Describe,
    egress_only_internet_gateway::EgressOnlyInternetGateway,
    internet_gateway::InternetGateway,
    nat_gateway::NatGateway,
    transit_gateway::TransitGateway,
    transit_gateway_attachment::{
        TransitGatewayAttachment, TransitGatewayPeeringAttachment, TransitGatewayVpcAttachment,
    },
    transit_gateway_route_table::TransitGatewayRouteTable,
    vpc_endpoint::VpcEndpoint,
    vpc_peering_connection::VpcPeeringConnection,
    vpn::{VpnConnection, VpnGateway},
};
use crate::{
    error::ApiError,
    id::Kind,
    reply::Reply,
    state::{Change, Held, Resource, State},
    tags::Tags,
    wire::query::Params,
};
use serde_json::Value;
use std::{fmt::Debug, marker::PhantomData, sync::Arc};

/// What tells one family of documents from the others.
pub(crate) trait Family: Debug + Clone + Send + Sync + 'static {
    /// Its kind.
    const KIND: Kind;
    /// The member that has the id.
    const ID: &'static str;
    /// Its Describe call.
    const DESCRIBE: Describe;
}

/// A resource in the AWS CLI's form.
#[derive(Debug, Clone)]
pub(crate) struct Document<F> {
    id: String,
    pub(crate) tags: Tags,
    /// The members but for the tags.
    pub(crate) json: Value,
    family: PhantomData<F>,
}

impl<F: Family> Document<F> {
    /// The top-level key of a file with the family.
    pub(crate) const LIST: &'static str = F::DESCRIBE.list;

    /// Reads one of a snapshot; the reason where it is none.
    pub(crate) fn read(mut json: Value) -> Result<Self, String> {
        let id = json.get(F::ID).and_then(Value::as_str);
        let id = id.ok_or_else(|| format!("missing field `{}`", F::ID))?;
        let id = id.to_owned();
        let members = json.as_object_mut();
        let tags = members.and_then(|members| members.remove("Tags"));
        let tags = serde_json::from_value(tags.unwrap_or_default());
        Ok(Self {
            id,
            tags: tags.map_err(|error| error.to_string())?,
            json,
            family: PhantomData,
        })
    }

    /// A new one.
    pub(super) fn new(id: &str, tags: Tags, mut json: Value) -> Self {
        json[F::ID] = id.into();
        Self {
            id: id.to_owned(),
            tags,
            json,
            family: PhantomData,
        }
    }

    /// The text at a JSON pointer, empty where there is none.
    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.json
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The items of a list.
    pub(crate) fn items(&self, member: &str) -> &[Value] {
        self.json
            .get(member)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// How it is shown.
    pub(crate) fn shown(&self) -> Value {
        let mut shown = self.json.clone();
        shown["Tags"] = crate::json::show(&self.tags);
        shown
    }
}

impl<F: Family> Resource for Document<F>
where
    Self: Held,
{
    const KIND: Kind = F::KIND;

    fn id(&self) -> &str {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
    fn tags_mut(&mut self) -> &mut Tags {
        &mut self.tags
    }
    fn show(&self, _state: &State) -> Value {
        self.shown()
    }
}

/// The Describe call of a family.
pub(super) fn describe<F: Family>(call: &Call, params: &mut Params) -> Result<Reply, ApiError>
where
    Document<F>: Held,
{
    F::DESCRIBE.run::<Document<F>>(call, params)
}

macro_rules! families {
    ($($family:ident: $table:ident,)*) => {
        /// Whether a top-level key of a snapshot's file is that of a family.
        pub(crate) fn is_family(key: &str) -> bool {
            [$($family::LIST),*].contains(&key)
        }

        /// Reads an item of a snapshot's file with the top-level key of a family.
        pub(crate) fn read(key: &str, item: Value) -> Result<Change, String> {
            $(if key == $family::LIST {
                return $family::read(item).map(Change::put);
            })*
            Err(format!("{key} is no family"))
        }

        /// The families of a state, by the top-level keys of their files.
        pub(crate) fn lists(state: &State) -> Vec<(&'static str, Vec<Value>)> {
            fn shown<F: Family>(document: &Arc<Document<F>>) -> Value {
                document.shown()
            }
            vec![$(($family::LIST, state.$table.iter().map(shown).collect()),)*]
        }
    };
}

families! {
    VpcPeeringConnection: vpc_peering_connections,
    InternetGateway: internet_gateways,
    EgressOnlyInternetGateway: egress_only_internet_gateways,
    NatGateway: nat_gateways,
    VpnGateway: vpn_gateways,
    VpnConnection: vpn_connections,
    TransitGateway: transit_gateways,
    TransitGatewayAttachment: transit_gateway_attachments,
    TransitGatewayVpcAttachment: transit_gateway_vpc_attachments,
    TransitGatewayPeeringAttachment: transit_gateway_peering_attachments,
    TransitGatewayRouteTable: transit_gateway_route_tables,
    VpcEndpoint: vpc_endpoints,
    VpcBlockPublicAccessExclusion: vpc_block_public_access_exclusions,
}
