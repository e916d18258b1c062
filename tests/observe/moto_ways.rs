//! Ways out of a VPC that moto builds: an independent account of what the calls answer.

use crate::lab::{Counterpart, session};
use aws_sdk_ec2::Client;
use dms_network_controller::observe::observe;
use dms_network_core::snapshot::{AttachedResource, UnreadCause, wanted::Wanted};
use dms_network_harness::Moto;

fn moto() -> Counterpart {
    Counterpart::Moto(Moto::start().unwrap())
}

async fn vpc(ec2: &Client, block: &str) -> String {
    let reply = ec2.create_vpc().cidr_block(block).send().await.unwrap();
    reply.vpc.unwrap().vpc_id.unwrap()
}

async fn subnet(ec2: &Client, vpc: &str, block: &str) -> String {
    let call = ec2.create_subnet().vpc_id(vpc).cidr_block(block);
    let reply = call.send().await.unwrap();
    reply.subnet.unwrap().subnet_id.unwrap()
}

/// A table of a subnet's own.
async fn table(ec2: &Client, vpc: &str, subnet: &str) -> String {
    let reply = ec2.create_route_table().vpc_id(vpc).send().await.unwrap();
    let table = reply.route_table.unwrap().route_table_id.unwrap();
    let call = ec2.associate_route_table().route_table_id(&table);
    call.subnet_id(subnet).send().await.unwrap();
    table
}

fn dialing(vpc: &str, subnet: &str, destination: &str) -> Wanted {
    Wanted {
        vpcs: [vpc.parse().unwrap()].into(),
        subnets: [subnet.parse().unwrap()].into(),
        destinations: [destination.parse().unwrap()].into(),
        ..Wanted::default()
    }
}

#[tokio::test]
async fn a_peering_is_read_by_the_route_that_names_it() {
    let aws = moto();
    let session = session(&aws.endpoint()).await.unwrap();
    let ec2 = session.writer();
    let (near, far) = (vpc(ec2, "10.0.0.0/16").await, vpc(ec2, "10.1.0.0/16").await);
    let client = subnet(ec2, &near, "10.0.1.0/24").await;
    let call = ec2.create_vpc_peering_connection();
    let reply = call.vpc_id(&near).peer_vpc_id(&far).send().await.unwrap();
    let peering = reply.vpc_peering_connection.unwrap();
    let peering = peering.vpc_peering_connection_id.unwrap();
    let accept = ec2.accept_vpc_peering_connection();
    let accept = accept.vpc_peering_connection_id(&peering);
    accept.send().await.unwrap();
    let table = table(ec2, &near, &client).await;
    let route = ec2.create_route().route_table_id(&table);
    let route = route.destination_cidr_block("10.1.0.0/16");
    let route = route.vpc_peering_connection_id(&peering);
    route.send().await.unwrap();
    let wanted = dialing(&near, &client, "10.1.4.20/32");
    let lists = observe(&session, &wanted).await.unwrap().lists;
    let peering = &lists.peerings.known().unwrap()[&peering.parse().unwrap()];
    assert_eq!(peering.status, "active");
    assert_eq!(peering.requester.vpc_id.as_ref().unwrap().as_str(), near);
    assert_eq!(peering.accepter.cidrs[0].to_string(), "10.1.0.0/16");
}

#[tokio::test]
async fn nat_and_internet_gateway_are_read_and_what_moto_does_not_serve_is_unread() {
    let aws = moto();
    let session = session(&aws.endpoint()).await.unwrap();
    let ec2 = session.writer();
    let vpc = vpc(ec2, "10.0.0.0/16").await;
    let client = subnet(ec2, &vpc, "10.0.1.0/24").await;
    let public = subnet(ec2, &vpc, "10.0.2.0/24").await;
    let reply = ec2.create_internet_gateway().send().await.unwrap();
    let gateway = reply.internet_gateway.unwrap().internet_gateway_id.unwrap();
    let attach = ec2.attach_internet_gateway().internet_gateway_id(&gateway);
    attach.vpc_id(&vpc).send().await.unwrap();
    let address = ec2.allocate_address().send().await.unwrap();
    let create = ec2.create_nat_gateway().subnet_id(&public);
    let create = create.allocation_id(address.allocation_id.unwrap());
    let nat = create.send().await.unwrap().nat_gateway.unwrap();
    let nat = nat.nat_gateway_id.unwrap();
    let of_client = table(ec2, &vpc, &client).await;
    let of_public = table(ec2, &vpc, &public).await;
    let default = |table: &str| {
        let route = ec2.create_route().route_table_id(table);
        route.destination_cidr_block("0.0.0.0/0")
    };
    default(&of_client)
        .nat_gateway_id(&nat)
        .send()
        .await
        .unwrap();
    default(&of_public)
        .gateway_id(&gateway)
        .send()
        .await
        .unwrap();
    let wanted = dialing(&vpc, &client, "203.0.113.20/32");
    let lists = observe(&session, &wanted).await.unwrap().lists;
    let nat = &lists.nat_gateways.known().unwrap()[&nat.parse().unwrap()];
    assert_eq!(nat.subnet_id.as_ref().unwrap().as_str(), public);
    assert!(nat.addresses[0].succeeded);
    let gateway = &lists.internet_gateways.known().unwrap()[&gateway.parse().unwrap()];
    assert_eq!(gateway.vpc_ids[0].as_str(), vpc);
    let unread = lists.block_public_access.known().unwrap_err();
    assert_eq!(unread.cause, UnreadCause::NotInSnapshot);
}

#[tokio::test]
async fn a_transit_gateway_is_read_with_its_attachments_and_routes() {
    let aws = moto();
    let session = session(&aws.endpoint()).await.unwrap();
    let ec2 = session.writer();
    let (near, far) = (vpc(ec2, "10.0.0.0/16").await, vpc(ec2, "10.1.0.0/16").await);
    let client = subnet(ec2, &near, "10.0.1.0/24").await;
    let database = subnet(ec2, &far, "10.1.4.0/24").await;
    let reply = ec2.create_transit_gateway().send().await.unwrap();
    let gateway = reply.transit_gateway.unwrap();
    let gateway = gateway.transit_gateway_id.unwrap();
    let mut attachments = Vec::new();
    for (vpc, subnet) in [(&near, &client), (&far, &database)] {
        let call = ec2.create_transit_gateway_vpc_attachment();
        let call = call.transit_gateway_id(&gateway).vpc_id(vpc);
        let reply = call.subnet_ids(subnet).send().await.unwrap();
        let attachment = reply.transit_gateway_vpc_attachment.unwrap();
        attachments.push(attachment.transit_gateway_attachment_id.unwrap());
    }
    let table = table(ec2, &near, &client).await;
    let route = ec2.create_route().route_table_id(&table);
    let route = route.destination_cidr_block("10.1.0.0/16");
    let route = route.transit_gateway_id(&gateway);
    route.send().await.unwrap();
    let tables = ec2.describe_transit_gateway_route_tables();
    let tables = tables.send().await.unwrap();
    let of_gateway = &tables.transit_gateway_route_tables()[0];
    let of_gateway = of_gateway.transit_gateway_route_table_id().unwrap();
    let route = ec2.create_transit_gateway_route();
    let route = route.transit_gateway_route_table_id(of_gateway);
    let route = route.destination_cidr_block("10.1.0.0/16");
    let route = route.transit_gateway_attachment_id(&attachments[1]);
    route.send().await.unwrap();
    let wanted = dialing(&near, &client, "10.1.4.20/32");
    let lists = observe(&session, &wanted).await.unwrap().lists;
    let found = lists.transit_gateway_attachments.known().unwrap();
    let own = &found[&attachments[0].parse().unwrap()];
    let AttachedResource::Vpc {
        id,
        details: Some(details),
    } = &own.resource
    else {
        panic!("{own:?}")
    };
    assert_eq!(
        (id.as_str(), details.subnet_ids[0].as_str()),
        (near.as_str(), client.as_str())
    );
    assert_eq!(
        own.associated_route_table.as_ref().unwrap().as_str(),
        of_gateway
    );
    let tables = lists.transit_gateway_route_tables.known().unwrap();
    let routes = tables[&of_gateway.parse().unwrap()].routes.known().unwrap();
    // moto gives the attachments of a route in a form that is not AWS's.
    let route = &routes[0];
    assert_eq!(route.destination.to_string(), "10.1.0.0/16");
    assert!(route.is_active && route.is_static);
}
