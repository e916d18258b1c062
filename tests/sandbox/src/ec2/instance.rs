//! Instances: as the snapshot has them, read only.

use super::{Call, describe::Describe};
use crate::{
    error::ApiError,
    id::Kind,
    json::Extra,
    reply::Reply,
    state::{Resource, State},
    tags::Tags,
    wire::query::Params,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// An instance, with the reservation that it was started in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Instance {
    id: String,
    reservation: Extra,
    members: Extra,
    tags: Tags,
}

impl Instance {
    /// The instances of a reservation.
    pub(crate) fn of_reservation(reservation: Value) -> Result<Vec<Self>, String> {
        let mut reservation = crate::json::extra(reservation);
        let instances = reservation.remove("Instances").unwrap_or_default();
        let instances = instances.as_array().cloned().unwrap_or_default();
        instances
            .into_iter()
            .map(|instance| Self::read(&reservation, instance))
            .collect()
    }

    fn read(reservation: &Extra, instance: Value) -> Result<Self, String> {
        let mut members = crate::json::extra(instance);
        let id = members
            .get("InstanceId")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let tags = members.remove("Tags").unwrap_or(Value::Null);
        Ok(Self {
            id: id.ok_or("an instance has no InstanceId")?,
            reservation: reservation.clone(),
            tags: serde_json::from_value(tags).map_err(|error| error.to_string())?,
            members,
        })
    }
}

impl Resource for Instance {
    const KIND: Kind = Kind::Instance;

    fn id(&self) -> &str {
        &self.id
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
    fn tags_mut(&mut self) -> &mut Tags {
        &mut self.tags
    }
    /// The instance alone; its reservation is put around it by [`reservations`].
    fn show(&self, _state: &State) -> Value {
        let mut shown = Value::Object(self.members.clone());
        shown["Tags"] = crate::json::show(&self.tags);
        shown
    }
}

/// The filters that can matter for a network; the API Reference lists some more, for images, disks
/// and licences, which are refused here.
const DESCRIBE: Describe = Describe {
    ids_or_pages: true,
    ..Describe::new(
        "Reservations",
        "InstanceId",
        &[
            ("architecture", "Architecture"),
            ("availability-zone", "Placement.AvailabilityZone"),
            ("dns-name", "PublicDnsName"),
            ("image-id", "ImageId"),
            ("instance-id", "InstanceId"),
            ("instance-state-code", "State.Code"),
            ("instance-state-name", "State.Name"),
            ("instance-type", "InstanceType"),
            ("instance.group-id", "SecurityGroups.GroupId"),
            ("instance.group-name", "SecurityGroups.GroupName"),
            ("ip-address", "PublicIpAddress"),
            (
                "ipv6-address",
                "NetworkInterfaces.Ipv6Addresses.Ipv6Address",
            ),
            ("key-name", "KeyName"),
            (
                "network-interface.addresses.association.public-ip",
                "NetworkInterfaces.PrivateIpAddresses.Association.PublicIp",
            ),
            (
                "network-interface.addresses.private-ip-address",
                "NetworkInterfaces.PrivateIpAddresses.PrivateIpAddress",
            ),
            (
                "network-interface.association.public-ip",
                "NetworkInterfaces.Association.PublicIp",
            ),
            (
                "network-interface.description",
                "NetworkInterfaces.Description",
            ),
            (
                "network-interface.group-id",
                "NetworkInterfaces.Groups.GroupId",
            ),
            (
                "network-interface.network-interface-id",
                "NetworkInterfaces.NetworkInterfaceId",
            ),
            (
                "network-interface.private-ip-address",
                "NetworkInterfaces.PrivateIpAddress",
            ),
            (
                "network-interface.source-dest-check",
                "NetworkInterfaces.SourceDestCheck",
            ),
            ("network-interface.status", "NetworkInterfaces.Status"),
            ("network-interface.subnet-id", "NetworkInterfaces.SubnetId"),
            ("network-interface.vpc-id", "NetworkInterfaces.VpcId"),
            ("private-dns-name", "PrivateDnsName"),
            ("private-ip-address", "PrivateIpAddress"),
            ("source-dest-check", "SourceDestCheck"),
            ("subnet-id", "SubnetId"),
            ("vpc-id", "VpcId"),
        ],
    )
};

/// DescribeInstances.
pub(super) fn describe(call: &Call, params: &mut Params) -> Result<Reply, ApiError> {
    params.flag("IncludeManagedResources")?;
    let reply = DESCRIBE.run::<Instance>(call, params)?;
    let instances = reply.list.map(|(_, items)| items).unwrap_or_default();
    let found = instances.iter().filter_map(|shown| {
        let id = shown.get("InstanceId")?.as_str()?;
        call.state.instances.get(id)
    });
    let list = reservations(call.state, found)
        .into_iter()
        .map(Arc::new)
        .collect();
    Ok(Reply {
        list: Some((DESCRIBE.list, list)),
        fields: reply.fields,
    })
}

/// Instances in their reservations, as DescribeInstances shows them.
pub(crate) fn reservations<'a>(
    state: &State,
    instances: impl Iterator<Item = &'a Arc<Instance>>,
) -> Vec<Value> {
    let mut reservations: BTreeMap<String, Value> = BTreeMap::new();
    for instance in instances {
        let id = instance
            .reservation
            .get("ReservationId")
            .and_then(Value::as_str);
        // Without a reservation's id each instance is on its own.
        let key = id.map_or_else(|| instance.id.clone(), str::to_owned);
        let reservation = reservations.entry(key).or_insert_with(|| {
            let mut shown = Value::Object(instance.reservation.clone());
            shown["Instances"] = json!([]);
            shown
        });
        if let Some(list) = reservation
            .get_mut("Instances")
            .and_then(Value::as_array_mut)
        {
            list.push(instance.show(state));
        }
    }
    reservations.into_values().collect()
}
