//! Complete diagonalization: the blocks of many points as batches of a device.
use super::RibbonError;
use super::sector::{Matrix, Sector, Sparse};
use super::solve::{Certificate, Columns, Data, Method, Place, Point, Spectrum, Want, orders};
use crate::linalg::banded::Scalar;
use crate::linalg::{Certify, Device, EighOptions, Element, HostBatch, LinalgError, Ragged, Shape};
use crate::stop::Stop;

/// Bytes of matrices handed over at a time.
const BATCH_BYTES: usize = 256 << 20;

/// All states of every point.
pub(super) fn solve(
    points: &[Point<'_>],
    want: Want,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Vec<Spectrum>, RibbonError> {
    let mut spectra = Vec::with_capacity(points.len());
    let mut rest = points;
    while !rest.is_empty() {
        let (mut bytes, mut count) = (0, 0);
        let mut batch = Vec::new();
        while count < rest.len() && (count == 0 || bytes < BATCH_BYTES) {
            let sectors = rest[count].ribbon.sectors(rest[count].k);
            bytes += sectors.iter().map(|s| 16 * s.matrix.order().pow(2)).sum::<usize>();
            batch.push(sectors);
            count += 1;
        }
        let (now, later) = rest.split_at(count);
        spectra.extend(solve_batch(now, &batch, want, device, stop)?);
        rest = later;
    }
    Ok(spectra)
}

fn solve_batch(
    points: &[Point<'_>],
    batch: &[Vec<Sector>],
    want: Want,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Vec<Spectrum>, RibbonError> {
    let (mut real, mut complex) = (Vec::new(), Vec::new());
    for sector in batch.iter().flatten() {
        match &sector.matrix {
            Matrix::Real(sparse) => real.push(sparse),
            Matrix::Complex(sparse) => complex.push(sparse),
        }
    }
    let mut real = solve_all(&real, want, device, stop)?.into_iter();
    let mut complex = solve_all(&complex, want, device, stop)?.into_iter();
    let mut spectra = Vec::with_capacity(points.len());
    for (point, sectors) in points.iter().zip(batch) {
        let mut found = Vec::new();
        let mut vectors = Vec::new();
        for (index, sector) in sectors.iter().enumerate() {
            let order = sector.matrix.order();
            let lost = || LinalgError::NoConvergence { index, order };
            let (values, residuals, data) = match &sector.matrix {
                Matrix::Real(_) => {
                    let one = real.next().ok_or_else(lost)?;
                    (one.values, one.residuals, Data::Real(one.vectors))
                }
                Matrix::Complex(_) => {
                    let one = complex.next().ok_or_else(lost)?;
                    (one.values, one.residuals, Data::Complex(one.vectors))
                }
            };
            for copy in 0..sector.embeddings.len() {
                for (column, energy) in values.iter().enumerate() {
                    let place = Place { sector: index, column, copy };
                    found.push((*energy, residuals.get(column).copied(), place));
                }
            }
            if want == Want::States {
                let embeddings = sector.embeddings.clone();
                vectors.push(Columns { count: order, data, embeddings });
            }
        }
        let certificate = Certificate {
            method: Method::Dense,
            blocks: orders(sectors),
            residual_mev: found.iter().filter_map(|one| one.1).reduce(f64::max),
        };
        spectra.push(Spectrum::sorted(point.ribbon.order(), found, vectors, certificate));
    }
    Ok(spectra)
}

struct Solved<T> {
    values: Vec<f64>,
    residuals: Vec<f64>,
    vectors: Vec<T>,
}

fn solve_all<T: Scalar + Element>(
    blocks: &[&Sparse<T>],
    want: Want,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Vec<Solved<T>>, LinalgError> {
    if blocks.is_empty() {
        return Ok(Vec::new());
    }
    let shapes: Vec<Shape> = blocks.iter().map(|block| Shape::square(block.order)).collect();
    let mut matrices = Ragged::<T>::zeros(&shapes);
    for (index, block) in blocks.iter().enumerate() {
        block.fill(matrices.matrix_mut(index));
    }
    let batch = device.upload(wrap(matrices))?;
    let options = EighOptions { vectors: want == Want::States, certify: Certify::No };
    let solved = device.eigh(&batch, options, stop)?;
    let host = solved.vectors.as_ref().map(|vectors| device.download(vectors)).transpose()?;
    let columns = host.as_ref().and_then(|host| T::of(host));
    let mut results = Vec::with_capacity(blocks.len());
    for (index, (block, values)) in blocks.iter().zip(solved.values).enumerate() {
        let vectors = columns.map_or_else(Vec::new, |c| c.matrix(index).to_vec());
        let residuals = match want {
            Want::States => block.residuals(&values, &vectors),
            Want::Energies => Vec::new(),
        };
        results.push(Solved { values, residuals, vectors });
    }
    Ok(results)
}

fn wrap<T: Element>(matrices: Ragged<T>) -> HostBatch {
    T::wrap(matrices)
}
