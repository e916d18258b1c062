//! The one vocabulary of reasons, for gates, paths, notes, refusals and conditions.
//!
//! Names are stable: people write alerts and scripts on them. Each has a cause and a remedy for the
//! reference; the message of a gate says the same with the real ids. Where AWS's Reachability Analyzer
//! has a code for the same finding, the reason names it.
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

/// Declares the reasons with their texts.
macro_rules! reasons {
    ($($name:ident [$($code:literal),*] $cause:literal => $remedy:literal;)*) => {
        /// Why a gate, a path or an object stands as it does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Reason {
            $(#[doc = $cause] $name,)*
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name as it stands in status and plan.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// What it means.
            pub fn cause(self) -> &'static str {
                match self {
                    $(Self::$name => $cause,)*
                }
            }

            /// What a person can do about it.
            pub fn remedy(self) -> &'static str {
                match self {
                    $(Self::$name => $remedy,)*
                }
            }

            /// The Reachability Analyzer's explanation codes for the same finding.
            pub fn reachability_analyzer_codes(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$($code),*],)*
                }
            }
        }
    };
}

reasons! {
    // Open.
    Permitted [] "The packet passes." => "Nothing is to be done.";
    PermittedWithRequirements [] "Everything that is ours lets the packets pass; others must allow some of them." => "Hand the listed requirements to those who own the far side.";
    PermittedByAnotherClaim [] "The gate passes only by a rule that another object holds." => "Nothing is to be done: this object joins the rule, so that it does not depend on the other.";

    // Life of an object.
    Pending [] "The object was just applied and has not been judged." => "Wait for the next pass.";
    RulesMissing ["ENI_SG_RULES_MISMATCH"] "Rules or entries are being added." => "Wait for the next pass; under mode Plan, set mode to AddOnly or Enforce.";
    Settling [] "Everything was written, and AWS's reads do not show all of it yet." => "Wait for the next pass.";
    Releasing [] "Own rules that are no longer declared are being released." => "Wait for the next pass.";
    RevocationPending [] "Own rules are no longer declared, and the mode forbids their removal." => "Set mode (and the account's maxMode) to Enforce, or leave them.";
    Terminating [] "The object is being deleted and its own rules are being released." => "Wait; to let the object go and leave its rules, set deletionPolicy to Retain.";
    Expired [] "The expirationTime has passed, so nothing is called for." => "Set a later expirationTime, or delete the object.";
    PlanMode [] "Changes are pending, and mode Plan writes nothing." => "Read pendingChanges, then set mode to AddOnly or Enforce.";
    SpecNotUnderstood [] "The object has a form that this version cannot read; nothing of its is removed." => "Correct the named field, or run the version of the controller that the CRD belongs to.";
    WaitingForOtherOwner [] "Another deployment is releasing a rule that is needed here." => "Wait; if the other deployment is gone, this ends by itself after the landing time.";

    // Accounts and AWS as a whole.
    AccountUsable [] "The account gives this object all that it calls for." => "Nothing is to be done.";
    AccountNotFound [] "There is no AWSAccount of that name." => "Create the AWSAccount, or correct accountRef.";
    AccountChanged [] "The AWSAccount of that name has another account id than before." => "Restore the old account id under this name, or declare the new account under another name.";
    AccountMismatch [] "The credentials belong to another account than the AWSAccount says; nothing is written." => "Correct assumeRole or the controller's credentials, or recreate the AWSAccount with the right accountID.";
    AccessDenied [] "AWS refuses a call for lack of permission." => "Give the controller's role the action that the message names.";
    CredentialsNotUsable [] "AWS does not take the credentials: expired, unknown or revoked." => "Renew the controller's credentials, or correct the role's trust policy.";
    CallRefused [] "AWS refuses a call for a reason that is neither permission, credentials nor a quota." => "Look the error code of the message up in the API's reference; the pass is made again.";
    AWSUnreachable [] "AWS does not answer, or answers with an error of its own." => "Check the network and the AWS Health Dashboard; the controller tries again.";
    Throttled [] "AWS asks for fewer calls." => "Wait; if it lasts, raise the account's API request limits.";
    NotAllowedByAccount [] "The AWSAccount does not give this to the namespace." => "Ask the account's owner to widen the named limit, or run the named create-tags command.";
    QuotaExceeded [] "The additions do not fit into a quota." => "Raise the named quota in Service Quotas, or remove rules that are no longer used.";
    QuotaPressure [] "A security group or network ACL is close to its quota." => "Raise the named quota in Service Quotas before it is reached.";
    NotObserved [] "What decides was not read." => "Allow the named API call, or add the named file to the snapshot.";

    // Replication instance and endpoints.
    ReplicationInstanceResolved [] "The replication instance was found with its subnets and security groups." => "Nothing is to be done.";
    ReplicationInstanceNotFound [] "DMS knows no replication instance or configuration of that name." => "Correct the identifier or configARN, or create it.";
    ReplicationInstanceNotReady [] "The replication instance is being created or changed." => "Wait until DMS shows it as available.";
    DMSEndpointNotFound [] "DMS knows no endpoint with that ARN." => "Correct arn, or leave it out and declare engine and ports.";
    EndpointPortUnknown [] "Neither the declaration, the engine nor the DMS endpoint tells the port." => "Declare ports.";
    SecondaryAddressUnknown [] "The address of the Multi-AZ standby is not known; its subnet stands for it." => "Declare it in privateIPs, where it is known.";
    AddressNotInSubnet [] "A declared address lies in none of its subnets." => "Correct the address, or add the subnet that holds it.";
    AddressNotOnInterface [] "A declared public address is on no interface of the replication instance." => "Correct publicIPs, or associate the address with the replication instance's interface.";
    AddressOutsideVPC [] "A declared address lies outside of the VPC that it is declared in." => "Correct the address or the placement.";
    AddressFamilyMismatch [] "One end speaks IPv4 only and the other IPv6 only." => "Declare addresses of a family that both ends have.";
    ReservedByDMS [] "DMS keeps 192.168.0.0/24 for itself, and never reaches a database there." => "Put a proxy in front of the database and use placement proxy; the remedy gives it filled in.";
    ClassicLinkRetired [] "AWS ended EC2-Classic and ClassicLink in 2023." => "Use placement proxy; the remedy gives it filled in.";
    AdmitFormCannotWork [] "The declared form of admission cannot work on this path." => "Set admit to Auto, or to a form that the message names.";

    // VPCs, subnets, security groups.
    VPCNotFound [] "There is no such VPC in the account and Region." => "Correct vpcID, accountRef or region.";
    SubnetNotFound [] "There is no such subnet in the account and Region." => "Correct subnetIDs.";
    SubnetInAnotherVPC [] "A declared subnet belongs to another VPC than declared." => "Correct subnetIDs or vpcID.";
    InterfaceNotFound [] "There is no such network interface." => "Correct networkInterfaceID.";
    InstanceNotFound [] "There is no such instance." => "Correct instanceID.";
    SecurityGroupNotFound [] "There is no such security group in the account and Region." => "Correct securityGroupIDs.";
    SecurityGroupInAnotherVPC [] "A declared security group belongs to another VPC than declared." => "Declare a security group of that VPC.";
    SecurityGroupsUnknown [] "The security groups of an address are neither declared nor read from its interface." => "Declare securityGroupIDs.";
    GroupNotOnInterface [] "The interface of the address carries none of the declared security groups." => "Declare a group that it carries, or attach the declared one to it.";
    NoSecurityGroupRule ["ENI_SG_RULES_MISMATCH"] "No rule of the security groups permits the flow." => "Nothing is to be done: the controller adds the rule.";
    SecurityGroupHasNoRules ["SG_HAS_NO_RULES"] "The security groups have no rule at all in this direction." => "Nothing is to be done: the controller adds the rule.";
    SecurityGroupReferenceNotPreserved ["SG_REFERENCES_NOT_PRESERVED"] "A rule names the client by its security group, which does not work on this path." => "Set admit to PrivateIP or SubnetCIDR, and remove the rule if nobody else needs it.";
    SecurityGroupReferencingDisabled ["SG_REFERENCING_SUPPORT"] "The transit gateway or one of its attachments has security group referencing disabled." => "Enable it on the transit gateway and both attachments, or set admit to PrivateIP or SubnetCIDR.";

    // Network ACLs.
    NetworkACLNotFound [] "There is no such network ACL." => "Associate the subnet with a network ACL that exists.";
    NoNetworkACLEntry ["SUBNET_ACL_RESTRICTION"] "No entry of the network ACL permits the packets." => "Nothing is to be done: the controller adds the entry.";
    NoReturnEntry ["SUBNET_ACL_RESTRICTION"] "No entry of the network ACL permits the answers on the client's ports." => "Nothing is to be done: the controller adds the entry.";
    BlockedByDeny ["SUBNET_ACL_RESTRICTION"] "A deny that somebody wrote into the network ACL decides." => "Remove the deny, or add the named entry before it.";
    ReturnPortsDenied ["SUBNET_ACL_RESTRICTION"] "A deny in the network ACL decides some of the client's ports that are seldom used." => "Remove the deny if connections fail now and then.";
    NetworkACLNotManaged ["SUBNET_ACL_RESTRICTION"] "The network ACL lacks an entry, and may not be changed from here." => "Ask its owner to add the entries of the requirement.";
    NoEntryNumber [] "No entry number is free that stands behind the denies which must keep their force." => "Move the deny to a lower number, or give this deployment a wider --acl-entry-range.";
    EntryRangeShared [] "Another deployment holds entry numbers of this one's range." => "Set --acl-entry-range, so that no two deployments share numbers.";
    UnclaimedEntry [] "An entry in 20000-20999 has no claim; it is left alone and counts for nothing." => "Remove it if nobody needs it.";

    // Routes.
    RouteTableNotFound [] "There is no route table for the subnet." => "Associate the subnet with a route table.";
    NoRoute ["NO_ROUTE_TO_DESTINATION"] "No route leads to the destination." => "Add the route that the remedy gives.";
    RouteNotActive ["BAD_STATE_ROUTE"] "The route that decides is a black hole." => "Replace the route, or restore its target.";
    NoReturnRoute ["NO_ROUTE_TO_DESTINATION"] "No route leads back to the source." => "Add the return route that the remedy gives.";
    RouteGoesElsewhere ["CANNOT_ROUTE"] "The route leads elsewhere than the placement says." => "Correct the placement, or the route.";
    RoutingLoop ["CANNOT_ROUTE"] "The route comes back to a hop that was passed." => "Correct the routes that the message names.";
    AmbiguousRoute ["CANNOT_ROUTE"] "Two prefix lists give routes of the same length to different targets." => "Remove one of the two routes.";
    InspectedByMiddlebox [] "A firewall or appliance on the way decides, and cannot be read." => "Ask its owner to allow the flow of the requirement.";
    NotSeenThrough [] "A hop on the way cannot be read." => "Ask its owner to allow the flow of the requirement.";
    FarSideNotOurs [] "The other end is somebody else's to open." => "Hand the requirement to its owner.";

    // Gateways and hops.
    GatewayNotFound [] "There is no such gateway." => "Correct the id, or the route that names it.";
    GatewayNotAttached ["BAD_STATE_ATTACHMENT"] "The virtual private gateway is not attached to this VPC." => "Attach it to the VPC.";
    VPNDown ["BAD_STATE_VPN"] "No VPN connection of the gateway is available." => "Restore the VPN connection, unless Direct Connect carries the traffic.";
    PeeringNotFound [] "There is no such VPC peering connection." => "Correct peeringConnectionID, or create the peering connection.";
    PeeringNotActive ["BAD_STATE"] "The VPC peering connection is not active." => "Accept or recreate the peering connection.";
    NotInPeerCIDR ["PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"] "The destination lies outside of the peer VPC: peering carries nothing further." => "Declare the address that the database has in the peer VPC, or use a transit gateway.";
    PeerUnknown ["UNKNOWN_PEERED_SGS"] "The VPC behind the peering connection was not read." => "Give the AWSAccount of the peer VPC in accountRef.";
    AttachmentMissingInZone ["TGW_ROUTE_AZ_RESTRICTION"] "The transit gateway attachment has no subnet in this availability zone." => "Add a subnet of this zone to the attachment.";
    AttachmentNotAvailable ["BAD_STATE_ATTACHMENT"] "The VPC has no available attachment to the transit gateway." => "Create or accept the attachment.";
    TransitGatewayNoRoute ["TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"] "The transit gateway's route table has no route to the destination." => "Add the route, or enable propagation.";
    IPv6NotEnabled [] "The attachment does not carry IPv6." => "Enable IPv6 support on the attachment.";
    InternetGatewayDetached ["BAD_STATE_ATTACHMENT"] "The internet gateway is not attached to this VPC." => "Attach it to the VPC.";
    NoPublicAddress ["IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"] "The replication instance has no public address, which an internet gateway needs." => "Use a publicly accessible replication instance, or route through a NAT gateway.";
    PrivateDestination ["IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS"] "The destination is private, and no internet gateway carries it." => "Declare the public address of the database, or another placement.";
    PublicAccessBlocked ["VPC_BLOCK_PUBLIC_ACCESS_ENABLED"] "VPC Block Public Access stops the traffic." => "Add an exclusion for the subnet or VPC.";
    NATGatewayNotAvailable ["BAD_STATE"] "The NAT gateway is not available." => "Replace the NAT gateway, or the route to it.";
    NATGatewayNotInZone ["REGIONAL_NGW_ROUTE_AZ_RESTRICTION"] "The regional NAT gateway has no address in the client's availability zone." => "Give the NAT gateway an address in this zone, unless AWS extends it there by itself.";
    NATGatewayWithoutInternet [] "The NAT gateway has no way to the internet." => "Route its subnet to an internet gateway.";
    SourceDestCheckEnabled ["ENI_SOURCE_DEST_CHECK_RESTRICTION"] "The host's interface drops what is not addressed to it: its source/destination check is on." => "Disable the source/destination check of the interface.";

    // Connection tests.
    ConnectionTestFailed [] "Every gate is open, and DMS's own test failed." => "Read DMS's message: credentials, TLS and host names fail there too.";
    ConnectionTestPassed [] "DMS reached the endpoint." => "Nothing is to be done.";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that is no reason of this version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no reason that this version knows: see the reference of reasons")]
pub struct UnknownReason(pub String);

impl FromStr for Reason {
    type Err = UnknownReason;
    fn from_str(text: &str) -> Result<Self, UnknownReason> {
        Self::ALL
            .iter()
            .find(|reason| reason.as_str() == text)
            .copied()
            .ok_or_else(|| UnknownReason(text.to_owned()))
    }
}

// A pattern, not an enumeration: a newer controller may write reasons that the installed CRD has not
// heard of.
impl JsonSchema for Reason {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Reason".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": 64, "pattern": "^[A-Z][A-Za-z0-9]*$" })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_has_a_cause_and_a_remedy_and_is_read_back() {
        for reason in Reason::ALL {
            assert!(reason.cause().ends_with('.'), "{reason}");
            assert!(reason.remedy().ends_with('.'), "{reason}");
            assert_eq!(reason.as_str().parse::<Reason>().unwrap(), *reason);
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
    }

    #[test]
    fn causes_are_told_apart() {
        let causes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.cause()).collect();
        assert_eq!(causes.len(), Reason::ALL.len());
    }
}
