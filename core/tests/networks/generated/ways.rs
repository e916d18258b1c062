//! The ways to an endpoint: each topology as a declaration, with what it meets on the ground.

use super::apart::Accounts;
use crate::world::endpoint;
use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

/// A way to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    SameVpc,
    Peering,
    TransitGateway,
    Host,
    VpnGateway,
    SiteByTransitGateway,
    SiteByNatGateway,
    InternetGateway,
    NatGateway,
    NatInstance,
    EgressOnly,
    /// By the internet gateway, to a database of ours.
    Managed,
    /// By the NAT gateway, to a database of ours.
    ManagedByNatGateway,
    ClassicLink,
}

/// Every way, those with more gates more often.
pub(crate) const WAYS: [Way; 24] = [
    Way::SameVpc,
    Way::SameVpc,
    Way::SameVpc,
    Way::SameVpc,
    Way::Peering,
    Way::Peering,
    Way::Peering,
    Way::TransitGateway,
    Way::TransitGateway,
    Way::TransitGateway,
    Way::Host,
    Way::Host,
    Way::VpnGateway,
    Way::SiteByTransitGateway,
    Way::SiteByNatGateway,
    Way::InternetGateway,
    Way::NatGateway,
    Way::NatInstance,
    Way::EgressOnly,
    Way::EgressOnly,
    Way::Managed,
    Way::Managed,
    Way::ManagedByNatGateway,
    Way::ClassicLink,
];

/// One endpoint of a case.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) way: Way,
    pub(crate) by_proxy: bool,
    pub(crate) spec: Value,
}

impl Way {
    /// The groups that rules may stand on for it.
    pub(crate) fn groups(self) -> &'static [&'static str] {
        match self {
            Self::SameVpc => &["sg-db", "sg-all"],
            Self::Peering | Self::Managed | Self::ManagedByNatGateway => &["sg-b"],
            Self::TransitGateway => &["sg-c"],
            Self::Host | Self::NatInstance => &["sg-host"],
            _ => &[],
        }
    }

    /// The ACLs that it meets besides the client's.
    pub(crate) fn acls(self) -> &'static [&'static str] {
        match self {
            Self::SameVpc => &["acl-far", "acl-rest"],
            Self::Peering | Self::Managed => &["acl-b"],
            Self::TransitGateway => &[
                "acl-tgwa",
                "acl-tgwa2",
                "acl-tgwc",
                "acl-tgwc2",
                "acl-c",
                "acl-c2",
                "acl-rest",
            ],
            Self::Host => &["acl-host", "acl-out"],
            Self::NatInstance => &["acl-host"],
            Self::SiteByTransitGateway => &["acl-tgwa", "acl-tgwa2", "acl-rest"],
            Self::SiteByNatGateway => &["acl-nat", "acl-tgwa", "acl-tgwa2"],
            Self::NatGateway => &["acl-nat"],
            Self::ManagedByNatGateway => &["acl-nat", "acl-b"],
            _ => &[],
        }
    }

    /// The blocks and groups that rules and entries may name for it, besides the client's.
    pub(crate) fn blocks(self) -> &'static [&'static str] {
        match self {
            Self::SameVpc => &[
                "10.0.2.0/23",
                "10.0.2.0/24",
                "10.0.2.0/25",
                "10.0.2.16/28",
                "10.0.2.20/32",
                "10.0.2.21/32",
                "10.0.4.0/24",
                "2001:db8:a:2::/64",
            ],
            Self::Peering => &[
                "10.1.0.0/16",
                "10.1.2.0/24",
                "10.1.2.0/25",
                "10.1.2.20/32",
                "10.1.2.21/32",
                "10.1.4.0/24",
                "2001:db8:b:2::/64",
            ],
            Self::TransitGateway => &[
                "10.2.0.0/16",
                "10.2.2.0/24",
                "10.2.2.0/25",
                "10.2.2.20/32",
                "10.2.2.21/32",
                "10.2.4.0/24",
                "2001:db8:c:2::/64",
            ],
            Self::Host | Self::VpnGateway | Self::SiteByTransitGateway | Self::SiteByNatGateway => {
                &[
                    "172.16.0.0/12",
                    "172.16.1.0/24",
                    "172.16.2.0/24",
                    "172.16.3.4/32",
                    "172.16.4.4/32",
                    "172.16.1.4/32",
                    "10.0.7.5/32",
                    "10.0.5.0/28",
                ]
            }
            Self::InternetGateway | Self::NatGateway | Self::NatInstance => &[
                "203.0.113.0/24",
                "203.0.113.21/32",
                "203.0.113.64/26",
                "203.0.113.84/32",
                "203.0.113.148/32",
                "10.0.7.0/24",
                "10.0.5.4/32",
            ],
            Self::Managed | Self::ManagedByNatGateway => &[
                "203.0.113.0/24",
                "198.51.100.0/24",
                "198.51.100.9/32",
                "198.51.100.1/32",
                "10.1.2.0/24",
            ],
            Self::EgressOnly => &["2001:db8:f::/48", "2001:db8:f::5/128", "::/0"],
            Self::ClassicLink => &[],
        }
    }

    /// What may be declared as addresses.
    fn addresses(self) -> Vec<Value> {
        match self {
            Self::SameVpc => vec![
                json!(["10.0.2.20"]),
                json!(["10.0.2.20", "10.0.2.21"]),
                json!(["10.0.2.0/24"]),
                json!(["10.0.2.16/28", "10.0.1.77"]),
                json!(["10.0.2.0/23"]),
                json!(["10.0.4.7"]),
                json!(["2001:db8:a:2::20"]),
                Value::Null,
            ],
            Self::Peering => vec![
                json!(["10.1.2.20"]),
                json!(["10.1.2.20", "10.1.2.21"]),
                json!(["10.1.2.0/24"]),
                json!(["10.1.2.16/28", "10.1.4.7"]),
                json!(["2001:db8:b:2::20"]),
                Value::Null,
            ],
            Self::TransitGateway => vec![
                json!(["10.2.2.20"]),
                json!(["10.2.2.20", "10.2.2.21"]),
                json!(["10.2.2.0/24"]),
                json!(["10.2.2.16/28", "10.2.4.7"]),
                json!(["2001:db8:c:2::20"]),
                json!(["2001:db8:c:2::20", "10.2.2.20"]),
                json!(["2001:db8:c:2::/64"]),
                Value::Null,
            ],
            Self::Host => vec![json!(["172.16.1.4"]), json!(["172.16.1.0/28"])],
            Self::VpnGateway => vec![json!(["172.16.2.4"]), json!(["172.16.2.0/24"])],
            Self::SiteByTransitGateway => vec![json!(["172.16.3.4"])],
            Self::SiteByNatGateway => vec![json!(["172.16.4.4"])],
            Self::InternetGateway => vec![
                json!(["203.0.113.21"]),
                json!(["203.0.113.21"]),
                json!(["2001:db8:f1::5"]),
                json!(["100.64.0.5"]),
            ],
            Self::NatGateway => vec![json!(["203.0.113.84"]), json!(["203.0.113.80/30"])],
            Self::NatInstance => vec![json!(["203.0.113.148"])],
            Self::EgressOnly => vec![json!(["2001:db8:f::5"])],
            Self::Managed => vec![json!(["203.0.113.20"])],
            Self::ManagedByNatGateway => vec![json!(["203.0.113.85"])],
            Self::ClassicLink => vec![json!(["10.0.2.20"]), json!(["10.2.2.20"])],
        }
    }

    /// The forms of admission that may be asked for, those that work more often.
    fn forms(self) -> Vec<&'static str> {
        let mut forms = vec!["Auto"; 6];
        forms.extend(["SecurityGroup", "PrivateIP", "SubnetCIDR", "VPCCIDR"]);
        match self {
            Self::Managed => forms.extend(["PublicIP"; 4]),
            Self::ManagedByNatGateway => forms.extend(["NATGateway"; 4]),
            _ => {}
        }
        forms
    }

    /// The placement, without a proxy.
    fn placement(self, details: &Details) -> Value {
        let managed = details.accounts.declared(json!({
            "vpcID": "vpc-0b", "securityGroupIDs": ["sg-b"], "subnetIDs": ["subnet-b"]
        }));
        let managed = json!({"internet": {"managed": managed}});
        match self {
            Self::SameVpc => json!({"sameVPC": {
                "securityGroupIDs": details.groups, "subnetIDs": details.subnets(&["subnet-far", "subnet-far2"])
            }}),
            Self::Peering => {
                let subnets = details.subnets(&["subnet-b", "subnet-b2"]);
                other_vpc(
                    "vpc-0b",
                    "sg-b",
                    subnets,
                    details,
                    json!({"peeringConnectionID": "pcx-0a"}),
                )
            }
            Self::TransitGateway => {
                let subnets = details.subnets(&["subnet-c", "subnet-c2"]);
                other_vpc(
                    "vpc-0c",
                    "sg-c",
                    subnets,
                    details,
                    json!({"transitGatewayID": "tgw-0a"}),
                )
            }
            Self::Host => {
                let mut host = json!({
                    "securityGroupIDs": ["sg-host"],
                    "forwarding": details.forwarding, "sourceNAT": details.source_nat
                });
                if details.via {
                    host["instanceID"] = json!("i-host");
                } else {
                    host["networkInterfaceID"] = json!("eni-host");
                }
                json!({"onPremises": {"via": {"host": host}}})
            }
            Self::VpnGateway => json!({"onPremises": {"via": {"gateway": {"id": "vgw-0a"}}}}),
            Self::SiteByTransitGateway => {
                json!({"onPremises": {"via": {"gateway": {"id": "tgw-0a"}}}})
            }
            Self::SiteByNatGateway => {
                let id = if details.nat_to_vpn {
                    "vgw-0a"
                } else {
                    "tgw-0a"
                };
                json!({"onPremises": {"via": {"gateway": {"id": id}}}})
            }
            Self::InternetGateway | Self::NatGateway | Self::NatInstance | Self::EgressOnly => {
                json!({"internet": {}})
            }
            Self::Managed | Self::ManagedByNatGateway => managed,
            Self::ClassicLink => json!({"classicLink": {}}),
        }
    }
}

fn other_vpc(vpc: &str, group: &str, subnets: Value, details: &Details, joined: Value) -> Value {
    let mut placement = json!({
        "vpcID": vpc, "securityGroupIDs": [group], "subnetIDs": subnets
    });
    if details.via {
        placement["via"] = joined;
    }
    json!({"otherVPC": details.accounts.declared(placement)})
}

#[derive(Clone, Debug)]
struct Details {
    groups: Value,
    addresses_known: bool,
    via: bool,
    forwarding: &'static str,
    source_nat: bool,
    nat_to_vpn: bool,
    accounts: Accounts,
}

impl Details {
    /// The subnets, where addresses do not tell.
    fn subnets(&self, ids: &[&str]) -> Value {
        if self.addresses_known {
            json!([])
        } else {
            json!(ids)
        }
    }
}

/// What is the same for all endpoints of a case: how the host really forwards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Truth {
    pub(crate) forwarding: &'static str,
    pub(crate) source_nat: bool,
    pub(crate) nat_to_vpn: bool,
    pub(crate) accounts: Accounts,
}

/// An endpoint by one of these ways, perhaps behind the proxy.
pub(crate) fn asked(ways: &'static [Way], truth: Truth) -> impl Strategy<Value = Asked> {
    (
        select(ways),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        select(vec![json!([5432]), json!([5432]), json!([1521]), json!([5432, 1521])]),
        select(vec![json!(["sg-db"]), json!(["sg-db"]), json!(["sg-all", "sg-db"]), json!(["sg-all"])]),
        any::<bool>(),
        prop::bool::weighted(0.15),
    )
        .prop_map(move |(way, addresses, form, ports, groups, via, by_proxy)| {
            let by_proxy = by_proxy && way != Way::ClassicLink;
            let known = way.addresses();
            let mut addresses = addresses.get(&known).clone();
            if by_proxy && addresses.is_null() {
                addresses = known[0].clone();
            }
            let details = Details {
                groups,
                addresses_known: !addresses.is_null(),
                via,
                forwarding: truth.forwarding,
                source_nat: truth.source_nat,
                nat_to_vpn: truth.nat_to_vpn,
                accounts: truth.accounts,
            };
            let forms = way.forms();
            let mut placement = way.placement(&details);
            let mut ports = ports;
            if by_proxy {
                placement = json!({"proxy": {
                    "host": {"instanceID": "i-proxy", "securityGroupIDs": ["sg-proxy"]},
                    "listenPort": 15432, "behind": placement
                }});
                ports = json!([ports[0]]);
            }
            let spec = endpoint(json!({
                "ports": ports, "addresses": addresses, "admit": form.get(&forms), "placement": placement
            }));
            Asked { way, by_proxy, spec }
        })
}
