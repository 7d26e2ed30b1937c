//! One point, or many points that share what they can.
use super::Parameters;
use super::master::{ExchangeField, Response, solve};
use super::spin::SpinAlgebra;
use super::windows::Windows;
use crate::transport::TransportError;

/// Stationary state, current and differential conductance of one set of parameters, Eqs. (10),
/// (12).
///
/// # Errors
/// `Invalid` as [`Parameters::validate`]; `TooLarge` if texture and bias make the energy integrals
/// oscillate beyond 2^24 nodes.
pub fn respond(
    parameters: &Parameters,
    exchange: ExchangeField,
) -> Result<Response, TransportError> {
    let mut answers = sweep(std::slice::from_ref(parameters), exchange);
    answers.pop().unwrap_or(Err(TransportError::TooLarge { what: "sweep", needed: 1, limit: 0 }))
}

/// [`respond`] at every point, in order; each point fails on its own.
///
/// Energy integrals depend on (texture, bias, Fermi level) only and are kept while these stay the
/// same from one point to the next: let the couplings vary fastest.
pub fn sweep(
    points: &[Parameters],
    exchange: ExchangeField,
) -> Vec<Result<Response, TransportError>> {
    let mut spins: Vec<(u32, SpinAlgebra)> = Vec::new();
    let mut last: Option<([f64; 3], (Windows, Windows))> = None;
    let mut answers = Vec::with_capacity(points.len());
    for point in points {
        answers.push(one(point, exchange, &mut spins, &mut last));
    }
    answers
}

fn one(
    point: &Parameters,
    exchange: ExchangeField,
    spins: &mut Vec<(u32, SpinAlgebra)>,
    last: &mut Option<([f64; 3], (Windows, Windows))>,
) -> Result<Response, TransportError> {
    point.validate()?;
    let twice = point.twice_spin()?;
    let index = match spins.iter().position(|(known, _)| *known == twice) {
        Some(index) => index,
        None => {
            spins.push((twice, SpinAlgebra::new(twice)));
            spins.len() - 1
        }
    };
    let key = [point.texture, point.bias, point.fermi_level];
    let windows = match last {
        Some((known, windows)) if *known == key => *windows,
        _ => {
            let windows = Windows::new(point.texture, point.bias, point.fermi_level)?;
            *last = Some((key, windows));
            windows
        }
    };
    solve(point, &spins[index].1, &windows, exchange)
}
