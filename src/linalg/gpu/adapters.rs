//! Which adapters there are.
use std::sync::OnceLock;

use wgpu::{Backends, DeviceType, Features, Instance, InstanceDescriptor, InstanceFlags};

/// An adapter as its driver describes it; nothing has been tried yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterDescription {
    /// Position in [`adapters`], the n of "gpu:n".
    pub index: usize,
    pub name: String,
    /// Name and version.
    pub driver: String,
    /// "vulkan", "metal", "dx12".
    pub backend: String,
    /// f64 in shaders; without it a device is opened in mixed precision.
    pub shader_f64: bool,
    /// 64-bit integers in shaders, which exp and ln of f64 need.
    pub shader_int64: bool,
    /// A program on the CPU, such as lavapipe.
    pub software: bool,
    /// Memory of its own (for software and integrated adapters, the part of the host's they may
    /// use); `None` where the driver's interface does not say.
    pub memory_bytes: Option<u64>,
    /// Most that a kernel can see through one binding.
    pub max_binding_bytes: u64,
    pub max_buffer_bytes: u64,
    pub max_workgroup_bytes: u32,
    pub max_workgroup_invocations: u32,
}

/// All adapters of all drivers; none is not an error.
pub fn adapters() -> Vec<AdapterDescription> {
    let found = found();
    found.iter().enumerate().map(|(index, adapter)| describe(index, adapter)).collect()
}

/// The adapters themselves, in a fixed order while the process lives.
pub(super) fn found() -> &'static [wgpu::Adapter] {
    static FOUND: OnceLock<Vec<wgpu::Adapter>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let instance = Instance::new(InstanceDescriptor {
            backends: Backends::PRIMARY,
            // Never the validation layers: wgpu would ask for them wherever debug assertions are
            // on.
            flags: InstanceFlags::empty(),
            ..InstanceDescriptor::new_without_display_handle()
        });
        let mut adapters = pollster::block_on(instance.enumerate_adapters(Backends::PRIMARY));
        // Hardware first, so that "gpu:0" is the one that is meant.
        adapters.sort_by_key(|adapter| rank(adapter.get_info().device_type));
        adapters
    })
}

fn rank(device_type: DeviceType) -> u8 {
    match device_type {
        DeviceType::DiscreteGpu => 0,
        DeviceType::VirtualGpu => 1,
        DeviceType::IntegratedGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

pub(super) fn describe(index: usize, adapter: &wgpu::Adapter) -> AdapterDescription {
    let info = adapter.get_info();
    let limits = adapter.limits();
    AdapterDescription {
        index,
        name: info.name,
        driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
        backend: info.backend.to_string(),
        shader_f64: adapter.features().contains(Features::SHADER_F64),
        shader_int64: adapter.features().contains(Features::SHADER_INT64),
        software: info.device_type == DeviceType::Cpu,
        memory_bytes: memory_bytes(adapter),
        max_binding_bytes: limits.max_storage_buffer_binding_size,
        max_buffer_bytes: limits.max_buffer_size,
        max_workgroup_bytes: limits.max_compute_workgroup_storage_size,
        max_workgroup_invocations: limits.max_compute_invocations_per_workgroup,
    }
}

/// wgpu does not say how much memory there is; Vulkan does.
#[cfg(not(target_os = "macos"))]
fn memory_bytes(adapter: &wgpu::Adapter) -> Option<u64> {
    /// VK_MEMORY_HEAP_DEVICE_LOCAL_BIT
    const DEVICE_LOCAL: u32 = 1;
    // SAFETY: the handle is only read from, while `adapter` keeps it alive.
    let vulkan = unsafe { adapter.as_hal::<wgpu::hal::api::Vulkan>() }?;
    let instance = vulkan.shared_instance().raw_instance();
    // SAFETY: the physical device belongs to this very instance.
    let memory =
        unsafe { instance.get_physical_device_memory_properties(vulkan.raw_physical_device()) };
    let count = memory.memory_heap_count as usize;
    let heaps = memory.memory_heaps.iter().take(count);
    let local = heaps.filter(|heap| heap.flags.as_raw() & DEVICE_LOCAL != 0);
    Some(local.map(|heap| heap.size).sum())
}

#[cfg(target_os = "macos")]
fn memory_bytes(_adapter: &wgpu::Adapter) -> Option<u64> {
    None
}
