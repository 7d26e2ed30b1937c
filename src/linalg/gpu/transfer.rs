//! Bytes to a device and back, in parts: one is on its way while the host copies another.
use wgpu::{BufferUsages, SubmissionIndex};

use super::device::{OpenDevice, TIMEOUT};
use crate::linalg::LinalgError;

/// Host memory of an upload or download on its way, twice: bounds that of a large one.
const PART_BYTES: usize = 32 << 20;

/// Bytes on their way back.
struct Coming {
    staging: wgpu::Buffer,
    submission: SubmissionIndex,
    mapped: std::sync::mpsc::Receiver<Result<(), wgpu::BufferAsyncError>>,
}

impl OpenDevice {
    /// Fills a buffer from its beginning. wgpu stages what is written until the next submission:
    /// that is kept small, two parts at a time, one on its way while the other is filled.
    pub(super) fn write_all(&self, buffer: &wgpu::Buffer, bytes: &[u8]) -> Result<(), LinalgError> {
        let mut under_way: Option<SubmissionIndex> = None;
        for (index, part) in bytes.chunks(PART_BYTES).enumerate() {
            self.write(buffer, (index * PART_BYTES) as u64, part)?;
            if bytes.len() <= PART_BYTES {
                break;
            }
            let submission = self.guarded(|| self.queue.submit([]))?;
            if let Some(before) = under_way.replace(submission) {
                self.wait(before)?;
            }
        }
        under_way.map_or(Ok(()), |last| self.wait(last))
    }

    /// Copies `out.len()` bytes from `offset` on back to the host: while one part is read here, the
    /// next one is on its way.
    pub(super) fn read(
        &self,
        buffer: &wgpu::Buffer,
        offset: u64,
        out: &mut [u8],
    ) -> Result<(), LinalgError> {
        let mut parts = Vec::new();
        let mut from = offset;
        for part in out.chunks_mut(PART_BYTES) {
            let bytes = part.len() as u64;
            parts.push((from, part));
            from += bytes;
        }
        let usage = BufferUsages::COPY_DST | BufferUsages::MAP_READ;
        let mut coming: Option<(Coming, &mut [u8])> = None;
        // Two staging buffers are enough, however much is read.
        let mut idle: Vec<wgpu::Buffer> = Vec::new();
        for (from, part) in parts {
            let staging = match idle.pop() {
                Some(staging) => staging,
                None => self.buffer("staging", part.len() as u64, usage)?,
            };
            let next = self.fetch(buffer, from, staging, part.len() as u64)?;
            if let Some((before, out)) = coming.replace((next, part)) {
                idle.push(self.take_in(before, out)?);
            }
        }
        if let Some((last, out)) = coming {
            self.take_in(last, out)?;
        }
        Ok(())
    }

    /// Asks for bytes; they are there when [`Self::take_in`] has waited for them.
    fn fetch(
        &self,
        buffer: &wgpu::Buffer,
        from: u64,
        staging: wgpu::Buffer,
        bytes: u64,
    ) -> Result<Coming, LinalgError> {
        let (sender, mapped) = std::sync::mpsc::channel();
        let submission = self.guarded(|| {
            let mut encoder = self.device.create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(buffer, from, &staging, 0, bytes);
            let submission = self.queue.submit([encoder.finish()]);
            staging.slice(..bytes).map_async(wgpu::MapMode::Read, move |result| {
                // Nobody listens any more after a timeout.
                let _ = sender.send(result);
            });
            submission
        })?;
        Ok(Coming { staging, submission, mapped })
    }

    fn take_in(&self, coming: Coming, out: &mut [u8]) -> Result<wgpu::Buffer, LinalgError> {
        let Coming { staging, submission, mapped } = coming;
        self.wait(submission)?;
        if !matches!(mapped.recv_timeout(TIMEOUT), Ok(Ok(()))) {
            return Err(LinalgError::Driver { reason: "a buffer could not be mapped".into() });
        }
        let view = staging
            .slice(..out.len() as u64)
            .get_mapped_range()
            .map_err(|error| LinalgError::Driver { reason: error.to_string() })?;
        out.copy_from_slice(&view);
        drop(view);
        staging.unmap();
        Ok(staging)
    }
}
