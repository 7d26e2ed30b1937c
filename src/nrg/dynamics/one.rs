//! Spectral functions of one impurity.
use super::discrete::{Discrete, DynamicsError, Statistics};
use crate::linalg::Device;
use crate::nrg::complete::forward::{Means, Tree};
use crate::nrg::complete::pairs::backward;
use crate::nrg::complete::thermal::Weights;
use crate::nrg::one_impurity::{
    LEVEL, OneImpurity, OneImpuritySpec, S_PLUS, S_Z, T_MATRIX, expectation, tree, vector_bytes,
};
use crate::stop::Stop;

/// Correlation functions of one impurity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correlation {
    /// S^z
    Longitudinal,
    /// S^+/sqrt2
    Transverse,
    /// O with T = `<<O; O+>>` + const, spin up (specification, section 8).
    TMatrix,
    /// d_up of the Anderson model.
    Level,
}

impl Correlation {
    fn operator(self) -> usize {
        match self {
            Self::Longitudinal => S_Z,
            Self::Transverse => S_PLUS,
            Self::TMatrix => T_MATRIX,
            Self::Level => LEVEL,
        }
    }

    fn statistics(self) -> Statistics {
        match self {
            Self::Longitudinal | Self::Transverse => Statistics::Bosonic,
            Self::TMatrix | Self::Level => Statistics::Fermionic,
        }
    }
}

/// Discrete spectral functions of one run with the last of its `last_shells`: the outer list follows
/// `correlations`, the inner one the temperatures.
/// Errors: [`Correlation::Level`] of a model without a level; the chain, the linear algebra.
pub fn one_impurity_spectra(
    spec: &OneImpuritySpec,
    correlations: &[Correlation],
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Vec<Vec<Discrete>>, DynamicsError> {
    let kondo = matches!(spec.model, OneImpurity::OneImpurityKondo { .. });
    if kondo && correlations.contains(&Correlation::Level) {
        let expected = "a model with a level (one-impurity-anderson)";
        return Err(crate::invalid::Invalid::new("correlations", "level", expected).into());
    }
    let means = Means { device, stop, vector_bytes: vector_bytes(device) };
    let tree = tree(spec, spec.model.start(), means)?;
    let last = tree.chain.shells() - 1;
    spectra_of(&tree, last, &spec.temperatures, correlations, means)
}

/// The same from a tree at hand, with `last` as its last shell.
pub(super) fn spectra_of(
    tree: &Tree,
    last: usize,
    temperatures: &[f64],
    correlations: &[Correlation],
    means: Means,
) -> Result<Vec<Vec<Discrete>>, DynamicsError> {
    let weights = Weights::new(tree, last, temperatures);
    let pairs: Vec<_> = correlations.iter().map(|c| (c.operator(), c.operator())).collect();
    let fresh = |c: &Correlation| {
        temperatures.iter().map(|&t| Discrete::new(t, c.statistics())).collect::<Result<_, _>>()
    };
    let mut sinks: Vec<Vec<Discrete>> = correlations.iter().map(fresh).collect::<Result<_, _>>()?;
    let density = backward(tree, &weights, &pairs, &mut sinks, means)?;
    let finish = |(correlation, list): (&Correlation, Vec<Discrete>)| {
        let matrix = &tree.start.operators[correlation.operator()].matrix;
        let adjoint = matrix.transpose();
        let mut product = matrix.times(&adjoint);
        if correlation.statistics() == Statistics::Fermionic {
            product = product.plus(1.0, &adjoint.times(matrix));
        }
        let list = list.into_iter().enumerate();
        list.map(|(t, d)| d.finish(expectation(&tree.start, &density, t, &product)))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(correlations.iter().zip(sinks).map(finish).collect::<Result<_, _>>()?)
}
