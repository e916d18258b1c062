//! A sandbox in this process, and the smallest client of AWS's protocols.

use dms_network_sandbox::{Sandbox, Settings};
use serde_json::Value;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::mpsc,
    thread,
};

/// A caller of a running sandbox.
#[derive(Clone)]
pub(crate) struct Aws {
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
    pub(crate) token: Option<String>,
    pub(crate) region: String,
}

/// Starts a sandbox with AWS's quotas and no staleness.
pub(crate) fn start() -> Aws {
    start_with(Settings::default())
}

/// Starts a sandbox; it ends with the test process.
pub(crate) fn start_with(settings: Settings) -> Aws {
    let sandbox = Sandbox::new(settings).unwrap();
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            send.send(listener.local_addr().unwrap()).unwrap();
            axum::serve(listener, sandbox.router()).await.unwrap();
        });
    });
    Aws {
        address: receive.recv().unwrap(),
        key: "test".to_owned(),
        token: None,
        region: "eu-west-1".to_owned(),
    }
}

/// An answer of any protocol.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Aws {
    /// The same sandbox as another caller sees it.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self {
            key: key.to_owned(),
            token: None,
            ..self.clone()
        }
    }

    /// An EC2 call.
    pub(crate) fn ec2(&self, action: &str, parameters: &[(&str, &str)]) -> Answer {
        self.query("ec2", "2016-11-15", action, parameters)
    }

    /// The one text with that tag in the answer of an EC2 call that must succeed.
    #[track_caller]
    pub(crate) fn make(&self, action: &str, parameters: &[(&str, &str)], tag: &str) -> String {
        self.ec2(action, parameters).ok().first(tag)
    }

    /// What a Describe call shows under a tag of those that a filter lets pass.
    #[track_caller]
    pub(crate) fn filtered(&self, action: &str, name: &str, value: &str, tag: &str) -> Vec<String> {
        let filter = [("Filter.1.Name", name), ("Filter.1.Value.1", value)];
        self.ec2(action, &filter).ok().all(tag)
    }

    /// The same caller in another Region.
    pub(crate) fn in_region(&self, region: &str) -> Self {
        Self {
            region: region.to_owned(),
            ..self.clone()
        }
    }

    /// A new VPC.
    pub(crate) fn vpc(&self, block: &str) -> String {
        self.make("CreateVpc", &[("CidrBlock", block)], "vpcId")
    }

    /// A new subnet in the first zone.
    pub(crate) fn subnet(&self, vpc: &str, block: &str) -> String {
        let parameters = [("VpcId", vpc), ("CidrBlock", block)];
        self.make("CreateSubnet", &parameters, "subnetId")
    }

    /// The main route table of a VPC.
    pub(crate) fn route_table(&self, vpc: &str) -> String {
        self.filtered("DescribeRouteTables", "vpc-id", vpc, "routeTableId")
            .remove(0)
    }

    /// CreateRoute for an IPv4 block.
    pub(crate) fn route(&self, table: &str, block: &str, target: (&str, &str)) -> Answer {
        let destination = ("DestinationCidrBlock", block);
        self.ec2(
            "CreateRoute",
            &[("RouteTableId", table), destination, target],
        )
    }

    /// The state of the routes of a table that name a target under that tag.
    #[track_caller]
    pub(crate) fn route_state(&self, table: &str, tag: &str) -> Vec<String> {
        let shown = self
            .ec2("DescribeRouteTables", &[("RouteTableId.1", table)])
            .ok();
        let document = roxmltree::Document::parse(&shown.body).unwrap();
        let named = |node: &roxmltree::Node| node.tag_name().name() == tag;
        let state = |target: roxmltree::Node| {
            let mut members = target.parent().unwrap().children();
            let state = members.find(|node| node.tag_name().name() == "state");
            state.unwrap().text().unwrap().to_owned()
        };
        let targets = document.descendants().filter(named);
        targets
            .filter(|target| target.text() != Some("local"))
            .filter(|target| {
                let mut around = target.ancestors();
                around.any(|node| node.tag_name().name() == "routeSet")
            })
            .map(state)
            .collect()
    }

    /// An STS call.
    pub(crate) fn sts(&self, action: &str, parameters: &[(&str, &str)]) -> Answer {
        self.query("sts", "2011-06-15", action, parameters)
    }

    /// A call of a JSON service.
    pub(crate) fn json(&self, service: &str, action: &str, body: &Value) -> (u16, Value) {
        let target = format!(
            "X-Amz-Target: Prefix.{action}\r\n{}",
            self.signature(service)
        );
        let answer = self.http("POST", "/", &target, &body.to_string());
        (answer.status, serde_json::from_str(&answer.body).unwrap())
    }

    /// A call of the sandbox's own endpoints.
    pub(crate) fn admin(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.http(method, &format!("/_sandbox/{path}"), "", &body.to_string());
        (answer.status, serde_json::from_str(&answer.body).unwrap())
    }

    fn query(&self, service: &str, version: &str, action: &str, more: &[(&str, &str)]) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("Action", action)
            .append_pair("Version", version);
        more.iter().for_each(|(name, value)| {
            body.append_pair(name, value);
        });
        self.http("POST", "/", &self.signature(service), &body.finish())
    }

    fn signature(&self, service: &str) -> String {
        let (key, region) = (&self.key, &self.region);
        let mut headers = format!(
            "Authorization: AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, \
             SignedHeaders=host, Signature=00\r\n"
        );
        if let Some(token) = &self.token {
            headers += &format!("X-Amz-Security-Token: {token}\r\n");
        }
        headers
    }

    fn http(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: sandbox\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut text = String::new();
        // An answer that the sandbox was told to lose ends in an error, or at once.
        if stream.read_to_string(&mut text).is_err() {
            text.clear();
        }
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0);
        Answer {
            status,
            body: body.to_owned(),
        }
    }
}

impl Answer {
    /// The answer of a call that must succeed.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{}", self.body);
        self
    }

    /// The code of a call that must fail.
    #[track_caller]
    pub(crate) fn code(&self) -> String {
        assert_ne!(self.status, 200, "{}", self.body);
        self.one("Code")
    }

    /// The texts of all elements with that tag, in order.
    pub(crate) fn all(&self, tag: &str) -> Vec<String> {
        let document = roxmltree::Document::parse(&self.body).unwrap();
        let named = |node: &roxmltree::Node| node.tag_name().name() == tag;
        let text = |node: roxmltree::Node| node.text().unwrap_or_default().to_owned();
        document.descendants().filter(named).map(text).collect()
    }

    /// The text of the one element with that tag.
    #[track_caller]
    pub(crate) fn one(&self, tag: &str) -> String {
        let mut all = self.all(tag);
        assert_eq!(all.len(), 1, "{tag} in {}", self.body);
        all.remove(0)
    }

    /// The text of the first element with that tag.
    #[track_caller]
    pub(crate) fn first(&self, tag: &str) -> String {
        self.all(tag)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("no {tag} in {}", self.body))
    }
}

/// A VPC with a subnet and two groups, `ri` and `db`.
pub(crate) struct Network {
    pub(crate) aws: Aws,
    pub(crate) vpc: String,
    pub(crate) subnet: String,
    pub(crate) ri: String,
    pub(crate) db: String,
}

/// A sandbox with a network in it.
pub(crate) fn network() -> Network {
    network_in(start(), &[("CidrBlock", "10.0.0.0/16")])
}

/// A network made with those parameters of CreateVpc.
pub(crate) fn network_in(aws: Aws, vpc: &[(&str, &str)]) -> Network {
    let vpc = aws.ec2("CreateVpc", vpc).ok().first("vpcId");
    let subnet = aws
        .ec2(
            "CreateSubnet",
            &[("VpcId", &vpc), ("CidrBlock", "10.0.1.0/24")],
        )
        .ok()
        .one("subnetId");
    let ri = group(&aws, &vpc, "ri");
    let db = group(&aws, &vpc, "db");
    Network {
        aws,
        vpc,
        subnet,
        ri,
        db,
    }
}

/// A group with that name.
pub(crate) fn group(aws: &Aws, vpc: &str, name: &str) -> String {
    let parameters = [
        ("GroupName", name),
        ("GroupDescription", "a group"),
        ("VpcId", vpc),
    ];
    aws.ec2("CreateSecurityGroup", &parameters)
        .ok()
        .one("groupId")
}

impl Network {
    /// AuthorizeSecurityGroupIngress on `db` with parameters of the first permission:
    /// `IpProtocol=tcp FromPort=5432 …`.
    pub(crate) fn authorize(&self, permission: &str) -> Answer {
        self.call("AuthorizeSecurityGroupIngress", permission)
    }

    /// A call about `db` with parameters of the first permission.
    pub(crate) fn call(&self, action: &str, permission: &str) -> Answer {
        let mut parameters = vec![("GroupId".to_owned(), self.db.clone())];
        for word in permission.split_whitespace() {
            let (name, value) = word.split_once('=').unwrap();
            parameters.push((format!("IpPermissions.1.{name}"), value.to_owned()));
        }
        self.aws.ec2(action, &pairs(&parameters))
    }

    /// The rules of `db`.
    pub(crate) fn rules(&self) -> Answer {
        let filter = [
            ("Filter.1.Name", "group-id"),
            ("Filter.1.Value.1", &self.db),
        ];
        self.aws.ec2("DescribeSecurityGroupRules", &filter).ok()
    }

    /// The number of ingress rules of `db`.
    pub(crate) fn ingress_rules(&self) -> usize {
        self.rules()
            .all("isEgress")
            .iter()
            .filter(|egress| *egress == "false")
            .count()
    }
}

/// Owned parameters as borrowed ones.
pub(crate) fn pairs(parameters: &[(String, String)]) -> Vec<(&str, &str)> {
    parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}
