//! Axes that vary together: one dimension, a coordinate for each field.
use serde_json::json;

use crate::{Place, said};

const DOCUMENT: &str = r#"
engine = "nrg"
[model]
kind = "two-impurity-helical-kondo"
distance = 2
[discretization]
z = [0.0]
[truncation]
max_states = 64
[run]
temperature = [0.1, 0.2]
shells = 3
[sweep]
"model.coupling_z" = { along = "model.coupling", from = 0.0, to = 0.1, count = 3 }
"model.coupling" = [0.1, 0.2, 0.3]
"discretization.lambda" = { along = "model.coupling", values = [3.0, 3.5, 4.0] }
"#;

/// Every point of the zipped sweep is the point computed alone.
#[test]
fn zipped_points_are_those_of_single_documents() {
    let place = Place::temporary();
    place.document(DOCUMENT);
    let swept = place.json(&["run", "document.toml@", "--json"]);
    assert_eq!(swept["axes"].as_array().unwrap().len(), 2);
    assert_eq!(swept["axes"][0]["field"], "model.coupling");
    let others = swept["axes"][0]["others"].as_array().unwrap();
    assert_eq!(others[0], json!({"field": "model.coupling_z", "values": [0.0, 0.05, 0.1]}));
    let results = swept["results"].as_array().unwrap();
    assert_eq!(results.len(), 6);
    for (index, (coupling, coupling_z, lambda)) in
        [(0.1, 0.0, 3.0), (0.2, 0.05, 3.5), (0.3, 0.1, 4.0)].into_iter().enumerate()
    {
        let (head, _) = DOCUMENT.split_once("[sweep]").unwrap();
        let fields = format!("distance = 2\ncoupling = {coupling}\ncoupling_z = {coupling_z}");
        let head = head.replace("distance = 2", &fields);
        place.document(&head.replace("z = [0.0]", &format!("z = [0.0]\nlambda = {lambda}")));
        let alone = place.json(&["run", "document.toml@", "--json"]);
        for temperature in 0..2 {
            assert_eq!(results[2 * index + temperature], alone["results"][temperature]);
        }
    }
}

#[test]
fn a_zipped_temperature_is_one_run_for_each_point() {
    let place = Place::temporary();
    let text = DOCUMENT.replace("temperature = [0.1, 0.2]\n", "").replace(
        "[sweep]",
        "[sweep]\n\"run.temperature\" = { along = \"model.coupling\", values = [0.3, 0.2, 0.1] }",
    );
    place.document(&text);
    let run = ["sweep", "run", "document.toml@", "--store", "store@", "--json"];
    let report = place.json(&run);
    let points = report["results"]["points"].as_array().unwrap();
    assert_eq!(points.len(), 3);
    assert_eq!(
        points[2]["coordinates"],
        json!({"model.coupling": 0.3, "model.coupling_z": 0.1, "discretization.lambda": 4.0,
               "run.temperature": 0.1})
    );
    // The same three points inside the plain sweep over temperatures.
    place.document(&DOCUMENT.replace("[0.1, 0.2]", "[0.1, 0.2, 0.3]"));
    let all = place.json(&run);
    assert_eq!(all["units"], json!({"total": 9, "computed": 6}));
    place.fine(&["store", "export", "store@", report["job"].as_str().unwrap(), "--output", "z@"]);
    let bytes = std::fs::read(place.path("z/temperature/zarr.json")).unwrap();
    let array: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(array["dimension_names"], json!(["coupling"]));
    let group = std::fs::read(place.path("z/zarr.json")).unwrap();
    let group: serde_json::Value = serde_json::from_slice(&group).unwrap();
    let named = group["attributes"]["coordinates"].as_str().unwrap();
    assert!(["coupling_z", "lambda", "temperature"].iter().all(|name| named.contains(name)));
}

#[test]
fn what_does_not_fit_together_is_named() {
    let place = Place::temporary();
    for (from, to, named) in [
        ("count = 3 }", "count = 4 }", ["model.coupling_z", "4 values", "3 values"]),
        ("[3.0, 3.5, 4.0]", "[3.0]", ["discretization.lambda", "1 values", "as many as"]),
        (
            "along = \"model.coupling\", values",
            "along = \"model.coupling_z\", values",
            ["discretization.lambda\".along", "model.coupling_z", "another axis"],
        ),
        (
            "along = \"model.coupling\", values",
            "along = \"discretization.lambda\", values",
            ["discretization.lambda\".along", "another axis", "model.coupling"],
        ),
        ("along = \"model.coupling\", values", "along = 3, values", ["along", "3", "a text"]),
        ("values = [3.0, 3.5, 4.0]", "values = []", ["values", "[]", "at least one"]),
        ("values = [", "from = 1, values = [", ["from", "no such field", "along"]),
        ("[3.0, 3.5, 4.0]", "[3.0, 3.5, 0.5]", ["discretization.lambda", "0.5", "expected"]),
    ] {
        let text = DOCUMENT.replacen(from, to, 1);
        assert_ne!(text, DOCUMENT, "{from}");
        place.document(&text);
        let output = place.run(&["check", "document.toml@"]);
        assert_eq!(output.status.code(), Some(2), "{to}: {}", said(&output));
        for name in named {
            assert!(said(&output).contains(name), "{to}: {name} is not in {}", said(&output));
        }
    }
}
