//! What is worth knowing and decides nothing.

use crate::{
    internet::{behind_nat, by_internet_gateway, managed, near, public, to_public},
    net::{Net, owner},
    other_vpc::{ROUTES, attached, far, peered},
    world::World,
};
use dms_network_core::{
    api::{Note, Reason},
    snapshot::{AttachedResource, NatGatewayAddress, Read},
};
use serde_json::json;

fn notes(world: &World) -> Vec<Note> {
    let paths = world.plan().paths.into_iter();
    paths.flat_map(|path| path.status.notes).collect()
}

fn on_gateway(net: Net) -> World {
    World::on(net).endpoint(far(json!(null)))
}

const REFERENCE: &[&str] = &["ingress tcp 5432 sg-ri"];

#[test]
fn a_reference_over_a_transit_gateway_that_has_them_disabled_is_noted_with_the_switches() {
    let net = attached(false, ROUTES).group_of("vpc-0b", "sg-b", REFERENCE);
    let world = on_gateway(net);
    let [note] = &notes(&world)[..] else { panic!() };
    assert_eq!(note.reason, Reason::SecurityGroupReferencingDisabled);
    assert!(
        note.message
            .starts_with("sgr-sgb1 of sg-b names sg-ri, and admits nothing on this path"),
        "{}",
        note.message
    );
    let switch = "aws ec2 modify-transit-gateway --transit-gateway-id tgw-0a --options \
                  SecurityGroupReferencingSupport=enable";
    assert!(note.message.ends_with(switch), "{}", note.message);
    // What does not work is replaced.
    assert!(
        world
            .additions()
            .contains(&"+ sg-b ingress tcp 5432 10.0.1.10/32".to_owned())
    );

    let off_on_attachment = attached(true, ROUTES)
        .group_of("vpc-0b", "sg-b", REFERENCE)
        .but(|lists| {
            let Read::Known(attachments) = &mut lists.transit_gateway_attachments else {
                return;
            };
            let far = attachments
                .get_mut(&"tgw-attach-b".parse().unwrap())
                .unwrap();
            if let AttachedResource::Vpc { details, .. } = &mut far.resource {
                details.as_mut().unwrap().security_group_referencing = false;
            }
        });
    let [note] = &notes(&on_gateway(off_on_attachment))[..] else {
        panic!()
    };
    let switch = "aws ec2 modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id tgw-attach-b --options \
                  SecurityGroupReferencingSupport=enable";
    assert!(note.message.ends_with(switch), "{}", note.message);

    let on = attached(true, ROUTES).group_of("vpc-0b", "sg-b", REFERENCE);
    assert_eq!(notes(&on_gateway(on)), []);
}

#[test]
fn a_form_of_admission_that_is_switched_off_says_by_what() {
    let mut endpoint = far(json!(null));
    endpoint["admit"] = json!("SecurityGroup");
    let world = World::on(attached(false, ROUTES)).endpoint(endpoint);
    assert_eq!(world.verdict(), "Blocked AdmitFormCannotWork");
    assert_eq!(world.notes(), [Reason::SecurityGroupReferencingDisabled]);
}

#[test]
fn a_reference_in_egress_never_works_over_a_transit_gateway() {
    let mut net = attached(true, ROUTES);
    net.group_mut("sg-ri").rules.clear();
    let net = net.group("sg-ri", &["egress tcp 5432 sg-b"]);
    assert_eq!(
        on_gateway(net).notes(),
        [Reason::SecurityGroupReferenceNotPreserved]
    );
}

#[test]
fn a_reference_where_a_hop_hides_who_sends_is_noted() {
    let firewall = Net::two_subnets().group("sg-db", REFERENCE).table(
        "rtb-near",
        &["subnet-near"],
        &["10.0.0.0/16 local", "10.0.2.0/24 eni-fw"],
    );
    let across = peered().group_of("vpc-0b", "sg-b", REFERENCE).but(|lists| {
        let Read::Known(peerings) = &mut lists.peerings else {
            return;
        };
        let peering = peerings.values_mut().next().unwrap();
        peering.accepter.region = Some("eu-central-1".parse().unwrap());
    });
    let far_side = json!({"vpcID": "vpc-0b", "securityGroupIDs": ["sg-b"]});
    let by_internet = |net: Net| {
        let net = managed(net, &["0.0.0.0/0 igw-0b"]).group_of("vpc-0b", "sg-b", REFERENCE);
        World::on(net).endpoint(public(far_side.clone()))
    };
    let worlds = [
        World::on(firewall),
        on_gateway(across),
        by_internet(by_internet_gateway()),
        by_internet(behind_nat(&["0.0.0.0/0 igw-0a"])),
    ];
    for world in worlds {
        assert_eq!(
            world.notes(),
            [Reason::SecurityGroupReferenceNotPreserved],
            "{:?}",
            world.paths()
        );
    }
}

#[test]
fn only_a_rule_of_somebody_else_that_would_open_the_port_for_the_client_is_noted() {
    let through = |rules: &[&str]| {
        let net = Net::two_subnets()
            .group("sg-other", &[])
            .group("sg-db", rules)
            .table(
                "rtb-near",
                &["subnet-near"],
                &["10.0.0.0/16 local", "10.0.2.0/24 eni-fw"],
            );
        World::on(net)
    };
    for rule in [
        "ingress tcp 3306 sg-ri",
        "ingress tcp 5432 sg-other",
        "egress tcp 5432 sg-ri",
        "ingress 17 sg-ri",
    ] {
        assert_eq!(through(&[rule]).notes(), [], "{rule}");
    }
    let ours = through(&[]);
    let net = ours.net.clone().claimed_rules("sg-db", &owner(), REFERENCE);
    let held = ours.moved(net).holding(&["sg-db ingress tcp 5432 sg-ri"]);
    assert_eq!(held.notes(), []);
    // Where the route itself is closed, the reference is not what is wrong.
    let net = peered()
        .group_of("vpc-0b", "sg-b", REFERENCE)
        .main_table(&["10.0.0.0/16 local"]);
    assert_eq!(on_gateway(net).notes(), []);
}

/// The client, in zone `euw1-az1`, leaves by a regional NAT gateway with addresses for some zones.
fn regional(zones: &[Option<&str>]) -> World {
    let net = near(&["0.0.0.0/0 nat-0a"])
        .nat_gateway("nat-0a", "subnet-far", &["198.51.100.7"], &[])
        .but(|lists| {
            if let Read::Known(subnets) = &mut lists.subnets {
                let subnet = subnets.get_mut(&"subnet-near".parse().unwrap()).unwrap();
                subnet.availability_zone_id = Some("euw1-az1".to_owned());
            }
            let Read::Known(gateways) = &mut lists.nat_gateways else {
                return;
            };
            let nat = gateways.values_mut().next().unwrap();
            nat.subnet_id = None;
            nat.is_regional = true;
            nat.addresses = zones
                .iter()
                .map(|zone| NatGatewayAddress {
                    public_ip: Some("198.51.100.7".parse().unwrap()),
                    private_ip: None,
                    succeeded: true,
                    availability_zone_id: zone.map(str::to_owned),
                })
                .collect();
        });
    to_public(net)
}

#[test]
fn a_regional_nat_gateway_without_an_address_in_the_client_s_zone_is_noted() {
    let rows: [(&[Option<&str>], &[Reason]); 4] = [
        (&[Some("euw1-az1")], &[]),
        (&[Some("euw1-az2"), Some("euw1-az1")], &[]),
        (&[Some("euw1-az2")], &[Reason::NATGatewayNotInZone]),
        // An address that tells no zone may serve any.
        (&[Some("euw1-az2"), None], &[]),
    ];
    for (zones, notes) in rows {
        let world = regional(zones);
        assert_eq!(world.notes(), notes, "{zones:?}");
        assert_eq!(world.verdict(), "External FarSideNotOurs");
    }
}
