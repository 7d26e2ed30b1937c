//! Arrows point down: the module graph of ARCHITECTURE.md, read from the sources.
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

#[path = "architecture/source.rs"]
mod source;
use source::{Source, lengths};

/// From top to bottom; a module may use those below its own row.
const ROWS: &[&[&str]] = &[
    &["main"],
    &["cli"],
    &["bench", "figures"],
    &["plot"],
    &["service"],
    &["jobs"],
    &["crossover"],
    &["nrg", "ribbon", "transport"],
    &["spectra"],
    &["engine"],
    &["linalg"],
    &["stop", "invalid", "quadrature"],
];

/// Crates and parts of the standard library that only some places may name.
struct Confined {
    path: &'static str,
    allowed: fn(&str) -> bool,
    why: &'static str,
}

const CONFINED: &[Confined] = &[
    Confined {
        path: "wgpu",
        allowed: |file| file.starts_with("linalg/gpu/") && !file.starts_with("linalg/gpu/twin/"),
        why: "only linalg/gpu knows a GPU, and its CPU twins do not",
    },
    Confined { path: "tonic", allowed: in_service, why: "only service speaks gRPC" },
    Confined { path: "tonic_health", allowed: in_service, why: "only service speaks gRPC" },
    Confined { path: "tonic_reflection", allowed: in_service, why: "only service speaks gRPC" },
    Confined { path: "tonic_types", allowed: in_service, why: "only service speaks gRPC" },
    Confined {
        path: "tokio_rustls",
        allowed: in_service,
        why: "only service is reached by others",
    },
    Confined { path: "tower", allowed: in_service, why: "only service speaks gRPC" },
    Confined { path: "http", allowed: in_service, why: "only service speaks gRPC" },
    Confined { path: "http_body", allowed: in_service, why: "only service speaks gRPC" },
    Confined { path: "prost", allowed: frames, why: "only service and the workers' frames" },
    Confined { path: "prost_reflect", allowed: in_service, why: "only service knows the wire" },
    Confined {
        path: "prost_types",
        allowed: in_service,
        why: "only service knows the wire format",
    },
    Confined { path: "resvg", allowed: in_plot, why: "only plot draws" },
    Confined { path: "ttf_parser", allowed: in_plot, why: "only plot draws" },
    Confined { path: "tokio", allowed: above_physics, why: "physics and linalg are synchronous" },
    Confined { path: "rusqlite", allowed: in_jobs, why: "only jobs keeps a store" },
    Confined { path: "zarrs", allowed: in_jobs, why: "only jobs keeps a store" },
    Confined { path: "std::fs", allowed: may_do_io, why: "physics and figures do no I/O" },
    Confined { path: "std::net", allowed: may_do_io, why: "physics does no I/O" },
    Confined { path: "std::process", allowed: may_do_io, why: "physics does not spawn" },
];

fn in_service(file: &str) -> bool {
    file.starts_with("service/")
}

/// The private socket between server and worker uses prost frames.
fn frames(file: &str) -> bool {
    in_service(file) || file.starts_with("jobs/worker/")
}

fn in_plot(file: &str) -> bool {
    file.starts_with("plot/")
}

fn in_jobs(file: &str) -> bool {
    file.starts_with("jobs/")
}

fn is_physics(file: &str) -> bool {
    ["nrg/", "ribbon/", "transport/", "spectra/", "crossover/"]
        .iter()
        .any(|module| file.starts_with(module))
}

fn above_physics(file: &str) -> bool {
    !is_physics(file) && !file.starts_with("linalg/")
}

/// Figures are made as data and text; the command line writes the files.
fn may_do_io(file: &str) -> bool {
    !is_physics(file) && !file.starts_with("figures/") && !in_plot(file)
}

#[test]
fn arrows_point_down() {
    let mut wrong = Vec::new();
    let mut edges = 0;
    for file in sources() {
        wrong.extend(upward_edges(&file));
        edges += file.modules_used().len();
    }
    assert!(edges > 5, "only {edges} edges found: does the reader still understand the sources?");
    assert!(wrong.is_empty(), "edges that point up or sideways:\n{}", wrong.join("\n"));
}

#[test]
fn crates_stay_where_they_belong() {
    let wrong: Vec<String> = sources().iter().flat_map(strays).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_edge_is_seen_in_every_spelling() {
    for text in [
        "use crate::jobs::Plan;",
        "use crate::{linalg::Batch, jobs::{Plan, Store}};",
        "fn f() { let plan = crate::jobs::plan(); }",
        "use super::super::jobs;",
        "mod inner { use super::super::super::jobs::Plan; }",
        "use crate::{\n    // the store\n    jobs,\n};",
        "fn f(text: &'static str) -> char { crate::jobs::name(text); 'a' }",
    ] {
        let found = upward_edges(&Source::parse("nrg/run.rs", text));
        assert_eq!(found.len(), 1, "{text}: {found:?}");
    }
    for text in [
        "use crate::linalg::Batch;",
        "// use crate::jobs::Plan;",
        "const TEXT: &str = \"crate::jobs\";",
        "const RAW: &str = r#\"\"crate::jobs\"#;",
        "#[cfg(test)]\nmod tests { use crate::jobs::Plan; }",
        "use super::jobs; // nrg::jobs",
        "mod inner { use super::super::jobs; }",
    ] {
        let found = upward_edges(&Source::parse("nrg/run.rs", text));
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn a_stray_crate_is_seen_in_every_spelling() {
    for (file, text) in [
        ("nrg/run.rs", "use std::fs;"),
        ("nrg/run.rs", "use std::{fs::File, sync::Arc};"),
        ("nrg/run.rs", "fn f() { std::process::exit(1) }"),
        ("nrg/run.rs", "use wgpu::Device;"),
        ("nrg/run.rs", "use ::tokio;"),
        ("linalg/gpu/twin/product.rs", "use wgpu;"),
        ("jobs/core.rs", "fn f(status: tonic::Status) {}"),
        ("cli/mod.rs", "use {std::sync::Arc, tonic::transport::Server};"),
    ] {
        let found = strays(&Source::parse(file, text));
        assert_eq!(found.len(), 1, "{file}: {text}: {found:?}");
    }
    for (file, text) in [
        ("linalg/gpu/device.rs", "use wgpu::Device;"),
        ("service/mod.rs", "use tonic::Status;"),
        ("jobs/store/mod.rs", "use std::fs::File;"),
        ("nrg/run.rs", "use crate::linalg::wgpu_free; let tokio = 1; x.tonic();"),
    ] {
        let found = strays(&Source::parse(file, text));
        assert!(found.is_empty(), "{file}: {text}: {found:?}");
    }
}

/// Worth a second look, not a failure: files over 500 lines, functions over 70.
#[test]
fn lengths_are_reported() {
    let mut report = std::io::stdout().lock();
    for file in sources() {
        let (lines, functions) = lengths(&file);
        if lines > 500 {
            writeln!(report, "length: src/{}: {lines} lines", file.name).expect("stdout");
        }
        for (name, length) in functions.into_iter().filter(|(_, length)| *length > 70) {
            writeln!(report, "length: src/{}: fn {name}: {length} lines", file.name)
                .expect("stdout");
        }
    }
    let text = "fn short() {}\nimpl A {\n    fn long(\n        a: [u8; 2],\n    ) {\n        {}\n    }\n}\n";
    let (lines, functions) = lengths(&Source::parse("a.rs", text));
    assert_eq!((lines, functions), (8, vec![("short".to_owned(), 1), ("long".to_owned(), 5)]));
}

fn upward_edges(file: &Source) -> Vec<String> {
    let from = row(file.module());
    let uses = file.modules_used().into_iter();
    uses.filter(|used| used != file.module() && row(used) <= from)
        .map(|used| format!("src/{}: {} -> {used}", file.name, file.module()))
        .collect()
}

/// A module that ROWS does not name is a new one: it has to be given its place.
fn row(module: &str) -> usize {
    let found = ROWS.iter().position(|names| names.contains(&module));
    assert!(found.is_some(), "module {module} has no row in tests/architecture.rs");
    found.expect("just checked")
}

fn strays(file: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for path in file.paths() {
        let confined = CONFINED.iter().find(|one| {
            path == one.path
                || path.strip_prefix(one.path).is_some_and(|rest| rest.starts_with("::"))
        });
        if let Some(one) = confined.filter(|one| !(one.allowed)(&file.name)) {
            found.push(format!("src/{}: {path}: {}", file.name, one.why));
        }
    }
    found.dedup(); // a group of a `use` is read as a whole and by its parts
    found
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(files.len() > 10, "only {} files below src", files.len());
    files
        .iter()
        .map(|path| {
            let name = path.strip_prefix(&root).expect("below src").display().to_string();
            Source::parse(&name, &fs::read_to_string(path).expect("a readable source"))
        })
        .filter(|file| file.name != "lib.rs")
        .collect()
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            // A folder of unit tests is no part of the program.
            if path.file_name().is_some_and(|name| name != "tests") {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|kind| kind == "rs")
            && path.file_name().is_some_and(|name| name != "tests.rs")
        {
            files.push(path);
        }
    }
}
