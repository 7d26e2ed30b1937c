//! `edgestate store`: damage is found, nothing is deleted unasked, what is readable is saved.
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::{CHUNKS, DOCUMENT, Place, contents, said};

const RUN: &[&str] = &["sweep", "run", "document.toml@", "--store", "store@", "--json"];
const CHECK: &[&str] = &["store", "check", "store@", "--json"];

fn full() -> (Place, Value) {
    let place = Place::temporary();
    place.document(DOCUMENT);
    let report = place.json(RUN);
    (place, report)
}

/// The report of a check, which must have found something and changed nothing.
fn findings(place: &Place) -> Value {
    let before = contents(&place.path("store/results"));
    let output = place.run(CHECK);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(contents(&place.path("store/results")), before, "check changes nothing");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(!report["findings"].as_array().unwrap().is_empty(), "{report}");
    report
}

fn problem(report: &Value) -> String {
    report["findings"][0]["problem"].as_str().unwrap().to_owned()
}

/// Changes rows behind the program's back.
fn sql(place: &Place, statement: &str) {
    let db = rusqlite::Connection::open(place.path("store/jobs.sqlite")).unwrap();
    assert!(db.execute(statement, []).unwrap() > 0, "{statement}");
}

#[test]
fn a_whole_store_is_said_to_be_whole() {
    let (place, _) = full();
    let report = place.json(CHECK);
    assert_eq!(report["units"], serde_json::json!({"whole": 32, "lost": 0, "not_in_the_index": 0}));
    assert_eq!((&report["groups"], &report["jobs"]), (&CHUNKS.into(), &1.into()));
    let sums = std::process::Command::new("sha256sum")
        .args(["--check", "--quiet"])
        .args(std::fs::read_dir(place.path("store/sums")).unwrap().map(|e| e.unwrap().path()))
        .current_dir(place.path("store"))
        .output();
    assert!(sums.unwrap().status.success(), "sha256sum agrees");
}

/// Any file of a group, flipped, cut off, or gone; then gc --damaged, and the sweep is whole again.
#[test]
fn a_damaged_group_is_found_forgotten_and_computed_again() {
    let (place, whole) = full();
    let files = contents(&place.path("store/results/00000003"));
    for (path, bytes) in [&files[0], &files[1], &files[files.len() - 1]] {
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 3] ^= 0x20;
        for damaged in [Some(flipped), Some(bytes[..bytes.len() - 1].to_vec()), None] {
            match damaged {
                Some(damaged) => std::fs::write(path, damaged).unwrap(),
                None => std::fs::remove_file(path).unwrap(),
            }
            let report = findings(&place);
            assert_eq!(report["units"]["lost"], 4, "{report}");
            assert_eq!(report["findings"][0]["place"], "results/00000003");
            std::fs::write(path, bytes).unwrap();
        }
    }
    std::fs::remove_file(&files[1].0).unwrap();
    let untouched = place.json(&["store", "gc", "store@", "--json", "--yes"]);
    assert_eq!((&untouched["units"], &untouched["stay"]["damaged"]), (&0.into(), &1.into()));
    let dry = place.json(&["store", "gc", "store@", "--json", "--damaged"]);
    assert_eq!((&dry["units"], &dry["removed"]), (&4.into(), &false.into()));
    assert_eq!(place.chunks("store"), CHUNKS, "a dry run");
    place.fine(&["store", "gc", "store@", "--damaged", "--yes"]);
    place.fine(CHECK);
    let healed = place.json(&["sweep", "resume", "store@", "--json"]);
    assert_eq!((&healed["results"], &healed["units"]["computed"]), (&whole["results"], &4.into()));
}

#[test]
fn rows_that_are_gone_are_found_again() {
    let (place, whole) = full();
    sql(&place, "DELETE FROM groups WHERE id = 2");
    let report = findings(&place);
    assert!(problem(&report).contains("but not the group"), "{report}");
    sql(&place, "DELETE FROM units WHERE group_id = 2");
    let report = findings(&place);
    assert!(problem(&report).contains("4 readable units"), "{report}");
    assert_eq!(report["units"]["not_in_the_index"], 4);
    sql(&place, "UPDATE units SET row = 3 - row WHERE group_id = 5");
    let report = findings(&place);
    assert!(report.to_string().contains("in other rows"), "{report}");

    let text = place.fine(&["store", "rebuild", "store@"]);
    assert!(text.contains("32 units in 8 groups") && text.contains("1 jobs"), "{text}");
    place.fine(CHECK);
    let report = place.json(&["sweep", "resume", "store@", "--json"]);
    assert_eq!((&report["results"], &report["units"]["computed"]), (&whole["results"], &0.into()));
}

/// The index overwritten, cut off, or gone: all results are found again.
#[test]
fn a_lost_index_loses_no_result() {
    for damage in ["zeros", "cut", "gone"] {
        let (place, whole) = full();
        let index = place.path("store/jobs.sqlite");
        let bytes = std::fs::read(&index).unwrap();
        match damage {
            "zeros" => std::fs::write(&index, vec![0x5a; bytes.len()]).unwrap(),
            "cut" => std::fs::write(&index, &bytes[..bytes.len() / 2 + 100]).unwrap(),
            _ => std::fs::remove_file(&index).unwrap(),
        }
        let report = findings(&place);
        assert_eq!(report["units"]["not_in_the_index"], 32, "{damage}: {report}");
        if damage != "gone" {
            let refused = place.run(RUN);
            assert_eq!(refused.status.code(), Some(1), "{damage}");
            assert!(said(&refused).contains("store check"), "{damage}: {}", said(&refused));
        }
        let rebuilt = place.json(&["store", "rebuild", "store@", "--json"]);
        assert_eq!((&rebuilt["units"], &rebuilt["groups"]), (&32.into(), &CHUNKS.into()));
        if damage != "gone" {
            assert!(Path::new(rebuilt["old_index"].as_str().unwrap()).exists());
        }
        let report = place.json(RUN);
        assert_eq!(report["results"], whole["results"], "{damage}");
        assert_eq!(report["units"]["computed"], 0, "{damage}");
        place.fine(CHECK);
    }
}

/// What an older version wrote: no checksums beside the groups, no index by group.
#[test]
fn an_old_store_is_read_and_a_newer_one_is_refused_by_its_number() {
    let (place, whole) = full();
    std::fs::remove_dir_all(place.path("store/sums")).unwrap();
    let db = rusqlite::Connection::open(place.path("store/jobs.sqlite")).unwrap();
    db.execute("DROP INDEX units_by_group", []).unwrap();
    drop(db);
    place.fine(CHECK);
    assert_eq!(place.json(RUN)["results"], whole["results"]);

    let db = rusqlite::Connection::open(place.path("store/jobs.sqlite")).unwrap();
    db.pragma_update(None, "user_version", 7).unwrap();
    drop(db);
    let report = findings(&place);
    assert!(problem(&report).contains("newer version (format 7, known 1)"), "{report}");
    let refused = place.run(RUN);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("newer version"), "{}", said(&refused));
    let doctor = place.run(&["doctor", "--store", "store@"]);
    assert_eq!(doctor.status.code(), Some(1));
}

#[test]
fn gc_removes_what_no_job_refers_to_and_nothing_else() {
    let (place, whole) = full();
    // A run with a store is no job: its results are a cache.
    place.document(&DOCUMENT.replace("[0.1, 0.2]", "[0.2, 0.3]"));
    place.fine(&["run", "document.toml@", "--store", "store@", "--json"]);
    let before = contents(&place.path("store/results"));
    let dry = place.fine(&["store", "gc", "store@"]);
    assert!(dry.contains("would remove 16 units") && dry.contains("--yes"), "{dry}");
    assert_eq!(contents(&place.path("store/results")), before);
    let removed = place.json(&["store", "gc", "store@", "--yes", "--json"]);
    assert_eq!((&removed["units"], &removed["removed"]), (&16.into(), &true.into()));
    assert_eq!(place.chunks("store"), CHUNKS);
    let again = place.json(&["sweep", "resume", "store@", "--json"]);
    assert_eq!((&again["results"], &again["units"]["computed"]), (&whole["results"], &0.into()));
    place.fine(CHECK);
}

fn refused(output: &Output) {
    assert_eq!(output.status.code(), Some(1), "{}", said(output));
}

#[test]
fn a_job_that_cannot_be_read_stops_gc() {
    let (place, _) = full();
    sql(&place, "UPDATE jobs SET document = replace(document, 'coupling', 'cuopling')");
    let report = findings(&place);
    assert!(report["findings"][0]["place"].as_str().unwrap().starts_with("job "), "{report}");
    let output = place.run(&["store", "gc", "store@", "--yes"]);
    refused(&output);
    assert!(said(&output).contains("cuopling"), "{}", said(&output));
    assert_eq!(place.chunks("store"), CHUNKS);
}

#[test]
fn exports_hold_the_numbers() {
    let (place, _) = full();
    place.fine(&["store", "export", "store@", "--output", "out.csv@"]);
    let text = std::fs::read_to_string(place.path("out.csv")).unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split(',').collect())
        .collect();
    assert_eq!(rows.len(), 17);
    let run = place.json(&["run", "document.toml@", "--store", "store@", "--json"]);
    let column = rows[0].iter().position(|name| *name == "sz_sz").unwrap();
    assert_eq!(&rows[0][..3], ["coupling", "lambda", "status"]);
    for (row, point) in rows[1..].iter().zip(run["results"].as_array().unwrap()) {
        let mean = point["static"]["sz_sz"]["mean"].as_f64().unwrap();
        assert_eq!(row[column].parse::<f64>().unwrap().to_bits(), mean.to_bits());
    }
    place.fine(&["store", "export", "store@", "--output", "out@"]);
    let json = |path: &str| -> Value {
        serde_json::from_slice(&std::fs::read(place.path(path)).unwrap()).unwrap()
    };
    let array = json("out/sz_sz/zarr.json");
    assert_eq!(array["dimension_names"], serde_json::json!(["coupling", "lambda"]));
    assert_eq!(array["shape"], serde_json::json!([2, 8]));
    assert!(json("out/zarr.json")["attributes"]["device"].as_str().unwrap().starts_with("cpu"));
    let bytes = std::fs::read(place.path("out/sz_sz/c/0/0")).unwrap();
    assert_eq!(bytes.len(), 16 * 8 + 4, "and a checksum");
    let third = f64::from_le_bytes(bytes[16..24].try_into().unwrap());
    assert_eq!(rows[3][column].parse::<f64>().unwrap().to_bits(), third.to_bits());
    for taken in ["out.csv@", "out@"] {
        refused(&place.run(&["store", "export", "store@", "--output", taken]));
    }
}
