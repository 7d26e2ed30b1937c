//! What engines share whose documents name a kind of calculation, `calculation.kind`.
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::{Answer, Answers, Cost, Monitor, Node, Reader};
use crate::invalid::Invalid;
use crate::linalg::LinalgError;
use crate::stop::Stop;

/// Of a request that is not resolved.
pub const NO_COST: Cost =
    Cost { core_seconds: 0.0, memory_bytes: 0, result_bytes: 0, decided_by: "calculation.kind" };

/// What `understand` makes of the tables, which refuses whatever it does not understand, and the
/// resolved request.
/// Errors: every refused field; without a known kind that one alone, since nothing can be said of the
/// other tables.
pub fn resolve<T>(
    tables: &Node,
    understand: impl FnOnce(&Reader<'_>) -> Option<T>,
) -> Result<(T, Node), Vec<Invalid>> {
    let reader = Reader::new(tables);
    let understood = understand(&reader);
    let resolved = reader.finish().map_err(of_known_kind)?;
    // Every `None` was refused on the way; this is never reached, and no reason to panic.
    let nothing = || vec![Invalid::new("document", "not understood", "a request of this engine")];
    Ok((understood.ok_or_else(nothing)?, resolved))
}

fn of_known_kind(errors: Vec<Invalid>) -> Vec<Invalid> {
    let kind: Vec<Invalid> =
        errors.iter().filter(|error| error.field == "calculation.kind").cloned().collect();
    if kind.is_empty() { errors } else { kind }
}

/// One request answered, or why it cannot be. `answer` gives its own error; `fatal` says which errors
/// end the whole chunk, and the text of the others.
/// Errors: stopped, and what `fatal` lets through.
pub fn one<Q, E>(
    question: Option<Q>,
    stop: &dyn Stop,
    answer: impl FnOnce(Q) -> Result<Answer, E>,
    fatal: impl FnOnce(E) -> Result<String, LinalgError>,
) -> Result<Result<Answer, String>, LinalgError> {
    if stop.stopped() {
        return Err(LinalgError::Stopped);
    }
    let Some(question) = question else {
        return Ok(Err("a request that is not resolved".into()));
    };
    match answer(question) {
        Ok(answer) => Ok(Ok(answer)),
        Err(error) => fatal(error).map(Err),
    }
}

/// Requests answered side by side, in their order.
/// Errors: what ends the whole chunk.
pub fn in_parallel(
    requests: &[Node],
    monitor: &dyn Monitor,
    one: impl Fn(&Node) -> Result<Result<Answer, String>, LinalgError> + Sync,
) -> Result<Answers, LinalgError> {
    let (done, total) = (AtomicUsize::new(0), requests.len() as f64);
    requests
        .par_iter()
        .map(|request| {
            let answer = one(request)?;
            let count = done.fetch_add(1, Ordering::Relaxed) + 1;
            monitor.progress(count as f64, total);
            Ok(answer)
        })
        .collect()
}
