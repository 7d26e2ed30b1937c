//! Where the bulk states with a given wave number along the edge begin (section 1).
use super::Model;
use super::roots::minimum_between;

const GRID: usize = 160;

/// Energies in meV between which no bulk state has the wave number k along the edge: the extrema
/// of the bulk bands over all |K| >= |k|. The second is the lower one where the bands overlap.
pub(super) fn gap_at(model: &Model, k: f64) -> [f64; 2] {
    let lowest = |sign: f64| {
        let band = |total: f64| [1.0, -1.0].map(|s| sign * bulk(model, s * total, sign));
        let edges = [0, 1].map(|s| lowest_from(k.abs(), reach(model), |total| band(total)[s]));
        sign * edges[0].min(edges[1])
    };
    [lowest(-1.0), lowest(1.0)]
}

/// `E = C - D K^2 + R0 K/2 + r sqrt((M - B K^2 + R0 K/2)^2 + A^2 K^2)`; K < 0 is the band s = -1.
fn bulk(model: &Model, total: f64, r: f64) -> f64 {
    let (square, rashba) = (total * total, 0.5 * model.rashba_mev_nm * total);
    let mass = model.m_mev - model.b_mev_nm2 * square + rashba;
    let pair = mass.hypot(model.a_mev_nm * total);
    model.c_mev - model.d_mev_nm2 * square + rashba + r * pair
}

/// Beyond this K the masses decide and no band turns again.
fn reach(model: &Model) -> f64 {
    let mass = model.b_mev_nm2.abs() - model.d_mev_nm2.abs();
    let linear = (model.a_mev_nm.abs() + model.rashba_mev_nm.abs()) / mass;
    2.0 * linear + 2.0 * (model.m_mev.abs() / mass).sqrt()
}

fn lowest_from(start: f64, reach: f64, band: impl Fn(f64) -> f64) -> f64 {
    // Dense where the bands have their structure: a geometric grid over five decades.
    let place = |i: usize| start + reach * (10_f64.powf(5.0 * i as f64 / GRID as f64) - 1.0) / 1e5;
    let values: Vec<f64> = (0..=GRID).map(|i| band(place(i))).collect();
    let best = (0..=GRID).min_by(|i, j| values[*i].total_cmp(&values[*j])).unwrap_or(0);
    let (left, right) = (place(best.saturating_sub(1)), place((best + 1).min(GRID)));
    values[best].min(minimum_between(band, left, right).1)
}

#[cfg(test)]
mod tests {
    use super::super::Preset;
    use super::*;

    /// Section 1: gap edges at k = 0, where all K are open.
    #[test]
    fn gap_edges_of_the_presets() {
        for (preset, rashba, lower, upper) in [
            (Preset::HgTe7nm, 0.0, -10.0, 10.0),
            (Preset::HgTe7nm, 156.0, -8.958351951, 10.0),
            (Preset::InAsGaSb10nm10nm, 0.0, 4.088535815, 7.8),
        ] {
            let [found_lower, found_upper] = gap_at(&preset.model(rashba), 0.0);
            assert!((found_lower - lower).abs() < 1e-8, "{found_lower}");
            assert!((found_upper - upper).abs() < 1e-8, "{found_upper}");
        }
    }
}
