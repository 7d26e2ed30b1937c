//! Launches `shaders/broaden.wesl`: peaks stream through two buffers in turn, sums stay on the
//! device.
use wgpu::{Buffer, SubmissionIndex};

use super::device::{Dispatch, OpenDevice, Step};
use super::layout::{BroadenParams, PeakRecord, Sum};
use super::shaders::BROADEN;
use super::shaders::broaden::{BLOCK, GAUSSIAN, LOG_GAUSS, LORENTZIAN, SLOTS, THERMAL, WIDTH};
use crate::linalg::{LinalgError, Peak, PeakShape, PeakSum};
use crate::stop::Stop;

/// Floating-point operations of a peak at a frequency, the dearest kernel's.
const WORK: u64 = 150;
/// Blocks of a buffer; a multiple of the slots, so that a block has the slot it has among all.
const BLOCKS: usize = 64 * SLOTS as usize;

/// Sums of all peaks at each frequency; input is checked by the caller.
pub(super) fn broaden(
    device: &OpenDevice,
    peaks: &[Peak],
    frequencies: &[f64],
    shape: PeakShape,
    stop: &dyn Stop,
) -> Result<Vec<PeakSum>, LinalgError> {
    if peaks.is_empty() {
        return Ok(vec![PeakSum::default(); frequencies.len()]);
    }
    // A block of peaks at all of these is work for one dispatch at most.
    let most = (device.max_work / (WORK * u64::from(BLOCK))).clamp(64, 1 << 20) as usize;
    let mut found = Vec::with_capacity(frequencies.len());
    for frequencies in frequencies.chunks(most) {
        found.extend(part(device, peaks, frequencies, shape, stop)?);
    }
    Ok(found)
}

fn part(
    device: &OpenDevice,
    peaks: &[Peak],
    frequencies: &[f64],
    shape: PeakShape,
    stop: &dyn Stop,
) -> Result<Vec<PeakSum>, LinalgError> {
    let piece = peaks.len().min(BLOCKS * BLOCK as usize);
    let slots = SLOTS as usize * frequencies.len();
    let bytes = 2 * size_of::<PeakRecord>() * piece + size_of::<Sum>() * slots;
    let _share = device.take((bytes + size_of_val(frequencies)) as u64)?;
    let work = Work {
        device,
        frequencies: device.records("broaden.frequencies", frequencies)?,
        count: frequencies.len() as u32,
        sums: device.records("broaden.sums", &vec![Sum::default(); slots])?,
        shape,
    };
    let buffer = || device.storage("broaden.peaks", (size_of::<PeakRecord>() * piece) as u64);
    let buffers = [buffer()?, buffer()?];
    // A buffer is written again when what read it is done; the other one is computed meanwhile.
    let mut under_way: [Option<SubmissionIndex>; 2] = [None, None];
    for (turn, part) in peaks.chunks(piece).enumerate() {
        let side = turn % 2;
        if let Some(before) = under_way[side].take() {
            device.wait(before)?;
        }
        let records = records(part, shape);
        device.write(&buffers[side], 0, bytemuck::cast_slice(&records))?;
        under_way[side] = work.launch(&buffers[side], part.len() as u32, stop)?;
    }
    for last in under_way.into_iter().flatten() {
        device.wait(last)?;
    }
    let mut sums = vec![Sum::default(); slots];
    device.read(&work.sums, 0, bytemuck::cast_slice_mut(&mut sums))?;
    Ok(together(&sums, frequencies.len()))
}

struct Work<'a> {
    device: &'a OpenDevice,
    frequencies: Buffer,
    count: u32,
    sums: Buffer,
    shape: PeakShape,
}

impl Work<'_> {
    /// All blocks of a buffer, in dispatches of bounded work.
    fn launch(
        &self,
        peaks: &Buffer,
        count: u32,
        stop: &dyn Stop,
    ) -> Result<Option<SubmissionIndex>, LinalgError> {
        let blocks = count.div_ceil(BLOCK);
        let per_block = WORK * u64::from(BLOCK) * u64::from(self.count);
        let step = (self.device.max_work / per_block).clamp(1, u64::from(blocks)) as u32;
        let mut last = None;
        for first_block in (0..blocks).step_by(step as usize) {
            if stop.stopped() {
                return Err(LinalgError::Stopped);
            }
            let end_block = blocks.min(first_block + step);
            let (kernel, crossover) = numbers(self.shape);
            let params = BroadenParams {
                crossover,
                inverse_crossover: 1.0 / crossover,
                kernel,
                frequencies: self.count,
                peaks: count,
                first_block,
                end_block,
                unused: 0,
            };
            let params = self.device.records("broaden.params", &[params])?;
            let buffers = [&params, &self.frequencies, peaks, &self.sums];
            let groups = [self.count.div_ceil(WIDTH), SLOTS.min(end_block - first_block)];
            let bound = self.device.bind(&BROADEN, &buffers)?;
            let dispatch = Dispatch { bound, groups, immediates: Vec::new() };
            let submission = self.device.submit(&[Step::Dispatch(dispatch)])?;
            if let Some(before) = last.replace(submission) {
                self.device.wait(before)?;
            }
        }
        Ok(last)
    }
}

/// The shader's number of a shape, and its cross-over (1 where there is none).
pub(super) fn numbers(shape: PeakShape) -> (u32, f64) {
    match shape {
        PeakShape::Gaussian => (GAUSSIAN, 1.0),
        PeakShape::Lorentzian => (LORENTZIAN, 1.0),
        PeakShape::LogGauss => (LOG_GAUSS, 1.0),
        PeakShape::Thermal { crossover } => (THERMAL, crossover),
    }
}

/// What a kernel takes of peaks: their heights are divided out beforehand.
pub(super) fn records(peaks: &[Peak], shape: PeakShape) -> Vec<PeakRecord> {
    let factor = match shape {
        PeakShape::Lorentzian => std::f64::consts::PI,
        _ => std::f64::consts::PI.sqrt(),
    };
    let record = |peak: &Peak| {
        let height = 1.0 / (factor * peak.width);
        PeakRecord {
            position: peak.position,
            width: peak.width,
            inverse_width: 1.0 / peak.width,
            re: peak.re * height,
            im: peak.im * height,
        }
    };
    peaks.iter().map(record).collect()
}

/// The slots of each frequency, added in order, rounding carried along.
pub(super) fn together(sums: &[Sum], frequencies: usize) -> Vec<PeakSum> {
    let one = |index: usize| {
        let mut total = PeakSum::default();
        let (mut re_carried, mut im_carried) = (0.0, 0.0);
        for sum in sums.iter().skip(index).step_by(frequencies) {
            re_carried += sum.re_carried;
            im_carried += sum.im_carried;
            add(&mut total.re, &mut re_carried, sum.re);
            add(&mut total.im, &mut im_carried, sum.im);
            total.magnitude += sum.magnitude;
        }
        total.re += re_carried;
        total.im += im_carried;
        total
    };
    (0..frequencies).map(one).collect()
}

fn add(total: &mut f64, carried: &mut f64, term: f64) {
    let next = *total + term;
    *carried +=
        if term.abs() <= total.abs() { (*total - next) + term } else { (term - next) + *total };
    *total = next;
}
