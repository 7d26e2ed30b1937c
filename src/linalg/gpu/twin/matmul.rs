//! Twin of `shaders/matmul.wesl`.
use super::number::Number;
use crate::linalg::gpu::layout::Product;
use crate::linalg::gpu::shaders::matmul::{CONJUGATE_A, CONJUGATE_B};

/// `out += scale op(a) op(b)` for every product; each element is summed over ascending `k`, with
/// two roundings a term. Offsets and strides are inside the slices.
pub fn matmul<T: Number>(products: &[Product], a: &[T], b: &[T], out: &mut [T]) {
    for product in products {
        let conjugate_if = |flag: u32, x: T| {
            if product.flags & flag == 0 { x } else { x.conjugate() }
        };
        for row in 0..product.rows {
            for col in 0..product.cols {
                let mut sum = T::default();
                for k in 0..product.depth {
                    let a_at = product.a_first + row * product.a_row + k * product.a_col;
                    let b_at = product.b_first + k * product.b_row + col * product.b_col;
                    let factor = conjugate_if(CONJUGATE_A, a[a_at as usize]);
                    sum = sum.plus(factor.times(conjugate_if(CONJUGATE_B, b[b_at as usize])));
                }
                out[(product.out_first + row * product.out_row + col) as usize] +=
                    sum * product.scale;
            }
        }
    }
}
