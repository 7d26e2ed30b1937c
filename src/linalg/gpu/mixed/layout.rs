//! Records of the kernels of the mixed precision; a test compares them with the shaders' own
//! layout.
use bytemuck::{Pod, Zeroable};

/// `Job` of `shaders/mixed.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
pub(super) struct Job {
    pub(super) order: u32,
    pub(super) source_first: u32,
    pub(super) first: u32,
    pub(super) first_row: u32,
    pub(super) first_tile: u32,
    pub(super) exponent: i32,
    pub(super) negligible: f32,
    pub(super) unused: u32,
}

/// `Task` of `shaders/mixed.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
pub(super) struct Task {
    pub(super) job: u32,
    pub(super) row: u32,
    pub(super) col: u32,
    pub(super) kind: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::gpu::shaders::*;
    use std::mem::offset_of;

    macro_rules! check_layout {
        ($kernel:expr, $type:ident { $($member:ident),* }) => {
            let layout = $kernel.layout(stringify!($type)).expect("the struct is in the shader");
            let members: &[(&str, usize)] =
                &[$((stringify!($member), offset_of!($type, $member))),*];
            assert_eq!((layout.size, layout.members), (size_of::<$type>(), members));
        };
    }

    #[test]
    fn records_have_the_layout_of_the_shaders() {
        for kernel in [&MIXED_NORMS, &MIXED_JACOBI, &MIXED_JACOBI_COMPLEX, &MIXED_PRODUCTS] {
            check_layout!(
                kernel,
                Job {
                    order,
                    source_first,
                    first,
                    first_row,
                    first_tile,
                    exponent,
                    negligible,
                    unused
                }
            );
            check_layout!(kernel, Task { job, row, col, kind });
        }
    }
}
