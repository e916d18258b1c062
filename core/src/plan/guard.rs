//! What the account's owner gave, and the consent of a resource's owner.

use super::Input;
use crate::{
    api::{ALLOWED_NAMESPACES_TAG, Consent, Reason, Refusal, Target, Unit, VpcId},
    scopes::Guardrails,
    snapshot::Tags,
};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

fn refused(
    resource: impl Into<String>,
    evidence: Vec<String>,
    message: String,
    remedy: String,
) -> Refusal {
    Refusal {
        resource: resource.into(),
        reason: Reason::NotAllowedByAccount,
        evidence,
        message,
        remedy: Some(remedy),
    }
}

/// The refusal of a namespace that was given nothing.
pub(super) fn namespace(namespace: &str, given: &Guardrails<'_>) -> Refusal {
    let (message, remedy) = given.not_given_to(namespace);
    let evidence = vec!["spec.allowedNamespaces".into()];
    refused(given.name, evidence, message, remedy)
}

/// The VPC and the tags of the resource that a unit is on.
pub(super) fn vpc_and_tags<'a>(unit: &Unit, input: &Input<'a>) -> Option<(&'a VpcId, &'a Tags)> {
    let scope = input.scopes.of(&unit.target).snapshot;
    match &unit.target {
        Target::SecurityGroupRule(group) => {
            let group = scope.security_groups.known().ok()?.get(group)?;
            Some((&group.vpc_id, &group.tags))
        }
        Target::NetworkACLEntry(acl) => {
            let acl = scope.network_acls.known().ok()?.get(acl)?;
            Some((&acl.vpc_id, &acl.tags))
        }
    }
}

/// Whether the owner of a unit's resource agreed to changes for the object's namespace.
pub(super) fn has_consent(unit: &Unit, input: &Input<'_>) -> bool {
    let guardrails = input.scopes.of(&unit.target).guardrails;
    let asked = guardrails.is_some_and(|given| given.account.consent == Consent::Tag);
    !asked || vpc_and_tags(unit, input).is_some_and(|(_, tags)| consents(tags, input))
}

fn consents(tags: &Tags, input: &Input<'_>) -> bool {
    let qualified = format!("{}/{}", input.owner.name(), input.namespace);
    tags.get(ALLOWED_NAMESPACES_TAG).is_some_and(|value| {
        value
            .split(' ')
            .any(|name| name == input.namespace || name == qualified || name == "*")
    })
}

/// The limit of the account that a unit would break, for a path to a port.
pub(super) fn limit(unit: &Unit, port: u16, input: &Input<'_>) -> Option<Refusal> {
    let Guardrails { name, account, .. } = input.scopes.of(&unit.target).guardrails?;
    let limits = account.limits.as_ref()?;
    let refuse = |field: &str, message: String| {
        let remedy = format!("ask the owner of AWSAccount {name} to widen spec.limits.{field}");
        Some(refused(
            unit.resource(),
            vec![format!("spec.limits.{field}")],
            message,
            remedy,
        ))
    };
    // A proxy listens on a port of its own; answers come to ports that nobody dials.
    let dialled = (unit.from_port == unit.to_port).then_some(unit.from_port);
    let mut ports = [port].into_iter().chain(dialled);
    let is_given = |port: &u16| limits.ports.is_empty() || limits.ports.contains(port);
    if let Some(port) = ports.find(|port| !is_given(port)) {
        return refuse(
            "ports",
            format!("AWSAccount {name} does not let port {port} be opened"),
        );
    }
    let vpc = vpc_and_tags(unit, input).map(|(vpc, _)| vpc);
    if let Some(vpc) = vpc.filter(|vpc| !limits.vpc_ids.is_empty() && !limits.vpc_ids.contains(vpc))
    {
        return refuse(
            "vpcIDs",
            format!(
                "AWSAccount {name} does not let {} in {vpc} be changed",
                unit.resource()
            ),
        );
    }
    let shortest = limits.min_prefix_length?;
    let block = unit.cidr()?;
    let bound = match block {
        IpNet::V4(_) => shortest.ipv4,
        IpNet::V6(_) => shortest.ipv6,
    };
    bound.filter(|bound| block.prefix_len() < *bound).and_then(|bound| {
        refuse(
            "minPrefixLength",
            format!("AWSAccount {name} does not let {block} be opened: a prefix of at least /{bound} is asked for"),
        )
    })
}

/// One refusal in each account and Region for all resources whose owners did not agree, with the command that gives
/// their consent.
pub(super) fn consent<'r>(
    lacking: &'r BTreeSet<&Unit>,
    input: &'r Input<'_>,
) -> impl Iterator<Item = Refusal> + 'r {
    input.scopes.views().filter_map(move |view| {
        let is_here =
            |unit: &&&Unit| std::ptr::eq(input.scopes.of(&unit.target).snapshot, view.snapshot);
        let here = lacking.iter().filter(is_here).copied();
        consent_in_scope(&here.collect(), input)
    })
}

fn consent_in_scope(lacking: &BTreeSet<&Unit>, input: &Input<'_>) -> Option<Refusal> {
    let mut by_value: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for unit in lacking {
        let tags = vpc_and_tags(unit, input).map(|(_, tags)| tags);
        let value = match tags
            .and_then(|tags| tags.get(ALLOWED_NAMESPACES_TAG))
            .map(|value| value.trim())
        {
            Some(value) if !value.is_empty() => format!("{value} {}", input.namespace),
            _ => input.namespace.to_owned(),
        };
        let resources = by_value.entry(value).or_default();
        resources.insert(unit.resource().to_owned());
    }
    let resources: BTreeSet<String> = by_value.values().flatten().cloned().collect();
    let resources: Vec<String> = resources.into_iter().collect();
    // One command where all have the same value yet: create-tags replaces it.
    let commands = by_value.iter().map(|(value, resources)| {
        let resources: Vec<&str> = resources.iter().map(String::as_str).collect();
        format!(
            "aws ec2 create-tags --resources {} --tags 'Key={ALLOWED_NAMESPACES_TAG},Value={value}'",
            resources.join(" ")
        )
    });
    let commands: Vec<String> = commands.collect();
    let message = format!(
        "{} may not be changed for namespace {}: the tag {ALLOWED_NAMESPACES_TAG} does not name it",
        resources.join(", "),
        input.namespace
    );
    Some(refused(
        resources.first()?.clone(),
        resources.clone(),
        message,
        commands.join("; "),
    ))
}
