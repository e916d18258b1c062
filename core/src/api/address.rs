//! Addresses that people declare. What could never be the address of a database or a replication
//! instance cannot be held by these types.
use super::admission::{ADDRESS_BLOCK_RULES, HOST_ADDRESS_RULES, cel};
use ipnet::{IpNet, Ipv6Net};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

/// The well-known NAT64 prefix `64:ff9b::/96` (RFC 6052), as its first 96 bits.
const NAT64: Ipv6Addr = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0);
/// The longest text of an IPv6 address with a prefix length.
const MAX_CIDR_LENGTH: usize = 43;
/// The longest text of an IPv6 address.
const MAX_ADDRESS_LENGTH: usize = 39;

/// A text that is no usable address or CIDR block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` {problem}: {remedy}")]
pub struct AddressError {
    /// The text as it was found.
    pub value: String,
    /// What is wrong with it.
    pub problem: &'static str,
    /// What to write in its place.
    pub remedy: String,
}

/// A declared destination: one address, or a CIDR block without host bits.
///
/// Never the whole address space, and never loopback, link-local, multicast, unspecified or NAT64
/// addresses (judged by the first of the block). An IPv4 address in IPv6 form (`::ffff:0:0/96`) is refused: EC2 knows no such rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AddressBlock(IpNet);

impl AddressBlock {
    /// The block as a network; a single address has the full prefix length.
    pub fn net(self) -> IpNet {
        self.0
    }

    /// The address, where the block is a single one.
    pub fn host(self) -> Option<IpAddr> {
        (self.0.prefix_len() == self.0.max_prefix_len()).then(|| self.0.addr())
    }
}

impl From<AddressBlock> for IpNet {
    fn from(block: AddressBlock) -> Self {
        block.0
    }
}

impl From<HostAddress> for AddressBlock {
    fn from(address: HostAddress) -> Self {
        Self(IpNet::from(address.0))
    }
}

impl TryFrom<IpNet> for AddressBlock {
    type Error = AddressError;
    fn try_from(net: IpNet) -> Result<Self, AddressError> {
        let error = |problem, remedy: String| AddressError {
            value: net.to_string(),
            problem,
            remedy,
        };
        if net.prefix_len() == 0 {
            return Err(error(
                "is the whole address space",
                "declare the addresses of the database".into(),
            ));
        }
        if net.trunc() != net {
            return Err(error(
                "has bits set behind its prefix length",
                format!("write `{}` or the single address", net.trunc()),
            ));
        }
        match unusable(net.addr()) {
            Some(problem) => Err(error(problem, UNUSABLE_REMEDY.into())),
            None => Ok(Self(net)),
        }
    }
}

impl FromStr for AddressBlock {
    type Err = AddressError;
    fn from_str(value: &str) -> Result<Self, AddressError> {
        value
            .parse::<IpNet>()
            .or_else(|_| value.parse::<IpAddr>().map(IpNet::from))
            .map_err(|_| AddressError {
                value: value.to_owned(),
                problem: "is neither an IP address nor a CIDR block",
                remedy: "write such as `10.1.4.20`, `10.1.4.0/24` or `2001:db8::/64` (names are never resolved)".into(),
            })
            .and_then(Self::try_from)
    }
}

/// A single declared address, as of a replication instance.
///
/// Refuses what [`AddressBlock`] refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostAddress(IpAddr);

impl HostAddress {
    /// The address.
    pub fn addr(self) -> IpAddr {
        self.0
    }
}

impl FromStr for HostAddress {
    type Err = AddressError;
    fn from_str(value: &str) -> Result<Self, AddressError> {
        let error = |problem, remedy: &str| AddressError {
            value: value.to_owned(),
            problem,
            remedy: remedy.to_owned(),
        };
        let address = value.parse::<IpAddr>().map_err(|_| {
            error(
                "is no IP address",
                "write a single address, such as `10.0.1.10`",
            )
        })?;
        match unusable(address) {
            Some(problem) => Err(error(problem, UNUSABLE_REMEDY)),
            None => Ok(Self(address)),
        }
    }
}

const UNUSABLE_REMEDY: &str =
    "declare the address under which the peer is reached through the network";

/// Why no packet of a migration can be sent to or come from this address.
fn unusable(address: IpAddr) -> Option<&'static str> {
    let (unspecified, loopback, multicast) = (
        address.is_unspecified(),
        address.is_loopback(),
        address.is_multicast(),
    );
    match address {
        _ if unspecified => Some("is the unspecified address"),
        _ if loopback => Some("is a loopback address"),
        _ if multicast => Some("is a multicast address"),
        IpAddr::V4(v4) if v4.is_link_local() => Some("is a link-local address"),
        IpAddr::V4(v4) if v4.is_broadcast() => Some("is the broadcast address"),
        IpAddr::V6(v6) if v6.is_unicast_link_local() => Some("is a link-local address"),
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => Some("is an IPv4 address in IPv6 form"),
        IpAddr::V6(v6) if nat64().is_some_and(|nat64| nat64.contains(&v6)) => {
            Some("is a NAT64 address, behind which the real destination cannot be judged")
        }
        _ => None,
    }
}

fn nat64() -> Option<Ipv6Net> {
    Ipv6Net::new(NAT64, 96).ok()
}

/// Conversions and schema that both types share.
macro_rules! address_text {
    ($name:ident, $max:expr, $rules:expr) => {
        impl TryFrom<String> for $name {
            type Error = AddressError;
            fn try_from(value: String) -> Result<Self, AddressError> {
                value.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "minLength": 2,
                    "maxLength": $max,
                    "x-kubernetes-validations": $rules,
                })
            }
        }
    };
}

address_text!(AddressBlock, MAX_CIDR_LENGTH, cel(ADDRESS_BLOCK_RULES));
address_text!(HostAddress, MAX_ADDRESS_LENGTH, cel(HOST_ADDRESS_RULES));

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_is_a_block_of_one() {
        let block: AddressBlock = "10.1.4.20".parse().unwrap();
        assert_eq!(block.to_string(), "10.1.4.20/32");
        assert_eq!(block.host(), Some("10.1.4.20".parse().unwrap()));
        assert_eq!("10.1.4.0/24".parse::<AddressBlock>().unwrap().host(), None);
        assert_eq!(
            "2001:DB8:0::/64"
                .parse::<AddressBlock>()
                .unwrap()
                .to_string(),
            "2001:db8::/64"
        );
    }

    #[test]
    fn host_bits_are_refused_with_the_block_that_was_meant() {
        let error = "10.1.4.20/24"
            .parse::<AddressBlock>()
            .unwrap_err()
            .to_string();
        assert!(error.contains("write `10.1.4.0/24`"), "{error}");
    }

    #[test]
    fn what_no_migration_can_reach_is_refused() {
        for bad in [
            "0.0.0.0/0",
            "::/0",
            "0.0.0.0",
            "127.0.0.1",
            "::1",
            "169.254.169.254",
            "fe80::1",
            "224.0.0.1",
            "ff02::1",
            "239.0.0.0/8",
            "64:ff9b::c000:201",
            "64:ff9b::/96",
            "::ffff:10.0.0.1",
            "255.255.255.255",
            "db.example.com",
            "10.0.0.0/33",
            "10.0.0",
            "",
        ] {
            assert!(bad.parse::<AddressBlock>().is_err(), "{bad}");
            assert!(bad.parse::<HostAddress>().is_err(), "{bad}");
        }
        assert!("10.1.4.0/24".parse::<HostAddress>().is_err());
    }
}
