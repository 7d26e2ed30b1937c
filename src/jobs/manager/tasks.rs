//! Arrays on their way to the worker and back, past the queue: they do not wait for chunks.
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{Jobs, LaneId, Shared};
use crate::invalid::Invalid;
use crate::jobs::worker::keeper::{Link, LinkError, WorkerEvent};
use crate::jobs::worker::message::{BroadenDone, BroadenOpen, EigenOpen, from_worker, to_worker};

/// What comes back: pieces of the answer's arrays, then one of the others.
#[derive(Debug)]
pub enum TaskReply {
    Data {
        tensor: u32,
        data: Bytes,
    },
    Done {
        residual: f64,
        orthogonality: f64,
        matrices: u64,
        /// Of them, solved on the CPU instead.
        recomputed: u64,
    },
    Broadened(BroadenDone),
    Refused {
        reason: String,
    },
    /// Refused by the name of a field.
    Invalid(Invalid),
    Failed {
        reason: String,
    },
    /// The worker died; another one is being started.
    Lost {
        reason: String,
    },
    Stopped,
}

type Waiting = HashMap<u64, (LaneId, UnboundedSender<TaskReply>)>;

/// Who waits for which answer.
#[derive(Debug, Default)]
pub(super) struct Registry {
    next: AtomicU64,
    waiting: Mutex<Waiting>,
}

impl Registry {
    /// Delivers what belongs to arrays; the rest is for the jobs.
    pub(super) fn hear(&self, lane: LaneId, event: WorkerEvent) -> Option<WorkerEvent> {
        match event {
            WorkerEvent::Said(from_worker::Part::TaskData(piece)) => {
                let (tensor, data) = (piece.tensor, piece.data);
                self.deliver(piece.task, TaskReply::Data { tensor, data }, false);
            }
            WorkerEvent::Said(from_worker::Part::EigenDone(done)) => {
                let (residual, orthogonality) = (done.residual, done.orthogonality);
                let (matrices, recomputed) = (done.matrices, done.recomputed);
                let reply = TaskReply::Done { residual, orthogonality, matrices, recomputed };
                self.deliver(done.task, reply, true);
            }
            WorkerEvent::Said(from_worker::Part::BroadenDone(done)) => {
                self.deliver(done.task, TaskReply::Broadened(done), true);
            }
            WorkerEvent::Said(from_worker::Part::TaskFailed(failed)) => {
                let reason = failed.reason;
                let reply = match (failed.stopped, failed.refused) {
                    (true, _) => TaskReply::Stopped,
                    (_, true) if failed.field.is_empty() => TaskReply::Refused { reason },
                    (_, true) => {
                        let (field, value) = (failed.field, failed.value);
                        TaskReply::Invalid(Invalid { field, value, expected: failed.expected })
                    }
                    _ => TaskReply::Failed { reason },
                };
                self.deliver(failed.task, reply, true);
            }
            WorkerEvent::Died { reason } => {
                let lost = |_: &u64, waiter: &mut (LaneId, _)| waiter.0 == lane;
                for (_, (_, waiter)) in self.waiting().extract_if(lost) {
                    let reason = format!("the worker died: {reason}");
                    let _ = waiter.send(TaskReply::Lost { reason });
                }
                return Some(WorkerEvent::Died { reason });
            }
            other => return Some(other),
        }
        None
    }

    fn deliver(&self, task: u64, reply: TaskReply, last: bool) {
        let mut waiting = self.waiting();
        if let Some((_, waiter)) = waiting.get(&task) {
            // Fails when the caller is gone; its task is being stopped then.
            let _ = waiter.send(reply);
        }
        if last {
            waiting.remove(&task);
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One call's arrays in the worker; dropping it stops the work.
#[derive(Debug)]
pub struct ArrayTask {
    id: u64,
    link: Arc<Link>,
    shared: Arc<Shared>,
    replies: UnboundedReceiver<TaskReply>,
}

impl Jobs {
    /// Announces a batch: `orders` square matrices, row-major, to be sent in pieces. Blocks shortly.
    pub fn open_eigen(&self, lane: LaneId, open: EigenOpen) -> Result<ArrayTask, LinkError> {
        self.open_task(lane, |task| to_worker::Part::EigenOpen(EigenOpen { task, ..open }))
    }

    /// Announces peaks: positions (tensor 0), weights (1), frequencies (2) and, if announced,
    /// widths (3), to be sent in pieces in this order. Blocks shortly.
    pub fn open_broaden(&self, lane: LaneId, open: BroadenOpen) -> Result<ArrayTask, LinkError> {
        self.open_task(lane, |task| to_worker::Part::BroadenOpen(BroadenOpen { task, ..open }))
    }

    /// Calls whose arrays the worker holds.
    pub fn uploads_under_way(&self) -> usize {
        self.shared.tasks.waiting().len()
    }

    fn open_task(
        &self,
        lane: LaneId,
        open: impl FnOnce(u64) -> to_worker::Part,
    ) -> Result<ArrayTask, LinkError> {
        let link = self.shared.lane(lane).ok_or(LinkError::Down)?.link.clone();
        let registry = &self.shared.tasks;
        let id = registry.next.fetch_add(1, Ordering::Relaxed);
        let (sender, replies) = unbounded_channel();
        registry.waiting().insert(id, (lane, sender));
        let task = ArrayTask { id, link, shared: self.shared.clone(), replies };
        task.link.send(open(id))?;
        Ok(task)
    }
}

/// The way of a call's arrays to the worker, for a thread of its own.
#[derive(Debug, Clone)]
pub struct ArraySender {
    id: u64,
    link: Arc<Link>,
}

impl ArraySender {
    /// The next bytes of an array. Blocks while the worker is behind.
    pub fn send(&self, tensor: u32, data: &[u8]) -> Result<(), LinkError> {
        self.link.send_data(self.id, tensor, data)
    }
}

impl ArrayTask {
    pub fn sender(&self) -> ArraySender {
        ArraySender { id: self.id, link: self.link.clone() }
    }

    /// The next bytes of an array. Blocks while the worker is behind.
    pub fn send(&self, tensor: u32, data: &[u8]) -> Result<(), LinkError> {
        self.link.send_data(self.id, tensor, data)
    }

    pub async fn next(&mut self) -> Option<TaskReply> {
        self.replies.recv().await
    }
}

impl Drop for ArrayTask {
    fn drop(&mut self) {
        self.shared.tasks.waiting().remove(&self.id);
        // Also after the last answer: the worker forgets the task.
        let _ = self.link.send(to_worker::Part::TaskStop(self.id));
    }
}
