//! The network of a case: what the model's places mean in AWS's words, and back.

use crate::aws::{ClaimTag, Content, Entry, Item, Layout, OwnerId, Rule, UnitId};
use dms_network_core::{
    api::{MigrationNetworkSpec, NetworkAclId, RuleNumber, Scope, SecurityGroupId, Unit},
    claims::{AclClaim, Owner, RuleClaims, acl_claims, rule_claims},
    network::PortRange,
    snapshot::{
        NetworkAcl, NetworkAclEntry, Peer, Protocol, Read, Route, RouteDestination, RouteOrigin,
        RouteState, RouteTable, RouteTarget, RuleDirection, ScopeLists, ScopeSnapshot,
        SecurityGroup, SecurityGroupRule, Subnet, Tags, Vpc,
    },
};
use serde_json::json;
use std::{fmt::Debug, str::FromStr};

/// The first port of the endpoints: unit `u` is of port `PORT + u`.
const PORT: u16 = 5432;
/// The first entry number of each deployment.
const SLICES: [RuleNumber; 2] = [20000, 20100];

/// Parses what the model itself wrote.
pub(crate) fn parse<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

/// The network of a case.
pub struct Network {
    /// Which place is which.
    pub layout: Layout,
    /// The deployments.
    pub owners: Vec<Owner>,
    /// The units, by number.
    pub units: Vec<Unit>,
    /// The one account and Region.
    pub scope: Scope,
    base: ScopeLists,
}

impl Network {
    /// A replication instance and a database whose group, or whose subnet's ACL, lets nothing in.
    pub fn new(layout: Layout) -> Self {
        let slice = |first: RuleNumber| match layout {
            Layout::Group { .. } => None,
            Layout::Acl { numbers, .. } => {
                let last = first + u16::from(numbers) - 1;
                Some(parse(&format!("{first}-{last}")))
            }
        };
        let owner = |(name, first)| Owner::new(name, slice(first)).unwrap();
        let owners = ["a", "b"].into_iter().zip(SLICES).map(owner).collect();
        let ports = (0..layout.units()).map(|unit| PORT + u16::from(unit));
        let (ingress, group) = (RuleDirection::Ingress, parse("sg-db"));
        let unit = |port| match layout {
            Layout::Group { .. } => {
                let peer = Peer::SecurityGroup(parse("sg-ri"));
                Unit::rule(&group, ingress, PortRange::one(port), peer)
            }
            Layout::Acl { .. } => {
                let ports = PortRange::one(port);
                Unit::entry(&parse("acl-db"), ingress, ports, parse("10.0.1.10/32"))
            }
        };
        Self {
            layout,
            owners,
            units: ports.map(unit).collect(),
            scope: Scope {
                account_ref: serde_json::from_value(json!("prod")).unwrap(),
                account_id: parse("111122223333"),
                region: parse("eu-west-1"),
            },
            base: base(layout),
        }
    }

    /// The declaration that calls for some units: an endpoint for each.
    pub fn spec(&self, units: &[UnitId]) -> MigrationNetworkSpec {
        let endpoints = units.iter().map(|unit| {
            json!({
                "name": format!("db-{unit}"), "role": "Source", "ports": [PORT + u16::from(*unit)],
                "addresses": ["10.0.2.20"], "placement": {"sameVPC": {"securityGroupIDs": ["sg-db"]}}
            })
        });
        let spec = json!({
            "accountRef": {"name": "prod"},
            "region": "eu-west-1",
            "replicationInstance": {"network": {
                "vpcID": "vpc-0a", "subnetIDs": ["subnet-ri"], "securityGroupIDs": ["sg-ri"],
                "privateIPs": ["10.0.1.10"]
            }},
            "endpoints": endpoints.collect::<Vec<_>>(),
        });
        serde_json::from_value(spec).unwrap()
    }

    /// The number of a unit of the case.
    pub fn unit_id(&self, unit: &Unit) -> UnitId {
        let place = self.units.iter().position(|known| known == unit);
        place.unwrap_or_else(|| panic!("the case has no unit {unit}")) as UnitId
    }

    /// The number of an entry, as EC2 has it.
    pub fn rule_number(&self, number: u8) -> RuleNumber {
        let Layout::Acl { numbers, .. } = self.layout else {
            return 0;
        };
        let owner = self.layout.owner_of(number);
        SLICES[usize::from(owner)] + u16::from(number - owner * numbers)
    }

    /// The number of an entry, as the model has it.
    pub fn number(&self, rule_number: RuleNumber) -> u8 {
        let mut numbers = 0..self.layout.entries();
        let found = numbers.find(|number| self.rule_number(*number) == rule_number);
        found.unwrap_or_else(|| panic!("the case has no number {rule_number}"))
    }

    /// The claim of a deployment to an entry.
    fn claim(&self, number: u8, unit: UnitId) -> AclClaim {
        let owner = &self.owners[usize::from(self.layout.owner_of(number))];
        let unit = self.units[usize::from(unit)].clone();
        AclClaim::new(self.rule_number(number), unit, owner)
    }

    /// The id of a rule, as the model has it.
    pub fn rule_id(text: &str) -> (UnitId, u8) {
        let numbers = text.trim_start_matches("sgr-").split_once('x');
        let (unit, id) = numbers.unwrap_or_else(|| panic!("{text} is no rule of a unit"));
        (parse(unit), parse(id))
    }

    /// What a read shows, as the controller has it.
    pub fn snapshot(&self, shown: &[Item]) -> ScopeSnapshot {
        ScopeSnapshot::from(self.lists(shown))
    }

    /// What a read shows, without the index.
    pub fn lists(&self, shown: &[Item]) -> ScopeLists {
        let mut lists = self.base.clone();
        match self.layout {
            Layout::Group { units } => {
                if let Read::Known(groups) = &mut lists.security_groups
                    && let Some(group) = groups.get_mut(&parse::<SecurityGroupId>("sg-db"))
                {
                    for (place, item) in shown.iter().enumerate() {
                        if let Item::Rule(rule) = item {
                            let unit = place % usize::from(units);
                            group.rules.push(self.rule(unit, rule));
                        }
                    }
                    group.rules.sort();
                }
            }
            Layout::Acl { units, .. } => {
                if let Read::Known(acls) = &mut lists.network_acls
                    && let Some(acl) = acls.get_mut(&parse::<NetworkAclId>("acl-db"))
                {
                    for number in 0..self.layout.entries() {
                        if let Item::Entry(entry) = shown[usize::from(number)] {
                            acl.entries.push(self.entry(number, entry.content));
                        }
                        for unit in 0..units {
                            if shown[self.layout.claim(number, unit)] == Item::Claim {
                                let claim = self.claim(number, unit);
                                acl.tags.insert(claim.key(), claim.value());
                            }
                        }
                    }
                    acl.entries.sort();
                }
            }
        }
        lists
    }

    fn rule(&self, unit: usize, rule: &Rule) -> SecurityGroupRule {
        let mut tags = Tags::new();
        if rule.managed {
            tags.extend(rule_claims::tags_of_new_rule(&self.owners[0]));
            tags.remove(&rule_claims::claim_key(&self.owners[0]));
        }
        for (owner, claim) in self.owners.iter().zip(rule.claims) {
            let value = match claim {
                ClaimTag::Absent => continue,
                ClaimTag::Active => rule_claims::ACTIVE,
                ClaimTag::Releasing => RELEASING,
            };
            tags.insert(rule_claims::claim_key(owner), value.to_owned());
        }
        let of = &self.units[unit];
        SecurityGroupRule {
            id: Some(parse(&format!("sgr-{unit}x{}", rule.id))),
            direction: of.direction,
            protocol: Protocol::Tcp,
            ports: of.ports(),
            peer: Peer::from(&of.peer),
            tags,
        }
    }

    fn entry(&self, number: u8, content: Content) -> NetworkAclEntry {
        let entry = NetworkAclEntry {
            direction: RuleDirection::Ingress,
            number: self.rule_number(number),
            allow: true,
            protocol: Protocol::Tcp,
            ports: PortRange::one(22),
            cidr: parse("10.0.0.0/8"),
        };
        match content {
            Content::Other => entry,
            Content::Deny => NetworkAclEntry {
                allow: false,
                ports: PortRange::ALL,
                ..entry
            },
            Content::Unit(unit) => {
                let unit = &self.units[usize::from(unit)];
                NetworkAclEntry {
                    ports: unit.ports(),
                    cidr: unit.cidr().unwrap(),
                    ..entry
                }
            }
        }
    }

    /// What lists show, as the model has it: of a group, first one rule of each unit, then a second one.
    pub fn shown(&self, lists: &ScopeLists) -> Vec<Item> {
        match self.layout {
            Layout::Group { units } => {
                let units = usize::from(units);
                let mut shown = vec![Item::Nothing; 2 * units];
                let groups = lists.security_groups.known().unwrap();
                for rule in &groups[&parse::<SecurityGroupId>("sg-db")].rules {
                    let unit = self.units.iter().position(|unit| unit.is_rule(rule));
                    let Some(unit) = unit else { continue };
                    let free = [unit, units + unit];
                    let free = free.iter().find(|place| shown[**place] == Item::Nothing);
                    shown[*free.expect("a read shows two rules of a content at most")] =
                        self.rule_shown(rule);
                }
                shown
            }
            Layout::Acl { .. } => {
                let mut shown = vec![Item::Nothing; self.layout.places()];
                let acls = lists.network_acls.known().unwrap();
                let acl = &acls[&parse::<NetworkAclId>("acl-db")];
                for entry in acl.entries.iter().filter(|entry| entry.number < 32767) {
                    if entry.direction == RuleDirection::Egress {
                        continue;
                    }
                    let unit = self.units.iter().position(|unit| unit.is_entry(entry));
                    let content = match unit {
                        Some(unit) => Content::Unit(unit as UnitId),
                        None if entry.allow => Content::Other,
                        None => Content::Deny,
                    };
                    shown[usize::from(self.number(entry.number))] = Item::Entry(Entry {
                        content,
                        by_person: None,
                    });
                }
                for claim in acl_claims(acl) {
                    let place = self.claim_place(&claim);
                    shown[place] = Item::Claim;
                }
                shown
            }
        }
    }

    /// The place of a claim.
    fn claim_place(&self, claim: &AclClaim) -> usize {
        let number = self.number(claim.number);
        self.layout.claim(number, self.unit_id(&claim.unit))
    }

    fn rule_shown(&self, rule: &SecurityGroupRule) -> Item {
        let mut claims = [ClaimTag::Absent; 2];
        for (owner, claim) in self.owners.iter().zip(&mut claims) {
            *claim = match rule.tags.get(&rule_claims::claim_key(owner)) {
                None => ClaimTag::Absent,
                Some(value) if value == rule_claims::ACTIVE => ClaimTag::Active,
                Some(_) => ClaimTag::Releasing,
            };
        }
        let (_, id) = Self::rule_id(rule.id.as_ref().unwrap().as_str());
        let managed = RuleClaims::of(rule, &self.owners[0]).managed;
        Item::Rule(Rule {
            id,
            managed,
            claims,
        })
    }

    /// What a deployment is called in a trace.
    #[must_use]
    pub fn owner_name(owner: OwnerId) -> char {
        char::from(b'A' + owner)
    }
}

/// The text of a claim tag that is being let go; the time is for people.
pub const RELEASING: &str = "releasing 2026-01-01T00:00:00Z";

/// A VPC with the replication instance's subnet and the database's; whatever the case is not about lets all pass.
fn base(layout: Layout) -> ScopeLists {
    let mut lists = ScopeLists {
        account_id: Some(parse("111122223333")),
        region: Some(parse("eu-west-1")),
        network_interfaces: Read::Known([].into()),
        prefix_lists: Read::Known([].into()),
        replication_instances: Read::Known([].into()),
        replication_subnet_groups: Read::Known([].into()),
        replication_configs: Read::Known([].into()),
        dms_endpoints: Read::Known([].into()),
        ..ScopeLists::unread()
    };
    let vpc = Vpc {
        id: parse("vpc-0a"),
        owner_id: None,
        cidrs: vec![parse("10.0.0.0/16")],
    };
    lists.vpcs = Read::Known([(vpc.id.clone(), vpc)].into());
    let subnet = |(id, cidr): (&str, &str)| Subnet {
        id: parse(id),
        vpc_id: parse("vpc-0a"),
        owner_id: None,
        cidrs: vec![parse(cidr)],
        availability_zone: Some("eu-west-1a".to_owned()),
        availability_zone_id: None,
    };
    let subnets = [("subnet-ri", "10.0.1.0/24"), ("subnet-db", "10.0.2.0/24")].map(subnet);
    lists.subnets = Read::Known(subnets.map(|subnet| (subnet.id.clone(), subnet)).into());
    let table = RouteTable {
        id: parse("rtb-0a"),
        vpc_id: parse("vpc-0a"),
        owner_id: None,
        is_main: true,
        subnet_ids: vec![],
        gateway_ids: vec![],
        routes: vec![Route {
            destination: RouteDestination::Cidr(parse("10.0.0.0/16")),
            target: RouteTarget::Local,
            origin: RouteOrigin::Static,
            state: RouteState::Active,
        }],
    };
    lists.route_tables = Read::Known([(table.id.clone(), table)].into());
    let shut_group = matches!(layout, Layout::Group { .. });
    let groups = [group("sg-ri", false), group("sg-db", shut_group)];
    lists.security_groups = Read::Known(groups.map(|group| (group.id.clone(), group)).into());
    let acls = [
        acl("acl-ri", "subnet-ri", false),
        acl("acl-db", "subnet-db", !shut_group),
    ];
    lists.network_acls = Read::Known(acls.map(|acl| (acl.id.clone(), acl)).into());
    lists
}

/// A group that lets all out, and all in unless it is shut.
fn group(id: &str, shut: bool) -> SecurityGroup {
    let directions = [RuleDirection::Egress, RuleDirection::Ingress];
    let open = directions.into_iter().take(if shut { 1 } else { 2 });
    let number = |direction| u8::from(direction == RuleDirection::Ingress);
    let rule = |direction| SecurityGroupRule {
        id: Some(parse(&format!("sgr-open{}{}", &id[3..], number(direction)))),
        direction,
        protocol: Protocol::All,
        ports: PortRange::ALL,
        peer: Peer::Cidr(parse("0.0.0.0/0")),
        tags: Tags::new(),
    };
    SecurityGroup {
        id: parse(id),
        vpc_id: parse("vpc-0a"),
        owner_id: None,
        tags: Tags::new(),
        rules: open.map(rule).collect(),
    }
}

/// An ACL that lets all out, and all in unless it is shut.
fn acl(id: &str, subnet: &str, shut: bool) -> NetworkAcl {
    let entry = |direction, number, allow| NetworkAclEntry {
        direction,
        number,
        allow,
        protocol: Protocol::All,
        ports: PortRange::ALL,
        cidr: parse("0.0.0.0/0"),
    };
    let (ingress, egress) = (RuleDirection::Ingress, RuleDirection::Egress);
    let mut entries = vec![
        entry(egress, 100, true),
        entry(egress, 32767, false),
        entry(ingress, 32767, false),
    ];
    if !shut {
        entries.push(entry(ingress, 100, true));
    }
    entries.sort();
    NetworkAcl {
        id: parse(id),
        vpc_id: parse("vpc-0a"),
        owner_id: None,
        tags: Tags::new(),
        subnet_ids: vec![parse(subnet)],
        entries,
    }
}
