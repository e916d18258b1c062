//! What `plan` says to people.

use crate::fixtures::{DENY, Folder};

#[test]
fn paths_changes_and_the_sum_are_said_in_whole_sentences() {
    let run = Folder::new().plan(&[]);
    assert_eq!(run.code, 2);
    assert_eq!(run.stdout, "migrations/orders: not ready, RulesMissing
  orders-source tcp 5432: subnet-0a (10.0.1.10/32) -> 10.0.4.20/32: Missing
    Forward SecurityGroupIngress sg-0c: Missing SecurityGroupHasNoRules: sg-0c has no ingress rule at all, so tcp 5432 from 10.0.1.10/32 does not pass
    Return NetworkACLEgress acl-0d: Missing NoReturnEntry: no entry of acl-0d permits tcp 32768-60999 to 10.0.1.10/32
  + SecurityGroupRule sg-0c: Ingress tcp 5432 from sg-0a, for orders-source
  + NetworkACLEntry acl-0d: Egress 20000 tcp 1024-65535 to 10.0.1.10/32, for orders-source

Plan: 2 to add, 0 to remove; 1 of 1 paths open after it
");
}

#[test]
fn what_a_person_must_do_is_said_with_the_remedy() {
    let folder = Folder::new();
    folder.add_entries("acl-0a", DENY);
    let run = folder.plan(&[]);
    assert_eq!(run.code, 3);
    assert_eq!(run.stdout, "migrations/orders: not ready, BlockedByDeny
  orders-source tcp 5432: subnet-0a (10.0.1.10/32) -> 10.0.4.20/32: Blocked
    Forward NetworkACLEgress acl-0a: Blocked BlockedByDeny: tcp 5432 to 10.0.4.20/32: Egress entry 90 of acl-0a denies it
      remedy: if egress entry 90 (deny all traffic to 10.0.4.0/24) of acl-0a is not meant for this flow: aws ec2 create-network-acl-entry --network-acl-id acl-0a --egress --rule-number 89 --protocol 6 --port-range From=5432,To=5432 --cidr-block 10.0.4.20/32 --rule-action allow
    Forward SecurityGroupIngress sg-0c: Missing SecurityGroupHasNoRules: sg-0c has no ingress rule at all, so tcp 5432 from 10.0.1.10/32 does not pass
    Return NetworkACLEgress acl-0d: Missing NoReturnEntry: no entry of acl-0d permits tcp 32768-60999 to 10.0.1.10/32
  ! acl-0a: BlockedByDeny: tcp 5432 to 10.0.4.20/32: Egress entry 90 of acl-0a denies it (Egress entry 90)
    remedy: if egress entry 90 (deny all traffic to 10.0.4.0/24) of acl-0a is not meant for this flow: aws ec2 create-network-acl-entry --network-acl-id acl-0a --egress --rule-number 89 --protocol 6 --port-range From=5432,To=5432 --cidr-block 10.0.4.20/32 --rule-action allow

Plan: 0 to add, 0 to remove, 1 refused; 0 of 1 paths open after it
");
}

#[test]
fn an_open_path_is_one_line() {
    let folder = Folder::new();
    folder.open();
    let run = folder.plan(&[]);
    assert_eq!(
        run.stdout,
        "migrations/orders: ready, Permitted
  orders-source tcp 5432: subnet-0a (10.0.1.10/32) -> 10.0.4.20/32: Permitted

Plan: 0 to add, 0 to remove; 1 of 1 paths open after it
"
    );
}

#[test]
fn a_mode_that_writes_nothing_is_said() {
    let folder = Folder::new();
    folder.edit(
        "account.yaml",
        "consent: None",
        "consent: None\n  maxMode: Plan",
    );
    let run = folder.plan(&[]);
    assert_eq!(run.code, 2);
    assert!(
        run.stdout.contains("mode Plan: none of it is written"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_refusal_is_counted_and_its_path_stays_closed() {
    let folder = Folder::new();
    folder.edit("account.yaml", "consent: None", "consent: Tag");
    let run = folder.plan(&[]);
    assert!(
        run.stdout
            .ends_with("Plan: 0 to add, 0 to remove, 1 refused; 0 of 1 paths open after it\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn colours_are_for_terminals_only() {
    let folder = Folder::new();
    let args = ["plan", "-f", "network.yaml", "--snapshot", "snapshot"];
    let colours = |env: &[(&str, &str)]| folder.run_with(&args, "", env).stdout.contains('\u{1b}');
    assert!(
        !colours(&[("TERM", "xterm-256color")]),
        "a pipe is no terminal"
    );
    assert!(colours(&[("CLICOLOR_FORCE", "1")]));
    assert!(!colours(&[("CLICOLOR_FORCE", "0"), ("NO_COLOR", "1")]));
}
