//! What may be wrong with a declaration, or odd.

use serde_json::{Value, json};

/// A mistake: its name and what it makes of a spec.
pub(crate) type Mistake = (&'static str, fn(&mut Value));

pub(crate) const MISTAKES: [Mistake; 20] = [
    ("a subnet that is not there", |spec| {
        push(&mut network(spec)["subnetIDs"], "subnet-0z")
    }),
    ("a subnet of another VPC", |spec| {
        push(&mut network(spec)["subnetIDs"], "subnet-b")
    }),
    ("a group that is not there", |spec| {
        push(&mut network(spec)["securityGroupIDs"], "sg-0z")
    }),
    ("a group of another VPC", |spec| {
        network(spec)["securityGroupIDs"] = json!(["sg-b"])
    }),
    ("a VPC that is not there", |spec| {
        network(spec)["vpcID"] = json!("vpc-0z")
    }),
    ("an address in no subnet", |spec| {
        push(&mut network(spec)["privateIPs"], "10.0.99.5")
    }),
    ("a public address on no interface", |spec| {
        network(spec)["publicIPs"] = json!(["192.0.2.9"])
    }),
    ("a public address", |spec| {
        network(spec)["publicIPs"] = json!(["198.51.100.9"])
    }),
    ("an address that DMS reserves", |spec| {
        endpoint(spec)["addresses"] = json!(["192.168.0.7"])
    }),
    ("an address elsewhere", |spec| {
        endpoint(spec)["addresses"] = json!(["10.9.9.9"])
    }),
    ("an address of the peer", |spec| {
        endpoint(spec)["addresses"] = json!(["10.1.2.20"])
    }),
    ("an address of the site", |spec| {
        endpoint(spec)["addresses"] = json!(["172.16.2.9"])
    }),
    ("another group of the database", |spec| {
        far(spec, |far| far["securityGroupIDs"] = json!(["sg-0z"]));
    }),
    ("a group of the database of another VPC", |spec| {
        far(spec, |far| {
            let here = far.get("vpcID").is_none();
            far["securityGroupIDs"] = json!([if here { "sg-c" } else { "sg-own" }]);
        });
    }),
    ("no groups of the database", |spec| {
        far(spec, |far| far["securityGroupIDs"] = json!([]))
    }),
    ("no port", |spec| {
        endpoint(spec)["ports"] = json!([]);
        endpoint(spec)["engine"] = Value::Null;
    }),
    ("an endpoint that DMS does not know", |spec| {
        endpoint(spec)["ports"] = json!([]);
        endpoint(spec)["engine"] = Value::Null;
        endpoint(spec)["arn"] = json!("arn:aws:dms:eu-west-1:111122223333:endpoint:ORDERS");
    }),
    ("another proxy", |spec| {
        if let Some(host) = endpoint(spec).pointer_mut("/placement/proxy/host") {
            *host = json!({"instanceID": "i-0z", "securityGroupIDs": ["sg-proxy"]});
        }
    }),
    ("another interface of the proxy", |spec| {
        if let Some(host) = endpoint(spec).pointer_mut("/placement/proxy/host") {
            *host = json!({"networkInterfaceID": "eni-0z", "securityGroupIDs": ["sg-proxy"]});
        }
    }),
    ("another instance", |spec| {
        if let Some(host) = endpoint(spec).pointer_mut("/placement/onPremises/via/host") {
            *host = json!({"instanceID": "i-0z", "securityGroupIDs": ["sg-host"]});
        }
    }),
];

fn network(spec: &mut Value) -> &mut Value {
    &mut spec["replicationInstance"]["network"]
}

fn endpoint(spec: &mut Value) -> &mut Value {
    &mut spec["endpoints"][0]
}

fn far(spec: &mut Value, change: impl Fn(&mut Value)) {
    for form in ["sameVPC", "otherVPC"] {
        let pointer = format!("/placement/{form}");
        if let Some(far) = endpoint(spec).pointer_mut(&pointer) {
            change(far);
        }
    }
}

fn push(list: &mut Value, text: &str) {
    list.as_array_mut().unwrap().push(json!(text));
}
