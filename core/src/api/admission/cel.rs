//! The rules that the API server evaluates, each with a message that names the remedy.
//!
//! Written with the Kubernetes CEL libraries for optionals, IP addresses and CIDR blocks (Kubernetes
//! 1.31 and later). An empty list counts as an absent one everywhere.
use crate::api::DEFAULT_PORTS;
use schemars::Schema;
use serde_json::{Value, json};

/// Rules in the form of `x-kubernetes-validations`.
pub(in crate::api) fn cel<R: Into<String>, M: Into<String>>(
    rules: impl IntoIterator<Item = (R, M)>,
) -> Value {
    rules
        .into_iter()
        .map(|(rule, message)| json!({ "rule": rule.into(), "message": message.into() }))
        .collect()
}

/// The rule that a text has a form. In place of a `pattern`, whose refusal would only print the pattern.
pub(in crate::api) fn text_rule(pattern: &str, form: &str) -> Value {
    cel([(
        format!("self.matches(r\"{pattern}\")"),
        format!("write {form}"),
    )])
}

/// The rule that exactly one of some fields is there.
pub(in crate::api) fn exactly_one_rule(fields: &[&str]) -> Value {
    let present: Vec<String> = fields
        .iter()
        .map(|field| format!("has(self.{field})"))
        .collect();
    cel([(
        format!("[{}].exists_one(there, there)", present.join(", ")),
        format!("declare exactly one of {}", fields.join(", ")),
    )])
}

/// `isGlobalUnicast` is false for unspecified, loopback, link-local, multicast and broadcast addresses.
pub(in crate::api) const ADDRESS_BLOCK_RULES: [(&str, &str); 5] = [
    (
        "isIP(self) || isCIDR(self)",
        "write an IP address or a CIDR block, such as 10.1.4.20, 10.1.4.0/24 or 2001:db8::/64; names are never resolved",
    ),
    (
        "isCIDR(self) ? cidr(self) == cidr(self).masked() : true",
        "bits are set behind the prefix length: write the first address of the block, or the single address without a prefix length",
    ),
    (
        "isCIDR(self) ? cidr(self).prefixLength() > 0 : true",
        "prefix length 0 is the whole address space: declare the addresses of the database",
    ),
    (
        "isIP(self) ? ip(self).isGlobalUnicast() : isCIDR(self) ? cidr(self).ip().isGlobalUnicast() : true",
        "unspecified, loopback, link-local, multicast and broadcast addresses reach no database: declare the address under which it is reached through the network",
    ),
    (
        "isIP(self) ? !cidr('64:ff9b::/96').containsIP(self) : isCIDR(self) ? !cidr('64:ff9b::/96').containsIP(cidr(self).ip()) : true",
        "a NAT64 address hides the real destination: declare the IPv4 address behind it",
    ),
];

/// As for [`ADDRESS_BLOCK_RULES`], for a single address.
pub(in crate::api) const HOST_ADDRESS_RULES: [(&str, &str); 3] = [
    ("isIP(self)", "write a single IP address, such as 10.0.1.10"),
    (
        "isIP(self) ? ip(self).isGlobalUnicast() : true",
        "unspecified, loopback, link-local, multicast and broadcast addresses are no replication instance's: declare the address of its interface",
    ),
    (
        "isIP(self) ? !cidr('64:ff9b::/96').containsIP(self) : true",
        "a NAT64 address is no replication instance's: declare the address of its interface",
    ),
];

/// The rules of a connection test.
pub(in crate::api) const CONNECTION_TEST_RULES: [(&str, &str); 1] = [(
    "self.trigger != 'Interval' || has(self.interval)",
    "trigger Interval needs an interval, such as 1h",
)];

/// The rules of the list of endpoints.
pub(in crate::api) const ENDPOINTS_RULES: [(&str, &str); 1] = [(
    "self.all(a, self.exists_one(b, a.name == b.name))",
    "two endpoints have the same name: give each a name of its own",
)];

/// Adds the rule that the account id never changes to those of its form.
pub(in crate::api) fn immutable(schema: &mut Schema) {
    let rule = json!({
        "rule": "self == oldSelf",
        "message": "accountID is immutable: create another AWSAccount for another account",
    });
    if let Some(Value::Array(rules)) = schema.get_mut("x-kubernetes-validations") {
        rules.push(rule);
    }
}

/// Whether the placement, or what is behind its proxy, is of that form.
fn leg_is(form: &str) -> String {
    format!("has(self.placement.{form}) || self.placement.?proxy.behind.{form}.hasValue()")
}

/// The rules of one endpoint, across its fields.
pub(in crate::api) fn endpoint_rules() -> Value {
    const ADDRESSES: &str = "self.?addresses.orValue([]).size() > 0";
    let engines: Vec<String> = DEFAULT_PORTS
        .iter()
        .map(|(engine, _)| format!("'{engine}'"))
        .collect();
    let vpc_form = |form: &str, list: &str, message: &'static str| {
        (
            format!(
                "!has(self.placement.{form}) || {ADDRESSES} || self.placement.{form}.?{list}.orValue([]).size() > 0"
            ),
            message,
        )
    };
    let needs_addresses = |form: &str, message: &'static str| {
        (
            format!("!has(self.placement.{form}) || {ADDRESSES}"),
            message,
        )
    };
    let subnets =
        "declare addresses, or the subnetIDs of the placement: nothing says where the database is";
    let groups = "declare the securityGroupIDs of the placement: without an address nothing says which groups the database carries";
    cel([
        (
            format!(
                "self.?ports.orValue([]).size() > 0 || has(self.arn) || self.?engine.orValue('') in [{}]",
                engines.join(", ")
            ),
            "declare ports: the engine has no default port",
        ),
        vpc_form("sameVPC", "subnetIDs", subnets),
        vpc_form("otherVPC", "subnetIDs", subnets),
        vpc_form("sameVPC", "securityGroupIDs", groups),
        vpc_form("otherVPC", "securityGroupIDs", groups),
        needs_addresses("internet", "placement internet needs addresses: declare those of the database"),
        needs_addresses("onPremises", "placement onPremises needs addresses: declare those of the database"),
        needs_addresses("proxy", "placement proxy needs addresses: declare those of the database behind the proxy"),
        (
            "!has(self.placement.proxy) || self.?ports.orValue([]).size() <= 1".to_owned(),
            "a proxy listens on one port for one port of the database: declare an endpoint for each port",
        ),
        (
            format!(
                "!(self.?admit.orValue('Auto') in ['PublicIP', 'NATGateway']) || !({} || {} || {})",
                leg_is("sameVPC"), leg_is("otherVPC"), leg_is("onPremises")
            ),
            "admit PublicIP and NATGateway work with placement internet only: use Auto, SecurityGroup, PrivateIP, SubnetCIDR or VPCCIDR",
        ),
        (
            format!(
                "!(self.?admit.orValue('Auto') in ['SecurityGroup', 'PrivateIP', 'SubnetCIDR', 'VPCCIDR']) || !({})",
                leg_is("internet")
            ),
            "over the internet the replication instance is seen by a public address: use admit Auto, PublicIP or NATGateway",
        ),
        (
            "self.?admit.orValue('Auto') != 'SecurityGroup' || !(self.placement.?onPremises.via.gateway.hasValue() || self.placement.?proxy.behind.onPremises.via.gateway.hasValue())".to_owned(),
            "no security group is seen behind a gateway to on-premises: use admit Auto, PrivateIP, SubnetCIDR or VPCCIDR",
        ),
    ])
}
