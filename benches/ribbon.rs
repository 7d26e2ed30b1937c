//! Time per ribbon spectrum: the default way (real blocks by symmetry; shift-invert for edge
//! states) against one complex Hermitian matrix of the whole ribbon, the same energies.
//!
//! `cargo bench --bench ribbon [-- ROUNDS]`; A and B alternate, the ratios are of medians.
use std::time::Instant;

use edgestate::linalg::cpu::Cpu;
use edgestate::ribbon::{Model, Point, Preset, Query, Ribbon, Spectrum, Want, solve};
use edgestate::stop::Never;

const WAVE_NUMBERS: usize = 200;

fn main() {
    let rounds = std::env::args().find_map(|a| a.parse().ok()).unwrap_or(3_usize);
    let device = Cpu::new(None).expect("threads can be started");
    let model = Preset::HgTe7nm.model(156.0);
    // The smallest inversion asymmetry breaks the mirrors and nothing else.
    let plain = Model { bia_mev: 1e-14, ..model };
    for (sites, count) in [(50, WAVE_NUMBERS), (125, WAVE_NUMBERS), (250, WAVE_NUMBERS)] {
        let pair = [model, plain].map(|m| Ribbon::lattice(m, 200.0, sites).expect("valid"));
        let count = if sites == 250 && rounds < 3 { count / 4 } else { count };
        compare(&format!("all states, 4 x {sites}, {count} k"), rounds, |which| {
            run(&pair[which], count, &Query::All, Want::States, &device)
        });
    }
    let pair = [model, plain].map(|m| Ribbon::lattice(m, 200.0, 1000).expect("valid"));
    compare("edge states, 4 x 1000, 16 k, real blocks or complex", rounds, |which| {
        run(&pair[which], 16, &Query::EdgeStates, Want::States, &device)
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
    println!("{name}: {fast:.4} s, plain {plain:.4} s, ratio {:.2}", plain / fast);
}
