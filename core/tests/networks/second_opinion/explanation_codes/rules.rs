//! Security groups, network ACLs and what an interface takes.

use super::names;
use crate::second_opinion::{
    ask,
    ground::{admitted, one_vpc, routed, to_other_vpc, with_appliance},
    transit_gateways::{ROUTES, attached, change},
};
use crate::{net::parse, world::World};
use dms_network_core::{api::Reason, snapshot::AttachedResource};
use serde_json::json;

#[test]
fn eni_sg_rules_mismatch_no_inbound_rule_applies() {
    let net = one_vpc().group("sg-db", &["ingress tcp 1521 10.0.0.0/16"]);
    ask(World::on(net))
        .finds(
            "Missing NoSecurityGroupRule: SecurityGroupIngress sg-db",
            "Out sg-db: security group ingress",
        )
        .mends(
            &["+ sg-db ingress tcp 5432 sg-ri"],
            "arrives from 10.0.1.10",
        );
    names(Reason::NoSecurityGroupRule, "ENI_SG_RULES_MISMATCH");
}

#[test]
fn eni_sg_rules_mismatch_no_outbound_rule_applies() {
    let mut net = admitted(one_vpc());
    net.group_mut("sg-ri").rules.clear();
    ask(World::on(net.group("sg-ri", &["egress tcp 443 0.0.0.0/0"])))
        .finds(
            "Missing NoSecurityGroupRule: SecurityGroupEgress sg-ri",
            "Out sg-ri: security group egress",
        )
        .mends(
            &["+ sg-ri egress tcp 5432 10.0.2.20/32"],
            "arrives from 10.0.1.10",
        );
}

#[test]
fn eni_source_dest_check_restriction_a_host_takes_only_what_is_for_it() {
    let net = routed(&["172.16.0.0/12 eni-host"])
        .group("sg-host", &["ingress tcp 5432 sg-ri"])
        .host(
            "eni-host",
            "i-host",
            "subnet-far",
            "10.0.2.5",
            &["sg-host"],
            true,
        );
    let world = World::on(net).endpoint(json!({"addresses": ["172.16.9.4"], "placement": {
        "onPremises": {"via": {"host": {
            "instanceID": "i-host", "securityGroupIDs": ["sg-host"], "forwarding": "Tunnel"
        }}}
    }}));
    let tunnel = dms_network_walker::Forwarder {
        interface: parse("eni-host"),
        forwarding: dms_network_walker::Forwarding::Tunnel(parse("eni-host")),
        source_nat: true,
    };
    ask(world).forwarder(tunnel).finds(
        "Blocked SourceDestCheckEnabled: Host eni-host",
        "Out eni-host: its source/destination check is on",
    );
    names(
        Reason::SourceDestCheckEnabled,
        "ENI_SOURCE_DEST_CHECK_RESTRICTION",
    );
}

/// A firewall's rules are not read: its owner is told what to pass, and nothing is said to be permitted.
#[test]
fn firewall_rules_restriction_a_firewall_s_endpoint_stands_between() {
    let net = one_vpc()
        .group("sg-db", &["ingress tcp 5432 10.0.1.0/24"])
        .table(
            "rtb-near",
            &["subnet-near"],
            &["10.0.0.0/16 local", "10.0.2.0/24 vpce-fw"],
        );
    ask(World::on(net)).finds(
        "External InspectedByMiddlebox: Middlebox vpce-fw",
        "arrives from 10.0.1.10 unseen vpce-fw",
    );
}

#[test]
fn sg_has_no_rules_inbound_or_outbound() {
    ask(World::on(one_vpc())).finds(
        "Missing SecurityGroupHasNoRules: SecurityGroupIngress sg-db",
        "Out sg-db: security group ingress",
    );
    let mut net = one_vpc();
    net.group_mut("sg-ri").rules.clear();
    ask(World::on(net)).finds(
        "Missing SecurityGroupHasNoRules: SecurityGroupEgress sg-ri",
        "Out sg-ri: security group egress",
    );
    names(Reason::SecurityGroupHasNoRules, "SG_HAS_NO_RULES");
}

#[test]
fn sg_references_not_preserved_a_reference_through_an_appliance() {
    let net = admitted(with_appliance(one_vpc())).table(
        "rtb-near",
        &["subnet-near"],
        &["10.0.0.0/16 local", "10.0.2.0/24 eni-fw"],
    );
    let question = ask(World::on(net));
    question.finds(
        "Missing NoSecurityGroupRule: SecurityGroupIngress sg-db",
        "Out sg-db: security group ingress",
    );
    let notes = question.world.notes();
    assert_eq!(notes, [Reason::SecurityGroupReferenceNotPreserved]);
    names(notes[0], "SG_REFERENCES_NOT_PRESERVED");
}

#[test]
fn sg_referencing_support_an_attachment_has_it_disabled() {
    let mut net = attached(ROUTES).transit_gateway("tgw-0a", true, ROUTES);
    net.group_mut("sg-other").rules.clear();
    let net = net.group_of("vpc-0b", "sg-other", &["ingress tcp 5432 sg-ri"]);
    let net = change(net, "tgw-attach-b", |it| {
        if let AttachedResource::Vpc {
            details: Some(details),
            ..
        } = &mut it.resource
        {
            details.security_group_referencing = false;
        }
    });
    let question = ask(to_other_vpc(net));
    question.finds(
        "Missing NoSecurityGroupRule: SecurityGroupIngress sg-other",
        "Out sg-other: security group ingress",
    );
    let notes = question.world.notes();
    assert_eq!(notes, [Reason::SecurityGroupReferencingDisabled]);
    names(notes[0], "SG_REFERENCING_SUPPORT");
}

/// Each subnet's ACL must admit what leaves it and what enters it, out and back.
#[test]
fn subnet_acl_restriction_inbound_or_outbound_at_either_subnet() {
    let rows = [
        (
            ("acl-near", "1 egress deny tcp 5432 10.0.2.0/24"),
            "Blocked BlockedByDeny: NetworkACLEgress acl-near",
            "Out acl-near: network ACL egress",
        ),
        (
            ("acl-far", "1 ingress deny tcp 5432 10.0.1.0/24"),
            "Blocked BlockedByDeny: NetworkACLIngress acl-far",
            "Out acl-far: network ACL ingress",
        ),
        (
            ("acl-far", "1 egress deny tcp 1024-65535 10.0.1.0/24"),
            "Blocked BlockedByDeny: NetworkACLEgress acl-far Return",
            "Back acl-far: network ACL egress of the answer",
        ),
        (
            ("acl-near", "1 ingress deny tcp 1024-65535 10.0.2.0/24"),
            "Blocked BlockedByDeny: NetworkACLIngress acl-near Return",
            "Back acl-near: network ACL ingress of the answer",
        ),
    ];
    for ((acl, entry), core, walker) in rows {
        ask(World::on(admitted(one_vpc()).acl(acl, &[], &[entry]))).finds(core, walker);
    }
    names(Reason::BlockedByDeny, "SUBNET_ACL_RESTRICTION");
    names(Reason::NoNetworkACLEntry, "SUBNET_ACL_RESTRICTION");
    names(Reason::NoReturnEntry, "SUBNET_ACL_RESTRICTION");
}
