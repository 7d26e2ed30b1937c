//! The store: what goes in comes out, crashes between the steps of a write, one writer at a time.
use std::sync::Arc;

use edgestate::jobs::key::Key;
use edgestate::jobs::spec::{Spec, Unit};
use edgestate::jobs::store::{Provenance, Reader, Store, StoreError, StoredUnit};
use edgestate::nrg::SHELL_COLUMNS;

use crate::{keys_of, spec, unit};

fn made() -> Provenance {
    Provenance { device: "test".into(), version: "0".into() }
}

fn units(couplings: &[f64], shells: usize) -> Vec<StoredUnit> {
    let of = |coupling: &f64| {
        let spec = spec(*coupling, 0.0, &[1e-3]);
        let key = keys_of(&spec, "test")[0];
        let shells = shells + (*coupling as usize) % 2;
        let result = unit(*coupling, shells);
        StoredUnit { key, spec: Arc::new(Spec::Nrg(spec)), index: 0, result }
    };
    couplings.iter().map(of).collect()
}

fn keys(units: &[StoredUnit]) -> Vec<Key> {
    units.iter().map(|unit| unit.key).collect()
}

fn put(store: &mut Store, units: &[StoredUnit]) {
    let draft = store.draft().unwrap();
    draft.write(units, &made()).unwrap();
    store.commit(&draft, &keys(units), &[]).unwrap();
}

#[test]
fn units_come_back_bit_for_bit() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let mut first = units(&[0.5, 1.5, 2.5, 3.5], 3);
    for (unit, column, value) in [(1, 2, f64::NAN), (2, 1, -0.0)] {
        let Unit::Nrg(result) = &mut first[unit].result else { panic!() };
        result.values[column] = value;
    }
    let second = units(&[7.5], 0);
    put(&mut store, &first);
    put(&mut store, &second);
    let reader = Reader::open(store.dir()).unwrap();
    let unknown = keys(&units(&[9.0], 1));
    let all = [keys(&second), unknown.clone(), keys(&first)].concat();
    let found = reader.units(&all).unwrap();
    assert_eq!(found.len(), 5);
    assert!(!found.contains_key(&unknown[0]));
    for unit in first.iter().chain(&second) {
        let (back, unit) = (found[&unit.key].nrg().unwrap(), unit.result.nrg().unwrap());
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back.values), bits(&unit.values));
        assert_eq!(back.shells, unit.shells);
        assert_eq!(back.warnings, unit.warnings);
    }
}

/// The metadata that xarray reads: names of dimensions, units, checksummed chunks.
#[test]
fn groups_say_what_they_hold() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    put(&mut store, &units(&[0.5, 1.5], 3));
    let group = dir.path().join("results/00000001");
    let read = |path: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(group.join(path)).unwrap()).unwrap()
    };
    let attributes = &read("zarr.json")["attributes"];
    assert_eq!(
        (attributes["engine"].as_str(), attributes["device"].as_str()),
        (Some("nrg"), Some("test"))
    );
    assert_eq!(attributes["keys"].as_array().unwrap().len(), 2);
    let flow = read(&format!("flow_{}/zarr.json", SHELL_COLUMNS[0].name));
    assert_eq!(flow["dimension_names"], serde_json::json!(["unit", "shell"]));
    assert_eq!(flow["shape"], serde_json::json!([2, 4]));
    assert_eq!(flow["attributes"]["units"], SHELL_COLUMNS[0].unit);
    assert!(flow["codecs"].to_string().contains("crc32c"));
    assert_eq!(read("parameter_coupling/zarr.json")["zarr_format"], 3);
}

#[test]
fn a_damaged_group_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let stored = units(&[0.5, 1.5], 3);
    put(&mut store, &stored);
    let chunk = dir.path().join("results/00000001/sz_sz/c/0");
    let mut bytes = std::fs::read(&chunk).unwrap();
    bytes[3] ^= 0x10;
    std::fs::write(&chunk, bytes).unwrap();
    let outcome = Reader::open(store.dir()).unwrap().units(&keys(&stored));
    assert!(matches!(outcome, Err(StoreError::Arrays { .. })), "{outcome:?}");
}

/// A crash after every step of a write: before the rename nothing is there, after it everything.
#[test]
fn a_crash_between_any_two_steps_is_repaired() {
    let stored = units(&[0.5, 1.5], 3);
    for (step, survives) in [("intent", false), ("staged", false), ("renamed", true)] {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path()).unwrap();
        put(&mut store, &units(&[4.5], 2));
        let draft = store.draft().unwrap();
        if step != "intent" {
            draft.write(&stored, &made()).unwrap();
        }
        if step == "staged" {
            let name = "00000002";
            let (from, to) = (dir.path().join("results"), dir.path().join("staging"));
            std::fs::rename(from.join(name), to.join(name)).unwrap();
            std::fs::remove_file(to.join(name).join("sz_sz/c/0")).unwrap();
        }
        drop(store);
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(store.known(&keys(&stored)).unwrap(), [survives; 2], "{step}");
        assert_eq!(store.known(&keys(&units(&[4.5], 2))).unwrap(), [true], "{step}");
        let found = Reader::open(store.dir()).unwrap().units(&keys(&stored)).unwrap();
        assert_eq!(found.len(), if survives { 2 } else { 0 }, "{step}");
        assert_eq!(std::fs::read_dir(dir.path().join("staging")).unwrap().count(), 0, "{step}");
    }
}

#[test]
fn failures_keep_their_reason_until_they_heal() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let bad = units(&[0.5], 1);
    let draft = store.draft().unwrap();
    draft.write(&[], &made()).unwrap();
    store.commit(&draft, &[], &[(bad[0].key, "no convergence".into())]).unwrap();
    let now = edgestate::jobs::unix_seconds();
    let reason = |store: &Store, since: f64| store.failure(&bad[0].key, since).unwrap();
    assert_eq!(reason(&store, now - 60.0).as_deref(), Some("no convergence"));
    assert_eq!(reason(&store, now + 60.0), None, "older than the job that asks");
    assert_eq!(store.known(&keys(&bad)).unwrap(), [false]);
    put(&mut store, &bad);
    assert_eq!(reason(&store, 0.0), None);
}

#[test]
fn a_second_writer_is_told_who_holds_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let error = Store::open(dir.path()).unwrap_err();
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    drop(store);
    Store::open(dir.path()).unwrap();
}
