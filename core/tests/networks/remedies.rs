//! What a person must do: said with the real ids, as the command that mends it where one does.

use crate::{
    internet::{behind_nat, blocking, by_internet_gateway, managed, near, public, to_public},
    net::{Net, vpc_attachment},
    on_premises::{bridged, by_gateway, by_host, host},
    other_vpc::{ROUTES, attached, far, peered},
    world::World,
};
use dms_network_core::{
    api::{Gate, Reason},
    snapshot::{AttachedResource, BlockPublicAccessMode, Read},
};
use serde_json::{Value, json};

/// The first gate that decides the verdict of the only path.
fn worst(world: &World) -> Gate {
    let gates = world.gates();
    let worst = gates.iter().map(|gate| gate.verdict).max();
    gates
        .into_iter()
        .find(|gate| Some(gate.verdict) == worst)
        .unwrap()
}

/// `NoRoute: aws ec2 create-route …`.
fn said(world: &World) -> String {
    let gate = worst(world);
    format!("{}: {}", gate.reason, gate.remedy.unwrap_or_default())
}

#[track_caller]
fn says<'w>(rows: impl IntoIterator<Item = (World, &'w str)>) {
    for (place, (world, words)) in rows.into_iter().enumerate() {
        assert_eq!(said(&world), words, "row {place}: {:?}", world.walk());
    }
}

fn on_peering(net: Net) -> World {
    World::on(net).endpoint(far(json!(null)))
}

fn two(near: &[&str], far: &[&str]) -> Net {
    Net::two_vpcs(near, far).group_of("vpc-0b", "sg-b", &["ingress tcp 5432 10.0.1.10/32"])
}

fn pcx(net: Net, status: &str) -> Net {
    net.peering("pcx-0a", status, "vpc-0b", &["10.1.0.0/16"])
}

const THERE: &[&str] = &["10.1.0.0/16 pcx-0a"];
const BACK: &[&str] = &["10.0.0.0/16 pcx-0a"];

#[test]
fn a_route_that_is_lacking_between_two_vpcs_is_given_with_what_joins_them() {
    let on_gateway = |near: &[&str]| {
        two(near, &["10.0.0.0/16 tgw-0a"])
            .transit_gateway("tgw-0a", false, ROUTES)
            .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-near"]))
            .attachment("tgw-attach-b", vpc_attachment("vpc-0b", &["subnet-b"]))
    };
    says([
        (
            on_peering(pcx(two(&[], BACK), "active")),
            "NoRoute: aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 10.1.0.0/16 --vpc-peering-connection-id pcx-0a",
        ),
        (
            on_peering(pcx(two(THERE, &[]), "active")),
            "NoReturnRoute: aws ec2 create-route --route-table-id rtb-b --destination-cidr-block 10.0.0.0/16 --vpc-peering-connection-id pcx-0a",
        ),
        (
            on_peering(on_gateway(&[])),
            "NoRoute: aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 10.1.0.0/16 --transit-gateway-id tgw-0a",
        ),
        (
            on_peering(pcx(on_gateway(&[]), "active")),
            "NoRoute: give rtb-main a route to 10.1.0.0/16: declare in placement.otherVPC.via which of tgw-0a, pcx-0a is meant, and route to it",
        ),
        (
            World::on(pcx(on_gateway(&[]), "active"))
                .endpoint(far(json!({"transitGatewayID": "tgw-0a"}))),
            "NoRoute: aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 10.1.0.0/16 --transit-gateway-id tgw-0a",
        ),
        (
            on_peering(two(&[], BACK)),
            "NoRoute: give rtb-main a route to 10.1.0.0/16: nothing that was read joins vpc-0a and vpc-0b: attach both to a transit gateway, or peer them, and route to it: aws ec2 create-vpc-peering-connection --vpc-id vpc-0a --peer-vpc-id vpc-0b",
        ),
        (
            on_peering(pcx(two(&[], BACK), "pending-acceptance")),
            "NoRoute: give rtb-main a route to 10.1.0.0/16: accept pcx-0a, which is to join vpc-0a and vpc-0b, then route to it: aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id pcx-0a --region eu-west-1",
        ),
    ]);
}

#[test]
fn a_route_that_drops_the_packets_is_replaced_or_taken_away() {
    says([
        (
            on_peering(pcx(two(&["10.1.0.0/16 pcx-0c blackhole"], BACK), "active")),
            "RouteNotActive: aws ec2 replace-route --route-table-id rtb-main --destination-cidr-block 10.1.0.0/16 --vpc-peering-connection-id pcx-0a",
        ),
        (
            on_peering(pcx(two(&["10.0.0.0/8 pcx-0c blackhole"], BACK), "active")),
            "RouteNotActive: aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 10.1.0.0/16 --vpc-peering-connection-id pcx-0a",
        ),
        (
            on_peering(pcx(
                two(
                    &["10.1.2.0/24 pcx-0c blackhole", "10.1.0.0/16 pcx-0a"],
                    BACK,
                ),
                "active",
            )),
            "RouteNotActive: aws ec2 replace-route --route-table-id rtb-main --destination-cidr-block 10.1.2.0/24 --vpc-peering-connection-id pcx-0a",
        ),
        (
            on_peering(pcx(two(&["10.1.0.0/16 pcx-0a blackhole"], BACK), "active")),
            "RouteNotActive: restore pcx-0a, or make another in its place and give it the route, or take the route away: aws ec2 delete-route --route-table-id rtb-main --destination-cidr-block 10.1.0.0/16",
        ),
        (
            on_peering(pcx(
                two(&["10.1.0.0/16 vgw-0a blackhole propagated"], BACK),
                "active",
            )),
            "RouteNotActive: aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 10.1.0.0/16 --vpc-peering-connection-id pcx-0a",
        ),
        (
            World::on(Net::two_subnets().table(
                "rtb-near",
                &["subnet-near"],
                &["10.0.0.0/16 local", "10.0.2.0/24 eni-fw blackhole"],
            )),
            "RouteNotActive: restore eni-fw, or take the route away: aws ec2 delete-route --route-table-id rtb-near --destination-cidr-block 10.0.2.0/24",
        ),
    ]);
}

#[test]
fn a_route_that_leads_elsewhere_is_declared_or_given_way_to_a_narrower_one() {
    says([
        (
            on_peering(pcx(two(&["10.1.0.0/16 igw-0a"], BACK), "active")),
            "RouteGoesElsewhere: route to pcx-0a: aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 10.1.2.20/32 --vpc-peering-connection-id pcx-0a",
        ),
        (
            on_peering(pcx(two(&["0.0.0.0/0 igw-0a"], BACK), "active")),
            "RouteGoesElsewhere: route to pcx-0a: aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 10.1.0.0/16 --vpc-peering-connection-id pcx-0a",
        ),
        (
            on_peering(pcx(two(&["10.1.0.0/16 vgw-0a propagated"], BACK), "active")),
            "RouteGoesElsewhere: declare what the route does, placement: {onPremises: {via: {gateway: {id: vgw-0a}}}}; or route to pcx-0a: aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 10.1.2.20/32 --vpc-peering-connection-id pcx-0a",
        ),
        (
            World::on(pcx(two(THERE, BACK), "active"))
                .endpoint(far(json!({"peeringConnectionID": "pcx-0c"}))),
            "RouteGoesElsewhere: declare what the route does, placement: {otherVPC: {vpcID: vpc-0b, via: {peeringConnectionID: pcx-0a}}}; or route to pcx-0c: aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 10.1.2.20/32 --vpc-peering-connection-id pcx-0c",
        ),
        (
            on_peering(pcx(two(THERE, &["10.0.0.0/16 vgw-0b"]), "active")),
            "RouteGoesElsewhere: route to pcx-0a: aws ec2 create-route --route-table-id rtb-b --destination-cidr-block 10.0.1.10/32 --vpc-peering-connection-id pcx-0a",
        ),
        (
            on_peering(pcx(
                two(THERE, BACK).main_table(&["10.0.0.0/16 local", "10.1.0.0/16 local"]),
                "active",
            )),
            "RouteGoesElsewhere: declare what the route does, placement: {sameVPC: {}}; or give the database another range: the local route of vpc-0a takes 10.1.2.20/32, and no route to another VPC can be narrower than it",
        ),
        (
            on_peering(two(THERE, BACK).peering("pcx-0a", "active", "vpc-0c", &["10.1.0.0/16"])),
            "RouteGoesElsewhere: declare what pcx-0a leads to, placement: {otherVPC: {vpcID: vpc-0c, via: {peeringConnectionID: pcx-0a}}}; or peer with vpc-0b and route to that connection: aws ec2 create-vpc-peering-connection --vpc-id vpc-0a --peer-vpc-id vpc-0b",
        ),
        (
            by_gateway(
                near(&["172.16.0.0/12 tgw-0a"]).vpn_gateway("vgw-0a", &["vpc-0a"]),
                "vgw-0a",
            ),
            "RouteGoesElsewhere: declare what the route does, placement: {onPremises: {via: {gateway: {id: tgw-0a}}}}; or route to vgw-0a: aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 172.16.9.4/32 --gateway-id vgw-0a",
        ),
        (
            by_gateway(
                near(&["172.16.9.4/32 eni-0a"]).vpn_gateway("vgw-0a", &["vpc-0a"]),
                "vgw-0a",
            ),
            "RouteGoesElsewhere: declare what the route does, placement: {onPremises: {via: {host: {networkInterfaceID: eni-0a}}}}; or route to vgw-0a: aws ec2 replace-route --route-table-id rtb-main --destination-cidr-block 172.16.9.4/32 --gateway-id vgw-0a",
        ),
        (
            to_public(near(&["0.0.0.0/0 tgw-0a"]).internet_gateway("igw-0a", &["vpc-0a"])),
            "RouteGoesElsewhere: route to a public NAT gateway of vpc-0a, since nothing is known of a public address of the replication instance",
        ),
        (
            by_host(bridged(false, &[]), host(json!({"instanceID": "i-0b"}))),
            "RouteGoesElsewhere: declare what the route does, placement: {onPremises: {via: {host: {networkInterfaceID: eni-0a}}}}; or correct instanceID: no interface of i-0b was read in this account and Region",
        ),
        (
            World::on(Net::two_subnets().table(
                "rtb-near",
                &["subnet-near"],
                &["10.0.0.0/16 local", "10.0.2.0/24 nat-0a"],
            )),
            "RouteGoesElsewhere: take the route away: aws ec2 delete-route --route-table-id rtb-near --destination-cidr-block 10.0.2.0/24",
        ),
    ]);
}

#[test]
fn a_peering_connection_is_accepted_waited_for_or_made_anew() {
    says([
        (
            on_peering(pcx(two(THERE, BACK), "pending-acceptance")),
            "PeeringNotActive: accept it as account 111122223333: aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id pcx-0a --region eu-west-1",
        ),
        (
            on_peering(pcx(two(THERE, BACK), "provisioning")),
            "PeeringNotActive: wait until pcx-0a is active",
        ),
        (
            on_peering(pcx(two(THERE, BACK), "expired")),
            "PeeringNotActive: peer the two VPCs anew and route to that connection in place of pcx-0a: aws ec2 create-vpc-peering-connection --vpc-id vpc-0a --peer-vpc-id vpc-0b",
        ),
        (
            on_peering(two(THERE, BACK)),
            "PeeringNotFound: peer the two VPCs and route to that connection in place of pcx-0a: aws ec2 create-vpc-peering-connection --vpc-id vpc-0a --peer-vpc-id vpc-0b",
        ),
        (
            on_peering(two(THERE, BACK).peering("pcx-0a", "active", "vpc-0c", &["10.9.0.0/16"])),
            "NotInPeerCIDR: declare the address that the database has in vpc-0c (10.9.0.0/16), or peer with vpc-0b, in whose range it is, and declare that VPC: aws ec2 create-vpc-peering-connection --vpc-id vpc-0a --peer-vpc-id vpc-0b",
        ),
        (
            {
                let mut endpoint = far(json!(null));
                endpoint["addresses"] = json!(["10.2.0.5"]);
                World::on(
                    peered()
                        .vpc("vpc-0c", &["10.2.0.0/16"])
                        .main_table(&["10.0.0.0/16 local", "10.0.0.0/8 pcx-0a"]),
                )
                .endpoint(endpoint)
            },
            "NotInPeerCIDR: declare the address that the database has in vpc-0b (10.1.0.0/16), or peer with vpc-0c, in whose range it is, and declare that VPC: aws ec2 create-vpc-peering-connection --vpc-id vpc-0a --peer-vpc-id vpc-0c",
        ),
    ]);
}

#[test]
fn a_gateway_to_a_site_is_routed_to_and_attached() {
    says([
        (
            by_gateway(near(&[]).vpn_gateway("vgw-0a", &["vpc-0a"]), "vgw-0a"),
            "NoRoute: aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 172.16.9.4/32 --gateway-id vgw-0a",
        ),
        (
            by_gateway(
                near(&["172.16.0.0/12 vgw-0a"]).vpn_gateway("vgw-0a", &[]),
                "vgw-0a",
            ),
            "GatewayNotAttached: aws ec2 attach-vpn-gateway --vpn-gateway-id vgw-0a --vpc-id vpc-0a",
        ),
        (
            by_gateway(
                near(&["172.16.0.0/12 vgw-0a"]).vpn_gateway("vgw-0a", &["vpc-0c"]),
                "vgw-0a",
            ),
            "GatewayNotAttached: give vpc-0a a gateway of its own and route to it, since vgw-0a serves vpc-0c",
        ),
        (
            by_gateway(near(&["172.16.0.0/12 vgw-0a"]), "vgw-0a"),
            "GatewayNotFound: give the route a gateway that is there in place of vgw-0a",
        ),
    ]);
}

#[test]
fn the_way_to_the_internet_is_by_the_gateway_that_the_client_can_use() {
    says([
        (
            to_public(by_internet_gateway().main_table(&["10.0.0.0/16 local"])),
            "NoRoute: aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 203.0.113.20/32 --gateway-id igw-0a",
        ),
        (
            to_public(near(&[])),
            "NoRoute: give rtb-main a route to 203.0.113.20/32: route to a public NAT gateway of vpc-0a, since nothing is known of a public address of the replication instance",
        ),
        (
            to_public(
                near(&[])
                    .interface("eni-ri", "subnet-near", &["10.0.1.10"], &["sg-ri"])
                    .public_ip("eni-ri", "198.51.100.9"),
            ),
            r#"NoRoute: give rtb-main a route to 203.0.113.20/32: create an internet gateway, attach it to vpc-0a, which has none, and route to it: aws ec2 attach-internet-gateway --vpc-id vpc-0a --internet-gateway-id "$(aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId --output text)""#,
        ),
        (
            to_public(
                behind_nat(&["0.0.0.0/0 igw-0a"])
                    .main_table(&["10.0.0.0/16 local"])
                    .interface("eni-ri", "subnet-near", &["10.0.1.10"], &["sg-ri"]),
            ),
            "NoRoute: aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 203.0.113.20/32 --nat-gateway-id nat-0a",
        ),
        (
            to_public(near(&["0.0.0.0/0 igw-0a"]).internet_gateway("igw-0a", &[])),
            "InternetGatewayDetached: aws ec2 attach-internet-gateway --internet-gateway-id igw-0a --vpc-id vpc-0a",
        ),
        (
            to_public(
                near(&["0.0.0.0/0 igw-0a"])
                    .internet_gateway("igw-0a", &["vpc-0c"])
                    .internet_gateway("igw-0b", &["vpc-0a"]),
            ),
            "InternetGatewayDetached: aws ec2 replace-route --route-table-id rtb-main --destination-cidr-block 0.0.0.0/0 --gateway-id igw-0b",
        ),
        (
            to_public(near(&["0.0.0.0/0 igw-0a"]).internet_gateway("igw-0a", &["vpc-0a"])),
            "NoPublicAddress: use a publicly accessible replication instance, or route through a NAT gateway",
        ),
        (
            to_public(
                near(&["0.0.0.0/0 igw-0a"])
                    .internet_gateway("igw-0a", &["vpc-0a"])
                    .interface("eni-ri", "subnet-near", &["10.0.1.10"], &["sg-ri"]),
            ),
            r#"NoPublicAddress: use a publicly accessible replication instance, or route through a NAT gateway, or give its interface an address: aws ec2 associate-address --network-interface-id eni-ri --private-ip-address 10.0.1.10 --allocation-id "$(aws ec2 allocate-address --domain vpc --query AllocationId --output text)""#,
        ),
    ]);
}

#[test]
fn a_nat_gateway_that_does_not_work_is_replaced_or_given_its_own_way_out() {
    let failed = |state: &str| {
        behind_nat(&["0.0.0.0/0 igw-0a"]).but(|lists| {
            let Read::Known(gateways) = &mut lists.nat_gateways else {
                return;
            };
            let nat = gateways.values_mut().next().unwrap();
            nat.state = state.to_owned();
            nat.failure = Some(
                "Gateway.NotAttached: Network vpc-0a has no Internet gateway attached".to_owned(),
            );
        })
    };
    says([
        (
            to_public(failed("failed")),
            "NATGatewayNotAvailable: make a NAT gateway in place of nat-0a, and give it the route 0.0.0.0/0 -> nat-0a of rtb-main",
        ),
        (
            to_public(failed("failed").nat_gateway(
                "nat-0b",
                "subnet-nat",
                &["198.51.100.3"],
                &["10.0.8.3"],
            )),
            "NATGatewayNotAvailable: aws ec2 replace-route --route-table-id rtb-main --destination-cidr-block 0.0.0.0/0 --nat-gateway-id nat-0b",
        ),
        (
            to_public(failed("pending")),
            "NATGatewayNotAvailable: wait until nat-0a is available",
        ),
        (
            to_public(behind_nat(&[])),
            "NoRoute: aws ec2 create-route --route-table-id rtb-nat --destination-cidr-block 203.0.113.20/32 --gateway-id igw-0a",
        ),
        (
            to_public(behind_nat(&["0.0.0.0/0 nat-0a"])),
            "RoutingLoop: route to igw-0a: aws ec2 create-route --route-table-id rtb-nat --destination-cidr-block 203.0.113.20/32 --gateway-id igw-0a",
        ),
        (
            to_public(behind_nat(&["0.0.0.0/0 tgw-0a"])),
            "RouteGoesElsewhere: route to igw-0a: aws ec2 create-route --route-table-id rtb-nat --destination-cidr-block 203.0.113.20/32 --gateway-id igw-0a",
        ),
    ]);
}

#[test]
fn a_host_gets_the_route_forwards_and_carries_its_group() {
    says([
        (
            by_host(bridged(true, &[]), host(json!({}))),
            "SourceDestCheckEnabled: aws ec2 modify-network-interface-attribute --network-interface-id eni-0a --no-source-dest-check",
        ),
        (
            by_host(bridged(false, &[]), host(json!({"forwarding": "Plain"}))),
            "NoRoute: aws ec2 create-route --route-table-id rtb-host --destination-cidr-block 172.16.9.4/32 --gateway-id vgw-0a",
        ),
        (
            by_host(
                bridged(false, &[]).main_table(&["10.0.0.0/16 local"]),
                host(json!({})),
            ),
            "NoRoute: aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 172.16.9.4/32 --network-interface-id eni-0a",
        ),
        (
            by_host(
                bridged(false, &[]),
                host(json!({"securityGroupIDs": ["sg-db"]})),
            ),
            "GroupNotOnInterface: declare a group that it carries, or attach a declared one: aws ec2 modify-network-interface-attribute --network-interface-id eni-0a --groups sg-host sg-db",
        ),
    ]);
}

#[test]
fn an_exclusion_from_block_public_access_is_as_wide_as_it_must_be() {
    says([
        (
            to_public(blocking(
                by_internet_gateway(),
                BlockPublicAccessMode::Ingress,
                None,
            )),
            "PublicAccessBlocked: aws ec2 create-vpc-block-public-access-exclusion --subnet-id subnet-near --internet-gateway-exclusion-mode allow-bidirectional",
        ),
        (
            to_public(blocking(
                behind_nat(&["0.0.0.0/0 igw-0a"]),
                BlockPublicAccessMode::Bidirectional,
                None,
            )),
            "PublicAccessBlocked: aws ec2 create-vpc-block-public-access-exclusion --subnet-id subnet-nat --internet-gateway-exclusion-mode allow-egress",
        ),
        (
            to_public(blocking(
                by_internet_gateway(),
                BlockPublicAccessMode::Bidirectional,
                Some(false),
            )),
            "PublicAccessBlocked: aws ec2 modify-vpc-block-public-access-exclusion --exclusion-id vpcbpa-exclude-0a --internet-gateway-exclusion-mode allow-bidirectional",
        ),
    ]);
}

#[test]
fn the_far_side_and_the_declaration() {
    says([
        (
            to_public(by_internet_gateway()),
            "FarSideNotOurs: ask the owner of the address to let tcp 5432 pass from 198.51.100.9/32 to 203.0.113.20/32, and the answers back",
        ),
        (
            World::on(managed(by_internet_gateway(), &[])).endpoint(public(
                json!({"vpcID": "vpc-0b", "securityGroupIDs": ["sg-b"]}),
            )),
            "NoReturnRoute: aws ec2 create-route --route-table-id rtb-b --destination-cidr-block 198.51.100.9/32 --gateway-id igw-0b",
        ),
        (
            World::on(near(&["0.0.0.0/0 igw-0a"]).internet_gateway("igw-0a", &["vpc-0a"]))
                .endpoint(public(json!(null)))
                .client(json!({"publicIPs": ["198.51.100.9"]})),
            "AddressNotOnInterface: Correct publicIPs, or associate the address with the replication instance's interface.",
        ),
        (
            World::on(attached(false, ROUTES)).endpoint({
                let mut e = far(json!(null));
                e["admit"] = json!("SecurityGroup");
                e
            }),
            "AdmitFormCannotWork: set spec.endpoints[0].admit to Auto, or to one of PrivateIP, SubnetCIDR, VPCCIDR",
        ),
    ]);
}

/// The declaration in a remedy, with what a person must find out put in.
fn filled_in(world: &World) -> World {
    let remedy = worst(world).remedy.unwrap();
    assert!(!remedy.contains('\n'), "{remedy}");
    let (_, declaration) = remedy.split_once("<>: ").unwrap();
    let declaration = declaration
        .replace(
            "<the proxy's instance in vpc-0a, such as in subnet-near>",
            "i-0a",
        )
        .replace("<its security group>", "sg-proxy")
        .replace("<the database's security group>", "sg-db")
        .replace("<the database's address>", "10.0.2.20");
    let endpoint: Value = serde_saphyr::from_str(&declaration).unwrap();
    world.clone().endpoints([endpoint])
}

/// With a proxy to be used, and the gateway to a site.
fn with_proxy(net: Net) -> Net {
    net.group("sg-proxy", &[])
        .host(
            "eni-0a",
            "i-0a",
            "subnet-far",
            "10.0.2.5",
            &["sg-proxy"],
            true,
        )
        .vpn_gateway("vgw-0a", &["vpc-0a"])
}

#[test]
fn in_place_of_classic_link_the_very_declaration_is_given_behind_a_proxy() {
    let classic = |net: Net, members: Value| {
        let mut endpoint =
            json!({"engine": "postgres", "admit": "PrivateIP", "placement": {"classicLink": {}}});
        for (key, value) in members.as_object().unwrap() {
            endpoint[key] = value.clone();
        }
        World::on(with_proxy(net)).endpoint(endpoint)
    };
    let near = || near(&["172.16.0.0/12 vgw-0a"]);
    let world = classic(near(), json!({}));
    assert_eq!(
        said(&world),
        "ClassicLinkRetired: run a proxy in vpc-0a, and declare the endpoint so, with your own in place of what stands in \
         <>: {name: db, role: Source, engine: postgres, ports: [5432], addresses: [10.0.2.20], admit: PrivateIP, placement: \
         {proxy: {host: {instanceID: \"<the proxy's instance in vpc-0a, such as in subnet-near>\", securityGroupIDs: \
         [\"<its security group>\"]}, listenPort: 5432, behind: {sameVPC: {securityGroupIDs: [\"<the database's security \
         group>\"]}}}}}"
    );
    filled_in(&world).settles();
    filled_in(&classic(near(), json!({"addresses": null}))).settles();
    // Where the addresses or the routes tell where the database is, the placement behind the proxy does.
    let behind = |world: &World| {
        filled_in(world).spec["endpoints"][0]["placement"]["proxy"]["behind"].clone()
    };
    let other = classic(with_proxy(peered()), json!({"addresses": ["10.1.2.20"]}));
    assert_eq!(
        behind(&other),
        json!({"otherVPC": {"vpcID": "vpc-0b", "securityGroupIDs": ["sg-db"]}})
    );
    let site = classic(near(), json!({"addresses": ["172.16.9.4"]}));
    assert_eq!(
        behind(&site),
        json!({"onPremises": {"via": {"gateway": {"id": "vgw-0a"}}}})
    );
    filled_in(&site).settles();
    let known = near().interface("eni-db", "subnet-far", &["10.0.2.20"], &["sg-db"]);
    assert_eq!(
        behind(&classic(known, json!({}))),
        json!({"sameVPC": {"securityGroupIDs": ["sg-db"]}})
    );
    let nowhere = worst(&classic(near(), json!({"addresses": ["198.18.0.1"]})));
    assert!(
        nowhere
            .remedy
            .unwrap()
            .contains("behind: \"<where it is now")
    );
}

#[test]
fn of_several_ports_each_gets_a_proxy_s_endpoint_of_its_own() {
    let endpoint = json!({"ports": [1521, 1522], "placement": {"classicLink": {}}});
    let world = World::on(with_proxy(near(&[]))).endpoint(endpoint);
    let plan = world.plan();
    let remedies = plan
        .paths
        .iter()
        .map(|path| path.status.gates[0].remedy.clone().unwrap());
    let remedies: Vec<String> = remedies.collect();
    assert_eq!(remedies.len(), 2);
    for (remedy, port) in remedies.iter().zip(["1521", "1522"]) {
        assert!(remedy.contains(&format!("name: db-{port}, ")), "{remedy}");
        assert!(
            remedy.contains(&format!("listenPort: {port}, ")),
            "{remedy}"
        );
    }
}

#[test]
fn what_dms_keeps_for_itself_is_put_behind_a_proxy_with_its_placement_as_declared() {
    let gateway = json!({"onPremises": {"via": {"gateway": {"id": "vgw-0a"}}}});
    let net = with_proxy(near(&["192.168.0.0/16 vgw-0a"]));
    let world = World::on(net.clone())
        .endpoint(json!({"addresses": ["192.168.0.9"], "placement": gateway}));
    let filled = filled_in(&world);
    assert_eq!(
        filled.spec["endpoints"][0]["placement"]["proxy"]["behind"],
        gateway
    );
    filled.settles();
    // The rest of the addresses stays as it is: the new endpoint has another name.
    let world = World::on(net)
        .endpoint(json!({"addresses": ["192.168.0.9", "192.168.7.9"], "placement": gateway}));
    let plan = world.plan();
    let gate = plan.paths.iter().find_map(|path| {
        let first = &path.status.gates[0];
        (first.reason == Reason::ReservedByDMS).then(|| first.clone())
    });
    let remedy = gate.unwrap().remedy.unwrap();
    assert!(remedy.contains("name: db-proxy, "), "{remedy}");
    assert!(remedy.contains("addresses: [192.168.0.9], "), "{remedy}");
}

#[test]
fn a_nat_gateway_says_why_it_failed() {
    let net = behind_nat(&["0.0.0.0/0 igw-0a"]).but(|lists| {
        let Read::Known(gateways) = &mut lists.nat_gateways else {
            return;
        };
        let nat = gateways.values_mut().next().unwrap();
        nat.state = "failed".to_owned();
        nat.failure =
            Some("Gateway.NotAttached: Network vpc-0a has no Internet gateway attached".to_owned());
    });
    let message = worst(&to_public(net)).message;
    assert_eq!(
        message,
        "nat-0a is failed: Gateway.NotAttached: Network vpc-0a has no Internet gateway attached"
    );
}

#[test]
fn a_route_by_a_prefix_list_gives_way_to_one_for_the_block_alone() {
    let net = |route: &str| {
        let net = pcx(two(&[route], BACK), "active");
        on_peering(net.prefix_list("pl-0a", 4, Some(&["10.1.2.0/24", "10.5.0.0/16"])))
    };
    let command = "aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 10.1.2.20/32 \
                   --vpc-peering-connection-id pcx-0a";
    says([(
        net("pl-0a igw-0a"),
        &*format!("RouteGoesElsewhere: route to pcx-0a: {command}"),
    )]);
    says([(
        net("pl-0a tgw-0a blackhole"),
        &*format!("RouteNotActive: {command}"),
    )]);
}

#[test]
fn where_nothing_joins_two_vpcs_a_dead_route_waits_for_what_will() {
    let world = on_peering(two(&["10.1.0.0/16 pcx-0c blackhole"], BACK));
    let remedy = worst(&world).remedy.unwrap();
    assert!(
        remedy.starts_with(
            "give 10.1.0.0/16 -> pcx-0c of rtb-main another target: nothing that was read joins"
        ),
        "{remedy}"
    );
    let local = Net::two_subnets().main_table(&["10.0.0.0/16 local blackhole"]);
    assert_eq!(
        said(&World::on(local)),
        "RouteNotActive: read rtb-main again: AWS keeps an active local route for each block of vpc-0a there"
    );
}

#[test]
fn a_transit_gateway_is_mended_by_the_attachment_that_is_meant() {
    let with = |routes: &[&str]| on_peering(attached(false, routes));
    let state = |state: &str| {
        on_peering(attached(false, ROUTES).but(|lists| {
            if let Read::Known(attachments) = &mut lists.transit_gateway_attachments {
                let far = attachments
                    .get_mut(&"tgw-attach-b".parse().unwrap())
                    .unwrap();
                far.state = state.to_owned();
            }
        }))
    };
    let without_far = attached(false, ROUTES).but(|lists| {
        if let Read::Known(attachments) = &mut lists.transit_gateway_attachments {
            attachments.remove(&"tgw-attach-b".parse().unwrap());
        }
    });
    let unassociated = attached(false, ROUTES).but(|lists| {
        if let Read::Known(attachments) = &mut lists.transit_gateway_attachments {
            let near = attachments
                .get_mut(&"tgw-attach-a".parse().unwrap())
                .unwrap();
            near.associated_route_table = None;
        }
    });
    let site = |routes: &[&str]| {
        let net = near(&["172.16.0.0/12 tgw-0a"])
            .transit_gateway("tgw-0a", false, routes)
            .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-near"]))
            .attachment("tgw-attach-v", AttachedResource::Vpn("vpn-0a".into()));
        by_gateway(net, "tgw-0a")
    };
    says([
        (
            with(&["10.0.0.0/16 tgw-attach-a"]),
            "TransitGatewayNoRoute: aws ec2 enable-transit-gateway-route-table-propagation --transit-gateway-route-table-id tgw-rtb-0a --transit-gateway-attachment-id tgw-attach-b",
        ),
        (
            with(&["10.1.0.0/16 tgw-attach-b"]),
            "TransitGatewayNoRoute: aws ec2 enable-transit-gateway-route-table-propagation --transit-gateway-route-table-id tgw-rtb-0a --transit-gateway-attachment-id tgw-attach-a",
        ),
        (
            on_peering(unassociated),
            "TransitGatewayNoRoute: aws ec2 associate-transit-gateway-route-table --transit-gateway-route-table-id tgw-rtb-0a --transit-gateway-attachment-id tgw-attach-a",
        ),
        (
            with(&[
                "10.1.2.0/24 blackhole",
                "10.1.0.0/16 tgw-attach-b",
                "10.0.0.0/16 tgw-attach-a",
            ]),
            "RouteNotActive: aws ec2 replace-transit-gateway-route --transit-gateway-route-table-id tgw-rtb-0a --destination-cidr-block 10.1.2.0/24 --transit-gateway-attachment-id tgw-attach-b",
        ),
        (
            with(&["10.0.0.0/8 blackhole"]),
            "RouteNotActive: aws ec2 create-transit-gateway-route --transit-gateway-route-table-id tgw-rtb-0a --destination-cidr-block 10.1.0.0/16 --transit-gateway-attachment-id tgw-attach-b",
        ),
        (
            with(&["10.1.0.0/16 tgw-attach-a", "10.0.0.0/16 tgw-attach-a"]),
            "RouteGoesElsewhere: aws ec2 replace-transit-gateway-route --transit-gateway-route-table-id tgw-rtb-0a --destination-cidr-block 10.1.0.0/16 --transit-gateway-attachment-id tgw-attach-b",
        ),
        (
            with(&[
                "10.1.0.0/16 tgw-attach-a propagated",
                "10.0.0.0/16 tgw-attach-a",
            ]),
            "RouteGoesElsewhere: aws ec2 create-transit-gateway-route --transit-gateway-route-table-id tgw-rtb-0a --destination-cidr-block 10.1.0.0/16 --transit-gateway-attachment-id tgw-attach-b",
        ),
        (
            state("pendingAcceptance"),
            "AttachmentNotAvailable: aws ec2 accept-transit-gateway-vpc-attachment --transit-gateway-attachment-id tgw-attach-b",
        ),
        (
            state("pending"),
            "AttachmentNotAvailable: wait until tgw-attach-b is available",
        ),
        (
            state("failed"),
            "AttachmentNotAvailable: aws ec2 create-transit-gateway-vpc-attachment --transit-gateway-id tgw-0a --vpc-id vpc-0b --subnet-ids subnet-b",
        ),
        (
            on_peering(without_far),
            "AttachmentNotAvailable: aws ec2 create-transit-gateway-vpc-attachment --transit-gateway-id tgw-0a --vpc-id vpc-0b --subnet-ids subnet-b",
        ),
        (
            site(&["10.0.0.0/16 tgw-attach-a"]),
            "TransitGatewayNoRoute: aws ec2 create-transit-gateway-route --transit-gateway-route-table-id tgw-rtb-0a --destination-cidr-block 172.16.9.4/32 --transit-gateway-attachment-id tgw-attach-v",
        ),
        (
            site(&["172.16.0.0/12 tgw-attach-v"]),
            "TransitGatewayNoRoute: aws ec2 enable-transit-gateway-route-table-propagation --transit-gateway-route-table-id tgw-rtb-0a --transit-gateway-attachment-id tgw-attach-a",
        ),
        (
            site(&["172.16.0.0/12 tgw-attach-a", "10.0.0.0/16 tgw-attach-a"]),
            "RouteGoesElsewhere: aws ec2 create-transit-gateway-route --transit-gateway-route-table-id tgw-rtb-0a --destination-cidr-block 172.16.9.4/32 --transit-gateway-attachment-id tgw-attach-v",
        ),
    ]);
}
