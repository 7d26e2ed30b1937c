//! Candidates alternated: batch by batch, round by round, so that what else the machine does hits
//! them alike.
use super::BenchError;
use super::candidate::{Candidate, Sample};
use super::counters::{Peak, Work};
use super::matrices::BatchSpec;
use super::report::{Outcome, Ratio, Timing};
use super::statistics::Summary;
use super::workload::Workload;

/// One candidate and how it is treated.
#[derive(Debug)]
pub struct Entry {
    pub candidate: Box<dyn Candidate>,
    pub own: bool,
    pub on_gpu: bool,
    pub copies: usize,
    /// Of a processor.
    pub threads: usize,
    pub peak: Option<Peak>,
}

/// How long a comparison may last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    pub rounds: usize,
    /// Who has taken longer than this over a workload is left out of its rest.
    pub patience_seconds: f64,
}

/// Two answers to the same matrices differ by rounding, no more.
const AGREEMENT: f64 = 1e-10;

/// Spans of each batch and round.
struct Track {
    steps: Vec<Vec<Sample>>,
    spent: f64,
    given_up: bool,
    /// Nothing was left out.
    whole: bool,
}

/// Measures everybody on `workload`; the second value names who was left out.
///
/// # Errors
/// Of the candidates; eigenvalues that do not agree.
pub fn compare(
    workload: &Workload,
    entries: &mut [Entry],
    pace: Pace,
) -> Result<(Outcome, Vec<String>), BenchError> {
    let mut tracks: Vec<Track> = entries
        .iter()
        .map(|_| Track { steps: Vec::new(), spent: 0.0, given_up: false, whole: true })
        .collect();
    let batches: Vec<Vec<Vec<usize>>> =
        entries.iter().map(|entry| workload.steps(entry.copies)).collect();
    for step in 0..batches.first().map_or(0, Vec::len) {
        let mut fresh = vec![true; entries.len()];
        for _ in 0..pace.rounds {
            for (index, entry) in entries.iter_mut().enumerate() {
                let track = &mut tracks[index];
                if track.given_up {
                    track.whole = false;
                    continue;
                }
                if std::mem::take(&mut fresh[index]) {
                    let orders = batches[index].get(step).cloned().unwrap_or_default();
                    let seed = 0x5eed + step as u64;
                    let spec = BatchSpec { orders, complex: workload.complex, seed };
                    entry.candidate.prepare(&spec)?;
                    track.steps.push(Vec::new());
                }
                track.take(step, entry.candidate.solve()?, pace);
            }
        }
        agree(workload, entries, &tracks, step)?;
    }
    let notes = left_out(workload, entries, &tracks, pace);
    Ok((outcome(workload, entries, &tracks, &batches, pace), notes))
}

impl Track {
    fn take(&mut self, step: usize, sample: Sample, pace: Pace) {
        self.spent += sample.span.wall_seconds;
        self.given_up = pace.patience_seconds < self.spent;
        if let Some(samples) = self.steps.get_mut(step) {
            samples.push(sample);
        }
    }

    /// Totals over the batches, round by round.
    fn totals(&self, of: impl Fn(&Sample) -> f64) -> Vec<f64> {
        let rounds = self.steps.iter().map(Vec::len).min().unwrap_or(0);
        (0..rounds).map(|round| self.steps.iter().map(|step| of(&step[round])).sum()).collect()
    }
}

/// Whoever had the same matrices has the same values.
fn agree(
    workload: &Workload,
    entries: &[Entry],
    tracks: &[Track],
    step: usize,
) -> Result<(), BenchError> {
    let norm = |index: usize| {
        let samples = tracks[index].steps.get(step)?;
        samples.last().map(|sample| sample.trace_norm)
    };
    for (index, entry) in entries.iter().enumerate() {
        let first = entries.iter().position(|one| one.copies == entry.copies).unwrap_or(index);
        let Some((found, expected)) = norm(index).zip(norm(first)) else { continue };
        // NaN agrees with nothing.
        let agrees = (found - expected).abs() <= AGREEMENT * expected.abs();
        if !agrees {
            return Err(BenchError::Disagreement {
                candidate: entry.candidate.id().to_owned(),
                workload: workload.name.clone(),
                reference: entries[first].candidate.id().to_owned(),
                found,
                expected,
            });
        }
    }
    Ok(())
}

fn left_out(workload: &Workload, entries: &[Entry], tracks: &[Track], pace: Pace) -> Vec<String> {
    let slow = entries.iter().zip(tracks).filter(|(_, track)| track.given_up && !track.whole);
    let note = |(entry, track): (&Entry, &Track)| {
        let (id, spent, limit) = (entry.candidate.id(), track.spent, pace.patience_seconds);
        format!("{}: {id} was stopped after {spent:.0} s (patience {limit:.0} s)", workload.name)
    };
    slow.map(note).collect()
}

fn outcome(
    workload: &Workload,
    entries: &[Entry],
    tracks: &[Track],
    batches: &[Vec<Vec<usize>>],
    pace: Pace,
) -> Outcome {
    let mut results = Vec::new();
    let mut kept = Vec::new();
    for (index, (entry, track)) in entries.iter().zip(tracks).enumerate() {
        // One who was stopped on the way has no time for the whole.
        if track.steps.len() == batches[index].len() && !track.totals(|_| 0.0).is_empty() {
            results.push(timing(workload, entry, track, &batches[index]));
            kept.push(index);
        }
    }
    let largest = batches.iter().flatten().flatten().max();
    let mut ratios = Vec::new();
    for (i, one) in kept.iter().enumerate().filter(|(_, index)| entries[**index].own) {
        for (j, other) in kept.iter().enumerate().filter(|(j, _)| *j != i) {
            let pair = [&tracks[*one], &tracks[*other]];
            // Between our own devices only the GPU over the CPU.
            if !entries[*other].own || *other < *one {
                let on_gpu = entries[*one].on_gpu || entries[*other].on_gpu;
                ratios.push(ratio([&results[i], &results[j]], pair, on_gpu));
            }
        }
    }
    Outcome {
        name: workload.name.clone(),
        title: workload.title.clone(),
        complex: workload.complex,
        order: workload.order(),
        largest_order: largest.copied().unwrap_or(0),
        rounds: pace.rounds,
        results,
        ratios,
    }
}

fn timing(workload: &Workload, entry: &Entry, track: &Track, batches: &[Vec<usize>]) -> Timing {
    let wall_seconds = Summary::new(track.totals(|sample| sample.span.wall_seconds));
    let cpu_seconds = Summary::new(track.totals(|sample| sample.span.cpu_seconds));
    let orders: Vec<usize> = batches.iter().flatten().copied().collect();
    let cache_bytes = entry.peak.map_or(f64::INFINITY, |peak| peak.cache_bytes);
    let work = Work::of(&orders, workload.complex, cache_bytes);
    let of_step = |samples: &Vec<Sample>| {
        Summary::new(samples.iter().map(|sample| sample.span.wall_seconds).collect()).median
    };
    // A processor is shared with others, a GPU is not.
    let busy = if entry.on_gpu {
        wall_seconds.median
    } else {
        cpu_seconds.median / entry.threads.max(1) as f64
    };
    Timing {
        candidate: entry.candidate.id().to_owned(),
        copies: entry.copies,
        matrices: orders.len(),
        wall_seconds,
        cpu_seconds,
        matrices_per_second: orders.len() as f64 / wall_seconds.median,
        flops: work.flops,
        bytes: work.bytes,
        roofline_share: entry.peak.map(|peak| work.least_seconds(peak) / busy),
        step_seconds: track.steps.iter().map(of_step).collect(),
    }
}

fn ratio([one, other]: [&Timing; 2], tracks: [&Track; 2], on_gpu: bool) -> Ratio {
    // Both did the same operations a copy, or are compared by them.
    let work = one.flops / other.flops;
    let [mine, theirs] = tracks.map(|track| track.totals(|sample| sample.span.wall_seconds));
    let each = mine.iter().zip(&theirs).map(|(mine, theirs)| work * theirs / mine);
    let range = Summary::new(each.collect());
    let cpu = work * other.cpu_seconds.median / one.cpu_seconds.median;
    Ratio {
        candidate: one.candidate.clone(),
        against: other.candidate.clone(),
        wall: work * other.wall_seconds.median / one.wall_seconds.median,
        cpu: if on_gpu { f64::NAN } else { cpu },
        wall_range: [range.least, range.largest],
    }
}
