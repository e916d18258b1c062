//! EC2's actions: one file per family of resources, each with the resource and what can be done
//! with it.

pub(crate) mod address;
mod authorize;
pub(crate) mod availability_zone;
mod describe;
pub(crate) mod instance;
pub(crate) mod ip_permission;
pub(crate) mod network_acl;
pub(crate) mod network_acl_entry;
pub(crate) mod network_interface;
pub(crate) mod prefix_list;
mod revoke;
pub(crate) mod route_table;
pub(crate) mod security_group;
pub(crate) mod security_group_rule;
pub(crate) mod subnet;
mod tag;
pub(crate) mod vpc;

use crate::{
    error::ApiError,
    id::Ids,
    reply::{Outcome, Reply},
    state::{Resource, State},
    wire::query::Params,
    world::{Quotas, Scope},
};
use std::sync::Arc;

/// What a handler may look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The state: for Describe calls as old as the sandbox was told to show it.
    pub(crate) state: &'a State,
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
    /// It changes resources.
    Write(fn(&Call, &mut Params) -> Result<Outcome, ApiError>),
}

/// The handler of an action.
pub(crate) fn handler(action: &str) -> Option<Handler> {
    use Handler::{Read, Write};
    Some(match action {
        "AssociateRouteTable" => Write(route_table::associate),
        "AssociateVpcCidrBlock" => Write(vpc::associate_cidr_block),
        "AuthorizeSecurityGroupEgress" => Write(authorize::egress),
        "AuthorizeSecurityGroupIngress" => Write(authorize::ingress),
        "CreateDefaultVpc" => Write(vpc::create_default),
        "CreateNetworkAcl" => Write(network_acl::create),
        "CreateNetworkAclEntry" => Write(network_acl_entry::create),
        "CreateNetworkInterface" => Write(network_interface::create),
        "CreateRoute" => Write(route_table::create_route),
        "CreateRouteTable" => Write(route_table::create),
        "CreateSecurityGroup" => Write(security_group::create),
        "CreateSubnet" => Write(subnet::create),
        "CreateTags" => Write(tag::create),
        "CreateVpc" => Write(vpc::create),
        "DeleteNetworkAclEntry" => Write(network_acl_entry::delete),
        "DeleteNetworkInterface" => Write(network_interface::delete),
        "DeleteSecurityGroup" => Write(security_group::delete),
        "DeleteTags" => Write(tag::delete),
        "DescribeAddresses" => Read(address::describe),
        "DescribeAvailabilityZones" => Read(availability_zone::describe),
        "DescribeInstances" => Read(instance::describe),
        "DescribeManagedPrefixLists" => Read(prefix_list::describe_managed),
        "DescribeNetworkAcls" => Read(network_acl::describe),
        "DescribeNetworkInterfaces" => Read(network_interface::describe),
        "DescribePrefixLists" => Read(prefix_list::describe),
        "DescribeRouteTables" => Read(route_table::describe),
        "DescribeSecurityGroupRules" => Read(security_group_rule::describe),
        "DescribeSecurityGroups" => Read(security_group::describe),
        "DescribeSubnets" => Read(subnet::describe),
        "DescribeTags" => Read(tag::describe),
        "DescribeVpcs" => Read(vpc::describe),
        "GetManagedPrefixListEntries" => Read(prefix_list::entries),
        "ModifyNetworkInterfaceAttribute" => Write(network_interface::modify_attribute),
        "ReplaceNetworkAclAssociation" => Write(network_acl::replace_association),
        "ReplaceNetworkAclEntry" => Write(network_acl_entry::replace),
        "RevokeSecurityGroupEgress" => Write(revoke::egress),
        "RevokeSecurityGroupIngress" => Write(revoke::ingress),
        _ => return None,
    })
}
