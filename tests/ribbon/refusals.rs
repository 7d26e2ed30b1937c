//! Bad input is refused by name (section 1).
use edgestate::linalg::cpu::Cpu;
use edgestate::ribbon::{
    Blocks, Model, Point, Query, Ribbon, RibbonError, SquareMatrix, Strip, Want, solve,
};
use edgestate::stop::Never;
use num_complex::Complex64;

use crate::support::hgte;

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, RibbonError>, field: &str) {
    match result {
        Err(RibbonError::Invalid(invalid)) => assert_eq!(invalid.field, field, "{invalid}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn ribbons_that_cannot_be() {
    for (width, sites, field) in [
        (0.0, 100, "width_nm"),
        (-1.0, 100, "width_nm"),
        (f64::NAN, 100, "width_nm"),
        (200.0, 19, "sites"),
        (200.0, usize::MAX, "sites"),
    ] {
        refused(Ribbon::lattice(hgte(156.0), width, sites), field);
    }
    let model = Model { a_mev_nm: f64::INFINITY, ..hgte(0.0) };
    refused(Ribbon::lattice(model, 200.0, 100), "model.a_mev_nm");
    let model = Model { b_mev_nm2: 0.0, ..hgte(0.0) };
    refused(Ribbon::continuum(model, 200.0, None), "model.b_mev_nm2");
    let model = Model { rashba3_mev_nm3: 1.0, ..hgte(0.0) };
    refused(Ribbon::continuum(model, 200.0, None), "model.rashba3_mev_nm3");
}

/// Edge states are refused without a topological gap; plain bands are not.
#[test]
fn edge_states_of_a_trivial_ribbon() {
    let device = Cpu::new(None).unwrap();
    for (model, field) in [
        (Model { m_mev: 10.0, ..hgte(0.0) }, "model.m_mev"),
        (Model { d_mev_nm2: 686.0, ..hgte(0.0) }, "model.d_mev_nm2"),
        (Model { a_mev_nm: 0.0, ..hgte(0.0) }, "model.a_mev_nm"),
    ] {
        let ribbon = Ribbon::lattice(model, 100.0, 20).unwrap();
        let points = [Point { ribbon: &ribbon, k: 0.001 }];
        let solved = |query: Query| solve(&points, &query, Want::Energies, &device, &Never);
        refused(solved(Query::EdgeStates), field);
        assert_eq!(solved(Query::All).unwrap()[0].energies_mev.len(), 80);
    }
}

#[test]
fn queries_that_hold_nothing() {
    let device = Cpu::new(None).unwrap();
    let lattice = Ribbon::lattice(hgte(156.0), 100.0, 20).unwrap();
    let continuum = Ribbon::continuum(hgte(156.0), 100.0, None).unwrap();
    for (ribbon, k, query, field) in [
        (&lattice, f64::NAN, Query::All, "k"),
        (&lattice, 0.0, Query::Indices(3..3), "query.indices"),
        (&lattice, 0.0, Query::Indices(79..81), "query.indices"),
        (&lattice, 0.0, Query::Window { low_mev: 1.0, high_mev: 1.0 }, "query.window"),
        (&lattice, 0.0, Query::Window { low_mev: f64::NAN, high_mev: 1.0 }, "query.window"),
        (&continuum, 0.0, Query::All, "query"),
    ] {
        let points = [Point { ribbon, k }];
        refused(solve(&points, &query, Want::Energies, &device, &Never), field);
    }
}

#[test]
fn blocks_that_are_not_hermitian_or_do_not_fit() {
    let square = |order: usize, elements: &[f64]| SquareMatrix {
        order,
        elements: elements.iter().map(|x| Complex64::new(*x, 0.0)).collect(),
    };
    let zero = SquareMatrix::zero(2);
    let good = Blocks {
        onsite: square(2, &[1.0, 2.0, 2.0, 3.0]),
        across: zero.clone(),
        along: zero.clone(),
        along_across_up: zero.clone(),
        along_across_down: zero.clone(),
    };
    assert!(Ribbon::from_blocks(good.clone(), 2).is_ok());
    refused(Ribbon::from_blocks(good.clone(), 1), "sites");
    let skew = Blocks { onsite: square(2, &[1.0, 2.0, -2.0, 3.0]), ..good.clone() };
    refused(Ribbon::from_blocks(skew, 5), "blocks.onsite");
    let wrong = Blocks { along: SquareMatrix::zero(3), ..good.clone() };
    refused(Ribbon::from_blocks(wrong, 5), "blocks.along");
    let nan = Blocks { across: square(2, &[f64::NAN; 4]), ..good.clone() };
    refused(Ribbon::from_blocks(nan, 5), "blocks.across");
    let short = Blocks { onsite: SquareMatrix { order: 2, elements: vec![] }, ..good.clone() };
    refused(Ribbon::from_blocks(short, 5), "blocks.onsite");
    let strip = Strip { cell: good.onsite, hops: vec![(0, zero.clone())] };
    refused(Ribbon::from_strip(strip), "strip.hops[0].cells");
    let strip = Strip { cell: square(2, &[0.0, 1.0, 2.0, 0.0]), hops: vec![(1, zero)] };
    refused(Ribbon::from_strip(strip), "strip.cell");
}

/// A stop is obeyed everywhere.
#[test]
fn stops() {
    let device = Cpu::new(None).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(true);
    let ribbon = Ribbon::lattice(hgte(156.0), 200.0, 100).unwrap();
    let points = [Point { ribbon: &ribbon, k: 0.0 }];
    for query in [Query::All, Query::EdgeStates] {
        assert!(solve(&points, &query, Want::Energies, &device, &stop).is_err());
    }
}
