//! `edgestate figures`
use crate::table::Table;
use edgestate::figures::all;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::process::{Command, Output, Stdio};

fn edgestate() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edgestate"));
    command.arg("figures").env("EDGESTATE_LOG", "off");
    command
}

#[track_caller]
fn run(arguments: &[&str], exit: i32) -> Output {
    let output = edgestate().args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {said}");
    output
}

#[test]
fn files_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display().to_string();
    let names = "conductance-fig2,spin-hall-film";
    let arguments = ["transport", "--quick", "--json", "--only", names, "--output", place.as_str()];
    let output = run(&arguments, 0);
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let made = summary["figures"].as_array().unwrap();
    assert_eq!(made.len(), 2);
    for (one, name) in made.iter().zip(["conductance-fig2", "spin-hall-film"]) {
        assert_eq!((one["name"].as_str(), one["status"].as_str()), (Some(name), Some("made")));
        let read = |extension: &str| {
            fs::read(folder.path().join(format!("transport/{name}.{extension}"))).unwrap()
        };
        assert!(read("png").starts_with(b"\x89PNG"));
        assert!(read("svg").starts_with(b"<?xml"));
        let table = Table::parse(&String::from_utf8(read("csv")).unwrap());
        assert!(50 < table.rows.len());
        let version = format!("# version: edgestate {}", env!("CARGO_PKG_VERSION"));
        assert!(table.comments.contains(&version), "{:?}", table.comments);
        let json: Value = serde_json::from_slice(&read("json")).unwrap();
        assert_eq!(json["figure"]["name"], name);
        assert_eq!(one["files"].as_array().unwrap().len(), 4);
    }
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("[1/2] transport/conductance-fig2"), "{said}");
}

#[test]
fn only_the_formats_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display().to_string();
    let arguments =
        ["all", "--quick", "--only", "spin-hall-kondo", "--format", "svg", "--output", &place];
    let output = run(&arguments, 0);
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 3);
    assert!(folder.path().join("transport/spin-hall-kondo.svg").exists());
    assert!(!folder.path().join("transport/spin-hall-kondo.png").exists());
}

#[test]
fn the_list_is_the_registry() {
    let text = String::from_utf8(run(&["list"], 0).stdout).unwrap();
    assert_eq!(text.lines().count(), all().len());
    for (line, spec) in text.lines().zip(all()) {
        assert!(line.starts_with(spec.engine) && line.contains(spec.name), "{line}");
    }
    let listed: Value = serde_json::from_slice(&run(&["list", "--json"], 0).stdout).unwrap();
    assert_eq!(listed["figures"].as_array().unwrap().len(), all().len());
}

#[test]
fn unknown_names_are_refused_with_the_list() {
    for (arguments, wrong, known) in [
        (["transport", "--only", "fig99"], "fig99", "conductance-fig2"),
        (["papers", "--only", "conductance-fig2"], "papers", "transport"),
    ] {
        let said = String::from_utf8(run(&arguments, 2).stderr).unwrap();
        assert!(said.contains(wrong) && said.contains(known), "{said}");
    }
    run(&["transport", "--format", "gif"], 2);
}

#[test]
fn a_place_that_cannot_be_written_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taken");
    fs::write(&file, "").unwrap();
    let place = file.display().to_string();
    let arguments = ["all", "--quick", "--only", "spin-hall-kondo", "--output", place.as_str()];
    let said = String::from_utf8(run(&arguments, 1).stderr).unwrap();
    assert!(said.contains("failed"), "{said}");
}

/// Ctrl-C ends the long figure between two of its points, and nothing of it is written.
#[test]
fn interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = edgestate()
        .args(["transport", "--only", "protection-frozen", "--output"])
        .arg(folder.path())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // The first words are said after signals are caught and before the work begins.
    let mut said = [0; 5];
    child.stderr.as_mut().unwrap().read_exact(&mut said).unwrap();
    assert_eq!(&said, b"[1/1]");
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!folder.path().join("transport").exists());
}
