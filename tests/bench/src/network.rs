//! Networks of a given size, as the AWS CLI prints them, and declarations that fit them.
#![allow(clippy::unwrap_used)]

use dms_network_core::{
    api::MigrationNetworkSpec,
    claims::{Ledger, Owner},
    plan::{Input, Plan, plan},
    scopes::{ScopeView, Scopes},
    snapshot::{Quotas, ScopeSnapshot, read::read},
};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

/// How large the network around one replication instance is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Rules of each security group.
    pub rules: usize,
    /// Entries of each network ACL in each direction.
    pub entries: usize,
    /// Routes of the route table.
    pub routes: usize,
    /// Endpoints, each a database with an address and a security group of its own.
    pub endpoints: usize,
    /// Whether the network ACLs allow what none of their entries denies: else an entry is added for each endpoint, and
    /// an ACL has room for no more than some tens.
    pub open_acls: bool,
}

impl Size {
    /// The usual object on groups and ACLs that are filled to their quotas.
    pub const FULL: Self = Self {
        rules: 60,
        entries: 40,
        routes: 50,
        endpoints: 4,
        open_acls: false,
    };
}

/// A VPC with the replication instance in one subnet, its databases in another, and quotas that leave room.
#[must_use]
pub fn one_vpc(size: Size) -> ScopeSnapshot {
    let snapshot = read(files_of_one_vpc(size)).unwrap();
    let mut lists = snapshot.scopes.into_iter().next().unwrap().into_lists();
    lists.quotas = Quotas {
        rules_per_security_group: 10_000,
        entries_per_network_acl: 10_000,
    };
    lists.into()
}

fn files_of_one_vpc(size: Size) -> Vec<(String, String)> {
    let subnets = [("subnet-0a", "10.0.1.0/24"), ("subnet-0b", "10.0.16.0/20")];
    let mut files = vec![
        file("vpcs", "Vpcs", vec![vpc("vpc-0a", "10.0.0.0/16")]),
        file(
            "subnets",
            "Subnets",
            subnets.map(|(id, cidr)| subnet(id, "vpc-0a", cidr)).into(),
        ),
    ];
    let acls = ["subnet-0a", "subnet-0b"]
        .map(|subnet| acl(subnet, "vpc-0a", size.entries, size.open_acls));
    files.push(file("acls", "NetworkAcls", acls.into()));
    let table = route_table("vpc-0a", "10.0.0.0/16", size.routes);
    files.push(file("tables", "RouteTables", vec![table]));
    files.push(file("interfaces", "NetworkInterfaces", Vec::new()));
    let ids = std::iter::once("sg-0a".to_owned()).chain((0..size.endpoints).map(group_of));
    let ids: Vec<String> = ids.collect();
    let groups = ids.iter().map(|id| group(id, "vpc-0a")).collect();
    files.push(file("groups", "SecurityGroups", groups));
    let rules = ids
        .into_iter()
        .flat_map(|id| rules(id, size.rules))
        .collect();
    files.push(file("rules", "SecurityGroupRules", rules));
    files
}

/// The declaration that fits [`one_vpc`].
#[must_use]
pub fn declaration(endpoints: usize) -> MigrationNetworkSpec {
    let endpoints: Vec<Value> = (0..endpoints)
        .map(|place| {
            json!({
                "name": format!("db-{place}"), "role": "Source", "ports": [5432],
                "addresses": [format!("10.0.{}.{}", 16 + place / 200, 10 + place % 200)],
                "placement": {"sameVPC": {"securityGroupIDs": [group_of(place)]}},
            })
        })
        .collect();
    spec("vpc-0a", "subnet-0a", "sg-0a", "10.0.1.10", &endpoints)
}

/// Many VPCs, each with ten subnets, ten security groups and one declaration.
#[derive(Clone, Copy, Debug)]
pub struct Estate {
    /// VPCs.
    pub vpcs: usize,
    /// Rules of each security group.
    pub rules: usize,
}

impl Estate {
    /// The subnets of each VPC, and its security groups.
    pub const EACH: usize = 10;

    /// The files of its snapshot, one after the other: all of them together need not be kept.
    pub fn files(self) -> impl Iterator<Item = (String, String)> {
        let vpcs = (0..self.vpcs).map(|place| vpc(&vpc_id(place), "10.0.0.0/16"));
        let first = file("vpcs", "Vpcs", vpcs.collect());
        // A file for the rules of so many VPCs: each stays well below the limit of a snapshot's file.
        let chunk = 20;
        let chunks = (0..self.vpcs.div_ceil(chunk)).map(move |number| {
            let places = number * chunk..self.vpcs.min((number + 1) * chunk);
            self.part(number, places)
        });
        std::iter::once(vec![first]).chain(chunks).flatten()
    }

    fn part(self, number: usize, places: std::ops::Range<usize>) -> Vec<(String, String)> {
        let each = |of: &dyn Fn(usize, usize) -> Value| {
            let all = places
                .clone()
                .flat_map(|vpc| (0..Self::EACH).map(move |it| (vpc, it)));
            all.map(|(vpc, it)| of(vpc, it)).collect::<Vec<Value>>()
        };
        let subnets = each(&|vpc, it| {
            let cidr = format!("10.0.{it}.0/24");
            subnet(&subnet_id(vpc, it), &vpc_id(vpc), &cidr)
        });
        let acls = each(&|vpc, it| acl(&subnet_id(vpc, it), &vpc_id(vpc), 4, false));
        let groups = each(&|vpc, it| group(&sg_id(vpc, it), &vpc_id(vpc)));
        let tables = places
            .clone()
            .map(|vpc| route_table(&vpc_id(vpc), "10.0.0.0/16", 2));
        let ids = places
            .clone()
            .flat_map(|vpc| (0..Self::EACH).map(move |it| sg_id(vpc, it)));
        let rules = ids.flat_map(|id| rules(id, self.rules)).collect();
        let name = |key: &str| format!("{key}-{number}");
        vec![
            file(&name("subnets"), "Subnets", subnets),
            file(&name("acls"), "NetworkAcls", acls),
            file(&name("groups"), "SecurityGroups", groups),
            file(&name("tables"), "RouteTables", tables.collect()),
            file(&name("rules"), "SecurityGroupRules", rules),
            file(&name("interfaces"), "NetworkInterfaces", Vec::new()),
        ]
    }

    /// The declarations: the replication instance of the `number`th in a subnet of a VPC, and four databases in others.
    #[must_use]
    pub fn declaration(self, number: usize) -> MigrationNetworkSpec {
        let (vpc, it) = (number % self.vpcs, number / self.vpcs % Self::EACH);
        let endpoints: Vec<Value> = (1..5)
            .map(|step| {
                let other = (it + step) % Self::EACH;
                json!({
                    "name": format!("db-{step}"), "role": "Source", "ports": [5432],
                    "addresses": [format!("10.0.{other}.20")],
                    "placement": {"sameVPC": {"securityGroupIDs": [sg_id(vpc, other)]}},
                })
            })
            .collect();
        let (subnet, group) = (subnet_id(vpc, it), sg_id(vpc, it));
        spec(
            &vpc_id(vpc),
            &subnet,
            &group,
            &format!("10.0.{it}.10"),
            &endpoints,
        )
    }
}

/// Plans one declaration.
#[must_use]
pub fn planned(spec: &MigrationNetworkSpec, snapshot: &ScopeSnapshot, owner: &Owner) -> Plan {
    let scopes = Scopes::only(ScopeView::unguarded(snapshot));
    plan(&Input {
        namespace: "migrations",
        name: "orders",
        spec,
        ledger: &Ledger::default(),
        owner,
        scopes: &scopes,
        ended: false,
    })
}

/// The deployment of the benchmarks.
#[must_use]
pub fn owner() -> Owner {
    Owner::new("bench", None).unwrap()
}

fn spec(
    vpc: &str,
    subnet: &str,
    group: &str,
    address: &str,
    endpoints: &[Value],
) -> MigrationNetworkSpec {
    let spec = json!({
        "accountRef": {"name": "prod"}, "region": REGION,
        "replicationInstance": {"network": {
            "vpcID": vpc, "subnetIDs": [subnet], "securityGroupIDs": [group], "privateIPs": [address],
        }},
        "endpoints": endpoints,
    });
    serde_json::from_value(spec).unwrap()
}

fn file(name: &str, key: &str, items: Vec<Value>) -> (String, String) {
    (format!("{name}.json"), json!({ key: items }).to_string())
}

fn vpc_id(place: usize) -> String {
    format!("vpc-{place:017x}")
}

fn subnet_id(vpc: usize, it: usize) -> String {
    format!("subnet-{vpc:08x}{it:09x}")
}

fn sg_id(vpc: usize, it: usize) -> String {
    format!("sg-{vpc:08x}{it:09x}")
}

fn group_of(place: usize) -> String {
    format!("sg-0b{place:08x}")
}

fn vpc(id: &str, cidr: &str) -> Value {
    json!({
        "VpcId": id, "OwnerId": ACCOUNT, "CidrBlock": cidr, "State": "available",
        "CidrBlockAssociationSet": [{"CidrBlock": cidr, "CidrBlockState": {"State": "associated"}}],
    })
}

fn subnet(id: &str, vpc: &str, cidr: &str) -> Value {
    json!({
        "SubnetId": id, "VpcId": vpc, "OwnerId": ACCOUNT, "CidrBlock": cidr, "State": "available",
        "AvailabilityZone": "eu-west-1a", "AvailabilityZoneId": "euw1-az1",
    })
}

fn acl(subnet: &str, vpc: &str, entries: usize, open: bool) -> Value {
    let id = subnet.replacen("subnet", "acl", 1);
    let directions = [true, false].into_iter();
    let entries: Vec<Value> = directions
        .flat_map(|egress| {
            let denied = (0..entries).map(move |place| {
                json!({
                    "CidrBlock": block(place), "Egress": egress, "Protocol": "6", "RuleAction": "deny",
                    "RuleNumber": 1 + place, "PortRange": {"From": 8000, "To": 8100},
                })
            });
            let all = move |number: u16, action: &str| json!({
                "CidrBlock": "0.0.0.0/0", "Egress": egress, "Protocol": "-1", "RuleAction": action,
                "RuleNumber": number,
            });
            let allowed = open.then(|| all(32766, "allow"));
            denied.chain(allowed).chain([all(32767, "deny")])
        })
        .collect();
    json!({
        "NetworkAclId": id, "VpcId": vpc, "OwnerId": ACCOUNT, "IsDefault": false, "Entries": entries, "Tags": [],
        "Associations": [{
            "NetworkAclAssociationId": id.replacen("acl", "aclassoc", 1), "NetworkAclId": id, "SubnetId": subnet,
        }],
    })
}

fn route_table(vpc: &str, local: &str, routes: usize) -> Value {
    let id = vpc.replacen("vpc", "rtb", 1);
    let others = (0..routes).map(|place| {
        json!({
            "DestinationCidrBlock": block(place), "VpcPeeringConnectionId": "pcx-0a",
            "Origin": "CreateRoute", "State": "active",
        })
    });
    let local = json!({
        "DestinationCidrBlock": local, "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active",
    });
    let routes: Vec<Value> = std::iter::once(local).chain(others).collect();
    json!({
        "RouteTableId": id, "VpcId": vpc, "OwnerId": ACCOUNT, "Routes": routes,
        "Associations": [{"Main": true, "RouteTableId": id}],
    })
}

fn group(id: &str, vpc: &str) -> Value {
    json!({
        "GroupId": id, "GroupName": id, "Description": "for a benchmark", "VpcId": vpc, "OwnerId": ACCOUNT,
        "IpPermissions": [], "IpPermissionsEgress": [], "Tags": [],
    })
}

/// Rules of both directions, none of which opens what is declared.
fn rules(group: String, count: usize) -> impl Iterator<Item = Value> {
    let hex = group.trim_start_matches("sg-").to_owned();
    (0..count).map(move |place| {
        json!({
            "SecurityGroupRuleId": format!("sgr-{hex}{place:04x}"), "GroupId": group, "GroupOwnerId": ACCOUNT,
            "IsEgress": place % 2 == 0, "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432,
            "CidrIpv4": block(place), "Tags": [],
        })
    })
}

/// The `place`th of many blocks outside of the VPC.
fn block(place: usize) -> String {
    format!("172.{}.{}.0/24", 16 + place / 256 % 16, place % 256)
}
