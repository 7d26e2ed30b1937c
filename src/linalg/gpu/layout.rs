//! Records that travel to a kernel as they are; a test compares them with the shader's own layout.
use bytemuck::{Pod, Zeroable};

/// `Launch` of `shaders/launch.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
pub(super) struct Launch {
    pub(super) first: u32,
    pub(super) end: u32,
    /// Set by the recorder.
    pub(super) groups_x: u32,
    pub(super) column: u32,
    pub(super) end_column: u32,
    pub(super) panel: u32,
    pub(super) mode: u32,
}

impl Launch {
    pub(super) fn all(count: usize) -> Self {
        Self { end: count as u32, ..Self::default() }
    }
}

/// `Product` of `shaders/matmul.wesl`: one product `out += scale op(A) op(B)`, all in elements of
/// its buffers.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
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
    pub out_first: u32,
    /// `out` is row-major, its rows this far apart.
    pub out_row: u32,
    pub flags: u32,
    pub scale: f64,
}

/// `Job` of `shaders/magnitude.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(super) struct MagnitudeJob {
    /// In doubles.
    pub(super) first: u32,
    pub(super) order: u32,
    pub(super) parts: u32,
}

/// Some rows of a job: `Task` of several shaders.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(super) struct RowTask {
    pub(super) job: u32,
    pub(super) row: u32,
}

/// `Job` of `shaders/eigh_small.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(super) struct SmallJob {
    pub(super) first: u32,
    pub(super) order: u32,
    pub(super) first_value: u32,
    pub(super) unused: u32,
    pub(super) factor_a: f64,
    pub(super) factor_b: f64,
}

/// `Outcome` of `shaders/eigh_small.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
pub struct SmallOutcome {
    pub converged: u32,
    pub sweeps: u32,
    /// Squared Frobenius norms of A V - V L, of A, and of V^H V - 1.
    pub residual: f64,
    pub norm: f64,
    pub orthogonality: f64,
}

/// `Placement` of `shaders/gather.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(super) struct GatherPlacement {
    pub(super) rows: u32,
    pub(super) cols: u32,
    pub(super) source_first: u32,
    pub(super) source_row: u32,
    pub(super) source_col: u32,
    pub(super) conjugate: u32,
    pub(super) dest_first: u32,
    pub(super) dest_row: u32,
    pub(super) row_map: u32,
    pub(super) row_shift: u32,
    pub(super) col_map: u32,
    pub(super) col_shift: u32,
    pub(super) scale: f64,
}

/// `Task` of `shaders/gather.wesl`: a tile of a placement.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(super) struct GatherTask {
    pub(super) placement: u32,
    pub(super) row: u32,
    pub(super) col: u32,
}

/// `Target` of `shaders/gather.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(super) struct GatherTarget {
    pub(super) to: u32,
    pub(super) unused: u32,
    pub(super) factor: f64,
}

/// `Entry` of `shaders/diagonal.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(super) struct DiagonalEntry {
    pub(super) at: u32,
    pub(super) unused: u32,
    pub(super) value: f64,
}

/// `Job` of `shaders/divide.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(super) struct DivideJob {
    pub(super) first: u32,
    pub(super) rows: u32,
    pub(super) cols: u32,
    pub(super) first_row: u32,
    pub(super) first_col: u32,
}

/// `Job` of `shaders/column_dots.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(super) struct DotsJob {
    pub(super) a_first: u32,
    pub(super) b_first: u32,
    pub(super) rows: u32,
    pub(super) cols: u32,
    pub(super) out_first: u32,
}

/// `Job` of `shaders/large.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
pub(super) struct LargeJob {
    pub(super) order: u32,
    pub(super) source_first: u32,
    pub(super) first: u32,
    pub(super) first_row: u32,
    pub(super) panel_first: u32,
    pub(super) part_first: u32,
    pub(super) factor_a: f64,
    pub(super) factor_b: f64,
}

/// `Job` of `shaders/turn_columns.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
pub(super) struct TurnJob {
    pub(super) first: u32,
    pub(super) stride: u32,
    pub(super) rows: u32,
    pub(super) first_rotation: u32,
    pub(super) end_rotation: u32,
}

/// `Rotation` of `shaders/turn_columns.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
pub(super) struct Turn {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) cosine: f64,
    pub(super) sine: f64,
}

/// `Job` of `shaders/node.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
pub(super) struct NodeJob {
    pub(super) count: u32,
    pub(super) first: u32,
    pub(super) vectors_first: u32,
    pub(super) unused: u32,
    pub(super) rho: f64,
    pub(super) weight: f64,
}

/// `Task` of `shaders/node.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
pub(super) struct NodeTask {
    pub(super) job: u32,
    pub(super) first: u32,
}

/// `Root` of `shaders/node.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
pub(super) struct Root {
    pub(super) origin: u32,
    pub(super) trips: u32,
    pub(super) shift: f64,
}

/// `Panel` of `shaders/compact_wy.wesl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
pub(super) struct PanelRecord {
    pub(super) first: u32,
    pub(super) first_tau: u32,
    pub(super) count: u32,
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
    pub(super) unused: u32,
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
    use crate::linalg::gpu::shaders::*;
    use std::mem::offset_of;

    fn check(kernel: &Kernel, name: &str, size: usize, members: &[(&str, usize)]) {
        let layout = kernel.layout(name).expect("the struct is in the shader");
        assert_eq!((layout.size, layout.members), (size, members), "{} {name}", kernel.name);
    }

    macro_rules! check_layout {
        ($kernel:expr, $name:literal, $type:ident { $($member:ident),* }) => {
            check(
                &$kernel,
                $name,
                size_of::<$type>(),
                &[$((stringify!($member), offset_of!($type, $member))),*],
            )
        };
    }

    #[test]
    fn records_have_the_layout_of_the_shaders() {
        for kernel in [&MATMUL, &MATMUL_COMPLEX] {
            check_layout!(
                kernel,
                "Launch",
                Launch { first, end, groups_x, column, end_column, panel, mode }
            );
            check_layout!(
                kernel,
                "Product",
                Product {
                    rows,
                    cols,
                    depth,
                    a_first,
                    a_row,
                    a_col,
                    b_first,
                    b_row,
                    b_col,
                    out_first,
                    out_row,
                    flags,
                    scale
                }
            );
            check_layout!(kernel, "Task", Task { product, row, col });
        }
        check_layout!(SELF_TEST, "Pair", Pair { x, y });
        check_layout!(
            SELF_TEST,
            "Results",
            Results { sum, product, quotient, root, multiply_add, steps }
        );
        check_layout!(BROADEN, "Peak", PeakRecord { position, width, inverse_width, re, im });
        check_layout!(
            BROADEN,
            "Params",
            BroadenParams {
                crossover,
                inverse_crossover,
                kernel,
                frequencies,
                peaks,
                first_block,
                end_block,
                unused
            }
        );
        check_layout!(BROADEN, "Sum", Sum { re, re_carried, im, im_carried, magnitude });
        for kernel in [&GATHER, &GATHER_COMPLEX] {
            check_layout!(
                kernel,
                "Placement",
                GatherPlacement {
                    rows,
                    cols,
                    source_first,
                    source_row,
                    source_col,
                    conjugate,
                    dest_first,
                    dest_row,
                    row_map,
                    row_shift,
                    col_map,
                    col_shift,
                    scale
                }
            );
            check_layout!(kernel, "Task", GatherTask { placement, row, col });
            check_layout!(kernel, "Target", GatherTarget { to, unused, factor });
        }
        check_layout!(DIAGONAL, "Entry", DiagonalEntry { at, unused, value });
        check_layout!(DIVIDE, "Job", DivideJob { first, rows, cols, first_row, first_col });
        check_layout!(DIVIDE, "Task", RowTask { job, row });
        check_layout!(COLUMN_DOTS, "Job", DotsJob { a_first, b_first, rows, cols, out_first });
        check_layout!(COLUMN_DOTS, "Task", RowTask { job, row });
        for kernel in [&PREPARE, &REFLECT, &UPDATE_COMPLEX, &ORDER_COLUMNS, &DEFECTS] {
            check_layout!(
                kernel,
                "Job",
                LargeJob {
                    order,
                    source_first,
                    first,
                    first_row,
                    panel_first,
                    part_first,
                    factor_a,
                    factor_b
                }
            );
            check_layout!(kernel, "Task", RowTask { job, row });
        }
        check_layout!(
            TURN_COLUMNS,
            "Job",
            TurnJob { first, stride, rows, first_rotation, end_rotation }
        );
        check_layout!(TURN_COLUMNS, "Rotation", Turn { x, y, cosine, sine });
        for kernel in [&SECULAR, &EXACT_WEIGHTS, &INNER_VECTORS] {
            check_layout!(
                kernel,
                "Job",
                NodeJob { count, first, vectors_first, unused, rho, weight }
            );
            check_layout!(kernel, "Task", NodeTask { job, first });
            check_layout!(kernel, "Root", Root { origin, trips, shift });
        }
        check_layout!(COMPACT_WY, "Panel", PanelRecord { first, first_tau, count });
        check_layout!(MAGNITUDE, "Job", MagnitudeJob { first, order, parts });
        check_layout!(MAGNITUDE, "Task", RowTask { job, row });
        for kernel in [&EIGH_SMALL, &EIGH_SMALL_COMPLEX] {
            check_layout!(
                kernel,
                "Job",
                SmallJob { first, order, first_value, unused, factor_a, factor_b }
            );
            check_layout!(
                kernel,
                "Outcome",
                SmallOutcome { converged, sweeps, residual, norm, orthogonality }
            );
        }
    }
}
