//! `snapshot`: saves what the plan looks at, as JSON files in the AWS CLI's form. No file holds a secret: the members
//! that could are not among those that are read.

mod folder;

pub use folder::FolderError;

use crate::{
    aws::{AwsError, Credentials, Session},
    observe::{self, NoSuchVpcs},
};
use clap::Args;
use dms_network_core::api::{Region, VpcId};
use std::{collections::BTreeSet, path::PathBuf};

/// What is saved, and where.
#[derive(Args, Debug)]
pub struct SnapshotArgs {
    /// A VPC to save, with its subnets, groups, ACLs, route tables, interfaces and instances; may be repeated
    ///
    /// The gateways, peerings, transit gateways and prefix lists that lead out of it are saved with it, and the DMS
    /// objects and Elastic IP addresses of the account and Region.
    #[arg(long = "vpc", value_name = "VPC", required = true)]
    vpcs: Vec<VpcId>,

    /// The Region [default: that of the environment or profile]
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,

    /// The profile of the AWS configuration files whose credentials are used
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// The folder to write to: a new or empty one, or one that holds an older snapshot and nothing else
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// A snapshot that cannot be saved.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// AWS refused, or did not answer.
    #[error("{}. {}", .0, .0.remedy())]
    Aws(#[from] AwsError),
    /// A VPC that is not there.
    #[error("{0} is not in this account and Region: correct --vpc, --region or the credentials")]
    NoSuchVpc(VpcId),
    /// The folder cannot be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

impl From<NoSuchVpcs> for SnapshotError {
    fn from(error: NoSuchVpcs) -> Self {
        match error {
            NoSuchVpcs::Aws(error) => Self::Aws(error),
            NoSuchVpcs::NotThere(vpc) => Self::NoSuchVpc(vpc),
        }
    }
}

/// Saves the VPCs. The folder is looked at before AWS is asked anything, and written after all was read.
///
/// # Errors
/// Where the folder holds something else, EC2 does not answer, or a VPC is not there. What a call that is refused would
/// have read is left out, with a warning.
pub async fn run(args: &SnapshotArgs) -> Result<(), SnapshotError> {
    folder::check(&args.output)?;
    let credentials = Credentials {
        profile: args.profile.clone(),
        ..Credentials::default()
    };
    let session = Session::ambient(&credentials, args.region.as_ref()).await?;
    let vpcs: BTreeSet<VpcId> = args.vpcs.iter().cloned().collect();
    let saved = observe::whole_vpcs(&session, &vpcs).await?;
    folder::write(&args.output, &saved.documents)?;
    for error in &saved.unread {
        eprintln!(
            "warning: left out, and so unknown to a plan: {error}. {}",
            error.remedy()
        );
    }
    Ok(())
}
