//! Measuring a device: batches of random matrices, from small to large, as far as the time allows.
use std::time::Instant;

use num_complex::Complex64;

use super::{CostModel, Sample, machine_name};
use crate::linalg::{Certify, Device, EighOptions, HostBatch, LinalgError, Ragged, Shape};
use crate::stop::Stop;

/// What is measured, and how long that may take.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub orders: Vec<usize>,
    pub batches: Vec<usize>,
    /// A batch that is expected to take longer is left out, and all larger ones with it.
    pub batch_seconds: f64,
    /// A batch is repeated until so much time has passed, and the fastest time counts.
    pub repeat_seconds: f64,
    pub transfer_bytes: usize,
}

impl Plan {
    /// Up to about half a minute for a device that is not slow.
    pub fn full() -> Self {
        Self {
            orders: vec![8, 16, 32, 64, 128, 256, 512, 1024],
            batches: vec![1, 16, 256],
            batch_seconds: 2.0,
            repeat_seconds: 0.1,
            transfer_bytes: 64 << 20,
        }
    }

    /// A few seconds; coarser.
    pub fn quick() -> Self {
        Self {
            orders: vec![8, 32, 96],
            batches: vec![1, 8],
            batch_seconds: 0.3,
            repeat_seconds: 0.0,
            transfer_bytes: 4 << 20,
        }
    }
}

/// Measures a device. Errors: those of the device, stopped.
pub fn measure(
    device: &dyn Device,
    plan: &Plan,
    stop: &dyn Stop,
) -> Result<CostModel, LinalgError> {
    let (upload_bytes_per_second, download_bytes_per_second) = transfers(device, plan)?;
    let mut eigh = Vec::new();
    for complex in [false, true] {
        for vectors in [false, true] {
            for batch in &plan.batches {
                column(device, plan, (complex, vectors, *batch), &mut eigh, stop)?;
            }
        }
    }
    Ok(CostModel {
        class: device.name(),
        machine: machine_name(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        measured_unix_seconds: crate::jobs::unix_seconds(),
        upload_bytes_per_second,
        download_bytes_per_second,
        eigh,
    })
}

/// All orders of one kind of batch, the smallest first.
fn column(
    device: &dyn Device,
    plan: &Plan,
    (complex, vectors, batch): (bool, bool, usize),
    samples: &mut Vec<Sample>,
    stop: &dyn Stop,
) -> Result<(), LinalgError> {
    let mut before: Option<(usize, f64)> = None;
    for order in &plan.orders {
        // By the third power; a first batch is always measured.
        let expected = before
            .map_or(0.0, |(smaller, seconds)| seconds * (*order as f64 / smaller as f64).powi(3));
        if plan.batch_seconds < expected {
            return Ok(());
        }
        let seconds = batch_seconds(device, plan, (complex, vectors, batch, *order), stop)?;
        samples.push(Sample {
            complex,
            vectors,
            order: *order,
            batch,
            seconds: seconds / batch as f64,
        });
        before = Some((*order, seconds));
    }
    Ok(())
}

/// The fastest of some solutions; the first one, which compiles kernels, does not count where there
/// is a second.
fn batch_seconds(
    device: &dyn Device,
    plan: &Plan,
    (complex, vectors, batch, order): (bool, bool, usize, usize),
    stop: &dyn Stop,
) -> Result<f64, LinalgError> {
    let resident = device.upload(random(complex, order, batch)?)?;
    let options = EighOptions { vectors, certify: Certify::Full };
    let (mut first, mut fastest) = (None, f64::INFINITY);
    let begin = Instant::now();
    loop {
        let begun = Instant::now();
        drop(device.eigh(&resident, options, stop)?);
        let seconds = begun.elapsed().as_secs_f64().max(1e-9);
        if first.replace(seconds).is_some() {
            fastest = fastest.min(seconds);
        }
        let enough = fastest.is_finite() && plan.repeat_seconds <= begin.elapsed().as_secs_f64();
        if enough || plan.batch_seconds < seconds {
            return Ok(fastest.min(first.unwrap_or(seconds)));
        }
    }
}

/// Bytes a second to the device and back.
fn transfers(device: &dyn Device, plan: &Plan) -> Result<(f64, f64), LinalgError> {
    let doubles = (plan.transfer_bytes / 8).max(1);
    let (mut up, mut down) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..3 {
        let host = HostBatch::F64(Ragged::new(vec![Shape::new(1, doubles)], vec![1.0; doubles])?);
        let begin = Instant::now();
        let batch = device.upload(host)?;
        up = up.min(begin.elapsed().as_secs_f64().max(1e-9));
        let begin = Instant::now();
        drop(device.download(&batch)?);
        down = down.min(begin.elapsed().as_secs_f64().max(1e-9));
    }
    let bytes = (8 * doubles) as f64;
    Ok((bytes / up, bytes / down))
}

/// Dense Hermitian matrices from a fixed seed.
fn random(complex: bool, order: usize, batch: usize) -> Result<HostBatch, LinalgError> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let shapes = vec![Shape::square(order); batch];
    let len = batch * order * order;
    // Only the lower triangle is read, and of the diagonal the real part.
    Ok(if complex {
        let data = (0..len).map(|_| Complex64::new(uniform(), uniform())).collect();
        HostBatch::C128(Ragged::new(shapes, data)?)
    } else {
        HostBatch::F64(Ragged::new(shapes, (0..len).map(|_| uniform()).collect())?)
    })
}
