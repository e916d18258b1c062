//! Reachability Analyzer, "Reachability Analyzer explanation codes"
//! (<https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html>): a network that it explains with each
//! code that concerns what is judged here, and what is found on it.
//!
//! Codes that concern nothing that is judged here:
//! - load balancers, whose listeners and targets are their owner's to open: `ELB_ACL_RESTRICTION`,
//!   `ELB_INSTALLED_AZ_RESTRICTION`, `ELB_LISTENER_PORT_RESTRICTION`, `ELB_LISTENERS_MISMATCH`, `ELB_NOT_CROSSZONE`,
//!   `ELBV2_LISTENER_HAS_NO_TG`, `ELBV2_LISTENER_PORT_RESTRICTION`, `ELBV2_LISTENER_REQUIRES_TG_ACCEPT`,
//!   `ELBV2_LISTENERS_MISMATCH`, `ELBV2_NO_TARGETS_IN_AZ`, `ELBV2_SOURCE_ADDRESS_PRESERVATION`,
//!   `GWLB_DESTINATION_PORT_RESTRICTION`, `GWLB_PROTOCOL_RESTRICTION`, `TARGET_ADDRESS_RESTRICTION`,
//!   `TARGET_PORT_RESTRICTION`;
//! - VPC endpoints, which DMS dials for itself: `VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION`,
//!   `VPCE_GATEWAY_PROTOCOL_RESTRICTION`, `VPCE_INTRA_VPC_TRAFFIC`, `VPCE_SERVICE_NOT_INSTALLED_IN_AZ`;
//! - addresses that a declaration cannot get wrong, since the address tells the interface and the packets are its own:
//!   `ENI_ADDRESS_RESTRICTION`, `GATEWAY_REJECTS_SPOOFED_TRAFFIC`, `NGW_DEST_ADDRESS_PRESERVATION`,
//!   `VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS`;
//! - connections that come in from the internet, which DMS never accepts: `IGW_DESTINATION_ADDRESS_IN_VPC_CIDRS`,
//!   `IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS`, `IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS`,
//!   `INGRESS_RTB_NO_PUBLIC_IP`;
//! - other protocols than TCP: `PROTOCOL_RESTRICTION`;
//! - ways that AWS does not take where it takes another: `TGW_ATTACH_VPC_AZ_RESTRICTION`;
//! - the analyzer's own bounds and the filters of its paths: `IGW_NAT_REFLECTION`, `NO_PATH`, and all of the section
//!   "Search filter codes".
//!
//! Where the analyzer calls unreachable what is found otherwise here, `known_differences` says so:
//! `INGRESS_RTB_TRAFFIC_REDIRECTION`, `REGIONAL_NGW_ROUTE_AZ_RESTRICTION`.

mod gateways;
mod routes;
mod rules;
mod states;
mod transit_gateways;
mod unknowns;

use super::{Question, ask, ground::at_site};
use crate::{net::Net, world::World};
use dms_network_core::api::Reason;

const THERE: &[&str] = &["172.31.0.0/16 pcx-0a"];
const BACK: &[&str] = &["10.0.0.0/16 pcx-0a"];

/// The reason names the analyzer's code in the reference.
#[track_caller]
fn names(reason: Reason, code: &str) {
    assert!(
        reason.reachability_analyzer_codes().contains(&code),
        "{reason}: {code}"
    );
}

fn at_gateway(net: Net, gateway: &str) -> Question {
    ask(World::on(net).endpoint(at_site("172.16.9.4", gateway)))
}
