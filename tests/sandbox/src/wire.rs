//! The forms that requests and answers have on the wire.

pub(crate) mod query;
pub(crate) mod shapes;
pub(crate) mod xml;
