//! `plan`: what the controller would do for the networks of some files, and why. Writes nothing.

mod text;

use super::{
    decisions::{self, Decided, Outcome, QuestionArgs},
    output,
};
use clap::{Args, ValueEnum};
use dms_network_core::api::PlanDocument;
use std::io;

/// What is planned.
#[derive(Args, Debug)]
pub struct PlanArgs {
    #[command(flatten)]
    question: QuestionArgs,

    /// The form of the plan
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

/// The form in which the plan is printed.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Form {
    /// For people
    #[default]
    Text,
    /// For machines; two runs give the same bytes
    Json,
    /// The same, as YAML
    Yaml,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is decided.
    #[error(transparent)]
    Decisions(#[from] decisions::Error),
    /// The plan cannot be printed.
    #[error("the plan cannot be written as YAML ({0}); take -o json")]
    Yaml(#[from] serde_saphyr::SerializeError),
    /// The standard output takes nothing.
    #[error("the plan cannot be printed ({0}); give the standard output somewhere to go")]
    Output(#[from] io::Error),
}

/// Plans and prints.
///
/// # Errors
/// If the declarations, the snapshot or the account cannot be read, or the output cannot be written.
pub async fn run(args: &PlanArgs) -> Result<Outcome, Error> {
    let decided = decisions::decide(&args.question).await?;
    let outcome = decisions::outcome(decided.iter().map(|network| &network.plan));
    output::print(&in_form(args.output, decided)?)?;
    Ok(outcome)
}

fn in_form(form: Form, networks: Vec<Decided>) -> Result<String, Error> {
    match form {
        Form::Text => Ok(text::text(&networks)),
        Form::Json => Ok(decisions::json(&document(networks)).map_err(io::Error::other)?),
        Form::Yaml => Ok(serde_saphyr::to_string(&document(networks))?),
    }
}

fn document(networks: Vec<Decided>) -> PlanDocument {
    PlanDocument {
        networks: networks.into_iter().map(|network| network.plan).collect(),
    }
}
