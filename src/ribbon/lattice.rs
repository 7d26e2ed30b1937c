//! A ribbon that can be solved: what it is made of and how finely it is resolved (section 6).
use super::blocks::{Blocks, Strip};
use super::sector::Sector;
use super::terms::ORBITALS;
use super::transverse::{Kind, Quadrature, Transverse};
use super::{Model, RibbonError, bhz};
use crate::invalid::Invalid;

/// Fewest sites across of a lattice ribbon of the built-in model.
pub const FEWEST_SITES: usize = 20;
/// Most functions across, of any ribbon: a bound on memory.
pub const MOST_SITES: usize = 100_000;

/// One ribbon at one resolution, at any wave number along it.
#[derive(Debug, Clone)]
pub struct Ribbon {
    pub(super) source: Source,
}

#[derive(Debug, Clone)]
pub(super) enum Source {
    Bhz { model: Model, across: Transverse },
    Blocks { blocks: Blocks, sites: usize },
    Strip(Strip),
}

impl Ribbon {
    /// BHZ on `sites` sites across at a spacing of `width_nm/(sites + 1)`; k in 1/nm.
    ///
    /// # Errors
    /// `Invalid`: the model, a width that is not positive, fewer than [`FEWEST_SITES`].
    pub fn lattice(model: Model, width_nm: f64, sites: usize) -> Result<Self, RibbonError> {
        check(&model, width_nm)?;
        check_count("sites", sites, FEWEST_SITES)?;
        let across = Transverse::lattice(width_nm, sites);
        Ok(Self { source: Source::Bhz { model, across } })
    }

    /// BHZ in the continuum, by polynomials that vanish at the edges; `functions` as
    /// [`functions_needed`] says where none are given. k in 1/nm. Windows and edge states only.
    ///
    /// # Errors
    /// `Invalid`: the model, the width, T0 other than 0 (hard walls do not define a third
    /// derivative), fewer than 4 functions.
    pub fn continuum(
        model: Model,
        width_nm: f64,
        functions: Option<usize>,
    ) -> Result<Self, RibbonError> {
        check(&model, width_nm)?;
        if model.rashba3_mev_nm3 != 0.0 {
            let expected = "0: the third order needs a lattice";
            return Err(
                Invalid::new("model.rashba3_mev_nm3", model.rashba3_mev_nm3, expected).into()
            );
        }
        let count = functions.unwrap_or_else(|| functions_needed(&model, width_nm));
        check_count("functions", count, 4)?;
        let across = Transverse::polynomials(width_nm, count);
        Ok(Self { source: Source::Bhz { model, across } })
    }

    /// Equal sites of one's own, `sites` across; k is the phase per cell in rad.
    ///
    /// # Errors
    /// `Invalid`: blocks of different order, not finite, not Hermitian on site; fewer than 2 sites.
    pub fn from_blocks(blocks: Blocks, sites: usize) -> Result<Self, RibbonError> {
        blocks.check()?;
        check_count("sites", sites, 2)?;
        check_count("sites * orbitals", sites.saturating_mul(blocks.orbitals()), 2)?;
        Ok(Self { source: Source::Blocks { blocks, sites } })
    }

    /// A strip by the matrices of its whole cell; k is the phase per cell in rad.
    ///
    /// # Errors
    /// `Invalid`: matrices of different order, not finite, a cell that is not Hermitian.
    pub fn from_strip(strip: Strip) -> Result<Self, RibbonError> {
        strip.check()?;
        Ok(Self { source: Source::Strip(strip) })
    }

    /// Functions across: sites, polynomials; 1 for a strip.
    pub fn functions(&self) -> usize {
        match &self.source {
            Source::Bhz { across, .. } => across.count,
            Source::Blocks { sites, .. } => *sites,
            Source::Strip(_) => 1,
        }
    }

    /// States per function; 4 for BHZ: E+, H+, E-, H-.
    pub fn orbitals(&self) -> usize {
        match &self.source {
            Source::Bhz { .. } => ORBITALS,
            Source::Blocks { blocks, .. } => blocks.orbitals(),
            Source::Strip(strip) => strip.cell.order,
        }
    }

    /// Number of bands.
    pub fn order(&self) -> usize {
        self.functions() * self.orbitals()
    }

    /// Whether the functions are orthonormal, so that all bands can be asked for.
    pub fn is_lattice(&self) -> bool {
        !matches!(&self.source, Source::Bhz { across, .. } if across.kind == Kind::Polynomials)
    }

    pub fn model(&self) -> Option<&Model> {
        match &self.source {
            Source::Bhz { model, .. } => Some(model),
            _ => None,
        }
    }

    pub fn width_nm(&self) -> Option<f64> {
        match &self.source {
            Source::Bhz { across, .. } => Some(across.width_nm),
            _ => None,
        }
    }

    /// Spacing of the sites in nm; none in the continuum and for models of one's own.
    pub fn spacing_nm(&self) -> Option<f64> {
        match &self.source {
            Source::Bhz { across, .. } if across.kind == Kind::Lattice => {
                Some(across.width_nm / (across.count as f64 + 1.0))
            }
            _ => None,
        }
    }

    /// What section 6 warns of, in words: sites too coarse for the decay of the edge states, or for
    /// the wave number.
    pub fn warnings(&self, k: f64) -> Vec<String> {
        let mut warnings = Vec::new();
        if let (Some(a), Some(model)) = (self.spacing_nm(), self.model()) {
            let limit = 0.5 / fast_decay(model);
            if limit < a {
                warnings.push(format!(
                    "site spacing {a:.3} nm, above {limit:.3} nm = 1/(2 Re lambda_1): \
                     the edge states' fast decay is not resolved"
                ));
            }
            if 0.5 < k.abs() * a {
                warnings.push(format!("|k| a = {:.3}, above 0.5", k.abs() * a));
            }
        }
        warnings
    }

    /// Where the edge states are expected: the middle of the gap and half a bracket, meV.
    pub(super) fn hint(&self) -> (f64, f64) {
        match &self.source {
            Source::Bhz { model, .. } => {
                let middle = model.c_mev - model.d_mev_nm2 * model.m_mev / model.b_mev_nm2;
                (middle, model.m_mev.abs() + 1.0)
            }
            _ => (0.0, 1.0),
        }
    }

    pub(super) fn sectors(&self, k: f64) -> Vec<Sector> {
        match &self.source {
            Source::Bhz { model, across } => bhz::sectors(model, across, k),
            Source::Blocks { blocks, sites } => blocks.sectors(*sites, k),
            Source::Strip(strip) => strip.sectors(k),
        }
    }

    pub(super) fn quadrature(&self) -> Quadrature {
        match &self.source {
            Source::Bhz { across, .. } => across.quadrature(),
            _ => Quadrature {
                positions_nm: (0..self.functions())
                    .map(|n| n as f64 - 0.5 * (self.functions() as f64 - 1.0))
                    .collect(),
                weights: vec![1.0; self.functions()],
                values: None,
            },
        }
    }
}

/// Polynomials that give energies to 1e-8 meV: 44 + 6.5 sqrt(|lambda_1| W), rounded up (section 6).
pub fn functions_needed(model: &Model, width_nm: f64) -> usize {
    (44.0 + 6.5 * (fast_decay(model) * width_nm).sqrt()).ceil().min(MOST_SITES as f64) as usize
}

/// `Re lambda_1` of an isolated edge at k = 0 in 1/nm (section 2); its modulus where B and D leave
/// no decay.
fn fast_decay(model: &Model) -> f64 {
    let q2 = model.b_mev_nm2 * model.b_mev_nm2 - model.d_mev_nm2 * model.d_mev_nm2;
    let s = model.a_mev_nm.abs() / q2.abs().max(f64::MIN_POSITIVE).sqrt();
    let z0 = model.m_mev / model.b_mev_nm2;
    let discriminant = 0.25 * s * s - z0;
    if discriminant < 0.0 { z0.sqrt().max(0.5 * s) } else { 0.5 * s + discriminant.sqrt() }
}

fn check(model: &Model, width_nm: f64) -> Result<(), RibbonError> {
    model.check()?;
    if !(width_nm.is_finite() && 0.0 < width_nm) {
        return Err(Invalid::new("width_nm", width_nm, "positive and finite").into());
    }
    Ok(())
}

fn check_count(field: &str, count: usize, fewest: usize) -> Result<(), RibbonError> {
    if (fewest..=MOST_SITES).contains(&count) {
        return Ok(());
    }
    Err(Invalid::new(field, count, format!("{fewest} to {MOST_SITES}")).into())
}
