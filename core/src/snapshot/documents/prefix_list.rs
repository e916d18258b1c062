//! `ec2 describe-managed-prefix-lists`, `ec2 describe-prefix-lists` and `ec2 get-managed-prefix-list-entries`.

use super::{
    DocumentError, FieldError, Item, Tells,
    field::{cidr, id, or_default},
    tells::region_of_arn,
};
use crate::snapshot::{self, Read};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The call that reads a list's entries.
pub(super) const ENTRIES_CALL: &str = "ec2:GetManagedPrefixListEntries";

/// A prefix list, as either call prints it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrefixList {
    /// Its id.
    pub prefix_list_id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix_list_name: Option<String>,
    /// Its ARN (`describe-managed-prefix-lists`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix_list_arn: Option<String>,
    /// The account that owns it, or `AWS` (`describe-managed-prefix-lists`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// How many entries it may have (`describe-managed-prefix-lists`, a customer's list).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_entries: Option<i64>,
    /// All of its entries (`describe-prefix-lists`, AWS's lists).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidrs: Option<Vec<String>>,
}

/// An entry of a managed prefix list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrefixListEntry {
    /// The block.
    pub cidr: String,
    /// For people.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Option::is_none"
    )]
    pub description: Option<String>,
}

impl Item for PrefixList {
    fn id(&self) -> &str {
        &self.prefix_list_id
    }

    /// A list that is shared with an account tells its owner, not the account: only the Region is sure.
    fn tells(&self) -> Tells<'_> {
        Tells {
            zone: self.prefix_list_arn.as_deref().and_then(region_of_arn),
            ..Tells::default()
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.resource().map(drop)
    }
}

impl PrefixList {
    pub(super) fn resource(&self) -> Result<snapshot::PrefixList, DocumentError> {
        self.typed()
            .map_err(|error| error.of("PrefixLists", &self.prefix_list_id))
    }

    fn typed(&self) -> Result<snapshot::PrefixList, FieldError> {
        let name = self.prefix_list_name.as_deref();
        let aws_owned = match self.owner_id.as_deref() {
            Some(owner) => owner == "AWS",
            None => name.is_some_and(|name| name.starts_with("com.amazonaws.")),
        };
        let maximum = self
            .max_entries
            .map(|number| {
                u32::try_from(number).map_err(|_| {
                    FieldError::new(
                        "MaxEntries",
                        &number.to_string(),
                        "this must be the number of entries that the list may have",
                    )
                })
            })
            .transpose()?;
        Ok(snapshot::PrefixList {
            id: id("PrefixListId", &self.prefix_list_id)?,
            name: self.prefix_list_name.clone(),
            aws_owned,
            weight: maximum.or_else(|| aws_weight(name.filter(|_| aws_owned)?)),
            entries: match &self.cidrs {
                Some(blocks) => Read::Known(nets("Cidrs", blocks.iter().map(String::as_str))?),
                None => Read::not_in_snapshot(ENTRIES_CALL),
            },
        })
    }
}

impl PrefixListEntry {
    /// Reads the value of `Entries`, each of which can be typed.
    pub(in crate::snapshot) fn read(list: &str, value: Value) -> Result<Vec<Self>, DocumentError> {
        let answer: Vec<Self> = serde_path_to_error::deserialize(value).map_err(|error| {
            FieldError::new(
                error.path().to_string(),
                &error.inner().to_string(),
                "write the output of the AWS CLI as it is",
            )
            .of("Entries", list)
        })?;
        entries(list, &answer)?;
        Ok(answer)
    }
}

/// The entries of an answer that does not print whose they are.
pub(super) fn entries(
    list: &str,
    entries: &[PrefixListEntry],
) -> Result<Vec<IpNet>, DocumentError> {
    nets("Cidr", entries.iter().map(|entry| entry.cidr.as_str()))
        .map_err(|error| error.of("Entries", list))
}

/// How many rules a reference to a list of AWS counts as: VPC User Guide, "AWS-managed prefix list weight".
fn aws_weight(name: &str) -> Option<u32> {
    match name.rsplit('.').next()? {
        "s3" | "dynamodb" => Some(1),
        "ec2-instance-connect" => Some(2),
        "s3express" => Some(6),
        "groundstation" | "vpc-lattice" => Some(10),
        "route53-healthchecks" => Some(25),
        "origin-facing" => Some(55),
        _ => None,
    }
}

fn nets<'a>(field: &str, blocks: impl Iterator<Item = &'a str>) -> Result<Vec<IpNet>, FieldError> {
    let mut nets = blocks
        .map(|block| cidr(field, block))
        .collect::<Result<Vec<_>, _>>()?;
    nets.sort_unstable();
    nets.dedup();
    Ok(nets)
}
