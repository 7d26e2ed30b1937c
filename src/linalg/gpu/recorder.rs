//! Work for a device, put together in submissions short enough that a stop is heard soon.
use std::sync::atomic::Ordering;

use wgpu::SubmissionIndex;

use super::device::{Bound, Dispatch, OpenDevice, Step};
use super::layout::Launch;
use super::plan;
use crate::linalg::LinalgError;
use crate::stop::Stop;

/// Of one submission; encoding takes a few microseconds each.
const MAX_STEPS: usize = 256;

pub(super) struct Recorder<'a> {
    pub(super) device: &'a OpenDevice,
    stop: &'a dyn Stop,
    steps: Vec<Step>,
    work: u64,
    under_way: Option<SubmissionIndex>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(device: &'a OpenDevice, stop: &'a dyn Stop) -> Self {
        Self { device, stop, steps: Vec::new(), work: 0, under_way: None }
    }

    /// One workgroup for each task of `launch.first..launch.end`; `work` in floating-point
    /// operations, all workgroups together.
    pub(super) fn dispatch(
        &mut self,
        bound: &Bound,
        mut launch: Launch,
        work: u64,
    ) -> Result<(), LinalgError> {
        if launch.end <= launch.first {
            return Ok(());
        }
        let count = launch.end - launch.first;
        launch.groups_x = count.min(self.device.max_groups_per_dimension());
        let groups = [launch.groups_x, count.div_ceil(launch.groups_x)];
        let immediates = bytemuck::bytes_of(&launch).to_vec();
        let state = &self.device.state;
        state.worst_work.fetch_max(work, Ordering::Relaxed);
        state.total_work.fetch_add(work, Ordering::Relaxed);
        state.dispatches.fetch_add(1, Ordering::Relaxed);
        self.push(Step::Dispatch(Dispatch { bound: bound.clone(), groups, immediates }), work)
    }

    /// One workgroup for each of the tasks of these works, in dispatches of bounded work; of
    /// `launch` only columns, panel and mode count.
    pub(super) fn tasks(
        &mut self,
        bound: &Bound,
        works: &[u64],
        launch: Launch,
    ) -> Result<(), LinalgError> {
        let side = self.device.max_groups_per_dimension();
        for range in plan::dispatches(works, self.device.max_work, side.saturating_mul(side)) {
            let work = works[range.start as usize..range.end as usize].iter().sum();
            self.dispatch(bound, Launch { first: range.start, end: range.end, ..launch }, work)?;
        }
        Ok(())
    }

    pub(super) fn push(&mut self, step: Step, work: u64) -> Result<(), LinalgError> {
        if !self.steps.is_empty() && self.device.max_work < self.work.saturating_add(work) {
            self.flush()?;
        }
        self.steps.push(step);
        self.work = self.work.saturating_add(work);
        if self.steps.len() < MAX_STEPS { Ok(()) } else { self.flush() }
    }

    /// Hands over what has been recorded; at most two submissions are under way.
    pub(super) fn flush(&mut self) -> Result<(), LinalgError> {
        if self.stop.stopped() {
            return Err(LinalgError::Stopped);
        }
        if self.steps.is_empty() {
            return Ok(());
        }
        let submission = self.device.submit(&self.steps)?;
        self.steps.clear();
        self.work = 0;
        match self.under_way.replace(submission) {
            Some(before) => self.device.wait(before),
            None => Ok(()),
        }
    }

    /// Until everything is done.
    pub(super) fn finish(&mut self) -> Result<(), LinalgError> {
        self.flush()?;
        self.under_way.take().map_or(Ok(()), |last| self.device.wait(last))
    }
}
