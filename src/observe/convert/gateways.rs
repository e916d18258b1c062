//! Gateways, peering connections and what blocks public access.

use super::{each, tags};
use aws_sdk_ec2::types as sdk;
use dms_network_core::snapshot::documents as doc;

pub(in crate::observe) fn vpc_peering_connection(
    peering: sdk::VpcPeeringConnection,
) -> doc::VpcPeeringConnection {
    let status = peering.status.and_then(|status| status.code);
    doc::VpcPeeringConnection {
        vpc_peering_connection_id: peering.vpc_peering_connection_id.unwrap_or_default(),
        requester_vpc_info: peering
            .requester_vpc_info
            .map(peered_vpc)
            .unwrap_or_default(),
        accepter_vpc_info: peering
            .accepter_vpc_info
            .map(peered_vpc)
            .unwrap_or_default(),
        status: doc::VpcPeeringConnectionStatus {
            code: text(status).unwrap_or_default(),
        },
        tags: tags(peering.tags),
    }
}

fn peered_vpc(vpc: sdk::VpcPeeringConnectionVpcInfo) -> doc::VpcPeeringConnectionVpcInfo {
    doc::VpcPeeringConnectionVpcInfo {
        vpc_id: vpc.vpc_id,
        owner_id: vpc.owner_id,
        region: vpc.region,
        cidr_block: vpc.cidr_block,
        cidr_block_set: each(vpc.cidr_block_set, |set| doc::PeeredCidrBlock {
            cidr_block: set.cidr_block.unwrap_or_default(),
        }),
        ipv6_cidr_block_set: each(vpc.ipv6_cidr_block_set, |set| doc::PeeredIpv6CidrBlock {
            ipv6_cidr_block: set.ipv6_cidr_block.unwrap_or_default(),
        }),
    }
}

pub(in crate::observe) fn internet_gateway(gateway: sdk::InternetGateway) -> doc::InternetGateway {
    doc::InternetGateway {
        internet_gateway_id: gateway.internet_gateway_id.unwrap_or_default(),
        owner_id: gateway.owner_id,
        attachments: each(gateway.attachments, attachment),
        tags: tags(gateway.tags),
    }
}

pub(in crate::observe) fn egress_only_internet_gateway(
    gateway: sdk::EgressOnlyInternetGateway,
) -> doc::EgressOnlyInternetGateway {
    doc::EgressOnlyInternetGateway {
        egress_only_internet_gateway_id: gateway
            .egress_only_internet_gateway_id
            .unwrap_or_default(),
        attachments: each(gateway.attachments, attachment),
        tags: tags(gateway.tags),
    }
}

fn attachment(attachment: sdk::InternetGatewayAttachment) -> doc::GatewayAttachment {
    doc::GatewayAttachment {
        state: text(attachment.state),
        vpc_id: attachment.vpc_id.unwrap_or_default(),
    }
}

pub(in crate::observe) fn nat_gateway(gateway: sdk::NatGateway) -> doc::NatGateway {
    doc::NatGateway {
        nat_gateway_id: gateway.nat_gateway_id.unwrap_or_default(),
        vpc_id: gateway.vpc_id.unwrap_or_default(),
        subnet_id: gateway.subnet_id,
        state: text(gateway.state).unwrap_or_default(),
        failure_code: gateway.failure_code,
        failure_message: gateway.failure_message,
        connectivity_type: text(gateway.connectivity_type),
        availability_mode: text(gateway.availability_mode),
        route_table_id: gateway.route_table_id,
        nat_gateway_addresses: each(gateway.nat_gateway_addresses, |address| {
            doc::NatGatewayAddress {
                allocation_id: address.allocation_id,
                network_interface_id: address.network_interface_id,
                private_ip: address.private_ip,
                public_ip: address.public_ip,
                is_primary: address.is_primary,
                status: text(address.status),
                availability_zone: address.availability_zone,
                availability_zone_id: address.availability_zone_id,
            }
        }),
        attached_appliances: each(gateway.attached_appliances, |appliance| {
            doc::AttachedAppliance {
                kind: text(appliance.r#type),
                appliance_arn: appliance.appliance_arn,
                vpc_endpoint_id: appliance.vpc_endpoint_id,
                attachment_state: text(appliance.attachment_state),
            }
        }),
        tags: tags(gateway.tags),
    }
}

pub(in crate::observe) fn vpn_gateway(gateway: sdk::VpnGateway) -> doc::VpnGateway {
    doc::VpnGateway {
        vpn_gateway_id: gateway.vpn_gateway_id.unwrap_or_default(),
        state: text(gateway.state),
        availability_zone: gateway.availability_zone,
        vpc_attachments: each(gateway.vpc_attachments, |attachment| {
            doc::GatewayAttachment {
                state: text(attachment.state),
                vpc_id: attachment.vpc_id.unwrap_or_default(),
            }
        }),
        tags: tags(gateway.tags),
    }
}

/// The configuration of the customer's gateway and the options of the tunnels are dropped here: they hold keys.
pub(in crate::observe) fn vpn_connection(connection: sdk::VpnConnection) -> doc::VpnConnection {
    doc::VpnConnection {
        vpn_connection_id: connection.vpn_connection_id.unwrap_or_default(),
        state: text(connection.state).unwrap_or_default(),
        vpn_gateway_id: connection.vpn_gateway_id,
        transit_gateway_id: connection.transit_gateway_id,
        tags: tags(connection.tags),
    }
}

pub(in crate::observe) fn vpc_endpoint(endpoint: sdk::VpcEndpoint) -> doc::VpcEndpoint {
    doc::VpcEndpoint {
        vpc_endpoint_id: endpoint.vpc_endpoint_id.unwrap_or_default(),
        vpc_endpoint_type: text(endpoint.vpc_endpoint_type),
        vpc_id: endpoint.vpc_id.unwrap_or_default(),
        service_name: endpoint.service_name,
        owner_id: endpoint.owner_id,
        tags: tags(endpoint.tags),
    }
}

/// None where AWS does not say what is blocked.
pub(in crate::observe) fn block_public_access_options(
    options: sdk::VpcBlockPublicAccessOptions,
) -> Option<doc::VpcBlockPublicAccessOptions> {
    Some(doc::VpcBlockPublicAccessOptions {
        aws_account_id: options.aws_account_id.unwrap_or_default(),
        aws_region: options.aws_region,
        state: text(options.state),
        internet_gateway_block_mode: text(options.internet_gateway_block_mode)?,
    })
}

pub(in crate::observe) fn block_public_access_exclusion(
    exclusion: sdk::VpcBlockPublicAccessExclusion,
) -> doc::VpcBlockPublicAccessExclusion {
    doc::VpcBlockPublicAccessExclusion {
        exclusion_id: exclusion.exclusion_id.unwrap_or_default(),
        internet_gateway_exclusion_mode: text(exclusion.internet_gateway_exclusion_mode)
            .unwrap_or_default(),
        resource_arn: exclusion.resource_arn.unwrap_or_default(),
        state: text(exclusion.state).unwrap_or_default(),
        tags: tags(exclusion.tags),
    }
}

/// The text of a value that AWS has a list of.
pub(super) fn text(value: Option<impl AsRef<str>>) -> Option<String> {
    value.map(|value| value.as_ref().to_owned())
}
