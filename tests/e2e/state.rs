//! What EC2 holds of one network, whole, so that before and after can be compared.

use crate::ec2::{Ec2, Item};
use std::collections::{BTreeMap, BTreeSet};

/// Every rule, entry and tag of the security groups and network ACLs of one VPC, or of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// By rule id.
    pub(crate) rules: BTreeMap<String, Rule>,
    /// By ACL, whether egress, and number.
    pub(crate) entries: BTreeMap<(String, bool, u16), Entry>,
    /// By security group or network ACL.
    pub(crate) tags: BTreeMap<String, Tags>,
}

/// Keys with their values.
pub(crate) type Tags = BTreeMap<String, String>;

/// A security group rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rule {
    pub(crate) group: String,
    pub(crate) egress: bool,
    /// Protocol and ports.
    pub(crate) traffic: String,
    /// A block, a prefix list or a group.
    pub(crate) peer: String,
    /// The account of a group that is not of the rule's own.
    pub(crate) peer_account: Option<String>,
    pub(crate) description: String,
    pub(crate) tags: Tags,
}

/// A network ACL entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// Allow or deny.
    pub(crate) action: String,
    /// Protocol and ports.
    pub(crate) traffic: String,
    pub(crate) cidr: String,
}

impl State {
    /// Reads one VPC.
    pub(crate) fn of(ec2: &Ec2, vpc: &str) -> Self {
        Self::where_it_is(
            ec2,
            &[("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc)],
        )
    }

    /// Reads every VPC of the caller's account and Region.
    pub(crate) fn of_all(ec2: &Ec2) -> Self {
        Self::where_it_is(ec2, &[])
    }

    /// With what another state holds.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.rules.extend(other.rules);
        self.entries.extend(other.entries);
        self.tags.extend(other.tags);
        self
    }

    fn where_it_is(ec2: &Ec2, filter: &[(&str, &str)]) -> Self {
        let groups = ec2.call("DescribeSecurityGroups", filter);
        let groups = groups.items("securityGroupInfo");
        let acls = ec2.call("DescribeNetworkAcls", filter);
        let acls = acls.items("networkAclSet");
        let tagged = |items: &[Item], id: &str| -> Vec<(String, Tags)> {
            items
                .iter()
                .map(|item| (item.text(id), tags(item)))
                .collect()
        };
        let mut all = tagged(&groups, "groupId");
        all.extend(tagged(&acls, "networkAclId"));
        Self {
            rules: rules(ec2, &groups),
            entries: acls.iter().flat_map(entries).collect(),
            tags: all.into_iter().collect(),
        }
    }

    /// What is there and was not before (`+`), and what was there before and is not any more (`-`), sorted; without
    /// tags, descriptions and numbers, which have tests of their own.
    pub(crate) fn since(&self, before: &Self) -> Vec<String> {
        let (here, then) = (self.lines(), before.lines());
        let added = here.difference(&then).map(|line| line.say('+'));
        let gone = then.difference(&here).map(|line| line.say('-'));
        let mut lines: Vec<String> = added.chain(gone).collect();
        lines.sort();
        lines
    }

    fn lines(&self) -> BTreeSet<Line> {
        let rules = self.rules.iter().map(|(id, rule)| Line {
            id: id.clone(),
            text: format!(
                "{} {} {} {}",
                rule.group,
                direction(rule.egress),
                rule.traffic,
                rule.peer
            ),
        });
        let entries = self
            .entries
            .iter()
            .map(|((acl, egress, number), entry)| Line {
                id: format!("{acl} {egress} {number}"),
                text: format!(
                    "{acl} {} {} {} {}",
                    direction(*egress),
                    entry.action,
                    entry.traffic,
                    entry.cidr
                ),
            });
        rules.chain(entries).collect()
    }
}

/// A rule or entry: the same only under the same id or number.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    id: String,
    text: String,
}

impl Line {
    fn say(&self, sign: char) -> String {
        format!("{sign} {}", self.text)
    }
}

fn direction(egress: bool) -> &'static str {
    if egress { "egress" } else { "ingress" }
}

fn tags(item: &Item) -> Tags {
    item.list("tagSet")
        .iter()
        .map(|tag| {
            let value = tag.get(&["value"]).unwrap_or_default();
            (tag.text("key"), value.to_owned())
        })
        .collect()
}

fn rules(ec2: &Ec2, groups: &[Item]) -> BTreeMap<String, Rule> {
    // A filter has at least one value.
    if groups.is_empty() {
        return BTreeMap::new();
    }
    let ids: Vec<String> = groups.iter().map(|group| group.text("groupId")).collect();
    let names: Vec<String> = (1..=ids.len())
        .map(|place| format!("Filter.1.Value.{place}"))
        .collect();
    let mut filter = vec![("Filter.1.Name", "group-id")];
    filter.extend(
        names
            .iter()
            .map(String::as_str)
            .zip(ids.iter().map(String::as_str)),
    );
    let answer = ec2.call("DescribeSecurityGroupRules", &filter);
    let items = answer.items("securityGroupRuleSet");
    items
        .iter()
        .map(|item| (item.text("securityGroupRuleId"), rule(item)))
        .collect()
}

fn rule(item: &Item) -> Rule {
    let peers: [&[&str]; 4] = [
        &["cidrIpv4"],
        &["cidrIpv6"],
        &["prefixListId"],
        &["referencedGroupInfo", "groupId"],
    ];
    let peer = peers.iter().find_map(|path| item.get(path));
    let peer_account = item.get(&["referencedGroupInfo", "userId"]);
    let own = item.get(&["groupOwnerId"]);
    let ports = (item.get(&["fromPort"]), item.get(&["toPort"]));
    Rule {
        group: item.text("groupId"),
        egress: item.text("isEgress") == "true",
        traffic: traffic(&item.text("ipProtocol"), ports),
        peer: peer.unwrap_or_default().to_owned(),
        peer_account: peer_account
            .filter(|_| peer_account != own)
            .map(str::to_owned),
        description: item.get(&["description"]).unwrap_or_default().to_owned(),
        tags: tags(item),
    }
}

fn entries(acl: &Item) -> Vec<((String, bool, u16), Entry)> {
    let id = acl.text("networkAclId");
    let entry = |item: &Item| {
        let number = item.text("ruleNumber").parse().unwrap();
        let key = (id.clone(), item.text("egress") == "true", number);
        let ports = (
            item.get(&["portRange", "from"]),
            item.get(&["portRange", "to"]),
        );
        let cidr = item
            .get(&["cidrBlock"])
            .or_else(|| item.get(&["ipv6CidrBlock"]));
        let entry = Entry {
            action: item.text("ruleAction"),
            traffic: traffic(&item.text("protocol"), ports),
            cidr: cidr.unwrap_or_default().to_owned(),
        };
        (key, entry)
    };
    acl.list("entrySet").iter().map(entry).collect()
}

/// `tcp 5432`, `tcp 1024-65535`, `all`.
fn traffic(protocol: &str, ports: (Option<&str>, Option<&str>)) -> String {
    let protocol = match protocol {
        "6" | "tcp" => "tcp",
        "-1" => return "all".to_owned(),
        other => other,
    };
    match ports {
        (Some(from), Some(to)) if from == to => format!("{protocol} {from}"),
        (Some(from), Some(to)) => format!("{protocol} {from}-{to}"),
        _ => protocol.to_owned(),
    }
}
