//! Eigendecompositions on the CPU: LAPACK's three ratios on hard families, known answers,
//! invariance.
mod linalg_families;

use edgestate::linalg::check::{THRESHOLD, eigen_ratios, value_ratio};
use edgestate::linalg::cpu::Cpu;
use edgestate::linalg::{
    Batch, Certify, Device, EighOptions, Element, HostBatch, LinalgError, Ragged, Shape,
};
use edgestate::stop::Never;
use linalg_families::{FAMILIES, Random, Sample, lapack, matrix, scaled};
use num_complex::Complex64;
use std::ops::Range;
use std::sync::atomic::AtomicBool;

const ALL: EighOptions = EighOptions { vectors: true, certify: Certify::Full };
const VALUES: EighOptions = EighOptions { vectors: false, certify: Certify::No };

fn cpu() -> Cpu {
    Cpu::new(Some(2)).expect("two threads")
}

fn upload<T: Element>(device: &Cpu, matrices: &[(usize, Vec<T>)]) -> Batch {
    let shapes = matrices.iter().map(|(order, _)| Shape::square(*order)).collect();
    let data = matrices.iter().flat_map(|(_, data)| data.iter().copied()).collect();
    let ragged = Ragged::new(shapes, data).expect("shapes fit");
    device.upload(T::wrap(ragged)).expect("upload")
}

/// Solves all matrices in one batch and holds each to LAPACK's threshold; returns the worst ratios.
fn check_all<T: Sample>(names: &[String], matrices: &[(usize, Vec<T>)]) -> [f64; 3] {
    let device = cpu();
    let batch = upload(&device, matrices);
    let solved = device.eigh(&batch, ALL, &Never).expect("eigh");
    let bare = device.eigh(&batch, VALUES, &Never).expect("values only");
    assert!(bare.vectors.is_none());
    let vectors = device.download(solved.vectors.as_ref().expect("vectors")).expect("download");
    let vectors = T::of(&vectors).expect("same type");
    let mut worst = [0.0_f64; 3];
    for (index, (order, matrix)) in matrices.iter().enumerate() {
        let values = &solved.values[index];
        let ratios = eigen_ratios(*order, matrix, values, vectors.matrix(index));
        let third = value_ratio(values, &bare.values[index]);
        let all = [ratios.residual, ratios.orthogonality, third];
        let name = &names[index];
        assert!(all.iter().all(|ratio| *ratio <= THRESHOLD), "{name}, order {order}: {all:?}");
        assert!(values.is_sorted(), "{name}, order {order}: not ascending");
        for (worst, ratio) in worst.iter_mut().zip(all) {
            *worst = worst.max(ratio);
        }
        // The certificate measures the same thing in its own way. Small orders are summed in another
        // order, and both numbers are made of roundings: they differ by 1.8/order at most here.
        let measured = solved.ratios[index];
        let noise = if *order <= 24 { 3.0 / (*order as f64).max(1.0) } else { 1e-3 };
        let pairs =
            [(measured.residual, ratios.residual), (measured.orthogonality, ratios.orthogonality)];
        for (ours, theirs) in pairs {
            let difference = (ours - theirs).abs();
            assert!(difference <= 0.01 * theirs + noise, "{name}, order {order}: {ours}, {theirs}");
        }
    }
    assert_eq!(solved.certificate().matrices, matrices.len() as u64);
    worst
}

fn hard_families<T: Sample>(orders: &[usize]) -> [f64; 3] {
    let (mut names, mut matrices) = (Vec::new(), Vec::new());
    for &order in orders {
        for family in FAMILIES {
            names.push(family.to_string());
            matrices.push((order, matrix::<T>(family, order, 1)));
        }
        for factor in [1e-300, 1e-150, 1e-12, 1e8, 1e150, 1e300] {
            names.push(format!("random times {factor:e}"));
            matrices.push((order, scaled(&matrix::<T>("random", order, 2), factor)));
        }
    }
    check_all(&names, &matrices)
}

const ORDERS: [usize; 20] =
    [0, 1, 2, 3, 4, 5, 6, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200];

#[test]
fn real_ratios_stay_below_lapacks_threshold() {
    println!("worst residual, orthogonality, values: {:?}", hard_families::<f64>(&ORDERS));
    println!("order 257: {:?}", hard_families::<f64>(&[257]));
}

#[test]
fn complex_ratios_stay_below_lapacks_threshold() {
    println!("worst residual, orthogonality, values: {:?}", hard_families::<Complex64>(&ORDERS));
    println!("order 257: {:?}", hard_families::<Complex64>(&[257]));
}

/// Types of LAPACK's own test, as many of each in a batch as each range has seeds.
fn lapack_types<T: Sample>(kinds: &[usize], order: usize, batches: &[Range<u64>]) -> [f64; 3] {
    let mut worst = [0.0_f64; 3];
    for seeds in batches {
        let (mut names, mut matrices) = (Vec::new(), Vec::new());
        for seed in seeds.clone() {
            for &kind in kinds {
                names.push(format!("type {kind}, seed {seed}"));
                matrices.push((order, lapack::<T>(kind, order, seed)));
            }
        }
        for (worst, ratio) in worst.iter_mut().zip(check_all(&names, &matrices)) {
            *worst = worst.max(ratio);
        }
    }
    worst
}

const LAPACK_ORDERS: [usize; 16] = [0, 1, 2, 3, 5, 20, 31, 32, 33, 63, 64, 65, 127, 128, 129, 256];

/// Four of the types, for orders at which all would take too long.
const FEW_KINDS: [usize; 4] = [9, 10, 13, 21];

fn all_lapack_types<T: Sample>() {
    let kinds: Vec<usize> = (1..=21).collect();
    let batches = [0..1, 1..4];
    for order in LAPACK_ORDERS {
        println!("order {order}: {:?}", lapack_types::<T>(&kinds, order, &batches));
    }
    println!("order 512: {:?}", lapack_types::<T>(&FEW_KINDS, 512, &batches));
}

#[test]
fn real_lapack_types_stay_below_its_threshold() {
    all_lapack_types::<f64>();
}

#[test]
fn complex_lapack_types_stay_below_its_threshold() {
    all_lapack_types::<Complex64>();
}

/// The long tier: all types up to order 512 in batches of 64, some of them up to order 3072.
#[cfg(feature = "long-tests")]
mod long {
    use super::*;

    fn all_orders<T: Sample>() {
        let kinds: Vec<usize> = (1..=21).collect();
        for order in LAPACK_ORDERS.into_iter().chain([17, 24, 25, 161, 257, 384, 512]) {
            // Large batches in parts, for the memory of their copies.
            let count = if order <= 129 { 64 } else { 8 };
            let batches: Vec<_> = (0..64 / count).map(|at| count * at..count * (at + 1)).collect();
            println!("order {order}: {:?}", lapack_types::<T>(&kinds, order, &batches));
        }
    }

    fn large_orders<T: Sample>() {
        for order in [1024, 2048, 3072] {
            for kind in FEW_KINDS {
                let worst = lapack_types::<T>(&[kind], order, std::slice::from_ref(&(0..1)));
                println!("order {order}, type {kind}: {worst:?}");
            }
        }
    }

    #[test]
    fn real_types_in_large_batches() {
        all_orders::<f64>();
    }

    #[test]
    fn complex_types_in_large_batches() {
        all_orders::<Complex64>();
    }

    #[test]
    fn real_types_of_large_order() {
        large_orders::<f64>();
    }

    #[test]
    fn complex_types_of_large_order() {
        large_orders::<Complex64>();
    }
}

/// faer 0.24.4 returns residuals of 5e6 for this matrix if it is handed over as it is.
#[test]
fn scale_bug_of_faer_is_kept_out() {
    for factor in [1e8, 1e-8, 1e12, 1e-12] {
        let matrix = scaled(&matrix::<f64>("random", 200, 3), factor);
        let worst = check_all(&["scaled".into()], &[(200, matrix)]);
        assert!(worst[0] < 1.0, "residual {} at scale {factor:e}", worst[0]);
    }
}

/// The ratios themselves can fail: one wrong digit, one wrong sign, one skewed vector.
#[test]
fn ratios_see_a_wrong_answer() {
    let order = 40;
    let a = matrix::<f64>("random", order, 4);
    let device = cpu();
    let solved = device.eigh(&upload(&device, &[(order, a.clone())]), ALL, &Never).expect("eigh");
    let host = device.download(solved.vectors.as_ref().expect("vectors")).expect("download");
    let vectors = f64::of(&host).expect("real").matrix(0);
    let values = &solved.values[0];
    assert!(eigen_ratios(order, &a, values, vectors).residual < 1.0);

    let mut wrong = values.clone();
    wrong[7] += 1e-10;
    assert!(THRESHOLD < eigen_ratios(order, &a, &wrong, vectors).residual);
    assert!(THRESHOLD < value_ratio(values, &wrong));

    let mut skewed = vectors.to_vec();
    skewed[3] += 1e-10;
    let ratios = eigen_ratios(order, &a, values, &skewed);
    assert!(THRESHOLD < ratios.residual && THRESHOLD < ratios.orthogonality);

    let mut nan = vectors.to_vec();
    nan[3] = f64::NAN;
    assert!(eigen_ratios(order, &a, values, &nan).residual.is_nan());
    assert!(eigen_ratios(order + 1, &a, values, vectors).residual.is_nan());
}

/// Closed form: the chain of n sites has the energies 2 - 2 cos(pi k / (n + 1)).
#[test]
fn laplacian_has_its_cosine_band() {
    for order in [1, 2, 7, 64, 150, 257] {
        let device = cpu();
        let batch = upload(&device, &[(order, matrix::<f64>("laplacian", order, 0))]);
        let solved = device.eigh(&batch, ALL, &Never).expect("eigh");
        for (k, value) in solved.values[0].iter().enumerate() {
            let angle = std::f64::consts::PI * (k + 1) as f64 / (order + 1) as f64;
            let exact = 2.0 - 2.0 * angle.cos();
            // |A| < 4, backward stable: a few 4 eps, grown slowly with the order.
            assert!((value - exact).abs() < 4.0 * f64::EPSILON * (order as f64).max(4.0));
        }
    }
}

/// nalgebra is an implementation of its own.
#[test]
fn values_agree_with_nalgebra() {
    for order in [2, 5, 16, 33, 64] {
        let a = matrix::<Complex64>("random", order, 5);
        let device = cpu();
        let solved = device.eigh(&upload(&device, &[(order, a.clone())]), VALUES, &Never);
        let theirs = nalgebra::DMatrix::from_row_slice(order, order, &a)
            .try_symmetric_eigen(f64::EPSILON, 10_000)
            .expect("converges");
        let mut theirs: Vec<f64> = theirs.eigenvalues.iter().copied().collect();
        theirs.sort_by(f64::total_cmp);
        let ratio = value_ratio(&solved.expect("eigh").values[0], &theirs);
        assert!(ratio <= THRESHOLD, "order {order}: {ratio}");
    }
}

/// A complex Hermitian matrix whose eigenvectors are known: the wrong triangle or a lost
/// conjugation would exchange them.
#[test]
fn pauli_y_has_its_own_vectors() {
    let i = Complex64::i();
    let device = cpu();
    let batch = upload(&device, &[(2, vec![Complex64::default(), -i, i, Complex64::default()])]);
    let solved = device.eigh(&batch, ALL, &Never).expect("eigh");
    assert!((solved.values[0][0] + 1.0).abs() < 1e-15 && (solved.values[0][1] - 1.0).abs() < 1e-15);
    let host = device.download(solved.vectors.as_ref().expect("vectors")).expect("download");
    let v = Complex64::of(&host).expect("complex").matrix(0);
    // sigma_y (1, i) = (1, i): second over first component is +i for the value +1.
    assert!((v[3] / v[1] - i).norm() < 1e-15);
    assert!((v[2] / v[0] + i).norm() < 1e-15);
}

/// The upper triangle and imaginary parts on the diagonal are not read.
#[test]
fn only_the_lower_triangle_is_read() {
    let order = 37;
    let clean = matrix::<Complex64>("random", order, 6);
    let mut dirty = clean.clone();
    for row in 0..order {
        dirty[row * order + row].im = f64::NAN;
        for col in row + 1..order {
            dirty[row * order + col] = Complex64::new(f64::NAN, f64::INFINITY);
        }
    }
    let device = cpu();
    let batch = upload(&device, &[(order, clean), (order, dirty)]);
    let solved = device.eigh(&batch, ALL, &Never).expect("eigh");
    assert_eq!(solved.values[0], solved.values[1]);
    let host = device.download(solved.vectors.as_ref().expect("vectors")).expect("download");
    let vectors = Complex64::of(&host).expect("complex");
    assert_eq!(vectors.matrix(0), vectors.matrix(1));
}

fn invariance<T: Sample>() {
    let orders = [1, 2, 3, 17, 33, 64, 129, 150, 260, 330];
    let one = |order: usize| (order, matrix::<T>("random", order, 7));
    let alone: Vec<_> = orders
        .iter()
        .map(|&order| {
            let device = Cpu::new(Some(1)).expect("one thread");
            let solved = device.eigh(&upload(&device, &[one(order)]), ALL, &Never).expect("eigh");
            let host =
                device.download(solved.vectors.as_ref().expect("vectors")).expect("download");
            (solved.values[0].clone(), T::of(&host).expect("type").matrix(0).to_vec())
        })
        .collect();
    for n_threads in [1, 2, 5] {
        let device = Cpu::new(Some(n_threads)).expect("threads");
        let mut random = Random(n_threads as u64);
        let (mut matrices, mut wanted) = (Vec::new(), Vec::new());
        for _ in 0..60 {
            let pick = random.bits() as usize % orders.len();
            // Fillers of odd size shift everything after them in memory.
            matrices.push((1, matrix::<T>("ones", 1, 0)));
            wanted.push(None);
            matrices.push(one(orders[pick]));
            wanted.push(Some(pick));
        }
        let solved = device.eigh(&upload(&device, &matrices), ALL, &Never).expect("eigh");
        let host = device.download(solved.vectors.as_ref().expect("vectors")).expect("download");
        let vectors = T::of(&host).expect("type");
        for (index, pick) in wanted.iter().enumerate() {
            let Some(pick) = pick else { continue };
            let (values, expected) = &alone[*pick];
            assert_eq!(&solved.values[index], values, "order {}", orders[*pick]);
            assert_eq!(vectors.matrix(index), expected, "order {}", orders[*pick]);
        }
    }
}

#[test]
fn a_real_matrix_gives_the_same_bits_anywhere() {
    invariance::<f64>();
}

#[test]
fn a_complex_matrix_gives_the_same_bits_anywhere() {
    invariance::<Complex64>();
}

/// Threads without a matrix of their own help with this one.
fn shared<T: Sample>(order: usize) {
    let solve = |n_threads: usize| {
        let device = Cpu::new(Some(n_threads)).expect("threads");
        let batch = upload(&device, &[(order, matrix::<T>("random", order, 3))]);
        let solved = device.eigh(&batch, ALL, &Never).expect("eigh");
        let host = device.download(solved.vectors.as_ref().expect("vectors")).expect("download");
        assert!(solved.ratios[0].residual < 30.0 && solved.ratios[0].orthogonality < 30.0);
        (solved.values[0].clone(), T::of(&host).expect("type").matrix(0).to_vec())
    };
    let (values, vectors) = solve(1);
    for n_threads in [2, 5] {
        let (other_values, other_vectors) = solve(n_threads);
        assert!(values == other_values, "values of {n_threads} threads");
        assert!(vectors == other_vectors, "vectors of {n_threads} threads");
    }
}

/// Of these orders products with the triangle are cut into two pieces and more.
#[test]
fn threads_inside_a_matrix_change_no_bit() {
    shared::<f64>(1600);
    shared::<Complex64>(1300);
}

#[test]
fn bad_input_is_refused_and_named() {
    let device = cpu();
    let good = matrix::<f64>("random", 5, 8);
    for poison in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for place in [0, 5, 20, 24] {
            let mut bad = good.clone();
            bad[place] = poison;
            let batch = upload(&device, &[(5, good.clone()), (5, bad)]);
            let error = device.eigh(&batch, ALL, &Never).expect_err("must be refused");
            assert!(matches!(error, LinalgError::NotFinite { index: 1 }), "{error}");
        }
    }
    let mut bad = matrix::<Complex64>("random", 3, 8);
    bad[3].im = f64::INFINITY;
    let error = device.eigh(&upload(&device, &[(3, bad)]), ALL, &Never).expect_err("refused");
    assert!(matches!(error, LinalgError::NotFinite { index: 0 }), "{error}");

    let oblong = Ragged::new(vec![Shape::new(2, 3)], vec![0.0; 6]).expect("fits");
    let batch = device.upload(HostBatch::F64(oblong)).expect("upload");
    let error = device.eigh(&batch, ALL, &Never).expect_err("must be refused");
    assert!(matches!(error, LinalgError::Shape { index: 0, rows: 2, cols: 3, .. }), "{error}");

    let huge = Ragged::new(vec![Shape::new(usize::MAX, usize::MAX)], vec![0.0; 6]);
    assert!(matches!(huge, Err(LinalgError::Shape { .. })));
}

/// The sum of two largest doubles is not a double.
#[test]
fn an_eigenvalue_beyond_all_doubles_is_an_error() {
    let device = cpu();
    let batch = upload(&device, &[(2, vec![f64::MAX; 4])]);
    let error = device.eigh(&batch, ALL, &Never).expect_err("must be refused");
    assert!(matches!(error, LinalgError::NotFinite { index: 0 }), "{error}");
}

#[test]
fn stop_is_heard() {
    let device = cpu();
    let batch = upload(&device, &[(50, matrix::<f64>("random", 50, 9))]);
    let error = device.eigh(&batch, ALL, &AtomicBool::new(true)).expect_err("must stop");
    assert!(matches!(error, LinalgError::Stopped));
}

/// Estimated certificates are near the measured ones, and change no value and no vector.
#[test]
fn probed_certificates_are_near_the_measured_ones() {
    let cpu = Cpu::new(None).unwrap();
    let mut state = 7_u64;
    let mut random = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let shapes: Vec<Shape> = [40, 65, 129, 256, 300].map(Shape::square).to_vec();
    let count = shapes.iter().map(|shape| shape.len()).sum::<usize>();
    let real = HostBatch::F64(
        Ragged::new(shapes.clone(), (0..count).map(|_| random()).collect()).unwrap(),
    );
    let complex = (0..count).map(|_| Complex64::new(random(), random())).collect();
    let complex = HostBatch::C128(Ragged::new(shapes, complex).unwrap());
    for host in [real, complex] {
        let batch = cpu.upload(host).unwrap();
        let solve = |certify| {
            let options = EighOptions { vectors: true, certify };
            cpu.eigh(&batch, options, &Never).unwrap()
        };
        let (full, probed) = (solve(Certify::Full), solve(Certify::Probed));
        assert_eq!(full.values, probed.values);
        let vectors =
            [&full, &probed].map(|eigh| cpu.download(eigh.vectors.as_ref().unwrap()).unwrap());
        assert_eq!(vectors[0], vectors[1]);
        for (full, probed) in full.ratios.iter().zip(&probed.ratios) {
            for (full, probed) in
                [(full.residual, probed.residual), (full.orthogonality, probed.orthogonality)]
            {
                assert!(0.4 * full < probed && probed < 2.5 * full, "{full} {probed}");
            }
        }
    }
}
