//! The whole question: an array of impurities, their couplings, the axis, the interaction.
use super::chain::{ChainMinimum, check_chain, minimize_chain};
use super::criterion::{
    Criterion, Element, SingleMinimum, criterion, minimize_by_singular_values, violating_elements,
};
use super::frame::Impurity;
use super::interaction::{InteractionTerms, interaction_terms};
use crate::invalid::Invalid;
use crate::stop::Stop;
use crate::transport::conductance::{Normalised, Parameters, linear_general};
use crate::transport::{TransportError, finite};
use nalgebra::Matrix3;

/// Below this joint violation (relative) a chain is protected.
const CHAIN_PROTECTED: f64 = 1e-12;

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Positions increase.
    pub impurities: Vec<Impurity>,
    /// Couples impurities j and j + 1; empty without exchange among impurities.
    pub heisenberg: Vec<Matrix3<f64>>,
    /// dV of the density interaction (dV/2)(rho_up - rho_down)^2.
    pub delta_v: f64,
    /// Relative tolerance of the exact criterion, 1e-12.
    pub tolerance: f64,
    /// Starts of the joint minimization, 60 or more.
    pub starts: usize,
}

impl Array {
    /// # Errors
    /// As [`analyse`].
    pub fn validate(&self) -> Result<(), TransportError> {
        check_chain(&self.impurities, &self.heisenberg)?;
        finite("delta_v", self.delta_v)?;
        Ok(())
    }
}

/// One impurity taken alone.
#[derive(Debug, Clone, PartialEq)]
pub struct SingleImpurity {
    pub criterion: Criterion,
    pub minimum: SingleMinimum,
    /// Of the least violating frame, above the tolerance times ||J||_F.
    pub violating: Vec<Element>,
    /// Density interaction at its place.
    pub interaction: InteractionTerms,
}

/// Whether a mechanism of Secs. III-IV acts in this array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// It breaks the conservation here.
    Acts,
    /// Its terms are there, and a conserving frame exists.
    Harmless,
    /// Its terms are not there.
    Absent,
    /// Not part of the model: has to be excluded on other grounds.
    NotDecided,
}

/// One mechanism that can suppress the conductance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mechanism {
    pub name: &'static str,
    /// Section of the paper.
    pub section: &'static str,
    pub finding: Finding,
}

/// The answer: a criterion for protection, never a conductance.
#[derive(Debug, Clone, PartialEq)]
pub struct Protection {
    /// A frame exists in which the total S_z is conserved: the dc conductance is e^2/h.
    pub protected: bool,
    pub impurities: Vec<SingleImpurity>,
    /// Joint minimum over all frames; only with Heisenberg couplings (otherwise impurities are
    /// independent).
    pub chain: Option<ChainMinimum>,
    pub mechanisms: Vec<Mechanism>,
    pub warnings: Vec<String>,
}

/// Decides whether the total S_z is conserved in some frame that rotates with n(x).
///
/// # Errors
/// `Invalid`: not finite, positions that do not increase, the wrong number of Heisenberg matrices,
/// nothing coupled at all, fewer than 60 starts with a chain; `TooLarge` above 200 impurities;
/// `Linalg(Stopped)`, asked for between the starts.
pub fn analyse(array: &Array, stop: &dyn Stop) -> Result<Protection, TransportError> {
    array.validate()?;
    let mut singles = Vec::with_capacity(array.impurities.len());
    for impurity in &array.impurities {
        let minimum = minimize_by_singular_values(impurity)?;
        // The minimum is found to the square root of rounding in its elements.
        let smallest = array.tolerance.max(1e-8) * impurity.coupling.norm();
        singles.push(SingleImpurity {
            criterion: criterion(impurity, array.tolerance)?,
            violating: violating_elements(&minimum.rotated, smallest),
            interaction: interaction_terms(impurity.theta, array.delta_v)?,
            minimum,
        });
    }
    let has_bonds = array.heisenberg.iter().any(|matrix| *matrix != Matrix3::zeros());
    let chain = if has_bonds {
        Some(minimize_chain(&array.impurities, &array.heisenberg, array.starts, stop)?)
    } else {
        None
    };
    let alone = singles.iter().all(|single| single.criterion.protected);
    let together = chain.as_ref().map_or(alone, |minimum| minimum.violation < CHAIN_PROTECTED);
    // Spin terms of the interaction vanish where n is along z.
    let tilted = array.impurities.iter().any(|impurity| 1e-12 < impurity.theta.sin().abs());
    let interacting = array.delta_v != 0.0;
    let exchange = if alone { Finding::Harmless } else { Finding::Acts };
    let bonds = match (has_bonds, together) {
        (false, _) => Finding::Absent,
        (true, true) => Finding::Harmless,
        (true, false) if alone => Finding::Acts,
        // The exchange with the electrons violates already; the bonds are not decided apart.
        (true, false) => Finding::NotDecided,
    };
    let density = match (interacting, tilted) {
        (false, _) => Finding::Absent,
        (true, false) => Finding::Harmless,
        (true, true) => Finding::Acts,
    };
    let mut warnings = Vec::new();
    if let Some(minimum) = chain.as_ref().filter(|minimum| CHAIN_PROTECTED <= minimum.violation) {
        warnings.push(format!(
            "joint violation {:.3e}: the best of {} starts ({} reached it), a lower one may exist",
            minimum.violation, minimum.starts, minimum.reached
        ));
    }
    if interacting {
        warnings.push(
            "the axis is known at the impurities only: the interaction was judged there".into(),
        );
    }
    Ok(Protection {
        protected: together && density != Finding::Acts,
        impurities: singles,
        chain,
        mechanisms: mechanisms(exchange, bonds, density),
        warnings,
    })
}

fn mechanisms(exchange: Finding, bonds: Finding, density: Finding) -> Vec<Mechanism> {
    let entry = |name, section, finding| Mechanism { name, section, finding };
    let undecided = Finding::NotDecided;
    vec![
        entry("anisotropic exchange with magnetic impurities", "III B, IV C", exchange),
        entry("exchange between impurities in a varying spin-orbit field", "III C, IV C", bonds),
        entry("umklapp of the density interaction in a tilted spin-orbit field", "IV C", density),
        entry("anisotropic interactions of electrons, charge puddles", "III B", undecided),
        entry("spin leaking from impurities into nuclei or the bulk", "III B", undecided),
        entry("contacts that do not conserve the spin", "III B", undecided),
        entry("spin texture in momentum space", "IV A", undecided),
        entry("spin-orbit axis that fluctuates in time", "IV B", undecided),
        entry("frozen (mean-field) spins: an artefact of freezing", "III B", undecided),
    ]
}

/// Linear correction of one spin with J (over vF) on the local axis, T above T_K, no texture: the
/// master equation's formula applied to J R_psi. It vanishes exactly if the impurity is protected.
///
/// # Errors
/// As [`linear_general`]; angles that are not finite.
pub fn sub_ballistic_correction(
    impurity: &Impurity,
    spin: f64,
) -> Result<Normalised, TransportError> {
    impurity.validate("impurity")?;
    let coupling = impurity.local_coupling();
    let parameters = Parameters { coupling, spin, ..Parameters::diagonal([0.0; 3], 0.0, 0.0) };
    Ok(linear_general(&parameters)?.delta_g)
}

/// Sec. IV C: J~11 = J~22, J~33 and one off-diagonal J~13, over vF:
/// -J11^2 J13^2/(2 J11^2 + 2 J33^2 + J13^2). The paper quotes, up to a constant, the denominator
/// J11^2 + J33^2/2 + J13^2; the half belongs to J13^2.
///
/// # Errors
/// Values that are not finite.
pub fn single_off_diagonal_correction(j11: f64, j33: f64, j13: f64) -> Result<Normalised, Invalid> {
    let a = finite("j11", j11)?.powi(2);
    let b = finite("j33", j33)?.powi(2);
    let c = finite("j13", j13)?.powi(2);
    let denominator = 2.0 * a + 2.0 * b + c;
    let paper = if denominator == 0.0 { 0.0 } else { -a * c / denominator };
    Ok(Normalised::from_paper(paper))
}
