//! Static susceptibility from peaks and from their spectrum; the retarded function.
use edgestate::spectra::{Interpolation, Tail};
use edgestate::spectra::{
    Kernel, Method, kramers_kronig, logarithmic_grid, retarded, static_susceptibility,
    static_susceptibility_from_spectrum,
};
use edgestate::stop::Never;

use crate::support::{even, spectrum};

/// A free spin in a field h: A = p_down delta(w + h) + p_up delta(w - h) (times 1/4) for S_x, and
/// chi = tanh(h/2T)/(2h): 1/(4T) for h -> 0 (Curie).
#[test]
fn a_spin_in_a_field() {
    for (h, t) in [(0.3f64, 0.1f64), (1e-9, 0.1), (0.2, 1e-6), (0.0, 0.5)] {
        let up = 1.0 / (1.0 + (-h / t).exp());
        let chi = static_susceptibility(&[h, -h], &[0.25 * up, 0.25 * (1.0 - up)], t).unwrap();
        let exact = if h == 0.0 { 0.25 / t } else { (0.5 * h / t).tanh() / (2.0 * h) };
        assert!((chi - exact).abs() < 1e-14 * exact, "{h} {t}: {chi} {exact}");
    }
    let ground = static_susceptibility(&[0.3], &[0.25], 0.0).unwrap();
    assert!((ground - 0.5 / 0.3).abs() < 1e-15);
}

/// int A 2 tanh(w/2T)/w of broadened peaks far above T is that of the peaks times the mean of 1/w
/// over a log-Gaussian: L is symmetric, int L(w, w')/w dw = exp(3 sigma^2/... ) by its moments.
#[test]
fn from_the_spectrum() {
    let (sigma, position, temperature) = (0.2f64, 0.05, 1e-5);
    let grid = logarithmic_grid(1e-7, 10.0, 800).unwrap();
    let kernel = Kernel::LogGauss { sigma };
    let found = spectrum(&[position], &[1.0], &grid, kernel, Method::Direct, 1e-8);
    let chi = static_susceptibility_from_spectrum(&grid, &found.values, temperature).unwrap();
    // <1/w> with ln(w/w') normal of mean sigma^2/4 and variance sigma^2/2: exp(-s^2/4 + s^2/4) = 1.
    let exact = 2.0 / position;
    assert!((chi / exact - 1.0).abs() < 1e-5, "{chi} {exact}");
}

/// A smooth spectrum at a temperature that its grid resolves: A = 1/2 on -1..1,
/// chi = 2 int_0^1 tanh(w/2T)/w, against a fine midpoint rule; and with grids of few points.
#[test]
fn coarse_grids_do_not_hide_the_temperature() {
    let temperature = 0.01;
    let n = 4_000_000;
    let term = |i: i32| {
        let w = (f64::from(i) + 0.5) / f64::from(n);
        (0.5 * w / temperature).tanh() / w / f64::from(n)
    };
    let exact = 2.0 * (0..n).map(term).sum::<f64>();
    for points in [2, 3, 40] {
        let grid = even(-1.0, 1.0, points);
        let values = vec![0.5; points];
        let chi = static_susceptibility_from_spectrum(&grid, &values, temperature).unwrap();
        assert!((chi - exact).abs() < 1e-9 * exact, "{points}: {chi} {exact}");
    }
}

/// G(w + i eta) of peaks: -Im G/pi is their Lorentzian spectrum, Re G its Kramers-Kronig transform.
#[test]
fn the_retarded_function_of_peaks() {
    let (positions, weights, eta) = ([-0.2, 0.1, 0.4], [0.5, 0.3, 0.2], 0.05);
    let at = even(-0.7, 0.8, 31);
    let g = retarded(&positions, &weights, &at, eta).unwrap();
    let kernel = Kernel::Lorentzian { half_width: eta };
    let a = spectrum(&positions, &weights, &at, kernel, Method::Direct, 1e-8);
    for i in 0..at.len() {
        assert!((-g[i].im / std::f64::consts::PI - a.values[i]).abs() < 1e-14);
    }
    let grid = even(-30.0, 30.0, 24_001);
    let values = spectrum(&positions, &weights, &grid, kernel, Method::Direct, 1e-8).values;
    let tail = Tail::InverseSquare;
    let real = kramers_kronig(&grid, &values, &at, Interpolation::Cubic, tail, &Never).unwrap();
    for i in 0..at.len() {
        assert!((real[i] - g[i].re).abs() < 2e-5, "{}: {} {}", at[i], real[i], g[i].re);
    }
}
