//! The kernels once more, on the host: the same sums in the same order, so that a device that
//! neither contracts nor reorders gives the same bits. No wgpu below here.
pub mod broaden;
pub mod elementary;
pub mod matmul;

use super::plan::{self, View};
use crate::linalg::{LinalgError, Peak, PeakShape, PeakSum, Ragged, Shape};

/// Sums over peaks, as [`super::Gpu`] computes them.
pub fn peak_sums(peaks: &[Peak], frequencies: &[f64], shape: PeakShape) -> Vec<PeakSum> {
    let (kernel, crossover) = super::broaden::numbers(shape);
    let records = super::broaden::records(peaks, shape);
    let sums = broaden::broaden(&records, frequencies, kernel, crossover);
    super::broaden::together(&sums, frequencies.len())
}

/// `U^T A U` matrix by matrix, as [`super::Gpu::rotate`] computes it.
pub fn rotate(u: &Ragged<f64>, a: &Ragged<f64>) -> Result<Ragged<f64>, LinalgError> {
    let (halfway, rotated) = super::rotated_shapes(u.shapes(), a.shapes())?;
    let a_u = multiply(a, u, &halfway, |a, u| (a, u));
    Ok(multiply(u, &a_u, &rotated, |u, a_u| (u.transposed(), a_u)))
}

fn multiply(
    left: &Ragged<f64>,
    right: &Ragged<f64>,
    shapes: &[Shape],
    orient: impl Fn(View, View) -> (View, View),
) -> Ragged<f64> {
    let mut out = Ragged::zeros(shapes);
    for (index, elements) in out.split_mut().into_iter().enumerate() {
        let views = (View::new(0, left.shape(index)), View::new(0, right.shape(index)));
        let (a, b) = orient(views.0, views.1);
        let product = plan::product(a, b, 0);
        elements.fill(f64::NAN);
        matmul::matmul(&[product], left.matrix(index), right.matrix(index), elements);
    }
    out
}
