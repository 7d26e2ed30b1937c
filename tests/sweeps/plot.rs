//! `edgestate plot` and `edgestate doctor`.
use serde_json::Value;

use crate::{DOCUMENT, Place, said};

#[test]
fn a_stored_sweep_is_drawn_with_its_numbers() {
    let place = Place::temporary();
    place.document(DOCUMENT);
    place.fine(&["sweep", "run", "document.toml@", "--store", "store@", "--json"]);
    place.fine(&["plot", "store@", "--output", "a.json@", "--y", "sz_sz"]);
    let figure: Value =
        serde_json::from_slice(&std::fs::read(place.path("a.json")).unwrap()).unwrap();
    let run = place.json(&["run", "document.toml@", "--store", "store@", "--json"]);
    let text = figure.to_string();
    for point in run["results"].as_array().unwrap() {
        let mean = point["static"]["sz_sz"]["mean"].to_string();
        assert!(text.contains(&mean), "{mean} is not drawn");
    }
    assert!(text.contains("coupling = 0.2") && text.contains("discretization parameter"), "{text}");

    for (name, begin) in [("b.svg", b"<".as_slice()), ("b.png", b"\x89PNG"), ("b.csv", b"#")] {
        place.fine(&["plot", "store@", "--output", &format!("{name}@")]);
        let bytes = std::fs::read(place.path(name)).unwrap();
        assert!(bytes.starts_with(begin), "{name}");
    }
    for (arguments, named) in [
        (["--x", "width"], "expected one of coupling"),
        (["--y", "sz"], "expected one of"),
        (["--output", "c.gif"], ".svg"),
    ] {
        let output = place.run(&[&["plot", "store@"], &arguments[..]].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains(named), "{}", said(&output));
    }
}

#[test]
fn the_doctor_names_store_socket_and_devices() {
    let place = Place::temporary();
    let findings = place.json(&["doctor", "--json", "--store", "store@"]);
    let findings = findings["findings"].as_array().unwrap();
    for about in ["version", "memory", "devices", "store", "disk", "socket"] {
        assert!(findings.iter().any(|one| one["about"] == about), "{about}");
    }
    assert!(findings.iter().all(|one| one["health"] == "fine" || one["advice"] != ""));
    assert!(!place.path("store").exists(), "the doctor changes nothing");
}
