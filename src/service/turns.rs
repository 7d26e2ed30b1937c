//! Work that holds much memory takes turns, and nobody all of them.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tonic::Status;

use super::access::Caller;
use super::limits;

/// So many at a time, half of them for one user; the local user, who is alone, may have all.
#[derive(Debug)]
pub(super) struct Turns {
    count: usize,
    all: Arc<Semaphore>,
    users: Mutex<HashMap<Arc<str>, Arc<Semaphore>>>,
}

/// Held as long as the work lasts.
#[derive(Debug)]
pub(super) struct Turn {
    _own: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Turns {
    pub(super) fn new(count: usize) -> Self {
        Self { count, all: Arc::new(Semaphore::new(count)), users: Mutex::default() }
    }

    pub(super) async fn take(&self, caller: &Caller) -> Result<Turn, Status> {
        let closed = |_| Status::unavailable("the server is shutting down");
        let own = self.of(caller).acquire_owned().await.map_err(closed)?;
        let all = self.all.clone().acquire_owned().await.map_err(closed)?;
        Ok(Turn { _own: own, _all: all })
    }

    fn of(&self, caller: &Caller) -> Arc<Semaphore> {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever has no turn is asked for again when they come back.
        users.retain(|_, turns| 1 < Arc::strong_count(turns));
        let local = *caller.name == *crate::jobs::account::LOCAL_USER;
        let count = if local { self.count } else { (self.count / 2).max(1) };
        users.entry(caller.name.clone()).or_insert_with(|| Arc::new(Semaphore::new(count))).clone()
    }
}

/// Sends a part of an answer to a caller who may read slowly, but not too slowly.
/// Errors: the caller has gone, or takes nothing for too long and is told so.
pub(super) async fn patiently<T>(
    sender: &mpsc::Sender<Result<T, Status>>,
    part: T,
) -> Result<(), Status> {
    patiently_while(sender, part, || false).await
}

/// As [`patiently`], but a caller who is still `sending` need not read.
pub(super) async fn patiently_while<T>(
    sender: &mpsc::Sender<Result<T, Status>>,
    part: T,
    sending: impl Fn() -> bool,
) -> Result<(), Status> {
    let seconds = limits::ANSWER_STALL_SECONDS;
    loop {
        let was_sending = sending();
        match tokio::time::timeout(Duration::from_secs(seconds), sender.reserve()).await {
            Ok(Ok(place)) => {
                place.send(Ok(part));
                return Ok(());
            }
            Ok(Err(_)) => return Err(Status::cancelled("the caller has gone")),
            Err(_) if was_sending => {}
            Err(_) => {
                let text = format!("nothing of the answer was read for {seconds} s");
                return Err(Status::deadline_exceeded(text));
            }
        }
    }
}
