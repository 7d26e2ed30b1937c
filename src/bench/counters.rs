//! What one diagonalization with all vectors has to do: floating-point operations and bytes.
//!
//! The counts are those of the classical way without deflation (Golub and Van Loan, Matrix
//! Computations, 8.3-8.4): they do not depend on who solves, so that shares can be compared. A
//! solver that deflates does less than is counted.

/// Of one matrix or many.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Work {
    pub flops: f64,
    /// Moved between memory and processor at the least.
    pub bytes: f64,
}

/// What a machine can do at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    pub flops_per_second: f64,
    pub bytes_per_second: f64,
    /// A matrix whose triangle fits in here is read from memory once.
    pub cache_bytes: f64,
}

/// Operations of an order-n matrix, all values and vectors: Householder tridiagonalization 4/3 n^3,
/// divide and conquer 4/3 n^3 (products of the two halves on every level, n^3 (1 + 1/4 + ...)),
/// reflectors applied to n vectors 2 n^3. Complex: the first and the last four times that, the tridiagonal
/// problem stays real.
pub fn flops(order: usize, complex: bool) -> f64 {
    let cube = (order as f64).powi(3);
    let dense = (4.0 / 3.0 + 2.0) * cube;
    let tridiagonal = 4.0 / 3.0 * cube;
    tridiagonal + if complex { 4.0 * dense } else { dense }
}

/// Bytes: the matrix in, vectors and values out; and, where the triangle exceeds `cache_bytes`, the
/// trailing triangle once per column of the tridiagonalization (n^3/6 elements in all).
pub fn bytes(order: usize, complex: bool, cache_bytes: f64) -> f64 {
    let n = order as f64;
    let element = if complex { 16.0 } else { 8.0 };
    let once = 2.0 * n * n * element + 8.0 * n;
    let streamed =
        if cache_bytes < 0.5 * n * n * element { n.powi(3) / 6.0 * element } else { 0.0 };
    once + streamed
}

impl Work {
    pub fn of(orders: &[usize], complex: bool, cache_bytes: f64) -> Self {
        orders.iter().fold(Self::default(), |sum, order| Self {
            flops: sum.flops + flops(*order, complex),
            bytes: sum.bytes + bytes(*order, complex, cache_bytes),
        })
    }

    /// The time below which `peak` cannot do it, whatever the program.
    pub fn least_seconds(self, peak: Peak) -> f64 {
        (self.flops / peak.flops_per_second).max(self.bytes / peak.bytes_per_second)
    }
}
