//! Changes the tree of a document in one place.

use super::values::{NAMES, NUMBERS, TEXTS};
use crate::random::Random;
use serde_json::{Map, Value, json};

/// Changes one place of `tree`. What it takes from elsewhere, it takes from `everything`.
pub(super) fn change(tree: &mut Value, everything: &[Value], random: &mut Random) {
    let place = random.below(size(tree));
    let Some((name, value)) = nth(None, tree, &mut { place }) else {
        return;
    };
    let name = name.map(str::to_owned);
    match random.below(16) {
        0..4 => tweak(value, random),
        4..7 => borrow(value, name.as_deref(), everything, random),
        7..9 => shrink(value, random),
        9..12 => grow(value, random),
        12 => *value = scalar(random),
        13 => reorder(value, random),
        14 => add_member(value, everything, random),
        _ => retype(value, random),
    }
}

/// How many values a tree has.
fn size(tree: &Value) -> usize {
    1 + match tree {
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(members) => members.values().map(size).sum(),
        _ => 0,
    }
}

/// The value that comes after `left` others in a tree, with the name of the member that holds it.
fn nth<'t>(
    name: Option<&'t str>,
    tree: &'t mut Value,
    left: &mut usize,
) -> Option<(Option<&'t str>, &'t mut Value)> {
    let Some(rest) = left.checked_sub(1) else {
        return Some((name, tree));
    };
    *left = rest;
    match tree {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(name, item, left)),
        Value::Object(members) => members
            .iter_mut()
            .find_map(|(name, value)| nth(Some(name), value, left)),
        _ => None,
    }
}

/// The values of the members of a name.
fn named<'t>(name: &str, tree: &'t Value, found: &mut Vec<&'t Value>) {
    match tree {
        Value::Array(items) => items.iter().for_each(|item| named(name, item, found)),
        Value::Object(members) => {
            for (member, value) in members {
                if member == name {
                    found.push(value);
                }
                named(name, value, found);
            }
        }
        _ => {}
    }
}

fn all<'t>(tree: &'t Value, found: &mut Vec<&'t Value>) {
    found.push(tree);
    match tree {
        Value::Array(items) => items.iter().for_each(|item| all(item, found)),
        Value::Object(members) => members.values().for_each(|value| all(value, found)),
        _ => {}
    }
}

fn scalar(random: &mut Random) -> Value {
    match random.below(8) {
        0 => Value::Null,
        1 => random.one_in(2).into(),
        2..5 => random.of(&NUMBERS).copied().into(),
        _ => random.of(&TEXTS).copied().into(),
    }
}

/// A value near to this one.
fn tweak(value: &mut Value, random: &mut Random) {
    match value {
        Value::Null => *value = scalar(random),
        Value::Bool(is) => *is = !*is,
        Value::Number(number) => {
            let near = [-1, 1, -64, 64, 1024].get(random.below(5)).copied();
            let number = number.as_i64().unwrap_or_default();
            *value = match near {
                Some(near) if !random.one_in(2) => number.saturating_add(near).into(),
                _ => random.of(&NUMBERS).copied().into(),
            };
        }
        Value::String(text) => *text = near_text(text, random),
        Value::Array(items) => {
            let place = random.below(items.len());
            if let Some(item) = items.get_mut(place) {
                tweak(item, random);
            }
        }
        Value::Object(members) => {
            let place = random.below(members.len());
            if let Some(member) = members.values_mut().nth(place) {
                tweak(member, random);
            }
        }
    }
}

/// Another length of a block, another number or letter in a text.
fn near_text(text: &str, random: &mut Random) -> String {
    if let Some((address, _)) = text.rsplit_once('/')
        && random.one_in(2)
    {
        let most = if address.contains(':') { 129 } else { 34 };
        return format!("{address}/{}", random.below(most));
    }
    let mut letters: Vec<char> = text.chars().collect();
    let place = random.below(letters.len() + 1);
    let digit = char::from_digit(u32::try_from(random.below(16)).unwrap_or_default(), 16);
    match (random.below(8), letters.get_mut(place), digit) {
        (0..5, Some(letter), Some(digit)) => *letter = digit,
        (5, Some(_), _) => drop(letters.remove(place)),
        (6, _, _) => letters.extend(letters.clone()),
        (_, _, Some(digit)) => letters.insert(place, digit),
        _ => {}
    }
    letters.into_iter().collect()
}

/// The value that stands elsewhere under the same name, or anywhere.
fn borrow(value: &mut Value, name: Option<&str>, everything: &[Value], random: &mut Random) {
    let mut found = Vec::new();
    for tree in everything {
        match name.filter(|_| !random.one_in(4)) {
            Some(name) => named(name, tree, &mut found),
            None => all(tree, &mut found),
        }
    }
    if let Some(&other) = random.of(&found) {
        *value = other.clone();
    }
}

/// Takes an item or member out.
fn shrink(value: &mut Value, random: &mut Random) {
    match value {
        Value::Array(items) if !items.is_empty() => drop(items.remove(random.below(items.len()))),
        Value::Object(members) => {
            let place = random.below(members.len());
            if let Some(name) = members.keys().nth(place).cloned() {
                members.remove(&name);
            }
        }
        _ => *value = Value::Null,
    }
}

/// Repeats an item of a list, each time a little different.
fn grow(value: &mut Value, random: &mut Random) {
    let Value::Array(items) = value else {
        return tweak(value, random);
    };
    let times = match random.below(8) {
        0 => random.below(200),
        1..4 => random.below(12),
        _ => 1,
    };
    let Some(item) = random.of(items).cloned() else {
        return items.push(scalar(random));
    };
    for _ in 0..times {
        let mut another = item.clone();
        for _ in 0..random.below(4) {
            tweak(&mut another, random);
        }
        items.push(another);
    }
}

fn reorder(value: &mut Value, random: &mut Random) {
    if let Value::Array(items) = value {
        for place in (1..items.len()).rev() {
            items.swap(place, random.below(place + 1));
        }
    }
}

/// Gives an object a member that it does not have.
fn add_member(value: &mut Value, everything: &[Value], random: &mut Random) {
    let name = random.of(&NAMES).copied().unwrap_or_default();
    let mut member = scalar(random);
    borrow(&mut member, Some(name), everything, random);
    match value {
        Value::Object(members) => drop(members.insert(name.to_owned(), member)),
        _ => *value = member,
    }
}

/// The same in another type, or deep inside of others.
fn retype(value: &mut Value, random: &mut Random) {
    let inner = value.take();
    *value = match random.below(6) {
        0 => json!([inner]),
        1 => Value::Object(Map::from_iter([("items".to_owned(), inner)])),
        2 => inner.to_string().into(),
        3 => json!(1e300),
        4 => (0..random.below(140)).fold(inner, |inner, _| json!([inner])),
        _ => match inner {
            Value::Array(items) => items.into_iter().next().unwrap_or_default(),
            Value::Object(members) => members.into_values().collect(),
            other => other,
        },
    };
}
