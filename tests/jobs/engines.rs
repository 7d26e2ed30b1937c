//! What holds for every engine whose documents are tables.
use std::collections::HashSet;

use edgestate::engine::Node;
use edgestate::jobs::spec::engines;
use proptest::prelude::*;

/// Examples of the engines: (engine, tables).
fn examples() -> Vec<(String, Node)> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let document = Node::from_toml(&std::fs::read_to_string(path).unwrap()).unwrap();
        let Some(Node::Text(engine)) = document.get("engine").cloned() else { panic!() };
        let Node::Table(mut entries) = document else { panic!() };
        entries.retain(|(name, _)| !matches!(name.as_str(), "engine" | "device" | "sweep"));
        found.push((engine, Node::Table(entries)));
    }
    found
}

#[test]
fn every_engine_has_its_own_name_and_fields_and_an_example() {
    let names: HashSet<&str> = engines().iter().map(|engine| engine.name()).collect();
    assert_eq!(names.len(), engines().len());
    for engine in engines() {
        let paths: HashSet<&str> = engine.sweepable().iter().map(|field| field.path).collect();
        assert_eq!(paths.len(), engine.sweepable().len(), "{}", engine.name());
        assert!(examples().iter().any(|(name, _)| name == engine.name()), "{}", engine.name());
        // Nothing at all is refused by name.
        let errors = engine.resolve(&Node::Table(Vec::new())).unwrap_err();
        assert!(!errors.is_empty() && errors.iter().all(|error| !error.field.is_empty()));
    }
}

fn value() -> impl Strategy<Value = Node> {
    let flat = prop_oneof![
        any::<f64>().prop_map(Node::Number),
        (-2.0..40.0).prop_map(Node::Number),
        (-2i32..40).prop_map(|n| Node::Number(f64::from(n))),
        "[a-z-]{0,8}".prop_map(Node::Text),
        any::<bool>().prop_map(Node::Bool),
        Just(Node::Null),
    ];
    flat.prop_recursive(2, 12, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Node::List),
            prop::collection::vec(("[a-z_]{0,8}", inner), 0..3).prop_map(Node::Table),
        ]
    })
}

proptest! {
    /// Any tables are refused or understood; what is understood, written out in full, is understood
    /// the same way, and costs something finite.
    #[test]
    fn resolving_is_idempotent_and_never_panics(
        number in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), value()), 0..3),
    ) {
        for engine in engines() {
            let examples = examples();
            let mine: Vec<&Node> = examples
                .iter()
                .filter(|(name, _)| name == engine.name())
                .map(|(_, tables)| tables)
                .collect();
            let mut request = (*number.get(&mine)).clone();
            for (index, value) in &edits {
                request.set(index.get(engine.sweepable()).path, value.clone());
            }
            let Ok(resolved) = engine.resolve(&request) else { continue };
            prop_assert_eq!(&engine.resolve(&resolved).unwrap(), &resolved);
            let cost = engine.cost(&resolved);
            prop_assert!(cost.core_seconds.is_finite() && 0.0 <= cost.core_seconds, "{:?}", cost);
        }
    }
}
