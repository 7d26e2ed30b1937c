//! Twin of `shaders/matmul.wesl`.
use crate::linalg::gpu::layout::Product;

/// `out = a b` for every product; each element is summed over ascending `k`, with two roundings a
/// term. Offsets and strides are inside the slices.
pub fn matmul(products: &[Product], a: &[f64], b: &[f64], out: &mut [f64]) {
    for product in products {
        for row in 0..product.rows {
            for col in 0..product.cols {
                let mut sum = 0.0;
                for k in 0..product.depth {
                    let factor =
                        a[(product.a_first + row * product.a_row + k * product.a_col) as usize];
                    sum += factor
                        * b[(product.b_first + k * product.b_row + col * product.b_col) as usize];
                }
                out[(product.out_first + row * product.cols + col) as usize] = sum;
            }
        }
    }
}
