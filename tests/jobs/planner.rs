//! Chunks: every run once, parameter sets together, within time and memory.
use std::collections::BTreeMap;
use std::sync::Arc;

use edgestate::jobs::document::RawDocument;
use edgestate::jobs::planner::{Budget, Run, chunks_of, core_seconds, memory_bytes, runs_of};
use edgestate::jobs::spec::Spec;
use edgestate::jobs::worker::machine::PROGRAM_BYTES;
use proptest::prelude::*;

use crate::{nrg, run, spec};

fn budget(memory_bytes: u64) -> Budget {
    Budget { chunk_seconds: 10.0, cores: 2.0, memory_bytes, max_runs: 40 }
}

fn set(group: usize, z: usize, seconds: f64, memory: u64) -> Vec<Run> {
    (0..z)
        .map(|index| {
            let z = index as f64 / z as f64;
            run(group, spec(0.1 + group as f64, z, &[1e-3]), seconds, memory)
        })
        .collect()
}

proptest! {
    #[test]
    fn every_run_travels_once_and_within_the_budget(
        sets in prop::collection::vec((1usize..6, 0.01f64..30.0, 1u64..300), 1..40),
        memory in 50u64..2000,
    ) {
        let runs: Vec<Run> = sets
            .iter()
            .enumerate()
            .flat_map(|(group, (z, seconds, memory))| set(group, *z, *seconds, *memory))
            .collect();
        let budget = budget(memory);
        let count = runs.len();
        let chunks = chunks_of(runs, &budget);
        prop_assert_eq!(chunks.iter().map(Vec::len).sum::<usize>(), count);
        let mut pieces: BTreeMap<usize, usize> = BTreeMap::new();
        for chunk in &chunks {
            prop_assert!(chunk.len() == 1 || memory_bytes(chunk) <= budget.memory_bytes);
            let groups: Vec<usize> = chunk.iter().map(|run| run.group).collect();
            let several = groups.iter().any(|group| *group != groups[0]);
            prop_assert!(!several || core_seconds(chunk) / budget.cores <= budget.chunk_seconds);
            let distinct: std::collections::BTreeSet<usize> = groups.into_iter().collect();
            for group in distinct {
                *pieces.entry(group).or_insert(0) += 1;
            }
        }
        // Only memory splits the z of one parameter set.
        for (group, (z, _, each)) in sets.iter().enumerate() {
            if *each * *z as u64 <= budget.memory_bytes {
                prop_assert_eq!(pieces[&group], 1);
            }
        }
    }
}

#[test]
fn runs_with_unlike_shells_travel_apart() {
    let mut runs = set(0, 2, 0.1, 1);
    let mut longer = set(1, 2, 0.1, 1);
    for run in &mut longer {
        let mut spec = nrg(&run.spec).clone();
        spec.shells = 30;
        run.spec = Arc::new(Spec::Nrg(spec));
    }
    runs.extend(longer);
    runs.extend(set(2, 2, 0.1, 1));
    let chunks = chunks_of(runs, &budget(1000));
    let groups: Vec<Vec<usize>> =
        chunks.iter().map(|chunk| chunk.iter().map(|run| run.group).collect()).collect();
    assert_eq!(groups, [vec![0, 0, 2, 2], vec![1, 1]]);
}

/// Shells are fixed by the lowest temperature of the whole request, so that a point of a sweep has
/// the same key whatever temperature it is listed with first.
#[test]
fn the_lowest_temperature_of_the_request_fixes_the_shells() {
    let text = |temperatures: &str| {
        format!(
            "engine = \"nrg\"\n[model]\nkind = \"two-impurity-helical-kondo\"\ncoupling = 0.1\n\
             coupling_z = 0.0\ndistance = 10\n[run]\ntemperature = {temperatures}\n"
        )
    };
    let runs = |temperatures: &str| {
        let raw = RawDocument::from_toml(&text(temperatures)).unwrap();
        runs_of(&raw.check().unwrap(), "test").unwrap()
    };
    let (forth, back) = (runs("[1e-3, 1e-9]"), runs("[1e-9, 1e-3]"));
    assert_eq!(forth.len(), 4);
    for (a, b) in forth.iter().zip(&back) {
        assert_eq!(a.keys[0], b.keys[1]);
        assert_eq!(a.keys[1], b.keys[0]);
    }
    let alone = runs("1e-3");
    assert!(nrg(&alone[0].spec).shells < nrg(&forth[0].spec).shells);
    assert_ne!(alone[0].keys[0], forth[0].keys[0]);
}

/// Memory may refuse a run, and says which number is too large.
#[test]
fn a_run_that_does_not_fit_is_refused() {
    let runs = set(0, 2, 1.0, 5 << 30);
    let refused = budget(4 << 30).admit(&runs).unwrap_err();
    assert_eq!(refused[0].field, "truncation.max_states");
    // The three numbers that matter: what was asked for, what it needs, what there is.
    let program = PROGRAM_BYTES >> 20;
    let (needed, there) = (5120 + program, 4096 + program);
    assert_eq!(refused[0].value, format!("3000: a run of about {needed} MiB and 1 s of one core"));
    let expected = format!("values whose run fits into {there} MiB of memory");
    assert_eq!(refused[0].expected, expected);
    assert!(budget(5 << 30).admit(&runs).is_ok());
}
