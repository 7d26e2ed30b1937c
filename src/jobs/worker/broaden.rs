//! Peaks of `Spectra.Broaden`, in the worker: collected, broadened beside the chunks.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use num_complex::Complex64;

use super::child::Out;
use super::eigen::{elements, send};
use super::execute::panic_text;
use super::machine::Opened;
use super::message::{BroadenDone, BroadenOpen, TaskData, TaskFailed, from_worker};
use crate::invalid::Invalid;
use crate::linalg::{LinalgError, PeakSums};
use crate::spectra::{Kernel, Method, Options, Peaks, SpectraError, Weight, broaden, broaden_on};

/// Peaks that are arriving: positions, weights, frequencies, widths.
#[derive(Debug)]
pub(super) struct Task {
    open: BroadenOpen,
    arrays: [Vec<u8>; 4],
    missing: u64,
    stop: Arc<AtomicBool>,
}

impl Task {
    pub(super) fn new(open: BroadenOpen) -> Self {
        let weight = if open.complex { 16 } else { 8 };
        let per_peak = 8 + weight + if open.widths { 8 } else { 0 };
        let missing = open.peaks.saturating_mul(per_peak);
        let missing = missing.saturating_add(open.frequencies.saturating_mul(8));
        Self { open, arrays: Default::default(), missing, stop: Arc::default() }
    }

    /// The last piece begins the work.
    pub(super) fn take(&mut self, piece: &TaskData, opened: &Opened, threads: usize, out: &Out) {
        if let Some(array) = self.arrays.get_mut(piece.tensor as usize) {
            array.extend_from_slice(&piece.data);
        }
        self.missing = self.missing.saturating_sub(piece.data.len() as u64);
        if 0 < self.missing {
            return;
        }
        let (open, arrays) = (self.open, std::mem::take(&mut self.arrays));
        let (out, stop) = (out.clone(), self.stop.clone());
        let place = match &opened.sums {
            Some(sums) => Place::Device(sums.clone()),
            None if opened.is_gpu() => Place::Nowhere,
            None => Place::Threads(threads),
        };
        std::thread::spawn(move || {
            let work = || solve(&open, arrays, &place, &out, &stop);
            // A defect must not leave the caller waiting.
            let failed = match catch_unwind(AssertUnwindSafe(work)) {
                Ok(Ok(())) => return,
                Ok(Err(SpectraError::Device(LinalgError::DeviceLost { reason }))) => {
                    return out.give_up(format!("device lost: {reason}"));
                }
                Ok(Err(error)) => failure(open.task, error),
                Err(panic) => TaskFailed {
                    task: open.task,
                    reason: format!("defect: {}", panic_text(panic.as_ref())),
                    ..TaskFailed::default()
                },
            };
            out.send(from_worker::Part::TaskFailed(failed));
        });
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn failure(task: u64, error: SpectraError) -> TaskFailed {
    let reason = error.to_string();
    match error {
        SpectraError::Stopped => {
            TaskFailed { task, reason, stopped: true, ..TaskFailed::default() }
        }
        SpectraError::Device(_) => TaskFailed { task, reason, ..TaskFailed::default() },
        SpectraError::Invalid(Invalid { field, value, expected }) => {
            let refused = true;
            TaskFailed { task, reason, refused, field, value, expected, ..TaskFailed::default() }
        }
    }
}

/// Where the sums are done.
enum Place {
    Threads(usize),
    Device(Arc<dyn PeakSums + Send + Sync>),
    /// A device that cannot.
    Nowhere,
}

fn solve(
    open: &BroadenOpen,
    arrays: [Vec<u8>; 4],
    place: &Place,
    out: &Out,
    stop: &AtomicBool,
) -> Result<(), SpectraError> {
    let [positions, weights, frequencies, widths] = arrays;
    let positions: Vec<f64> = elements(&positions);
    let frequencies: Vec<f64> = elements(&frequencies);
    let widths: Option<Vec<f64>> = open.widths.then(|| elements(&widths));
    let lists = Lists { positions, frequencies, widths };
    if open.complex {
        lists.answer(open, &elements::<Complex64>(&weights), place, out, stop)
    } else {
        lists.answer(open, &elements::<f64>(&weights), place, out, stop)
    }
}

struct Lists {
    positions: Vec<f64>,
    frequencies: Vec<f64>,
    widths: Option<Vec<f64>>,
}

impl Lists {
    fn answer<W: Weight + bytemuck::Pod>(
        &self,
        open: &BroadenOpen,
        weights: &[W],
        place: &Place,
        out: &Out,
        stop: &AtomicBool,
    ) -> Result<(), SpectraError> {
        let widths = self.widths.as_deref();
        let peaks = Peaks { positions: &self.positions, weights, widths };
        let (kernel, options) = choices(open)?;
        let found = match place {
            Place::Threads(threads) => {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(*threads).build();
                let pool =
                    pool.map_err(|error| Invalid::new("threads", threads, error.to_string()))?;
                pool.install(|| broaden(&peaks, &self.frequencies, kernel, options, stop))?
            }
            Place::Nowhere => {
                let expected = "the cpu, or a GPU with f64, for spectra";
                return Err(Invalid::new("device", "a GPU without f64", expected).into());
            }
            Place::Device(_) if options.method == Method::Binned => {
                let expected = "auto or direct on a GPU; cells are the CPU's";
                return Err(Invalid::new("method", "binned", expected).into());
            }
            Place::Device(sums) => {
                let (grid, tolerance) = (&self.frequencies, options.tolerance);
                broaden_on(sums.as_ref(), &peaks, grid, kernel, tolerance, stop)?
            }
        };
        send(open.task, 0, &found.values, out);
        send(open.task, 1, &found.error_bounds, out);
        let certificate = found.certificate;
        let [total_weight_re, total_weight_im] = certificate.total_weight;
        out.send(from_worker::Part::BroadenDone(BroadenDone {
            task: open.task,
            binned: certificate.method == Method::Binned,
            error_bound: certificate.error_bound,
            cells: certificate.cells as u64,
            total_weight_re,
            total_weight_im,
            absolute_weight: certificate.absolute_weight,
        }));
        Ok(())
    }
}

/// The choices that travel as numbers.
fn choices(open: &BroadenOpen) -> Result<(Kernel, Options), Invalid> {
    let (width, crossover) = (open.width, open.crossover);
    let kernel = match open.kernel {
        1 => Kernel::Gaussian { width },
        2 => Kernel::Lorentzian { half_width: width },
        3 => Kernel::LogGauss { sigma: width },
        4 => Kernel::Thermal { sigma: width, crossover },
        other => return Err(Invalid::new("kernel", other, "a kernel of this version")),
    };
    let method = match open.method {
        1 => Method::Auto,
        2 => Method::Direct,
        3 => Method::Binned,
        other => return Err(Invalid::new("method", other, "a method of this version")),
    };
    Ok((kernel, Options { method, tolerance: open.tolerance }))
}
