//! Estimates of the scan of Fig. 3 against what its runs cost: `cargo bench --bench nrg_estimate`.
//!
//! A run in a process of its own each (this program calls itself), so that peaks of memory do not mix.
//! Seconds are those of the processor, all threads; the table's last columns should stay within 30 %
//! (seconds) and 10 % (bytes). Arguments: `KIND X J_Z Z [PATH=NUMBERS...]` measures one run. Last, what the symmetries
//! save in thermodynamics.
use std::process::Command;

use edgestate::engine::{Engine, Monitor, Node};
use edgestate::jobs::worker::machine::PROGRAM_BYTES;
use edgestate::linalg::cpu::Cpu;
use edgestate::nrg::{
    HelicalPair, Impurities, LadderThermodynamicsSpec, Model, ModelKind, Rule, Scheme, Truncation,
    ladder_thermodynamics, ladder_thermodynamics_of_all_sectors,
};
use edgestate::stop::Never;

/// As the program has it: how freed memory is held decides the peak.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Kind, x, J_z, z, and what else the run changes of the request of Fig. 3.
const SAMPLE: &[&str] = &[
    "flow 10 0.0 0.0 run.temperature=1.8e-11",
    "flow 1e4 0.05 0.5 run.temperature=1.8e-11",
    "flow 1e8 0.0 0.25 run.temperature=1.8e-11",
    "flow 10 0.0 0.0 run.temperature=1e-6 truncation.max_states=300",
    "flow 1000 0.0 0.0 run.temperature=1e-9 truncation.max_states=600",
    "flow 100 0.0 0,0.25,0.5,0.75 run.temperature=1e-9 truncation.max_states=600",
    "flow 10 0.0 0,0.125,0.25,0.375,0.5,0.625,0.75,0.875 run.temperature=1e-9 truncation.max_states=300",
    "flow 10 0.0 0.0",
    "spectra 10 0.0 0.0 run.temperature=1.8e-11",
    "spectra 1e5 0.1 0.75 run.temperature=1.8e-11",
    "spectra 10 0.0 0.0 run.temperature=1e-4",
    "spectra 100 0.0 0,0.5 run.temperature=1e-9 truncation.max_states=600",
    "spectra 10 0.0 0,0.25,0.5,0.75 run.temperature=1e-6 truncation.max_states=300",
    "scan 10 0.0 0.0",
    "scan 1e4 0.05 0.5",
    "scan 1e8 0.1 0.25",
    "scan 10 0.0 0,0.5 truncation.max_states=500",
    "thermodynamics 10 0.0 0.0 run.temperature=1e-9 truncation.max_states=1000",
    "thermodynamics 1e4 0.0 0,0.5 run.temperature=1e-9 truncation.max_states=600",
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    match arguments.as_slice() {
        [] => table(),
        [kind, numbers @ ..] => measure(kind, numbers),
    }
}

fn table() {
    println!("kind, x, J_z, z, changes: seconds, estimate, ratio; MiB, estimate, ratio");
    let program = std::env::current_exe().expect("the path of this program");
    for run in SAMPLE {
        let output = Command::new(&program).args(run.split(' ')).output().expect("a run");
        print!("{run}: {}", String::from_utf8_lossy(&output.stdout));
    }
    thermodynamics();
}

/// Two impurities minus the bare ladder, x = 10, J = 0.1, E_trunc = 5, at most 600 states, 20 shells, two
/// z: with symmetries in lockstep against all sectors one z after another, three rounds.
fn thermodynamics() {
    let kind = ModelKind::TwoImpurityHelicalKondo;
    let spec = |z: f64| LadderThermodynamicsSpec {
        pair: HelicalPair::Kondo(Model { kind, coupling: 0.1, coupling_z: 0.0, distance: 10 }),
        lambda: 4.0,
        scheme: Scheme::ZitkoPruschke,
        z,
        truncation: Truncation {
            energy: 5.0,
            rule: Rule::Gap,
            gap_window: 0.3,
            max_states: vec![600],
        },
        shells: 20,
        temperatures: vec![1e-3, 1e-5],
    };
    let (specs, device) = ([spec(0.0), spec(0.5)], Cpu::new(None).expect("a device"));
    for _ in 0..3 {
        let begin = processor_seconds();
        let found = ladder_thermodynamics(&specs, &device, &(), &Never).expect("an answer");
        let middle = processor_seconds();
        for (spec, found) in specs.iter().zip(found) {
            let all =
                ladder_thermodynamics_of_all_sectors(spec, &device, &Never).expect("the same");
            let entropy = found.expect("a ladder").values[0][0];
            assert!((entropy - all.values[0][0]).abs() < 1e-9);
        }
        let (symmetric, all) = (middle - begin, processor_seconds() - middle);
        println!(
            "thermodynamics: {symmetric:.2} s, all sectors {all:.2} s, {:.1}",
            all / symmetric
        );
    }
}

fn measure(kind: &str, arguments: &[String]) {
    let request = Impurities.resolve(&document(kind, arguments)).expect("a request");
    let estimate = Impurities.cost(&request);
    let device = Cpu::new(None).expect("a device");
    let shells = std::env::var_os("SHELLS").is_some().then(Shells::default);
    let begin = processor_seconds();
    let answers = match &shells {
        Some(shells) => Impurities.answer(&[request], &device, shells, &Never),
        None => Impurities.answer(&[request], &device, &(), &Never),
    };
    let answer = answers.expect("an answer").remove(0).expect("an answer");
    if shells.is_some() {
        for name in ["shell_states", "shell_kept"] {
            eprintln!("{name} {:?}", answer.get(name).map(|array| array.values.real().to_vec()));
        }
    }
    let seconds = processor_seconds() - begin;
    let peak = shells.map_or(0.0, |shells| shells.highest());
    let bytes = estimate.memory_bytes + PROGRAM_BYTES;
    let (needed, expected) = (peak_mebibytes().max(peak), bytes as f64 / 1_048_576.0);
    println!(
        "{seconds:.1}, {:.1}, {:.2}; {needed:.0}, {expected:.0}, {:.2}",
        estimate.core_seconds,
        estimate.core_seconds / seconds,
        expected / needed
    );
}

/// The request of Fig. 3 with `calculation.kind`, x, J_z, all z, and other fields as `path=value`.
fn document(kind: &str, arguments: &[String]) -> Node {
    let text = include_str!("../examples/figures/fig3_scan.toml");
    let mut document = Node::from_toml(text).expect("the request of Fig. 3");
    if let Node::Table(entries) = &mut document {
        let spectral = matches!(kind, "spectra" | "scan");
        let dropped =
            |name: &str| matches!(name, "engine" | "sweep") || !spectral && name == "spectra";
        entries.retain(|(name, _)| !dropped(name));
    }
    let list = |text: &str| -> Node {
        let number = |text: &str| Node::Number(text.parse().expect("a number"));
        Node::List(text.split(',').map(number).collect())
    };
    let (fixed, changes) = arguments.split_at(3);
    document.set("calculation.kind", Node::Text(kind.to_owned()));
    document.set("model.distance", list(&fixed[0]));
    document.set("model.coupling_z", list(&fixed[1]));
    document.set("discretization.z", list(&fixed[2]));
    for (path, value) in changes.iter().filter_map(|change| change.split_once('=')) {
        document.set(path, list(value));
    }
    document
}

/// The peak of memory of each shell on the way down, on standard error (`SHELLS=1`; Linux).
#[derive(Default)]
struct Shells {
    highest: std::sync::Mutex<(usize, f64)>,
}

impl Shells {
    fn highest(&self) -> f64 {
        self.highest.lock().expect("no panic").1
    }
}

impl Monitor for Shells {
    fn progress(&self, done: f64, total: f64) {
        let peak = peak_mebibytes();
        let mut highest = self.highest.lock().expect("no panic");
        eprintln!("{} {:.3} {peak:.0} {:.2}", highest.0, done / total, processor_seconds());
        *highest = (highest.0 + 1, highest.1.max(peak));
        std::fs::write("/proc/self/clear_refs", "5").expect("a fresh peak");
    }
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
