//! From the SDK's types to documents, member by member. A member that AWS left out and that a document needs becomes
//! empty, which the documents' own check refuses by name.

pub(super) mod gateways;
pub(super) mod transit_gateways;

use aws_sdk_ec2::types as sdk;
use dms_network_core::snapshot::documents as doc;
use std::collections::BTreeMap;

pub(super) fn tags(tags: Option<Vec<sdk::Tag>>) -> Vec<doc::Tag> {
    let mut tags: Vec<_> = tags
        .into_iter()
        .flatten()
        .map(|tag| doc::Tag {
            key: tag.key.unwrap_or_default(),
            value: tag.value.unwrap_or_default(),
        })
        .collect();
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    tags
}

fn state(state: Option<impl AsRef<str>>) -> Option<doc::StateCode> {
    state.map(|state| doc::StateCode {
        state: Some(state.as_ref().to_owned()),
    })
}

/// Maps the members of a list that AWS leaves out where it is empty.
fn each<T, U>(list: Option<Vec<T>>, convert: impl Fn(T) -> U) -> Vec<U> {
    list.into_iter().flatten().map(convert).collect()
}

pub(super) fn vpc(vpc: sdk::Vpc) -> doc::Vpc {
    doc::Vpc {
        vpc_id: vpc.vpc_id.unwrap_or_default(),
        owner_id: vpc.owner_id,
        cidr_block: vpc.cidr_block,
        cidr_block_association_set: each(vpc.cidr_block_association_set, |set| {
            doc::VpcCidrAssociation {
                cidr_block: set.cidr_block.unwrap_or_default(),
                cidr_block_state: state(set.cidr_block_state.and_then(|state| state.state)),
            }
        }),
        ipv6_cidr_block_association_set: each(vpc.ipv6_cidr_block_association_set, |set| {
            doc::VpcIpv6CidrAssociation {
                ipv6_cidr_block: set.ipv6_cidr_block.unwrap_or_default(),
                ipv6_cidr_block_state: state(
                    set.ipv6_cidr_block_state.and_then(|state| state.state),
                ),
            }
        }),
        is_default: vpc.is_default.unwrap_or_default(),
        tags: tags(vpc.tags),
    }
}

pub(super) fn subnet(subnet: sdk::Subnet) -> doc::Subnet {
    doc::Subnet {
        subnet_id: subnet.subnet_id.unwrap_or_default(),
        subnet_arn: subnet.subnet_arn,
        vpc_id: subnet.vpc_id.unwrap_or_default(),
        owner_id: subnet.owner_id,
        cidr_block: subnet.cidr_block,
        ipv6_cidr_block_association_set: each(subnet.ipv6_cidr_block_association_set, |set| {
            doc::SubnetIpv6CidrAssociation {
                ipv6_cidr_block: set.ipv6_cidr_block.unwrap_or_default(),
                ipv6_cidr_block_state: state(
                    set.ipv6_cidr_block_state.and_then(|state| state.state),
                ),
            }
        }),
        availability_zone: subnet.availability_zone,
        availability_zone_id: subnet.availability_zone_id,
        tags: tags(subnet.tags),
    }
}

pub(super) fn security_group(group: sdk::SecurityGroup) -> doc::SecurityGroup {
    doc::SecurityGroup {
        group_id: group.group_id.unwrap_or_default(),
        group_name: group.group_name,
        description: group.description,
        security_group_arn: group.security_group_arn,
        owner_id: group.owner_id,
        vpc_id: group.vpc_id,
        ip_permissions: each(group.ip_permissions, ip_permission),
        ip_permissions_egress: each(group.ip_permissions_egress, ip_permission),
        tags: tags(group.tags),
    }
}

fn ip_permission(permission: sdk::IpPermission) -> doc::IpPermission {
    doc::IpPermission {
        ip_protocol: permission.ip_protocol.unwrap_or_default(),
        from_port: permission.from_port.map(i64::from),
        to_port: permission.to_port.map(i64::from),
        ip_ranges: each(permission.ip_ranges, |range| doc::IpRange {
            cidr_ip: range.cidr_ip.unwrap_or_default(),
            description: range.description,
        }),
        ipv6_ranges: each(permission.ipv6_ranges, |range| doc::Ipv6Range {
            cidr_ipv6: range.cidr_ipv6.unwrap_or_default(),
            description: range.description,
        }),
        prefix_list_ids: each(permission.prefix_list_ids, |list| doc::PrefixListPeer {
            prefix_list_id: list.prefix_list_id.unwrap_or_default(),
            description: list.description,
        }),
        user_id_group_pairs: each(permission.user_id_group_pairs, |pair| {
            doc::UserIdGroupPair {
                group_id: pair.group_id,
                user_id: pair.user_id,
                description: pair.description,
            }
        }),
    }
}

pub(super) fn security_group_rule(rule: sdk::SecurityGroupRule) -> doc::SecurityGroupRule {
    doc::SecurityGroupRule {
        security_group_rule_id: rule.security_group_rule_id.unwrap_or_default(),
        security_group_rule_arn: rule.security_group_rule_arn,
        group_id: rule.group_id.unwrap_or_default(),
        group_owner_id: rule.group_owner_id,
        is_egress: rule.is_egress.unwrap_or_default(),
        ip_protocol: rule.ip_protocol.unwrap_or_default(),
        from_port: rule.from_port.map(i64::from),
        to_port: rule.to_port.map(i64::from),
        cidr_ipv4: rule.cidr_ipv4,
        cidr_ipv6: rule.cidr_ipv6,
        prefix_list_id: rule.prefix_list_id,
        referenced_group_info: rule
            .referenced_group_info
            .map(|group| doc::ReferencedGroup {
                group_id: group.group_id,
                user_id: group.user_id,
            }),
        description: rule.description,
        tags: tags(rule.tags),
    }
}

pub(super) fn network_acl(acl: sdk::NetworkAcl) -> doc::NetworkAcl {
    doc::NetworkAcl {
        network_acl_id: acl.network_acl_id.unwrap_or_default(),
        vpc_id: acl.vpc_id.unwrap_or_default(),
        owner_id: acl.owner_id,
        is_default: acl.is_default.unwrap_or_default(),
        associations: each(acl.associations, |association| doc::NetworkAclAssociation {
            network_acl_association_id: association.network_acl_association_id,
            network_acl_id: association.network_acl_id,
            subnet_id: association.subnet_id.unwrap_or_default(),
        }),
        entries: each(acl.entries, network_acl_entry),
        tags: tags(acl.tags),
    }
}

fn network_acl_entry(entry: sdk::NetworkAclEntry) -> doc::NetworkAclEntry {
    doc::NetworkAclEntry {
        rule_number: entry.rule_number.unwrap_or_default().into(),
        egress: entry.egress.unwrap_or_default(),
        rule_action: entry
            .rule_action
            .map(|action| action.as_str().to_owned())
            .unwrap_or_default(),
        protocol: entry.protocol.unwrap_or_default(),
        cidr_block: entry.cidr_block,
        ipv6_cidr_block: entry.ipv6_cidr_block,
        port_range: entry.port_range.map(|range| doc::PortRange {
            from: range.from.map(i64::from),
            to: range.to.map(i64::from),
        }),
        icmp_type_code: entry.icmp_type_code.map(|icmp| doc::IcmpTypeCode {
            r#type: icmp.r#type.map(i64::from),
            code: icmp.code.map(i64::from),
        }),
    }
}

pub(super) fn route_table(table: sdk::RouteTable) -> doc::RouteTable {
    doc::RouteTable {
        route_table_id: table.route_table_id.unwrap_or_default(),
        vpc_id: table.vpc_id.unwrap_or_default(),
        owner_id: table.owner_id,
        associations: each(table.associations, |association| {
            doc::RouteTableAssociation {
                main: association.main.unwrap_or_default(),
                route_table_association_id: association.route_table_association_id,
                route_table_id: association.route_table_id,
                subnet_id: association.subnet_id,
                gateway_id: association.gateway_id,
                association_state: state(
                    association.association_state.and_then(|state| state.state),
                ),
            }
        }),
        propagating_vgws: each(table.propagating_vgws, |gateway| doc::PropagatingVgw {
            gateway_id: gateway.gateway_id.unwrap_or_default(),
        }),
        routes: each(table.routes, route),
        tags: tags(table.tags),
    }
}

fn route(route: sdk::Route) -> doc::Route {
    let others: BTreeMap<_, _> = [
        ("CarrierGatewayId", route.carrier_gateway_id),
        ("LocalGatewayId", route.local_gateway_id),
        ("CoreNetworkArn", route.core_network_arn),
        ("OdbNetworkArn", route.odb_network_arn),
        ("IpAddress", route.ip_address),
    ]
    .into_iter()
    .filter_map(|(member, value)| Some((member.to_owned(), value?.into())))
    .collect();
    doc::Route {
        destination_cidr_block: route.destination_cidr_block,
        destination_ipv6_cidr_block: route.destination_ipv6_cidr_block,
        destination_prefix_list_id: route.destination_prefix_list_id,
        gateway_id: route.gateway_id,
        egress_only_internet_gateway_id: route.egress_only_internet_gateway_id,
        nat_gateway_id: route.nat_gateway_id,
        transit_gateway_id: route.transit_gateway_id,
        vpc_peering_connection_id: route.vpc_peering_connection_id,
        network_interface_id: route.network_interface_id,
        instance_id: route.instance_id,
        instance_owner_id: route.instance_owner_id,
        state: route.state.map(|state| state.as_str().to_owned()),
        origin: route.origin.map(|origin| origin.as_str().to_owned()),
        others,
    }
}

pub(super) fn network_interface(interface: sdk::NetworkInterface) -> doc::NetworkInterface {
    doc::NetworkInterface {
        network_interface_id: interface.network_interface_id.unwrap_or_default(),
        description: interface.description,
        interface_type: interface
            .interface_type
            .map(|kind| kind.as_str().to_owned()),
        owner_id: interface.owner_id,
        availability_zone: interface.availability_zone,
        vpc_id: interface.vpc_id.unwrap_or_default(),
        subnet_id: interface.subnet_id.unwrap_or_default(),
        private_ip_address: interface.private_ip_address,
        private_ip_addresses: each(interface.private_ip_addresses, |address| {
            doc::PrivateIpAddress {
                private_ip_address: address.private_ip_address.unwrap_or_default(),
                primary: address.primary.unwrap_or_default(),
                association: address.association.map(association),
            }
        }),
        ipv6_addresses: each(interface.ipv6_addresses, |address| doc::Ipv6Address {
            ipv6_address: address.ipv6_address.unwrap_or_default(),
        }),
        association: interface.association.map(association),
        groups: each(interface.groups, |group| doc::GroupIdentifier {
            group_id: group.group_id.unwrap_or_default(),
        }),
        source_dest_check: interface.source_dest_check,
        attachment: interface.attachment.map(|attachment| doc::Attachment {
            instance_id: attachment.instance_id,
            device_index: attachment.device_index.map(i64::from),
        }),
        tag_set: tags(interface.tag_set),
    }
}

fn association(association: sdk::NetworkInterfaceAssociation) -> doc::Association {
    doc::Association {
        public_ip: association.public_ip,
    }
}

pub(super) fn reservation(reservation: sdk::Reservation) -> doc::Reservation {
    doc::Reservation {
        reservation_id: reservation.reservation_id.unwrap_or_default(),
        owner_id: reservation.owner_id,
        instances: each(reservation.instances, |instance| doc::Instance {
            instance_id: instance.instance_id.unwrap_or_default(),
            vpc_id: instance.vpc_id,
            subnet_id: instance.subnet_id,
            private_ip_address: instance.private_ip_address,
            placement: instance.placement.map(|placement| doc::Placement {
                availability_zone: placement.availability_zone,
            }),
            state: instance.state.map(|state| doc::InstanceState {
                name: state.name.map(|name| name.as_str().to_owned()),
            }),
            tags: tags(instance.tags),
        }),
    }
}

pub(super) fn prefix_list(list: sdk::ManagedPrefixList) -> doc::PrefixList {
    doc::PrefixList {
        prefix_list_id: list.prefix_list_id.unwrap_or_default(),
        prefix_list_name: list.prefix_list_name,
        prefix_list_arn: list.prefix_list_arn,
        owner_id: list.owner_id,
        max_entries: list.max_entries.map(i64::from),
        cidrs: None,
    }
}

pub(super) fn prefix_list_entry(entry: sdk::PrefixListEntry) -> doc::PrefixListEntry {
    doc::PrefixListEntry {
        cidr: entry.cidr.unwrap_or_default(),
        description: entry.description,
    }
}

pub(super) fn address(address: sdk::Address) -> doc::Address {
    doc::Address {
        public_ip: address.public_ip.unwrap_or_default(),
        allocation_id: address.allocation_id,
        private_ip_address: address.private_ip_address,
        network_interface_id: address.network_interface_id,
        network_interface_owner_id: address.network_interface_owner_id,
        network_border_group: address.network_border_group,
        tags: tags(address.tags),
    }
}
