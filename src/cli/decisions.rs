//! What is decided for the networks of some files: what `plan` lists and `explain` tells. Writes nothing.

mod decide;
mod declarations;
mod live;

pub(super) use decide::Decided;
pub use declarations::{Place, Problem};
pub use live::LiveError;

use super::files::{self, File, FileError};
use clap::Args;
use decide::Question;
use declarations::Declarations;
use dms_network_core::{
    api::{NetworkPlan, PlanDocument, Verdict},
    claims::{EntryRange, Owner, owner::OwnerError},
    snapshot::{
        Snapshot,
        read::{ReadError, read},
    },
};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// The owner without `--owner`: a name whose claims nobody has.
const NO_OWNER: &str = "plan-without-owner";
/// Its slice of entry numbers.
const NO_OWNER_ENTRY_RANGE: &str = "20000-20049";

/// What is decided, on what.
#[derive(Args, Debug)]
pub struct QuestionArgs {
    /// YAML or JSON files, folders of them (with their subfolders), or - for the standard input
    ///
    /// MigrationNetwork and AWSAccount documents are read, and the labels of v1 Namespaces for
    /// allowedNamespaces; other kinds are passed over. With any AWSAccount each network needs its own among the
    /// files; with none, it is planned without guardrails. A status is taken as what the network holds.
    #[arg(short, long = "filename", value_name = "FILE|DIR|-", required = true)]
    filenames: Vec<PathBuf>,

    /// A folder of JSON files as the AWS CLI prints them; without it the live account is read
    #[arg(long, value_name = "DIR")]
    snapshot: Option<PathBuf>,

    /// The deployment whose claims are ours
    ///
    /// Without it every claim is another's, and network ACL entries are numbered from 20000.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,

    /// The numbers of our network ACL entries, within 20000-20999 [default: by the hash of the owner]
    #[arg(long, value_name = "FIRST-LAST")]
    acl_entry_range: Option<EntryRange>,
}

/// What the plans come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Nothing is to be done, but for what others must allow.
    NothingToDo,
    /// Changes are pending.
    ChangesPending,
    /// Something is blocked, unknown or refused.
    Held,
}

/// Why nothing is decided.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The files do not declare what can be planned.
    #[error("{}", lines(.0))]
    Declarations(Vec<Problem>),
    /// A file of the snapshot cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file of the snapshot is not UTF-8.
    #[error("{}: not UTF-8; write what the AWS CLI prints in UTF-8", .0.display())]
    NotUtf8(PathBuf),
    /// A file of the snapshot is not what the AWS CLI prints.
    #[error("--snapshot {}: {source}", folder.display())]
    Snapshot {
        /// The snapshot's folder.
        folder: PathBuf,
        /// The file, and what is wrong with it.
        source: Box<ReadError>,
    },
    /// The account cannot be read.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// `--owner` names no deployment.
    #[error("--owner: {0}")]
    Owner(#[from] OwnerError),
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\nerror: ")
}

/// Decides for every declared network, in the order of namespace and name. What is left out is said on the standard
/// error.
///
/// # Errors
/// If the declarations, the snapshot or the account cannot be read.
pub(super) async fn decide(args: &QuestionArgs) -> Result<Vec<Decided>, Error> {
    let owner = owner(args)?;
    let declarations =
        Declarations::read(files_of(&args.filenames)).map_err(Error::Declarations)?;
    remark(&declarations);
    let snapshot = match &args.snapshot {
        Some(folder) => {
            let snapshot = read_snapshot(folder)?;
            remark_on_regions(&declarations, &snapshot);
            snapshot
        }
        None => live::observe(&declarations).await?,
    };
    let question = Question {
        declarations: &declarations,
        snapshot: &snapshot,
        owner: &owner,
        now: Timestamp::now(),
    };
    Ok(question.decide())
}

fn owner(args: &QuestionArgs) -> Result<Owner, OwnerError> {
    match &args.owner {
        Some(name) => Owner::new(name, args.acl_entry_range),
        None => {
            let range = args
                .acl_entry_range
                .or_else(|| NO_OWNER_ENTRY_RANGE.parse().ok());
            Owner::new(NO_OWNER, range)
        }
    }
}

/// Every file that is named, and every file of a folder that is named.
fn files_of(names: &[PathBuf]) -> Vec<Result<File, FileError>> {
    names
        .iter()
        .flat_map(|name| {
            if !name.is_dir() {
                return vec![files::read(name)];
            }
            match files::below(name, &["yaml", "yml", "json"]) {
                Ok(paths) => paths.iter().map(|path| files::read(path)).collect(),
                Err(error) => vec![Err(error)],
            }
        })
        .collect()
}

/// Says on the standard error what the plan leaves out.
fn remark(declarations: &Declarations) {
    if !declarations.ignored.is_empty() {
        let kinds = declarations.ignored.iter();
        let kinds: Vec<String> = kinds
            .map(|(kind, count)| format!("{kind} ({count})"))
            .collect();
        eprintln!(
            "note: documents of other kinds are passed over: {}",
            kinds.join(", ")
        );
    }
    if declarations.accounts.is_empty() {
        eprintln!("note: no AWSAccount is declared: planned without guardrails");
    }
}

/// Says where a snapshot holds nothing of a network's account and Region, so that its plan knows nothing.
fn remark_on_regions(declarations: &Declarations, snapshot: &Snapshot) {
    for (name, network) in &declarations.networks {
        let spec = &network.spec;
        let account = declarations.accounts.get(spec.account_ref.name.as_str());
        let id = account.map(|account| &account.spec.account_id);
        if snapshot.scope(id, &spec.region, None).is_none() {
            let account = id.map(|id| format!(" of account {id}")).unwrap_or_default();
            let region = &spec.region;
            eprintln!("note: the snapshot holds nothing{account} in {region}, where {name} is");
        }
    }
}

fn read_snapshot(folder: &Path) -> Result<Snapshot, Error> {
    let mut failed = None;
    // One file after the other: a snapshot that is too large is refused before all of it was read.
    let texts = files::below(folder, &["json"])?
        .into_iter()
        .map_while(|path| {
            let text = text_of(&path).map_err(|error| failed = Some(error)).ok()?;
            let name = path.strip_prefix(folder).unwrap_or(&path);
            Some((name.to_string_lossy().into_owned(), text))
        });
    let snapshot = read(texts).map_err(|source| Error::Snapshot {
        folder: folder.to_owned(),
        source: Box::new(source),
    });
    failed.map_or(snapshot, Err)
}

fn text_of(path: &Path) -> Result<String, Error> {
    let file = files::read(path)?;
    String::from_utf8(file.bytes).map_err(|_| Error::NotUtf8(path.to_owned()))
}

/// What several plans come to: the worst of them.
pub(super) fn outcome<'a>(plans: impl IntoIterator<Item = &'a NetworkPlan>) -> Outcome {
    let outcomes = plans.into_iter().map(|plan| {
        let held = plan
            .paths
            .iter()
            .any(|path| path.verdict >= Verdict::Unknown);
        if held || !plan.refusals.is_empty() {
            Outcome::Held
        } else if plan.additions.is_empty() && plan.removals.is_empty() {
            Outcome::NothingToDo
        } else {
            Outcome::ChangesPending
        }
    });
    outcomes.max().unwrap_or(Outcome::NothingToDo)
}

/// The plans as JSON, for machines.
///
/// # Errors
/// None that a plan can cause.
pub(super) fn json(document: &PlanDocument) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(document)?;
    text.push('\n');
    Ok(text)
}
