//! The names of the members of EC2's answers, in JSON as the AWS CLI prints them and in XML.

use std::{collections::HashMap, sync::LazyLock};

/// What a member of a shape holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// A text, number or truth value.
    Scalar,
    /// A structure of that shape.
    Structure(&'static str),
    /// A list of structures of that shape.
    List(&'static str),
    /// A list of scalars.
    Scalars,
}

/// A member of a shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    /// Its key in JSON.
    pub(crate) json: &'static str,
    /// Its tag in XML.
    pub(crate) xml: &'static str,
    /// What it holds.
    pub(crate) holds: Holds,
}

/// The members of a shape; the answer of an action is the shape of that name. Actions without one
/// answer `return`.
pub(crate) fn members(shape: &str) -> Option<&'static [Member]> {
    SHAPES.get(shape).map(Vec::as_slice)
}

static SHAPES: LazyLock<HashMap<&'static str, Vec<Member>>> = LazyLock::new(|| {
    include_str!("shapes.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.filter_map(member).collect()))
        })
        .collect()
});

fn member(word: &'static str) -> Option<Member> {
    let (json, rest) = word.split_once('=')?;
    let (xml, holds) = if let Some((xml, shape)) = rest.split_once(':') {
        (xml, Holds::Structure(shape))
    } else if let Some((xml, shape)) = rest.strip_suffix(']').and_then(|rest| rest.split_once('['))
    {
        (
            xml,
            if shape.is_empty() {
                Holds::Scalars
            } else {
                Holds::List(shape)
            },
        )
    } else {
        (rest, Holds::Scalar)
    };
    Some(Member { json, xml, holds })
}
