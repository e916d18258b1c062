//! The machine-readable plan, as `plan -o json` prints it. The status uses the same shapes.
use super::{
    Change, EndpointName, NetworkAclId, PathStatus, Protocol, Reason, RuleDirection, RuleNumber,
};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The plans of all declared networks, sorted by namespace and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanDocument {
    /// One plan for each network.
    pub networks: Vec<NetworkPlan>,
}

/// The plan of one network. All lists are sorted, so that two runs give the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkPlan {
    /// The network's namespace.
    pub namespace: String,
    /// The network's name.
    pub name: String,
    /// Whether every path passes.
    pub ready: bool,
    /// Why.
    pub reason: Reason,
    /// Every path with its gates.
    pub paths: Vec<PathStatus>,
    /// What is added.
    pub additions: Vec<Change>,
    /// What is removed.
    pub removals: Vec<Change>,
    /// What others must allow.
    pub requirements: Vec<Requirement>,
    /// What is not added, and why.
    pub refusals: Vec<Refusal>,
}

/// Who must allow something.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Who {
    /// The firewall of the site.
    OnPremisesFirewall,
    /// The far side on the internet.
    InternetPeer,
    /// The owner of another AWS account.
    OtherAccount,
    /// The owner of a network ACL that we may not change.
    NetworkACLOwner,
    /// The owner of a firewall on the way.
    FirewallOwner,
    /// The owner of a hop that cannot be seen through.
    NetworkOwner,
}

/// What somebody else must allow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Requirement {
    /// Who must allow it.
    pub who: Who,

    /// The endpoint that needs it.
    pub endpoint: EndpointName,

    /// The flow that must pass.
    pub allow: Allow,

    /// The exact network ACL entries that are lacking, for their owner.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<RequiredEntry>,
}

/// A flow that must pass.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Allow {
    /// The protocol.
    pub protocol: Protocol,

    /// The port of the database or proxy.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,

    /// The sources as seen there, as CIDR blocks.
    #[schemars(with = "Vec<String>")]
    pub from: Vec<IpNet>,

    /// The destinations, as CIDR blocks.
    #[schemars(with = "Vec<String>")]
    pub to: Vec<IpNet>,
}

/// A network ACL entry that its owner would have to add.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequiredEntry {
    /// The network ACL.
    pub resource: NetworkAclId,

    /// Ingress or Egress.
    pub direction: RuleDirection,

    /// A number that would do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 32766))]
    pub rule_number: Option<RuleNumber>,

    /// The protocol.
    pub protocol: Protocol,

    /// The first port.
    #[schemars(range(min = 0, max = 65535))]
    pub from_port: u16,

    /// The last port.
    #[schemars(range(min = 0, max = 65535))]
    pub to_port: u16,

    /// The block of addresses.
    #[schemars(with = "String")]
    pub cidr: IpNet,
}

/// What is not added, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// The id of the resource that would have been changed, or the object that forbids it.
    pub resource: String,

    /// Why.
    pub reason: Reason,

    /// What was seen.
    pub evidence: Vec<String>,

    /// What was found, for people.
    pub message: String,

    /// What a person can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::api::{Peer, Target};
    use serde_json::json;

    fn example() -> serde_json::Value {
        json!({"networks": [{
            "namespace": "migrations", "name": "orders", "ready": false, "reason": "RulesMissing",
            "paths": [{
                "endpoint": "orders-source", "port": 5432,
                "client": {"subnetID": "subnet-0a", "addresses": ["10.0.1.10/32"]},
                "destinations": ["10.1.4.20/32"], "sourceAddresses": ["10.0.1.10/32"], "verdict": "Missing",
                "gates": [{
                    "gate": "SecurityGroupEgress", "resource": "sg-0a", "direction": "Forward",
                    "verdict": "Permitted", "reason": "Permitted", "evidence": ["sgr-0b"],
                    "message": "Open.", "remedy": null,
                }],
            }],
            "additions": [
                {
                    "kind": "SecurityGroupRule", "resource": "sg-0c", "direction": "Ingress", "protocol": "tcp",
                    "fromPort": 5432, "toPort": 5432, "securityGroupID": "sg-0a", "endpoint": "orders-source",
                    "action": "Create",
                },
                {
                    "kind": "NetworkACLEntry", "resource": "acl-0d", "direction": "Egress", "ruleNumber": 20000,
                    "protocol": "tcp", "fromPort": 1024, "toPort": 65535, "cidr": "10.0.1.10/32",
                    "endpoint": "orders-source", "action": "Create",
                },
            ],
            "removals": [{
                "kind": "SecurityGroupRule", "resource": "sg-0c", "direction": "Ingress", "protocol": "tcp",
                "fromPort": 5432, "toPort": 5432, "securityGroupID": "sg-0e", "accountID": "111122223333",
                "endpoint": "orders-source", "action": "Delete",
            }],
            "requirements": [{
                "who": "OnPremisesFirewall", "endpoint": "orders-source",
                "allow": {"protocol": "tcp", "port": 5432, "from": ["10.0.2.5/32"], "to": ["172.16.9.4/32"]},
            }],
            "refusals": [{
                "resource": "acl-0d", "reason": "BlockedByDeny", "evidence": ["Ingress entry 90"],
                "message": "Denied.",
            }],
        }]})
    }

    #[test]
    fn the_documented_form_is_read_and_written_as_it_stands() {
        let document: PlanDocument = serde_json::from_value(example()).unwrap();
        assert_eq!(serde_json::to_value(&document).unwrap(), example());
        let [rule, entry] = &document.networks[0].additions[..] else {
            unreachable!("two additions were read")
        };
        assert!(
            matches!(&rule.unit.target, Target::SecurityGroupRule(group) if group.as_str() == "sg-0c")
        );
        assert!(matches!(&entry.unit.peer, Peer::Cidr { cidr } if cidr.prefix_len() == 32));
    }

    #[test]
    fn a_rule_without_another_end_is_not_understood() {
        let mut document = example();
        document["networks"][0]["additions"][1]["cidr"] = serde_json::Value::Null;
        assert!(serde_json::from_value::<PlanDocument>(document).is_err());
    }
}
