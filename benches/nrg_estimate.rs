//! Estimates of the scan of Fig. 3 against what its runs cost: `cargo bench --bench nrg_estimate`.
//!
//! A run in a process of its own each (this program calls itself), so that peaks of memory do not mix.
//! Seconds are those of the processor, all threads; the table's last columns should stay within 30 %
//! (seconds) and 10 % (bytes). Arguments: `KIND X J_Z Z [T]` measures one run.
use std::process::Command;

use edgestate::engine::{Engine, Node};
use edgestate::linalg::cpu::Cpu;
use edgestate::nrg::Impurities;
use edgestate::stop::Never;

/// Kind, x, J_z, z, and a temperature where not all of the scan's are asked for.
const SAMPLE: &[[&str; 5]] = &[
    ["flow", "10", "0.0", "0.0", "1.8e-11"],
    ["flow", "1e4", "0.05", "0.5", "1.8e-11"],
    ["flow", "1e8", "0.0", "0.25", "1.8e-11"],
    ["spectra", "10", "0.0", "0.0", "1.8e-11"],
    ["spectra", "1e5", "0.1", "0.75", "1.8e-11"],
    ["scan", "10", "0.0", "0.0", ""],
    ["scan", "1e4", "0.05", "0.5", ""],
    ["scan", "1e8", "0.1", "0.25", ""],
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    match arguments.as_slice() {
        [] => table(),
        [kind, numbers @ ..] => measure(kind, numbers),
    }
}

fn table() {
    println!("kind, x, J_z, z, T: seconds, estimate, ratio; MiB, estimate, ratio");
    let program = std::env::current_exe().expect("the path of this program");
    for run in SAMPLE {
        let given = run.iter().filter(|argument| !argument.is_empty());
        let output = Command::new(&program).args(given).output().expect("a run");
        print!("{}: {}", run.join(", "), String::from_utf8_lossy(&output.stdout));
    }
}

fn measure(kind: &str, numbers: &[String]) {
    let number = |index: usize| numbers[index].parse::<f64>().expect("a number");
    let text = include_str!("../examples/figures/fig3_scan.toml");
    let mut document = Node::from_toml(text).expect("the request of Fig. 3");
    if let Node::Table(entries) = &mut document {
        let dropped =
            |name: &str| matches!(name, "engine" | "sweep") || kind == "flow" && name == "spectra";
        entries.retain(|(name, _)| !dropped(name));
    }
    document.set("calculation.kind", Node::Text(kind.to_owned()));
    document.set("model.distance", Node::Number(number(0)));
    document.set("model.coupling_z", Node::Number(number(1)));
    document.set("discretization.z", Node::Number(number(2)));
    if 3 < numbers.len() {
        document.set("run.temperature", Node::Number(number(3)));
    }
    let request = Impurities.resolve(&document).expect("a request");
    let estimate = Impurities.cost(&request);
    let device = Cpu::new(None).expect("a device");
    let begin = processor_seconds();
    let answers = Impurities.answer(&[request], &device, &(), &Never).expect("an answer");
    assert!(answers.iter().all(Result::is_ok));
    let seconds = processor_seconds() - begin;
    let (needed, expected) = (peak_mebibytes(), estimate.memory_bytes as f64 / 1_048_576.0);
    println!(
        "{seconds:.1}, {:.1}, {:.2}; {needed:.0}, {expected:.0}, {:.2}",
        estimate.core_seconds,
        estimate.core_seconds / seconds,
        expected / needed
    );
}

/// User and system time of this process (Linux; elsewhere NaN).
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok());
    // Fields 14 and 15 of the file, hundredths of a second.
    ticks(11).zip(ticks(12)).map_or(f64::NAN, |(user, system)| (user + system) / 100.0)
}

fn peak_mebibytes() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("VmHWM"));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kibibytes.map_or(f64::NAN, |kibibytes| kibibytes / 1024.0)
}
