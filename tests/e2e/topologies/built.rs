//! Networks made by EC2's calls, on moto and on the sandbox. Not on moto: what it has no true answer for, which is the
//! attachments of a transit gateway's routes, and Block Public Access, which stays unread there.

use crate::{
    cluster::{condition, status},
    lab::{Counterpart, Lab},
    network::{Network, RI, with},
    state::State,
};
use dms_network_core::api::ConditionType;
use ipnet::IpNet;
use serde_json::{Value, json};

/// Where the database is, when it is on-premises.
const SITE: &str = "172.16.9.4";
/// Where the database is, when it is on the internet.
const PARTNER: &str = "203.0.113.20";

/// The declaration with the database in another place.
fn declared(network: &Network, address: &str, placement: Value) -> Value {
    let declaration = network.declaration("orders");
    let declaration = with(declaration, "spec.endpoints.0.addresses", json!([address]));
    with(declaration, "spec.endpoints.0.placement", placement)
}

/// A way out of the VPC: a route of its main table.
fn route(lab: &Lab, vpc: &str, block: &str, target: (&str, &str)) {
    route_of(lab, &main_table(lab, vpc), block, target);
}

fn main_table(lab: &Lab, vpc: &str) -> String {
    let filter = [
        ("Filter.1.Name", "vpc-id"),
        ("Filter.1.Value.1", vpc),
        ("Filter.2.Name", "association.main"),
        ("Filter.2.Value.1", "true"),
    ];
    let tables = lab.ec2.call("DescribeRouteTables", &filter);
    tables.first("routeTableId")
}

fn route_of(lab: &Lab, table: &str, block: &str, target: (&str, &str)) {
    let place = [("RouteTableId", table), ("DestinationCidrBlock", block)];
    lab.ec2
        .call("CreateRoute", &[&place[..], &[target]].concat());
}

/// What an applied declaration came to.
struct Applied {
    /// What it opened in each network, in the words of these.
    opened: Vec<Vec<String>>,
    /// What others must allow.
    requirements: Vec<String>,
}

/// Applies the declaration, waits until it is Ready for that reason, and deletes it, which leaves EC2 as it was.
#[track_caller]
fn apply(lab: &Lab, declaration: &Value, networks: &[&Network], reason: &str) -> Applied {
    let before: Vec<State> = networks.iter().map(|network| network.state()).collect();
    lab.cluster().apply(declaration);
    let ready = lab.cluster().until_ready("orders", "True", reason);
    assert_eq!(condition(&ready, ConditionType::Reconciling), None);
    assert_eq!(condition(&ready, ConditionType::Stalled), None);
    let opened: Vec<Vec<String>> = networks
        .iter()
        .zip(&before)
        .map(|(network, before)| network.changes(before))
        .collect();
    let summary = status(&ready).summary.clone().unwrap();
    assert_eq!(summary.open_paths, "1/1");
    assert_eq!(
        summary.rules as usize,
        opened.iter().map(Vec::len).sum::<usize>()
    );
    let requirements = status(&ready).requirements.iter().map(|asked| {
        let blocks = |blocks: &[IpNet]| {
            let blocks: Vec<String> = blocks.iter().map(IpNet::to_string).collect();
            blocks.join(", ")
        };
        let allow = &asked.allow;
        format!(
            "{}: {} from {} to {}",
            asked.who,
            allow.port,
            blocks(&allow.from),
            blocks(&allow.to)
        )
    });
    let requirements = requirements.collect();
    lab.cluster().delete("orders");
    lab.cluster().until_gone("orders");
    for (network, before) in networks.iter().zip(&before) {
        assert_eq!(&network.state(), before);
    }
    let named = |line: &String| {
        networks
            .iter()
            .fold(line.clone(), |line, network| network.named(&line))
    };
    let opened = opened.iter().map(|lines| lines.iter().map(named).collect());
    Applied {
        opened: opened.collect(),
        requirements,
    }
}

/// The egress rule and the two entries that let the replication instance out, sorted.
fn let_out(block: &str) -> Vec<String> {
    let mut lines = vec![
        format!("+ ri-group egress tcp 5432 {block}"),
        format!("+ ri-acl egress allow tcp 5432 {block}"),
        format!("+ ri-acl ingress allow tcp 1024-65535 {block}"),
    ];
    lines.sort();
    lines
}

on_both! {
    fn a_peering_connection_is_found_by_the_routes_and_its_range_let_out(lab: Lab) {
        let near = lab.begin();
        let far = Network::build_far(&lab.ec2);
        let vpcs = [("VpcId", &*near.vpc), ("PeerVpcId", &*far.vpc)];
        let peering = lab.ec2.call("CreateVpcPeeringConnection", &vpcs);
        let peering = peering.first("vpcPeeringConnectionId");
        let target = ("VpcPeeringConnectionId", &*peering);
        lab.ec2.call("AcceptVpcPeeringConnection", &[target]);
        route(&lab, &near.vpc, "10.1.0.0/16", target);
        route(&lab, &far.vpc, "10.0.0.0/16", target);
        let placement = json!({"otherVPC": {
            "vpcID": far.vpc, "securityGroupIDs": [far.db_group], "subnetIDs": [far.db_subnet],
        }});
        let declaration = declared(&near, "10.1.2.20", placement);
        let applied = apply(&lab, &declaration, &[&near, &far], "Permitted");

        let mut out = let_out("10.1.2.20/32");
        out.retain(|line| !line.starts_with("+ ri-group"));
        out.push("+ ri-group egress tcp 5432 10.1.0.0/16".to_owned());
        let into = vec![
            format!("+ db-acl egress allow tcp 1024-65535 {RI}/32"),
            format!("+ db-acl ingress allow tcp 5432 {RI}/32"),
            "+ db-group ingress tcp 5432 ri-group".to_owned(),
        ];
        assert_eq!(applied.opened, [out, into]);
    }

    fn the_partner_must_admit_the_public_address_of_the_instance(lab: Lab) {
        let network = lab.begin();
        let gateway = lab.ec2.call("CreateInternetGateway", &[]).first("internetGatewayId");
        attach(&lab, "AttachInternetGateway", ("InternetGatewayId", &gateway), &network);
        route(&lab, &network.vpc, "0.0.0.0/0", ("GatewayId", &gateway));
        let address = lab.ec2.call("AllocateAddress", &[("Domain", "vpc")]);
        let allocation = address.first("allocationId");
        let parameters = [("AllocationId", &*allocation), ("NetworkInterfaceId", &network.ri_interface)];
        lab.ec2.call("AssociateAddress", &parameters);
        let declaration = declared(&network, PARTNER, json!({"internet": {}}));
        let applied = apply(&lab, &declaration, &[&network], "PermittedWithRequirements");

        assert_eq!(applied.opened, [let_out("203.0.113.20/32")]);
        let public = address.first("publicIp");
        assert_eq!(applied.requirements, [format!("InternetPeer: 5432 from {public}/32 to {PARTNER}/32")]);
    }

    fn the_partner_must_admit_the_address_of_the_nat_gateway(lab: Lab) {
        let network = lab.begin();
        let gateway = lab.ec2.call("CreateInternetGateway", &[]).first("internetGatewayId");
        attach(&lab, "AttachInternetGateway", ("InternetGatewayId", &gateway), &network);
        let address = lab.ec2.call("AllocateAddress", &[("Domain", "vpc")]);
        let nat = [("SubnetId", &*network.db_subnet), ("AllocationId", &address.first("allocationId"))];
        let nat = lab.ec2.call("CreateNatGateway", &nat).first("natGatewayId");
        let table = lab.ec2.call("CreateRouteTable", &[("VpcId", &network.vpc)]).first("routeTableId");
        lab.ec2.call("AssociateRouteTable", &[("RouteTableId", &table), ("SubnetId", &network.db_subnet)]);
        route_of(&lab, &table, "0.0.0.0/0", ("GatewayId", &gateway));
        route(&lab, &network.vpc, "0.0.0.0/0", ("NatGatewayId", &nat));
        let declaration = declared(&network, PARTNER, json!({"internet": {}}));
        let applied = apply(&lab, &declaration, &[&network], "PermittedWithRequirements");

        let mut opened = let_out("203.0.113.20/32");
        opened.extend([
            format!("+ db-acl ingress allow tcp 5432 {RI}/32"),
            format!("+ db-acl egress allow tcp 5432 {PARTNER}/32"),
            format!("+ db-acl ingress allow tcp 1024-65535 {PARTNER}/32"),
            format!("+ db-acl egress allow tcp 1024-65535 {RI}/32"),
        ]);
        opened.sort();
        assert_eq!(applied.opened, [opened]);
        let public = address.first("publicIp");
        assert_eq!(applied.requirements, [format!("InternetPeer: 5432 from {public}/32 to {PARTNER}/32")]);
    }

    fn a_route_that_a_person_deletes_shuts_the_path_until_it_is_back(lab: Lab) {
        lab.settings.resync_interval = "500ms";
        let network = lab.begin();
        let gateway = lab.ec2.call("CreateVpnGateway", &[("Type", "ipsec.1")]).first("vpnGatewayId");
        attach(&lab, "AttachVpnGateway", ("VpnGatewayId", &gateway), &network);
        let target = ("GatewayId", &*gateway);
        route(&lab, &network.vpc, "172.16.0.0/12", target);
        let placement = json!({"onPremises": {"via": {"gateway": {"id": gateway}}}});
        lab.cluster().apply(&declared(&network, SITE, placement));
        lab.cluster().until_ready("orders", "True", "PermittedWithRequirements");
        let open = network.state();

        let table = main_table(&lab, &network.vpc);
        let place = [("RouteTableId", &*table), ("DestinationCidrBlock", "172.16.0.0/12")];
        lab.ec2.call("DeleteRoute", &place);
        lab.cluster().until_stalled("orders", "NoRoute");
        lab.await_looks(2);
        assert_eq!(network.state(), open);
        route(&lab, &network.vpc, "172.16.0.0/12", target);
        lab.cluster().until_ready("orders", "True", "PermittedWithRequirements");
        assert_eq!(network.state(), open);
    }

    fn the_site_must_admit_the_instance_behind_a_virtual_private_gateway(lab: Lab) {
        let network = lab.begin();
        let gateway = lab.ec2.call("CreateVpnGateway", &[("Type", "ipsec.1")]).first("vpnGatewayId");
        attach(&lab, "AttachVpnGateway", ("VpnGatewayId", &gateway), &network);
        route(&lab, &network.vpc, "172.16.0.0/12", ("GatewayId", &gateway));
        let placement = json!({"onPremises": {"via": {"gateway": {"id": gateway}}}});
        let declaration = declared(&network, SITE, placement);
        let applied = apply(&lab, &declaration, &[&network], "PermittedWithRequirements");

        assert_eq!(applied.opened, [let_out("172.16.9.4/32")]);
        assert_eq!(applied.requirements, [format!("OnPremisesFirewall: 5432 from {RI}/32 to {SITE}/32")]);
    }
}

fn attach(lab: &Lab, action: &str, gateway: (&str, &str), network: &Network) {
    lab.ec2.call(action, &[gateway, ("VpcId", &network.vpc)]);
}

/// Not on the sandbox, which starts no instances, and where a route to an interface of none is a black hole.
#[test]
fn the_site_must_admit_the_host_that_bridges_and_the_host_the_instance() {
    let lab = Lab::new(Counterpart::Moto);
    let network = lab.begin();
    let group = network.group("host");
    let host = network.interface(&network.db_subnet, "10.0.2.5", &group);
    let check = [
        ("NetworkInterfaceId", &*host),
        ("SourceDestCheck.Value", "false"),
    ];
    lab.ec2.call("ModifyNetworkInterfaceAttribute", &check);
    route(
        &lab,
        &network.vpc,
        "172.16.0.0/12",
        ("NetworkInterfaceId", &host),
    );
    let host =
        json!({"networkInterfaceID": host, "securityGroupIDs": [group], "forwarding": "Tunnel"});
    let placement = json!({"onPremises": {"via": {"host": host}}});
    let declaration = declared(&network, SITE, placement);
    let applied = apply(&lab, &declaration, &[&network], "PermittedWithRequirements");

    let mut opened = let_out("172.16.9.4/32");
    opened.extend([
        format!("+ {group} ingress tcp 5432 ri-group"),
        format!("+ db-acl ingress allow tcp 5432 {RI}/32"),
        format!("+ db-acl egress allow tcp 1024-65535 {RI}/32"),
    ]);
    opened.sort();
    assert_eq!(applied.opened, [opened]);
    assert_eq!(
        applied.requirements,
        ["OnPremisesFirewall: 5432 from 10.0.2.5/32 to 172.16.9.4/32"]
    );
}
