//! Changes inputs: mostly the trees of the documents in them, sometimes their bytes.

mod tree;
mod values;

use crate::{files::Files, random::Random};
use serde_json::Value;

/// How many changes are made at once, at most.
const MOST_CHANGES: usize = 4;

/// Another input like `data`, of at most `max` bytes; the same for the same seed. Where the change does not fit, and
/// where `data` holds no document, bytes are changed.
#[must_use]
pub fn mutate(data: &[u8], seed: u64, max: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    let changed = match std::str::from_utf8(data) {
        Ok(text) if !random.one_in(8) => of_documents(text, &mut random),
        _ => None,
    };
    let changed = changed.filter(|text| text.len() <= max);
    changed.map_or_else(|| of_bytes(data, &mut random, max), String::into_bytes)
}

/// [`mutate`] for libFuzzer: changes the first `size` bytes of `data` in place, and tells how many there are then.
/// Changes of bytes are left to libFuzzer, which knows what the target compares them with.
pub fn mutate_in_place(
    data: &mut [u8],
    size: usize,
    max: usize,
    seed: u32,
    bytes: impl Fn(&mut [u8], usize, usize) -> usize,
) -> usize {
    let mut random = Random::new(seed.into());
    let text = data.get(..size).map(std::str::from_utf8);
    let changed = match text {
        Some(Ok(text)) if !random.one_in(8) => of_documents(text, &mut random),
        _ => None,
    };
    match changed.filter(|text| text.len() <= max) {
        Some(text) => {
            for (place, byte) in data.iter_mut().zip(text.bytes()) {
                *place = byte;
            }
            text.len()
        }
        None => bytes(data, size, max),
    }
}

/// The documents of one file of an input.
struct Documents {
    file: usize,
    values: Vec<Value>,
}

fn of_documents(text: &str, random: &mut Random) -> Option<String> {
    let is_folder = text.starts_with("=== ");
    let mut files = Files::read(text);
    let mut documents: Vec<Documents> = Vec::new();
    for (file, (_, text)) in files.0.iter().enumerate() {
        if let Some(values) = values_of(text) {
            documents.push(Documents { file, values });
        }
    }
    let everything: Vec<Value> = documents
        .iter()
        .flat_map(|documents| documents.values.clone())
        .collect();
    let changes = 1 + random.below(MOST_CHANGES);
    for _ in 0..changes {
        if is_folder && random.one_in(24) {
            change_files(&mut files, &mut documents, random);
            continue;
        }
        let place = random.below(documents.len());
        let documents = documents.get_mut(place)?;
        let place = random.below(documents.values.len());
        tree::change(documents.values.get_mut(place)?, &everything, random);
    }
    for Documents { file, values } in &documents {
        if let Some((_, text)) = files.0.get_mut(*file) {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            *text = values.join("\n---\n");
        }
    }
    if is_folder {
        return Some(files.to_string());
    }
    files.0.into_iter().next().map(|(_, text)| text)
}

/// The documents of a JSON or YAML file; none where it is neither.
fn values_of(text: &str) -> Option<Vec<Value>> {
    let values = match serde_json::from_str(text) {
        Ok(value) => vec![value],
        Err(_) => serde_saphyr::from_multiple(text).ok()?,
    };
    (!values.is_empty()).then_some(values)
}

/// Takes a file away, puts it elsewhere, or has it twice.
fn change_files(files: &mut Files, documents: &mut Vec<Documents>, random: &mut Random) {
    let place = random.below(files.0.len());
    let Some((path, text)) = files.0.get(place).cloned() else {
        return;
    };
    let name = path.rsplit('/').next().unwrap_or_default();
    match random.below(3) {
        0 => {
            files.0.remove(place);
            documents.retain(|documents| documents.file != place);
            for documents in documents
                .iter_mut()
                .filter(|documents| documents.file > place)
            {
                documents.file -= 1;
            }
        }
        1 => files
            .0
            .push((format!("444455556666/eu-west-1/{name}"), text)),
        _ => {
            let name = random
                .of(&values::FILES)
                .copied()
                .unwrap_or(name)
                .to_owned();
            if let Some((path, _)) = files.0.get_mut(place) {
                *path = name;
            }
        }
    }
}

/// Replaces, inserts, repeats or takes out bytes.
fn of_bytes(data: &[u8], random: &mut Random, max: usize) -> Vec<u8> {
    let mut bytes = data.to_vec();
    for _ in 0..=random.below(MOST_CHANGES) {
        let from = random.below(bytes.len());
        let to = bytes.len().min(from + 1 + random.below(16));
        let some = bytes.get(from..to).map(<[u8]>::to_vec).unwrap_or_default();
        match random.below(4) {
            0 => drop(bytes.drain(from..to)),
            1 => drop(bytes.splice(from..from, some.repeat(1 + random.below(64)))),
            2 => bytes.insert(from, u8::try_from(random.below(256)).unwrap_or_default()),
            _ => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    bytes.truncate(max);
    bytes
}
