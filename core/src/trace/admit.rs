//! How the rules at the endpoint name the client: the form of admission.

use super::{
    End,
    check::{Ask, UnitRequest},
    client::{ClientSubnet, Known},
    endpoint::cidrs_of,
    say,
};
use crate::{
    api::{AccountId, Admit, Gate, Peer, Reason, RuleDirection, SecurityGroupId, VpcId},
    network::covers,
    snapshot::ScopeSnapshot,
};
use ipnet::IpNet;

/// Whether rules can name the client by its group on a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum References {
    /// They can, at both ends.
    Preferred,
    /// They can at the end that answers, where it is asked for.
    Inbound,
    /// They cannot, and why.
    Lost(String),
}

impl References {
    /// Whether a reference works at the end that answers.
    pub(super) fn inbound(&self) -> bool {
        matches!(self, Self::Preferred | Self::Inbound)
    }
}

/// A client that is to be admitted in some form.
pub(super) struct Applicant<'a> {
    /// The declared form.
    pub(super) admit: Admit,
    /// The field that declares it.
    pub(super) field: &'a str,
    /// The client.
    pub(super) client: &'a ClientSubnet<'a>,
    /// Its sources of the family of the destination.
    pub(super) sources: &'a [&'a End],
    /// Whether a reference to a group works on this path.
    pub(super) references: &'a References,
    /// The client's VPC.
    pub(super) vpc_id: &'a VpcId,
    /// Where that VPC was read.
    pub(super) scope: &'a ScopeSnapshot,
    /// Its account, where the endpoint is in another's.
    pub(super) owner: Option<&'a AccountId>,
}

/// How rules and entries name the client.
pub(super) struct Admitted {
    /// The peers of security group rules: their forms, and the places of the sources that they admit.
    peers: Vec<(Vec<Peer>, Vec<usize>)>,
    /// The blocks of network ACL entries.
    pub(super) blocks: Vec<IpNet>,
}

impl Admitted {
    /// The rules that admit the client, each on any of `groups`.
    pub(super) fn asks(&self, groups: &[SecurityGroupId], port: u16) -> Vec<Ask> {
        let asks = self.peers.iter().filter_map(|(peers, flow)| {
            let request = UnitRequest::rule(groups, RuleDirection::Ingress, port, peers)?;
            let flow = flow.clone();
            Some(Ask { request, flow })
        });
        asks.collect()
    }
}

impl Applicant<'_> {
    /// The form in which the client is admitted.
    ///
    /// # Errors
    /// Where the declared form cannot work on this path, or what it needs was not read.
    pub(super) fn admitted(&self) -> Result<Admitted, Gate> {
        let blocks = match self.admit {
            Admit::SubnetCIDR => self.widened(&self.client.subnet.cidrs),
            Admit::VPCCIDR => self.widened(cidrs_of(self.vpc_id, self.scope)?),
            _ => self.own_blocks(),
        };
        let by_reference = match (self.admit, self.client.known) {
            (Admit::Auto, _) => *self.references == References::Preferred,
            (Admit::SecurityGroup, _) => match self.references {
                References::Preferred | References::Inbound => true,
                References::Lost(why) => return Err(self.cannot(why)),
            },
            (Admit::PrivateIP, Known::Subnet) => {
                return Err(self.cannot("the private addresses are not known"));
            }
            (Admit::PrivateIP | Admit::SubnetCIDR | Admit::VPCCIDR, _) => false,
            (Admit::PublicIP | Admit::NATGateway, _) => {
                return Err(self.cannot("the endpoint sees the private address"));
            }
        };
        let peers = if by_reference {
            self.references_to_groups()
        } else {
            let admits = |block: &IpNet| self.places(|end| covers(block, &end.block));
            let peers = blocks
                .iter()
                .map(|block| (vec![Peer::Cidr { cidr: *block }], admits(block)));
            peers.collect()
        };
        Ok(Admitted { peers, blocks })
    }

    /// The sources as they are: the known addresses, else the blocks of their subnet.
    pub(super) fn own_blocks(&self) -> Vec<IpNet> {
        sorted(self.sources.iter().map(|end| end.block))
    }

    /// The blocks out of `cidrs` that hold the sources.
    fn widened(&self, cidrs: &[IpNet]) -> Vec<IpNet> {
        let holder = |end: &&End| {
            let holder = cidrs.iter().find(|cidr| covers(cidr, &end.block));
            holder.copied().unwrap_or(end.block)
        };
        sorted(self.sources.iter().map(holder))
    }

    /// One reference for each set of groups that the client's interfaces carry.
    fn references_to_groups(&self) -> Vec<(Vec<Peer>, Vec<usize>)> {
        let mut sets: Vec<&[SecurityGroupId]> = Vec::new();
        for end in self.sources {
            if !sets.contains(&end.declared.as_slice()) {
                sets.push(&end.declared);
            }
        }
        let peers = sets.into_iter().map(|set| {
            let forms = set.iter().map(|group| Peer::SecurityGroup {
                security_group_id: group.clone(),
                account_id: self.owner.cloned(),
            });
            (forms.collect(), self.places(|end| end.declared == set))
        });
        peers.collect()
    }

    fn places(&self, of: impl Fn(&End) -> bool) -> Vec<usize> {
        (0..self.sources.len())
            .filter(|&place| of(self.sources[place]))
            .collect()
    }

    fn cannot(&self, why: &str) -> Gate {
        let mut which = vec!["SubnetCIDR", "VPCCIDR"];
        if self.client.known != Known::Subnet {
            which.insert(0, "PrivateIP");
        }
        if self.references.inbound() {
            which.insert(0, "SecurityGroup");
        }
        let which = say::list(which);
        let message = format!(
            "admit {:?} cannot work on this path: {why}; {which} can",
            self.admit
        );
        let mut gate = say::declaration(self.field, Reason::AdmitFormCannotWork, message);
        gate.remedy = Some(format!("set {} to Auto, or to one of {which}", self.field));
        gate
    }
}

fn sorted(blocks: impl Iterator<Item = IpNet>) -> Vec<IpNet> {
    let mut blocks: Vec<IpNet> = blocks.collect();
    blocks.sort();
    blocks.dedup();
    blocks
}
