//! Run, interrupt, resume, status, rm: nothing is lost, nothing is computed twice.
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::{CHUNKS, DOCUMENT, HALF_FAILS, Place, said, signal};

const RUN: &[&str] = &["sweep", "run", "document.toml@", "--store", "store@", "--json"];

/// What an uninterrupted sweep says.
fn whole() -> Value {
    let place = Place::temporary();
    place.document(DOCUMENT);
    place.json(RUN)
}

#[test]
fn every_point_has_a_hash_and_the_hash_is_that_of_the_numbers() {
    let place = Place::temporary();
    place.document(DOCUMENT);
    let report = place.json(RUN);
    let points = report["results"]["points"].as_array().unwrap();
    assert_eq!(points.len(), 16);
    assert_eq!(points[9]["coordinates"]["model.coupling"], 0.2);
    assert_eq!(points[9]["coordinates"]["discretization.lambda"], 3.0);
    let hashes: std::collections::BTreeSet<&str> =
        points.iter().map(|point| point["hash"].as_str().unwrap()).collect();
    assert_eq!(hashes.len(), 16, "different numbers, different hashes");
    assert_eq!(report["units"], serde_json::json!({ "total": 32, "computed": 32 }));
    assert_eq!(place.chunks("store"), CHUNKS);

    let again = place.json(RUN);
    assert_eq!((&again["results"], &again["job"]), (&report["results"], &report["job"]));
    assert_eq!(again["units"]["computed"], 0);
    assert_eq!(place.chunks("store"), CHUNKS);

    // Another number anywhere, another hash.
    let other = Place::temporary();
    other.document(&DOCUMENT.replace("[0.1, 0.2]", "[0.1, 0.21]"));
    let other = other.json(RUN);
    assert_ne!(other["results"]["hash"], report["results"]["hash"]);
    let first = &other["results"]["points"][0]["hash"];
    assert_eq!(*first, report["results"]["points"][0]["hash"], "a point knows nothing of others");
}

#[test]
fn ctrl_c_saves_and_resume_computes_the_rest() {
    let place = Place::temporary();
    place.document(DOCUMENT);
    let child = place.slow(RUN, 250);
    place.until_chunks("store", 2);
    signal(&child, Signal::INT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert!(output.stdout.is_empty());
    assert!(said(&output).contains("edgestate sweep resume"), "{}", said(&output));
    let kept = place.chunks("store");
    assert!((2..CHUNKS).contains(&kept), "{kept}");

    let status = place.json(&["sweep", "status", "store@", "--json"]);
    assert_eq!(status["sweeps"][0]["state"], "interrupted");
    assert_eq!(status["sweeps"][0]["units"]["done"], 4 * kept as u64);
    let text = place.fine(&["sweep", "status", "store@"]);
    assert!(text.contains("interrupted") && text.contains("sweep resume"), "{text}");

    let report = place.json(&["sweep", "resume", "store@", "--json"]);
    assert_eq!(report["results"], whole()["results"]);
    assert_eq!(report["units"]["computed"], 32 - 4 * kept as u64);
    assert_eq!(report["state"], "done");
}

/// kill -9 between and within chunks, again and again, until the sweep is done.
#[test]
fn kill_9_at_any_instant_loses_no_finished_chunk() {
    let place = Place::temporary();
    place.document(DOCUMENT);
    let mut kept = 0;
    for attempt in 0..5u64 {
        if kept == CHUNKS {
            break;
        }
        let mut child = place.slow(RUN, 60);
        place.until_chunks("store", kept + usize::from(attempt > 0));
        std::thread::sleep(Duration::from_millis(37 * attempt % 90));
        child.kill().unwrap();
        child.wait().unwrap();
        let now = place.chunks("store");
        assert!(kept <= now, "{now} chunks after {kept}");
        kept = now;
    }
    let report = place.json(&["sweep", "resume", "store@", "--json"]);
    assert_eq!(report["results"], whole()["results"]);
    let computed = report["units"]["computed"].as_u64().unwrap();
    // A chunk whose rows were not committed is adopted: it is not computed again.
    assert!(computed <= 32 - 4 * kept as u64, "{computed} with {kept} chunks kept");
    assert_eq!(place.chunks("store"), CHUNKS, "no chunk was written twice");
}

#[test]
fn a_point_that_fails_leaves_its_reason_and_the_rest_goes_on() {
    let place = Place::temporary();
    place.document(HALF_FAILS);
    let output = place.run(RUN);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let points = &report["results"]["points"];
    assert_eq!((&points[0]["status"], &points[1]["status"]), (&"done".into(), &"failed".into()));
    assert!(points[1]["reason"].as_str().unwrap().contains("did not converge"), "{points}");
    let status = place.fine(&["sweep", "status", "store@"]);
    assert!(status.contains("1 failed") && status.contains("did not converge"), "{status}");

    // It is tried again, with the same end; the other one is not.
    let again = place.run(&["sweep", "resume", "store@", "--json"]);
    assert_eq!(again.status.code(), Some(3));
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(again["results"], report["results"]);
    assert_eq!(again["units"]["computed"], 0);
}

#[test]
fn rm_leaves_what_others_share() {
    let place = Place::temporary();
    place.document(DOCUMENT);
    let first = place.json(RUN);
    place.document(&DOCUMENT.replace("[0.1, 0.2]", "[0.2, 0.3]"));
    let second = place.json(RUN);
    assert_eq!(second["units"]["computed"], 16);
    let id = first["job"].as_str().unwrap();

    let asked = place.run(&["sweep", "rm", "store@", id]);
    assert_eq!(asked.status.code(), Some(2), "nobody is there to be asked");
    assert!(said(&asked).contains("--yes"), "{}", said(&asked));
    let text = place.fine(&["sweep", "rm", "store@", id, "--yes"]);
    assert!(text.contains("16 units (16 shared ones stay)"), "{text}");

    let status = place.json(&["sweep", "status", "store@", "--json"]);
    assert_eq!(status["sweeps"].as_array().unwrap().len(), 1);
    let after = place.json(RUN);
    assert_eq!((&after["results"], &after["units"]["computed"]), (&second["results"], &0.into()));
    place.fine(&["store", "check", "store@"]);
    let gone = place.run(&["sweep", "rm", "store@", id, "--yes"]);
    assert_eq!(gone.status.code(), Some(2));
    assert!(said(&gone).contains(id), "{}", said(&gone));
}

#[test]
fn the_sweep_that_is_meant_is_found_or_named() {
    let place = Place::temporary();
    let nowhere = place.run(&["sweep", "resume", "store@"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(said(&nowhere).contains("is no store"), "{}", said(&nowhere));
    assert!(!place.path("store").exists(), "nothing is created by asking");

    for coupling in ["[0.1, 0.2]", "[0.3, 0.4]"] {
        place.document(&DOCUMENT.replace("[0.1, 0.2]", coupling));
        let before = place.chunks("store");
        let mut child = place.slow(RUN, 100);
        place.until_chunks("store", before + 1);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let several = place.run(&["sweep", "resume", "store@"]);
    assert_eq!(several.status.code(), Some(2));
    assert!(said(&several).contains("2 sweeps are unfinished"), "{}", said(&several));
    let status = place.json(&["sweep", "status", "store@", "--json"]);
    for sweep in status["sweeps"].as_array().unwrap() {
        place.fine(&["sweep", "resume", "store@", sweep["job"].as_str().unwrap(), "--json"]);
    }
    let unknown = place.run(&["sweep", "resume", "store@", "0123456789abcdef"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn a_store_in_use_is_refused_by_the_process_that_holds_it() {
    let place = Place::temporary();
    place.document(DOCUMENT);
    let mut child = place.slow(RUN, 300);
    place.until_chunks("store", 1);
    let process = child.id().to_string();
    for arguments in [RUN, &["sweep", "resume", "store@"]] {
        let refused = place.run(arguments);
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains(&process), "{}", said(&refused));
    }
    let status = place.json(&["sweep", "status", "store@", "--json"]);
    assert_eq!(status["in_use_by"], process.as_str());
    assert_eq!(status["sweeps"][0]["state"], "running");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The example of the pages: what it says of itself must be true.
#[test]
fn the_small_example_has_several_chunks_of_a_few_seconds() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sweep_small.toml");
    let place = Place::temporary();
    std::fs::copy(file, place.path("document.toml")).unwrap();
    let estimate = place.json(&["check", "document.toml@", "--json"]);
    let cores = std::thread::available_parallelism().unwrap().get() as f64;
    let core_seconds = estimate["seconds"].as_f64().unwrap() * cores;
    assert!((20.0..=40.0).contains(&core_seconds), "{core_seconds} s on one core");
    assert_eq!(estimate["points"], 64);
}
