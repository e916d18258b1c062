//! Far sides in another account or Region.

use crate::{
    net::{Net, parse, vpc_attachment},
    world::{Other, World, effective_mode, unit},
};
use dms_network_core::{
    api::{AccountId, Mode, Peer, Reason, Target, Unit, Who},
    plan::Outlook,
    scopes::{Elsewhere, ScopeView, Scopes},
    snapshot::{AttachedResource, Read, ScopeLists},
    trace::Unresolved,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FAR: &str = "444455556666";

/// The network as two accounts or Regions are shown it: what belongs to `vpc-0b` is in the second alone, peerings and
/// transit gateways in both.
fn apart(net: Net, account: &str, region: &str) -> (Net, Net) {
    let mut near = net.lists.clone();
    let mut far = net.lists;
    far.account_id = Some(parse(account));
    far.region = Some(parse(region));
    for lists in [&mut near, &mut far] {
        let peerings = known(&mut lists.peerings);
        for peering in peerings.values_mut() {
            peering.accepter.owner_id = Some(parse(account));
            peering.accepter.region = Some(parse(region));
        }
    }
    keep(&mut near, "vpc-0a");
    keep(&mut far, "vpc-0b");
    (Net { lists: near }, Net { lists: far })
}

fn known<K, V>(list: &mut Read<BTreeMap<K, V>>) -> &mut BTreeMap<K, V> {
    match list {
        Read::Known(list) => list,
        Read::Unread(unread) => panic!("{} is unread", unread.call),
    }
}

fn keep(lists: &mut ScopeLists, vpc: &str) {
    known(&mut lists.vpcs).retain(|id, _| id.as_str() == vpc);
    known(&mut lists.subnets).retain(|_, it| it.vpc_id.as_str() == vpc);
    known(&mut lists.security_groups).retain(|_, it| it.vpc_id.as_str() == vpc);
    known(&mut lists.network_acls).retain(|_, it| it.vpc_id.as_str() == vpc);
    known(&mut lists.route_tables).retain(|_, it| it.vpc_id.as_str() == vpc);
    known(&mut lists.network_interfaces).retain(|_, it| it.vpc_id.as_str() == vpc);
    known(&mut lists.internet_gateways)
        .retain(|_, it| it.vpc_ids.iter().all(|id| id.as_str() == vpc));
}

fn peered() -> Net {
    let net = Net::two_vpcs(&["10.1.0.0/16 pcx-0a"], &["10.0.0.0/16 pcx-0a"]);
    net.peering("pcx-0a", "active", "vpc-0b", &["10.1.0.0/16"])
}

fn endpoint(members: Value) -> Value {
    let mut placement = json!({"vpcID": "vpc-0b", "securityGroupIDs": ["sg-b"]});
    for (key, value) in members.as_object().unwrap() {
        placement[key] = value.clone();
    }
    json!({"addresses": ["10.1.2.20"], "placement": {"otherVPC": placement}})
}

fn other(found: Result<Net, Unresolved>) -> Other {
    Other {
        name: "partner",
        region: "eu-west-1",
        account: json!({"accountID": FAR, "consent": "None"}),
        given: true,
        found,
    }
}

/// The database in the account of AWSAccount `partner`, to which `vpc-0b` is moved.
fn with_partner(net: Net, change: impl FnOnce(&mut Other)) -> World {
    let (near, far) = apart(net, FAR, "eu-west-1");
    let mut partner = other(Ok(far));
    change(&mut partner);
    World::on(near)
        .account(json!({}))
        .endpoint(endpoint(json!({"accountRef": {"name": "partner"}})))
        .with(partner)
}

fn unusable(reason: Reason) -> World {
    let (near, _) = apart(peered(), FAR, "eu-west-1");
    World::on(near)
        .endpoint(endpoint(json!({"accountRef": {"name": "partner"}})))
        .with(other(Err(Unresolved {
            reason,
            resource: "partner".to_owned(),
            message: "partner cannot be used".to_owned(),
        })))
}

#[test]
fn both_accounts_rules_are_planned_and_the_reference_names_the_client_s_account() {
    let mut net = peered();
    net.group_mut("sg-ri").rules.clear();
    let world = with_partner(net, |_| {});
    assert_eq!(
        world.opened(),
        [
            "+ sg-b ingress tcp 5432 111122223333/sg-ri",
            "+ sg-ri egress tcp 5432 10.1.0.0/16"
        ]
    );
    world.settles();
}

#[test]
fn a_reference_is_the_same_rule_whatever_is_known_of_its_owner() {
    let with_owner = |account: Option<&str>| Unit {
        peer: Peer::SecurityGroup {
            security_group_id: parse("sg-ri"),
            account_id: account.map(parse::<AccountId>),
        },
        ..unit("sg-b ingress tcp 5432 sg-ri")
    };
    assert_eq!(with_owner(Some("111122223333")), with_owner(None));
    assert!(!unit("sg-b ingress tcp 5432 sg-db").eq(&with_owner(None)));
}

#[test]
fn references_end_at_the_border_of_a_region_and_addresses_do_not() {
    let (near, far) = apart(peered(), "111122223333", "eu-central-1");
    let region = |admit: &str| {
        let mut endpoint = endpoint(json!({"region": "eu-central-1"}));
        endpoint["admit"] = json!(admit);
        let far = Other {
            name: "prod",
            region: "eu-central-1",
            ..other(Ok(far.clone()))
        };
        World::on(near.clone()).endpoint(endpoint).with(far)
    };
    assert_eq!(
        region("Auto").opened(),
        ["+ sg-b ingress tcp 5432 10.0.1.10/32"]
    );
    region("Auto").settles();
    let by_group = region("SecurityGroup");
    assert_eq!(by_group.verdict(), "Blocked AdmitFormCannotWork");
    assert!(by_group.closed().message.contains("eu-central-1"));
}

#[test]
fn an_account_that_is_not_given_to_the_namespace_is_neither_read_nor_changed() {
    let held = "sg-b ingress tcp 5432 sg-ri";
    let world = with_partner(peered(), |partner| partner.given = false).holding(&[held]);
    assert_eq!(world.verdict(), "Blocked NotAllowedByAccount");
    assert_eq!(world.additions(), Vec::<String>::new());
    assert_eq!(world.releases(), Vec::<String>::new());
    assert_eq!(world.refusals(), [Reason::NotAllowedByAccount]);
    let remedy = world.closed().remedy.unwrap();
    assert!(remedy.contains("spec.allowedNamespaces of AWSAccount partner"));
    assert_eq!(
        world.outlook(),
        Outlook::Stalled(Reason::NotAllowedByAccount)
    );
}

#[test]
fn an_account_that_cannot_be_used_cuts_its_paths_short_and_no_others() {
    use Outlook::{Stalled, Waiting};
    let rows = [
        (
            Reason::AccountNotFound,
            "Blocked",
            Waiting(Reason::AccountNotFound),
        ),
        (
            Reason::AccountChanged,
            "Blocked",
            Stalled(Reason::AccountChanged),
        ),
        (
            Reason::AccountMismatch,
            "Blocked",
            Stalled(Reason::AccountMismatch),
        ),
        (
            Reason::CredentialsNotUsable,
            "Unknown",
            Stalled(Reason::CredentialsNotUsable),
        ),
        (
            Reason::AccessDenied,
            "Unknown",
            Stalled(Reason::AccessDenied),
        ),
    ];
    let held = "sg-b ingress tcp 5432 sg-ri";
    for (reason, verdict, outlook) in rows {
        let world = unusable(reason).holding(&[held]);
        assert_eq!(world.verdict(), format!("{verdict} {reason}"));
        assert_eq!(world.outlook(), outlook);
        assert_eq!(world.releases(), Vec::<String>::new(), "{reason}");
    }
    let mut both = unusable(Reason::AccountNotFound);
    let near = crate::world::endpoint(json!({"name": "near"}));
    let far = both.spec["endpoints"][0].clone();
    both = both.endpoints([near, far]);
    assert_eq!(both.additions(), ["+ sg-db ingress tcp 5432 sg-ri"]);
}

#[test]
fn each_account_s_limits_and_consent_bind_its_own_resources() {
    let mut net = peered();
    net.group_mut("sg-ri").rules.clear();
    let far_limits = |members: Value| {
        with_partner(net.clone(), |partner| {
            for (key, value) in members.as_object().unwrap() {
                partner.account[key] = value.clone();
            }
        })
    };
    // The peer VPC's range is named on our own group alone.
    let narrow = json!({"limits": {"minPrefixLength": {"ipv4": 24}}});
    far_limits(narrow).settles();
    let ports = far_limits(json!({"limits": {"ports": [3306]}}));
    assert_eq!(ports.additions(), Vec::<String>::new());
    assert_eq!(ports.refusals(), [Reason::NotAllowedByAccount]);
    let consent = far_limits(json!({"consent": "Tag"}));
    let refusal = consent.plan().refusals.remove(0);
    assert_eq!(refusal.evidence, ["sg-b"]);
    let vpcs = far_limits(json!({"limits": {"vpcIDs": ["vpc-0b"]}}));
    vpcs.settles();
}

#[test]
fn consent_is_asked_for_in_each_account_by_a_command_of_its_own() {
    let mut net = peered();
    net.group_mut("sg-ri").rules.clear();
    let world = with_partner(net, |partner| partner.account["consent"] = json!("Tag"))
        .account(json!({"consent": "Tag"}));
    let refusals = world.plan().refusals;
    let resources: Vec<_> = refusals.iter().map(|it| it.evidence.clone()).collect();
    assert_eq!(resources, [["sg-b"], ["sg-ri"]]);
}

#[test]
fn an_acl_of_an_account_that_reports_alone_is_a_requirement() {
    let mut net = peered().acl("acl-shut", &["subnet-b"], &[]);
    net.acl_mut("acl-shut").vpc_id = parse("vpc-0b");
    known(&mut net.lists.network_acls).remove(&parse("acl-b"));
    let world = with_partner(net, |partner| {
        partner.account["networkACLs"] = json!("Report");
    });
    assert_eq!(world.verdict(), "Blocked NetworkACLNotManaged");
    let entries = world.plan().requirements.remove(0).entries;
    assert_eq!(entries.len(), 2);
}

#[test]
fn the_lowest_of_all_accounts_modes_is_the_object_s() {
    let far =
        |mode: &str| with_partner(peered(), |partner| partner.account["maxMode"] = json!(mode));
    assert_eq!(effective_mode(&far("Enforce")), Mode::Enforce);
    assert_eq!(effective_mode(&far("AddOnly")), Mode::AddOnly);
    assert_eq!(effective_mode(&far("Plan")), Mode::Plan);
    assert_eq!(far("Plan").outlook(), Outlook::PlanMode);
}

#[test]
fn a_vpc_that_is_shown_to_be_elsewhere_is_said_to_be_there() {
    let (near, _) = apart(peered(), "111122223333", "eu-central-1");
    let world = World::on(near).endpoint(endpoint(json!({})));
    assert_eq!(world.verdict(), "Blocked VPCNotFound");
    let remedy = world.closed().remedy.unwrap();
    assert_eq!(remedy, "set placement.otherVPC.region to eu-central-1");
    let (near, far) = apart(peered(), FAR, "eu-west-1");
    let mistaken = Other {
        account: json!({"accountID": "777788889999", "consent": "None"}),
        ..other(Ok(far.but(|lists| {
            lists.account_id = Some(parse("777788889999"));
            known(&mut lists.vpcs).clear();
        })))
    };
    let placement = json!({"accountRef": {"name": "partner"}});
    let world = World::on(near).endpoint(endpoint(placement)).with(mistaken);
    assert_eq!(world.verdict(), "Blocked VPCNotFound");
    assert!(world.closed().remedy.unwrap().contains(FAR));
}

#[test]
fn what_a_snapshot_holds_counts_as_ours_where_no_account_is_declared() {
    let (near, far) = apart(peered(), FAR, "eu-west-1");
    let (near, far) = (near.scope(), far.scope());
    let scopes = Scopes {
        home: ScopeView::unguarded(&near),
        elsewhere: Elsewhere::All(vec![ScopeView::unguarded(&far)]),
    };
    let world = World::on(Net::empty()).endpoint(endpoint(json!({})));
    let called = world.called_for(&scopes);
    let on = |id: &str| Target::SecurityGroupRule(parse(id));
    assert!(called.iter().any(|unit| unit.target == on("sg-b")));
    assert!(called.iter().any(|unit| unit.target == on("sg-ri")));
}

const ROUTES: &[&str] = &[
    "10.1.0.0/16 tgw-attach-b",
    "10.0.0.0/16 tgw-attach-a propagated",
];

fn attached() -> Net {
    Net::two_vpcs(&["10.1.0.0/16 tgw-0a"], &["10.0.0.0/16 tgw-0a"])
        .transit_gateway("tgw-0a", false, ROUTES)
        .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-near"]))
        .attachment("tgw-attach-b", vpc_attachment("vpc-0b", &["subnet-b"]))
}

/// What the owner of a VPC is shown of a transit gateway that another account shares: the attachments of its own.
fn as_participant(lists: &mut ScopeLists, own: &str, owner: &str) {
    known(&mut lists.transit_gateway_route_tables).clear();
    let gateways = known(&mut lists.transit_gateways).values_mut();
    gateways.for_each(|it| it.owner_id = Some(parse(owner)));
    let attachments = known(&mut lists.transit_gateway_attachments);
    attachments.retain(|id, _| id.as_str() == own);
    for attachment in attachments.values_mut() {
        attachment.associated_route_table = None;
        attachment.transit_gateway_owner_id = Some(parse(owner));
    }
}

#[test]
fn the_tables_of_a_shared_transit_gateway_are_read_where_its_owner_is_shown_them() {
    let world = with_partner(attached(), |partner| {
        let far = partner.found.as_mut().unwrap();
        as_participant(&mut far.lists, "tgw-attach-b", "111122223333");
    });
    assert_eq!(world.opened(), ["+ sg-b ingress tcp 5432 10.0.1.10/32"]);
    world.settles();
}

#[test]
fn a_transit_gateway_of_a_third_account_is_its_owner_s_and_both_ends_are_judged() {
    let third = "777788889999";
    let mut world = with_partner(attached(), |partner| {
        let far = partner.found.as_mut().unwrap();
        as_participant(&mut far.lists, "tgw-attach-b", third);
    });
    as_participant(&mut world.net.lists, "tgw-attach-a", third);
    assert_eq!(world.opened(), ["+ sg-b ingress tcp 5432 10.0.1.10/32"]);
    let after = world.settles();
    assert_eq!(after.verdict(), "External NotSeenThrough");
    assert!(after.closed().message.contains(third));
    assert_eq!(after.plan().requirements[0].who, Who::NetworkOwner);
    // The ACL of the attachment's subnet is judged all the same: packets enter the gateway by it.
    let acls = after.walk();
    let entering = "NetworkACLIngress acl-near Permitted".to_owned();
    assert!(acls.contains(&entering), "{acls:?}");
}

/// The far VPC on a transit gateway of another Region, peered with ours.
fn peered_gateways(far_routes: &[&str]) -> World {
    let peering = |peer: &str, region: &str| AttachedResource::Peering {
        peer: Some(parse(peer)),
        region: Some(parse(region)),
    };
    let near_routes = ["10.1.0.0/16 tgw-attach-p", "10.0.0.0/16 tgw-attach-a"];
    let near = Net::two_vpcs(&["10.1.0.0/16 tgw-0a"], &[])
        .transit_gateway("tgw-0a", true, &near_routes)
        .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-near"]))
        .attachment("tgw-attach-p", peering("tgw-0b", "eu-central-1"));
    let far = Net::two_vpcs(&[], &["10.0.0.0/16 tgw-0b"])
        .transit_gateway("tgw-0b", true, far_routes)
        .attachment("tgw-attach-b", vpc_attachment("vpc-0b", &["subnet-b"]))
        .attachment("tgw-attach-p", peering("tgw-0a", "eu-west-1"))
        .but(|lists| {
            let attachments = known(&mut lists.transit_gateway_attachments);
            for attachment in attachments.values_mut() {
                attachment.transit_gateway_id = parse("tgw-0b");
                attachment.associated_route_table = Some(parse("tgw-rtb-0b"));
            }
            let tables = known(&mut lists.transit_gateway_route_tables);
            let mut table = tables.pop_first().unwrap().1;
            table.id = parse("tgw-rtb-0b");
            tables.insert(table.id.clone(), table);
        });
    let (near, _) = apart(near, "111122223333", "eu-central-1");
    let (_, far) = apart(far, "111122223333", "eu-central-1");
    let far = Other {
        name: "prod",
        region: "eu-central-1",
        ..other(Ok(far))
    };
    World::on(near)
        .endpoint(endpoint(json!({"region": "eu-central-1"})))
        .with(far)
}

#[test]
fn peered_transit_gateways_are_walked_where_both_were_read() {
    let world = peered_gateways(&["10.1.0.0/16 tgw-attach-b", "10.0.0.0/16 tgw-attach-p"]);
    assert_eq!(world.opened(), ["+ sg-b ingress tcp 5432 10.0.1.10/32"]);
    world.settles();
}

#[test]
fn peered_transit_gateways_need_routes_on_both_sides() {
    let no_way_back = peered_gateways(&["10.1.0.0/16 tgw-attach-b"]);
    assert_eq!(no_way_back.verdict(), "Blocked TransitGatewayNoRoute");
    let no_way_on = peered_gateways(&["10.0.0.0/16 tgw-attach-p"]);
    assert_eq!(no_way_on.verdict(), "Blocked TransitGatewayNoRoute");
    let round = peered_gateways(&["10.1.0.0/16 tgw-attach-p", "10.0.0.0/16 tgw-attach-p"]);
    assert_eq!(round.verdict(), "Blocked RoutingLoop");
}

#[test]
fn a_managed_far_side_of_another_account_admits_the_address_that_it_sees() {
    let net = Net::two_vpcs(&["0.0.0.0/0 igw-0a"], &["0.0.0.0/0 igw-0b"])
        .internet_gateway("igw-0a", &["vpc-0a"])
        .internet_gateway("igw-0b", &["vpc-0b"])
        .interface("eni-ri", "subnet-near", &["10.0.1.10"], &["sg-ri"])
        .public_ip("eni-ri", "198.51.100.9")
        .interface("eni-db", "subnet-b", &["10.1.2.20"], &["sg-b"])
        .public_ip("eni-db", "203.0.113.7");
    let managed =
        json!({"vpcID": "vpc-0b", "securityGroupIDs": ["sg-b"], "accountRef": {"name": "partner"}});
    let placement =
        json!({"addresses": ["203.0.113.7"], "placement": {"internet": {"managed": managed}}});
    let world = with_partner(net, |_| {})
        .endpoint(placement)
        .client(json!({"publicIPs": ["198.51.100.9"]}));
    assert_eq!(world.opened(), ["+ sg-b ingress tcp 5432 198.51.100.9/32"]);
    world.settles();
}

#[test]
fn what_a_person_must_do_in_another_account_says_in_which() {
    let net = Net::two_vpcs(&["10.1.0.0/16 pcx-0a"], &[]);
    let net = net.peering("pcx-0a", "active", "vpc-0b", &["10.1.0.0/16"]);
    let gates = with_partner(net, |_| {}).gates();
    let route = gates
        .iter()
        .find(|gate| gate.reason == Reason::NoReturnRoute)
        .unwrap();
    assert_eq!(
        route.remedy.as_deref(),
        Some(
            "in account 444455556666 in eu-west-1: aws ec2 create-route --route-table-id rtb-b --destination-cidr-block \
             10.0.0.0/16 --vpc-peering-connection-id pcx-0a"
        )
    );
    // At home it goes without saying, and the other account is named to whoever asks for a peering connection.
    let gate = with_partner(Net::two_vpcs(&[], &[]).with_gateways(), |_| {}).closed();
    assert!(
        gate.remedy.unwrap().ends_with(
            "aws ec2 create-vpc-peering-connection --vpc-id vpc-0a --peer-vpc-id vpc-0b --peer-owner-id 444455556666"
        )
    );
}

#[test]
fn what_must_be_done_on_a_transit_gateway_is_its_owner_s() {
    let net = Net::two_vpcs(&["10.1.0.0/16 tgw-0a"], &["10.0.0.0/16 tgw-0a"])
        .transit_gateway("tgw-0a", false, &["10.0.0.0/16 tgw-attach-a"])
        .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-near"]))
        .attachment("tgw-attach-b", vpc_attachment("vpc-0b", &["subnet-b"]))
        .but(|lists| {
            for attachment in known(&mut lists.transit_gateway_attachments).values_mut() {
                attachment.transit_gateway_owner_id = Some(parse(FAR));
            }
        });
    let gates = with_partner(net, |_| {}).gates();
    let gate = gates
        .iter()
        .find(|gate| gate.reason == Reason::TransitGatewayNoRoute)
        .unwrap();
    assert_eq!(
        gate.remedy.as_deref(),
        Some(
            "in account 444455556666, which owns tgw-0a: aws ec2 enable-transit-gateway-route-table-propagation \
             --transit-gateway-route-table-id tgw-rtb-0a --transit-gateway-attachment-id tgw-attach-b"
        )
    );
}
