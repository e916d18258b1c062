//! EC2's answers and errors as XML.

use super::shapes::{Holds, Member, members};
use crate::{error::ApiError, reply::Reply};
use serde_json::Value;

const EC2: &str = "http://ec2.amazonaws.com/doc/2016-11-15/";

/// The answer of an EC2 action (EC2 API Reference, "Making requests": the structure of a response).
pub(crate) fn answer(action: &str, reply: &Reply, request_id: &str) -> String {
    let mut out = String::with_capacity(1024);
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<");
    out.push_str(action);
    out.push_str("Response xmlns=\"");
    out.push_str(EC2);
    out.push_str("\">");
    element(&mut out, "requestId", request_id);
    match members(action) {
        None => element(&mut out, "return", "true"),
        Some(shape) => {
            for member in shape {
                match &reply.list {
                    Some((key, items)) if *key == member.json => {
                        let Holds::List(inner) = member.holds else {
                            continue;
                        };
                        list(&mut out, member.xml, inner, items.iter().map(AsRef::as_ref));
                    }
                    _ => value(&mut out, member, reply.fields.get(member.json)),
                }
            }
        }
    }
    out.push_str("</");
    out.push_str(action);
    out.push_str("Response>");
    out
}

/// An EC2 error (EC2 API Reference, "Error codes": the example of an error response).
pub(crate) fn error(error: &ApiError, request_id: &str) -> String {
    let mut out =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>");
    element(&mut out, "Code", &error.code);
    element(&mut out, "Message", &error.message);
    out.push_str("</Error></Errors>");
    element(&mut out, "RequestID", request_id);
    out.push_str("</Response>");
    out
}

/// `<tag>text</tag>`, escaped.
pub(crate) fn element(out: &mut String, tag: &str, text: &str) {
    open(out, tag);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(character),
        }
    }
    close(out, tag);
}

fn structure(out: &mut String, shape: &str, json: &Value) {
    for member in members(shape).unwrap_or_default() {
        value(out, member, json.get(member.json));
    }
}

fn value(out: &mut String, member: &Member, json: Option<&Value>) {
    let Some(json) = json else { return };
    match member.holds {
        Holds::Scalar => scalar(out, member.xml, json),
        Holds::Structure(shape) if json.is_object() => {
            open(out, member.xml);
            structure(out, shape, json);
            close(out, member.xml);
        }
        Holds::List(shape) => list(
            out,
            member.xml,
            shape,
            json.as_array().into_iter().flatten(),
        ),
        Holds::Scalars => {
            open(out, member.xml);
            for item in json.as_array().into_iter().flatten() {
                scalar(out, "item", item);
            }
            close(out, member.xml);
        }
        Holds::Structure(_) => {}
    }
}

fn list<'a>(out: &mut String, tag: &str, shape: &str, items: impl Iterator<Item = &'a Value>) {
    open(out, tag);
    for item in items {
        out.push_str("<item>");
        structure(out, shape, item);
        out.push_str("</item>");
    }
    close(out, tag);
}

fn scalar(out: &mut String, tag: &str, json: &Value) {
    match json {
        Value::String(text) => element(out, tag, text),
        Value::Bool(flag) => element(out, tag, if *flag { "true" } else { "false" }),
        Value::Number(number) => element(out, tag, &number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {}
    }
}

fn open(out: &mut String, tag: &str) {
    out.push('<');
    out.push_str(tag);
    out.push('>');
}

fn close(out: &mut String, tag: &str) {
    out.push_str("</");
    out.push_str(tag);
    out.push('>');
}
