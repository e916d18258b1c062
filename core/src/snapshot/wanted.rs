//! What a declaration needs to know of an account and Region.

use crate::api::{
    EndpointArn, LegForm, MigrationNetworkSpec, PlacementForm, ReplicationConfigArn,
    ReplicationInstanceForm, SecurityGroupId, SubnetId, Target, Unit, VpcId,
};
use std::{collections::BTreeSet, net::IpAddr};

/// What is to be read of one account and Region, besides what carries a claim, which is always read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// VPCs: with their subnets, network ACLs and route tables.
    pub vpcs: BTreeSet<VpcId>,
    /// Declared subnets, which may belong to another VPC than declared.
    pub subnets: BTreeSet<SubnetId>,
    /// Declared security groups: with their rules.
    pub security_groups: BTreeSet<SecurityGroupId>,
    /// Private addresses whose interfaces tell their groups.
    pub addresses: BTreeSet<IpAddr>,
    /// DMS replication instances, in lower case, as DMS keeps them: with their VPCs, groups and addresses.
    pub replication_instances: BTreeSet<String>,
    /// DMS Serverless replication configurations: with their subnet groups.
    pub replication_configs: BTreeSet<ReplicationConfigArn>,
    /// DMS endpoints.
    pub dms_endpoints: BTreeSet<EndpointArn>,
}

impl Wanted {
    /// What one declaration needs. Forms that a declaration must not have add nothing: they are judged elsewhere.
    #[must_use]
    pub fn of(spec: &MigrationNetworkSpec) -> Self {
        let mut wanted = Self::default();
        match spec.replication_instance.form("replicationInstance") {
            Ok(ReplicationInstanceForm::Instance(identifier)) => {
                let identifier = identifier.as_str().to_ascii_lowercase();
                wanted.replication_instances.insert(identifier);
            }
            Ok(ReplicationInstanceForm::Serverless(arn)) => {
                wanted.replication_configs.insert(arn.clone());
            }
            Ok(ReplicationInstanceForm::Network(network)) => {
                wanted.vpcs.insert(network.vpc_id.clone());
                wanted.subnets.extend(network.subnet_ids.iter().cloned());
                wanted
                    .security_groups
                    .extend(network.security_group_ids.iter().cloned());
                let private = network.private_ips.iter().map(|address| address.addr());
                wanted.addresses.extend(private);
            }
            Err(_) => {}
        }
        for endpoint in &spec.endpoints {
            wanted.dms_endpoints.extend(endpoint.arn.clone());
            if let Ok(PlacementForm::Direct(LegForm::SameVPC(same))) =
                endpoint.placement.form("placement")
            {
                wanted.subnets.extend(same.subnet_ids.iter().cloned());
                wanted
                    .security_groups
                    .extend(same.security_group_ids.iter().cloned());
                let hosts = endpoint.addresses.iter().filter_map(|block| block.host());
                wanted.addresses.extend(hosts);
            }
        }
        wanted
    }

    /// What it takes to let go of units: the groups that they are rules of. Network ACLs that carry a claim are
    /// always read.
    #[must_use]
    pub fn of_units<'u>(units: impl IntoIterator<Item = &'u Unit>) -> Self {
        let groups = units.into_iter().filter_map(|unit| match &unit.target {
            Target::SecurityGroupRule(group) => Some(group.clone()),
            Target::NetworkACLEntry(_) => None,
        });
        Self {
            security_groups: groups.collect(),
            ..Self::default()
        }
    }

    /// Adds what another declaration needs.
    pub fn merge(&mut self, other: &Self) {
        self.vpcs.extend(other.vpcs.iter().cloned());
        self.subnets.extend(other.subnets.iter().cloned());
        self.security_groups
            .extend(other.security_groups.iter().cloned());
        self.addresses.extend(&other.addresses);
        self.replication_instances
            .extend(other.replication_instances.iter().cloned());
        self.replication_configs
            .extend(other.replication_configs.iter().cloned());
        self.dms_endpoints
            .extend(other.dms_endpoints.iter().cloned());
    }

    /// Whether a read of this tells all that a read of `other` does.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.vpcs.is_subset(&self.vpcs)
            && other.subnets.is_subset(&self.subnets)
            && other.security_groups.is_subset(&self.security_groups)
            && other.addresses.is_subset(&self.addresses)
            && other
                .replication_instances
                .is_subset(&self.replication_instances)
            && other
                .replication_configs
                .is_subset(&self.replication_configs)
            && other.dms_endpoints.is_subset(&self.dms_endpoints)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn spec(replication_instance: &str) -> MigrationNetworkSpec {
        let spec = format!(
            r#"{{"accountRef": {{"name": "prod"}}, "region": "eu-west-1", "replicationInstance": {replication_instance},
                "endpoints": [{{"name": "orders", "role": "Source", "engine": "postgres",
                  "addresses": ["10.1.4.20", "10.1.5.0/24"],
                  "placement": {{"sameVPC": {{"securityGroupIDs": ["sg-0b"], "subnetIDs": ["subnet-0b"]}}}}}}]}}"#
        );
        serde_json::from_str(&spec).unwrap()
    }

    #[test]
    fn a_declaration_by_hand_wants_its_vpc_its_groups_and_the_interfaces_of_its_hosts() {
        let wanted = Wanted::of(&spec(
            r#"{"network": {"vpcID": "vpc-0a", "subnetIDs": ["subnet-0a"], "securityGroupIDs": ["sg-0a"],
                "privateIPs": ["10.1.1.10"]}}"#,
        ));
        assert_eq!(wanted.vpcs, ["vpc-0a".parse().unwrap()].into());
        assert_eq!(
            wanted.security_groups,
            ["sg-0a".parse().unwrap(), "sg-0b".parse().unwrap()].into()
        );
        assert_eq!(
            wanted.addresses,
            ["10.1.1.10".parse().unwrap(), "10.1.4.20".parse().unwrap()].into(),
            "a block has no interface of its own"
        );
    }

    #[test]
    fn a_read_covers_what_it_was_made_of_and_nothing_else() {
        let one = Wanted::of(&spec(r#"{"instance": {"identifier": "Orders-RI"}}"#));
        assert_eq!(one.replication_instances, ["orders-ri".to_owned()].into());
        let other = Wanted::of(&spec(r#"{"instance": {"identifier": "other"}}"#));
        assert!(!one.covers(&other));
        let mut both = one.clone();
        both.merge(&other);
        assert!(both.covers(&one) && both.covers(&other) && !one.covers(&both));
    }
}
