//! A MigrationNetwork as it is kept in memory: as text, since a tree of values takes many times its size, and unread,
//! so that one object of a newer schema stops no other.

use dms_network_core::api::{MigrationNetwork, MigrationNetworkSpec, MigrationNetworkStatus};
use k8s_openapi::{NamespaceResourceScope, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use kube::{Resource, api::DynamicObject};
use serde::{Deserialize, Deserializer, de::Error};
use std::{borrow::Cow, sync::Arc};

/// A MigrationNetwork, as the API server gave it.
#[derive(Clone, Debug)]
pub(super) struct StoredNetwork {
    metadata: ObjectMeta,
    /// All but the metadata, as JSON.
    body: Arc<str>,
}

#[derive(Deserialize)]
struct Body {
    spec: MigrationNetworkSpec,
    status: Option<MigrationNetworkStatus>,
}

impl StoredNetwork {
    /// The object as this version reads it.
    ///
    /// # Errors
    /// Where it has a form of another version; the error names the field.
    pub(super) fn understand(&self) -> Result<MigrationNetwork, serde_json::Error> {
        let body: Body = serde_json::from_str(&self.body)?;
        Ok(MigrationNetwork {
            metadata: self.metadata.clone(),
            spec: body.spec,
            status: body.status,
        })
    }

    /// The status, unread; null where there is none.
    pub(super) fn status(&self) -> serde_json::Value {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        body.get("status").cloned().unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for StoredNetwork {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = DynamicObject::deserialize(deserializer)?;
        // Who wrote which field is the API server's business, and as large as the object.
        object.metadata.managed_fields = None;
        let body = serde_json::to_string(&object.data).map_err(D::Error::custom)?;
        Ok(Self {
            metadata: object.metadata,
            body: body.into(),
        })
    }
}

impl Resource for StoredNetwork {
    type DynamicType = ();
    type Scope = NamespaceResourceScope;

    fn kind(dynamic: &()) -> Cow<'_, str> {
        MigrationNetwork::kind(dynamic)
    }

    fn group(dynamic: &()) -> Cow<'_, str> {
        MigrationNetwork::group(dynamic)
    }

    fn version(dynamic: &()) -> Cow<'_, str> {
        MigrationNetwork::version(dynamic)
    }

    fn plural(dynamic: &()) -> Cow<'_, str> {
        MigrationNetwork::plural(dynamic)
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_of_a_newer_schema_is_kept_and_its_field_is_named() {
        let object = json!({
            "apiVersion": "dms-network.dev/v1alpha1", "kind": "MigrationNetwork",
            "metadata": { "name": "orders", "namespace": "migrations", "managedFields": [{ "manager": "kubectl" }] },
            "spec": { "accountRef": { "name": "prod" }, "region": "eu-west-1", "mode": "Dream",
                "replicationInstance": {}, "endpoints": [] },
            "status": { "managedRules": [] },
        });
        let stored: StoredNetwork = serde_json::from_value(object).unwrap();
        assert_eq!(stored.meta().name.as_deref(), Some("orders"));
        assert!(stored.meta().managed_fields.is_none());
        assert!(
            stored
                .understand()
                .unwrap_err()
                .to_string()
                .contains("Dream")
        );
        assert_eq!(stored.status(), json!({ "managedRules": [] }));
    }
}
