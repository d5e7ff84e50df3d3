//! `schema/metrics-v1.json` is generated from the catalog.

use runtime_hooks::catalog::{BOUNDARIES, Instrument, METRICS, attribute, lint_count};
use serde_json::{Value, json};

use super::root;

fn instrument(instrument: Instrument) -> &'static str {
    match instrument {
        Instrument::Histogram => "histogram",
        Instrument::Counter | Instrument::FloatCounter => "counter",
        Instrument::UpDownCounter => "updowncounter",
        _ => panic!("an instrument without a name here"),
    }
}

fn schema() -> Value {
    let of_snapshots = METRICS.iter().map(|metric| {
        let attributes = metric.attributes();
        for name in attributes {
            assert!(attribute::ATTRIBUTES.iter().any(|(listed, _)| listed == name), "{name}");
        }
        json!({
            "name": metric.name, "instrument": instrument(metric.instrument()), "unit": metric.unit,
            "description": metric.help, "attributes": attributes,
        })
    });
    let lints = json!({
        "name": lint_count::NAME, "instrument": "counter", "unit": lint_count::UNIT,
        "description": lint_count::HELP, "attributes": [
            attribute::RUNTIME, attribute::TYPE, attribute::NAME, attribute::FUNCTION, attribute::FILE,
            attribute::LINE, attribute::LINT,
        ],
    });
    let attributes = attribute::ATTRIBUTES.iter();
    let attributes = attributes.map(|(name, help)| json!({ "name": name, "description": help }));
    json!({
        "version": 1,
        "namespace": "asyncio",
        "metrics": of_snapshots.chain([lints]).collect::<Vec<_>>(),
        "attributes": attributes.collect::<Vec<_>>(),
        "boundaries": BOUNDARIES,
    })
}

#[test]
fn the_schema_of_the_metrics_is_the_catalog() {
    let (path, real) = (root().join("schema/metrics-v1.json"), format!("{:#}\n", schema()));
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &real).unwrap();
    }
    let listed = std::fs::read_to_string(&path).unwrap();
    assert!(
        listed == real,
        "schema/metrics-v1.json is not up to date: run this test with UPDATE_SCHEMA=1"
    );
}
