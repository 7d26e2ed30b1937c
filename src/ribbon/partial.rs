//! Some states of a block tridiagonal ribbon, their numbers certain by inertia counts.
use std::ops::Range;

use num_complex::Complex64;

use super::RibbonError;
use super::sector::{Matrix, Sector};
use super::solve::{Certificate, Columns, Data, Method, Place, Point, Spectrum, Want, orders};
use crate::linalg::LinalgError;
use crate::linalg::banded::Scalar;
use crate::linalg::window::{Pairs, Pencil};
use crate::stop::Stop;

/// States beyond the wanted ones that a bracket may hold on each side: narrowing it further costs a
/// factorization, a few states more cost less.
const SLACK: usize = 3;

enum AnyPencil {
    Real(Pencil<f64>),
    Complex(Pencil<Complex64>),
}

impl AnyPencil {
    fn new(matrix: &Matrix) -> Result<Self, LinalgError> {
        Ok(match matrix {
            Matrix::Real(sparse) => Self::Real(sparse.pencil()?),
            Matrix::Complex(sparse) => Self::Complex(sparse.pencil()?),
        })
    }

    fn count_below(&self, energy: f64) -> usize {
        match self {
            Self::Real(pencil) => pencil.count_below(energy),
            Self::Complex(pencil) => pencil.count_below(energy),
        }
    }
}

/// The blocks of one point, ready for counts and windows.
pub(super) struct Sectors {
    order: usize,
    hint: (f64, f64),
    sectors: Vec<Sector>,
    pencils: Vec<AnyPencil>,
}

impl Sectors {
    pub fn new(point: &Point<'_>, sectors: Vec<Sector>) -> Result<Self, RibbonError> {
        let pencils =
            sectors.iter().map(|s| AnyPencil::new(&s.matrix)).collect::<Result<_, _>>()?;
        Ok(Self { order: point.ribbon.order(), hint: point.ribbon.hint(), sectors, pencils })
    }

    /// Number of states below an energy (meV).
    pub fn count_below(&self, energy_mev: f64) -> usize {
        let count = |(pencil, sector): (&AnyPencil, &Sector)| {
            pencil.count_below(energy_mev) * sector.embeddings.len()
        };
        self.pencils.iter().zip(&self.sectors).map(count).sum()
    }

    /// The states of these numbers.
    pub fn indices(
        &self,
        range: Range<usize>,
        want: Want,
        stop: &dyn Stop,
    ) -> Result<Spectrum, RibbonError> {
        let ((low, below), (high, _)) = self.bracket(&range, stop)?;
        let found = self.window(low, high, want, stop)?;
        let keep = range.start - below..range.end - below;
        if found.energies_mev.len() < keep.end {
            return Err(RibbonError::NoConvergence {
                what: format!("states {} to {}", range.start, range.end),
                reached: found.energies_mev.len() as f64,
                wanted: keep.end as f64,
            });
        }
        Ok(found.restricted(keep))
    }

    /// All states in a window; `first` of the answer counts those below it.
    pub fn window(
        &self,
        low: f64,
        high: f64,
        want: Want,
        stop: &dyn Stop,
    ) -> Result<Spectrum, RibbonError> {
        let mut found = Vec::new();
        let mut vectors = Vec::new();
        for (index, (pencil, sector)) in self.pencils.iter().zip(&self.sectors).enumerate() {
            let (values, residuals, data) = match pencil {
                AnyPencil::Real(p) => unpack(p.window(low, high, stop)?, Data::Real),
                AnyPencil::Complex(p) => unpack(p.window(low, high, stop)?, Data::Complex),
            };
            for copy in 0..sector.embeddings.len() {
                for (column, energy) in values.iter().enumerate() {
                    let place = Place { sector: index, column, copy };
                    found.push((*energy, residuals.get(column).copied(), place));
                }
            }
            if want == Want::States {
                let embeddings = sector.embeddings.clone();
                vectors.push(Columns { count: values.len(), data, embeddings });
            }
        }
        let certificate = Certificate {
            method: Method::ShiftInvert,
            blocks: orders(&self.sectors),
            residual_mev: found.iter().filter_map(|one| one.1).reduce(f64::max),
        };
        let mut spectrum = Spectrum::sorted(self.order, found, vectors, certificate);
        spectrum.first = self.count_below(low);
        Ok(spectrum)
    }

    /// Energies around the states of these numbers, each with the count below it; they hold few
    /// states more.
    #[allow(clippy::type_complexity, reason = "two bounds with their counts")]
    fn bracket(
        &self,
        range: &Range<usize>,
        stop: &dyn Stop,
    ) -> Result<((f64, usize), (f64, usize)), RibbonError> {
        let (middle, half) = self.hint;
        let mut low = self.bound(middle, -half, &|count| count <= range.start, stop)?;
        let mut high = self.bound(middle, half, &|count| range.end <= count, stop)?;
        // Both move inwards by bisection until little is left between.
        let (mut inside_low, mut inside_high) = (high, low);
        let resolution = 1e-9 * (high.0 - low.0);
        while range.start > low.1 + SLACK && resolution < inside_low.0 - low.0 {
            let middle = 0.5 * (low.0 + inside_low.0);
            let count = self.counted(middle, stop)?;
            if count <= range.start { low = (middle, count) } else { inside_low = (middle, count) }
        }
        inside_high.0 = inside_high.0.max(low.0);
        while high.1 > range.end + SLACK && resolution < high.0 - inside_high.0 {
            let middle = 0.5 * (high.0 + inside_high.0);
            let count = self.counted(middle, stop)?;
            if range.end <= count { high = (middle, count) } else { inside_high = (middle, count) }
        }
        Ok((low, high))
    }

    /// Walks outwards from `middle` in steps that double until the count is `right`.
    fn bound(
        &self,
        middle: f64,
        step: f64,
        right: &dyn Fn(usize) -> bool,
        stop: &dyn Stop,
    ) -> Result<(f64, usize), RibbonError> {
        let mut step = step;
        for _ in 0..80 {
            let count = self.counted(middle + step, stop)?;
            if right(count) {
                return Ok((middle + step, count));
            }
            step *= 2.0;
        }
        let what = "a bracket of the wanted states".into();
        Err(RibbonError::NoConvergence { what, reached: step, wanted: 0.0 })
    }

    fn counted(&self, energy: f64, stop: &dyn Stop) -> Result<usize, RibbonError> {
        if stop.stopped() {
            return Err(LinalgError::Stopped.into());
        }
        Ok(self.count_below(energy))
    }
}

fn unpack<T: Scalar>(pairs: Pairs<T>, wrap: fn(Vec<T>) -> Data) -> (Vec<f64>, Vec<f64>, Data) {
    let order = pairs.vectors.first().map_or(0, Vec::len);
    let mut data = Vec::with_capacity(order * pairs.vectors.len());
    for row in 0..order {
        data.extend(pairs.vectors.iter().map(|vector| vector[row]));
    }
    (pairs.values, pairs.residuals, wrap(data))
}
