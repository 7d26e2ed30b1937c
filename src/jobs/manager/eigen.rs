//! Matrices on their way to the worker and back, past the queue: they do not wait for chunks.
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{Jobs, Shared};
use crate::jobs::worker::keeper::{Link, LinkError, WorkerEvent};
use crate::jobs::worker::message::{EigenData, EigenOpen, from_worker, to_worker};

/// What comes back: pieces of the values (0) and of the vectors (1), then one of the others.
#[derive(Debug)]
pub enum EigenReply {
    Data {
        tensor: u32,
        data: Bytes,
    },
    Done {
        residual: f64,
        orthogonality: f64,
        matrices: u64,
    },
    Refused {
        reason: String,
    },
    Failed {
        reason: String,
    },
    /// The worker died; another one is being started.
    Lost {
        reason: String,
    },
    Stopped,
}

/// Who waits for which answer.
#[derive(Debug, Default)]
pub(super) struct Registry {
    next: AtomicU64,
    waiting: Mutex<HashMap<u64, UnboundedSender<EigenReply>>>,
}

impl Registry {
    /// Delivers what belongs to matrices; the rest is for the jobs.
    pub(super) fn hear(&self, event: WorkerEvent) -> Option<WorkerEvent> {
        match event {
            WorkerEvent::Said(from_worker::Part::EigenData(piece)) => {
                let (tensor, data) = (piece.tensor, piece.data);
                self.deliver(piece.task, EigenReply::Data { tensor, data }, false);
            }
            WorkerEvent::Said(from_worker::Part::EigenDone(done)) => {
                let (residual, orthogonality) = (done.residual, done.orthogonality);
                let matrices = done.matrices;
                let reply = EigenReply::Done { residual, orthogonality, matrices };
                self.deliver(done.task, reply, true);
            }
            WorkerEvent::Said(from_worker::Part::EigenFailed(failed)) => {
                let reason = failed.reason;
                let reply = match (failed.stopped, failed.refused) {
                    (true, _) => EigenReply::Stopped,
                    (_, true) => EigenReply::Refused { reason },
                    _ => EigenReply::Failed { reason },
                };
                self.deliver(failed.task, reply, true);
            }
            WorkerEvent::Died { reason } => {
                for (_, waiter) in self.waiting().drain() {
                    let reason = format!("the worker died: {reason}");
                    let _ = waiter.send(EigenReply::Lost { reason });
                }
                return Some(WorkerEvent::Died { reason });
            }
            other => return Some(other),
        }
        None
    }

    fn deliver(&self, task: u64, reply: EigenReply, last: bool) {
        let mut waiting = self.waiting();
        if let Some(waiter) = waiting.get(&task) {
            // Fails when the caller is gone; its task is being stopped then.
            let _ = waiter.send(reply);
        }
        if last {
            waiting.remove(&task);
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<u64, UnboundedSender<EigenReply>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One batch in the worker; dropping it stops the work.
#[derive(Debug)]
pub struct EigenTask {
    id: u64,
    shared: Arc<Shared>,
    replies: UnboundedReceiver<EigenReply>,
}

impl Jobs {
    /// Announces a batch: `orders` square matrices, row-major, to be sent in pieces. Blocks shortly.
    pub fn open_eigen(&self, mut open: EigenOpen) -> Result<EigenTask, LinkError> {
        let registry = &self.shared.eigen;
        open.task = registry.next.fetch_add(1, Ordering::Relaxed);
        let (sender, replies) = unbounded_channel();
        registry.waiting().insert(open.task, sender);
        let task = EigenTask { id: open.task, shared: self.shared.clone(), replies };
        task.link()?.send(to_worker::Part::EigenOpen(open))?;
        Ok(task)
    }
}

impl EigenTask {
    /// The next bytes of the matrices. Blocks while the worker is behind.
    pub fn send(&self, data: Bytes) -> Result<(), LinkError> {
        let piece = EigenData { task: self.id, tensor: 0, data };
        self.link()?.send(to_worker::Part::EigenData(piece))
    }

    pub async fn next(&mut self) -> Option<EigenReply> {
        self.replies.recv().await
    }

    fn link(&self) -> Result<&Arc<Link>, LinkError> {
        self.shared.link.get().ok_or(LinkError::Down)
    }
}

impl Drop for EigenTask {
    fn drop(&mut self) {
        self.shared.eigen.waiting().remove(&self.id);
        if let Ok(link) = self.link() {
            // Also after the last answer: the worker forgets the task.
            let _ = link.send(to_worker::Part::EigenStop(self.id));
        }
    }
}
