//! `schema/dump-v1.json`: the JSON Schema of the document, generated from its type.

use std::path::Path;

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::Value;

use crate::json::DumpDocument;

#[test]
fn the_schema_of_a_dump_is_that_of_its_document() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/dump-v1.json");
    // The packaged crate has no schema.
    if !path.parent().is_some_and(Path::exists) {
        return;
    }
    // As the document is written, not as it would be read.
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema: Value =
        SchemaGenerator::new(settings).into_root_schema_for::<DumpDocument<'_>>().into();
    let real = format!("{schema:#}\n");
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &real).unwrap();
    }
    let listed = std::fs::read_to_string(&path).unwrap();
    assert!(
        listed == real,
        "schema/dump-v1.json is not up to date: run this test with UPDATE_SCHEMA=1"
    );
}
