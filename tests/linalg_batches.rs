//! gather, matmul, division and dots on the CPU against the formulas written as plain loops.
//!
//! Elements and factors are small integers: sums are exact, so the comparison is for equality
//! whatever the order of additions.
#![allow(clippy::needless_range_loop)] // a named index reads like the formula
use edgestate::linalg::cpu::Cpu;
use edgestate::linalg::{
    Batch, Device, Diagonal, Dtype, Element, HostBatch, LinalgError, Map, Op, Placement, Product,
    Ragged, Shape, Source, Window,
};
use edgestate::stop::Never;
use num_complex::Complex64;
use proptest::prelude::*;

mod linalg_families;
use linalg_families::windows::{Gather, Matmul, integers};
use linalg_families::{Random, Sample};

fn cpu() -> Cpu {
    Cpu::new(Some(2)).expect("two threads")
}

fn upload<T: Element>(device: &Cpu, ragged: &Ragged<T>) -> Batch {
    device.upload(T::wrap(ragged.clone())).expect("upload")
}

fn download<T: Element>(device: &Cpu, batch: &Batch) -> Ragged<T> {
    let host = device.download(batch).expect("download");
    T::of(&host).expect("type").clone()
}

/// Element of `op(source)`.
fn element<T: Sample>(
    batch: &Ragged<T>,
    matrix: usize,
    op: Op,
    row: usize,
    col: usize,
) -> Complex64 {
    let (data, cols) = (batch.matrix(matrix), batch.shape(matrix).cols);
    match op {
        Op::None => data[row * cols + col].complex(),
        Op::Adjoint => data[col * cols + row].complex().conj(),
    }
}

fn target(map: &Map, i: usize) -> Option<(usize, f64)> {
    match map {
        Map::Shift(first) => Some((first + i, 1.0)),
        Map::Table { table, start } => {
            let (to, factor) = table[start + i];
            (to != Map::NOWHERE).then_some((to as usize, factor))
        }
    }
}

fn naive_gather<T: Sample>(
    dests: &[Shape],
    sources: &[Ragged<T>],
    placements: &[Placement],
    diagonals: &[Diagonal],
) -> Ragged<T> {
    let mut out = Ragged::<T>::zeros(dests);
    for diagonal in diagonals {
        for &(i, value) in &diagonal.entries {
            let place = i as usize * (dests[diagonal.dest].cols + 1);
            out.matrix_mut(diagonal.dest)[place] += T::from_real(value);
        }
    }
    for p in placements {
        for i in 0..p.window.rows {
            for j in 0..p.window.cols {
                let Some((row, f)) = target(&p.rows, i) else { continue };
                let Some((col, g)) = target(&p.cols, j) else { continue };
                let source = &sources[p.source.batch];
                let (r, c) = (p.window.row + i, p.window.col + j);
                let value = element(source, p.source.matrix, p.op, r, c) * (p.scale * f * g);
                out.matrix_mut(p.dest)[row * dests[p.dest].cols + col] += T::sample(value);
            }
        }
    }
    out
}

fn check_gather<T: Sample>(seed: u64, limit: usize) {
    let device = cpu();
    let Gather { sources, dests, placements, diagonals } = Gather::<T>::any(seed, limit);
    let batches: Vec<Batch> = sources.iter().map(|ragged| upload(&device, ragged)).collect();
    let handles: Vec<&Batch> = batches.iter().collect();
    let got = device.gather(T::DTYPE, &dests, &handles, &placements, &diagonals).expect("gather");
    assert_eq!(
        download::<T>(&device, &got),
        naive_gather(&dests, &sources, &placements, &diagonals)
    );
}

fn check_matmul<T: Sample>(seed: u64, limit: usize) {
    let device = cpu();
    let Matmul { source, dests, products } = Matmul::<T>::any(seed, limit);
    let batch = upload(&device, &source);
    let got = device.matmul(T::DTYPE, &dests, &[&batch], &products, &Never).expect("matmul");
    assert_eq!(download::<T>(&device, &got), naive_matmul(&dests, &source, &products));
}

fn naive_matmul<T: Sample>(dests: &[Shape], source: &Ragged<T>, products: &[Product]) -> Ragged<T> {
    let mut out = Ragged::<T>::zeros(dests);
    for p in products {
        for i in 0..p.a_window.rows {
            for j in 0..p.b_window.cols {
                let mut sum = Complex64::default();
                for k in 0..p.a_window.cols {
                    let (row, col) = (p.a_window.row + i, p.a_window.col + k);
                    let a = element(source, p.a.matrix, p.op_a, row, col);
                    let (row, col) = (p.b_window.row + k, p.b_window.col + j);
                    sum += a * element(source, p.b.matrix, p.op_b, row, col);
                }
                let place = (p.row + i) * dests[p.dest].cols + p.col + j;
                out.matrix_mut(p.dest)[place] += T::sample(sum * p.scale);
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn gather_is_its_formula_real(seed in any::<u64>(), limit in 1_usize..80) {
        check_gather::<f64>(seed, limit);
    }
    #[test]
    fn gather_is_its_formula_complex(seed in any::<u64>(), limit in 1_usize..80) {
        check_gather::<Complex64>(seed, limit);
    }
    #[test]
    fn matmul_is_its_formula_real(seed in any::<u64>(), limit in 1_usize..60) {
        check_matmul::<f64>(seed, limit);
    }
    #[test]
    fn matmul_is_its_formula_complex(seed in any::<u64>(), limit in 1_usize..60) {
        check_matmul::<Complex64>(seed, limit);
    }
}

/// Destinations higher than a panel, windows across the panels' edges.
#[test]
fn panels_of_a_tall_destination_join_without_a_seam() {
    let mut random = Random(11);
    let device = cpu();
    let source = integers::<f64>(&mut random, &[Shape::new(1500, 20), Shape::new(20, 30)]);
    let dests = [Shape::new(1600, 33)];
    let mut products = Vec::new();
    for (row, first, rows) in
        [(0, 0, 1500), (40, 3, 1497), (511, 0, 2), (512, 9, 512), (1590, 0, 10)]
    {
        products.push(Product {
            a: Source { batch: 0, matrix: 0 },
            op_a: Op::None,
            a_window: Window { row: first, col: 0, rows, cols: 20 },
            b: Source { batch: 0, matrix: 1 },
            op_b: Op::None,
            b_window: Window { row: 0, col: 0, rows: 20, cols: 30 },
            scale: -2.0,
            dest: 0,
            row,
            col: 3,
        });
    }
    let batch = upload(&device, &source);
    let got = device.matmul(Dtype::F64, &dests, &[&batch], &products, &Never).expect("matmul");
    assert_eq!(download::<f64>(&device, &got), naive_matmul(&dests, &source, &products));
}

/// The same product, with real digits, gives the same bits in any batch and on any thread.
#[test]
fn a_product_gives_the_same_bits_anywhere() {
    for order in [1, 7, 16, 17, 64, 100, 257, 700] {
        let mut random = Random(order as u64);
        let data: Vec<f64> = (0..order * order).map(|_| random.uniform()).collect();
        let fillers = [1, 3, 2, 5, 1];
        let (mut shapes, mut all) = (Vec::new(), Vec::new());
        for filler in fillers {
            shapes.push(Shape::new(1, filler));
            all.extend(std::iter::repeat_n(0.5, filler));
            shapes.push(Shape::square(order));
            all.extend_from_slice(&data);
        }
        let source = Ragged::new(shapes, all).expect("fits");
        let mut results = Vec::new();
        for (n_threads, n_copies) in [(1, 1), (2, 5), (3, 4)] {
            let device = Cpu::new(Some(n_threads)).expect("threads");
            let batch = upload(&device, &source);
            let window = Window { row: 0, col: 0, rows: order, cols: order };
            let (mut dests, mut products) = (Vec::new(), Vec::new());
            for copy in 0..n_copies {
                dests.push(Shape::new(1, copy));
                products.push(Product {
                    a: Source { batch: 0, matrix: 2 * copy + 1 },
                    op_a: Op::Adjoint,
                    a_window: window,
                    b: Source { batch: 0, matrix: 9 - 2 * copy },
                    op_b: Op::None,
                    b_window: window,
                    scale: 0.3,
                    dest: dests.len(),
                    row: 0,
                    col: 0,
                });
                dests.push(Shape::square(order));
            }
            let got = device.matmul(Dtype::F64, &dests, &[&batch], &products, &Never);
            let got = download::<f64>(&device, &got.expect("matmul"));
            results.extend((0..n_copies).map(|copy| got.matrix(2 * copy + 1).to_vec()));
        }
        assert!(results.iter().all(|result| *result == results[0]), "order {order}");
    }
}

#[test]
fn division_and_dots_are_their_formulas() {
    let mut random = Random(5);
    let device = cpu();
    let shapes = [Shape::new(3, 4), Shape::new(0, 5), Shape::new(6, 0), Shape::new(40, 33)];
    let a = integers::<Complex64>(&mut random, &shapes);
    let b = integers::<Complex64>(&mut random, &shapes);
    let energies = |random: &mut Random, n: usize| (0..n).map(|_| random.uniform()).collect();
    let rows: Vec<Vec<f64>> = shapes.iter().map(|s| energies(&mut random, s.rows)).collect();
    let cols: Vec<Vec<f64>> = shapes.iter().map(|s| energies(&mut random, s.cols)).collect();
    let (a_batch, b_batch) = (upload(&device, &a), upload(&device, &b));
    let quotients = device.divide_by_differences(&a_batch, &rows, &cols).expect("divide");
    let quotients = download::<Complex64>(&device, &quotients);
    let dots = device.column_dots(&a_batch, &b_batch).expect("dots");
    for (m, shape) in shapes.iter().enumerate() {
        assert_eq!(dots[m].len(), shape.cols);
        for j in 0..shape.cols {
            let mut dot = 0.0;
            for i in 0..shape.rows {
                let place = i * shape.cols + j;
                let expected = a.matrix(m)[place] / (cols[m][j] - rows[m][i]);
                assert_eq!(quotients.matrix(m)[place], expected);
                dot += (a.matrix(m)[place].conj() * b.matrix(m)[place]).re;
            }
            assert_eq!(dots[m][j], dot);
        }
    }
}

/// Whatever does not fit is an error that names the operation; nothing panics.
#[test]
fn operands_that_do_not_fit_are_refused() {
    let device = cpu();
    let source =
        upload(&device, &Ragged::new(vec![Shape::new(3, 5)], vec![1.0; 15]).expect("fits"));
    let dests = [Shape::new(4, 6)];
    let good = Placement {
        source: Source { batch: 0, matrix: 0 },
        op: Op::None,
        window: Window { row: 1, col: 2, rows: 2, cols: 3 },
        scale: 1.0,
        dest: 0,
        rows: Map::Shift(2),
        cols: Map::Shift(3),
    };
    let gather = |placement: Placement, diagonals: &[Diagonal]| {
        device.gather(Dtype::F64, &dests, &[&source], &[good.clone(), placement], diagonals)
    };
    assert!(gather(good.clone(), &[]).is_ok());
    let table = |to: u32| -> Map {
        Map::Table { table: vec![(0, 1.0), (to, 1.0), (1, 1.0)].into(), start: 1 }
    };
    assert!(gather(Placement { rows: table(3), ..good.clone() }, &[]).is_ok());
    let bad = [
        Placement { source: Source { batch: 1, matrix: 0 }, ..good.clone() },
        Placement { source: Source { batch: 0, matrix: 1 }, ..good.clone() },
        Placement { op: Op::Adjoint, ..good.clone() },
        Placement { window: Window { row: 2, ..good.window }, ..good.clone() },
        Placement { window: Window { row: usize::MAX, ..good.window }, ..good.clone() },
        Placement { dest: 1, ..good.clone() },
        Placement { rows: Map::Shift(3), ..good.clone() },
        Placement { cols: Map::Shift(usize::MAX), ..good.clone() },
        Placement { rows: table(4), ..good.clone() },
        Placement { cols: table(0), ..good.clone() },
    ];
    for placement in bad {
        let error = gather(placement.clone(), &[]).expect_err("must be refused");
        assert!(matches!(error, LinalgError::Shape { index: 1, .. }), "{placement:?}: {error}");
    }
    let diagonal = |dest, i| [Diagonal { dest, entries: vec![(i, 1.0)] }];
    assert!(gather(good.clone(), &diagonal(0, 3)).is_ok());
    assert!(gather(good.clone(), &diagonal(0, 4)).is_err());
    assert!(gather(good.clone(), &diagonal(1, 0)).is_err());

    let complex = Ragged::new(vec![Shape::new(1, 1)], vec![Complex64::default()]).expect("fits");
    let complex = device.upload(HostBatch::C128(complex)).expect("upload");
    let error = device.gather(Dtype::F64, &dests, &[&complex], &[], &[]).expect_err("mixed");
    assert!(matches!(error, LinalgError::MixedTypes));
    assert!(matches!(device.column_dots(&source, &complex), Err(LinalgError::MixedTypes)));

    let huge = [Shape::new(usize::MAX, usize::MAX)];
    let error = device.gather(Dtype::F64, &huge, &[], &[], &[]).expect_err("no such memory");
    assert!(matches!(error, LinalgError::OverBudget { .. }), "{error}");
}

#[test]
fn products_that_do_not_fit_are_refused() {
    let device = cpu();
    let source =
        upload(&device, &Ragged::new(vec![Shape::new(3, 5)], vec![1.0; 15]).expect("fits"));
    let good = Product {
        a: Source { batch: 0, matrix: 0 },
        op_a: Op::None,
        a_window: Window { row: 0, col: 0, rows: 3, cols: 5 },
        b: Source { batch: 0, matrix: 0 },
        op_b: Op::Adjoint,
        b_window: Window { row: 0, col: 0, rows: 5, cols: 3 },
        scale: 1.0,
        dest: 0,
        row: 1,
        col: 1,
    };
    let matmul = |product: Product| {
        device.matmul(Dtype::F64, &[Shape::square(4)], &[&source], &[product], &Never)
    };
    assert!(matmul(good.clone()).is_ok());
    let bad = [
        Product { op_b: Op::None, ..good.clone() },
        Product { op_a: Op::Adjoint, ..good.clone() },
        Product { a_window: Window { cols: 4, ..good.a_window }, ..good.clone() },
        Product { dest: 1, ..good.clone() },
        Product { row: 2, ..good.clone() },
        Product { col: usize::MAX, ..good.clone() },
        Product { b: Source { batch: 0, matrix: 9 }, ..good },
    ];
    for product in bad {
        let error = matmul(product.clone()).expect_err("must be refused");
        assert!(matches!(error, LinalgError::Shape { index: 0, .. }), "{product:?}: {error}");
    }
    let energies = [vec![1.0; 3]];
    assert!(device.divide_by_differences(&source, &energies, &energies).is_err());
    assert!(device.divide_by_differences(&source, &[], &[]).is_err());
}
