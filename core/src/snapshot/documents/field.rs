//! Members that several resources share, and the conversion of their values into types.

use super::FieldError;
use crate::{
    api::{AccountId, IdError},
    network::PortRange,
    snapshot::{Protocol, Tags},
};
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize};
use std::{net::IpAddr, str::FromStr};

/// A tag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its value.
    #[serde(default, deserialize_with = "or_default")]
    pub value: String,
}

/// The state of an association, in a member of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateCode {
    /// `associated`, `associating`, `disassociated`, ….
    pub state: Option<String>,
}

/// Whether an association is in force: old answers have no state.
pub(super) fn is_associated(state: Option<&StateCode>) -> bool {
    state
        .and_then(|code| code.state.as_deref())
        .is_none_or(|state| state == "associated")
}

/// Reads `null` as the default: `--query` and other writers of JSON print it where the AWS CLI prints nothing.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

pub(super) fn tags(tags: &[Tag]) -> Tags {
    tags.iter()
        .map(|tag| (tag.key.clone(), tag.value.clone()))
        .collect()
}

pub(super) fn id<T: FromStr<Err = IdError>>(
    field: impl Into<String>,
    value: &str,
) -> Result<T, FieldError> {
    value.parse().map_err(|error: IdError| {
        FieldError::new(
            field,
            value,
            format_args!("this must be {}, {}", error.kind, error.form),
        )
    })
}

pub(super) fn optional_id<T: FromStr<Err = IdError>>(
    field: &str,
    value: Option<&str>,
) -> Result<Option<T>, FieldError> {
    value
        .filter(|text| !text.is_empty())
        .map(|text| id(field, text))
        .transpose()
}

/// The owner; none where AWS itself owns it or the text is no account (some tools blank it).
pub(super) fn owner(value: Option<&str>) -> Option<AccountId> {
    value?.parse().ok()
}

/// A block in canonical form: AWS masks host bits itself.
pub(super) fn cidr(field: impl Into<String>, value: &str) -> Result<IpNet, FieldError> {
    value.parse::<IpNet>().map(|net| net.trunc()).map_err(|_| {
        FieldError::new(
            field,
            value,
            "this must be a CIDR block, such as 10.0.0.0/16 or 2001:db8::/56",
        )
    })
}

pub(super) fn ip(field: impl Into<String>, value: &str) -> Result<IpAddr, FieldError> {
    value.parse().map_err(|_| {
        FieldError::new(
            field,
            value,
            "this must be an IP address, such as 10.0.1.10",
        )
    })
}

pub(super) fn optional_ip(
    field: impl Into<String>,
    value: Option<&str>,
) -> Result<Option<IpAddr>, FieldError> {
    value
        .filter(|text| !text.is_empty())
        .map(|text| ip(field, text))
        .transpose()
}

/// A protocol by its name, its number, or `-1`. IANA's registry of protocol numbers; EC2 API Reference, IpPermission.
pub(super) fn protocol(field: impl Into<String>, value: &str) -> Result<Protocol, FieldError> {
    match value.to_ascii_lowercase().as_str() {
        "-1" | "all" => Ok(Protocol::All),
        "tcp" => Ok(Protocol::Tcp),
        "udp" => Ok(Protocol::Other(Some(17))),
        "icmp" => Ok(Protocol::Other(Some(1))),
        "icmpv6" => Ok(Protocol::Other(Some(58))),
        "" => Err(FieldError::new(
            field,
            value,
            "this must be a protocol, such as tcp, 6 or -1",
        )),
        text => match text.parse::<i64>() {
            Err(_) => Ok(Protocol::Other(None)),
            Ok(6) => Ok(Protocol::Tcp),
            Ok(number) => u8::try_from(number)
                .map(|number| Protocol::Other(Some(number)))
                .map_err(|_| {
                    FieldError::new(
                        field,
                        value,
                        "this must be a protocol number from 0 to 255, or -1",
                    )
                }),
        },
    }
}

/// The ports of a rule. Only tcp and udp have ports: for any other protocol EC2 opens everything of it, whatever
/// ports are given (EC2 API Reference, IpPermission). Absent and -1 mean all.
pub(super) fn ports(
    protocol: Protocol,
    (from_field, from): (&str, Option<i64>),
    (to_field, to): (&str, Option<i64>),
) -> Result<PortRange, FieldError> {
    const UDP: Protocol = Protocol::Other(Some(17));
    if protocol != Protocol::Tcp && protocol != UDP {
        return Ok(PortRange::ALL);
    }
    let (from, to) = match (from, to) {
        (None | Some(-1), None | Some(-1)) => return Ok(PortRange::ALL),
        (Some(from), Some(to)) => (port(from_field, from)?, port(to_field, to)?),
        (None, Some(_)) => {
            return Err(FieldError::absent(
                from_field,
                "give both ends of the range",
            ));
        }
        (Some(_), None) => return Err(FieldError::absent(to_field, "give both ends of the range")),
    };
    PortRange::new(from, to).ok_or_else(|| {
        FieldError::new(
            from_field,
            &from.to_string(),
            format_args!("this must not be above `{to_field}`, which is {to}"),
        )
    })
}

pub(super) fn port(field: &str, value: i64) -> Result<u16, FieldError> {
    u16::try_from(value).map_err(|_| {
        FieldError::new(
            field,
            &value.to_string(),
            "this must be a port from 0 to 65535",
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn protocols_are_read_by_name_and_by_number() {
        for (text, expected) in [
            ("-1", Protocol::All),
            ("all", Protocol::All),
            ("tcp", Protocol::Tcp),
            ("TCP", Protocol::Tcp),
            ("6", Protocol::Tcp),
            ("17", Protocol::Other(Some(17))),
            ("udp", Protocol::Other(Some(17))),
            ("58", Protocol::Other(Some(58))),
            ("icmpv6", Protocol::Other(Some(58))),
            ("0", Protocol::Other(Some(0))),
            ("esp", Protocol::Other(None)),
        ] {
            assert_eq!(protocol("IpProtocol", text).unwrap(), expected, "{text}");
        }
        assert!(protocol("IpProtocol", "256").is_err());
        assert!(protocol("IpProtocol", "-2").is_err());
        assert!(protocol("IpProtocol", "").is_err());
    }

    #[test]
    fn every_way_to_write_all_ports_is_the_same_range() {
        let read = |protocol, from, to| ports(protocol, ("FromPort", from), ("ToPort", to));
        for (from, to) in [
            (None, None),
            (Some(-1), Some(-1)),
            (Some(0), Some(65535)),
            (Some(-1), None),
        ] {
            assert_eq!(
                read(Protocol::Tcp, from, to).unwrap(),
                PortRange::ALL,
                "{from:?} {to:?}"
            );
        }
        for (from, to) in [
            (None, None),
            (Some(-1), Some(-1)),
            (Some(0), Some(0)),
            (Some(8), Some(-1)),
        ] {
            assert_eq!(read(Protocol::All, from, to).unwrap(), PortRange::ALL);
            assert_eq!(
                read(Protocol::Other(Some(1)), from, to).unwrap(),
                PortRange::ALL
            );
        }
    }

    #[test]
    fn a_port_range_that_cannot_be_is_an_error() {
        let read = |from, to| ports(Protocol::Tcp, ("FromPort", from), ("ToPort", to));
        for (from, to) in [
            (Some(65536), Some(65536)),
            (Some(5433), Some(5432)),
            (Some(-2), Some(5)),
            (None, Some(5432)),
            (Some(5432), None),
            (Some(-1), Some(5432)),
            (Some(i64::MAX), Some(i64::MIN)),
        ] {
            assert!(read(from, to).is_err(), "{from:?} {to:?}");
        }
    }

    #[test]
    fn host_bits_and_the_text_of_ipv6_do_not_tell_blocks_apart() {
        for (text, expected) in [
            ("100.68.0.18/18", "100.68.0.0/18"),
            ("2001:0DB8:0000::0001/64", "2001:db8::/64"),
        ] {
            assert_eq!(cidr("CidrIp", text).unwrap().to_string(), expected);
        }
        for text in ["10.0.0.1", "10.0.0.0/33", "2001:db8::/129", "", "10.0.0/8"] {
            assert!(cidr("CidrIp", text).is_err(), "{text}");
        }
    }
}
