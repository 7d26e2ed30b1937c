//! Spin and charge diffusion, Eqs. (8), (15), (16), on a rectangular film: bilinear finite
//! elements.
//!
//! Weak form with test functions v (charge) and w_b (spin), no flux through free edges:
//!   int D_c dv.drho + D theta (d_x v d_y s_z - d_y v d_x s_z) = int v q,
//!   int D_T d_j w_b d_j s_b + (D_L - D_T + kappa) d_j w_b d_b s_j - kappa div w div s
//!       + D theta (d_x w_z d_y rho - d_y w_z d_x rho) + w_b s_b/tau_s = int w_b q_b.
//! The form is positive where D_0, D_1, D_2 and D_c are; swapping and spin Hall currents, which
//! drop out of the bulk equation (16), act at the edges. (s_x, s_y) and (rho, s_z) do not mix in a
//! film.
use crate::invalid::Invalid;
use crate::linalg::sparse::solve_sparse;
use crate::transport::{TransportError, finite, positive};

const MAX_NODES: u64 = 250_000;

/// What both ends of the film (x = 0 and x = length) do to the spin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpinEnd {
    Closed,
    Sink,
}

/// A part of the film.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rectangle {
    pub x_m: [f64; 2],
    pub y_m: [f64; 2],
}

/// Charge (in units of rho, half the electron density) and spin put into a rectangle per second and
/// metre of thickness, spread evenly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Source {
    pub place: Rectangle,
    pub charge: f64,
    pub spin: [f64; 3],
}

/// A film 0 <= x <= length, 0 <= y <= width; the charge leaves at x = 0 (rho = 0 there).
#[derive(Debug, Clone, PartialEq)]
pub struct Film {
    pub length_m: f64,
    pub width_m: f64,
    /// Elements along x and y.
    pub cells: [usize; 2],
    pub d_charge_m2_per_s: f64,
    pub d_longitudinal_m2_per_s: f64,
    pub d_transverse_m2_per_s: f64,
    pub kappa_m2_per_s: f64,
    /// D theta_sH
    pub d_theta_m2_per_s: f64,
    pub tau_s_s: f64,
    pub left: SpinEnd,
    pub right: SpinEnd,
    pub sources: Vec<Source>,
}

/// Densities at the nodes, row-major with x slowest: node (i, j) is `i * (cells[1] + 1) + j`.
#[derive(Debug, Clone, PartialEq)]
pub struct FilmSolution {
    cells: [usize; 2],
    steps: [f64; 2],
    pub rho: Vec<f64>,
    pub spin: [Vec<f64>; 3],
    /// |A x - b|/(|A||x| + |b|), the larger of the two systems.
    pub residual: f64,
}

/// Hat functions on one axis: their integrals over an interval, and interpolation.
#[derive(Debug, Clone, Copy)]
struct Axis {
    cells: usize,
    step: f64,
}

impl Axis {
    /// (node, weight): integrals of the hat functions over [from, to].
    fn over(self, from: f64, to: f64) -> Vec<(usize, f64)> {
        let mut weights = vec![0.0; self.cells + 1];
        for cell in 0..self.cells {
            let left = self.step * cell as f64;
            let (low, high) = (from.max(left), to.min(left + self.step));
            if low < high {
                let middle = (0.5 * (low + high) - left) / self.step;
                weights[cell] += (high - low) * (1.0 - middle);
                weights[cell + 1] += (high - low) * middle;
            }
        }
        weights.into_iter().enumerate().filter(|(_, weight)| *weight != 0.0).collect()
    }
}

impl Film {
    fn axes(&self) -> [Axis; 2] {
        let [x, y] = self.cells;
        [
            Axis { cells: x, step: self.length_m / x as f64 },
            Axis { cells: y, step: self.width_m / y as f64 },
        ]
    }

    pub(crate) fn validate(&self) -> Result<(), TransportError> {
        for (field, value) in [
            ("length_m", self.length_m),
            ("width_m", self.width_m),
            ("d_charge_m2_per_s", self.d_charge_m2_per_s),
            ("d_longitudinal_m2_per_s", self.d_longitudinal_m2_per_s),
            ("d_transverse_m2_per_s", self.d_transverse_m2_per_s),
            ("tau_s_s", self.tau_s_s),
        ] {
            positive(field, value)?;
        }
        finite("d_theta_m2_per_s", self.d_theta_m2_per_s)?;
        finite("kappa_m2_per_s", self.kappa_m2_per_s)?;
        // D_0 = D_L - 2 kappa, D_2 = D_L + kappa, D_1 = 2 D_T - D_2.
        let d2 = self.d_longitudinal_m2_per_s + self.kappa_m2_per_s;
        let d0 = self.d_longitudinal_m2_per_s - 2.0 * self.kappa_m2_per_s;
        if d0 <= 0.0 || d2 <= 0.0 || 2.0 * self.d_transverse_m2_per_s <= d2 {
            let expected = "coefficients with D_0, D_1, D_2 above 0 (otherwise spin waves grow)";
            return Err(Invalid::new("kappa_m2_per_s", self.kappa_m2_per_s, expected).into());
        }
        for (index, cells) in self.cells.into_iter().enumerate() {
            if cells == 0 {
                return Err(Invalid::new(format!("cells[{index}]"), 0, "at least 1").into());
            }
        }
        let nodes = self.cells.iter().fold(1_u64, |n, c| n.saturating_mul(*c as u64 + 1));
        if MAX_NODES < nodes {
            let what = "grid of the film (nodes)";
            return Err(TransportError::TooLarge { what, needed: nodes, limit: MAX_NODES });
        }
        for (index, source) in self.sources.iter().enumerate() {
            self.check_place(&format!("sources[{index}].place"), &source.place)?;
            finite(&format!("sources[{index}].charge"), source.charge)?;
            for value in source.spin {
                finite(&format!("sources[{index}].spin"), value)?;
            }
        }
        Ok(())
    }

    pub(crate) fn check_place(&self, field: &str, place: &Rectangle) -> Result<(), Invalid> {
        for (axis, [from, to], end) in
            [("x_m", place.x_m, self.length_m), ("y_m", place.y_m, self.width_m)]
        {
            if !(0.0 <= from && from < to && to <= end) {
                let expected = format!("0 <= from < to <= {end}");
                return Err(Invalid::new(format!("{field}.{axis}"), from, expected));
            }
        }
        Ok(())
    }

    /// Node weights of the integral over a rectangle.
    fn integral(&self, place: &Rectangle) -> Vec<(usize, f64)> {
        let [x, y] = self.axes();
        let across = y.over(place.y_m[0], place.y_m[1]);
        let mut weights = Vec::new();
        for (i, wx) in x.over(place.x_m[0], place.x_m[1]) {
            weights.extend(across.iter().map(|(j, wy)| (i * (self.cells[1] + 1) + j, wx * wy)));
        }
        weights
    }
}

/// Integrals over one element of products of two of its four hat functions, by kind of derivative.
struct Element {
    /// Of d_x d_x, d_y d_y, d_x d_y (first function, second function), and no derivative.
    xx: [[f64; 4]; 4],
    yy: [[f64; 4]; 4],
    xy: [[f64; 4]; 4],
    mass: [[f64; 4]; 4],
}

impl Element {
    fn new(hx: f64, hy: f64) -> Self {
        let mass = |h: f64, a: usize, b: usize| h / if a == b { 3.0 } else { 6.0 };
        let stiff = |h: f64, a: usize, b: usize| if a == b { 1.0 / h } else { -1.0 / h };
        // int phi_a' phi_b: the slope of phi_a times half the element
        let slope = |a: usize| if a == 0 { -0.5 } else { 0.5 };
        let table = |f: &dyn Fn([usize; 2], [usize; 2]) -> f64| {
            std::array::from_fn(|a| std::array::from_fn(|b| f([a / 2, a % 2], [b / 2, b % 2])))
        };
        Self {
            xx: table(&|a, b| stiff(hx, a[0], b[0]) * mass(hy, a[1], b[1])),
            yy: table(&|a, b| mass(hx, a[0], b[0]) * stiff(hy, a[1], b[1])),
            xy: table(&|a, b| slope(a[0]) * slope(b[1])),
            mass: table(&|a, b| mass(hx, a[0], b[0]) * mass(hy, a[1], b[1])),
        }
    }
}

/// A system of two fields on the same nodes; unknown `2 node + field`.
struct System {
    order: usize,
    entries: Vec<(usize, usize, f64)>,
    right: Vec<f64>,
    fixed: Vec<bool>,
}

impl System {
    fn new(film: &Film, block: impl Fn(usize, usize) -> [[f64; 2]; 2]) -> Self {
        let rows = film.cells[1] + 1;
        let order = 2 * (film.cells[0] + 1) * rows;
        let mut entries = Vec::with_capacity(64 * film.cells[0] * film.cells[1]);
        for i in 0..film.cells[0] {
            for j in 0..film.cells[1] {
                let node = |corner: usize| (i + corner / 2) * rows + j + corner % 2;
                for a in 0..4 {
                    for b in 0..4 {
                        let values = block(a, b);
                        for (f, row) in values.iter().enumerate() {
                            for (g, value) in row.iter().enumerate() {
                                if *value != 0.0 {
                                    entries.push((2 * node(a) + f, 2 * node(b) + g, *value));
                                }
                            }
                        }
                    }
                }
            }
        }
        Self { order, entries, right: vec![0.0; order], fixed: vec![false; order] }
    }

    /// Sets `field` to zero at all nodes of column `i`.
    fn fix(&mut self, film: &Film, field: usize, i: usize) {
        let rows = film.cells[1] + 1;
        for node in i * rows..(i + 1) * rows {
            self.fixed[2 * node + field] = true;
        }
    }

    fn add(&mut self, film: &Film, field: usize, place: &Rectangle, total: f64) {
        if total != 0.0 {
            let area = (place.x_m[1] - place.x_m[0]) * (place.y_m[1] - place.y_m[0]);
            for (node, weight) in film.integral(place) {
                self.right[2 * node + field] += total * weight / area;
            }
        }
    }

    fn solve(mut self) -> Result<([Vec<f64>; 2], f64), TransportError> {
        // Zero everywhere: nothing drives these fields.
        if self.right.iter().all(|value| *value == 0.0) {
            return Ok(([vec![0.0; self.order / 2], vec![0.0; self.order / 2]], 0.0));
        }
        let fixed = &self.fixed;
        self.entries.retain(|(row, column, _)| !fixed[*row] && !fixed[*column]);
        for index in 0..self.order {
            if self.fixed[index] {
                self.entries.push((index, index, 1.0));
                self.right[index] = 0.0;
            }
        }
        let solved = solve_sparse(self.order, &self.entries, &self.right)?;
        let field = |f: usize| solved.x.iter().skip(f).step_by(2).copied().collect();
        Ok(([field(0), field(1)], solved.residual))
    }
}

/// Stationary densities for the sources of `film`.
///
/// # Errors
/// `Invalid` for coefficients without a positive form, places outside the film; `TooLarge` above
/// 250,000 nodes; `Linalg` if the factorization fails.
pub fn solve_film(film: &Film) -> Result<FilmSolution, TransportError> {
    film.validate()?;
    let [x, y] = film.axes();
    let element = Element::new(x.step, y.step);
    let (along, across) = (film.d_longitudinal_m2_per_s, film.d_transverse_m2_per_s);
    let (kappa, rate) = (film.kappa_m2_per_s, 1.0 / film.tau_s_s);
    let (charge, theta) = (film.d_charge_m2_per_s, film.d_theta_m2_per_s);
    let mixed = along - across + kappa;
    let mut plane = System::new(film, |a, b| {
        let (xx, yy) = (element.xx[a][b], element.yy[a][b]);
        let (xy, yx) = (element.xy[a][b], element.xy[b][a]);
        let common = across * (xx + yy) + rate * element.mass[a][b];
        // d_j w_b d_b s_j: (x,x), (y,y) on the diagonal, d_y w_x d_x s_y beside it;
        // div w div s: d_x w_x d_y s_y.
        [
            [common + (mixed - kappa) * xx, mixed * yx - kappa * xy],
            [mixed * xy - kappa * yx, common + (mixed - kappa) * yy],
        ]
    });
    let mut normal = System::new(film, |a, b| {
        let laplacian = element.xx[a][b] + element.yy[a][b];
        let turn = theta * (element.xy[a][b] - element.xy[b][a]);
        [[charge * laplacian, turn], [turn, across * laplacian + rate * element.mass[a][b]]]
    });
    for source in &film.sources {
        let [sx, sy, sz] = source.spin;
        plane.add(film, 0, &source.place, sx);
        plane.add(film, 1, &source.place, sy);
        normal.add(film, 0, &source.place, source.charge);
        normal.add(film, 1, &source.place, sz);
    }
    normal.fix(film, 0, 0);
    for (end, column) in [(film.left, 0), (film.right, film.cells[0])] {
        if end == SpinEnd::Sink {
            plane.fix(film, 0, column);
            plane.fix(film, 1, column);
            normal.fix(film, 1, column);
        }
    }
    let ([spin_x, spin_y], plane_residual) = plane.solve()?;
    let ([rho, spin_z], normal_residual) = normal.solve()?;
    Ok(FilmSolution {
        cells: film.cells,
        steps: [x.step, y.step],
        rho,
        spin: [spin_x, spin_y, spin_z],
        residual: plane_residual.max(normal_residual),
    })
}

impl FilmSolution {
    /// Position of node `index` in metres.
    pub fn position_m(&self, index: usize) -> [f64; 2] {
        let rows = self.cells[1] + 1;
        [self.steps[0] * (index / rows) as f64, self.steps[1] * (index % rows) as f64]
    }

    /// Means of rho, s_x, s_y, s_z over a rectangle: what a contact there measures.
    ///
    /// # Errors
    /// A rectangle that is not within `film`.
    pub fn mean(&self, film: &Film, place: &Rectangle) -> Result<[f64; 4], Invalid> {
        film.check_place("place", place)?;
        let area = (place.x_m[1] - place.x_m[0]) * (place.y_m[1] - place.y_m[0]);
        let mut sums = [0.0; 4];
        for (node, weight) in film.integral(place) {
            let fields = [&self.rho, &self.spin[0], &self.spin[1], &self.spin[2]];
            for (sum, field) in sums.iter_mut().zip(fields) {
                *sum += field[node] * weight / area;
            }
        }
        Ok(sums)
    }

    /// Transverse voltage rho/(e NF) between the edges y = width and y = 0 at the node column
    /// nearest to `x_m`; NF per spin and J m^3. For charge source units of 1/(s m).
    pub fn transverse_voltage(&self, x_m: f64, density_of_states_per_j_m3: f64) -> f64 {
        let rows = self.cells[1] + 1;
        let column = ((x_m / self.steps[0]).round().max(0.0) as usize).min(self.cells[0]);
        let difference = self.rho[column * rows + rows - 1] - self.rho[column * rows];
        difference / (1.602_176_634e-19 * density_of_states_per_j_m3)
    }
}
