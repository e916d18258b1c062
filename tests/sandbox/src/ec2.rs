//! EC2's actions: one file per family of resources, each with the resource and what can be done
//! with it.

pub(crate) mod address;
mod authorize;
pub(crate) mod availability_zone;
pub(crate) mod block_public_access;
mod describe;
pub(crate) mod document;
pub(crate) mod egress_only_internet_gateway;
mod group_reference;
pub(crate) mod instance;
pub(crate) mod internet_gateway;
pub(crate) mod ip_permission;
pub(crate) mod nat_gateway;
pub(crate) mod network_acl;
pub(crate) mod network_acl_entry;
pub(crate) mod network_interface;
pub(crate) mod prefix_list;
mod revoke;
mod route;
pub(crate) mod route_table;
pub(crate) mod security_group;
pub(crate) mod security_group_rule;
pub(crate) mod subnet;
mod tag;
pub(crate) mod transit_gateway;
pub(crate) mod transit_gateway_attachment;
pub(crate) mod transit_gateway_route_table;
pub(crate) mod vpc;
pub(crate) mod vpc_endpoint;
pub(crate) mod vpc_peering_connection;
pub(crate) mod vpn;

use crate::{
    error::ApiError,
    id::Ids,
    reply::{Everywhere, Outcome, Reply},
    state::{Resource, State},
    wire::query::Params,
    world::{Quotas, Scope, World},
};
use std::sync::Arc;

/// What a handler may look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The state: for Describe calls as old as the sandbox was told to show it.
    pub(crate) state: &'a State,
    /// The accounts and Regions as they are, for what one account's call finds in another.
    pub(crate) world: &'a World,
    /// The caller's account and Region.
    pub(crate) scope: &'a Scope,
    /// The quotas in force.
    pub(crate) quotas: Quotas,
    /// New ids.
    pub(crate) ids: &'a Ids,
}

impl Call<'_> {
    /// The resource of that id, or EC2's error for an id that is malformed or names nothing.
    pub(crate) fn find<T: Resource>(&self, id: &str) -> Result<&Arc<T>, ApiError> {
        T::KIND.check(id)?;
        T::table(self.state)
            .get(id)
            .ok_or_else(|| T::KIND.not_found(id))
    }

    /// The ARN of an EC2 resource of the caller's account.
    pub(crate) fn arn(&self, resource: &str) -> String {
        let Scope { account, region } = self.scope;
        format!("arn:aws:ec2:{region}:{account}:{resource}")
    }
}

/// How an action is carried out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Handler {
    /// It only reads.
    Read(fn(&Call, &mut Params) -> Result<Reply, ApiError>),
    /// It changes resources of the caller's account and Region.
    Write(fn(&Call, &mut Params) -> Result<Outcome, ApiError>),
    /// It changes what other accounts or Regions see too.
    WriteEverywhere(fn(&Call, &mut Params) -> Result<Everywhere, ApiError>),
}

impl Handler {
    /// Whether it changes resources.
    pub(crate) fn is_mutating(self) -> bool {
        !matches!(self, Handler::Read(_))
    }
}

/// The handler of an action.
pub(crate) fn handler(action: &str) -> Option<Handler> {
    use Handler::{Read, Write, WriteEverywhere};
    Some(match action {
        "AcceptVpcPeeringConnection" => WriteEverywhere(vpc_peering_connection::accept),
        "AllocateAddress" => Write(address::allocate),
        "AssociateAddress" => Write(address::associate),
        "AssociateRouteTable" => Write(route_table::associate),
        "AssociateVpcCidrBlock" => Write(vpc::associate_cidr_block),
        "AttachInternetGateway" => Write(internet_gateway::attach),
        "AttachVpnGateway" => Write(vpn::attach),
        "AuthorizeSecurityGroupEgress" => Write(authorize::egress),
        "AuthorizeSecurityGroupIngress" => Write(authorize::ingress),
        "CreateDefaultVpc" => Write(vpc::create_default),
        "CreateEgressOnlyInternetGateway" => Write(egress_only_internet_gateway::create),
        "CreateInternetGateway" => Write(internet_gateway::create),
        "CreateNatGateway" => Write(nat_gateway::create),
        "CreateNetworkAcl" => Write(network_acl::create),
        "CreateNetworkAclEntry" => Write(network_acl_entry::create),
        "CreateNetworkInterface" => Write(network_interface::create),
        "CreateRoute" => Write(route::create),
        "CreateRouteTable" => Write(route_table::create),
        "CreateSecurityGroup" => Write(security_group::create),
        "CreateSubnet" => Write(subnet::create),
        "CreateTags" => Write(tag::create),
        "CreateTransitGateway" => Write(transit_gateway::create),
        "CreateTransitGatewayRoute" => Write(transit_gateway_route_table::create_route),
        "CreateTransitGatewayVpcAttachment" => Write(transit_gateway_attachment::create_of_vpc),
        "CreateVpc" => Write(vpc::create),
        "CreateVpcPeeringConnection" => WriteEverywhere(vpc_peering_connection::create),
        "CreateVpnGateway" => Write(vpn::create),
        "DeleteNatGateway" => Write(nat_gateway::delete),
        "DeleteNetworkAclEntry" => Write(network_acl_entry::delete),
        "DeleteNetworkInterface" => Write(network_interface::delete),
        "DeleteRoute" => Write(route::delete),
        "DeleteSecurityGroup" => WriteEverywhere(security_group::delete),
        "DeleteTags" => Write(tag::delete),
        "DeleteVpcPeeringConnection" => WriteEverywhere(vpc_peering_connection::delete),
        "DescribeAddresses" => Read(address::describe),
        "DescribeAvailabilityZones" => Read(availability_zone::describe),
        "DescribeEgressOnlyInternetGateways" => {
            Read(document::describe::<egress_only_internet_gateway::EgressOnlyInternetGateways>)
        }
        "DescribeInstances" => Read(instance::describe),
        "DescribeInternetGateways" => {
            Read(document::describe::<internet_gateway::InternetGateways>)
        }
        "DescribeManagedPrefixLists" => Read(prefix_list::describe_managed),
        "DescribeNatGateways" => Read(document::describe::<nat_gateway::NatGateways>),
        "DescribeNetworkAcls" => Read(network_acl::describe),
        "DescribeNetworkInterfaces" => Read(network_interface::describe),
        "DescribePrefixLists" => Read(prefix_list::describe),
        "DescribeRouteTables" => Read(route_table::describe),
        "DescribeSecurityGroupRules" => Read(security_group_rule::describe),
        "DescribeSecurityGroups" => Read(security_group::describe),
        "DescribeSubnets" => Read(subnet::describe),
        "DescribeTags" => Read(tag::describe),
        "DescribeTransitGatewayAttachments" => {
            Read(document::describe::<transit_gateway_attachment::Attachments>)
        }
        "DescribeTransitGatewayPeeringAttachments" => {
            Read(document::describe::<transit_gateway_attachment::PeeringAttachments>)
        }
        "DescribeTransitGatewayRouteTables" => {
            Read(document::describe::<transit_gateway_route_table::RouteTables>)
        }
        "DescribeTransitGatewayVpcAttachments" => {
            Read(document::describe::<transit_gateway_attachment::VpcAttachments>)
        }
        "DescribeTransitGateways" => Read(document::describe::<transit_gateway::TransitGateways>),
        "DescribeVpcBlockPublicAccessExclusions" => {
            Read(document::describe::<block_public_access::Exclusions>)
        }
        "DescribeVpcBlockPublicAccessOptions" => Read(block_public_access::options),
        "DescribeVpcEndpoints" => Read(document::describe::<vpc_endpoint::VpcEndpoints>),
        "DescribeVpcPeeringConnections" => {
            Read(document::describe::<vpc_peering_connection::VpcPeeringConnections>)
        }
        "DescribeVpcs" => Read(vpc::describe),
        "DescribeVpnConnections" => Read(document::describe::<vpn::VpnConnections>),
        "DescribeVpnGateways" => Read(document::describe::<vpn::VpnGateways>),
        "DetachInternetGateway" => Write(internet_gateway::detach),
        "GetManagedPrefixListEntries" => Read(prefix_list::entries),
        "ModifyNetworkInterfaceAttribute" => Write(network_interface::modify_attribute),
        "ReplaceNetworkAclAssociation" => Write(network_acl::replace_association),
        "ReplaceNetworkAclEntry" => Write(network_acl_entry::replace),
        "ReplaceRoute" => Write(route::replace),
        "RevokeSecurityGroupEgress" => Write(revoke::egress),
        "RevokeSecurityGroupIngress" => Write(revoke::ingress),
        "SearchTransitGatewayRoutes" => Read(transit_gateway_route_table::search),
        _ => return None,
    })
}
