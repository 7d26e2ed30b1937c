//! Shards: separate processes, no lock, no index; merged, they are the sweep.
use std::process::Stdio;

use crate::{DOCUMENT, HALF_FAILS, Place, contents, said};

const RUN: &[&str] = &["sweep", "run", "document.toml@", "--store", "store@", "--json"];
const MERGE: &[&str] = &["sweep", "merge", "store@", "--json"];

fn shard(place: &Place, which: &str) -> std::process::Output {
    place.run(&["sweep", "run", "document.toml@", "--store", "store@", "--shard", which])
}

fn all(place: &Place) {
    place.document(DOCUMENT);
    for which in ["1/3", "2/3", "3/3"] {
        let output = shard(place, which);
        assert_eq!(output.status.code(), Some(0), "{which}: {}", said(&output));
    }
}

/// (what it says, exit code)
fn refused(place: &Place) -> String {
    let output = place.run(MERGE);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(output.stdout.is_empty());
    assert_eq!(place.chunks("store"), 0, "nothing is taken over before all is well");
    said(&output)
}

/// Three processes at the same time, then merge: the hash of the serial sweep.
#[test]
fn three_shards_at_once_make_the_serial_sweep() {
    let place = Place::temporary();
    place.document(DOCUMENT);
    let children: Vec<_> = ["1/3", "2/3", "3/3"]
        .iter()
        .map(|which| {
            let arguments =
                ["sweep", "run", "document.toml@", "--store", "store@", "--shard", which];
            place.command(&arguments).stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    assert!(!place.path("store/jobs.sqlite").exists(), "a shard opens no index");
    assert!(!place.path("store/lock").exists(), "a shard takes no lock");
    let merged = place.json(MERGE);

    let serial = Place::temporary();
    serial.document(DOCUMENT);
    let serial = serial.json(RUN);
    assert_eq!(merged["results"], serial["results"]);
    assert_eq!(merged["job"], serial["job"]);
    assert_eq!((&merged["points"], &merged["state"]), (&serial["points"], &"done".into()));

    // Again: the same, and nothing new.
    let chunks = place.chunks("store");
    let again = place.run(MERGE);
    assert!(said(&again).contains("0 chunks were new"), "{}", said(&again));
    let again: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(again["results"], merged["results"]);
    assert_eq!(place.chunks("store"), chunks);
    // The store is one like any other.
    let run = place.json(RUN);
    assert_eq!((&run["results"], &run["units"]["computed"]), (&serial["results"], &0.into()));
    place.fine(&["store", "check", "store@"]);
    place.fine(&["sweep", "merge", "store@", "--clean"]);
    assert!(!place.path("store/shards").exists());
    place.fine(&["store", "check", "store@"]);
}

#[test]
fn a_killed_shard_is_refused_until_it_is_complete() {
    let place = Place::temporary();
    place.document(DOCUMENT);
    shard(&place, "1/2");
    let arguments = ["sweep", "run", "document.toml@", "--store", "store@", "--shard", "2/2"];
    let mut child = place.slow(&arguments, 300);
    place.until_chunks("store/shards/2-of-2", 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let reason = refused(&place);
    assert!(reason.contains("2-of-2 is incomplete") && reason.contains("--shard 2/2"), "{reason}");

    let report = place.json(&[&arguments[..], &["--json"]].concat());
    let (total, computed) = (&report["units"]["total"], &report["units"]["computed"]);
    assert!(computed.as_u64() < total.as_u64(), "what the killed one had finished is kept");
    place.json(MERGE);
}

#[test]
fn missing_foreign_and_unlike_shards_are_named() {
    let place = Place::temporary();
    all(&place);
    std::fs::rename(place.path("store/shards/2-of-3"), place.path("elsewhere")).unwrap();
    let reason = refused(&place);
    assert!(reason.contains("1 of 3 shards were not begun: 2"), "{reason}");
    std::fs::rename(place.path("elsewhere"), place.path("store/shards/2-of-3")).unwrap();

    // Another document in the same place.
    place.document(&DOCUMENT.replace("[0.1, 0.2]", "[0.3]"));
    let output = shard(&place, "2/3");
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("another document"), "{}", said(&output));

    // Parts of another division.
    shard(&place, "1/2");
    assert!(refused(&place).contains("parts of 2 and parts of 3"), "{}", refused(&place));
    std::fs::remove_dir_all(place.path("store/shards/1-of-2")).unwrap();

    // A shard of another device class.
    let manifest = place.path("store/shards/3-of-3/shard.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("\"device\": \"cpu", "\"device\": \"abacus")).unwrap();
    let reason = refused(&place);
    assert!(reason.contains("3-of-3 was computed on \"abacus"), "{reason}");
    std::fs::write(&manifest, &text).unwrap();

    // A manifest that lists less than the sweep needs.
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let groups = value["groups"].as_array_mut().unwrap();
    groups.clear();
    std::fs::write(&manifest, value.to_string()).unwrap();
    assert!(refused(&place).contains("units of the sweep are in no shard"));
    std::fs::write(&manifest, &text[..text.len() / 2]).unwrap();
    assert!(refused(&place).contains("cannot be read"));
    std::fs::write(&manifest, &text).unwrap();
    place.json(MERGE);
}

/// A bit flipped, a file cut off, a file gone, a file too many: wherever it is, the shard is
/// refused, and computed again it is fine.
#[test]
fn damage_of_any_file_is_found() {
    let place = Place::temporary();
    all(&place);
    let files = contents(&place.path("store/shards/1-of-3/results"));
    assert!(files.len() > 100);
    // Metadata and numbers of the first and of the last array, and of one in the middle.
    for (path, bytes) in [&files[0], &files[1], &files[files.len() / 2], &files[files.len() - 1]] {
        let mut flipped = bytes.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        for (kind, damaged) in [("flipped", flipped), ("cut", bytes[..middle].to_vec())] {
            std::fs::write(path, damaged).unwrap();
            let reason = refused(&place);
            assert!(
                reason.contains("1-of-3") && reason.contains("has changed"),
                "{kind}: {reason}"
            );
        }
        std::fs::remove_file(path).unwrap();
        assert!(refused(&place).contains("is missing"), "{}", path.display());
        std::fs::write(path, bytes).unwrap();
    }
    let stray = files[0].0.with_file_name("stray");
    std::fs::write(&stray, b"?").unwrap();
    assert!(refused(&place).contains("does not belong there"));

    let output = shard(&place, "1/3");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    place.json(MERGE);
}

#[test]
fn failed_points_travel_with_their_shard() {
    let place = Place::temporary();
    place.document(HALF_FAILS);
    let codes: Vec<_> =
        ["1/2", "2/2"].iter().map(|which| shard(&place, which).status.code()).collect();
    assert!(codes.contains(&Some(0)) && codes.contains(&Some(1)), "{codes:?}");
    let output = place.run(MERGE);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let merged: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let serial = Place::temporary();
    serial.document(HALF_FAILS);
    let serial: serde_json::Value = serde_json::from_slice(&serial.run(RUN).stdout).unwrap();
    assert_eq!(merged["results"], serial["results"]);
}

#[test]
fn more_shards_than_points_and_wrong_numbers() {
    let place = Place::temporary();
    place.document(&DOCUMENT.replace("[2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0]", "[3.0]"));
    for which in ["1/3", "2/3", "3/3"] {
        assert_eq!(shard(&place, which).status.code(), Some(0), "{which}");
    }
    assert_eq!(place.json(MERGE)["points"]["done"], 2);
    for which in ["0/3", "4/3", "1", "1/0", "1/20000", "a/b"] {
        let output = shard(&place, which);
        assert_eq!(output.status.code(), Some(2), "{which}");
        assert!(said(&output).contains("i from 1 to n"), "{which}: {}", said(&output));
    }
    let empty = place.run(&["sweep", "merge", "nothing@"]);
    assert_eq!(empty.status.code(), Some(2));
    assert!(!place.path("nothing").exists());
}
