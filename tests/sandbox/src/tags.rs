//! Tags, and what EC2 accepts as one.

use crate::{error::ApiError, id::Kind, wire::query::Params};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// EC2 User Guide, "Tag restrictions": the most tags that a resource can have.
const MOST: usize = 50;

/// The tags of a resource; in JSON a list of `Key` and `Value`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tags(pub(crate) BTreeMap<String, String>);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

impl Serialize for Tags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(key, value)| Tag {
            key: key.clone(),
            value: value.clone(),
        }))
    }
}

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tags = Option::<Vec<Tag>>::deserialize(deserializer)?.unwrap_or_default();
        Ok(Self(
            tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
        ))
    }
}

impl Tags {
    /// These tags with others set over them.
    ///
    /// EC2 API Reference, CreateTags: a key that is there is overwritten; at most 50 tags per
    /// resource.
    pub(crate) fn and(&self, others: &Tags) -> Result<Tags, ApiError> {
        let mut tags = self.clone();
        tags.0.extend(
            others
                .0
                .iter()
                .map(|(key, value)| (key.clone(), value.clone())),
        );
        if tags.0.len() > MOST {
            return Err(ApiError::new(
                "TagLimitExceeded",
                "The maximum number of tags for the resource is 50.",
            ));
        }
        Ok(tags)
    }

    /// Reads `Tag.1.Key=…&Tag.1.Value=…`.
    pub(crate) fn take(params: &mut Params) -> Result<Tags, ApiError> {
        let mut tags = Tags::default();
        for mut tag in params.groups("Tag")? {
            let key = tag.text("Key")?.unwrap_or_default();
            let value = tag.text("Value")?.unwrap_or_default();
            tag.finish()?;
            check(&key, &value)?;
            if tags.0.insert(key.clone(), value).is_some() {
                return Err(ApiError::value(format!(
                    "Duplicate tag key '{key}' specified."
                )));
            }
        }
        Ok(tags)
    }

    /// Reads the TagSpecifications of a call that creates resources of one kind.
    ///
    /// EC2 API Reference, TagSpecification: the resource type must be the one that the call
    /// creates.
    pub(crate) fn take_specification(params: &mut Params, kind: Kind) -> Result<Tags, ApiError> {
        Self::take_specification_of(params, "TagSpecification", kind)
    }

    /// The same where the parameter has another name.
    pub(crate) fn take_specification_of(
        params: &mut Params,
        name: &str,
        kind: Kind,
    ) -> Result<Tags, ApiError> {
        let mut tags = Tags::default();
        for (index, mut specification) in params.groups(name)?.into_iter().enumerate() {
            let resource_type = specification.required("ResourceType")?;
            if resource_type != kind.resource_type() {
                return Err(ApiError::value(format!(
                    "'{resource_type}' is not a valid taggable resource type for this operation."
                )));
            }
            if index > 0 {
                return Err(ApiError::value(format!(
                    "Duplicate resource type '{resource_type}' specified."
                )));
            }
            tags = Tags::default().and(&Tags::take(&mut specification)?)?;
            specification.finish()?;
        }
        Ok(tags)
    }
}

/// EC2 User Guide, "Tag restrictions": keys of 1 to 128 characters, values of up to 256, `aws:` is
/// AWS's own.
fn check(key: &str, value: &str) -> Result<(), ApiError> {
    if key.is_empty() {
        return Err(ApiError::new(
            "InvalidTagKey.Malformed",
            "Tag key cannot be empty.",
        ));
    }
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(ApiError::value(format!(
            "Tag keys starting with 'aws:' are reserved for internal use: '{key}'"
        )));
    }
    if key.chars().count() > 128 {
        return Err(ApiError::value(format!(
            "Tag key exceeds the maximum length of 128 characters: '{key}'"
        )));
    }
    if value.chars().count() > 256 {
        return Err(ApiError::value(format!(
            "Tag value exceeds the maximum length of 256 characters: '{value}'"
        )));
    }
    Ok(())
}
