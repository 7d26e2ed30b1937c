//! Operations, bytes, medians and the seeded matrices.
use edgestate::bench::counters::{Peak, Work, bytes, flops};
use edgestate::bench::matrices::BatchSpec;
use edgestate::bench::statistics::Summary;
use edgestate::linalg::HostBatch;

/// Golub and Van Loan, Matrix Computations, algorithm 8.3.1: column k of the tridiagonalization takes a
/// product with the trailing matrix (2 m^2) and a rank-two update of its triangle (2 m^2); a reflector of
/// length m applied to n vectors takes 4 m n; the products of divide and conquer on a level of blocks of
/// order b take, for each of the n/b blocks, two halves (b/2) x (b/2) times (b/2) x b.
#[test]
fn operations_are_those_of_the_loops() {
    let n = 2048;
    let mut reduction = 0.0;
    let mut reflectors = 0.0;
    for m in 1..n {
        reduction += 4.0 * (m * m) as f64;
        reflectors += 4.0 * (m * n) as f64;
    }
    let mut products = 0.0;
    let mut block = n;
    while 1 < block {
        let half = (block / 2) as f64;
        products += (n / block) as f64 * 2.0 * 2.0 * half * half * block as f64;
        block /= 2;
    }
    let real = reduction + reflectors + products;
    let complex = 4.0 * (reduction + reflectors) + products;
    // The loops have terms of order n^2 that the counts leave out.
    assert!((flops(n, false) / real - 1.0).abs() < 2e-3, "{} {real}", flops(n, false));
    assert!((flops(n, true) / complex - 1.0).abs() < 2e-3, "{} {complex}", flops(n, true));
    // 14/3 n^3 and 44/3 n^3.
    assert!((flops(3, false) - 126.0).abs() < 1e-12 && (flops(3, true) - 396.0).abs() < 1e-12);
}

/// In and out once; beyond the cache the trailing triangles, sum of m^2/2 elements.
#[test]
fn bytes_are_those_that_have_to_move() {
    assert_eq!(bytes(2, false, 1e6), 2.0 * 32.0 + 16.0);
    assert_eq!(bytes(2, true, 1e6), 2.0 * 64.0 + 16.0);
    let n = 1000;
    let triangles: f64 = (1..=n).map(|m| 8.0 * (m * m) as f64 / 2.0).sum();
    let streamed = bytes(n, false, 1e6) - bytes(n, false, 1e9);
    assert!((streamed / triangles - 1.0).abs() < 2e-3, "{streamed} {triangles}");
}

/// Whichever of the two roofs is lower.
#[test]
fn the_roofline_is_the_lower_roof() {
    let work = Work::of(&[10, 10], false, 1e6);
    assert_eq!(work.flops, 2.0 * flops(10, false));
    let peak = |flops_per_second, bytes_per_second| Peak {
        flops_per_second,
        bytes_per_second,
        cache_bytes: 1e6,
    };
    assert_eq!(work.least_seconds(peak(1.0, 1e12)), work.flops);
    assert_eq!(work.least_seconds(peak(1e12, 1.0)), work.bytes);
}

#[test]
fn medians_of_odd_and_even_counts() {
    let three = Summary::new(vec![5.0, 1.0, 3.0]);
    assert_eq!((three.median, three.least, three.largest), (3.0, 1.0, 5.0));
    assert_eq!(Summary::new(vec![4.0, 2.0]).median, 3.0);
    assert!(Summary::new(Vec::new()).median.is_nan());
}

/// SplitMix64 of seed 0 begins with 0xe220a8397b1dcdaf (reference implementation, S. Vigna).
#[test]
fn matrices_are_hermitian_and_come_from_the_seed() {
    let real = BatchSpec { orders: vec![3, 5], complex: false, seed: 0 }.make().unwrap();
    let HostBatch::F64(real) = real else { panic!("real") };
    let first = (0xe220_a839_7b1d_cdaf_u64 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0;
    assert_eq!(real.matrix(0)[0], first);
    let complex = BatchSpec { orders: vec![3, 5], complex: true, seed: 9 }.make().unwrap();
    let HostBatch::C128(complex) = complex else { panic!("complex") };
    for (matrix, n) in [3, 5].into_iter().enumerate() {
        for row in 0..n {
            for col in 0..n {
                let (a, b) =
                    (real.matrix(matrix)[row * n + col], real.matrix(matrix)[col * n + row]);
                assert!(a == b && a.abs() <= 1.0);
                let c = complex.matrix(matrix);
                assert_eq!(c[row * n + col], c[col * n + row].conj());
            }
        }
    }
}
