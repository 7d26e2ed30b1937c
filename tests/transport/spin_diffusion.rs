//! Spin diffusion, Eq. (16): wires in closed form, films by finite elements.
use crate::close;
use edgestate::transport::TransportError;
use edgestate::transport::spin_hall::{
    End, Film, FilmSolution, Rectangle, Source, SpinEnd, Wire, non_local_resistance_ohm,
    solve_film, wire_response,
};

fn wire(left: End, right: End) -> Wire {
    Wire { d_longitudinal_m2_per_s: 0.03, d_transverse_m2_per_s: 0.02, tau_s_s: 1e-12, left, right }
}

/// Two lengths, sqrt(D_L tau) along and sqrt(D_T tau) across; the whole spin is there.
#[test]
fn infinite_wire_has_two_lengths() {
    let wire = wire(End::Infinite, End::Infinite);
    let at = |d: f64| wire_response(&wire, 0.0, d).unwrap();
    for (index, d) in [0.03_f64, 0.02].into_iter().enumerate() {
        let length = (d * 1e-12).sqrt();
        close(at(0.0)[index] / (0.5 * length / d), 1.0, 1e-14);
        close(at(3.0 * length)[index] / at(0.0)[index], (-3.0_f64).exp(), 1e-15);
        // D s'' = s/tau - delta: the integral of s is tau, here 2 s(0) L.
        close(2.0 * at(0.0)[index] * length / 1e-12, 1.0, 1e-14);
    }
    // R = P^2 L/(2 sigma A) exp(-d/L), sigma = 2 e^2 NF D.
    let (states, area) = (1e47, 1e-14);
    let r = non_local_resistance_ohm(at(1e-7), [0.3, 0.4], area, states).unwrap();
    let sigma = 2.0 * 1.602_176_634e-19_f64.powi(2) * states * 0.03;
    let length = (0.03 * 1e-12_f64).sqrt();
    let expected = 0.12 * length / (2.0 * sigma * area) * (-1e-7 / length).exp();
    close(r[0] / expected, 1.0, 1e-13);
}

/// Ends: the current vanishes at a closed one, the spin at a sink; far away both are forgotten.
#[test]
fn ends_of_the_wire() {
    let (closed, sink) = (End::Closed { at_m: 0.0 }, End::Sink { at_m: 4e-7 });
    let wire = wire(closed, sink);
    let at = |x: f64| wire_response(&wire, 1.5e-7, x).unwrap();
    let h = 1e-10;
    for index in 0..2 {
        assert!(((at(h)[index] - at(0.0)[index]) / at(0.0)[index]).abs() < 1e-6);
        assert_eq!(at(4e-7)[index], 0.0);
        // The jump of the current at the injector is 1.
        let d = [0.03, 0.02][index];
        let slope = |x: f64| (at(x + h)[index] - at(x - h)[index]) / (2.0 * h);
        let jump = d * (slope(1.5e-7 - 2.0 * h) - slope(1.5e-7 + 2.0 * h));
        close(jump, 1.0, 0.01);
        close(
            wire_response(&wire, 3e-7, 1e-7).unwrap()[index],
            wire_response(&wire, 1e-7, 3e-7).unwrap()[index],
            1e-20,
        );
    }
    let long = Wire { left: End::Closed { at_m: -1e-3 }, right: End::Sink { at_m: 1e-3 }, ..wire };
    let free = Wire { left: End::Infinite, right: End::Infinite, ..wire };
    assert_eq!(wire_response(&long, 0.0, 1e-7), wire_response(&free, 0.0, 1e-7));
    assert_eq!(wire_response(&wire, -1e-9, 1e-7).unwrap_err().field, "injector_m");
    assert_eq!(wire_response(&wire, 1e-7, 5e-7).unwrap_err().field, "detector_m");
    let nowhere = Wire { left: End::Sink { at_m: f64::NAN }, ..wire };
    assert_eq!(wire_response(&nowhere, 0.0, 0.0).unwrap_err().field, "left");
    assert!(wire_response(&Wire { tau_s_s: f64::INFINITY, ..wire }, 0.0, 0.0).is_err());
}

fn film(cells: [usize; 2]) -> Film {
    let place = Rectangle { x_m: [2e-7, 3e-7], y_m: [0.0, 2e-7] };
    Film {
        length_m: 8e-7,
        width_m: 2e-7,
        cells,
        d_charge_m2_per_s: 0.025,
        d_longitudinal_m2_per_s: 0.02,
        d_transverse_m2_per_s: 0.02,
        kappa_m2_per_s: 0.0,
        d_theta_m2_per_s: 0.0,
        tau_s_s: 5e-13,
        left: SpinEnd::Closed,
        right: SpinEnd::Closed,
        sources: vec![Source { place, charge: 0.0, spin: [1.0, 2.0, 3.0] }],
    }
}

fn total(solution: &FilmSolution, film: &Film) -> [f64; 4] {
    let everywhere = Rectangle { x_m: [0.0, film.length_m], y_m: [0.0, film.width_m] };
    let area = film.length_m * film.width_m;
    solution.mean(film, &everywhere).unwrap().map(|mean| mean * area)
}

/// Even injection over the width, no swapping: the film is the wire, to the order of the elements.
#[test]
fn film_is_a_wire() {
    let wire = Wire {
        d_longitudinal_m2_per_s: 0.02,
        d_transverse_m2_per_s: 0.02,
        tau_s_s: 5e-13,
        left: End::Closed { at_m: 0.0 },
        right: End::Closed { at_m: 8e-7 },
    };
    let defect = |cells: usize| {
        let film = film([cells, 3]);
        let solution = solve_film(&film).unwrap();
        assert!(solution.residual < 1e-14);
        let mut worst = 0.0_f64;
        for x in [0.0, 5e-7, 8e-7] {
            // Injector of finite length: average of the response, by Simpson's rule on 100 panels.
            let mut sum = 0.0;
            for i in 0..=100 {
                let weight = if i == 0 || i == 100 { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
                let from = 2e-7 + 1e-9 * f64::from(i);
                sum += weight / 300.0 * wire_response(&wire, from, x).unwrap()[0];
            }
            let column = (x / 8e-7 * cells as f64).round() as usize;
            for row in 0..4 {
                for (axis, injected) in [1.0, 2.0, 3.0].into_iter().enumerate() {
                    // Spread over the width of the film.
                    let expected = injected * sum / 2e-7;
                    let found = solution.spin[axis][column * 4 + row];
                    worst = worst.max((found / expected - 1.0).abs());
                }
            }
        }
        worst
    };
    let (coarse, fine) = (defect(80), defect(160));
    assert!(fine < 1e-3, "{fine}");
    assert!((coarse / fine - 4.0).abs() < 0.2, "second order: {coarse} over {fine}");
}

/// What is injected relaxes: int s = tau_s times the source, to rounding, with every coupling on.
#[test]
fn spin_is_balanced() {
    let mut film = film([60, 20]);
    film.d_longitudinal_m2_per_s = 0.023;
    film.kappa_m2_per_s = -0.002;
    film.d_theta_m2_per_s = 0.004;
    film.sources[0].place = Rectangle { x_m: [2.05e-7, 3.1e-7], y_m: [0.3e-7, 0.77e-7] };
    film.sources[0].charge = 5.0;
    let solution = solve_film(&film).unwrap();
    assert!(solution.residual < 1e-13);
    let sums = total(&solution, &film);
    // The ends and edges are closed to the spin; its test function 1 has no gradient.
    for (axis, injected) in [1.0, 2.0, 3.0].into_iter().enumerate() {
        close(sums[axis + 1] / (injected * film.tau_s_s), 1.0, 1e-10);
    }
    // The charge leaves at x = 0 where rho = 0, and is spread upstream of the injector.
    assert!(solution.rho[..21].iter().all(|rho| *rho == 0.0));
    assert!(0.0 < sums[0]);
    assert!(solution.position_m(21 * 60 + 20) == [8e-7, 2e-7]);
}

/// Reversing theta reverses what spin makes of charge and charge of spin (reciprocity), and a
/// charge current polarizes the edges oppositely.
#[test]
fn spin_hall_reciprocity() {
    let at = Rectangle { x_m: [5e-7, 5.4e-7], y_m: [0.0, 0.5e-7] };
    let from = Rectangle { x_m: [1e-7, 1.6e-7], y_m: [1.2e-7, 2e-7] };
    let with = |theta: f64, place: Rectangle, charge: f64, spin: f64| {
        let mut film = film([60, 20]);
        film.d_theta_m2_per_s = theta;
        film.sources = vec![Source { place, charge, spin: [0.0, 0.0, spin] }];
        let solution = solve_film(&film).unwrap();
        (film, solution)
    };
    let (film, spin_in) = with(0.003, from, 0.0, 1.0);
    let charge_out = spin_in.mean(&film, &at).unwrap()[0];
    let (film, charge_in) = with(-0.003, at, 1.0, 0.0);
    let spin_out = charge_in.mean(&film, &from).unwrap()[3];
    assert!(1e-3 * film.tau_s_s < charge_out.abs() * film.length_m * film.width_m);
    // The matrix at -theta is the transpose.
    close(charge_out / spin_out, 1.0, 1e-9);

    let even = Rectangle { x_m: [7e-7, 8e-7], y_m: [0.0, 2e-7] };
    let (_, solution) = with(0.003, even, 1.0, 0.0);
    let column = 30 * 21;
    let edges = (solution.spin[2][column], solution.spin[2][column + 20]);
    close(edges.0 / edges.1, -1.0, 1e-9);
    let voltage = |theta: f64| with(theta, from, 0.0, 1.0).1.transverse_voltage(3e-7, 1e47);
    close(voltage(0.003) / voltage(-0.003), -1.0, 1e-9);
}

/// D_L and D_T away from the edges: a wide film with a source in its middle has the Green's
/// function of the plane; its moments int x^2 s - int y^2 s measure the anisotropy.
#[test]
fn anisotropic_diffusion() {
    let mut film = film([100, 100]);
    film.length_m = 2e-6;
    film.width_m = 2e-6;
    film.d_longitudinal_m2_per_s = 0.03;
    let side = [0.98e-6, 1.02e-6];
    film.sources = vec![Source {
        place: Rectangle { x_m: side, y_m: side },
        charge: 0.0,
        spin: [1.0, 0.0, 0.0],
    }];
    let solution = solve_film(&film).unwrap();
    let (mut along, mut across) = (0.0, 0.0);
    let mut sum = 0.0;
    for (index, value) in solution.spin[0].iter().enumerate() {
        let [x, y] = solution.position_m(index).map(|r| r - 1e-6);
        sum += value;
        along += value * x * x;
        across += value * y * y;
    }
    // tau d<x^2> of Eq. (16) in Fourier space: 2 D tau plus the spread of the source, a^2/12, and
    // of the hat functions that project it (below 1 % here).
    let spread = 0.04e-6_f64.powi(2) / 12.0;
    close(along / sum / (2.0 * 0.03 * 5e-13 + spread), 1.0, 0.01);
    close(across / sum / (2.0 * 0.02 * 5e-13 + spread), 1.0, 0.01);
}

#[test]
fn films_that_make_no_sense_are_refused() {
    let good = film([10, 4]);
    let field = |film: Film| match solve_film(&film) {
        Err(TransportError::Invalid(invalid)) => invalid.field,
        other => panic!("{other:?}"),
    };
    assert_eq!(field(Film { length_m: 0.0, ..good.clone() }), "length_m");
    assert_eq!(field(Film { tau_s_s: f64::INFINITY, ..good.clone() }), "tau_s_s");
    assert_eq!(field(Film { kappa_m2_per_s: 0.011, ..good.clone() }), "kappa_m2_per_s");
    assert_eq!(field(Film { kappa_m2_per_s: 0.03, ..good.clone() }), "kappa_m2_per_s");
    assert_eq!(field(Film { cells: [0, 4], ..good.clone() }), "cells[0]");
    let mut outside = good.clone();
    outside.sources[0].place.y_m = [0.0, 3e-7];
    assert_eq!(field(outside), "sources[0].place.y_m");
    let large = solve_film(&Film { cells: [100_000, 100_000], ..good });
    assert!(matches!(large, Err(TransportError::TooLarge { .. })));
}
