//! `explain`: each path of the networks of some files as a trace, from the replication instance to the database and
//! back, with what a person must do. The decisions are those of `plan`; here they are told.
//!
//! Everything but [`run`] is a function of the plan: values in, text out.

mod acts;
mod additions;
mod lanes;
mod mermaid;
mod printable;
mod select;
mod sum;
mod svg;
mod text;
mod wrap;

pub use mermaid::mermaid;
pub use select::SelectError;
pub use svg::svg;
pub use text::text;

use super::{
    decisions::{self, Outcome, QuestionArgs},
    output,
};
use clap::{Args, ValueEnum};
use dms_network_core::api::{NetworkPlan, PlanDocument};
use select::SelectArgs;
use std::io;

/// What is explained.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    #[command(flatten)]
    question: QuestionArgs,

    #[command(flatten)]
    select: SelectArgs,

    /// The form of the explanation
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

/// The form in which the paths are explained.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Form {
    /// For people: gate after gate, and what is to be done
    #[default]
    Text,
    /// For machines: the same object as of the plan
    Json,
    /// One flowchart, for pages that draw Mermaid
    Mermaid,
    /// A picture of one network, for a ticket
    Svg,
}

/// Why nothing is explained.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is decided.
    #[error(transparent)]
    Decisions(#[from] decisions::Error),
    /// The options select nothing that can be shown.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// The standard output takes nothing.
    #[error("the paths cannot be printed ({0}); give the standard output somewhere to go")]
    Output(#[from] io::Error),
}

/// Decides, selects and prints. The outcome is that of what was selected.
///
/// # Errors
/// If the declarations, the snapshot or the account cannot be read, nothing is selected, or the output cannot be
/// written.
pub async fn run(args: &ExplainArgs) -> Result<Outcome, Error> {
    let decided = decisions::decide(&args.question).await?;
    let networks = decided.into_iter().map(|network| network.plan).collect();
    let document = args.select.select(PlanDocument { networks })?;
    let outcome = decisions::outcome(&document.networks);
    output::print(&in_form(args.output, &document)?)?;
    Ok(outcome)
}

fn in_form(form: Form, document: &PlanDocument) -> Result<String, Error> {
    Ok(match form {
        Form::Text => text(document),
        Form::Json => decisions::json(document).map_err(io::Error::other)?,
        Form::Mermaid => mermaid(document),
        Form::Svg => svg(only(document)?),
    })
}

fn only(document: &PlanDocument) -> Result<&NetworkPlan, SelectError> {
    match document.networks.as_slice() {
        [network] => Ok(network),
        networks => Err(SelectError::many(networks)),
    }
}
