//! An open device: buffers, submissions, waiting, and errors that never become panics.
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wgpu::{BufferUsages, ErrorFilter, Features, PollError, PollType, SubmissionIndex};

use super::adapters::{self, AdapterDescription};
use super::plan::over_budget;
use super::pool::{Contents, Pool, Pooled, class_of};
use super::shaders::Kernel;
use super::{GpuOptions, Precision};
use crate::linalg::LinalgError;

/// Nothing sent to a device takes a second by design, but a software adapter may wait for its cores;
/// after this time it is considered hung.
pub(super) const TIMEOUT: Duration = Duration::from_secs(120);

/// Part of an adapter's memory that is used without being told to.
const HARDWARE_SHARE: f64 = 0.8;
/// A software adapter takes its memory from the host, which needs some too.
const SOFTWARE_SHARE: f64 = 0.5;
/// Where nothing is known about an adapter's memory.
const UNKNOWN_MEMORY_BYTES: u64 = 1 << 30;

/// Floating-point operations per dispatch that keep it below 200 ms: lavapipe does 0.7 to 2 GFLOP/s
/// on two cores, the slowest f64 of hardware 50 GFLOP/s or so.
const SOFTWARE_WORK: u64 = 50_000_000;
const HARDWARE_WORK: u64 = 4_000_000_000;

#[derive(Debug)]
pub(super) struct OpenDevice {
    pub(super) description: AdapterDescription,
    /// Opened without f64.
    pub(super) mixed: bool,
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) state: Arc<State>,
    /// Floating-point operations of a dispatch.
    pub(super) max_work: u64,
    /// Of a buffer that kernels bind.
    pub(super) max_buffer_bytes: u64,
    pub(super) pool: Arc<Pool>,
    #[cfg(test)]
    pub(super) refusals: Refusals,
    /// Kernels the driver has compiled, by name.
    pipelines: Mutex<HashMap<&'static str, Arc<Pipeline>>>,
}

/// What outlives a call: whether the device is lost, and how much of the budget is taken.
#[derive(Debug)]
pub(super) struct State {
    lost: Mutex<Option<String>>,
    taken_bytes: AtomicU64,
    pub(super) budget_bytes: u64,
    /// Largest work of a dispatch so far, that of all, and their number.
    pub(super) worst_work: AtomicU64,
    pub(super) total_work: AtomicU64,
    pub(super) dispatches: AtomicU64,
}

impl State {
    fn lose(&self, reason: String) {
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.get_or_insert(reason);
    }

    fn check(&self) -> Result<(), LinalgError> {
        match &*self.lost.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(reason) => Err(LinalgError::DeviceLost { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    pub(super) fn taken_bytes(&self) -> u64 {
        self.taken_bytes.load(Ordering::Relaxed)
    }
}

/// Bytes of the budget, given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    pub(super) state: Arc<State>,
    bytes: u64,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.state.taken_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A kernel, compiled by the driver.
#[derive(Debug)]
struct Pipeline {
    pipeline: wgpu::ComputePipeline,
}

/// A compiled kernel and what it reads and writes.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pipeline: Arc<Pipeline>,
    group: wgpu::BindGroup,
}

/// One thing for the device to do.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Dispatch(Dispatch),
    Copy { from: wgpu::Buffer, from_bytes: u64, to: wgpu::Buffer, to_bytes: u64, bytes: u64 },
    Clear { buffer: wgpu::Buffer },
}

#[derive(Debug, Clone)]
pub(super) struct Dispatch {
    pub(super) bound: Bound,
    pub(super) groups: [u32; 2],
    /// Empty for a kernel without immediate data.
    pub(super) immediates: Vec<u8>,
}

impl Dispatch {
    fn encode(&self, pass: &mut wgpu::ComputePass<'_>) {
        debug_assert!(self.groups[0] != 0 && self.groups[1] != 0);
        pass.set_pipeline(&self.bound.pipeline.pipeline);
        pass.set_bind_group(0, &self.bound.group, &[]);
        if !self.immediates.is_empty() {
            pass.set_immediates(0, &self.immediates);
        }
        pass.dispatch_workgroups(self.groups[0], self.groups[1], 1);
    }
}

impl OpenDevice {
    pub(super) fn new(index: usize, options: GpuOptions) -> Result<Self, LinalgError> {
        let found = adapters::found();
        let adapter = found.get(index).ok_or_else(|| LinalgError::Unavailable {
            reason: format!("gpu:{index} does not exist, there are {} adapters", found.len()),
        })?;
        let description = adapters::describe(index, adapter);
        let mixed = match options.precision {
            Precision::Auto => !description.shader_f64,
            Precision::F64 => false,
            Precision::Mixed => true,
        };
        if !mixed && !description.shader_f64 {
            let reason = format!("{} has no f64 in shaders", description.name);
            return Err(LinalgError::Unavailable { reason });
        }
        if !adapter.features().contains(Features::IMMEDIATES) {
            let reason = format!("{} has no immediate data for shaders", description.name);
            return Err(LinalgError::Unavailable { reason });
        }
        let share = if description.software { SOFTWARE_SHARE } else { HARDWARE_SHARE };
        let usable = description
            .memory_bytes
            .map_or(UNKNOWN_MEMORY_BYTES, |bytes| (bytes as f64 * share) as u64);
        let request = wgpu::DeviceDescriptor {
            label: Some("edgestate"),
            // Integers of 64 bits serve exp and ln; a device without them does the rest.
            required_features: if mixed {
                Features::IMMEDIATES
            } else {
                Features::SHADER_F64
                    | Features::IMMEDIATES
                    | (adapter.features() & Features::SHADER_INT64)
            },
            required_limits: adapter.limits(),
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&request))
            .map_err(|error| LinalgError::Unavailable { reason: error.to_string() })?;
        let state = Arc::new(State {
            lost: Mutex::new(None),
            taken_bytes: AtomicU64::new(0),
            budget_bytes: options.memory_bytes.unwrap_or(usable),
            worst_work: AtomicU64::new(0),
            total_work: AtomicU64::new(0),
            dispatches: AtomicU64::new(0),
        });
        let on_error = Arc::clone(&state);
        // Without a handler wgpu panics.
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            on_error.lose(format!("unexpected error: {error}"));
        }));
        let on_loss = Arc::clone(&state);
        device.set_device_lost_callback(move |reason, text| {
            on_loss.lose(format!("{reason:?}: {text}"));
        });
        let work = if description.software { SOFTWARE_WORK } else { HARDWARE_WORK };
        let max_work = options.dispatch_work.unwrap_or(work);
        let limit = description.max_binding_bytes.min(description.max_buffer_bytes);
        let max_buffer_bytes = options.buffer_bytes.map_or(limit, |bytes| bytes.min(limit));
        let (pool, pipelines) = (Arc::default(), Mutex::default());
        Ok(Self {
            description,
            mixed,
            device,
            queue,
            state,
            max_work,
            max_buffer_bytes,
            pool,
            #[cfg(test)]
            refusals: Refusals::default(),
            pipelines,
        })
    }

    pub(super) fn max_groups_per_dimension(&self) -> u32 {
        self.device.limits().max_compute_workgroups_per_dimension
    }

    /// Takes `bytes` of the budget before anything is allocated.
    pub(super) fn take(&self, bytes: u64) -> Result<Share, LinalgError> {
        let budget = self.state.budget_bytes;
        let mut taken = self.state.taken_bytes();
        loop {
            let wanted = u128::from(taken) + u128::from(bytes);
            if u128::from(budget) < wanted {
                return Err(over_budget(wanted, budget));
            }
            let swapped = self.state.taken_bytes.compare_exchange_weak(
                taken,
                taken + bytes,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match swapped {
                Ok(_) => {
                    // What lies idle must not stand in the way.
                    self.pool.trim(budget - taken - bytes);
                    return Ok(Share { state: Arc::clone(&self.state), bytes });
                }
                Err(now) => taken = now,
            }
        }
    }

    /// The kernel, compiled at its first use.
    fn pipeline(&self, kernel: &'static Kernel) -> Result<Arc<Pipeline>, LinalgError> {
        let mut cache = self.pipelines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pipeline) = cache.get(kernel.name) {
            return Ok(Arc::clone(pipeline));
        }
        let pipeline = Arc::new(self.compile(kernel)?);
        cache.insert(kernel.name, Arc::clone(&pipeline));
        Ok(pipeline)
    }

    fn compile(&self, kernel: &'static Kernel) -> Result<Pipeline, LinalgError> {
        let invocations: u32 = kernel.workgroup_size.iter().product();
        let limits = &self.description;
        if limits.max_workgroup_bytes < kernel.workgroup_bytes
            || limits.max_workgroup_invocations < invocations
        {
            let reason = format!(
                "kernel {} needs {} bytes and {invocations} invocations a workgroup",
                kernel.name, kernel.workgroup_bytes
            );
            return Err(LinalgError::Unavailable { reason });
        }
        let pipeline = self.guarded(|| {
            let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(kernel.name),
                source: wgpu::ShaderSource::Wgsl(kernel.source.into()),
            });
            self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(kernel.name),
                layout: None,
                module: &module,
                entry_point: Some(kernel.entry),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants: &[],
                    // Kernels write what they read.
                    zero_initialize_workgroup_memory: false,
                },
                cache: None,
            })
        })?;
        Ok(Pipeline { pipeline })
    }

    /// A buffer that kernels read and write, and that can be copied from and to.
    pub(super) fn storage(&self, label: &str, bytes: u64) -> Result<wgpu::Buffer, LinalgError> {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
        self.buffer(label, bytes, usage)
    }

    /// A storage buffer of at least these bytes, made or taken from the pool.
    pub(super) fn pooled(
        &self,
        label: &str,
        bytes: u64,
        contents: Contents,
    ) -> Result<Pooled, LinalgError> {
        let class = class_of(bytes, self.max_buffer_bytes);
        let Some(buffer) = self.pool.take(class) else {
            // New ones hold zeros (wgpu promises so).
            return Ok(self.pool.adopt(class, self.storage(label, class)?));
        };
        if contents == Contents::Zeros {
            self.guarded(|| {
                let mut encoder = self.device.create_command_encoder(&Default::default());
                encoder.clear_buffer(&buffer, 0, None);
                self.queue.submit([encoder.finish()])
            })?;
        }
        Ok(buffer)
    }

    /// A buffer with these records in it.
    pub(super) fn records<T: bytemuck::Pod>(
        &self,
        label: &str,
        records: &[T],
    ) -> Result<wgpu::Buffer, LinalgError> {
        let bytes: &[u8] = bytemuck::cast_slice(records);
        let buffer = self.storage(label, bytes.len() as u64)?;
        self.write(&buffer, 0, bytes)?;
        Ok(buffer)
    }

    pub(super) fn write(
        &self,
        buffer: &wgpu::Buffer,
        offset: u64,
        bytes: &[u8],
    ) -> Result<(), LinalgError> {
        self.guarded(|| self.queue.write_buffer(buffer, offset, bytes))
    }

    pub(super) fn buffer(
        &self,
        label: &str,
        bytes: u64,
        usage: BufferUsages,
    ) -> Result<wgpu::Buffer, LinalgError> {
        let make = || {
            #[cfg(test)]
            self.refusals.refuse()?;
            self.guarded(|| {
                self.device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some(label),
                    size: bytes,
                    usage,
                    mapped_at_creation: false,
                })
            })
        };
        match make() {
            // What lies idle here may be what is lacking.
            Err(LinalgError::DeviceFull) => {
                self.pool.trim(0);
                make()
            }
            made => made,
        }
    }

    /// A kernel with its buffers, in the order of its bindings.
    pub(super) fn bind(
        &self,
        kernel: &'static Kernel,
        buffers: &[&wgpu::Buffer],
    ) -> Result<Bound, LinalgError> {
        debug_assert_eq!(buffers.len(), kernel.bindings.len(), "{}", kernel.name);
        let pipeline = self.pipeline(kernel)?;
        let mut entries = Vec::with_capacity(buffers.len());
        for (binding, buffer) in kernel.bindings.iter().zip(buffers) {
            let resource = buffer.as_entire_binding();
            entries.push(wgpu::BindGroupEntry { binding: binding.binding, resource });
        }
        let group = self.guarded(|| {
            self.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(kernel.name),
                layout: &pipeline.pipeline.get_bind_group_layout(0),
                entries: &entries,
            })
        })?;
        Ok(Bound { pipeline, group })
    }

    /// Hands steps to the device, one after another; each sees what those before it wrote.
    pub(super) fn submit(&self, steps: &[Step]) -> Result<SubmissionIndex, LinalgError> {
        self.guarded(|| {
            let mut encoder = self.device.create_command_encoder(&Default::default());
            let mut at = 0;
            while let Some(step) = steps.get(at) {
                at += 1;
                match step {
                    Step::Copy { from, from_bytes, to, to_bytes, bytes } => {
                        encoder.copy_buffer_to_buffer(from, *from_bytes, to, *to_bytes, *bytes);
                    }
                    Step::Clear { buffer } => encoder.clear_buffer(buffer, 0, None),
                    Step::Dispatch(first) => {
                        let mut pass = encoder.begin_compute_pass(&Default::default());
                        first.encode(&mut pass);
                        while let Some(Step::Dispatch(next)) = steps.get(at) {
                            next.encode(&mut pass);
                            at += 1;
                        }
                    }
                }
            }
            self.queue.submit([encoder.finish()])
        })
    }

    pub(super) fn wait(&self, submission: SubmissionIndex) -> Result<(), LinalgError> {
        let poll = PollType::Wait { submission_index: Some(submission), timeout: Some(TIMEOUT) };
        match self.device.poll(poll) {
            Ok(_) => {}
            Err(PollError::Timeout) => {
                self.state.lose(format!("no answer within {} s", TIMEOUT.as_secs()));
            }
            Err(error) => self.state.lose(error.to_string()),
        }
        self.state.check()
    }

    /// Runs calls to the driver; whatever they report becomes an error of ours.
    pub(super) fn guarded<R>(&self, calls: impl FnOnce() -> R) -> Result<R, LinalgError> {
        // A destroyed device accepts calls in silence: ask first.
        self.state.check()?;
        let validation = self.device.push_error_scope(ErrorFilter::Validation);
        let internal = self.device.push_error_scope(ErrorFilter::Internal);
        let memory = self.device.push_error_scope(ErrorFilter::OutOfMemory);
        let result = calls();
        // Innermost first.
        let errors = [
            pollster::block_on(memory.pop()),
            pollster::block_on(internal.pop()),
            pollster::block_on(validation.pop()),
        ];
        self.state.check()?;
        match errors.into_iter().flatten().next() {
            Some(wgpu::Error::OutOfMemory { .. }) => Err(LinalgError::DeviceFull),
            Some(error) => Err(LinalgError::Driver { reason: error.to_string() }),
            None => Ok(result),
        }
    }

    /// Ends the device, as a driver failure would.
    #[cfg(test)]
    pub(super) fn destroy(&self) {
        self.device.destroy();
        // Delivers the callback.
        let _ = self.device.poll(PollType::Poll);
    }
}

/// Memory that runs out on demand: so many of the next buffers are refused.
#[cfg(test)]
#[derive(Debug, Default)]
pub(super) struct Refusals {
    pub(super) left: AtomicU64,
}

#[cfg(test)]
impl Refusals {
    fn refuse(&self) -> Result<(), LinalgError> {
        let less = |left: u64| left.checked_sub(1);
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less) {
            Ok(_) => Err(LinalgError::DeviceFull),
            Err(_) => Ok(()),
        }
    }
}
