//! What leads to the database breaks under an object that was Ready, and comes back; and what a remedy is worth.

use super::example::{Example, rewrite};
use crate::{
    cluster::{condition, status},
    ec2::Answer,
    lab::Lab,
    state::State,
    wait,
};
use dms_network_core::api::{ConditionType, MigrationNetwork, Verdict};
use dms_network_harness::AwsCli;
use serde_json::{Value, json};

/// An example that was applied, and is Ready.
struct Open {
    example: Example,
    lab: Lab,
    held: State,
}

impl Open {
    fn of(folder: &str) -> Self {
        let example = Example::of(folder);
        let mut lab = example.lab();
        lab.settings.resync_interval = "500ms";
        lab.start();
        example.apply(&lab);
        until_open(&lab, &example);
        Self {
            held: held(&lab),
            example,
            lab,
        }
    }

    /// Waits until the object waits for a person, with that reason and a remedy at the gate of that resource; what it
    /// holds stays as it is.
    #[track_caller]
    fn until_shut(&self, reason: &str, resource: &str) -> MigrationNetwork {
        let stalled = self
            .lab
            .cluster()
            .until_stalled(self.example.name(), reason);
        let gates = status(&stalled).paths.iter().flat_map(|path| &path.gates);
        let mut shut = gates.filter(|gate| gate.verdict == Verdict::Blocked);
        let is_told = shut.any(|gate| {
            let found = (gate.resource.as_str(), gate.reason.to_string());
            found == (resource, reason.to_owned()) && gate.remedy.is_some()
        });
        assert!(is_told, "{:#?}", status(&stalled).paths);
        self.lab.await_looks(2);
        assert_eq!(held(&self.lab), self.held);
        stalled
    }

    #[track_caller]
    fn until_open(&self) {
        until_open(&self.lab, &self.example);
    }

    /// Waits until the object is Ready again, by the very rules that it had.
    #[track_caller]
    fn until_open_as_before(&self) {
        self.until_open();
        assert_eq!(held(&self.lab), self.held);
    }

    #[track_caller]
    fn call(&self, action: &str, parameters: &[(&str, &str)]) -> Answer {
        self.lab.ec2.call(action, parameters)
    }

    fn route(&self, action: &str, table: &str, block: &str, target: &[(&str, &str)]) {
        let place = [("RouteTableId", table), ("DestinationCidrBlock", block)];
        self.call(action, &[&place, target].concat());
    }
}

#[track_caller]
fn until_open(lab: &Lab, example: &Example) {
    lab.cluster().until("Ready", example.name(), |network| {
        condition(network, ConditionType::Ready).is_some_and(|(status, _)| status == "True")
    });
}

/// What EC2 holds but for the entries that people write.
fn held(lab: &Lab) -> State {
    let mut state = State::of_all(&lab.ec2);
    state
        .entries
        .retain(|(_, _, number), _| (20_000..21_000).contains(number));
    state
}

/// The `aws ec2` commands that the remedies of a status give, without these two words.
fn commands(network: &MigrationNetwork) -> Vec<Vec<&str>> {
    let gates = status(network).paths.iter().flat_map(|path| &path.gates);
    let remedies = gates.filter_map(|gate| gate.remedy.as_deref());
    let commands = remedies.filter_map(|remedy| remedy.split_once("aws ec2 "));
    commands
        .map(|(_, command)| command.split_whitespace().collect())
        .collect()
}

/// A person copies the commands of the remedies into a shell.
#[track_caller]
fn run_remedies(lab: &Lab, network: &MigrationNetwork) {
    let aws = AwsCli::new(&lab.endpoint).unwrap();
    let commands = commands(network);
    assert!(!commands.is_empty());
    for command in commands {
        aws.run(&[&["ec2"], command.as_slice()].concat()).unwrap();
    }
}

#[test]
fn a_deny_that_a_person_writes_shuts_the_path_until_it_goes() {
    let open = Open::of("same-vpc");
    let acl = "acl-0da7aba5eac10da7a";
    let place = [
        ("NetworkAclId", acl),
        ("Egress", "false"),
        ("RuleNumber", "50"),
    ];
    let deny = [
        ("RuleAction", "deny"),
        ("Protocol", "-1"),
        ("CidrBlock", "10.0.1.0/24"),
    ];
    open.call("CreateNetworkAclEntry", &[&place[..], &deny].concat());
    open.until_shut("BlockedByDeny", acl);
    open.call("DeleteNetworkAclEntry", &place);
    open.until_open_as_before();
}

const PEERING: &str = "pcx-0bee7bee7bee7be02";
const RI_TABLE: &str = "rtb-0ca11ab1e0ca11a02";
const DB_TABLE: &str = "rtb-0da7aba5e0da7ab02";

#[test]
fn a_route_that_a_person_deletes_shuts_the_path_until_it_is_back() {
    let open = Open::of("peering");
    open.route("DeleteRoute", RI_TABLE, "10.1.0.0/16", &[]);
    open.until_shut("NoRoute", RI_TABLE);
    let target = [("VpcPeeringConnectionId", PEERING)];
    open.route("CreateRoute", RI_TABLE, "10.1.0.0/16", &target);
    open.until_open_as_before();
}

#[test]
fn a_return_route_that_a_person_deletes_shuts_the_path_until_it_is_back() {
    let open = Open::of("peering");
    open.route("DeleteRoute", DB_TABLE, "10.0.0.0/16", &[]);
    open.until_shut("NoReturnRoute", DB_TABLE);
    let target = [("VpcPeeringConnectionId", PEERING)];
    open.route("CreateRoute", DB_TABLE, "10.0.0.0/16", &target);
    open.until_open_as_before();
}

#[test]
fn a_deleted_peering_connection_shuts_the_path_until_another_takes_its_place() {
    let open = Open::of("peering");
    open.call(
        "DeleteVpcPeeringConnection",
        &[("VpcPeeringConnectionId", PEERING)],
    );
    open.until_shut("RouteNotActive", RI_TABLE);
    let vpcs = [
        ("VpcId", "vpc-0d5e1c7b9a3f24602"),
        ("PeerVpcId", "vpc-0b2b2b2b2b2b2b202"),
    ];
    let peering = open.call("CreateVpcPeeringConnection", &vpcs);
    let peering = peering.first("vpcPeeringConnectionId");
    let target = [("VpcPeeringConnectionId", peering.as_str())];
    open.call("AcceptVpcPeeringConnection", &target);
    open.route("ReplaceRoute", RI_TABLE, "10.1.0.0/16", &target);
    open.route("ReplaceRoute", DB_TABLE, "10.0.0.0/16", &target);
    open.until_open_as_before();
}

#[test]
fn a_route_that_a_transit_gateway_loses_shuts_the_path_until_it_is_back() {
    let open = Open::of("transit-gateway");
    let file = "tgw-rtb-07ab1e07ab1e07a03.json";
    let mut lost = Value::Null;
    rewrite(&open.lab, file, |table| {
        let routes = table["Routes"].as_array_mut().unwrap();
        let place = routes
            .iter()
            .position(|route| route["DestinationCidrBlock"] == "10.1.0.0/16");
        lost = routes.remove(place.unwrap());
    });
    open.until_shut("TransitGatewayNoRoute", "tgw-07a07a07a07a07a03");
    rewrite(&open.lab, file, |table| {
        table["Routes"].as_array_mut().unwrap().push(lost);
    });
    open.until_open_as_before();
}

#[test]
fn a_virtual_private_gateway_that_is_detached_shuts_the_path_until_it_is_back() {
    let open = Open::of("vpn-gateway");
    let turn = |state: &str| {
        rewrite(&open.lab, "describe-vpn-gateways.json", |gateways| {
            gateways["VpnGateways"][0]["VpcAttachments"][0]["State"] = state.into();
        });
    };
    turn("detached");
    open.until_shut("GatewayNotAttached", "vgw-0f0f0f0f0f0f0f004");
    turn("attached");
    open.until_open_as_before();
}

#[test]
fn a_host_that_checks_source_and_destination_shuts_the_path_until_it_does_not() {
    let open = Open::of("bridging-host");
    let host = "eni-0b51d6e0b51d6e005";
    let check = |value| {
        let interface = ("NetworkInterfaceId", host);
        let parameters = [interface, ("SourceDestCheck.Value", value)];
        open.call("ModifyNetworkInterfaceAttribute", &parameters);
    };
    check("true");
    open.until_shut("SourceDestCheckEnabled", host);
    check("false");
    open.until_open_as_before();
}

#[test]
fn block_public_access_shuts_the_path_until_it_is_off() {
    let open = Open::of("internet-gateway");
    let turn = |mode: &str| {
        let file = "describe-vpc-block-public-access-options.json";
        rewrite(&open.lab, file, |document| {
            let options = &mut document["VpcBlockPublicAccessOptions"];
            options["InternetGatewayBlockMode"] = mode.into();
            options["State"] = "update-complete".into();
        });
    };
    turn("block-bidirectional");
    open.until_shut("PublicAccessBlocked", "subnet-0a11ce0a11ce0a106");
    turn("off");
    open.until_open_as_before();
}

#[test]
fn a_nat_gateway_that_fails_shuts_the_path_until_it_is_available() {
    let open = Open::of("nat-gateway");
    let turn = |state: &str| {
        rewrite(&open.lab, "describe-nat-gateways.json", |gateways| {
            gateways["NatGateways"][0]["State"] = state.into();
        });
    };
    turn("failed");
    open.until_shut("NATGatewayNotAvailable", "nat-0a7a7a7a7a7a7a707");
    turn("available");
    open.until_open_as_before();
}

#[test]
fn a_nat_gateway_in_place_of_another_is_admitted_by_its_own_address_alone() {
    let open = Open::of("nat-gateway");
    let table = "rtb-0ca11ab1e0ca11a07";
    open.call(
        "DeleteNatGateway",
        &[("NatGatewayId", "nat-0a7a7a7a7a7a7a707")],
    );
    open.until_shut("RouteNotActive", table);

    let address = open.call("AllocateAddress", &[("Domain", "vpc")]);
    let public = address.first("publicIp");
    let parameters = [
        ("SubnetId", "subnet-0a7a7a7a7a7a7a707"),
        ("AllocationId", &address.first("allocationId")),
    ];
    let gateway = open
        .call("CreateNatGateway", &parameters)
        .first("natGatewayId");
    open.route(
        "ReplaceRoute",
        table,
        "0.0.0.0/0",
        &[("NatGatewayId", &gateway)],
    );
    wait::until(
        "the address of the new gateway alone to be admitted",
        || {
            let rules = held(&open.lab).rules.into_values();
            let ingress = rules.filter(|rule| rule.group == "sg-0da7aba5e5ec0de07" && !rule.egress);
            let admitted: Vec<String> = ingress.map(|rule| rule.peer).collect();
            if admitted == [format!("{public}/32")] {
                Ok(())
            } else {
                Err(wait::say(&admitted))
            }
        },
    );
    open.until_open();
}

#[test]
fn a_proxy_that_loses_its_group_shuts_the_path_until_it_has_it_again() {
    let open = Open::of("proxy");
    let carry = |group| {
        let interface = ("NetworkInterfaceId", "eni-0b0c5000b0c500008");
        let parameters = [interface, ("SecurityGroupId.1", group)];
        open.call("ModifyNetworkInterfaceAttribute", &parameters);
    };
    carry("sg-0c11e47c11e47c108");
    open.until_shut("GroupNotOnInterface", "eni-0b0c5000b0c500008");
    carry("sg-0b0c5000b0c500008");
    open.until_open_as_before();
}

#[test]
fn where_one_way_breaks_the_endpoints_of_the_others_stay_open() {
    let open = Open::of("multi-endpoint");
    let table = "rtb-0ca11ab1e0ca11a0c";
    open.route("DeleteRoute", table, "10.1.0.0/16", &[]);
    let shut = open.until_shut("RouteGoesElsewhere", table);
    let paths = status(&shut).paths.iter();
    let (kafka, others): (Vec<_>, Vec<_>) =
        paths.partition(|path| path.endpoint.as_str().contains("kafka"));
    assert!(kafka.iter().all(|path| path.verdict == Verdict::Blocked));
    assert!(others.iter().all(|path| path.verdict <= Verdict::External));
    assert_eq!(status(&shut).summary.clone().unwrap().open_paths, "11/17");
    let target = [("VpcPeeringConnectionId", "pcx-0bee7bee7bee7be0c")];
    open.route("CreateRoute", table, "10.1.0.0/16", &target);
    open.until_open_as_before();
}

/// Nothing but the commands of the remedies turns the example, which is shut by a deny, Ready.
#[track_caller]
fn remedies_open(folder: &str) {
    let example = Example::of(folder);
    let lab = example.lab();
    lab.start();
    example.apply(&lab);
    let stalled = lab.cluster().until_stalled(example.name(), "BlockedByDeny");
    run_remedies(&lab, &stalled);
    let ready = lab.cluster().until_permitted(example.name());
    let summary = status(&ready).summary.clone().unwrap();
    assert_eq!(summary.permitted, summary.paths);
    let (plan, code) = example.plan(&lab);
    assert_eq!((&plan["additions"], code), (&json!([]), Some(0)));
}

#[test]
fn a_person_who_does_what_the_remedy_says_opens_the_endpoint_that_is_shut() {
    remedies_open("partly-open");
}

#[test]
fn a_person_who_does_what_both_remedies_say_opens_what_a_deny_and_a_route_shut() {
    remedies_open("blocked");
}
