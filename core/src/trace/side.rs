//! Lays down the gates that rules decide, in one VPC: the same for every topology.

use super::{
    End,
    check::{Ask, Check, Step, UnitRequest},
    judge_acl::{AclCheck, AclPorts},
    judge_group::{GroupCheck, GroupFlow},
    say,
};
use crate::{
    api::{
        AccountId, Gate, GateKind, NetworkACLs, PathDirection, Reason, RuleDirection,
        SecurityGroupId, Unit, Verdict, VpcId,
    },
    network::covers,
    scopes::{ScopeView, Scopes},
    snapshot::{NetworkAcl, ScopeSnapshot, SecurityGroup, Subnet},
};
use ipnet::IpNet;

/// A VPC with the account and Region in which it was read.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) vpc_id: &'a VpcId,
    pub(super) scope: &'a ScopeSnapshot,
    view: ScopeView<'a>,
    /// All that was read: a transit gateway may belong to the account of either side, or to a third.
    pub(super) scopes: &'a Scopes<'a>,
}

/// A subnet of a VPC.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) side: Side<'a>,
    pub(super) subnet: &'a Subnet,
}

impl<'a> Side<'a> {
    /// A VPC where it was read.
    pub(super) fn new(vpc_id: &'a VpcId, view: ScopeView<'a>, scopes: &'a Scopes<'a>) -> Self {
        Self {
            vpc_id,
            scope: view.snapshot,
            view,
            scopes,
        }
    }

    /// Another VPC in the same account and Region.
    pub(super) fn beside(self, vpc_id: &'a VpcId) -> Self {
        Self { vpc_id, ..self }
    }

    /// The account, where it is known.
    pub(super) fn account_id(self) -> Option<&'a AccountId> {
        self.view.account_id()
    }

    /// Whether we may change a network ACL: its account says so, and it is of this account.
    fn may_change(self, acl: &NetworkAcl) -> bool {
        let is_ours = match (&acl.owner_id, self.account_id()) {
            (Some(owner), Some(account)) => owner == account,
            _ => true,
        };
        is_ours && self.view.network_acls() == NetworkACLs::Manage
    }

    /// What a person must do there: where that is another account or Region than the object's own, it is said.
    pub(super) fn told(self, remedy: String) -> String {
        let place = |view: &ScopeView<'a>| (view.account_id(), view.snapshot.region.as_ref());
        let home = self.scopes.views().next();
        match home.is_none_or(|home| place(&home) == place(&self.view)) {
            true => remedy,
            false => format!("in {}: {remedy}", say::place(self.scope)),
        }
    }

    /// One of its subnets.
    pub(super) fn place(self, subnet: &'a Subnet) -> Place<'a> {
        Place { side: self, subnet }
    }

    /// The gate of the security groups that one end carries, once each of them was found in the VPC.
    pub(super) fn groups(
        self,
        direction: RuleDirection,
        carrier: &End,
        flow: GroupFlow,
    ) -> Step<'a> {
        match self.found(direction, carrier) {
            Err(gate) => Step::Gate(gate),
            Ok(groups) => Step::Check(Check::Group(GroupCheck {
                scope: self.scope,
                groups,
                direction,
                flow,
            })),
        }
    }

    fn found(
        self,
        direction: RuleDirection,
        carrier: &End,
    ) -> Result<Vec<&'a SecurityGroup>, Gate> {
        let kind = GateKind::of_group(direction);
        let forward = PathDirection::Forward;
        let Some(first) = carrier.groups.first() else {
            let block = carrier.block.to_string();
            let message = format!(
                "the security groups of {block} are neither declared nor read from its interface"
            );
            let (verdict, reason) = (Verdict::Unknown, Reason::SecurityGroupsUnknown);
            let remedy = format!(
                "declare the securityGroupIDs of what answers at {block}, or let ec2:DescribeNetworkInterfaces show it"
            );
            let mut gate = say::gate(kind, block, forward, verdict, reason, message);
            gate.remedy = Some(remedy);
            return Err(gate);
        };
        let known = self.scope.security_groups.known();
        let known = known.map_err(|list| say::unread(kind, first.as_str(), forward, list))?;
        let blocked = |group: &SecurityGroupId, reason, message: String| {
            let mut gate = say::blocked(kind, group.as_str(), forward, reason, message);
            gate.remedy = Some(format!(
                "declare a security group of {} in place of {group}",
                self.vpc_id
            ));
            gate
        };
        let groups = carrier.groups.iter().map(|group| match known.get(group) {
            None => {
                let place = say::place(self.scope);
                let message = format!("there is no security group {group} in {place}");
                Err(blocked(group, Reason::SecurityGroupNotFound, message))
            }
            Some(found) if found.vpc_id != *self.vpc_id => {
                let (its, ours) = (&found.vpc_id, self.vpc_id);
                let message = format!("{group} belongs to {its}, and the path is in {ours}");
                Err(blocked(group, Reason::SecurityGroupInAnotherVPC, message))
            }
            Some(found) => Ok(found),
        });
        groups.collect()
    }

    /// The gate of a subnet's network ACL: `flow` is what must pass, `units` the blocks that new entries name.
    pub(super) fn acl(
        self,
        subnet: &Subnet,
        direction: RuleDirection,
        ports: AclPorts,
        flow: &[IpNet],
        units: &[IpNet],
    ) -> Step<'a> {
        let kind = GateKind::of_acl(direction);
        let id = subnet.id.as_str();
        match self.scope.network_acl_of(&subnet.id) {
            Err(list) => Step::Gate(say::unread(kind, id, ports.path_direction(), list)),
            Ok(None) => {
                let message = format!("no network ACL that was read is associated with {id}");
                let (direction, reason) = (ports.path_direction(), Reason::NetworkACLNotFound);
                let mut gate = say::blocked(kind, id, direction, reason, message);
                gate.remedy = Some(format!(
                    "read the network ACLs of {} again: AWS keeps one for every subnet",
                    subnet.vpc_id
                ));
                Step::Gate(gate)
            }
            Ok(Some(acl)) => {
                let asks = units.iter().map(|block| {
                    let unit = Unit::entry(&acl.id, direction, ports.of_unit(), *block);
                    Ask {
                        request: UnitRequest::one(unit),
                        flow: (0..flow.len())
                            .filter(|&place| covers(block, &flow[place]))
                            .collect(),
                    }
                });
                Step::Check(Check::Acl(AclCheck {
                    acl,
                    may_change: self.may_change(acl),
                    direction,
                    ports,
                    asks: asks.collect(),
                    flow: flow.to_vec(),
                }))
            }
        }
    }
}

impl GateKind {
    /// The gate of security group rules of a direction.
    pub(super) fn of_group(direction: RuleDirection) -> Self {
        match direction {
            RuleDirection::Egress => Self::SecurityGroupEgress,
            RuleDirection::Ingress => Self::SecurityGroupIngress,
        }
    }

    /// The gate of network ACL entries of a direction.
    pub(super) fn of_acl(direction: RuleDirection) -> Self {
        match direction {
            RuleDirection::Egress => Self::NetworkACLEgress,
            RuleDirection::Ingress => Self::NetworkACLIngress,
        }
    }
}
