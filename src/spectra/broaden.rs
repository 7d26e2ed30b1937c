//! The door: peaks in, a spectrum and its certificate out.
use super::bound::{self, Bound};
use super::kernel::Kernel;
use super::local::{Cells, MARGIN, Sums, half_width};
use super::maps::Even;
use super::moments::{Map, collect};
use super::survey::{Survey, survey};
use super::thermal::Logarithmic;
use super::tree::Tree;
use super::weight::Weight;
use super::{SpectraError, direct, same_length};
use crate::invalid::Invalid;
use crate::stop::Stop;

/// Discrete spectral data, A(w) = sum of `weights[i] delta(w - positions[i])`; in any order.
#[derive(Debug, Clone, Copy)]
pub struct Peaks<'a, W> {
    /// Unit of energy of the caller's choice.
    pub positions: &'a [f64],
    pub weights: &'a [W],
    /// A width for each peak, in place of the kernel's (adaptive broadening).
    pub widths: Option<&'a [f64]>,
}

/// How the sum over the peaks is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Cells where they save work, else the plain sum; decided by the request alone.
    Auto,
    /// Every peak at every frequency.
    Direct,
    /// Peaks in cells with moments, within the tolerance.
    Binned,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    pub method: Method,
    /// Error allowed at a frequency w, relative to K_max(w) times the sum of |weight| (of the peaks
    /// within the kernel's reach, for the kernels that have one). From 1e-10, below which only the
    /// plain sum will do, to 1e-2.
    pub tolerance: f64,
}

/// A spectrum, how exact it is and how it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Broadened<W> {
    /// A(w) at each frequency, in weight per unit of energy.
    pub values: Vec<W>,
    /// Bound on |value - exact sum| at each frequency, rounding included.
    pub error_bounds: Vec<f64>,
    pub certificate: Certificate,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    /// `Direct` or `Binned`.
    pub method: Method,
    /// Largest error bound over the frequencies, relative to K_max(w) times the sum of |weight|.
    pub error_bound: f64,
    pub tolerance: f64,
    pub peaks: usize,
    /// Cells used, 0 for the plain sum.
    pub cells: usize,
    /// Sum of the weights and of their magnitudes.
    pub total_weight: [f64; 2],
    pub absolute_weight: f64,
}

/// Broadens peaks with a kernel. Deterministic: the bits depend on neither threads nor time. Runs on
/// the rayon pool it is called in.
///
/// # Errors
/// Input that is not finite (by index), lengths that differ, a peak at 0 for
/// [`Kernel::LogGauss`], a width or tolerance out of range, [`Method::Binned`] where cells cannot
/// keep the tolerance; [`SpectraError::Stopped`].
pub fn broaden<W: Weight>(
    peaks: &Peaks<W>,
    frequencies: &[f64],
    kernel: Kernel,
    options: Options,
    stop: &dyn Stop,
) -> Result<Broadened<W>, SpectraError> {
    check(peaks, frequencies, kernel, options)?;
    let survey = survey(peaks, kernel)?;
    if let Some(plan) = plan(peaks, frequencies, kernel, options, survey.range)? {
        let found = attempt(Some(&plan), peaks, frequencies, kernel, options, survey, stop)?;
        if found.certificate.error_bound <= options.tolerance {
            return Ok(found);
        }
        if options.method == Method::Binned {
            return Err(no_cells().into());
        }
    }
    attempt(None, peaks, frequencies, kernel, options, survey, stop)
}

fn no_cells() -> Invalid {
    let expected = "auto or direct: too many cells are needed for these widths and tolerance";
    Invalid::new("options.method", "binned", expected)
}

fn attempt<W: Weight>(
    plan: Option<&Plan>,
    peaks: &Peaks<W>,
    frequencies: &[f64],
    kernel: Kernel,
    options: Options,
    survey: Survey,
    stop: &dyn Stop,
) -> Result<Broadened<W>, SpectraError> {
    let cells = plan.map(Plan::cells);
    let mut parts = Vec::new();
    for part in 0..W::PARTS {
        parts.push(match plan {
            Some(plan) => plan.sums(peaks, part, frequencies, stop)?,
            None => direct::sums(peaks, part, frequencies, kernel, stop)?,
        });
    }
    Ok(certified(&parts, cells, peaks, frequencies, kernel, options, survey))
}

/// Values and bounds from the sums of the weights' parts. `cells`: none, the plain sum.
pub(super) fn certified<W: Weight>(
    parts: &[Sums],
    cells: Option<usize>,
    peaks: &Peaks<W>,
    frequencies: &[f64],
    kernel: Kernel,
    options: Options,
    survey: Survey,
) -> Broadened<W> {
    let mut certificate = Certificate {
        method: cells.map_or(Method::Direct, |_| Method::Binned),
        error_bound: 0.0,
        tolerance: options.tolerance,
        peaks: peaks.positions.len(),
        cells: cells.unwrap_or(0),
        total_weight: survey.total,
        absolute_weight: survey.absolute,
    };
    let error_bounds: Vec<f64> =
        (0..frequencies.len()).map(|i| parts.iter().map(|p| p.bounds[i]).sum()).collect();
    let narrowest = narrowest(peaks, kernel);
    for (bound, frequency) in error_bounds.iter().zip(frequencies) {
        let scale = narrowest.height(*frequency) * certificate.absolute_weight;
        if 0.0 < scale {
            certificate.error_bound = certificate.error_bound.max(bound / scale);
        }
    }
    Broadened { values: values(parts, frequencies.len()), error_bounds, certificate }
}

fn values<W: Weight>(parts: &[Sums], length: usize) -> Vec<W> {
    let part = |index: usize, i: usize| parts.get(index).map_or(0.0, |sums| sums.values[i]);
    (0..length).map(|i| W::from_parts(part(0, i), part(1, i))).collect()
}

/// The kernel with the largest height.
fn narrowest<W>(peaks: &Peaks<W>, kernel: Kernel) -> Kernel {
    let widths = peaks.widths.unwrap_or_default();
    let least = widths.iter().copied().reduce(f64::min);
    least.map_or(kernel, |width| kernel.with_width(width))
}

/// Cells for one kernel, one width.
enum Plan {
    Even(Even, Bound, Kernel),
    Logarithmic(Logarithmic),
    Tree(Tree),
}

/// Fewer peaks than this are summed as they stand.
const FEW: usize = 4096;

/// None: the plain sum.
fn plan<W: Weight>(
    peaks: &Peaks<W>,
    frequencies: &[f64],
    kernel: Kernel,
    options: Options,
    range: [f64; 2],
) -> Result<Option<Plan>, SpectraError> {
    let few = peaks.positions.len() < FEW || frequencies.len() < 8;
    if options.method == Method::Direct || (options.method == Method::Auto && few) {
        return Ok(None);
    }
    let found = match peaks.widths {
        Some(_) => None,
        None => Plan::new(range, frequencies, kernel, options.tolerance),
    };
    if found.is_none() && options.method == Method::Binned {
        return Err(no_cells().into());
    }
    Ok(found)
}

/// Part of the tolerance that interpolation may use; the rest is for rounding and tails.
const SHARE: f64 = 0.5;
/// Below this the bound on the rounding of the moments would not fit.
const LEAST: f64 = 1e-10;

impl Plan {
    fn new(range: [f64; 2], frequencies: &[f64], kernel: Kernel, tolerance: f64) -> Option<Self> {
        if tolerance < LEAST || range[1] < range[0] || frequencies.is_empty() {
            return None;
        }
        let tolerance = SHARE * tolerance;
        match kernel {
            Kernel::Gaussian { width } => {
                let half_width = half_width(tolerance);
                let [low, high] = extremes(frequencies);
                let margin = MARGIN * width;
                let map = Even::new([low - margin, high + margin], width, half_width)?;
                Some(Self::Even(map, bound::gaussian(half_width), kernel))
            }
            Kernel::Lorentzian { half_width } => {
                Tree::new(range, half_width, tolerance).map(Self::Tree)
            }
            Kernel::LogGauss { .. } | Kernel::Thermal { .. } => {
                Logarithmic::new(kernel, frequencies, tolerance).map(Self::Logarithmic)
            }
        }
    }

    fn cells(&self) -> usize {
        match self {
            Self::Even(map, ..) => map.cells(),
            Self::Logarithmic(plan) => plan.cells(),
            Self::Tree(tree) => tree.cells(),
        }
    }

    fn sums<W: Weight>(
        &self,
        peaks: &Peaks<W>,
        part: usize,
        frequencies: &[f64],
        stop: &dyn Stop,
    ) -> Result<Sums, SpectraError> {
        match self {
            Self::Even(map, interpolation, kernel) => {
                let moments = collect(map, peaks.positions, peaks.weights, part, stop)?;
                let relative = map.relative(*interpolation, moments.rounding());
                let found = Cells::new(&moments).sums(map, frequencies, relative, stop)?;
                let mut sums = Sums::zeros(frequencies.len());
                sums.add(&found, |i| kernel.height(frequencies[i]));
                Ok(sums)
            }
            Self::Logarithmic(plan) => plan.sums(peaks, part, frequencies, stop),
            Self::Tree(tree) => tree.sums(peaks, part, frequencies, stop),
        }
    }
}

fn extremes(values: &[f64]) -> [f64; 2] {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    [low, values.iter().copied().fold(f64::NEG_INFINITY, f64::max)]
}

pub(super) fn check<W: Weight>(
    peaks: &Peaks<W>,
    frequencies: &[f64],
    kernel: Kernel,
    options: Options,
) -> Result<(), Invalid> {
    kernel.check()?;
    if !(0.0 < options.tolerance && options.tolerance <= 1e-2) {
        return Err(Invalid::new("options.tolerance", options.tolerance, "a number in 0..0.01"));
    }
    same_length("weights", peaks.weights.len(), peaks.positions.len())?;
    let sane = |w: f64| w == 0.0 || (1e-290..1e290).contains(&w.abs());
    if let Some(i) = frequencies.iter().position(|w| !sane(*w)) {
        let expected = "0 or a magnitude from 1e-290 to 1e290";
        return Err(Invalid::new(format!("frequencies[{i}]"), frequencies[i], expected));
    }
    if let Some(widths) = peaks.widths {
        same_length("widths", widths.len(), peaks.positions.len())?;
        for (i, width) in widths.iter().enumerate() {
            kernel.with_width(*width).check().map_err(|wrong| {
                Invalid::new(format!("widths[{i}]"), wrong.value, wrong.expected)
            })?;
        }
    }
    Ok(())
}
