//! Regimes of a pair: scales of Ferrer et al. (20b), (33), B1-B7, and Eq. (14) of Yevtushenko and
//! Yudson.
use std::f64::consts::PI;

use edgestate::crossover::{Pair, Regime, activation};
use edgestate::transport::conductance::linear_diagonal;

use crate::{answer, close, refused, values};

fn pair(coupling: f64, coupling_z: f64, distance: f64, temperature: f64) -> Pair {
    Pair { coupling, coupling_z, distance, temperature, texture_wavenumber: 0.05 }
}

#[test]
fn the_largest_scale_decides() {
    // E_R = 2.5e-4, T_K = 1.5e-7 (J_z = 0)
    let near = pair(0.1, 0.0, 10.0, 1e-6).verdict().unwrap();
    assert_eq!(near.regime, Regime::RkkyLocked);
    close(near.exchange, 2.5e-4, 1e-18);
    close(near.level_spacing / near.exchange, 4.0 / (PI * 0.01), 1e-9);
    // T_S = 0.485 E_R at this distance (D7), against T.
    close(near.margin, 0.485 * 250.0, 0.5);
    assert_eq!(pair(0.1, 0.0, 10.0, 1e-2).verdict().unwrap().regime, Regime::FreeMoments);
    let far = pair(0.1, 0.1, 1e6, 1e-8).verdict().unwrap();
    assert_eq!(far.regime, Regime::KondoScreened);
    close(far.kondo_temperature, (-10.0f64).exp(), 1e-15);
    assert_eq!(far.delta_g, Some(0.0));
}

/// Free: twice Eq. (14); locked: less, and at T >> E_R the same.
#[test]
fn corrections_follow_the_regime() {
    let free = pair(0.1, 0.05, 1000.0, 0.01).verdict().unwrap();
    let texture = PI * 0.01 / 0.05;
    let one = linear_diagonal([0.1 * PI, 0.1 * PI, 0.05 * PI], texture).unwrap().delta_g.paper;
    assert!(one < -1e-4);
    close(free.delta_g.unwrap(), 2.0 * one, 1e-15);
    close(free.delta_g_locked.unwrap(), free.delta_g.unwrap(), 1e-6);
    let locked = pair(0.1, 0.05, 10.0, 2.5e-5).verdict().unwrap();
    let left = locked.delta_g.unwrap() / locked.delta_g_free.unwrap();
    close(left, 10.0 / 10f64.sinh(), 1e-9);
    assert!(pair(0.4, 0.0, 10.0, 1e-3).verdict().unwrap().delta_g_free.is_none());
    assert!(pair(0.1, 0.0, 0.0, 1e-3).verdict().is_err());
}

/// Golden rule over the four levels of the pair, one spin flipped (x component), thermal factor
/// w/T/(exp(w/T) - 1), relative to a free spin.
#[test]
fn activation_is_the_sum_over_levels() {
    for y in [1e-6, 0.01, 0.7, 3.0, 12.0, 800.0] {
        let levels = [0.0, y, y, 2.0 * y];
        let squares = |i: usize, j: usize| match (i, j) {
            (0 | 3, 1 | 2) | (1 | 2, 0 | 3) => 0.125,
            _ => 0.0,
        };
        let z: f64 = levels.iter().map(|e: &f64| (-e).exp()).sum();
        let mut sum = 0.0;
        for i in 0..4 {
            for j in 0..4 {
                let w: f64 = levels[j] - levels[i];
                let thermal = if w == 0.0 { 1.0 } else { w / w.exp_m1() };
                let thermal = if thermal.is_finite() { thermal } else { 0.0 };
                sum += (-levels[i]).exp() / z * squares(i, j) * thermal;
            }
        }
        close(activation(y, 1.0), sum / 0.25, 1e-9);
    }
}

#[test]
fn a_map_has_the_dimensions_of_its_lists() {
    let document = "[calculation]\nkind = \"regime-map\"\n[pair]\ncoupling = [0.05, 0.1]\n\
                    distance = [10, 1000, 100000]\n[conditions]\ntemperature = 1e-6\n\
                    [edge]\ntexture_wavenumber = 0.05\n";
    let found = answer(document);
    let regime = found.get("regime").unwrap();
    assert_eq!(regime.dimensions, ["coupling", "distance"]);
    assert_eq!(regime.values.whole(), [1, 0, 0, 1, 1, 0]);
    for (i, exchange) in values(&found, "exchange").iter().enumerate() {
        let (j, x) = ([0.05f64, 0.1][i / 3], [10.0, 1e3, 1e5][i % 3]);
        close(*exchange, j * j / (4.0 * x), 1e-18);
    }
    assert!(found.quality.notes.iter().any(|note| note.contains("estimates")));
    assert_eq!(refused(&document.replace("10,", "10.5,")), ["pair.distance[0]"]);
    assert_eq!(refused(&document.replace("1e-6", "-1e-6")), ["conditions.temperature"]);
}
