//! Identifiers of AWS resources as types, so that a subnet can never be passed for a security group.
//!
//! AWS prints a prefix and 8 or 17 hexadecimal digits. The check is on the prefix and the alphabet, not
//! on the length: documentation and tests use short invented ids such as `sg-0a`.
use super::admission::text_rule;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::{borrow::Cow, fmt, str::FromStr};

/// The longest identifier that is accepted, in characters.
const MAX_ID_LENGTH: usize = 64;

/// A text that is not the identifier it is used as.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not {kind}: write {form}")]
pub struct IdError {
    /// The text as it was found.
    pub value: String,
    /// What it should have been, with its article.
    pub kind: &'static str,
    /// The form that is accepted.
    pub form: &'static str,
}

/// Whether `value` is `prefix` followed by 1 to 32 lower-case letters and digits.
fn has_id_form(value: &str, prefix: &str) -> bool {
    value.strip_prefix(prefix).is_some_and(|suffix| {
        (1..=32).contains(&suffix.len())
            && suffix
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

/// Declares a newtype over a text that was checked once, when it was made. There are very many of them, and they are
/// copied all the time: the text of most ids is kept in place, and a longer one is shared.
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, kind: $kind:literal, form: $form:expr, pattern: $pattern:expr, max: $max:expr, check: $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(SmolStr);

        impl $name {
            /// The text as AWS prints it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(value: String) -> Result<Self, IdError> {
                value.parse()
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(value: &str) -> Result<Self, IdError> {
                let check: fn(&str) -> bool = $check;
                if value.len() <= $max && check(value) {
                    Ok(Self(value.into()))
                } else {
                    Err(IdError { value: value.to_owned(), kind: $kind, form: $form })
                }
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0.into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
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
                    "maxLength": $max,
                    "x-kubernetes-validations": text_rule($pattern, $form),
                })
            }
        }
    };
}

/// Declares the identifier type of one kind of AWS resource by its prefix.
macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident($prefix:literal, $kind:literal);)*) => {$(
        text_type! {
            $(#[$doc])*
            $name,
            kind: $kind,
            form: concat!("`", $prefix, "` and its lower-case letters and digits, such as `", $prefix, "0a1b2c3d4e5f60718`"),
            pattern: concat!("^", $prefix, "[0-9a-z]{1,32}$"),
            max: MAX_ID_LENGTH,
            check: |value| has_id_form(value, $prefix)
        }
    )*};
}

id_types! {
    /// A VPC.
    VpcId("vpc-", "a VPC id");
    /// A subnet.
    SubnetId("subnet-", "a subnet id");
    /// A security group.
    SecurityGroupId("sg-", "a security group id");
    /// One rule of a security group.
    SecurityGroupRuleId("sgr-", "a security group rule id");
    /// A network ACL.
    NetworkAclId("acl-", "a network ACL id");
    /// An elastic network interface.
    NetworkInterfaceId("eni-", "a network interface id");
    /// An EC2 instance.
    InstanceId("i-", "an instance id");
    /// A VPC route table.
    RouteTableId("rtb-", "a route table id");
    /// A managed prefix list, a customer's or AWS's own.
    PrefixListId("pl-", "a prefix list id");
    /// An internet gateway.
    InternetGatewayId("igw-", "an internet gateway id");
    /// An egress-only internet gateway (IPv6).
    EgressOnlyInternetGatewayId("eigw-", "an egress-only internet gateway id");
    /// A NAT gateway.
    NatGatewayId("nat-", "a NAT gateway id");
    /// A VPC peering connection.
    VpcPeeringConnectionId("pcx-", "a VPC peering connection id");
    /// A transit gateway.
    TransitGatewayId("tgw-", "a transit gateway id");
    /// An attachment of a transit gateway.
    TransitGatewayAttachmentId("tgw-attach-", "a transit gateway attachment id");
    /// A route table of a transit gateway.
    TransitGatewayRouteTableId("tgw-rtb-", "a transit gateway route table id");
    /// A virtual private gateway.
    VpnGatewayId("vgw-", "a virtual private gateway id");
    /// A site-to-site VPN connection.
    VpnConnectionId("vpn-", "a VPN connection id");
    /// A VPC endpoint.
    VpcEndpointId("vpce-", "a VPC endpoint id");
}

text_type! {
    /// An AWS account: 12 digits. Kept as text, because leading zeros count.
    AccountId,
    kind: "an AWS account id",
    form: "its 12 digits in quotes, such as \"111122223333\"",
    pattern: "^[0-9]{12}$",
    // Longer than 12, so that digits with dashes get the message with the remedy.
    max: MAX_ID_LENGTH,
    check: |value| value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit())
}

text_type! {
    /// An AWS Region such as `eu-west-1` or `us-gov-east-1`.
    Region,
    kind: "an AWS Region",
    form: "its code, such as `eu-west-1`",
    pattern: "^[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}$",
    max: 32,
    check: is_region
}

text_type! {
    /// The ARN of an IAM role.
    RoleArn,
    kind: "the ARN of an IAM role",
    form: "an ARN such as `arn:aws:iam::111122223333:role/dms-network`",
    pattern: "^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$",
    max: 2048,
    check: |value| match arn_parts(value) {
        Some(["iam", "", account, resource]) => {
            AccountId::from_str(account).is_ok()
                && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty())
        }
        _ => false,
    }
}

text_type! {
    /// The ARN of a DMS endpoint.
    EndpointArn,
    kind: "the ARN of a DMS endpoint",
    form: "an ARN such as `arn:aws:dms:eu-west-1:111122223333:endpoint:ABC`",
    pattern: "^arn:aws[a-z-]*:dms:[a-z0-9-]+:[0-9]{12}:endpoint:[A-Za-z0-9-]+$",
    max: 512,
    check: |value| is_dms_arn(value, "endpoint:")
}

text_type! {
    /// The ARN of a DMS Serverless replication configuration.
    ReplicationConfigArn,
    kind: "the ARN of a DMS replication configuration",
    form: "an ARN such as `arn:aws:dms:eu-west-1:111122223333:replication-config:ABC`",
    pattern: "^arn:aws[a-z-]*:dms:[a-z0-9-]+:[0-9]{12}:replication-config:[A-Za-z0-9-]+$",
    max: 512,
    check: |value| is_dms_arn(value, "replication-config:")
}

text_type! {
    /// The name of an endpoint in its object: a DNS label, so that it fits into rule descriptions.
    EndpointName,
    kind: "an endpoint's name",
    form: "lower-case letters, digits and dashes, 63 at most, such as `orders-source`",
    pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    max: 63,
    check: is_dns_label
}

text_type! {
    /// The identifier of a DMS replication instance.
    ReplicationInstanceIdentifier,
    kind: "a DMS replication instance identifier",
    form: "letters, digits and single dashes, a letter first, 63 at most, such as `orders-ri`",
    pattern: "^[A-Za-z](-?[A-Za-z0-9])*$",
    max: 63,
    check: |value| {
        value.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
            && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !value.ends_with('-')
            && !value.contains("--")
    }
}

text_type! {
    /// The name of a Kubernetes namespace: a DNS label.
    NamespaceName,
    kind: "a namespace's name",
    form: "lower-case letters, digits and dashes, 63 at most, such as `migrations`",
    pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    max: 63,
    check: is_dns_label
}

text_type! {
    /// The name of an AWSAccount object: a DNS subdomain.
    AccountName,
    kind: "an AWSAccount's name",
    form: "lower-case letters, digits, dashes and dots, such as `prod`",
    pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    max: 253,
    check: |value| value.split('.').all(is_dns_label)
}

text_type! {
    /// The base URL of the AWS APIs, where it is not AWS's own.
    EndpointUrl,
    kind: "the URL of an API",
    form: "a URL without query, such as `https://vpce-0a.ec2.eu-west-1.vpce.amazonaws.com`",
    pattern: "^https?://[^\\s/?#@]+(/[^\\s?#]*)?$",
    max: 2048,
    check: is_base_url
}

text_type! {
    /// The external id of a role's trust policy, as STS takes it.
    ExternalId,
    kind: "an external id",
    form: "2 to 1224 letters, digits and characters of `+=,.@:/_-`",
    pattern: "^[A-Za-z0-9_+=,.@:/-]{2,}$",
    max: 1224,
    check: |value| {
        value.len() >= 2
            && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&b))
    }
}

fn is_base_url(value: &str) -> bool {
    let Some(rest) = value
        .strip_prefix("https://")
        .or_else(|| value.strip_prefix("http://"))
    else {
        return false;
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    !host.is_empty()
        && !host.contains(|c: char| c.is_whitespace() || "?#@".contains(c))
        && !path.contains(|c: char| c.is_whitespace() || "?#".contains(c))
}

fn is_dns_label(value: &str) -> bool {
    !value.is_empty()
        && !value.starts_with('-')
        && !value.ends_with('-')
        && value
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_region(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    let (Some((number, names)), 3..=5) = (parts.split_last(), parts.len()) else {
        return false;
    };
    (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && (2..=4).contains(&names[0].len())
        && names
            .iter()
            .all(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase()))
}

/// The service, Region, account and resource of an ARN in any AWS partition.
fn arn_parts(value: &str) -> Option<[&str; 4]> {
    let mut parts = value.splitn(6, ':');
    let known_partition = parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| {
            partition
                .strip_prefix("aws")
                .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        });
    match (
        known_partition,
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) {
        (true, Some(service), Some(region), Some(account), Some(resource)) => {
            Some([service, region, account, resource])
        }
        _ => None,
    }
}

fn is_dms_arn(value: &str, resource_prefix: &str) -> bool {
    match arn_parts(value) {
        Some(["dms", region, account, resource]) => {
            !region.is_empty()
                && region
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && AccountId::from_str(account).is_ok()
                && resource.strip_prefix(resource_prefix).is_some_and(|id| {
                    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                })
        }
        _ => false,
    }
}

const GATEWAY_FORM: &str = "a virtual private gateway (`vgw-0a`) or a transit gateway (`tgw-0a`)";

/// The gateway that carries traffic on-premises: a virtual private gateway or a transit gateway.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum GatewayId {
    /// `vgw-…`
    VirtualPrivate(VpnGatewayId),
    /// `tgw-…`
    Transit(TransitGatewayId),
}

impl TryFrom<String> for GatewayId {
    type Error = IdError;
    fn try_from(value: String) -> Result<Self, IdError> {
        VpnGatewayId::from_str(&value)
            .map(Self::VirtualPrivate)
            .or_else(|_| TransitGatewayId::from_str(&value).map(Self::Transit))
            .map_err(|_| IdError {
                value,
                kind: "the id of a gateway to on-premises",
                form: GATEWAY_FORM,
            })
    }
}

impl From<GatewayId> for String {
    fn from(value: GatewayId) -> Self {
        value.to_string()
    }
}

impl fmt::Display for GatewayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VirtualPrivate(id) => id.fmt(f),
            Self::Transit(id) => id.fmt(f),
        }
    }
}

impl JsonSchema for GatewayId {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "GatewayId".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "maxLength": MAX_ID_LENGTH,
            "x-kubernetes-validations": text_rule("^(vgw|tgw)-[0-9a-z]{1,32}$", GATEWAY_FORM),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_security_group_id_is_no_subnet_id() {
        assert!("sg-0a".parse::<SecurityGroupId>().is_ok());
        let error = "sg-0a".parse::<SubnetId>().unwrap_err().to_string();
        assert!(
            error.contains("`sg-0a` is not a subnet id: write `subnet-`"),
            "{error}"
        );
    }

    #[test]
    fn ids_are_judged_by_prefix_and_alphabet_not_by_length() {
        for good in ["vpc-0", "vpc-1a2b3c4d", "vpc-0123456789abcdef0"] {
            assert!(good.parse::<VpcId>().is_ok(), "{good}");
        }
        for bad in ["", "vpc-", "VPC-0a", "vpc-0A", "vpc-0a ", "vpc_0a", "vpc-é"] {
            assert!(bad.parse::<VpcId>().is_err(), "{bad}");
        }
        assert!("tgw-attach-0a".parse::<TransitGatewayId>().is_err());
        assert!("tgw-rtb-0a".parse::<TransitGatewayRouteTableId>().is_ok());
    }

    #[test]
    fn regions_and_arns_of_every_partition_are_read() {
        for good in ["eu-west-1", "us-gov-east-1", "cn-north-1", "eusc-de-east-1"] {
            assert!(good.parse::<Region>().is_ok(), "{good}");
        }
        for bad in ["eu", "eu-west", "eu-west-1a", "EU-WEST-1", "-west-1"] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
        assert!(
            "arn:aws-cn:iam::111122223333:role/a/b"
                .parse::<RoleArn>()
                .is_ok()
        );
        for bad in [
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::1:role/x",
            "arn:aws:iam::111122223333:user/x",
        ] {
            assert!(bad.parse::<RoleArn>().is_err(), "{bad}");
        }
        assert!(
            "arn:aws:dms:eu-west-1:111122223333:endpoint:ABC"
                .parse::<EndpointArn>()
                .is_ok()
        );
        assert!(
            "arn:aws:dms:eu-west-1:111122223333:rep:ABC"
                .parse::<EndpointArn>()
                .is_err()
        );
    }

    #[test]
    fn a_gateway_id_tells_its_kind() {
        assert!(matches!(
            GatewayId::try_from("vgw-0a".to_owned()),
            Ok(GatewayId::VirtualPrivate(_))
        ));
        assert!(matches!(
            GatewayId::try_from("tgw-0a".to_owned()),
            Ok(GatewayId::Transit(_))
        ));
        assert!(GatewayId::try_from("igw-0a".to_owned()).is_err());
    }
}
