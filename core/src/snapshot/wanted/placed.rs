//! What each part of a declaration needs, and in which account and Region.

use super::Wanted;
use crate::api::{
    Endpoint, GatewayId, InstanceId, LegForm, MigrationNetworkSpec, NetworkInterfaceId, OnPremises,
    OtherVPC, Place, PlacementForm, ReplicationInstanceForm, SecurityGroupId, SubnetId, VpcId,
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::{collections::BTreeMap, net::IpAddr};

/// What a declaration needs, by account and Region, home among them.
pub(super) fn places(spec: &MigrationNetworkSpec) -> BTreeMap<Place, Wanted> {
    let mut places = Places {
        spec,
        wanted: BTreeMap::new(),
    };
    places.replication_instance();
    for endpoint in &spec.endpoints {
        places.endpoint(endpoint);
    }
    places.wanted
}

struct Places<'s> {
    spec: &'s MigrationNetworkSpec,
    wanted: BTreeMap<Place, Wanted>,
}

/// The subnets and groups of a database.
struct Far<'f> {
    vpc: &'f VpcId,
    subnets: &'f [SubnetId],
    groups: &'f [SecurityGroupId],
    place: Place,
}

impl Places<'_> {
    fn at(&mut self, place: Place) -> &mut Wanted {
        self.wanted.entry(place).or_default()
    }

    fn home(&mut self) -> &mut Wanted {
        self.at(self.spec.home())
    }

    fn replication_instance(&mut self) {
        let spec = self.spec;
        let home = self.home();
        match spec.replication_instance.form("replicationInstance") {
            Ok(ReplicationInstanceForm::Instance(identifier)) => {
                let identifier = identifier.as_str().to_ascii_lowercase();
                home.replication_instances.insert(identifier);
            }
            Ok(ReplicationInstanceForm::Serverless(arn)) => {
                home.replication_configs.insert(arn.clone());
            }
            Ok(ReplicationInstanceForm::Network(network)) => {
                home.vpcs.insert(network.vpc_id.clone());
                home.subnets.extend(network.subnet_ids.iter().cloned());
                home.security_groups
                    .extend(network.security_group_ids.iter().cloned());
                let private = network.private_ips.iter().map(|address| address.addr());
                home.addresses.extend(private);
                let public = network.public_ips.iter().map(|address| address.addr());
                home.public_ips.extend(public);
            }
            Err(_) => {}
        }
    }

    fn endpoint(&mut self, endpoint: &Endpoint) {
        let home = self.home();
        home.dms_endpoints.extend(endpoint.arn.clone());
        let blocks = endpoint.addresses.iter().map(|block| block.net());
        home.destinations.extend(blocks);
        match endpoint.placement.form("placement") {
            Ok(PlacementForm::Direct(leg)) => self.leg(endpoint, leg, false),
            Ok(PlacementForm::Proxy(proxy)) => {
                let host = &proxy.host;
                self.host(
                    host.instance_id.as_ref(),
                    host.network_interface_id.as_ref(),
                    &host.security_group_ids,
                );
                if let Ok(leg) = proxy.behind.form("placement.proxy.behind") {
                    self.leg(endpoint, leg, true);
                }
            }
            Ok(PlacementForm::ClassicLink) | Err(_) => {}
        }
    }

    fn leg(&mut self, endpoint: &Endpoint, leg: LegForm<'_>, by_proxy: bool) {
        match leg {
            LegForm::SameVPC(same) => {
                let hosts = endpoint.addresses.iter().filter_map(|block| block.host());
                let home = self.home();
                home.subnets.extend(same.subnet_ids.iter().cloned());
                home.security_groups
                    .extend(same.security_group_ids.iter().cloned());
                home.addresses.extend(hosts);
            }
            LegForm::OtherVPC(other) => self.other_vpc(endpoint, other, by_proxy),
            LegForm::OnPremises(site) => self.on_premises(site),
            LegForm::Internet(internet) => {
                let Some(managed) = &internet.managed else {
                    return;
                };
                let far = Far {
                    vpc: &managed.vpc_id,
                    subnets: &managed.subnet_ids,
                    groups: &managed.security_group_ids,
                    place: self
                        .spec
                        .place(managed.account_ref.as_ref(), managed.region.as_ref()),
                };
                let wanted = self.far(far);
                // What comes back goes to a public address, which may be any NAT gateway's.
                wanted.destinations.extend(anywhere());
                for host in endpoint.addresses.iter().filter_map(|block| block.host()) {
                    match host {
                        IpAddr::V4(_) => wanted.public_ips.insert(host),
                        IpAddr::V6(_) => wanted.addresses.insert(host),
                    };
                }
            }
        }
    }

    fn other_vpc(&mut self, endpoint: &Endpoint, other: &OtherVPC, by_proxy: bool) {
        let place = self
            .spec
            .place(other.account_ref.as_ref(), other.region.as_ref());
        let is_elsewhere = place != self.spec.home();
        let back = self.way_back(by_proxy);
        let far = Far {
            vpc: &other.vpc_id,
            subnets: &other.subnet_ids,
            groups: &other.security_group_ids,
            place: place.clone(),
        };
        let wanted = self.far(far);
        let hosts = endpoint.addresses.iter().filter_map(|block| block.host());
        wanted.addresses.extend(hosts);
        if is_elsewhere {
            wanted.destinations.extend(back);
        }
        for place in [self.spec.home(), place] {
            let wanted = self.at(place);
            let via = other.via.as_ref();
            let peering = via.and_then(|via| via.peering_connection_id.clone());
            let gateway = via.and_then(|via| via.transit_gateway_id.clone());
            if peering.is_none() && gateway.is_none() {
                wanted.peers.insert(other.vpc_id.clone());
            }
            wanted.peerings.extend(peering);
            wanted.transit_gateways.extend(gateway);
        }
        if is_elsewhere && endpoint.addresses.is_empty() {
            self.home().destinations.extend(anywhere());
        }
    }

    /// Where packets from a database in another scope go: nothing there tells the blocks of the client.
    fn way_back(&self, by_proxy: bool) -> Vec<IpNet> {
        let form = self.spec.replication_instance.form("replicationInstance");
        match form {
            Ok(ReplicationInstanceForm::Network(network))
                if !by_proxy && !network.private_ips.is_empty() =>
            {
                let hosts = network.private_ips.iter();
                hosts.map(|host| IpNet::from(host.addr())).collect()
            }
            _ => anywhere().into(),
        }
    }

    fn on_premises(&mut self, site: &OnPremises) {
        if let Some(host) = &site.via.host {
            self.host(
                host.instance_id.as_ref(),
                host.network_interface_id.as_ref(),
                &host.security_group_ids,
            );
        }
        let home = self.home();
        match site.via.gateway.as_ref().map(|gateway| &gateway.id) {
            Some(GatewayId::VirtualPrivate(id)) => {
                home.vpn_gateways.insert(id.clone());
            }
            Some(GatewayId::Transit(id)) => {
                home.transit_gateways.insert(id.clone());
            }
            None => {}
        }
    }

    fn host(
        &mut self,
        instance: Option<&InstanceId>,
        interface: Option<&NetworkInterfaceId>,
        groups: &[SecurityGroupId],
    ) {
        let home = self.home();
        home.instances.extend(instance.cloned());
        home.interfaces.extend(interface.cloned());
        home.security_groups.extend(groups.iter().cloned());
    }

    fn far(&mut self, far: Far<'_>) -> &mut Wanted {
        let wanted = self.at(far.place);
        wanted.vpcs.insert(far.vpc.clone());
        wanted.subnets.extend(far.subnets.iter().cloned());
        wanted.security_groups.extend(far.groups.iter().cloned());
        wanted
    }
}

/// The default blocks of both families.
fn anywhere() -> [IpNet; 2] {
    [IpNet::V4(Ipv4Net::default()), IpNet::V6(Ipv6Net::default())]
}
