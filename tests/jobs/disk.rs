//! The store on a disk that fails at its k-th call, k = 1, 2, ... until a run passes clean: what was
//! acknowledged stays, what was not is there as a whole or not at all.
use std::path::Path;
use std::sync::Arc;

use edgestate::engine::{Answer, Array, Node, Quality, Values};
use edgestate::jobs::key::{Key, keys_of};
use edgestate::jobs::spec::{Spec, Tables, Unit};
use edgestate::jobs::store::{Disk, Fault, Provenance, Reader, Store, StoreError, StoredUnit};

/// Two units whose numbers tell which they are.
fn units(first: f64) -> Vec<StoredUnit> {
    [first, first + 0.5]
        .map(|number| {
            let request = Node::Table(vec![("number".into(), Node::Number(number))]);
            let spec = Spec::Tables(Tables { engine: "ribbon", request });
            let energies = Values::F64(vec![number, -number, number / 3.0]);
            let arrays = vec![Array::new("energy", "meV", "energy", energies).over(&[("n", 3)])];
            let result = Unit::Answer(Answer { arrays, quality: Quality::default() });
            StoredUnit { key: keys_of(&spec, "test")[0], spec: Arc::new(spec), index: 0, result }
        })
        .to_vec()
}

fn keys(units: &[StoredUnit]) -> Vec<Key> {
    units.iter().map(|unit| unit.key).collect()
}

/// As the server does it.
fn put(store: &mut Store, units: &[StoredUnit]) -> Result<(), StoreError> {
    let draft = store.draft()?;
    let made = Provenance { device: "test".into(), version: "0".into() };
    let outcome = draft.write(units, &made).and_then(|()| store.commit(&draft, &keys(units), &[]));
    if let Err(error) = outcome {
        let failed: Vec<_> = keys(units).into_iter().map(|key| (key, error.to_string())).collect();
        let _ = store.abandon(&draft, &failed);
        return Err(error);
    }
    Ok(())
}

/// All of them with their numbers, or none of them.
fn check(dir: &Path, units: &[StoredUnit], acknowledged: bool, what: &str) {
    let reader = Reader::open(dir).unwrap();
    let known = reader.known(&keys(units)).unwrap();
    assert!(known[0] == known[1], "{what}: half a group is visible");
    assert!(known[0] || !acknowledged, "{what}: an acknowledged group is lost");
    let found = reader.units(&keys(units)).unwrap();
    assert_eq!(found.len(), if known[0] { units.len() } else { 0 }, "{what}");
    for unit in units.iter().filter(|_| known[0]) {
        assert!(format!("{:?}", found[&unit.key]) == format!("{:?}", unit.result), "{what}");
    }
}

/// Opens, writes two groups; which of them were acknowledged. None when it did not open.
fn session(disk: &Disk, dir: &Path) -> Option<[bool; 2]> {
    let mut store = Store::open_on(disk.clone(), dir).ok()?;
    let acknowledged = [1.0, 2.0].map(|first| put(&mut store, &units(first)).is_ok());
    for (first, acknowledged) in [1.0, 2.0].into_iter().zip(acknowledged) {
        check(store.dir(), &units(first), acknowledged, "while it is open");
    }
    Some(acknowledged)
}

/// Every group in its place is complete, and findable.
fn all_groups_whole(dir: &Path, what: &str) {
    let groups = std::fs::read_dir(dir.join("results")).unwrap().count();
    let reader = Reader::open(dir).unwrap();
    let all: Vec<Key> = [1.0, 2.0].iter().flat_map(|first| keys(&units(*first))).collect();
    let known = reader.known(&all).unwrap().into_iter().filter(|known| *known).count();
    assert_eq!(known, 2 * groups, "{what}: groups that nobody finds");
    assert_eq!(std::fs::read_dir(dir.join("staging")).unwrap().count(), 0, "{what}");
}

/// On a disk that fails like this at call `at`: whether the session was clean.
fn one_plan(fault: Fault, at: u64, lasting: bool) -> bool {
    let what = format!("{fault:?} at call {at}, lasting: {lasting}");
    let dir = tempfile::tempdir().unwrap();
    let disk = Disk::failing(fault, at, lasting);
    let acknowledged = session(&disk, dir.path()).unwrap_or_default();
    let clean = disk.calls() < at;
    assert!(!clean || acknowledged == [true; 2], "{what}");
    // The next start, on a sound disk.
    let mut store = Store::open(dir.path()).unwrap();
    for (first, acknowledged) in [1.0, 2.0].into_iter().zip(acknowledged) {
        check(store.dir(), &units(first), acknowledged, &what);
    }
    all_groups_whole(dir.path(), &what);
    put(&mut store, &units(3.0)).unwrap();
    check(store.dir(), &units(3.0), true, &what);
    clean
}

#[test]
fn a_failing_call_never_shows_half_a_result() {
    let plans = [(Fault::Full, true), (Fault::Broken, false), (Fault::Short, false)];
    let more = [(Fault::Full, false), (Fault::Broken, true), (Fault::Short, true)];
    let long = cfg!(feature = "long-tests") || std::env::var_os("EDGESTATE_LONG").is_some();
    for (fault, lasting) in plans.into_iter().chain(more.into_iter().filter(|_| long)) {
        let at = (1..10_000).find(|at| one_plan(fault, *at, lasting)).expect("never clean");
        println!("{fault:?}, lasting: {lasting}: clean at call {at}");
        assert!(60 < at, "{at} calls");
    }
}

/// The index is full before the folder is: what is in it stays whole.
#[test]
fn a_full_index_keeps_what_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open_on(Disk::default().with_index_pages(12), dir.path()).unwrap();
    let mut stored = Vec::new();
    let error = (0..2000).find_map(|number| {
        let units = units(10.0 + f64::from(number));
        match put(&mut store, &units) {
            Ok(()) => {
                stored.push(units);
                None
            }
            Err(error) => Some(error),
        }
    });
    assert!(error.expect("never full").to_string().contains("full"));
    assert!(!stored.is_empty());
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    for units in &stored {
        check(store.dir(), units, true, "a full index");
    }
}
