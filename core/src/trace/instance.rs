//! The replication instance: looked up in DMS, or described by hand.

use super::{endpoint::holds, say};
use crate::{
    api::{
        AccountId, Client, MigrationNetworkSpec, Reason, ReplicationInstanceForm, Scope,
        SecurityGroupId, SubnetId, VpcId,
    },
    snapshot::{ScopeSnapshot, Unread, UnreadCause},
};
use ipnet::IpNet;
use std::net::IpAddr;

/// Why there is no replication instance to start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The reason.
    pub reason: Reason,
    /// What was looked up.
    pub resource: String,
    /// What was found.
    pub message: String,
}

impl Unresolved {
    /// An AWSAccount that names another account `now` than where rules were written; none where it does not.
    pub fn account_changed<'s>(
        written: impl IntoIterator<Item = &'s Scope>,
        name: &str,
        now: &AccountId,
    ) -> Option<Self> {
        let mut written = written.into_iter();
        let before =
            written.find(|scope| scope.account_ref.as_str() == name && scope.account_id != *now)?;
        let message = format!(
            "AWSAccount {name} was account {} when rules were written there, and is account {now} now",
            before.account_id
        );
        Some(Self::new(Reason::AccountChanged, name, message))
    }

    fn new(reason: Reason, resource: &str, message: String) -> Self {
        Self {
            reason,
            resource: resource.to_owned(),
            message,
        }
    }

    fn unread(resource: &str, unread: &Unread) -> Self {
        match &unread.cause {
            UnreadCause::NotInSnapshot => Self::new(
                Reason::NotObserved,
                resource,
                format!(
                    "{} was not read: the snapshot holds no output of {}",
                    unread.call,
                    say::command(unread.call)
                ),
            ),
            UnreadCause::Denied(error) => Self::new(
                Reason::AccessDenied,
                resource,
                format!("{} was refused: {error}", unread.call),
            ),
            UnreadCause::Partial => Self::new(
                Reason::NotObserved,
                resource,
                format!("{} gave only a part of the list", unread.call),
            ),
        }
    }
}

/// The network of a replication instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its VPC.
    pub vpc_id: VpcId,
    /// The subnets of its subnet group, sorted: one at least.
    pub subnet_ids: Vec<SubnetId>,
    /// Its groups, the preferred one first.
    pub security_group_ids: Vec<SecurityGroupId>,
    /// Its private addresses, as far as they are known, sorted.
    pub private_ips: Vec<IpAddr>,
    /// Its public addresses, as far as they are known, sorted.
    pub public_ips: Vec<IpAddr>,
    /// Whether a person declared them; else DMS tells them.
    pub by_hand: bool,
    /// The name of the zone whose address is not known, of a Multi-AZ instance.
    pub silent_zone: Option<String>,
}

impl Instance {
    /// Where its paths start as far as that is known, for those that end before they begin.
    pub(super) fn somewhere(&self, addresses: Vec<IpNet>) -> Option<Client> {
        let subnet_id = self.subnet_ids.first()?.clone();
        Some(Client {
            subnet_id,
            addresses,
        })
    }
}

/// The replication instance that a declaration names.
///
/// # Errors
/// Where DMS does not know it, or what it knows was not read.
pub fn resolve(spec: &MigrationNetworkSpec, scope: &ScopeSnapshot) -> Result<Instance, Unresolved> {
    let mut instance = declared(spec, scope)?;
    instance.subnet_ids.sort();
    instance.subnet_ids.dedup();
    instance.private_ips.sort();
    instance.private_ips.dedup();
    instance.public_ips.sort();
    instance.public_ips.dedup();
    if instance.subnet_ids.is_empty() {
        let message = "the replication instance has no subnet yet".to_owned();
        return Err(Unresolved::new(
            Reason::ReplicationInstanceNotReady,
            "spec.replicationInstance",
            message,
        ));
    }
    Ok(instance)
}

fn declared(spec: &MigrationNetworkSpec, scope: &ScopeSnapshot) -> Result<Instance, Unresolved> {
    let field = "spec.replicationInstance";
    let form = spec
        .replication_instance
        .form(field)
        .map_err(|error| Unresolved::new(Reason::SpecNotUnderstood, field, error.to_string()))?;
    match form {
        ReplicationInstanceForm::Network(network) => Ok(Instance {
            vpc_id: network.vpc_id.clone(),
            subnet_ids: network.subnet_ids.clone(),
            security_group_ids: network.security_group_ids.clone(),
            private_ips: network.private_ips.iter().map(|ip| ip.addr()).collect(),
            public_ips: network.public_ips.iter().map(|ip| ip.addr()).collect(),
            by_hand: true,
            silent_zone: None,
        }),
        ReplicationInstanceForm::Instance(identifier) => looked_up(identifier.as_ref(), scope),
        ReplicationInstanceForm::Serverless(arn) => {
            let name = arn.as_str();
            let configs = scope
                .replication_configs
                .known()
                .map_err(|unread| Unresolved::unread(name, unread))?;
            let config = configs.get(arn).ok_or_else(|| {
                Unresolved::new(
                    Reason::ReplicationInstanceNotFound,
                    name,
                    format!("DMS knows no replication configuration {name}"),
                )
            })?;
            let (vpc_id, subnet_ids) = subnet_group(config.subnet_group.as_deref(), name, scope)?;
            Ok(Instance {
                vpc_id,
                subnet_ids,
                security_group_ids: config.security_group_ids.clone(),
                private_ips: Vec::new(),
                public_ips: Vec::new(),
                by_hand: false,
                silent_zone: None,
            })
        }
    }
}

fn looked_up(identifier: &str, scope: &ScopeSnapshot) -> Result<Instance, Unresolved> {
    let instances = scope
        .replication_instances
        .known()
        .map_err(|unread| Unresolved::unread(identifier, unread))?;
    let found = instances
        .get(&identifier.to_ascii_lowercase())
        .ok_or_else(|| {
            let message = format!(
                "DMS knows no replication instance {identifier} in this account and Region"
            );
            Unresolved::new(Reason::ReplicationInstanceNotFound, identifier, message)
        })?;
    let not_ready = |what: &str| {
        let message = format!(
            "replication instance {identifier} is {}: {what}",
            found.status
        );
        Unresolved::new(Reason::ReplicationInstanceNotReady, identifier, message)
    };
    if matches!(
        found.status.as_str(),
        "creating" | "deleting" | "failed" | "incompatible-network"
    ) {
        return Err(not_ready("its network is not settled"));
    }
    let vpc_id = found
        .vpc_id
        .clone()
        .ok_or_else(|| not_ready("it has no VPC yet"))?;
    let subnet_ids: Vec<SubnetId> = found
        .subnets
        .iter()
        .map(|(subnet, _)| subnet.clone())
        .collect();
    let zone_of = |ip: &IpAddr| {
        let subnets = scope.subnets.known().ok()?;
        let holder = subnet_ids
            .iter()
            .filter_map(|id| subnets.get(id))
            .find(|subnet| holds(subnet, *ip));
        holder.and_then(|subnet| subnet.availability_zone.clone())
    };
    let silent_zone = found.secondary_availability_zone.clone().filter(|zone| {
        found.multi_az
            && found
                .private_ips
                .iter()
                .all(|ip| zone_of(ip).as_ref() != Some(zone))
    });
    Ok(Instance {
        vpc_id,
        subnet_ids,
        security_group_ids: found.security_group_ids.clone(),
        private_ips: found.private_ips.clone(),
        public_ips: found.public_ips.clone(),
        by_hand: false,
        silent_zone,
    })
}

fn subnet_group(
    group: Option<&str>,
    resource: &str,
    scope: &ScopeSnapshot,
) -> Result<(VpcId, Vec<SubnetId>), Unresolved> {
    let not_ready =
        |message: String| Unresolved::new(Reason::ReplicationInstanceNotReady, resource, message);
    let name =
        group.ok_or_else(|| not_ready(format!("{resource} names no replication subnet group")))?;
    let groups = scope
        .replication_subnet_groups
        .known()
        .map_err(|unread| Unresolved::unread(resource, unread))?;
    let group = groups
        .get(&name.to_ascii_lowercase())
        .ok_or_else(|| not_ready(format!("there is no replication subnet group {name}")))?;
    let vpc = group
        .vpc_id
        .clone()
        .ok_or_else(|| not_ready(format!("subnet group {name} has no VPC")))?;
    Ok((vpc, group.subnet_ids.clone()))
}
