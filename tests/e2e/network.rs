//! A network in EC2 for a test, and the declarations that fit it.

use crate::{
    ec2::{Ec2, Refused},
    state::State,
};
use dms_network_core::api::ALLOWED_NAMESPACES_TAG;
use serde_json::{Value, json};

/// The namespace of the tests' objects.
pub(crate) const NAMESPACE: &str = "migrations";
/// The account of any key, with moto and the sandbox alike.
pub(crate) const ACCOUNT: &str = "123456789012";
/// The address of the replication instance.
pub(crate) const RI: &str = "10.0.1.10";
/// The address of the database.
pub(crate) const DB: &str = "10.0.2.20";

/// One VPC with a replication instance and a database in subnets of their own. Every gate is closed but the routes,
/// every group and ACL carries the consent for [`NAMESPACE`], and foreign rules stand on all of them.
#[derive(Debug)]
pub(crate) struct Network {
    ec2: Ec2,
    pub(crate) vpc: String,
    pub(crate) ri_subnet: String,
    pub(crate) db_subnet: String,
    /// The interface of the replication instance.
    pub(crate) ri_interface: String,
    pub(crate) ri_group: String,
    pub(crate) db_group: String,
    pub(crate) ri_acl: String,
    pub(crate) db_acl: String,
}

impl Network {
    pub(crate) fn build(ec2: &Ec2) -> Self {
        Self::build_at(ec2, 0)
    }

    /// The same in 10.1.0.0/16, for a database in a VPC of its own.
    pub(crate) fn build_far(ec2: &Ec2) -> Self {
        Self::build_at(ec2, 1)
    }

    fn build_at(ec2: &Ec2, second: u8) -> Self {
        let at = |rest: &str| format!("10.{second}.{rest}");
        let vpc = ec2
            .call("CreateVpc", &[("CidrBlock", &at("0.0/16"))])
            .first("vpcId");
        let subnet = |cidr, zone| {
            let zone = format!("{}{zone}", ec2.region());
            let parameters = [
                ("VpcId", &*vpc),
                ("CidrBlock", &at(cidr)),
                ("AvailabilityZone", &zone),
            ];
            ec2.call("CreateSubnet", &parameters).first("subnetId")
        };
        let mut network = Self {
            ri_interface: String::new(),
            ri_subnet: subnet("1.0/24", "a"),
            db_subnet: subnet("2.0/24", "b"),
            ri_group: new_group(ec2, &vpc, "ri"),
            db_group: new_group(ec2, &vpc, "db"),
            ri_acl: new_acl(ec2, &vpc),
            db_acl: new_acl(ec2, &vpc),
            ec2: ec2.clone(),
            vpc,
        };
        network.associate(&network.ri_subnet, &network.ri_acl);
        network.associate(&network.db_subnet, &network.db_acl);
        network.ri_interface =
            network.interface(&network.ri_subnet, &at("1.10"), &network.ri_group);
        network.interface(&network.db_subnet, &at("2.20"), &network.db_group);
        let all = [
            &network.ri_group,
            &network.db_group,
            &network.ri_acl,
            &network.db_acl,
        ];
        for resource in all {
            network.tag(resource, ALLOWED_NAMESPACES_TAG, NAMESPACE);
        }
        network.authorize(&network.db_group, "Ingress", 22, "192.0.2.0/24");
        network.authorize(&network.ri_group, "Egress", 443, "198.51.100.0/24");
        network.entry(
            &network.ri_acl,
            true,
            100,
            "allow",
            "443",
            "198.51.100.0/24",
        );
        network.entry(&network.db_acl, false, 100, "deny", "23", "0.0.0.0/0");
        network
    }

    /// The same network as another endpoint serves it.
    pub(crate) fn served_by(self, ec2: &Ec2) -> Self {
        Self {
            ec2: ec2.clone(),
            ..self
        }
    }

    /// A new group without any rule, with consent.
    pub(crate) fn group(&self, name: &str) -> String {
        let group = new_group(&self.ec2, &self.vpc, name);
        self.tag(&group, ALLOWED_NAMESPACES_TAG, NAMESPACE);
        group
    }

    /// An interface at an address that carries one group.
    pub(crate) fn interface(&self, subnet: &str, address: &str, group: &str) -> String {
        let parameters = [
            ("SubnetId", subnet),
            ("PrivateIpAddress", address),
            ("SecurityGroupId.1", group),
        ];
        let answer = self.ec2.call("CreateNetworkInterface", &parameters);
        answer.first("networkInterfaceId")
    }

    /// Gives a subnet another network ACL.
    pub(crate) fn associate(&self, subnet: &str, acl: &str) {
        let filter = [
            ("Filter.1.Name", "association.subnet-id"),
            ("Filter.1.Value.1", subnet),
        ];
        let acls = self.ec2.call("DescribeNetworkAcls", &filter);
        let acls = acls.items("networkAclSet");
        let association = acls
            .iter()
            .flat_map(|acl| acl.list("associationSet"))
            .find(|association| association.text("subnetId") == subnet);
        let association = association.unwrap().text("networkAclAssociationId");
        let parameters = [("AssociationId", &*association), ("NetworkAclId", acl)];
        self.ec2.call("ReplaceNetworkAclAssociation", &parameters);
    }

    pub(crate) fn tag(&self, resource: &str, key: &str, value: &str) {
        let tag = [
            ("ResourceId.1", resource),
            ("Tag.1.Key", key),
            ("Tag.1.Value", value),
        ];
        self.ec2.call("CreateTags", &tag);
    }

    pub(crate) fn untag(&self, resource: &str, key: &str) {
        let tag = [("ResourceId.1", resource), ("Tag.1.Key", key)];
        self.ec2.call("DeleteTags", &tag);
    }

    /// A person adds a rule for one TCP port: its id.
    #[track_caller]
    pub(crate) fn authorize(&self, group: &str, direction: &str, port: u16, peer: &str) -> String {
        self.try_authorize(group, direction, port, peer)
            .unwrap_or_else(|Refused(answer)| panic!("{answer}"))
    }

    pub(crate) fn try_authorize(
        &self,
        group: &str,
        direction: &str,
        port: u16,
        peer: &str,
    ) -> Result<String, Refused> {
        let port = port.to_string();
        let peer_field = if peer.starts_with("sg-") {
            "IpPermissions.1.Groups.1.GroupId"
        } else {
            "IpPermissions.1.IpRanges.1.CidrIp"
        };
        let parameters = [
            ("GroupId", group),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", &port),
            ("IpPermissions.1.ToPort", &port),
            (peer_field, peer),
        ];
        let action = format!("AuthorizeSecurityGroup{direction}");
        let answer = self.ec2.try_call(&action, &parameters)?;
        Ok(answer.first("securityGroupRuleId"))
    }

    /// A person gives a group the rule that AWS gives each new one: all traffic out.
    pub(crate) fn allow_all_egress(&self, group: &str) {
        all_egress(&self.ec2, "AuthorizeSecurityGroupEgress", group);
    }

    /// A person removes a rule.
    pub(crate) fn revoke(&self, rule: &str) {
        let state = self.state();
        let known = &state.rules[rule];
        let direction = if known.egress { "Egress" } else { "Ingress" };
        let parameters = [("GroupId", &*known.group), ("SecurityGroupRuleId.1", rule)];
        self.ec2
            .call(&format!("RevokeSecurityGroup{direction}"), &parameters);
    }

    /// A person adds an entry; ports such as `443` or `1024-65535`.
    pub(crate) fn entry(
        &self,
        acl: &str,
        egress: bool,
        number: u16,
        action: &str,
        ports: &str,
        cidr: &str,
    ) {
        let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
        let parameters = [
            ("NetworkAclId", acl),
            ("Egress", if egress { "true" } else { "false" }),
            ("RuleNumber", &number.to_string()),
            ("RuleAction", action),
            ("Protocol", "6"),
            ("PortRange.From", from),
            ("PortRange.To", to),
            ("CidrBlock", cidr),
        ];
        self.ec2.call("CreateNetworkAclEntry", &parameters);
    }

    /// A person removes an entry.
    pub(crate) fn delete_entry(&self, acl: &str, egress: bool, number: u16) {
        let parameters = [
            ("NetworkAclId", acl),
            ("Egress", if egress { "true" } else { "false" }),
            ("RuleNumber", &number.to_string()),
        ];
        self.ec2.call("DeleteNetworkAclEntry", &parameters);
    }

    /// Opens both network ACLs for everything, as the default network ACL of a VPC is.
    pub(crate) fn open_acls(&self) {
        for acl in [&self.ri_acl, &self.db_acl] {
            for egress in [false, true] {
                self.entry(acl, egress, 200, "allow", "0-65535", "0.0.0.0/0");
            }
        }
    }

    /// What EC2 holds of it now.
    pub(crate) fn state(&self) -> State {
        State::of(&self.ec2, &self.vpc)
    }

    /// What changed since, in the words of this network: `+ db-group ingress tcp 5432 ri-group`.
    pub(crate) fn changes(&self, before: &State) -> Vec<String> {
        let changes = self.state().since(before);
        let mut named: Vec<String> = changes.iter().map(|line| self.named(line)).collect();
        named.sort();
        named
    }

    /// The text with names in place of ids.
    pub(crate) fn named(&self, text: &str) -> String {
        let names = [
            (&self.ri_group, "ri-group"),
            (&self.db_group, "db-group"),
            (&self.ri_acl, "ri-acl"),
            (&self.db_acl, "db-acl"),
            (&self.ri_subnet, "ri-subnet"),
            (&self.db_subnet, "db-subnet"),
            (&self.vpc, "vpc"),
        ];
        names
            .into_iter()
            .fold(text.to_owned(), |text, (id, name)| text.replace(id, name))
    }

    /// The ids of the rules that were not there before.
    pub(crate) fn new_rules(&self, before: &State) -> Vec<String> {
        let now = self.state().rules;
        now.into_keys()
            .filter(|id| !before.rules.contains_key(id))
            .collect()
    }

    /// A declaration with one endpoint, `orders-source` on PostgreSQL's port.
    pub(crate) fn declaration(&self, name: &str) -> Value {
        json!({
            "apiVersion": "dms-network.dev/v1alpha1",
            "kind": "MigrationNetwork",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {
                "accountRef": {"name": "prod"},
                "region": "eu-west-1",
                "replicationInstance": {"network": {
                    "vpcID": self.vpc, "subnetIDs": [self.ri_subnet], "securityGroupIDs": [self.ri_group],
                    "privateIPs": [RI],
                }},
                "endpoints": [self.endpoint("orders-source", 5432)],
            },
        })
    }

    /// An endpoint at the database's address.
    pub(crate) fn endpoint(&self, name: &str, port: u16) -> Value {
        json!({
            "name": name, "role": "Source", "engine": "postgres", "ports": [port], "addresses": [DB],
            "placement": {"sameVPC": {"securityGroupIDs": [self.db_group], "subnetIDs": [self.db_subnet]}},
        })
    }

    /// What the declaration of one endpoint on a port opens, in the words of this network.
    pub(crate) fn opened(port: u16) -> Vec<String> {
        let mut opened = vec![
            format!("+ db-group ingress tcp {port} ri-group"),
            format!("+ ri-group egress tcp {port} {DB}/32"),
            format!("+ ri-acl egress allow tcp {port} {DB}/32"),
            format!("+ ri-acl ingress allow tcp 1024-65535 {DB}/32"),
            format!("+ db-acl ingress allow tcp {port} {RI}/32"),
            format!("+ db-acl egress allow tcp 1024-65535 {RI}/32"),
        ];
        opened.sort();
        opened
    }
}

/// The AWSAccount that declarations name.
pub(crate) fn account() -> Value {
    json!({
        "apiVersion": "dms-network.dev/v1alpha1",
        "kind": "AWSAccount",
        "metadata": {"name": "prod"},
        "spec": {"accountID": ACCOUNT, "allowedNamespaces": {"names": [NAMESPACE]}},
    })
}

/// The document with `value` at the dotted path; null takes the field away, and a place past the end of a list adds to
/// it.
pub(crate) fn with(mut document: Value, path: &str, value: Value) -> Value {
    let steps: Vec<&str> = path.split('.').collect();
    let (last, steps) = steps.split_last().unwrap();
    let mut place = &mut document;
    for step in steps {
        place = match step.parse::<usize>() {
            Ok(index) => &mut place[index],
            Err(_) => &mut place[*step],
        };
    }
    match (last.parse::<usize>(), value) {
        (Ok(index), Value::Null) => drop(place.as_array_mut().unwrap().remove(index)),
        (Ok(index), value) if index == place.as_array().unwrap().len() => {
            place.as_array_mut().unwrap().push(value);
        }
        (Ok(index), value) => place[index] = value,
        (Err(_), Value::Null) => drop(place.as_object_mut().unwrap().remove(*last)),
        (Err(_), value) => place[*last] = value,
    }
    document
}

fn new_group(ec2: &Ec2, vpc: &str, name: &str) -> String {
    let parameters = [
        ("GroupName", name),
        ("GroupDescription", "for a test"),
        ("VpcId", vpc),
    ];
    let group = ec2
        .call("CreateSecurityGroup", &parameters)
        .first("groupId");
    all_egress(ec2, "RevokeSecurityGroupEgress", &group);
    group
}

fn all_egress(ec2: &Ec2, action: &str, group: &str) {
    let parameters = [
        ("GroupId", group),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
    ];
    ec2.call(action, &parameters);
}

fn new_acl(ec2: &Ec2, vpc: &str) -> String {
    ec2.call("CreateNetworkAcl", &[("VpcId", vpc)])
        .first("networkAclId")
}
