//! The examples at the end of each help text.

/// The examples of a subcommand, for the name by which the program was called; the empty name is the program itself.
pub(super) fn of(subcommand: &str, program: &str) -> Option<String> {
    let lines: &[(&str, &str)] = match subcommand {
        "" => &[
            (
                "plan -f network.yaml",
                "What would be added for a network, on the live account",
            ),
            (
                "snapshot --vpc vpc-0a1b2c3d --region eu-west-1 -o snapshot/",
                "Save what the plan looks at",
            ),
            (
                "crds | kubectl apply --server-side -f -",
                "Install the custom resources",
            ),
        ],
        "run" => &[
            ("run", "Run in a cluster, or against the current kubeconfig"),
            (
                "run --owner prod-eu1 --log-format json",
                "One of several deployments that share AWS accounts",
            ),
        ],
        "crds" => &[
            (
                "crds | kubectl apply --server-side -f -",
                "Install the custom resources",
            ),
            ("crds --output crds/", "Write one file for each"),
        ],
        "plan" => &[
            (
                "plan -f network.yaml -f account.yaml",
                "Plan on the live account",
            ),
            (
                "plan -f deploy/ --snapshot snapshot/ -o json",
                "Plan on saved answers of AWS, for machines",
            ),
            (
                "plan -f - --owner prod-eu1 < network.yaml",
                "Count the claims of a deployment as ours",
            ),
            (
                "plan -f deploy/ --snapshot snapshot/; echo $?",
                "Fail a pipeline on what the exit code says",
            ),
        ],
        "explain" => &[
            (
                "explain -f deploy/ --snapshot snapshot/",
                "Why a connection does not come about, on saved answers of AWS",
            ),
            (
                "explain -f network.yaml -f account.yaml --endpoint orders-source",
                "The paths of one endpoint, on the live account",
            ),
            (
                "explain -f deploy/ --snapshot snapshot/ --network orders -o svg > orders.svg",
                "A picture for a ticket",
            ),
            (
                "explain -f deploy/ --snapshot snapshot/ -o mermaid > paths.mmd",
                "A flowchart for a page that draws Mermaid",
            ),
        ],
        "snapshot" => &[(
            "snapshot --vpc vpc-0a1b2c3d --region eu-west-1 -o snapshot/",
            "Save one VPC of the current credentials' account",
        )],
        "orphans" => &[
            ("orphans", "What this cluster's deployment left behind"),
            (
                "orphans --owner prod-eu1 -o json",
                "The same of a named deployment, for machines",
            ),
        ],
        "completions" => &[
            (
                "completions bash > /etc/bash_completion.d/dms-network-controller",
                "For bash",
            ),
            (
                "completions zsh > \"${fpath[1]}/_dms-network-controller\"",
                "For zsh",
            ),
        ],
        _ => return None,
    };
    let mut text = "Examples:".to_owned();
    for (command, what) in lines {
        text.push_str(&format!("\n  # {what}\n  {program} {command}"));
    }
    if matches!(subcommand, "plan" | "explain") {
        text.push_str(EXIT_CODES);
    }
    Some(text)
}

const EXIT_CODES: &str = "

Exit codes:
  0  nothing to do (what others must allow does not count)
  1  error: the file, the field and the remedy are on the standard error
  2  changes pending
  3  something is blocked, unknown or refused";
