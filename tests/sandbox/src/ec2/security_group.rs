//! Security groups; their rules are in `security_group_rule`.

use super::{
    Call, describe::Describe, ip_permission, security_group_rule::SecurityGroupRule, vpc::Vpc,
};
use crate::{
    error::ApiError,
    id::Kind,
    json::{Extra, show},
    reply::{Everywhere, Outcome, Reply},
    state::{Change, Index, Resource, State},
    tags::Tags,
    wire::query::Params,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// A security group without its rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SecurityGroup {
    pub(crate) group_id: String,
    #[serde(default)]
    pub(crate) group_name: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) vpc_id: String,
    pub(crate) owner_id: String,
    #[serde(default)]
    pub(crate) tags: Tags,
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

impl Resource for SecurityGroup {
    const KIND: Kind = Kind::SecurityGroup;

    fn id(&self) -> &str {
        &self.group_id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
    fn tags_mut(&mut self) -> &mut Tags {
        &mut self.tags
    }
    fn show(&self, state: &State) -> Value {
        let mut shown = show(self);
        let rules = || state.rules_of(&self.group_id);
        shown["IpPermissions"] = ip_permission::grouped(rules().filter(|rule| !rule.is_egress));
        shown["IpPermissionsEgress"] =
            ip_permission::grouped(rules().filter(|rule| rule.is_egress));
        shown
    }
    fn index(&self, index: &mut Index) {
        index.groups_by_vpc.insert(&self.vpc_id, &self.group_id);
        index
            .groups_by_name
            .insert(&name_key(&self.vpc_id, &self.group_name), &self.group_id);
    }
    fn unindex(&self, index: &mut Index) {
        index.groups_by_vpc.remove(&self.vpc_id, &self.group_id);
        index
            .groups_by_name
            .remove(&name_key(&self.vpc_id, &self.group_name), &self.group_id);
    }
}

fn name_key(vpc: &str, name: &str) -> String {
    format!("{vpc}/{name}")
}

impl SecurityGroup {
    /// The default group of a new VPC.
    pub(super) fn new_default(call: &Call, vpc: &Vpc) -> Self {
        Self::new(
            call,
            vpc,
            "default",
            "default VPC security group",
            Tags::default(),
        )
    }

    /// The group of a VPC with that name.
    pub(super) fn named<'a>(state: &'a State, vpc: &str, name: &str) -> Option<&'a Arc<Self>> {
        let id = state.index.groups_by_name.of(&name_key(vpc, name)).next()?;
        state.security_groups.get(id)
    }

    fn new(call: &Call, vpc: &Vpc, name: &str, description: &str, tags: Tags) -> Self {
        let group_id = call.ids.new_id("sg");
        Self {
            group_name: name.to_owned(),
            description: description.to_owned(),
            vpc_id: vpc.vpc_id.clone(),
            owner_id: call.scope.account.clone(),
            tags,
            extra: crate::json::extra(json!({
                "SecurityGroupArn": call.arn(&format!("security-group/{group_id}")),
            })),
            group_id,
        }
    }
}

const DESCRIBE: Describe = Describe::new(
    "SecurityGroups",
    "GroupId",
    &[
        ("description", "Description"),
        (
            "egress.ip-permission.cidr",
            "IpPermissionsEgress.IpRanges.CidrIp",
        ),
        (
            "egress.ip-permission.from-port",
            "IpPermissionsEgress.FromPort",
        ),
        (
            "egress.ip-permission.group-id",
            "IpPermissionsEgress.UserIdGroupPairs.GroupId",
        ),
        (
            "egress.ip-permission.group-name",
            "IpPermissionsEgress.UserIdGroupPairs.GroupName",
        ),
        (
            "egress.ip-permission.ipv6-cidr",
            "IpPermissionsEgress.Ipv6Ranges.CidrIpv6",
        ),
        (
            "egress.ip-permission.prefix-list-id",
            "IpPermissionsEgress.PrefixListIds.PrefixListId",
        ),
        (
            "egress.ip-permission.protocol",
            "IpPermissionsEgress.IpProtocol",
        ),
        ("egress.ip-permission.to-port", "IpPermissionsEgress.ToPort"),
        (
            "egress.ip-permission.user-id",
            "IpPermissionsEgress.UserIdGroupPairs.UserId",
        ),
        ("group-id", "GroupId"),
        ("group-name", "GroupName"),
        ("ip-permission.cidr", "IpPermissions.IpRanges.CidrIp"),
        ("ip-permission.from-port", "IpPermissions.FromPort"),
        (
            "ip-permission.group-id",
            "IpPermissions.UserIdGroupPairs.GroupId",
        ),
        (
            "ip-permission.group-name",
            "IpPermissions.UserIdGroupPairs.GroupName",
        ),
        (
            "ip-permission.ipv6-cidr",
            "IpPermissions.Ipv6Ranges.CidrIpv6",
        ),
        (
            "ip-permission.prefix-list-id",
            "IpPermissions.PrefixListIds.PrefixListId",
        ),
        ("ip-permission.protocol", "IpPermissions.IpProtocol"),
        ("ip-permission.to-port", "IpPermissions.ToPort"),
        (
            "ip-permission.user-id",
            "IpPermissions.UserIdGroupPairs.UserId",
        ),
        ("owner-id", "OwnerId"),
        ("vpc-id", "VpcId"),
    ],
);

/// DescribeSecurityGroups.
///
/// API Reference: GroupName finds groups of the default VPC only.
pub(super) fn describe(call: &Call, params: &mut Params) -> Result<Reply, ApiError> {
    let page = DESCRIBE.page(params)?;
    let mut ids = params.texts(DESCRIBE.ids)?;
    for name in params.texts("GroupName")? {
        ids.push(in_default_vpc(call, &name)?.group_id.clone());
    }
    let filters = crate::filter::Filters::take(params, DESCRIBE.filters, DESCRIBE.tags)?;
    Ok(DESCRIBE
        .find::<SecurityGroup>(call, &page, ids, &filters)?
        .reply(DESCRIBE.list))
}

/// The group that a call is about: GroupId, or GroupName in the default VPC.
pub(super) fn target(call: &Call, params: &mut Params) -> Result<Arc<SecurityGroup>, ApiError> {
    match (params.text("GroupId")?, params.text("GroupName")?) {
        (Some(id), None) => call.find::<SecurityGroup>(&id).cloned(),
        (None, Some(name)) => in_default_vpc(call, &name).cloned(),
        (Some(_), Some(_)) => Err(ApiError::combination(
            "The parameters GroupId and GroupName exclude each other",
        )),
        (None, None) => Err(ApiError::missing("GroupId")),
    }
}

fn in_default_vpc<'a>(call: &Call<'a>, name: &str) -> Result<&'a Arc<SecurityGroup>, ApiError> {
    let vpc = call.state.vpcs.iter().find(|vpc| vpc.is_default);
    vpc.and_then(|vpc| SecurityGroup::named(call.state, &vpc.vpc_id, name))
        .ok_or_else(|| Kind::SecurityGroup.not_found(name))
}

/// CreateSecurityGroup.
///
/// API Reference, CreateSecurityGroup: name and description of up to 255 characters of a set, a
/// name that does not start with `sg-` and is unique in the VPC. VPC User Guide, "Security groups":
/// a new group has no ingress rules and lets all traffic out.
pub(super) fn create(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let name = params.required("GroupName")?;
    let description = params.required("GroupDescription")?;
    let vpc = match params.text("VpcId")? {
        Some(id) => Arc::clone(call.find::<Vpc>(&id)?),
        None => call
            .state
            .vpcs
            .iter()
            .find(|vpc| vpc.is_default)
            .cloned()
            .ok_or_else(|| {
                ApiError::new(
                    "VPCIdNotSpecified",
                    "No default VPC for this user. GroupName is only \
             supported for EC2-Classic and default VPC.",
                )
            })?,
    };
    check_text("groupName", &name)?;
    check_text("groupDescription", &description)?;
    if name.starts_with("sg-") {
        return Err(ApiError::value(format!(
            "Invalid value '{name}' for groupName. Group names may not be in the format sg-*."
        )));
    }
    if name == "default" {
        return Err(ApiError::new(
            "InvalidGroup.Reserved",
            "The security group name 'default' is reserved",
        ));
    }
    if SecurityGroup::named(call.state, &vpc.vpc_id, &name).is_some() {
        return Err(ApiError::new(
            "InvalidGroup.Duplicate",
            format!(
                "The security group '{name}' already exists for VPC '{}'",
                vpc.vpc_id
            ),
        ));
    }
    let tags = Tags::take_specification(params, Kind::SecurityGroup)?;
    let group = SecurityGroup::new(call, &vpc, &name, &description, tags);
    let rules = SecurityGroupRule::default_egress(call, &group, &vpc);
    let reply = Reply::with("GroupId", group.group_id.clone())
        .and("Tags", show(&group.tags))
        .and(
            "SecurityGroupArn",
            group
                .extra
                .get("SecurityGroupArn")
                .cloned()
                .unwrap_or_default(),
        );
    let mut changes = vec![Change::put(group)];
    changes.extend(rules.into_iter().map(Change::put));
    Ok(Outcome { changes, reply })
}

/// DeleteSecurityGroup.
///
/// API Reference: a group that an interface carries or a group of the same VPC references stays,
/// with DependencyViolation; the default group cannot be deleted. Rules go with their group. A rule
/// of another VPC that references it is stale and stays, without the group's owner
/// (UserIdGroupPair, UserId).
pub(super) fn delete(call: &Call, params: &mut Params) -> Result<Everywhere, ApiError> {
    let group = target(call, params)?;
    let id = &group.group_id;
    if group.group_name == "default" {
        let message =
            format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user");
        return Err(ApiError::new("CannotDelete", message));
    }
    let index = &call.state.index;
    let in_vpc = |other: &str| {
        let other = call.state.security_groups.get(other);
        other.is_some_and(|other| other.vpc_id == group.vpc_id)
    };
    let referenced =
        referencing(call.state, id).any(|rule| rule.group_id != *id && in_vpc(&rule.group_id));
    if referenced || index.interfaces_by_group.of(id).next().is_some() {
        let message = format!("resource {id} has a dependent object");
        return Err(ApiError::new("DependencyViolation", message));
    }
    let reply = Reply::with("Return", true).and("GroupId", id.clone());
    let mut all = Everywhere::new(reply);
    for (scope, state) in call.world.scopes() {
        let stale = referencing(state, id).filter_map(|rule| {
            let mut rule = SecurityGroupRule::clone(rule);
            rule.reference_mut()?.user_id = None;
            Some(Change::put(rule))
        });
        all.add(scope, stale);
    }
    let rules = index.rules_by_group.of(id);
    let own = rules.map(|rule| Change::Delete(Kind::SecurityGroupRule, rule.to_owned()));
    all.add(call.scope, own);
    all.add(
        call.scope,
        [Change::Delete(Kind::SecurityGroup, id.clone())],
    );
    Ok(all)
}

/// The rules that reference a group.
fn referencing<'a>(
    state: &'a State,
    group: &'a str,
) -> impl Iterator<Item = &'a Arc<SecurityGroupRule>> {
    let rules = state.index.rules_by_reference.of(group);
    rules.filter_map(|id| state.security_group_rules.get(id))
}

fn check_text(parameter: &str, text: &str) -> Result<(), ApiError> {
    let allowed =
        |byte: char| byte.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(byte);
    if text.chars().count() > 255 || !text.chars().all(allowed) {
        return Err(ApiError::value(format!(
            "Value ({text}) for parameter {parameter} is invalid. Character sets beyond ASCII are \
             not supported; at most 255 of a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{{}}!$*"
        )));
    }
    Ok(())
}
