//! `--memory`: sizes, refusals, and that less memory changes nothing but the time.
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use edgestate::engine::{Engine, Node};
use edgestate::jobs::document::RawDocument;
use edgestate::jobs::planner::{Budget, Run, runs_of};
use edgestate::jobs::size::{LEAST_BYTES, parse, parse_memory};
use edgestate::linalg::cpu::Cpu;
use edgestate::nrg::Impurities;
use edgestate::stop::Never;
use proptest::prelude::*;

proptest! {
    #[test]
    fn sizes_are_numbers_with_a_unit(number in 1u32..100_000, unit in 0usize..8, spaced in any::<bool>()) {
        let units = ["KiB", "MiB", "GiB", "K", "m", "G", "kB", "MB"];
        let factors = [1 << 10, 1 << 20, 1u64 << 30, 1 << 10, 1 << 20, 1 << 30, 1000, 1_000_000];
        let text = format!("{number}{}{}", if spaced { " " } else { "" }, units[unit]);
        prop_assert_eq!(parse("memory", &text).ok(), Some(u64::from(number) * factors[unit]));
    }

    /// Nothing panics; what is refused is named with its value.
    #[test]
    fn other_texts_are_refused(text in "[0-9a-zA-Z .+\\-µ]{0,8}") {
        if let Err(refused) = parse("memory", &text) {
            prop_assert_eq!((refused.field.as_str(), refused.value.as_str()), ("memory", text.as_str()));
            prop_assert!(refused.expected.contains("512MiB"));
        }
    }
}

#[test]
fn sizes_that_mean_nothing_are_refused() {
    assert_eq!(parse("memory", "0.5TiB").ok(), Some(1 << 39));
    for text in
        ["", "4", "GiB", "-1GiB", "1e3MiB", "4GiBs", "4 G iB", "nan G", "inf K", "9e9P", "1..5G"]
    {
        assert!(parse("memory", text).is_err(), "{text}");
    }
    assert!(parse_memory("--memory", "127MiB").is_err());
    assert_eq!(parse_memory("--memory", "128MiB").ok(), Some(LEAST_BYTES));
}

/// Spectra of two z, few states.
fn small(kind: &str) -> Node {
    let spectra =
        if kind == "spectra" || kind == "scan" { "[spectra]\nper_decade = 5" } else { "" };
    let text = format!(
        "[calculation]\nkind = \"{kind}\"\n[model]\nkind = \"two-impurity-helical-kondo\"\n\
         coupling = 0.2\ndistance = 3\n[discretization]\nz = [0.0, 0.5]\n\
         [truncation]\nenergy = 4.0\nmax_states = 60\n[run]\ntemperature = [0.1, 0.01]\nshells = 6\n\
         {spectra}"
    );
    Impurities.resolve(&Node::from_toml(&text).unwrap()).unwrap()
}

/// No memory at all: one z after another, every shell diagonalized twice. The same bits.
#[test]
fn memory_changes_no_number() {
    for kind in ["spectra", "scan", "flow", "thermodynamics"] {
        let request = small(kind);
        let answer = |memory_bytes: u64| {
            let cpu = Cpu::new(Some(2)).unwrap().with_memory(memory_bytes);
            let requests = std::slice::from_ref(&request);
            Impurities.answer(requests, &cpu, &(), &Never).unwrap().remove(0).unwrap()
        };
        let (plenty, none) = (answer(u64::MAX), answer(0));
        assert_eq!(plenty.arrays.len(), none.arrays.len());
        for (a, b) in plenty.arrays.iter().zip(&none.arrays) {
            // NaN included.
            assert_eq!(format!("{a:?}"), format!("{b:?}"), "{kind}");
        }
    }
}

/// Less memory costs time, and the estimate says so.
#[test]
fn estimates_know_the_budget() {
    let request = {
        let mut request = small("spectra");
        // Many large shells: what waits for the way up is more than what is at work.
        request.set("model.distance", Node::Number(1e6));
        request.set("truncation.max_states", Node::List(vec![Node::Number(2400.0)]));
        request.set("truncation.energy", Node::Number(8.0));
        request.set("run.shells", Node::Number(40.0));
        request
    };
    let of = |memory_bytes| Impurities.cost_within(&request, memory_bytes);
    let full = of(u64::MAX);
    assert_eq!(full, Impurities.cost(&request));
    let mut last = full;
    for share in [0.9, 0.7, 0.5] {
        let allowed = (share * full.memory_bytes as f64) as u64;
        let less = of(allowed);
        assert!(less.memory_bytes <= allowed, "{share}: {less:?}");
        // Sums of the same seconds, in another order.
        assert!(last.core_seconds <= less.core_seconds * (1.0 + 1e-12), "{share}: {less:?}");
        last = less;
    }
    assert!(1.1 * full.core_seconds < of(0).core_seconds, "{full:?}, {:?}", of(0));
}

fn budget(memory_bytes: u64) -> Budget {
    Budget { chunk_seconds: 10.0, cores: 2.0, memory_bytes, max_runs: 40 }
}

fn runs(states: u32) -> Vec<Run> {
    let text = format!(
        "engine = \"impurity\"\n[calculation]\nkind = \"spectra\"\n[model]\n\
         kind = \"two-impurity-helical-kondo\"\ncoupling = 0.1\ndistance = 1e4\n\
         [truncation]\nmax_states = {states}\n[run]\ntemperature = 1e-9\n[spectra]\n"
    );
    runs_of(&RawDocument::from_toml(&text).unwrap().check().unwrap(), "test").unwrap()
}

/// What is needed, what there is, and what would fit: a request that follows the advice is admitted,
/// one with a state more is not.
#[test]
fn a_refusal_says_what_would_fit() {
    let budget = budget(150 << 20);
    let refused = budget.admit(&runs(3000)).unwrap_err().remove(0);
    assert_eq!(refused.field, "truncation.max_states");
    assert!(refused.value.starts_with("3000: a run of about "), "{}", refused.value);
    let (needed, rest) = number_behind(&refused.value, "about ");
    assert!(rest.contains("MiB and"), "{rest}");
    let (states, rest) = number_behind(&refused.expected, "at most ");
    let (there, _) = number_behind(rest, "fits into ");
    assert!(there < needed && states < 3000, "{refused:?}");
    assert!(budget.admit(&runs(states)).is_ok());
    assert!(budget.admit(&runs(states + 1)).is_err());
}

fn number_behind<'a>(text: &'a str, before: &str) -> (u32, &'a str) {
    let (_, rest) = text.split_once(before).unwrap();
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    (rest[..end].parse().unwrap(), &rest[end..])
}

/// Four z of about 600 states, 40 shells in all that are not small.
const DOCUMENT: &str = "engine = \"impurity\"\n[calculation]\nkind = \"spectra\"\n[model]\n\
    kind = \"two-impurity-helical-kondo\"\ncoupling = 0.1\ndistance = 1000\n\
    [discretization]\nz = [0.0, 0.25, 0.5, 0.75]\n[truncation]\nmax_states = 600\n\
    [run]\ntemperature = 1e-7\n[spectra]\nper_decade = 5\n";

/// Standard output and the peak of resident memory, MiB.
fn peak_of(arguments: &[&str], file: &Path) -> (serde_json::Value, f64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edgestate"));
    let output = file.with_extension("out");
    command.args(arguments).arg(file).stdout(std::fs::File::create(&output).unwrap());
    let mut child = command.stderr(Stdio::inherit()).spawn().unwrap();
    let mut peak = 0.0_f64;
    let status = loop {
        let text = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
        let text = text.unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        peak = peak.max(now.unwrap_or(0.0) / 1024.0);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(status.success());
    (serde_json::from_slice(&std::fs::read(output).unwrap()).unwrap(), peak)
}

/// A process stays within what it was given, has the same numbers, and needs what was estimated.
#[cfg(target_os = "linux")]
#[test]
fn a_process_stays_within_its_memory() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("spectra.toml");
    std::fs::write(&file, DOCUMENT).unwrap();
    let (estimate, _) = peak_of(&["check", "--json"], &file);
    let expected = estimate["memory_bytes"].as_f64().unwrap() / 1_048_576.0;
    let (full, peak) = peak_of(&["run", "--json"], &file);
    eprintln!("peak {peak:.0} MiB, estimate {expected:.0} MiB");
    assert!((0.9..1.1).contains(&(expected / peak)), "peak {peak} MiB, estimate {expected} MiB");
    let limit = 256.0;
    let (less, limited) = peak_of(&["run", "--json", "--memory", "256MiB"], &file);
    eprintln!("within {limit} MiB: {limited:.0} MiB");
    assert!(limited <= limit && limited < peak, "{limited} MiB");
    assert_eq!(full["results"], less["results"]);
}
