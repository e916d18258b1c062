//! VPC peering connections: each is in the lists of both sides, which tag it apart from each other.

use super::{
    Call,
    describe::Describe,
    document::{Document, Family},
    route,
    security_group_rule::SecurityGroupRule,
    vpc::Vpc,
};
use crate::{
    error::ApiError,
    id::Kind,
    reply::{Everywhere, Reply},
    state::{Change, State},
    tags::Tags,
    wire::query::Params,
    world::Scope,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

/// A VPC peering connection, as DescribeVpcPeeringConnections shows it.
pub(crate) type VpcPeeringConnection = Document<VpcPeeringConnections>;

/// The family of VPC peering connections.
#[derive(Debug, Clone)]
pub(crate) enum VpcPeeringConnections {}

impl Family for VpcPeeringConnections {
    const KIND: Kind = Kind::VpcPeeringConnection;
    const ID: &'static str = "VpcPeeringConnectionId";
    const DESCRIBE: Describe = Describe::new(
        "VpcPeeringConnections",
        "VpcPeeringConnectionId",
        &[
            ("accepter-vpc-info.cidr-block", "AccepterVpcInfo.CidrBlock"),
            ("accepter-vpc-info.owner-id", "AccepterVpcInfo.OwnerId"),
            ("accepter-vpc-info.vpc-id", "AccepterVpcInfo.VpcId"),
            ("expiration-time", "ExpirationTime"),
            (
                "requester-vpc-info.cidr-block",
                "RequesterVpcInfo.CidrBlock",
            ),
            ("requester-vpc-info.owner-id", "RequesterVpcInfo.OwnerId"),
            ("requester-vpc-info.vpc-id", "RequesterVpcInfo.VpcId"),
            ("status-code", "Status.Code"),
            ("status-message", "Status.Message"),
            ("vpc-peering-connection-id", "VpcPeeringConnectionId"),
        ],
    );
}

/// The members with what is known of either side.
const REQUESTER: &str = "RequesterVpcInfo";
const ACCEPTER: &str = "AccepterVpcInfo";

impl VpcPeeringConnection {
    /// Whether a VPC is one of the two.
    pub(super) fn has(&self, vpc: &str) -> bool {
        self.text("/RequesterVpcInfo/VpcId") == vpc || self.text("/AccepterVpcInfo/VpcId") == vpc
    }

    /// Whether it is active and connects two VPCs of one Region: a rule can reference a group over
    /// it (VPC Peering Guide, "Reference peer security groups").
    pub(super) fn carries_references(&self, one: &str, other: &str) -> bool {
        let region = |side: &str| self.text(&format!("/{side}/Region"));
        self.text("/Status/Code") == "active"
            && self.has(one)
            && self.has(other)
            && region(REQUESTER) == region(ACCEPTER)
    }

    /// The accounts and Regions of the requester and the accepter; what it does not tell is as for
    /// who listed it.
    pub(crate) fn sides(&self, listed: &Scope) -> [Scope; 2] {
        [REQUESTER, ACCEPTER].map(|side| {
            let or = |member: &str, other: &str| match self.text(&format!("/{side}/{member}")) {
                "" => other.to_owned(),
                text => text.to_owned(),
            };
            Scope {
                account: or("OwnerId", &listed.account),
                region: or("Region", &listed.region),
            }
        })
    }

    fn set_status(&mut self, code: &str, message: &str) {
        self.json["Status"] = json!({"Code": code, "Message": message});
    }
}

/// CreateVpcPeeringConnection.
///
/// API Reference: a request between VPCs with overlapping blocks leaves a connection in the state
/// `failed`. VPC Peering Guide, "VPC peering connection lifecycle": so does one to a VPC that does
/// not exist; a request expires after seven days. "Error codes", VpcPeeringConnectionAlreadyExists.
pub(super) fn create(call: &Call, params: &mut Params) -> Result<Everywhere, ApiError> {
    let vpc = Arc::clone(call.find::<Vpc>(&params.required("VpcId")?)?);
    let peer_id = params.required("PeerVpcId")?;
    Kind::Vpc.check(&peer_id)?;
    let mine = call.scope.clone();
    let theirs = Scope {
        account: params
            .text("PeerOwnerId")?
            .unwrap_or_else(|| mine.account.clone()),
        region: params
            .text("PeerRegion")?
            .unwrap_or_else(|| mine.region.clone()),
    };
    let tags = Tags::take_specification(params, Kind::VpcPeeringConnection)?;
    let mut others = call.state.vpc_peering_connections.iter();
    let open = |code: &str| matches!(code, "pending-acceptance" | "provisioning" | "active");
    if let Some(other) = others.find(|other| {
        other.has(&vpc.vpc_id) && other.has(&peer_id) && open(other.text("/Status/Code"))
    }) {
        let message = format!(
            "{} already connects the two",
            other.text("/VpcPeeringConnectionId")
        );
        return Err(ApiError::new("VpcPeeringConnectionAlreadyExists", message));
    }
    let peer = call.world.truth(&theirs).vpcs.get(&peer_id);
    let expires = Timestamp::now() + SignedDuration::from_hours(7 * 24);
    let json = json!({
        "AccepterVpcInfo": {
            "OwnerId": theirs.account, "Region": theirs.region, "VpcId": peer_id,
        },
        "RequesterVpcInfo": info(&vpc, &mine),
        "ExpirationTime": expires.to_string(),
    });
    let mut connection = VpcPeeringConnection::new(&call.ids.new_id("pcx"), tags, json);
    let request = format!("Initiating Request to {}", theirs.account);
    connection.set_status("initiating-request", &request);
    let reply = Reply::with("VpcPeeringConnection", connection.shown());
    match peer {
        Some(peer) if !overlap(&vpc, peer) => {
            let message = format!("Pending Acceptance by {}", theirs.account);
            connection.set_status("pending-acceptance", &message);
        }
        _ => connection.set_status(
            "failed",
            "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range",
        ),
    }
    let mut all = Everywhere::new(reply);
    if peer.is_some() && theirs != mine {
        let mut other = connection.clone();
        other.tags = Tags::default();
        all.add(&theirs, [Change::put(other)]);
    }
    all.add(&mine, [Change::put(connection)]);
    Ok(all)
}

/// AcceptVpcPeeringConnection.
///
/// API Reference: it is pending, and the caller owns the accepter VPC, in its Region. Then both
/// sides show their blocks, and the routes to it are active.
pub(super) fn accept(call: &Call, params: &mut Params) -> Result<Everywhere, ApiError> {
    let id = params.required("VpcPeeringConnectionId")?;
    let connection = call.find::<VpcPeeringConnection>(&id)?;
    let [requester, accepter] = connection.sides(call.scope);
    if accepter != *call.scope {
        let message = format!("User {} cannot accept peering {id}", call.scope.account);
        return Err(ApiError::new("OperationNotPermitted", message));
    }
    check_status(connection, &["pending-acceptance"])?;
    let side = |scope: &Scope, member: &str| {
        let vpc = connection.text(&format!("/{member}/VpcId"));
        let vpc = call.world.truth(scope).vpcs.get(vpc);
        vpc.map_or_else(|| connection.json[member].clone(), |vpc| info(vpc, scope))
    };
    let sides = [
        (REQUESTER, side(&requester, REQUESTER)),
        (ACCEPTER, side(&accepter, ACCEPTER)),
    ];
    let accepted = |connection: &mut VpcPeeringConnection| {
        connection.set_status("active", "Active");
        for (member, info) in &sides {
            connection.json[member] = info.clone();
        }
        if let Some(members) = connection.json.as_object_mut() {
            members.remove("ExpirationTime");
        }
    };
    let mut shown = VpcPeeringConnection::clone(connection);
    accepted(&mut shown);
    shown.set_status("provisioning", "Provisioning");
    let reply = Reply::with("VpcPeeringConnection", shown.shown());
    Ok(settle(call, connection, "active", &accepted, reply))
}

/// DeleteVpcPeeringConnection.
///
/// API Reference: either side deletes an active one, the requester also one that is pending. VPC
/// Peering Guide: it is still shown for a while, as `deleted`; the routes to it are blackholes, and
/// the rules that reference a group over it are stale and stay.
pub(super) fn delete(call: &Call, params: &mut Params) -> Result<Everywhere, ApiError> {
    let id = params.required("VpcPeeringConnectionId")?;
    let connection = call.find::<VpcPeeringConnection>(&id)?;
    let [requester, _] = connection.sides(call.scope);
    let allowed: &[&str] = if requester == *call.scope {
        &["active", "pending-acceptance"]
    } else {
        &["active"]
    };
    check_status(connection, allowed)?;
    let message = format!("Deleted by {}", call.scope.account);
    let deleted =
        |connection: &mut VpcPeeringConnection| connection.set_status("deleted", &message);
    let reply = Reply::with("Return", true);
    Ok(settle(call, connection, "deleted", &deleted, reply))
}

fn check_status(connection: &VpcPeeringConnection, allowed: &[&str]) -> Result<(), ApiError> {
    let code = connection.text("/Status/Code");
    if allowed.contains(&code) {
        return Ok(());
    }
    let message = format!("Invalid state: {code}");
    Err(ApiError::new("InvalidStateTransition", message))
}

/// Brings both sides' views of a connection, routes and rules into a new state.
fn settle(
    call: &Call,
    connection: &VpcPeeringConnection,
    code: &str,
    edit: &dyn Fn(&mut VpcPeeringConnection),
    reply: Reply,
) -> Everywhere {
    let id = connection.text("/VpcPeeringConnectionId");
    let mut all = Everywhere::new(reply);
    let [one, other] = connection.sides(call.scope);
    let mut sides = vec![one, other];
    sides.dedup();
    for scope in &sides {
        let state = call.world.truth(scope);
        let Some(own) = state.vpc_peering_connections.get(id) else {
            continue;
        };
        let mut own = VpcPeeringConnection::clone(own);
        edit(&mut own);
        let status = if code == "active" {
            "active"
        } else {
            "blackhole"
        };
        all.add(scope, [Change::put(own)]);
        let tables = state.route_tables.iter();
        all.add(
            scope,
            route::in_state(tables, "VpcPeeringConnectionId", id, status),
        );
        all.add(scope, rules_in_status(state, id, code));
    }
    all
}

/// The rules that reference a group over a connection, with its status.
fn rules_in_status(state: &State, id: &str, code: &str) -> Vec<Change> {
    let rules = state.security_group_rules.iter();
    rules
        .filter_map(|rule| {
            let mut rule = SecurityGroupRule::clone(rule);
            let reference = rule.reference_mut()?;
            let over = reference.extra.get("VpcPeeringConnectionId")?;
            if over.as_str() != Some(id) {
                return None;
            }
            let status = "PeeringStatus".to_owned();
            reference.extra.insert(status, code.into());
            Some(Change::put(rule))
        })
        .collect()
}

/// What a connection shows of a VPC.
///
/// API Reference, VpcPeeringConnection: an accepter's blocks are shown once it is active.
fn info(vpc: &Vpc, scope: &Scope) -> Value {
    let ipv4: Vec<_> = vpc
        .ipv4_blocks()
        .map(|block| json!({"CidrBlock": block.to_string()}))
        .collect();
    let ipv6: Vec<_> = vpc
        .ipv6_blocks()
        .map(|block| json!({"Ipv6CidrBlock": block.to_string()}))
        .collect();
    let mut info = json!({
        "CidrBlock": vpc.cidr_block,
        "CidrBlockSet": ipv4,
        "OwnerId": scope.account,
        "Region": scope.region,
        "VpcId": vpc.vpc_id,
        "PeeringOptions": {
            "AllowDnsResolutionFromRemoteVpc": false,
            "AllowEgressFromLocalClassicLinkToRemoteVpc": false,
            "AllowEgressFromLocalVpcToRemoteClassicLink": false,
        },
    });
    if !ipv6.is_empty() {
        info["Ipv6CidrBlockSet"] = ipv6.into();
    }
    info
}

fn overlap(one: &Vpc, other: &Vpc) -> bool {
    let ipv4 = one.ipv4_blocks().any(|block| {
        other
            .ipv4_blocks()
            .any(|far| far.contains(&block) || block.contains(&far))
    });
    let ipv6 = one.ipv6_blocks().any(|block| {
        other
            .ipv6_blocks()
            .any(|far| far.contains(&block) || block.contains(&far))
    });
    ipv4 || ipv6
}
