//! Eigenvalues without vectors: certified each by its number, with the bits of values that are not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]
mod linalg_families;

use edgestate::linalg::check::{THRESHOLD, value_ratio};
use edgestate::linalg::cpu::Cpu;
use edgestate::linalg::{
    Batch, Certify, Device, EighOptions, Element, HostBatch, LinalgError, Ragged, Shape,
};
use edgestate::stop::Never;
use linalg_families::{FAMILIES, Sample, matrix, scaled};
use num_complex::Complex64;

const BARE: EighOptions = EighOptions { vectors: false, certify: Certify::No };
const CERTIFIED: EighOptions = EighOptions { vectors: false, certify: Certify::Full };
const WITH_VECTORS: EighOptions = EighOptions { vectors: true, certify: Certify::Full };
const ORDERS: [usize; 13] = [1, 2, 5, 24, 25, 32, 33, 65, 130, 161, 200, 241, 260];

fn upload<T: Element>(device: &dyn Device, matrices: &[(usize, Vec<T>)]) -> Batch {
    let shapes = matrices.iter().map(|(order, _)| Shape::square(*order)).collect();
    let data = matrices.iter().flat_map(|(_, data)| data.iter().copied()).collect();
    device.upload(T::wrap(Ragged::new(shapes, data).unwrap())).unwrap()
}

/// Every family and extreme scales: ratios below LAPACK's threshold, of order one in truth; values
/// bit by bit those without a certificate, and close to those with vectors.
fn families<T: Sample>() {
    let device = Cpu::new(Some(2)).unwrap();
    let (mut worst, mut lost) = ([0.0_f64; 2], 0.0_f64);
    for order in ORDERS {
        let mut matrices: Vec<_> =
            FAMILIES.iter().map(|family| (order, matrix::<T>(family, order, 11))).collect();
        for factor in [1e-300, 1e-12, 1e300] {
            matrices.push((order, scaled(&matrix::<T>("random", order, 12), factor)));
        }
        let batch = upload(&device, &matrices);
        let whole = device.eigh(&batch, WITH_VECTORS, &Never).unwrap();
        for range in [0..usize::MAX, 0..1, order / 3..order / 3 + 2, order - 1..order, 7..7] {
            let found = device.eigh_range(&batch, range.clone(), CERTIFIED, &Never).unwrap();
            let bare = device.eigh_range(&batch, range.clone(), BARE, &Never).unwrap();
            assert!(found.vectors.is_none());
            assert_eq!(found.ratios.len(), matrices.len());
            for (index, ratios) in found.ratios.iter().enumerate() {
                let name = format!("matrix {index} of order {order}, {range:?}");
                let each = [ratios.residual, ratios.orthogonality];
                for (worst, ratio) in worst.iter_mut().zip(each) {
                    assert!(ratio <= THRESHOLD, "{name}: {ratios:?}");
                    *worst = worst.max(ratio);
                }
                if 24 < order {
                    assert_eq!(found.values[index], bare.values[index], "{name}");
                }
                let mut patched = whole.values[index].clone();
                let wanted = range.start.min(order)..range.end.min(order);
                patched[wanted].copy_from_slice(&found.values[index]);
                let ratio = value_ratio(&patched, &whole.values[index]);
                assert!(ratio <= THRESHOLD, "{name}: values {ratio}");
                lost = lost.max(ratio);
            }
        }
    }
    println!("worst residual {:.2}, orthogonality {:.2}, values {lost:.2}", worst[0], worst[1]);
}

#[test]
fn values_of_real_matrices_are_certified() {
    families::<f64>();
}

#[test]
fn values_of_complex_matrices_are_certified() {
    families::<Complex64>();
}

/// The same bits, ratios too, in any company and on any number of threads.
#[test]
fn certified_values_have_the_same_bits_anywhere() {
    let one = |order: usize| (order, matrix::<Complex64>("random", order, 14));
    let alone: Vec<_> = ORDERS
        .iter()
        .map(|&order| {
            let device = Cpu::new(Some(1)).unwrap();
            device.eigh(&upload(&device, &[one(order)]), CERTIFIED, &Never).unwrap()
        })
        .collect();
    for n_threads in [1, 3] {
        let device = Cpu::new(Some(n_threads)).unwrap();
        let mut matrices = Vec::new();
        for &order in ORDERS.iter().rev() {
            matrices.extend([(1, matrix::<Complex64>("ones", 1, 0)), one(order)]);
        }
        let solved = device.eigh(&upload(&device, &matrices), CERTIFIED, &Never).unwrap();
        for (place, expected) in alone.iter().rev().enumerate() {
            assert_eq!(solved.values[2 * place + 1], expected.values[0]);
            if 24 < expected.values[0].len() {
                assert_eq!(solved.ratios[2 * place + 1], expected.ratios[0]);
            }
        }
    }
}

/// Errors name the matrix by its place in the whole batch, whichever way it goes.
#[test]
fn refusals_name_the_matrix() {
    let device = Cpu::new(Some(2)).unwrap();
    for order in [3, 40] {
        let mut matrices: Vec<_> =
            [40, 2, 50, 3].map(|n| (n, matrix::<f64>("random", n, 3))).into();
        let mut bad = matrix::<f64>("random", order, 4);
        bad[order] = f64::NAN;
        matrices.insert(3, (order, bad));
        let error = device.eigh(&upload(&device, &matrices), CERTIFIED, &Never).unwrap_err();
        assert!(matches!(error, LinalgError::NotFinite { index: 3 }), "{error}");
    }
    let shapes = vec![Shape::square(30), Shape::new(2, 3)];
    let ragged = Ragged::<f64>::zeros(&shapes);
    let batch = device.upload(HostBatch::F64(ragged)).unwrap();
    let error = device.eigh(&batch, CERTIFIED, &Never).unwrap_err();
    assert!(matches!(error, LinalgError::Shape { index: 1, .. }), "{error}");
}
