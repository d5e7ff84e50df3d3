//! `schema/api-v1.json`: the JSON Schema of each document, generated from its type.

use std::path::Path;

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value, json};

use super::flight::FlightDocument;
use super::lints::LintsDocument;
use super::name::NameDocument;
use super::names::NamesDocument;
use super::overview::Overview;
use super::tasks::TasksDocument;

fn schema_of<T: JsonSchema>() -> Value {
    // As the documents are written, not as they would be read.
    let settings = SchemaSettings::draft2020_12().for_serialize();
    SchemaGenerator::new(settings).into_root_schema_for::<T>().into()
}

fn schema() -> Value {
    json!({
        "version": 1,
        "documents": {
            "/api/v1/overview": schema_of::<Overview>(),
            "/api/v1/names": schema_of::<NamesDocument>(),
            "/api/v1/name": schema_of::<NameDocument>(),
            "/api/v1/tasks": schema_of::<TasksDocument>(),
            "/api/v1/lints": schema_of::<LintsDocument>(),
            "/api/v1/flight?format=json": schema_of::<FlightDocument>(),
        },
    })
}

#[test]
fn the_schema_of_the_api_is_that_of_its_documents() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/api-v1.json");
    // The packaged crate has no schema.
    if !path.parent().is_some_and(Path::exists) {
        return;
    }
    let real = format!("{:#}\n", schema());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &real).unwrap();
    }
    let listed = std::fs::read_to_string(&path).unwrap();
    assert!(
        listed == real,
        "schema/api-v1.json is not up to date: run this test with UPDATE_SCHEMA=1"
    );
}
