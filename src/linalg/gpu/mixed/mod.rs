//! Eigendecomposition on devices without f64: rotations in f32, everything that decides the last
//! digits in fixed-point numbers of 64 bits (integers, exact on every driver).
mod certify;
mod jacobi;
mod layout;
mod refine;
pub(super) mod self_test;
mod wave;

use super::device::OpenDevice;
use super::eigh::{Item, Solution};
use super::layout::Launch;
use super::recorder::Recorder;
use super::shaders::{
    MIXED_NORMS, MIXED_NORMS_COMPLEX, MIXED_ORDER, MIXED_ORDER_COMPLEX, MIXED_PREPARE,
    MIXED_PREPARE_COMPLEX,
};
use crate::linalg::{Dtype, LinalgError};
use crate::stop::Stop;
use wave::{Group, Wave};

/// A unit of fixed-point numbers.
const QUANTUM: f64 = 1.0 / (1_u64 << 55) as f64;

/// Solves `items` of the source buffer; their vectors, if wanted, go to the same places of the
/// other. Both hold doubles.
pub(super) fn solve(
    device: &OpenDevice,
    dtype: Dtype,
    mut items: Vec<Item>,
    (source, vectors): (&wgpu::Buffer, Option<&wgpu::Buffer>),
    solutions: &mut [Solution],
    stop: &dyn Stop,
) -> Result<(), LinalgError> {
    items.sort_by_key(|item| std::cmp::Reverse(item.order));
    for items in wave::cut(device, dtype, &items) {
        let mut wave = Wave::new(device, dtype, items)?;
        let mut recorder = Recorder::new(device, stop);
        let (norms, shifts) = prepare(&mut recorder, &mut wave, source)?;
        refine::refine(&mut recorder, &wave, &norms)?;
        let ratios = certify::certify(&mut recorder, &wave, &norms)?;
        let (values, places) = ordered(&recorder, &wave, &shifts)?;
        if let Some(vectors) = vectors {
            put_vectors(&mut recorder, &wave, &places, vectors)?;
        }
        recorder.finish()?;
        for ((item, values), ratios) in wave.items.iter().zip(values).zip(ratios) {
            let certified = super::eigh::certified(&ratios);
            solutions[item.index] = Solution { values, ratios, certified };
        }
    }
    Ok(())
}

/// Fills `a` with the matrices, scaled to Frobenius norms in [1/2, 1); the norms, and the powers of
/// two by which they were larger.
fn prepare(
    recorder: &mut Recorder<'_>,
    wave: &mut Wave,
    source: &wgpu::Buffer,
) -> Result<(Vec<f64>, Vec<i32>), LinalgError> {
    let device = recorder.device;
    let group = Group::new(device, wave, wave.jobs.clone())?;
    let rows = group.rows(device, 4)?;
    let parts = device.storage("mixed.norms", 4 * rows.tasks.len() as u64)?;
    let kernel = group.kernel(&MIXED_NORMS, &MIXED_NORMS_COMPLEX);
    group.launch(recorder, kernel, &rows, &[source, &parts], Launch::default())?;
    let squares = refine::sums(recorder, &rows, &parts, group.jobs.len())?;
    let (mut norms, mut shifts) = (Vec::new(), Vec::new());
    for (job, square) in wave.jobs.iter_mut().zip(squares) {
        let norm = square.sqrt();
        // At least 1 but for the zero matrix; not a number only where f32 is broken.
        let shift =
            if 0.5 <= norm && norm.is_finite() { norm.log2().floor() as i32 + 1 } else { 0 };
        norms.push(norm / 2.0_f64.powi(shift));
        shifts.push(shift);
        job.exponent -= shift;
    }
    let group = Group::new(device, wave, wave.jobs.clone())?;
    let kernel = group.kernel(&MIXED_PREPARE, &MIXED_PREPARE_COMPLEX);
    group.launch(recorder, kernel, &rows, &[source, &wave.a], Launch::default())?;
    Ok((norms, shifts))
}

/// Eigenvalues ascending, and to which place each column goes.
fn ordered(
    recorder: &Recorder<'_>,
    wave: &Wave,
    shifts: &[i32],
) -> Result<(Vec<Vec<f64>>, Vec<u32>), LinalgError> {
    let mut diagonals = vec![0_i64; wave.rows];
    recorder.device.read(&wave.d, 0, bytemuck::cast_slice_mut(&mut diagonals))?;
    let mut values = Vec::with_capacity(wave.jobs.len());
    let mut places = vec![0; wave.rows];
    for (job, shift) in wave.jobs.iter().zip(shifts) {
        let (first, order) = (job.first_row as usize, job.order as usize);
        let diagonal = &diagonals[first..first + order];
        let mut columns: Vec<usize> = (0..order).collect();
        columns.sort_by_key(|&column| diagonal[column]);
        for (place, &column) in columns.iter().enumerate() {
            places[first + column] = place as u32;
        }
        let unit = QUANTUM * 2.0_f64.powi(*shift);
        values.push(columns.into_iter().map(|column| diagonal[column] as f64 * unit).collect());
    }
    Ok((values, places))
}

fn put_vectors(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    places: &[u32],
    vectors: &wgpu::Buffer,
) -> Result<(), LinalgError> {
    let device = recorder.device;
    let places = device.records("mixed.places", places)?;
    let group = Group::new(device, wave, wave.jobs.clone())?;
    let rows = group.rows(device, 4)?;
    let kernel = group.kernel(&MIXED_ORDER, &MIXED_ORDER_COMPLEX);
    let buffers = [&places, &wave.v, vectors];
    group.launch(recorder, kernel, &rows, &buffers, Launch::default())
}
