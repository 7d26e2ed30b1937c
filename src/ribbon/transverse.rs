//! Functions across the ribbon and the derivative between them: lattice sites, or polynomials that
//! vanish at both edges (section 6).

/// `1, d, d^2, d^3` between the functions across, real and sparse; the reflection `y -> -y`.
#[derive(Debug, Clone)]
pub struct Transverse {
    pub count: usize,
    /// Elements (row, column, value) of every power, all of them (not one triangle).
    pub powers: [Vec<(u32, u32, f64)>; 4],
    /// Functions further apart than this do not couple.
    pub reach: usize,
    pub kind: Kind,
    pub width_nm: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Sites 1..=count at a spacing of width/(count + 1), orthonormal.
    Lattice,
    /// `c_n (L_n - L_(n+2))`: their overlaps are the power 0.
    Polynomials,
}

impl Transverse {
    /// `sites` sites; the wave function vanishes one spacing beyond the outer ones.
    pub fn lattice(width_nm: f64, sites: usize) -> Self {
        let a = width_nm / (sites as f64 + 1.0);
        let stencils: [&[(isize, f64)]; 4] = [
            &[(0, 1.0)],
            &[(1, 0.5), (-1, -0.5)],
            &[(0, -2.0), (1, 1.0), (-1, 1.0)],
            // ky^3 -> (2 sin - sin 2)/a^3, d^3 = i ky^3... with the sign of the central difference.
            &[(1, -1.0), (-1, 1.0), (2, 0.5), (-2, -0.5)],
        ];
        let mut powers: [Vec<(u32, u32, f64)>; 4] = Default::default();
        for (p, stencil) in stencils.into_iter().enumerate() {
            let scale = a.powi(p as i32).recip();
            for row in 0..sites {
                for (shift, value) in stencil {
                    if let Some(col) = row.checked_add_signed(*shift).filter(|col| *col < sites) {
                        powers[p].push((row as u32, col as u32, value * scale));
                    }
                }
            }
        }
        Self { count: sites, powers, reach: 1, kind: Kind::Lattice, width_nm }
    }

    /// `count` polynomials of degree 2, 3, ... that vanish at both edges. There is no third power:
    /// hard walls do not define it.
    pub fn polynomials(width_nm: f64, count: usize) -> Self {
        let norm = |n: usize| (4.0 * n as f64 + 6.0).sqrt().recip();
        let legendre = |n: usize| 2.0 / (2.0 * n as f64 + 1.0);
        let half = 0.5 * width_nm;
        let mut powers: [Vec<(u32, u32, f64)>; 4] = Default::default();
        for n in 0..count {
            let (i, c) = (n as u32, norm(n));
            powers[0].push((i, i, half * c * c * (legendre(n) + legendre(n + 2))));
            if n + 2 < count {
                let overlap = -half * c * norm(n + 2) * legendre(n + 2);
                powers[0].push((i, i + 2, overlap));
                powers[0].push((i + 2, i, overlap));
            }
            // phi_k' = -c_k (2k + 3) L_(k+1): met by phi_(k+1) and phi_(k-1).
            if n + 1 < count {
                let slope = -c * norm(n + 1) * (2.0 * n as f64 + 3.0) * legendre(n + 1);
                powers[1].push((i + 1, i, slope));
                powers[1].push((i, i + 1, -slope));
            }
            powers[2].push((i, i, -1.0 / half));
        }
        Self { count, powers, reach: 2, kind: Kind::Polynomials, width_nm }
    }

    /// `f(-y)`: the function that `index` becomes, and its factor.
    pub fn reflected(&self, index: usize) -> (usize, f64) {
        match self.kind {
            Kind::Lattice => (self.count - 1 - index, 1.0),
            Kind::Polynomials => (index, if index.is_multiple_of(2) { 1.0 } else { -1.0 }),
        }
    }

    /// Place of a function in an order in which reflected partners are neighbours.
    pub fn folded(&self, index: usize) -> usize {
        match self.kind {
            Kind::Lattice if index < self.count.div_ceil(2) => 2 * index,
            Kind::Lattice => 2 * (self.count - 1 - index) + 1,
            Kind::Polynomials => index,
        }
    }

    /// Positions across in nm and, of every function, its values there: `(y, weight, values)` with
    /// weights of a quadrature that is exact for products of the functions.
    pub fn quadrature(&self) -> Quadrature {
        match self.kind {
            Kind::Lattice => {
                let a = self.width_nm / (self.count as f64 + 1.0);
                let y = |i: usize| (i as f64 + 1.0) * a - 0.5 * self.width_nm;
                Quadrature {
                    positions_nm: (0..self.count).map(y).collect(),
                    weights: vec![a; self.count],
                    values: None,
                }
            }
            Kind::Polynomials => polynomial_quadrature(self.width_nm, self.count),
        }
    }
}

/// Where densities are looked at. A density integrates by its weights.
#[derive(Debug, Clone)]
pub struct Quadrature {
    pub positions_nm: Vec<f64>,
    pub weights: Vec<f64>,
    /// Row per position, column per function; none for sites (the identity).
    pub values: Option<Vec<Vec<f64>>>,
}

/// Gauss-Legendre on each half of the ribbon: exact for the integral over one half too.
fn polynomial_quadrature(width_nm: f64, count: usize) -> Quadrature {
    let points = count + 3;
    let (nodes, node_weights) = gauss_legendre(points);
    let half = 0.5 * width_nm;
    let (mut positions_nm, mut weights, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for side in [-0.5, 0.5] {
        for (node, weight) in nodes.iter().zip(&node_weights) {
            let x = side + 0.5 * node;
            positions_nm.push(x * half);
            weights.push(0.5 * weight * half);
            values.push(edge_polynomials(x, count));
        }
    }
    Quadrature { positions_nm, weights, values: Some(values) }
}

/// `c_n (L_n(x) - L_(n+2)(x))`.
fn edge_polynomials(x: f64, count: usize) -> Vec<f64> {
    let legendre = legendre_values(x, count + 2);
    (0..count).map(|n| (legendre[n] - legendre[n + 2]) / (4.0 * n as f64 + 6.0).sqrt()).collect()
}

fn legendre_values(x: f64, count: usize) -> Vec<f64> {
    let mut values = vec![1.0, x];
    for n in 1..count.max(1) {
        let k = n as f64;
        values.push(((2.0 * k + 1.0) * x * values[n] - k * values[n - 1]) / (k + 1.0));
    }
    values
}

/// Nodes and weights on (-1, 1), by Newton's iteration.
fn gauss_legendre(count: usize) -> (Vec<f64>, Vec<f64>) {
    let n = count as f64;
    (0..count)
        .map(|i| {
            let mut x = -(std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..8 {
                let values = legendre_values(x, count);
                slope = n * (x * values[count] - values[count - 1]) / (x * x - 1.0);
                x -= values[count] / slope;
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
        .unzip()
}
