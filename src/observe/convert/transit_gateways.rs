//! Transit gateways with their attachments, route tables and routes.

use super::{each, gateways::text, tags};
use aws_sdk_ec2::types as sdk;
use dms_network_core::snapshot::documents as doc;

pub(in crate::observe) fn transit_gateway(gateway: sdk::TransitGateway) -> doc::TransitGateway {
    let options = gateway.options.map(|options| doc::TransitGatewayOptions {
        association_default_route_table_id: options.association_default_route_table_id,
        propagation_default_route_table_id: options.propagation_default_route_table_id,
        security_group_referencing_support: text(options.security_group_referencing_support),
    });
    doc::TransitGateway {
        transit_gateway_id: gateway.transit_gateway_id.unwrap_or_default(),
        transit_gateway_arn: gateway.transit_gateway_arn,
        owner_id: gateway.owner_id,
        state: text(gateway.state).unwrap_or_default(),
        options: options.unwrap_or_default(),
        tags: tags(gateway.tags),
    }
}

pub(in crate::observe) fn attachment(
    attachment: sdk::TransitGatewayAttachment,
) -> doc::TransitGatewayAttachment {
    doc::TransitGatewayAttachment {
        transit_gateway_attachment_id: attachment.transit_gateway_attachment_id.unwrap_or_default(),
        transit_gateway_id: attachment.transit_gateway_id.unwrap_or_default(),
        transit_gateway_owner_id: attachment.transit_gateway_owner_id,
        resource_owner_id: attachment.resource_owner_id,
        resource_type: text(attachment.resource_type).unwrap_or_default(),
        resource_id: attachment.resource_id.unwrap_or_default(),
        state: text(attachment.state).unwrap_or_default(),
        association: attachment
            .association
            .map(|association| doc::TransitGatewayAssociation {
                transit_gateway_route_table_id: association.transit_gateway_route_table_id,
                state: text(association.state),
            }),
        nat_gateway_support: text(attachment.nat_gateway_support),
        tags: tags(attachment.tags),
    }
}

pub(in crate::observe) fn vpc_attachment(
    attachment: sdk::TransitGatewayVpcAttachment,
) -> doc::TransitGatewayVpcAttachment {
    let options = attachment
        .options
        .map(|options| doc::TransitGatewayVpcAttachmentOptions {
            security_group_referencing_support: text(options.security_group_referencing_support),
            ipv6_support: text(options.ipv6_support),
            appliance_mode_support: text(options.appliance_mode_support),
        });
    doc::TransitGatewayVpcAttachment {
        transit_gateway_attachment_id: attachment.transit_gateway_attachment_id.unwrap_or_default(),
        transit_gateway_id: attachment.transit_gateway_id.unwrap_or_default(),
        vpc_id: attachment.vpc_id.unwrap_or_default(),
        vpc_owner_id: attachment.vpc_owner_id,
        state: text(attachment.state).unwrap_or_default(),
        subnet_ids: attachment.subnet_ids.unwrap_or_default(),
        options: options.unwrap_or_default(),
        tags: tags(attachment.tags),
    }
}

pub(in crate::observe) fn peering_attachment(
    attachment: sdk::TransitGatewayPeeringAttachment,
) -> doc::TransitGatewayPeeringAttachment {
    let gateway = |info: Option<sdk::PeeringTgwInfo>| {
        info.map(|info| doc::PeeringTgwInfo {
            transit_gateway_id: info.transit_gateway_id,
            owner_id: info.owner_id,
            region: info.region,
        })
        .unwrap_or_default()
    };
    doc::TransitGatewayPeeringAttachment {
        transit_gateway_attachment_id: attachment.transit_gateway_attachment_id.unwrap_or_default(),
        accepter_transit_gateway_attachment_id: attachment.accepter_transit_gateway_attachment_id,
        requester_tgw_info: gateway(attachment.requester_tgw_info),
        accepter_tgw_info: gateway(attachment.accepter_tgw_info),
        state: text(attachment.state).unwrap_or_default(),
        tags: tags(attachment.tags),
    }
}

pub(in crate::observe) fn route_table(
    table: sdk::TransitGatewayRouteTable,
) -> doc::TransitGatewayRouteTable {
    doc::TransitGatewayRouteTable {
        transit_gateway_route_table_id: table.transit_gateway_route_table_id.unwrap_or_default(),
        transit_gateway_id: table.transit_gateway_id.unwrap_or_default(),
        state: text(table.state),
        tags: tags(table.tags),
    }
}

pub(in crate::observe) fn route(route: sdk::TransitGatewayRoute) -> doc::TransitGatewayRoute {
    doc::TransitGatewayRoute {
        destination_cidr_block: route.destination_cidr_block.unwrap_or_default(),
        prefix_list_id: route.prefix_list_id,
        transit_gateway_attachments: each(route.transit_gateway_attachments, |attachment| {
            doc::TransitGatewayRouteAttachment {
                transit_gateway_attachment_id: attachment
                    .transit_gateway_attachment_id
                    .unwrap_or_default(),
                resource_id: attachment.resource_id,
                resource_type: text(attachment.resource_type),
            }
        }),
        kind: text(route.r#type),
        state: text(route.state),
    }
}
