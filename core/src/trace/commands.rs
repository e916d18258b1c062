//! AWS CLI commands that a person can run as they stand (AWS CLI Command Reference, `ec2`).

use crate::{
    api::VpcId,
    snapshot::{
        NetworkInterface, Route, RouteDestination, RouteOrigin, RouteTable, RouteTarget, Subnet,
    },
};
use ipnet::IpNet;
use std::net::IpAddr;

/// Of many blocks, this many get a command of their own.
const FEW: usize = 4;

fn destination(of: &RouteDestination) -> String {
    match of {
        RouteDestination::Cidr(IpNet::V4(net)) => format!("--destination-cidr-block {net}"),
        RouteDestination::Cidr(IpNet::V6(net)) => format!("--destination-ipv6-cidr-block {net}"),
        RouteDestination::PrefixList(list) => format!("--destination-prefix-list-id {list}"),
    }
}

/// The option that names a target; none for those that routes of people do not name.
fn by(target: &RouteTarget) -> Option<String> {
    Some(match target {
        RouteTarget::InternetGateway(id) => format!("--gateway-id {id}"),
        RouteTarget::VpnGateway(id) => format!("--gateway-id {id}"),
        RouteTarget::EgressOnlyInternetGateway(id) => {
            format!("--egress-only-internet-gateway-id {id}")
        }
        RouteTarget::NatGateway(id) => format!("--nat-gateway-id {id}"),
        RouteTarget::TransitGateway(id) => format!("--transit-gateway-id {id}"),
        RouteTarget::VpcPeeringConnection(id) => format!("--vpc-peering-connection-id {id}"),
        RouteTarget::NetworkInterface(id, _) => format!("--network-interface-id {id}"),
        RouteTarget::Instance(id) => format!("--instance-id {id}"),
        RouteTarget::VpcEndpoint(id) => format!("--vpc-endpoint-id {id}"),
        RouteTarget::Local | RouteTarget::Other(..) => return None,
    })
}

/// Adds a route to each of some blocks.
pub(super) fn create_routes(table: &str, to: &[IpNet], target: &RouteTarget) -> Option<String> {
    let target = by(target)?;
    let commands = to.iter().take(FEW).map(|block| {
        let to = destination(&RouteDestination::Cidr(*block));
        format!("aws ec2 create-route --route-table-id {table} {to} {target}")
    });
    let commands: Vec<String> = commands.collect();
    let more = match to.len().saturating_sub(FEW) {
        0 => String::new(),
        more => format!(" (and likewise for {more} more)"),
    };
    Some(format!("{}{more}", commands.join("; ")))
}

/// Gives a route another target.
pub(super) fn replace_route(
    table: &RouteTable,
    route: &Route,
    target: &RouteTarget,
) -> Option<String> {
    let (to, by) = (destination(&route.destination), by(target)?);
    let id = &table.id;
    // A propagated route cannot be replaced: a static one of its length wins (VPC User Guide, "Route priority").
    let verb = match route.origin {
        RouteOrigin::Static => "replace-route",
        RouteOrigin::Propagated => "create-route",
    };
    Some(format!("aws ec2 {verb} --route-table-id {id} {to} {by}"))
}

/// Takes a route away, so that the next best one decides; none where no command does it.
pub(super) fn delete_route(table: &RouteTable, route: &Route) -> Option<String> {
    let id = &table.id;
    match (&route.target, route.origin) {
        (RouteTarget::Local, _) => None,
        (_, RouteOrigin::Static) => {
            let to = destination(&route.destination);
            Some(format!("aws ec2 delete-route --route-table-id {id} {to}"))
        }
        (RouteTarget::VpnGateway(gateway), RouteOrigin::Propagated) => Some(format!(
            "aws ec2 disable-vgw-route-propagation --route-table-id {id} --gateway-id {gateway}"
        )),
        (_, RouteOrigin::Propagated) => None,
    }
}

/// Gives an address of an interface a new Elastic IP address.
pub(super) fn associate_new_address(interface: &NetworkInterface, private: IpAddr) -> String {
    format!(
        "aws ec2 associate-address --network-interface-id {} --private-ip-address {private} --allocation-id \
         \"$(aws ec2 allocate-address --domain vpc --query AllocationId --output text)\"",
        interface.id
    )
}

/// Gives an address of an interface an Elastic IP address of the account.
pub(super) fn associate_address(
    interface: &NetworkInterface,
    private: IpAddr,
    public: IpAddr,
) -> String {
    format!(
        "aws ec2 associate-address --network-interface-id {} --private-ip-address {private} --allocation-id \
         \"$(aws ec2 describe-addresses --public-ips {public} --query 'Addresses[0].AllocationId' --output text)\"",
        interface.id
    )
}

/// Excludes what stands in front of an internet gateway from VPC Block Public Access.
pub(super) fn exclude(subnet: Option<&Subnet>, vpc: &VpcId, mode: &str) -> String {
    let resource = match subnet {
        Some(subnet) => format!("--subnet-id {}", subnet.id),
        None => format!("--vpc-id {vpc}"),
    };
    format!(
        "aws ec2 create-vpc-block-public-access-exclusion {resource} --internet-gateway-exclusion-mode {mode}"
    )
}
