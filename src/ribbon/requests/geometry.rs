//! `[ribbon]` and `[momentum]`: what is resolved across, and where along the edge.
use std::f64::consts::PI;

use super::{accepted, grid};
use crate::engine::{Array, Range, Reader};
use crate::invalid::Invalid;
use crate::ribbon::{FEWEST_SITES, MOST_SITES, Model, Ribbon, functions_needed};

/// Most wave numbers of one request.
const MOST_K: usize = 100_000;
/// Widest ribbon, nm.
const WIDEST: f64 = 1e6;
/// Spacing of the sites where none is given, nm.
const SPACING: f64 = 1.0;

/// A lattice or the continuum, at one width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Across {
    Lattice { sites: usize },
    Continuum { functions: usize },
}

/// `[ribbon]` of a numerical calculation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Geometry {
    pub(super) width_nm: f64,
    pub(super) across: Across,
}

impl Geometry {
    pub(super) fn ribbon(&self, model: Model) -> Result<Ribbon, crate::ribbon::RibbonError> {
        match self.across {
            Across::Lattice { sites } => Ribbon::lattice(model, self.width_nm, sites),
            Across::Continuum { functions } => {
                Ribbon::continuum(model, self.width_nm, Some(functions))
            }
        }
    }

    /// Functions across.
    pub(super) fn functions(&self) -> usize {
        match self.across {
            Across::Lattice { sites } => sites,
            Across::Continuum { functions } => functions,
        }
    }
}

/// The width alone, of an analytic calculation.
pub(super) fn width(reader: &Reader<'_>) -> f64 {
    let range = Range { high: WIDEST, with_high: true, ..Range::POSITIVE };
    reader.section("ribbon").required("width_nm", range)
}

/// None after a refusal.
pub(super) fn ribbon(reader: &Reader<'_>, model: &Model, default: &str) -> Option<Geometry> {
    let section = reader.section("ribbon");
    let range = Range { high: WIDEST, with_high: true, ..Range::POSITIVE };
    let width_nm = section.required("width_nm", range);
    let mut methods = [("lattice", true), ("continuum", false)];
    if default == "continuum" {
        methods.reverse();
    }
    let lattice = section.choice("method", &methods)?;
    if width_nm.is_nan() {
        return None;
    }
    let (fewest, most) = (FEWEST_SITES as u32, MOST_SITES as u32);
    let across = if !lattice {
        let needed = functions_needed(model, width_nm) as u32;
        let functions = section.count_or("functions", needed, 4, most) as usize;
        Across::Continuum { functions }
    } else if section.has("spacing_nm") {
        let spacing = section.required("spacing_nm", Range::POSITIVE);
        let sites = (width_nm / spacing).round() - 1.0;
        if !(f64::from(fewest)..=f64::from(most)).contains(&sites) {
            let expected = format!("a spacing that leaves {fewest} to {most} sites");
            section.refuse("spacing_nm", spacing, expected);
            return None;
        }
        Across::Lattice { sites: sites as usize }
    } else {
        let default = (width_nm / SPACING).round() - 1.0;
        let default = default.clamp(f64::from(fewest), f64::from(most)) as u32;
        Across::Lattice { sites: section.count_or("sites", default, fewest, most) as usize }
    };
    let geometry = Geometry { width_nm, across };
    accepted(reader, geometry.ribbon(*model))?;
    Some(geometry)
}

/// Wave numbers along the edge, 1/nm: a list, or from, to and count.
pub(super) fn momenta(reader: &Reader<'_>) -> Option<Vec<f64>> {
    let section = reader.section("momentum");
    let range = Range::FINITE;
    if section.has("k_per_nm") || !(section.has("from_per_nm") || section.has("to_per_nm")) {
        if !section.has("k_per_nm") {
            section.missing("k_per_nm", "wave numbers, or from_per_nm, to_per_nm and count");
            return None;
        }
        return section.numbers("k_per_nm", range, MOST_K);
    }
    let from = section.required("from_per_nm", range);
    let to = section.required("to_per_nm", range);
    let count = section.count_or("count", 101, 2, MOST_K as u32);
    if to <= from {
        section.refuse("to_per_nm", to, "more than from_per_nm");
        return None;
    }
    (from.is_finite() && to.is_finite()).then(|| grid(from, to, count))
}

/// Wave numbers within the zone of a lattice.
pub(super) fn momenta_of(reader: &Reader<'_>, geometry: &Geometry) -> Option<Vec<f64>> {
    let momenta = momenta(reader)?;
    if let Across::Lattice { sites } = geometry.across {
        let edge = PI * (sites as f64 + 1.0) / geometry.width_nm;
        if let Some(outside) = momenta.iter().find(|k| edge * (1.0 + 1e-12) < k.abs()) {
            let expected = format!("|k| <= {edge:.6} 1/nm, the zone of this lattice");
            reader.refuse(Invalid::new("momentum.k_per_nm", outside, expected));
            return None;
        }
    }
    Some(momenta)
}

pub(super) fn momentum_array(momenta: &[f64]) -> Array {
    Array::coordinate("k_per_nm", "1/nm", "wave number along the edge", momenta.to_vec())
}
