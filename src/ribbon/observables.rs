//! What a state looks like: densities across, weight and spin at each edge.
use num_complex::Complex64;

use super::RibbonError;
use super::lattice::{Ribbon, Source};
use super::solve::Spectrum;
use super::transverse::Kind;
use crate::invalid::Invalid;

/// Probability across a ribbon, orbital by orbital.
#[derive(Debug, Clone, PartialEq)]
pub struct Density {
    /// Positions in nm from the middle (sites for models of one's own).
    pub positions_nm: Vec<f64>,
    /// A density integrates by these, nm.
    pub weights_nm: Vec<f64>,
    /// `|psi|^2` in 1/nm, row per position, column per orbital (E+, H+, E-, H-).
    pub values: Vec<Vec<f64>>,
}

/// Density of the state number `index` of a spectrum of `ribbon`.
///
/// # Errors
/// `Invalid`: no such state, or only energies were asked for.
pub fn density(ribbon: &Ribbon, spectrum: &Spectrum, index: usize) -> Result<Density, RibbonError> {
    let state = state_of(spectrum, index)?;
    let quadrature = ribbon.quadrature();
    let orbitals = ribbon.orbitals();
    let mut values = Vec::with_capacity(quadrature.positions_nm.len());
    for (place, weight) in quadrature.weights.iter().enumerate() {
        let row = match &quadrature.values {
            None => {
                let site = &state[place * orbitals..][..orbitals];
                site.iter().map(|c| c.norm_sqr() / weight).collect()
            }
            Some(functions) => (0..orbitals)
                .map(|orbital| {
                    let mut sum = Complex64::default();
                    for (n, f) in functions[place].iter().enumerate() {
                        sum += state[n * orbitals + orbital] * *f;
                    }
                    sum.norm_sqr()
                })
                .collect(),
        };
        values.push(row);
    }
    Ok(Density { positions_nm: quadrature.positions_nm, weights_nm: quadrature.weights, values })
}

fn state_of(spectrum: &Spectrum, index: usize) -> Result<Vec<Complex64>, RibbonError> {
    spectrum.state(index).ok_or_else(|| {
        let expected = format!("one of the {} states that were asked for", spectrum.states.len());
        Invalid::new("state", index, expected).into()
    })
}

/// Which edge: y = -W/2 or y = W/2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    Lower,
    Upper,
}

/// Weights of both spins on one half of the ribbon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EdgeSpin {
    /// Weight of E+ and H+ between this edge and the middle.
    pub up: f64,
    /// Weight of E- and H-.
    pub down: f64,
}

impl EdgeSpin {
    pub fn weight(&self) -> f64 {
        self.up + self.down
    }

    /// `<sigma_z>` of what is at this edge, -1 to 1.
    pub fn projection(&self) -> f64 {
        (self.up - self.down) / self.weight()
    }

    /// Share of the smaller spin of what is at this edge, 0 to 1/2.
    pub fn minority(&self) -> f64 {
        self.up.min(self.down) / self.weight()
    }
}

impl Density {
    /// Probability within `depth_nm` of an edge of a ribbon of `width_nm`.
    pub fn edge_weight(&self, edge: Edge, width_nm: f64, depth_nm: f64) -> f64 {
        let distance = |y: f64| match edge {
            Edge::Lower => y + 0.5 * width_nm,
            Edge::Upper => 0.5 * width_nm - y,
        };
        let rows = self.positions_nm.iter().zip(&self.weights_nm).zip(&self.values);
        rows.filter(|((y, _), _)| distance(**y) <= depth_nm)
            .map(|((_, weight), row)| weight * row.iter().sum::<f64>())
            .sum()
    }

    /// Spin at an edge of a BHZ ribbon (the first half of the orbitals is spin up); a site in the
    /// very middle counts half for each edge.
    pub fn edge_spin(&self, edge: Edge) -> EdgeSpin {
        let (mut up, mut down) = (0.0, 0.0);
        let rows = self.positions_nm.iter().zip(&self.weights_nm).zip(&self.values);
        for ((y, weight), row) in rows {
            let inside = if edge == Edge::Lower { -y } else { *y };
            let share = if inside.abs() < 1e-9 { 0.5 } else { f64::from(u8::from(0.0 < inside)) };
            let (first, second) = row.split_at(row.len() / 2);
            up += share * weight * first.iter().sum::<f64>();
            down += share * weight * second.iter().sum::<f64>();
        }
        EdgeSpin { up, down }
    }
}

/// Overlap `<a|b>` of two states on functions of the same ribbon (any wave numbers and couplings).
pub(super) fn overlap(ribbon: &Ribbon, a: &[Complex64], b: &[Complex64]) -> Complex64 {
    match &ribbon.source {
        Source::Bhz { across, .. } if across.kind == Kind::Polynomials => {
            let orbitals = ribbon.orbitals();
            let mut sum = Complex64::default();
            for (n, m, value) in &across.powers[0] {
                for orbital in 0..orbitals {
                    let left = a[*n as usize * orbitals + orbital].conj();
                    sum += left * b[*m as usize * orbitals + orbital] * *value;
                }
            }
            sum
        }
        _ => a.iter().zip(b).map(|(x, y)| x.conj() * y).sum(),
    }
}
