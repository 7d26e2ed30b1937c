//! The kernels, as the build script found them: text, entry point, bindings, layouts, constants.

/// What the host must know about a kernel, read from the compiled shader.
#[derive(Debug)]
pub struct Kernel {
    pub name: &'static str,
    pub entry: &'static str,
    pub workgroup_size: [u32; 3],
    /// Workgroup memory.
    pub workgroup_bytes: u32,
    pub bindings: &'static [Binding],
    pub structs: &'static [Layout],
    /// WGSL.
    pub source: &'static str,
}

#[derive(Debug)]
pub struct Binding {
    pub group: u32,
    pub binding: u32,
    pub name: &'static str,
    pub access: Access,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    ReadWrite,
}

#[derive(Debug)]
pub struct Layout {
    pub name: &'static str,
    pub size: usize,
    /// Name and offset in bytes.
    pub members: &'static [(&'static str, usize)],
}

impl Kernel {
    /// The layout of one of the kernel's structs.
    pub fn layout(&self, name: &str) -> Option<&Layout> {
        self.structs.iter().find(|layout| layout.name == name)
    }
}

include!(concat!(env!("OUT_DIR"), "/shaders.rs"));
