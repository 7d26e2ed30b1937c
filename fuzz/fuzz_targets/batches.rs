//! Any bits as the elements of a batch of real or complex matrices, any orders and range of pairs: a
//! certified answer or a typed error.
#![no_main]
use edgestate::linalg::check::THRESHOLD;
use edgestate::linalg::cpu::Cpu;
use edgestate::linalg::{Certify, Device, EighOptions, HostBatch, Ragged, Shape};
use edgestate::stop::Never;
use num_complex::Complex64;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let [complex, vectors, first, count, rest @ ..] = bytes else { return };
    let mut numbers = rest.chunks_exact(8).map(|eight| {
        f64::from_le_bytes(eight.try_into().expect("chunks of eight"))
    });
    // As many matrices of growing order as the bytes fill.
    let (mut shapes, mut left) = (Vec::new(), rest.len() / 8 / (1 + usize::from(complex & 1)));
    for order in 1.. {
        if left < order * order {
            break;
        }
        left -= order * order;
        shapes.push(Shape::square(order));
    }
    let len = shapes.iter().map(|shape| shape.len()).sum();
    let mut next = || numbers.next().unwrap_or(0.0);
    let host = if complex & 1 == 1 {
        let data = (0..len).map(|_| Complex64::new(next(), next())).collect();
        HostBatch::C128(Ragged::new(shapes, data).expect("the lengths fit"))
    } else {
        HostBatch::F64(Ragged::new(shapes, (0..len).map(|_| next()).collect()).expect("they fit"))
    };
    let cpu = Cpu::new(Some(1)).expect("one thread");
    let batch = cpu.upload(host).expect("memory");
    let options = EighOptions { vectors: vectors & 1 == 1, certify: Certify::Full };
    let range = usize::from(*first)..usize::from(*first) + usize::from(*count);
    let Ok(found) = cpu.eigh_range(&batch, range, options, &Never) else { return };
    for ratios in &found.ratios {
        assert!(ratios.residual <= THRESHOLD && ratios.orthogonality <= THRESHOLD, "{ratios:?}");
    }
});
