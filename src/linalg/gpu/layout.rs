//! Records that travel to a kernel as they are; a test compares them with the shader's own layout.
use bytemuck::{Pod, Zeroable};

/// `Params` of `shaders/matmul.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(super) struct Params {
    pub(super) first_task: u32,
    pub(super) end_task: u32,
    pub(super) groups_x: u32,
}

/// `Product` of `shaders/matmul.wesl`: one product `out = A B`, all in elements of its buffers.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct Product {
    pub rows: u32,
    pub cols: u32,
    pub depth: u32,
    pub a_first: u32,
    pub a_row: u32,
    pub a_col: u32,
    pub b_first: u32,
    pub b_row: u32,
    pub b_col: u32,
    /// `out` is row-major.
    pub out_first: u32,
}

/// `Task` of `shaders/matmul.wesl`: a tile of a product.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub(super) struct Task {
    pub(super) product: u32,
    pub(super) row: u32,
    pub(super) col: u32,
}

/// `Pair` of `shaders/self_test.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(super) struct Pair {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// `Results` of `shaders/self_test.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub(super) struct Results {
    pub(super) sum: f64,
    pub(super) product: f64,
    pub(super) quotient: f64,
    pub(super) root: f64,
    pub(super) multiply_add: f64,
    pub(super) steps: f64,
}

/// `Params` of `shaders/broaden.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(super) struct BroadenParams {
    pub(super) crossover: f64,
    pub(super) inverse_crossover: f64,
    pub(super) kernel: u32,
    pub(super) frequencies: u32,
    pub(super) peaks: u32,
    pub(super) first_block: u32,
    pub(super) end_block: u32,
    pub(super) padding: u32,
}

/// `Peak` of `shaders/broaden.wesl`; the weight is divided by pi or sqrt(pi) times the width.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct PeakRecord {
    pub position: f64,
    pub width: f64,
    pub inverse_width: f64,
    pub re: f64,
    pub im: f64,
}

/// `Sum` of `shaders/broaden.wesl`: what one slot has added up at one frequency.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
pub struct Sum {
    pub re: f64,
    pub re_carried: f64,
    pub im: f64,
    pub im_carried: f64,
    pub magnitude: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::gpu::shaders::{BROADEN, Kernel, MATMUL, SELF_TEST};
    use std::mem::offset_of;

    fn check(kernel: &Kernel, name: &str, size: usize, members: &[(&str, usize)]) {
        let layout = kernel.layout(name).expect("the struct is in the shader");
        assert_eq!((layout.size, layout.members), (size, members), "{} {name}", kernel.name);
    }

    macro_rules! check_layout {
        ($kernel:expr, $type:ident { $($member:ident),* }) => {
            check(
                &$kernel,
                stringify!($type),
                size_of::<$type>(),
                &[$((stringify!($member), offset_of!($type, $member))),*],
            )
        };
    }

    #[test]
    fn records_have_the_layout_of_the_shaders() {
        check_layout!(MATMUL, Params { first_task, end_task, groups_x });
        check_layout!(
            MATMUL,
            Product { rows, cols, depth, a_first, a_row, a_col, b_first, b_row, b_col, out_first }
        );
        check_layout!(MATMUL, Task { product, row, col });
        check_layout!(SELF_TEST, Pair { x, y });
        type Peak = PeakRecord;
        check_layout!(BROADEN, Peak { position, width, inverse_width, re, im });
        check_layout!(BROADEN, Sum { re, re_carried, im, im_carried, magnitude });
        type Params = BroadenParams;
        let members = &[
            ("crossover", offset_of!(Params, crossover)),
            ("inverse_crossover", offset_of!(Params, inverse_crossover)),
            ("kernel", offset_of!(Params, kernel)),
            ("frequencies", offset_of!(Params, frequencies)),
            ("peaks", offset_of!(Params, peaks)),
            ("first_block", offset_of!(Params, first_block)),
            ("end_block", offset_of!(Params, end_block)),
        ];
        check(&BROADEN, "Params", size_of::<Params>(), members);
        check_layout!(SELF_TEST, Results { sum, product, quotient, root, multiply_add, steps });
    }
}
