//! Ribbons of one's own: by the blocks of a site, or by the matrices of a whole strip.
use num_complex::Complex64;

use super::reduce::reduce;
use super::sector::{Element, Sector, Sparse};
use crate::invalid::Invalid;

/// A square row-major matrix of any number of orbitals.
#[derive(Debug, Clone, PartialEq)]
pub struct SquareMatrix {
    pub order: usize,
    pub elements: Vec<Complex64>,
}

impl SquareMatrix {
    pub fn zero(order: usize) -> Self {
        Self { order, elements: vec![Complex64::default(); order * order] }
    }

    fn at(&self, row: usize, col: usize) -> Complex64 {
        self.elements[row * self.order + col]
    }

    fn check(&self, name: &str, order: usize) -> Result<(), Invalid> {
        if self.order != order || Some(self.elements.len()) != order.checked_mul(order) {
            let given = format!("order {}, {} elements", self.order, self.elements.len());
            return Err(Invalid::new(name, given, format!("a {order} x {order} matrix")));
        }
        match self.elements.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(Invalid::new(name, value, "finite elements")),
            None => Ok(()),
        }
    }

    fn check_hermitian(&self, name: &str, order: usize) -> Result<(), Invalid> {
        self.check(name, order)?;
        let largest = self.elements.iter().fold(0.0_f64, |max, value| max.max(value.norm()));
        let mut defect = 0.0_f64;
        for row in 0..order {
            for col in 0..=row {
                defect = defect.max((self.at(row, col) - self.at(col, row).conj()).norm());
            }
        }
        if 16.0 * order as f64 * f64::EPSILON * largest < defect {
            let given = format!("|A - A^H| = {defect:.1e}");
            return Err(Invalid::new(name, given, "a Hermitian matrix"));
        }
        Ok(())
    }
}

/// A ribbon of equal sites: `H` from site (cell, n) to itself, to its neighbours across and along.
///
/// Every hop is the block in the row of the site it is written for: `across` is the element
/// `<n|H|n + 1>` within a cell, `along` is `<cell|H|cell + 1>` of one site, `along_across_up` is
/// `<cell, n|H|cell + 1, n + 1>`, `along_across_down` is `<cell, n + 1|H|cell + 1, n>`. Energies in
/// meV.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocks {
    pub onsite: SquareMatrix,
    pub across: SquareMatrix,
    pub along: SquareMatrix,
    pub along_across_up: SquareMatrix,
    pub along_across_down: SquareMatrix,
}

impl Blocks {
    pub fn orbitals(&self) -> usize {
        self.onsite.order
    }

    /// Shapes, finite elements, a Hermitian on-site block.
    pub fn check(&self) -> Result<(), Invalid> {
        let order = self.onsite.order;
        if order == 0 {
            return Err(Invalid::new("blocks.onsite", "order 0", "at least one orbital"));
        }
        self.onsite.check_hermitian("blocks.onsite", order)?;
        self.across.check("blocks.across", order)?;
        self.along.check("blocks.along", order)?;
        self.along_across_up.check("blocks.along_across_up", order)?;
        self.along_across_down.check("blocks.along_across_down", order)
    }

    /// At the phase `k` per cell (rad), `sites` across.
    pub fn sectors(&self, sites: usize, k: f64) -> Vec<Sector> {
        let m = self.onsite.order;
        let phase = Complex64::from_polar(1.0, k);
        let mut elements: Vec<Element<Complex64>> = Vec::new();
        for row in 0..m {
            for col in 0..m {
                let along = self.along.at(row, col) * phase;
                let back = (self.along.at(col, row) * phase).conj();
                let site = self.onsite.at(row, col) + along + back;
                // <n + 1|H|n>: the adjoint of <n|H|n + 1>, and the hops along.
                let across = self.across.at(col, row).conj()
                    + self.along_across_down.at(row, col) * phase
                    + (self.along_across_up.at(col, row) * phase).conj();
                for n in 0..sites {
                    let (i, j) = ((n * m + row) as u32, (n * m + col) as u32);
                    if col <= row && site != Complex64::default() {
                        elements.push((i, j, site));
                    }
                    if n + 1 < sites && across != Complex64::default() {
                        elements.push((i + m as u32, j, across));
                    }
                }
            }
        }
        reduce(&Sparse { order: sites * m, block: m, elements, mass: None })
    }
}

/// A whole strip: the matrix of one unit cell and the hops to the cells `cells` further on, the
/// elements `<0|H|cells>`.
#[derive(Debug, Clone, PartialEq)]
pub struct Strip {
    pub cell: SquareMatrix,
    pub hops: Vec<(u32, SquareMatrix)>,
}

impl Strip {
    pub fn check(&self) -> Result<(), Invalid> {
        let order = self.cell.order;
        if order == 0 {
            return Err(Invalid::new("strip.cell", "order 0", "at least one orbital"));
        }
        self.cell.check_hermitian("strip.cell", order)?;
        for (index, (cells, hop)) in self.hops.iter().enumerate() {
            if *cells == 0 {
                let field = format!("strip.hops[{index}].cells");
                return Err(Invalid::new(field, 0, "1 or more (the cell itself is strip.cell)"));
            }
            hop.check(&format!("strip.hops[{index}]"), order)?;
        }
        Ok(())
    }

    /// At the phase `k` per cell (rad).
    pub fn sectors(&self, k: f64) -> Vec<Sector> {
        let order = self.cell.order;
        let mut elements: Vec<Element<Complex64>> = Vec::new();
        let mut reach = 1;
        for row in 0..order {
            for col in 0..=row {
                let mut value = self.cell.at(row, col);
                for (cells, hop) in &self.hops {
                    let phase = Complex64::from_polar(1.0, k * f64::from(*cells));
                    value += hop.at(row, col) * phase + (hop.at(col, row) * phase).conj();
                }
                if value != Complex64::default() {
                    reach = reach.max(row - col);
                    elements.push((row as u32, col as u32, value));
                }
            }
        }
        reduce(&Sparse { order, block: reach, elements, mass: None })
    }
}
