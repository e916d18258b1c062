//! A far side in another account or Region: read, opened and closed with that account's own credentials.

use crate::{
    cluster::{condition, status},
    ec2::Ec2,
    lab::{Counterpart, Lab, OTHER_ACCOUNT},
    network::{ACCOUNT, NAMESPACE, Network, RI, account, with},
    state::State,
    wait,
};
use dms_network_core::api::{ALLOWED_NAMESPACES_TAG, ConditionType};
use serde_json::{Value, json};

/// The address of the database in the far VPC.
const FAR_DB: &str = "10.1.2.20";

/// A VPC of another account or Region that is peered with the near one, its group and ACL with the consent for
/// [`NAMESPACE`].
struct Far {
    ec2: Ec2,
    vpc: String,
    group: String,
    before: State,
}

impl Far {
    fn build(near: &Network, home: &Ec2, ec2: Ec2, account: &str) -> Self {
        let vpc = ec2
            .call("CreateVpc", &[("CidrBlock", "10.1.0.0/16")])
            .first("vpcId");
        let subnet = [("VpcId", &*vpc), ("CidrBlock", "10.1.2.0/24")];
        let subnet = ec2.call("CreateSubnet", &subnet).first("subnetId");
        let group = [
            ("GroupName", "far"),
            ("GroupDescription", "for a test"),
            ("VpcId", &*vpc),
        ];
        let group = ec2.call("CreateSecurityGroup", &group).first("groupId");
        let interface = [
            ("SubnetId", &*subnet),
            ("PrivateIpAddress", FAR_DB),
            ("SecurityGroupId.1", &*group),
        ];
        ec2.call("CreateNetworkInterface", &interface);
        let consent = [
            ("ResourceId.1", &*group),
            ("Tag.1.Key", ALLOWED_NAMESPACES_TAG),
            ("Tag.1.Value", NAMESPACE),
        ];
        ec2.call("CreateTags", &consent);
        let request = [
            ("VpcId", &*near.vpc),
            ("PeerVpcId", &*vpc),
            ("PeerOwnerId", account),
            ("PeerRegion", ec2.region()),
        ];
        let peering = home.call("CreateVpcPeeringConnection", &request);
        let peering = peering.first("vpcPeeringConnectionId");
        let accept = [("VpcPeeringConnectionId", &*peering)];
        ec2.call("AcceptVpcPeeringConnection", &accept);
        route(home, &near.vpc, "10.1.0.0/16", &peering);
        route(&ec2, &vpc, "10.0.0.0/16", &peering);
        let before = State::of(&ec2, &vpc);
        Self {
            ec2,
            vpc,
            group,
            before,
        }
    }

    fn state(&self) -> State {
        State::of(&self.ec2, &self.vpc)
    }

    fn changes(&self) -> Vec<String> {
        let lines = self.state().since(&self.before);
        let named = lines
            .iter()
            .map(|line| line.replace(&self.group, "far-group"));
        named.collect()
    }
}

/// A route in a VPC's main table.
fn route(ec2: &Ec2, vpc: &str, to: &str, peering: &str) {
    let main = [
        ("Filter.1.Name", "vpc-id"),
        ("Filter.1.Value.1", vpc),
        ("Filter.2.Name", "association.main"),
        ("Filter.2.Value.1", "true"),
    ];
    let table = ec2.call("DescribeRouteTables", &main).first("routeTableId");
    let route = [
        ("RouteTableId", &*table),
        ("DestinationCidrBlock", to),
        ("VpcPeeringConnectionId", peering),
    ];
    ec2.call("CreateRoute", &route);
}

/// The AWSAccount of the far side.
fn partner() -> Value {
    let role = json!({"roleARN": format!("arn:aws:iam::{OTHER_ACCOUNT}:role/opener")});
    let partner = with(account(), "metadata.name", json!("partner"));
    let partner = with(partner, "spec.accountID", json!(OTHER_ACCOUNT));
    with(partner, "spec.assumeRole", role)
}

/// The near network with open ACLs, the far one in another account, and what opens one to the other.
fn two_accounts(lab: &Lab) -> (Network, Far, Value) {
    let near = Network::build(&lab.ec2);
    near.open_acls();
    let ec2 = lab.ec2.assume_role(OTHER_ACCOUNT);
    let far = Far::build(&near, &lab.ec2, ec2, OTHER_ACCOUNT);
    let other = json!({
        "vpcID": far.vpc, "securityGroupIDs": [far.group], "accountRef": {"name": "partner"},
    });
    let mut document = declaration(&near, &other);
    if !lab.is_strict() {
        // moto looks for a referenced group in the account of the rule alone.
        document = with(document, "spec.endpoints.0.admit", json!("PrivateIP"));
    }
    lab.cluster().apply(&account());
    (near, far, document)
}

fn declaration(near: &Network, other: &Value) -> Value {
    let document = near.declaration("orders");
    let document = with(document, "spec.endpoints.0.addresses", json!([FAR_DB]));
    with(
        document,
        "spec.endpoints.0.placement",
        json!({"otherVPC": other}),
    )
}

on_both! {

fn both_accounts_are_opened_and_both_are_left_as_they_were(lab: Lab) {
    let (near, far, document) = two_accounts(&lab);
    let before = near.state();
    lab.cluster().apply(&partner());
    lab.start();
    lab.cluster().apply(&document);
    let network = lab.cluster().until_permitted("orders");
    assert_eq!(near.changes(&before), ["+ ri-group egress tcp 5432 10.1.0.0/16"]);
    let by_address = format!("{RI}/32");
    let client = if lab.is_strict() { &near.ri_group } else { &by_address };
    assert_eq!(far.changes(), [format!("+ far-group ingress tcp 5432 {client}")]);
    let mut scopes: Vec<_> = status(&network).scopes.iter().map(|s| s.account_id.to_string()).collect();
    scopes.sort();
    assert_eq!(scopes, [OTHER_ACCOUNT, ACCOUNT]);
    let rules = &status(&network).managed_rules;
    let far_rule = rules.iter().find(|rule| rule.unit.resource() == far.group).unwrap();
    assert_eq!(far_rule.scope.account_ref.as_str(), "partner");
    if lab.is_strict() {
        let shown = serde_json::to_value(far_rule).unwrap();
        assert_eq!(shown["accountID"], json!(ACCOUNT), "whose the referenced group is");
    }

    lab.cluster().delete("orders");
    lab.cluster().until_gone("orders");
    assert_eq!(near.state(), before);
    assert_eq!(far.state(), far.before);
}

fn an_account_that_is_not_given_is_left_alone_until_it_is(lab: Lab) {
    let (near, far, document) = two_accounts(&lab);
    let before = near.state();
    let nobody = with(partner(), "spec.allowedNamespaces", json!({"names": ["others"]}));
    lab.cluster().apply(&nobody);
    lab.start();
    lab.cluster().apply(&document);
    let network = lab.cluster().until_stalled("orders", "NotAllowedByAccount");
    let path = &status(&network).paths[0];
    assert_eq!(path.verdict.to_string(), "Blocked");
    let remedy = path.gates[0].remedy.clone().unwrap();
    assert!(remedy.contains("spec.allowedNamespaces of AWSAccount partner"), "{remedy}");
    assert_eq!((near.state(), far.state()), (before, far.before.clone()));

    lab.cluster().apply(&partner());
    lab.cluster().until_permitted("orders");
    assert_eq!(far.changes().len(), 1);
}

fn an_account_that_comes_later_is_waited_for(lab: Lab) {
    let (_near, far, document) = two_accounts(&lab);
    lab.start();
    lab.cluster().apply(&document);
    let waiting = lab.cluster().until_ready("orders", "False", "AccountNotFound");
    assert_eq!(condition(&waiting, ConditionType::Reconciling).unwrap().0, "True");
    lab.cluster().apply(&partner());
    lab.cluster().until_permitted("orders");
    assert_eq!(far.changes().len(), 1);
}

fn a_placement_that_leaves_an_account_is_cleaned_up_there(lab: Lab) {
    let (near, far, document) = two_accounts(&lab);
    lab.cluster().apply(&partner());
    lab.start();
    lab.cluster().apply(&document);
    lab.cluster().until_permitted("orders");
    assert_eq!(far.changes().len(), 1);

    lab.cluster().apply(&near.declaration("orders"));
    wait::until("the far rule to go", || match far.changes() {
        gone if gone.is_empty() => Ok(()),
        changes => Err(format!("{changes:?}")),
    });
    assert_eq!(far.state(), far.before);
    let network = lab.cluster().until_permitted("orders");
    let partner = status(&network).scopes.iter().any(|s| s.account_ref.as_str() == "partner");
    assert!(!partner, "nothing is left there");
}

fn an_account_is_held_while_rules_stand_there(lab: Lab) {
    let (_near, far, document) = two_accounts(&lab);
    lab.cluster().apply(&partner());
    lab.start();
    lab.cluster().apply(&document);
    lab.cluster().until_permitted("orders");
    lab.cluster().delete_account("partner");
    lab.cluster().until_event("AccountInUse", "migrations/orders");
    lab.cluster().delete("orders");
    lab.cluster().until_gone("orders");
    assert_eq!(far.state(), far.before);
    wait::until("the AWSAccount to go", || match lab.cluster().find_account("partner") {
        None => Ok(()),
        Some(account) => Err(format!("{:?}", account.metadata)),
    });
}

}

#[test]
fn a_database_in_another_region_is_admitted_by_address() {
    let lab = Lab::new(Counterpart::Sandbox);
    let near = Network::build(&lab.ec2);
    near.open_acls();
    let ec2 = lab.ec2.in_region("eu-central-1");
    let far = Far::build(&near, &lab.ec2, ec2, ACCOUNT);
    let other =
        json!({"vpcID": far.vpc, "securityGroupIDs": [far.group], "region": "eu-central-1"});
    lab.cluster().apply(&account());
    lab.start();
    lab.cluster().apply(&declaration(&near, &other));
    lab.cluster().until_permitted("orders");
    let by_address = format!("+ far-group ingress tcp 5432 {RI}/32");
    assert_eq!(far.changes(), [by_address]);
    lab.cluster().delete("orders");
    lab.cluster().until_gone("orders");
    assert_eq!(far.state(), far.before);
}
