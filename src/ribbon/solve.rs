//! Bands of many ribbons and wave numbers at once, by the cheapest way that is certain.
use std::ops::Range;

use num_complex::Complex64;
use rayon::prelude::*;

use super::lattice::Ribbon;
use super::sector::{Embedding, Matrix, Sector, embed};
use super::{RibbonError, dense, partial};
use crate::invalid::Invalid;
use crate::linalg::Device;
use crate::stop::Stop;

/// One matrix to be solved: a ribbon at a wave number (1/nm; rad per cell for models of one's own).
#[derive(Debug, Clone, Copy)]
pub struct Point<'a> {
    pub ribbon: &'a Ribbon,
    pub k: f64,
}

/// Which states.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    All,
    /// All with energies in `[low, high)`, meV.
    Window {
        low_mev: f64,
        high_mev: f64,
    },
    /// By number, ascending from 0.
    Indices(Range<usize>),
    /// The four in the middle: numbers 2N - 2 to 2N + 1 (section 6).
    EdgeStates,
}

/// What of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    Energies,
    States,
}

/// How a spectrum was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Complete diagonalization of every block.
    Dense,
    /// Shift-invert block Krylov spaces, the numbers of the states certain by inertia.
    ShiftInvert,
}

/// How good a spectrum is and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    pub method: Method,
    /// Orders of the blocks that were solved, and whether each was real.
    pub blocks: Vec<(usize, bool)>,
    /// Largest `|H x - e x|` (meV, `|x| = 1`); none where no states were computed.
    pub residual_mev: Option<f64>,
}

/// Some or all states of one matrix.
#[derive(Debug, Clone)]
pub struct Spectrum {
    /// Ascending.
    pub energies_mev: Vec<f64>,
    /// Number of the first one among all.
    pub first: usize,
    /// For each, `|H x - e x|`; empty if no states were computed.
    pub residuals_mev: Vec<f64>,
    pub certificate: Certificate,
    pub(super) order: usize,
    pub(super) states: Vec<Place>,
    pub(super) vectors: Vec<Columns>,
}

/// Where a state is kept: its block's vectors, the column, the copy of the block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub sector: usize,
    pub column: usize,
    pub copy: usize,
}

/// Vectors of one block, row-major with `count` columns.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub count: usize,
    pub data: Data,
    pub embeddings: Vec<Embedding>,
}

#[derive(Debug, Clone)]
pub(super) enum Data {
    Real(Vec<f64>),
    Complex(Vec<Complex64>),
}

impl Spectrum {
    /// Amplitudes of a state, function by function, orbital by orbital; none if only energies were
    /// asked for or there is no such state.
    pub fn state(&self, index: usize) -> Option<Vec<Complex64>> {
        let place = self.states.get(index)?;
        let columns = self.vectors.get(place.sector)?;
        let embedding = columns.embeddings.get(place.copy)?;
        let (count, first) = (columns.count, place.column);
        Some(match &columns.data {
            Data::Real(data) => {
                let column = data.iter().skip(first).step_by(count);
                embed(self.order, embedding, column.map(|x| Complex64::new(*x, 0.0)))
            }
            Data::Complex(data) => {
                embed(self.order, embedding, data.iter().skip(first).step_by(count).copied())
            }
        })
    }

    /// The block a state belongs to: states of different blocks do not mix.
    pub fn block(&self, index: usize) -> Option<(usize, usize)> {
        self.states.get(index).map(|place| (place.sector, place.copy))
    }

    /// Puts found states of all blocks in order. `found` are (energy, residual, place).
    pub(super) fn sorted(
        order: usize,
        mut found: Vec<(f64, Option<f64>, Place)>,
        vectors: Vec<Columns>,
        certificate: Certificate,
    ) -> Self {
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self {
            energies_mev: found.iter().map(|one| one.0).collect(),
            first: 0,
            residuals_mev: found.iter().filter_map(|one| one.1).collect(),
            states: found.iter().map(|one| one.2).collect(),
            order,
            vectors,
            certificate,
        }
    }

    /// Only the states with these places in the list.
    pub(super) fn restricted(mut self, keep: Range<usize>) -> Self {
        self.energies_mev = self.energies_mev[keep.clone()].to_vec();
        if !self.residuals_mev.is_empty() {
            self.residuals_mev = self.residuals_mev[keep.clone()].to_vec();
        }
        self.first += keep.start;
        self.states = self.states[keep].to_vec();
        let worst = |worst: f64, r: &f64| if r.is_nan() { *r } else { worst.max(*r) };
        if self.certificate.residual_mev.is_some() {
            self.certificate.residual_mev = Some(self.residuals_mev.iter().fold(0.0, worst));
        }
        self
    }
}

/// Measured seconds of one core: a complete diagonalization per cube of a block's order (real;
/// complex), shift-invert for each block and for each state. They decide between the two.
const DENSE_SECONDS: (f64, f64) = (5e-10, 1.5e-9);
const BLOCK_SECONDS: f64 = 2.5e-3;
const STATE_SECONDS: f64 = 1.5e-4;
/// Blocks of more rows are no band any more.
const WIDE_BLOCK: usize = 64;

/// Solves every point; a point's answer does not depend on its company. Windows and edge states run
/// in parallel over the points, complete diagonalizations as batches of `device`.
///
/// # Errors
/// `Invalid`: a wave number that is not finite, indices or a window that hold nothing, all bands of
/// a ribbon in the continuum, edge states without a topological gap; `Linalg`: stopped, no
/// convergence.
pub fn solve(
    points: &[Point<'_>],
    query: &Query,
    want: Want,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Vec<Spectrum>, RibbonError> {
    for point in points {
        check(point, query)?;
    }
    if *query == Query::All {
        return dense::solve(points, want, device, stop);
    }
    points.par_iter().map(|point| one(point, query, want, device, stop)).collect()
}

fn one(
    point: &Point<'_>,
    query: &Query,
    want: Want,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Spectrum, RibbonError> {
    let order = point.ribbon.order();
    let middle = order / 2;
    let numbers = match query {
        Query::All => Some(0..order),
        Query::Window { .. } => None,
        Query::Indices(range) => Some(range.clone()),
        Query::EdgeStates => Some(middle - 2..middle + 2),
    };
    let sectors = point.ribbon.sectors(point.k);
    let wide = sectors.iter().any(|s| WIDE_BLOCK < s.block());
    let dense_seconds: f64 = sectors.iter().map(dense_seconds).sum();
    let block_seconds = BLOCK_SECONDS * sectors.len() as f64;
    let mut complete = wide || dense_seconds <= block_seconds;
    let sectors = partial::Sectors::new(point, sectors)?;
    if !complete {
        let count = match (&numbers, query) {
            (None, Query::Window { low_mev, high_mev }) => {
                sectors.count_below(*high_mev).saturating_sub(sectors.count_below(*low_mev))
            }
            (numbers, _) => numbers.as_ref().map_or(order, Range::len),
        };
        complete = dense_seconds <= block_seconds + STATE_SECONDS * count as f64;
    }
    if complete && point.ribbon.is_lattice() {
        return part_of_all(point, query, numbers, want, device, stop);
    }
    match (query, numbers) {
        (Query::Window { low_mev, high_mev }, _) => sectors.window(*low_mev, *high_mev, want, stop),
        (_, numbers) => sectors.indices(numbers.unwrap_or(0..order), want, stop),
    }
}

fn dense_seconds(sector: &Sector) -> f64 {
    let per_cube = match sector.matrix {
        Matrix::Real(_) => DENSE_SECONDS.0,
        Matrix::Complex(_) => DENSE_SECONDS.1,
    };
    per_cube * (sector.matrix.order() as f64).powi(3)
}

/// Some states from a complete diagonalization.
fn part_of_all(
    point: &Point<'_>,
    query: &Query,
    numbers: Option<Range<usize>>,
    want: Want,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Spectrum, RibbonError> {
    let all = dense::solve(&[*point], want, device, stop)?.into_iter().next();
    let missing = || RibbonError::Missing { what: "a spectrum".into(), why: "no point".into() };
    let all = all.ok_or_else(missing)?;
    let energies = &all.energies_mev;
    let range = match (query, numbers) {
        (Query::Window { low_mev, high_mev }, _) => {
            let first = energies.partition_point(|e| e < low_mev);
            first..energies.partition_point(|e| e < high_mev).max(first)
        }
        (_, numbers) => numbers.unwrap_or(0..energies.len()),
    };
    Ok(all.restricted(range))
}

fn check(point: &Point<'_>, query: &Query) -> Result<(), RibbonError> {
    let order = point.ribbon.order();
    if !point.k.is_finite() {
        return Err(Invalid::new("k", point.k, "a finite number").into());
    }
    match query {
        Query::All if !point.ribbon.is_lattice() => {
            let expected = "a window, indices or edge states: only a lattice has all bands";
            Err(Invalid::new("query", "all bands in the continuum", expected).into())
        }
        Query::All => Ok(()),
        Query::Window { low_mev, high_mev } => {
            if low_mev.is_finite() && high_mev.is_finite() && low_mev < high_mev {
                return Ok(());
            }
            let given = format!("[{low_mev}, {high_mev})");
            Err(Invalid::new("query.window", given, "finite and low < high").into())
        }
        Query::Indices(range) => {
            if range.start < range.end && range.end <= order {
                return Ok(());
            }
            let given = format!("{}..{}", range.start, range.end);
            Err(Invalid::new("query.indices", given, format!("within 0..{order}")).into())
        }
        Query::EdgeStates => {
            if let Some(model) = point.ribbon.model() {
                model.check_topological()?;
            }
            if order < 4 || order % 2 == 1 {
                let expected = "an even number of bands, 4 or more";
                return Err(Invalid::new("query.edge_states", order, expected).into());
            }
            Ok(())
        }
    }
}

pub(super) fn orders(sectors: &[Sector]) -> Vec<(usize, bool)> {
    sectors.iter().map(|s| (s.matrix.order(), matches!(s.matrix, Matrix::Real(_)))).collect()
}
