//! How the controller comes to know the replication instance: declared by hand, or told by DMS.

use crate::{net::parse, world::World};
use dms_network_core::{
    api::ReplicationNetwork,
    snapshot::{Read, ReplicationConfig, ReplicationInstance, ReplicationSubnetGroup, ScopeLists},
};
use serde_json::json;

/// How the replication instance is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    ByHand,
    /// DMS tells all of it.
    Instance,
    /// DMS tells it, with a standby in the second zone whose address it does not tell.
    Standby,
    /// DMS Serverless: no address is told.
    Serverless,
    /// DMS is still making it.
    Creating,
    /// DMS does not know it.
    Gone,
}

const CONFIG: &str = "arn:aws:dms:eu-west-1:111122223333:replication-config:ORDERS";

impl Known {
    /// The world in which DMS tells what was declared, or a part of it.
    pub(crate) fn told(self, mut world: World, network: &ReplicationNetwork) -> World {
        match self {
            Self::ByHand => return world,
            Self::Serverless => {
                world.spec["replicationInstance"] = json!({"serverless": {"configARN": CONFIG}});
                serverless(&mut world.net.lists, network);
            }
            Self::Instance | Self::Standby | Self::Creating | Self::Gone => {
                world.spec["replicationInstance"] = json!({"instance": {"identifier": "orders"}});
                let instance = self.instance(network);
                let known = [(instance.identifier.clone(), instance)];
                world.net.lists.replication_instances = match self {
                    Self::Gone => Read::Known([].into()),
                    _ => Read::Known(known.into()),
                };
            }
        }
        world
    }

    fn instance(self, network: &ReplicationNetwork) -> ReplicationInstance {
        let is_standby = self == Self::Standby;
        let ips = network.private_ips.iter().map(|ip| ip.addr());
        let second: ipnet::IpNet = parse("10.0.3.0/24");
        ReplicationInstance {
            identifier: "orders".to_owned(),
            status: match self {
                Self::Creating => "creating".to_owned(),
                _ => "available".to_owned(),
            },
            vpc_id: Some(network.vpc_id.clone()),
            subnets: network
                .subnet_ids
                .iter()
                .map(|id| (id.clone(), None))
                .collect(),
            security_group_ids: network.security_group_ids.clone(),
            private_ips: ips
                .filter(|ip| !is_standby || !second.contains(ip))
                .collect(),
            public_ips: network.public_ips.iter().map(|ip| ip.addr()).collect(),
            availability_zone: Some("eu-west-1a".to_owned()),
            secondary_availability_zone: is_standby.then(|| "eu-west-1b".to_owned()),
            multi_az: is_standby,
        }
    }
}

fn serverless(lists: &mut ScopeLists, network: &ReplicationNetwork) {
    let config = ReplicationConfig {
        arn: parse(CONFIG),
        subnet_group: Some("Orders".to_owned()),
        security_group_ids: network.security_group_ids.clone(),
    };
    let group = ReplicationSubnetGroup {
        identifier: "orders".to_owned(),
        vpc_id: Some(network.vpc_id.clone()),
        subnet_ids: network.subnet_ids.clone(),
    };
    lists.replication_configs = Read::Known([(config.arn.clone(), config)].into());
    lists.replication_subnet_groups = Read::Known([("orders".to_owned(), group)].into());
}
