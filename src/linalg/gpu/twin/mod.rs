//! The kernels once more, on the host: the same sums in the same order, so that a device that
//! neither contracts nor reorders gives the same bits. No wgpu below here.
pub mod broaden;
pub mod eigh_small;
pub mod elementary;
pub mod matmul;
mod number;

pub use number::Number;

use super::plan::{self, View};
use crate::linalg::{LinalgError, Peak, PeakShape, PeakSum, Ragged, Shape};

/// Sums over peaks, as [`super::Gpu`] computes them.
pub fn peak_sums(peaks: &[Peak], frequencies: &[f64], shape: PeakShape) -> Vec<PeakSum> {
    let (kernel, crossover) = super::broaden::numbers(shape);
    let records = super::broaden::records(peaks, shape);
    let sums = broaden::broaden(&records, frequencies, kernel, crossover);
    super::broaden::together(&sums, frequencies.len())
}

/// `U^H A U` matrix by matrix, as [`super::Gpu::rotate`] computes it.
pub fn rotate<T: Number>(u: &Ragged<T>, a: &Ragged<T>) -> Result<Ragged<T>, LinalgError> {
    let (halfway, rotated) = super::rotated_shapes(u.shapes(), a.shapes())?;
    let a_u = multiply(a, u, &halfway, |a, u| (a, u));
    Ok(multiply(u, &a_u, &rotated, |u, a_u| (u.adjoint(), a_u)))
}

fn multiply<T: Number>(
    left: &Ragged<T>,
    right: &Ragged<T>,
    shapes: &[Shape],
    orient: impl Fn(View, View) -> (View, View),
) -> Ragged<T> {
    let mut out = Ragged::zeros(shapes);
    for (index, elements) in out.split_mut().into_iter().enumerate() {
        let views = (View::new(0, left.shape(index)), View::new(0, right.shape(index)));
        let (a, b) = orient(views.0, views.1);
        let product = plan::product(a, b, View::new(0, shapes[index]), 1.0);
        matmul::matmul(&[product], left.matrix(index), right.matrix(index), elements);
    }
    out
}
