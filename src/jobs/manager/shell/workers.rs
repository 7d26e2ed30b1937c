//! The workers of the shell: started, one for each device, and heard.
use std::sync::Arc;
use std::sync::PoisonError;

use super::super::lanes::{self, as_cores, budget_of};
use super::super::{LaneId, Message, keeper, survey};
use super::{Lane, Shell};
use crate::jobs::core::{ChunkId, Core, Event, RunResult};
use crate::jobs::faults;
use crate::jobs::spec::Unit;
use crate::jobs::worker::keeper::{WorkerCommand, WorkerEvent};
use crate::jobs::worker::message::from_worker::Part;
use crate::jobs::worker::message::{AnswerMessage, AnswerPiece, Ready};

impl Shell {
    /// "auto" is the CPU now, and what is found later.
    pub(super) fn add_lanes(&mut self, devices: &[String]) {
        let mut names: Vec<&str> = Vec::new();
        for device in devices {
            let name = match device.as_str() {
                "" | "auto" => "cpu",
                name => name,
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        // The CPU is the first, if it is there.
        names.sort_by_key(|name| *name != "cpu");
        names.into_iter().for_each(|name| self.add_lane(name));
        if devices.iter().any(|device| matches!(device.as_str(), "" | "auto")) {
            self.looking = true;
            let inbox = self.shared.inbox.clone();
            survey::look_for_hardware(move |adapters| {
                // Fails only when the server has gone.
                let _ = inbox.send(Message::Found(adapters));
            });
        }
    }

    fn add_lane(&mut self, name: &str) {
        let lane = self.lanes.len();
        let budget = budget_of(name, self.threads, self.memory);
        let core = Core::new(budget).with_patience(faults::patience());
        let (threads, memory_bytes) = (self.threads, budget.memory_bytes);
        let command = WorkerCommand { device: name.to_owned(), threads, memory_bytes };
        let keeper = keeper(lane, command, &self.shared);
        let shared = Arc::new(lanes::Lane::new(name, keeper.link(), &budget));
        self.shared.lanes.write().unwrap_or_else(PoisonError::into_inner).push(shared);
        self.lanes.push(Lane { core, keeper, arriving: None, heard: false });
    }

    pub(super) fn start(&mut self, lane: LaneId) {
        let actions = self.lanes.get_mut(lane).map(|lane| lane.core.start());
        self.perform(lane, actions.unwrap_or_default());
    }

    /// Adapters that nobody has named get a worker, too.
    pub(super) fn found(&mut self, adapters: &[usize]) {
        self.looking = false;
        let known: Vec<String> = self.shared.lane_views().into_iter().map(|one| one.name).collect();
        for number in adapters {
            let name = format!("gpu:{number}");
            if self.closing.is_none() && !known.contains(&name) {
                self.add_lane(&name);
                self.start(self.lanes.len() - 1);
            }
        }
        self.look_around();
    }

    /// Workers have been heard, adapters found: what could not be decided before is decided.
    fn look_around(&mut self) {
        let mut named = self.lanes.iter().take(self.named);
        if self.ready.is_some() && named.all(|lane| lane.heard) {
            self.open_up();
        }
        if self.ready.is_none() && !self.looking && self.lanes.iter().all(|lane| lane.heard) {
            self.settle();
            self.shared.settled.send_replace(true);
        }
    }

    /// The server begins with the workers that are ready; without any the CPU is tried.
    fn open_up(&mut self) {
        let views = self.shared.lane_views();
        let any = views.iter().any(|view| !view.class.is_empty());
        if !any && views.iter().all(|view| view.name != "cpu") {
            let reasons: Vec<&str> = views.iter().map(|view| view.reason.as_str()).collect();
            tracing::warn!(reason = reasons.join("; "), "no device that was asked for: the cpu");
            self.add_lane("cpu");
            self.named = self.lanes.len();
            return self.start(self.lanes.len() - 1);
        }
        if any {
            self.resume();
        }
        if !self.looking && self.lanes.iter().all(|lane| lane.heard) {
            self.settle();
        }
        let reason = views.first().map(|view| view.reason.clone()).unwrap_or_default();
        if let Some(first) = self.ready.take() {
            let _ = first.send(if any { Ok(()) } else { Err(reason) });
        }
    }

    /// A driver that hangs does not keep the other devices from beginning.
    pub(super) fn open_in_time(&mut self) {
        let any = || self.shared.lane_views().iter().any(|view| !view.class.is_empty());
        if self.ready.is_some() && survey::LIMIT < self.begun.elapsed() && any() {
            self.open_up();
        }
    }

    pub(super) fn hear(&mut self, lane: LaneId, event: WorkerEvent) {
        match event {
            WorkerEvent::Died { reason } => self.worker_died(lane, &reason),
            WorkerEvent::Said(Part::Ready(ready)) => self.worker_ready(lane, &ready),
            WorkerEvent::Said(Part::Progress(progress)) => {
                let (chunk, share) = (progress.chunk, progress.share);
                self.step(lane, Event::Progress { chunk, share });
            }
            WorkerEvent::Said(Part::Unit(unit)) => {
                if let Some(Ok(units)) = self.slot(lane, unit.chunk, unit.run) {
                    units.push(Unit::Nrg(unit.into_unit()));
                }
            }
            WorkerEvent::Said(Part::Answer(piece)) => self.answer_piece(lane, &piece),
            WorkerEvent::Said(Part::RunFailed(failed)) => {
                if let Some(slot) = self.slot(lane, failed.chunk, failed.run) {
                    *slot = Err(failed.reason);
                }
            }
            WorkerEvent::Said(Part::Finished(finished)) => {
                let (chunk, seconds) = (finished.chunk, finished.seconds);
                let own = self.lanes.get_mut(lane);
                let arrived =
                    own.and_then(|own| own.arriving.take_if(|arriving| arriving.chunk == chunk));
                let results = arrived.map(|arriving| arriving.results).unwrap_or_default();
                self.step(lane, Event::ChunkDone { chunk, results, seconds });
            }
            WorkerEvent::Said(Part::Failed(failed)) => {
                let (chunk, reason) = (failed.chunk, failed.reason);
                self.step(lane, Event::ChunkFailed { chunk, reason });
            }
            WorkerEvent::Said(Part::Stopped(chunk)) => {
                self.step(lane, Event::ChunkStopped { chunk });
            }
            WorkerEvent::Said(other) => tracing::warn!(?other, "not for the jobs"),
        }
    }

    /// An answer comes in pieces, one run after another.
    fn answer_piece(&mut self, lane: LaneId, piece: &AnswerPiece) {
        let (chunk, run, last) = (piece.chunk, piece.run, piece.last);
        let own = self.lanes.get_mut(lane).and_then(|own| own.arriving.as_mut());
        let Some(arriving) = own.filter(|arriving| arriving.chunk == chunk) else { return };
        arriving.answer.extend_from_slice(&piece.data);
        if !last {
            return;
        }
        let bytes = std::mem::take(&mut arriving.answer);
        let Some(slot) = self.slot(lane, chunk, run) else { return };
        match (AnswerMessage::read(&bytes), &mut *slot) {
            (Ok(answer), Ok(units)) => units.push(Unit::Answer(answer)),
            (Ok(_), Err(_)) => {}
            (Err(reason), slot) => *slot = Err(reason),
        }
    }

    fn slot(&mut self, lane: LaneId, chunk: ChunkId, run: u32) -> Option<&mut RunResult> {
        let arriving = self.lanes.get_mut(lane)?.arriving.as_mut();
        let arriving = arriving.filter(|arriving| arriving.chunk == chunk)?;
        arriving.results.get_mut(run as usize)
    }

    fn worker_died(&mut self, lane: LaneId, reason: &str) {
        let Some(own) = self.lanes.get_mut(lane) else { return };
        own.arriving = None;
        let first = !std::mem::replace(&mut own.heard, true);
        let name = self.shared.lane(lane).map(|lane| lane.view().name);
        tracing::warn!(device = name, reason, "the worker died");
        self.step(lane, Event::WorkerDied { reason: reason.to_owned() });
        let broken = self.lanes.get(lane).is_some_and(|own| own.core.is_broken());
        if let Some(shared) = self.shared.lane(lane) {
            shared.ended(reason, broken);
        }
        if first {
            self.look_around();
        }
    }

    fn worker_ready(&mut self, lane: LaneId, ready: &Ready) {
        let (Some(shared), Some(own)) = (self.shared.lane(lane), self.lanes.get_mut(lane)) else {
            return;
        };
        if let Err(reason) = shared.ready(ready) {
            // Keys name the device: results of another one must not pass under this name.
            tracing::error!(reason, "the worker is not used");
            return own.keeper.link().end(reason);
        }
        let first = !std::mem::replace(&mut own.heard, true);
        if ready.memory_bytes != 0 {
            own.core.know_device(shared.view().memory_bytes, as_cores(&ready.device));
        }
        self.step(lane, Event::WorkerReady);
        if self.ready.is_none() {
            self.resume_on(lane);
        }
        if first {
            self.look_around();
        }
    }

    /// All at a time: one that does not end by itself is given a second.
    pub(super) fn shut_workers_down(&mut self) {
        let ending: Vec<_> = std::mem::take(&mut self.lanes)
            .into_iter()
            .map(|lane| std::thread::spawn(move || lane.keeper.shut_down()))
            .collect();
        for thread in ending {
            let _ = thread.join();
        }
    }
}
