//! EC2's query protocol (Amazon EC2 API Reference, "Making API requests") over plain HTTP, to set up networks and to
//! look at them from outside: the AWS CLI takes a second for each call.

use dms_network_harness::{ACCESS_KEY_ID, REGION};
use std::{
    io::{Read, Write},
    net::TcpStream,
};

/// A caller of one endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Ec2 {
    address: String,
    key: String,
    token: Option<String>,
    region: String,
}

/// An error that EC2 answered with.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) String);

impl Ec2 {
    /// For an endpoint such as `http://127.0.0.1:20000`.
    pub(crate) fn new(endpoint: &str) -> Self {
        Self {
            address: endpoint.trim_start_matches("http://").to_owned(),
            key: ACCESS_KEY_ID.to_owned(),
            token: None,
            region: REGION.to_owned(),
        }
    }

    /// The same endpoint in another Region.
    pub(crate) fn in_region(&self, region: &str) -> Self {
        Self {
            region: region.to_owned(),
            ..self.clone()
        }
    }

    /// The Region that is spoken to.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The same endpoint as a role of another account sees it.
    pub(crate) fn assume_role(&self, account: &str) -> Self {
        let role = format!("arn:aws:iam::{account}:role/tester");
        let parameters = [("RoleArn", role.as_str()), ("RoleSessionName", "test")];
        let assumed = self.query("sts", "2011-06-15", "AssumeRole", &parameters);
        let assumed = assumed.unwrap();
        Self {
            key: assumed.first("AccessKeyId"),
            token: Some(assumed.first("SessionToken")),
            ..self.clone()
        }
    }

    /// A call that must succeed.
    #[track_caller]
    pub(crate) fn call(&self, action: &str, parameters: &[(&str, &str)]) -> Answer {
        match self.try_call(action, parameters) {
            Ok(answer) => answer,
            Err(Refused(answer)) => panic!("{action} {parameters:?}: {answer}"),
        }
    }

    /// A call that may be refused.
    pub(crate) fn try_call(
        &self,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Answer, Refused> {
        self.query("ec2", "2016-11-15", action, parameters)
    }

    /// One of the sandbox's own endpoints.
    #[track_caller]
    pub(crate) fn sandbox(&self, method: &str, path: &str, body: &serde_json::Value) {
        let path = format!("/_sandbox/{path}");
        let (status, answer) = http(&self.address, method, &path, "", &body.to_string());
        assert_eq!(status, 200, "{method} {path}: {answer}");
    }

    fn query(
        &self,
        service: &str,
        version: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Answer, Refused> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("Action", action)
            .append_pair("Version", version)
            .extend_pairs(parameters);
        let (key, region) = (&self.key, &self.region);
        let mut head = format!(
            "Content-Type: application/x-www-form-urlencoded\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential={key}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=00\r\n"
        );
        if let Some(token) = &self.token {
            head += &format!("X-Amz-Security-Token: {token}\r\n");
        }
        let (status, body) = http(&self.address, "POST", "/", &head, &body.finish());
        if status == 200 {
            Ok(Answer(body))
        } else {
            Err(Refused(body))
        }
    }
}

/// One HTTP/1.0 request on loopback: the status and the body of the answer.
#[track_caller]
pub(crate) fn http(
    address: &str,
    method: &str,
    path: &str,
    head: &str,
    body: &str,
) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\n{head}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// What EC2 answered.
#[derive(Debug)]
pub(crate) struct Answer(String);

impl Answer {
    /// The text of the first element with that tag.
    #[track_caller]
    pub(crate) fn first(&self, tag: &str) -> String {
        let document = roxmltree::Document::parse(&self.0).unwrap();
        let found = document
            .descendants()
            .find(|node| node.tag_name().name() == tag);
        let found = found.unwrap_or_else(|| panic!("no {tag} in {}", self.0));
        found.text().unwrap_or_default().to_owned()
    }

    /// Each item of the list with that tag.
    pub(crate) fn items(&self, list: &str) -> Vec<Item> {
        let document = roxmltree::Document::parse(&self.0).unwrap();
        let found = document
            .root_element()
            .children()
            .find(|node| node.tag_name().name() == list);
        found.into_iter().flat_map(items).collect()
    }
}

/// One element with its children, detached from the document.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    name: String,
    text: String,
    children: Vec<Item>,
}

impl Item {
    fn of(node: roxmltree::Node<'_, '_>) -> Self {
        Self {
            name: node.tag_name().name().to_owned(),
            text: node.text().unwrap_or_default().trim().to_owned(),
            children: node
                .children()
                .filter(roxmltree::Node::is_element)
                .map(Self::of)
                .collect(),
        }
    }

    fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text at a path of tags, where it is there.
    pub(crate) fn get(&self, path: &[&str]) -> Option<&str> {
        let mut place = self;
        for name in path {
            place = place.child(name)?;
        }
        Some(&place.text)
            .filter(|text| !text.is_empty())
            .map(|text| text.as_str())
    }

    /// The text of a child that must be there.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> String {
        let text = self.get(&[name]);
        text.unwrap_or_else(|| panic!("no {name} in {self:?}"))
            .to_owned()
    }

    /// The items of a child that is a list.
    pub(crate) fn list(&self, name: &str) -> &[Self] {
        self.child(name).map_or(&[], |list| &list.children)
    }
}

fn items(list: roxmltree::Node<'_, '_>) -> Vec<Item> {
    list.children()
        .filter(roxmltree::Node::is_element)
        .map(Item::of)
        .collect()
}
