//! The CustomResourceDefinitions in `crds/` are those of the types.
#![allow(clippy::unwrap_used)]

use dms_network_core::api::{crd_manifest, crds};
use serde_json::Value;
use std::{fs, path::Path};

#[test]
fn the_files_in_crds_are_those_of_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crds");
    let mut files = 0;
    for crd in crds() {
        let file = folder.join(format!("{}.yaml", crd.spec.names.plural));
        let written: Value = serde_saphyr::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(
            written,
            crd_manifest(&crd).unwrap(),
            "{} differs from the types: run `cargo run -- crds --output crds`",
            file.display()
        );
        files += 1;
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), files);
}
