//! Time per ribbon spectrum: the default way (real blocks by symmetry; shift-invert for edge
//! states) against one complex Hermitian matrix of the whole ribbon, the same energies.
//!
//! `cargo bench --bench ribbon [-- ROUNDS]`; A and B alternate, the ratios are of medians.
//! `cargo bench --bench ribbon -- states|energies|edge SITES COUNT` prints the seconds of one pass
//! of the default way and the energies in the middle (for `benches/ribbon_peers.py`).
use std::time::Instant;

use edgestate::linalg::cpu::Cpu;
use edgestate::ribbon::{Model, Point, Preset, Query, Ribbon, Spectrum, Want, solve};
use edgestate::stop::Never;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let number =
        |i: usize, default: usize| arguments.get(i).and_then(|a| a.parse().ok()).unwrap_or(default);
    let device = Cpu::new(None).expect("threads can be started");
    match arguments.first().map(String::as_str) {
        Some(what @ ("states" | "energies" | "edge")) => {
            once(what, number(1, 125), number(2, 20), &device);
        }
        _ => compare_all(number(0, 3), &device),
    }
}

fn hgte() -> Model {
    Preset::HgTe7nm.model(156.0)
}

fn once(what: &str, sites: usize, count: usize, device: &Cpu) {
    let ribbon = Ribbon::lattice(hgte(), 200.0, sites).expect("valid");
    let (query, want) = match what {
        "states" => (Query::All, Want::States),
        "energies" => (Query::All, Want::Energies),
        _ => (Query::EdgeStates, Want::States),
    };
    let start = Instant::now();
    let spectra = run(&ribbon, count, &query, want, device);
    let seconds = start.elapsed().as_secs_f64();
    let middle: Vec<f64> = spectra
        .iter()
        .flat_map(|s| {
            let first = 2 * sites - 2 - s.first;
            s.energies_mev[first..first + 4].to_vec()
        })
        .collect();
    println!("{{\"seconds\": {seconds}, \"edge_states_mev\": {middle:?}}}");
}

fn compare_all(rounds: usize, device: &Cpu) {
    // The smallest inversion asymmetry breaks the mirrors and nothing else.
    let plain = Model { bia_mev: 1e-14, ..hgte() };
    let pair = |sites: usize| {
        [hgte(), plain].map(|model| Ribbon::lattice(model, 200.0, sites).expect("valid"))
    };
    for (sites, count) in [(50, 200), (125, 200), (250, 200)] {
        let pair = pair(sites);
        compare(&format!("all states, 4 x {sites}, {count} k"), rounds, |which| {
            run(&pair[which], count, &Query::All, Want::States, device)
        });
    }
    let pair = pair(1000);
    compare("edge states, 4 x 1000, 16 k", rounds, |which| {
        run(&pair[which], 16, &Query::EdgeStates, Want::States, device)
    });
}

fn run(ribbon: &Ribbon, count: usize, query: &Query, want: Want, device: &Cpu) -> Vec<Spectrum> {
    let at = |i: usize| -0.01 + 0.02 * (i as f64 + 0.5) / count as f64;
    let points: Vec<Point<'_>> = (0..count).map(|i| Point { ribbon, k: at(i) }).collect();
    solve(&points, query, want, device, &Never).expect("converges")
}

fn compare(name: &str, rounds: usize, solve: impl Fn(usize) -> Vec<Spectrum>) {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        let mut found = Vec::new();
        for which in [0, 1] {
            let start = Instant::now();
            found.push(solve(which));
            times[which].push(start.elapsed().as_secs_f64());
        }
        for (a, b) in found[0].iter().zip(&found[1]) {
            for (a, b) in a.energies_mev.iter().zip(&b.energies_mev) {
                assert!((a - b).abs() < 1e-8, "{name}: {a} and {b}");
            }
        }
    }
    let [fast, plain] = times.map(|mut list| {
        list.sort_by(f64::total_cmp);
        list[list.len() / 2]
    });
    println!("{name}: {fast:.4} s, complex {plain:.4} s, ratio {:.2}", plain / fast);
}
