//! Some of the eigenpairs of every matrix: values alone, and an index range.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]
mod linalg_families;

use std::ops::Range;
use std::sync::Arc;

use edgestate::linalg::check::{THRESHOLD, eigen_ratios, value_ratio};
use edgestate::linalg::cpu::Cpu;
use edgestate::linalg::{
    Batch, Certify, Device, Diagonal, Dtype, Eigh, EighOptions, Element, HostBatch, LinalgError,
    Placement, Product, Ragged, Shape,
};
use edgestate::stop::{Never, Stop};
use linalg_families::{FAMILIES, Sample, matrix, scaled};
use num_complex::Complex64;

const ALL: EighOptions = EighOptions { vectors: true, certify: Certify::Full };
const VALUES: EighOptions = EighOptions { vectors: false, certify: Certify::No };
const ORDERS: [usize; 13] = [1, 2, 5, 16, 24, 25, 32, 33, 40, 65, 130, 200, 260];

fn cpu() -> Cpu {
    Cpu::new(Some(2)).unwrap()
}

fn upload<T: Element>(device: &dyn Device, matrices: &[(usize, Vec<T>)]) -> Batch {
    let shapes = matrices.iter().map(|(order, _)| Shape::square(*order)).collect();
    let data = matrices.iter().flat_map(|(_, data)| data.iter().copied()).collect();
    device.upload(T::wrap(Ragged::new(shapes, data).unwrap())).unwrap()
}

fn vectors<T: Element>(device: &dyn Device, solved: &Eigh) -> Ragged<T> {
    let host = device.download(solved.vectors.as_ref().unwrap()).unwrap();
    T::of(&host).unwrap().clone()
}

fn cut(range: &Range<usize>, order: usize) -> Range<usize> {
    range.start.min(order)..range.end.min(order).max(range.start.min(order))
}

fn hard<T: Sample>(order: usize) -> Vec<(usize, Vec<T>)> {
    let mut matrices: Vec<_> =
        FAMILIES.iter().map(|family| (order, matrix::<T>(family, order, 11))).collect();
    for factor in [1e-300, 1e-12, 1e300] {
        matrices.push((order, scaled(&matrix::<T>("random", order, 12), factor)));
    }
    matrices
}

/// Residual and orthogonality of the columns that are there, and the values of the whole.
fn check_range<T: Sample>(
    device: &dyn Device,
    matrices: &[(usize, Vec<T>)],
    range: &Range<usize>,
    whole: &Eigh,
) {
    let batch = upload(device, matrices);
    let part = device.eigh_range(&batch, range.clone(), ALL, &Never).unwrap();
    let bare = device.eigh_range(&batch, range.clone(), VALUES, &Never).unwrap();
    assert!(bare.vectors.is_none());
    let found = vectors::<T>(device, &part);
    for (index, (order, matrix)) in matrices.iter().enumerate() {
        let name = format!("matrix {index} of order {order}, {range:?}");
        let wanted = cut(range, *order);
        let values = &part.values[index];
        assert_eq!(found.shape(index), Shape::new(*order, wanted.len()), "{name}");
        assert_eq!(values.len(), wanted.len(), "{name}");
        let ratios = eigen_ratios(*order, matrix, values, found.matrix(index));
        let measured = part.ratios[index];
        for ratio in [ratios.residual, ratios.orthogonality] {
            assert!(ratio <= THRESHOLD, "{name}: {ratios:?}");
        }
        for ratio in [measured.residual, measured.orthogonality] {
            assert!(ratio <= THRESHOLD, "{name}: {measured:?}");
        }
        // In units of the whole spectrum: a range may hold small values alone.
        let mut patched = whole.values[index].clone();
        for other in [values, &bare.values[index]] {
            patched[wanted.clone()].copy_from_slice(other);
            let ratio = value_ratio(&patched, &whole.values[index]);
            assert!(ratio <= THRESHOLD, "{name}: values {ratio}");
        }
    }
}

fn ranges<T: Sample>() {
    let device = cpu();
    for order in ORDERS {
        let matrices = hard::<T>(order);
        let whole = device.eigh(&upload(&device, &matrices), ALL, &Never).unwrap();
        let third = order / 3;
        for range in [0..1, third..third + 2, order - 1..order, third..usize::MAX, 7..7, 500..600] {
            check_range(&device, &matrices, &range, &whole);
        }
    }
}

#[test]
fn ranges_of_real_matrices_are_certified() {
    ranges::<f64>();
}

#[test]
fn ranges_of_complex_matrices_are_certified() {
    ranges::<Complex64>();
}

/// A range that holds everything is the whole, bit by bit; values do not depend on the range.
fn whole_range<T: Sample>() {
    let device = cpu();
    let matrices: Vec<_> =
        ORDERS.iter().map(|order| (*order, matrix::<T>("random", *order, 13))).collect();
    let batch = upload(&device, &matrices);
    let whole = device.eigh(&batch, ALL, &Never).unwrap();
    let same = device.eigh_range(&batch, 0..260, ALL, &Never).unwrap();
    assert_eq!(whole.values, same.values);
    assert_eq!(vectors::<T>(&device, &whole), vectors::<T>(&device, &same));
    let values = device.eigh(&batch, VALUES, &Never).unwrap().values;
    let some = device.eigh_range(&batch, 2..20, VALUES, &Never).unwrap().values;
    for (values, some) in values.iter().zip(some) {
        assert_eq!(values[cut(&(2..20), values.len())], some);
    }
}

#[test]
fn the_whole_range_is_the_whole() {
    whole_range::<f64>();
    whole_range::<Complex64>();
}

/// As in `linalg_eigen.rs`, of a range.
fn invariance<T: Sample>() {
    let one = |order: usize| (order, matrix::<T>("random", order, 14));
    let alone: Vec<_> = ORDERS
        .iter()
        .map(|&order| {
            let device = Cpu::new(Some(1)).unwrap();
            let batch = upload(&device, &[one(order)]);
            let solved = device.eigh_range(&batch, 1..9, ALL, &Never).unwrap();
            (solved.values[0].clone(), vectors::<T>(&device, &solved).matrix(0).to_vec())
        })
        .collect();
    for n_threads in [1, 3] {
        let device = Cpu::new(Some(n_threads)).unwrap();
        let mut matrices = Vec::new();
        for &order in ORDERS.iter().chain(ORDERS.iter().rev()) {
            // Fillers of odd size shift everything after them in memory.
            matrices.extend([(1, matrix::<T>("ones", 1, 0)), one(order)]);
        }
        let batch = upload(&device, &matrices);
        let solved = device.eigh_range(&batch, 1..9, ALL, &Never).unwrap();
        let found = vectors::<T>(&device, &solved);
        for place in 0..2 * ORDERS.len() {
            let pick = if place < ORDERS.len() { place } else { 2 * ORDERS.len() - 1 - place };
            let (values, expected) = &alone[pick];
            assert_eq!(&solved.values[2 * place + 1], values, "order {}", ORDERS[pick]);
            assert_eq!(found.matrix(2 * place + 1), expected, "order {}", ORDERS[pick]);
        }
    }
}

#[test]
fn a_range_has_the_same_bits_anywhere() {
    invariance::<f64>();
    invariance::<Complex64>();
}

/// A device that knows nothing of ranges, as the door sees it.
struct Whole(Cpu);

impl Device for Whole {
    fn name(&self) -> String {
        self.0.name()
    }
    fn upload(&self, host: HostBatch) -> Result<Batch, LinalgError> {
        self.0.upload(host)
    }
    fn download(&self, batch: &Batch) -> Result<Arc<HostBatch>, LinalgError> {
        self.0.download(batch)
    }
    fn eigh(
        &self,
        batch: &Batch,
        options: EighOptions,
        stop: &dyn Stop,
    ) -> Result<Eigh, LinalgError> {
        self.0.eigh(batch, options, stop)
    }
    fn gather(
        &self,
        dtype: Dtype,
        shapes: &[Shape],
        sources: &[&Batch],
        placements: &[Placement],
        diagonals: &[Diagonal],
    ) -> Result<Batch, LinalgError> {
        self.0.gather(dtype, shapes, sources, placements, diagonals)
    }
    fn matmul(
        &self,
        dtype: Dtype,
        shapes: &[Shape],
        sources: &[&Batch],
        products: &[Product],
        stop: &dyn Stop,
    ) -> Result<Batch, LinalgError> {
        self.0.matmul(dtype, shapes, sources, products, stop)
    }
    fn divide_by_differences(
        &self,
        batch: &Batch,
        rows: &[Vec<f64>],
        cols: &[Vec<f64>],
    ) -> Result<Batch, LinalgError> {
        self.0.divide_by_differences(batch, rows, cols)
    }
    fn column_dots(&self, a: &Batch, b: &Batch) -> Result<Vec<Vec<f64>>, LinalgError> {
        self.0.column_dots(a, b)
    }
}

#[test]
fn a_device_that_computes_all_hands_over_the_columns() {
    let device = Whole(cpu());
    let matrices: Vec<_> =
        [1, 3, 20, 70].map(|order| (order, matrix::<Complex64>("random", order, 15))).into();
    let batch = upload(&device, &matrices);
    let whole = device.eigh(&batch, ALL, &Never).unwrap();
    let all = vectors::<Complex64>(&device, &whole);
    for range in [0..2, 2..17, 19..40, 100..200] {
        check_range(&device, &matrices, &range, &whole);
        let part = device.eigh_range(&batch, range.clone(), ALL, &Never).unwrap();
        let found = vectors::<Complex64>(&device, &part);
        for (index, (order, _)) in matrices.iter().enumerate() {
            let wanted = cut(&range, *order);
            assert_eq!(part.values[index], whole.values[index][wanted.clone()]);
            for row in 0..*order {
                let line = &all.matrix(index)[row * order..][wanted.clone()];
                let count = wanted.len();
                assert_eq!(&found.matrix(index)[row * count..][..count], line);
            }
        }
    }
}
