//! Every figure that `edgestate figures` can make: a registry of functions from settings to data.
//!
//! A new figure is one function and one entry in its engine's `figures()`; drawing, tables, files
//! and the command line need nothing more. No I/O.
mod grid;
mod nrg;
mod ribbon;
mod transport;

use crate::invalid::Invalid;
use crate::linalg::LinalgError;
use crate::plot::{Figure, PlotError};
use crate::ribbon::RibbonError;
use crate::stop::Stop;

/// How much work may go into a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Coarse grids and few realizations: the same quantities at the same marked points.
    pub quick: bool,
}

impl Settings {
    /// `full`, or `quick` where little work is wanted.
    pub(crate) fn pick(self, quick: usize, full: usize) -> usize {
        if self.quick { quick } else { full }
    }
}

/// Why there is no figure.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum FigureError {
    #[error("stopped")]
    Stopped,
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Plot(#[from] PlotError),
    #[error(transparent)]
    Transport(#[from] crate::transport::TransportError),
    #[error(transparent)]
    Ribbon(RibbonError),
    #[error(transparent)]
    Linalg(LinalgError),
    /// A request that could not be read, or has no answer.
    #[error("{0}")]
    Request(String),
}

impl From<LinalgError> for FigureError {
    fn from(error: LinalgError) -> Self {
        match error {
            LinalgError::Stopped => Self::Stopped,
            other => Self::Linalg(other),
        }
    }
}

impl From<RibbonError> for FigureError {
    fn from(error: RibbonError) -> Self {
        match error {
            RibbonError::Linalg(error) => error.into(),
            other => Self::Ribbon(other),
        }
    }
}

/// From settings to a figure; name, title and source are filled in afterwards.
pub type Make = fn(&Settings, &dyn Stop) -> Result<Figure, FigureError>;

/// One figure that can be made.
#[derive(Debug, Clone, Copy)]
pub struct FigureSpec {
    /// `ribbon`, `transport`, ...: the folder of its files.
    pub engine: &'static str,
    /// Stem of its files, unique within the engine.
    pub name: &'static str,
    pub title: &'static str,
    /// Paper and figure, or specification.
    pub source: &'static str,
    make: Make,
}

impl FigureSpec {
    /// # Errors
    /// `Stopped` when `stop` says so; what the engine refuses or cannot compute.
    pub fn make(&self, settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
        check(stop)?;
        let figure = (self.make)(settings, stop)?;
        Ok(Figure {
            name: self.name.into(),
            title: self.title.into(),
            source: self.source.into(),
            ..figure
        })
    }
}

/// All figures, engine by engine.
pub fn all() -> Vec<FigureSpec> {
    [nrg::figures(), ribbon::figures(), transport::figures()].concat()
}

fn check(stop: &dyn Stop) -> Result<(), FigureError> {
    if stop.stopped() { Err(FigureError::Stopped) } else { Ok(()) }
}

/// A figure to which panels are added.
fn captioned(caption: &str) -> Figure {
    Figure::new("", "", caption)
}

/// One value per point, asked to stop before each.
fn values<E: Into<FigureError>>(
    stop: &dyn Stop,
    points: &[f64],
    value: impl Fn(f64) -> Result<f64, E>,
) -> Result<Vec<f64>, FigureError> {
    points
        .iter()
        .map(|point| check(stop).and_then(|()| value(*point).map_err(Into::into)))
        .collect()
}

/// A map's values, x slowest.
fn map_values<E: Into<FigureError>>(
    stop: &dyn Stop,
    x: &[f64],
    y: &[f64],
    value: impl Fn(f64, f64) -> Result<f64, E>,
) -> Result<Vec<f64>, FigureError> {
    let mut cells = Vec::with_capacity(x.len() * y.len());
    for a in x {
        cells.extend(values(stop, y, |b| value(*a, b))?);
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stop::Never;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn names_are_unique_and_make_good_file_names() {
        let specs = all();
        for (index, spec) in specs.iter().enumerate() {
            let same = |other: &FigureSpec| (other.engine, other.name) == (spec.engine, spec.name);
            assert_eq!(specs.iter().position(same), Some(index), "{}", spec.name);
            let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(!spec.name.is_empty() && spec.name.chars().all(good), "{}", spec.name);
            assert!(!spec.title.is_empty() && !spec.source.is_empty());
        }
    }

    #[test]
    fn a_stopped_figure_is_not_made() {
        let stop = AtomicBool::new(true);
        for spec in all() {
            let made = spec.make(&Settings { quick: true }, &stop);
            assert!(matches!(made, Err(FigureError::Stopped)), "{}", spec.name);
        }
        let one = |_: f64| Ok::<_, FigureError>(1.0);
        assert_eq!(values(&Never, &[0.0, 1.0], one).unwrap(), [1.0, 1.0]);
    }
}
