//! The parameters of a query protocol request: `IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8`.
//!
//! Each handler takes what it knows; what is left over is refused, as EC2 refuses it.

use crate::error::ApiError;
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
enum Node {
    Text(String),
    Inner(BTreeMap<String, Node>),
}

/// The parameters of a request, or of a structure within it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params {
    path: String,
    nodes: BTreeMap<String, Node>,
}

impl Params {
    /// Reads a form-encoded body.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let mut nodes = BTreeMap::new();
        for (key, value) in form_urlencoded::parse(body) {
            insert(&mut nodes, &key, value.into_owned()).ok_or_else(|| {
                ApiError::new(
                    "InvalidQueryParameter",
                    format!("The parameter {key} is both a value and a structure"),
                )
            })?;
        }
        Ok(Self {
            path: String::new(),
            nodes,
        })
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        match self.nodes.remove(name) {
            None => Ok(None),
            Some(Node::Text(text)) => Ok(Some(text)),
            Some(Node::Inner(_)) => Err(self.malformed(name)),
        }
    }

    /// A text that must be there.
    pub(crate) fn required(&mut self, name: &str) -> Result<String, ApiError> {
        self.text(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| ApiError::missing(&self.full(name)))
    }

    /// A whole number.
    pub(crate) fn number(&mut self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let number = text.parse().map_err(|_| {
            ApiError::value(format!(
                "Invalid value '{text}' for {}. Must be a whole number.",
                self.full(name)
            ))
        })?;
        Ok(Some(number))
    }

    /// A truth value.
    pub(crate) fn flag(&mut self, name: &str) -> Result<Option<bool>, ApiError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match text.as_str() {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            _ => Err(ApiError::value(format!(
                "Invalid value '{text}' for {}. Must be true or false.",
                self.full(name)
            ))),
        }
    }

    /// A list of texts: `VpcId.1=…&VpcId.2=…`.
    pub(crate) fn texts(&mut self, name: &str) -> Result<Vec<String>, ApiError> {
        self.items(name)?
            .into_iter()
            .map(|(_, node)| match node {
                Node::Text(text) => Ok(text),
                Node::Inner(_) => Err(self.malformed(name)),
            })
            .collect()
    }

    /// A structure.
    pub(crate) fn group(&mut self, name: &str) -> Result<Option<Params>, ApiError> {
        match self.nodes.remove(name) {
            None => Ok(None),
            Some(Node::Inner(nodes)) => Ok(Some(Self {
                path: self.full(name),
                nodes,
            })),
            Some(Node::Text(_)) => Err(self.malformed(name)),
        }
    }

    /// A list of structures.
    pub(crate) fn groups(&mut self, name: &str) -> Result<Vec<Params>, ApiError> {
        self.items(name)?
            .into_iter()
            .map(|(index, node)| match node {
                Node::Inner(nodes) => Ok(Self {
                    path: format!("{}.{index}", self.full(name)),
                    nodes,
                }),
                Node::Text(_) => Err(self.malformed(name)),
            })
            .collect()
    }

    /// Refuses what nobody took.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        match self.nodes.keys().next() {
            None => Ok(()),
            Some(name) => Err(ApiError::new(
                "UnknownParameter",
                format!("The parameter {} is not recognized", self.full(name)),
            )),
        }
    }

    /// The parameter's name as the caller wrote it.
    pub(crate) fn full(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    fn items(&mut self, name: &str) -> Result<Vec<(u32, Node)>, ApiError> {
        let nodes = match self.nodes.remove(name) {
            None => return Ok(Vec::new()),
            Some(Node::Inner(nodes)) => nodes,
            Some(Node::Text(_)) => return Err(self.malformed(name)),
        };
        let mut items = Vec::with_capacity(nodes.len());
        for (index, node) in nodes {
            items.push((index.parse().map_err(|_| self.malformed(name))?, node));
        }
        items.sort_by_key(|(index, _)| *index);
        Ok(items)
    }

    fn malformed(&self, name: &str) -> ApiError {
        ApiError::new(
            "InvalidQueryParameter",
            format!(
                "The parameter {} has not the form it must have",
                self.full(name)
            ),
        )
    }
}

fn insert(nodes: &mut BTreeMap<String, Node>, key: &str, value: String) -> Option<()> {
    match key.split_once('.') {
        None => nodes
            .insert(key.to_owned(), Node::Text(value))
            .is_none()
            .then_some(()),
        Some((head, rest)) => match nodes
            .entry(head.to_owned())
            .or_insert_with(|| Node::Inner(BTreeMap::new()))
        {
            Node::Inner(inner) => insert(inner, rest, value),
            Node::Text(_) => None,
        },
    }
}
