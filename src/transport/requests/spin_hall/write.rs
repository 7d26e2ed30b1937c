//! The arrays of the answer.
use super::super::output::Output;
use crate::transport::spin_hall::{Kinetics, Relaxation, Transport};

const SPIN_CURRENTS: &[(&str, usize)] = &[("total_momentum", 3)];

pub(super) fn write_kinetics(out: &mut Output, found: &Kinetics) {
    const R0: &str = "(8/(3 pi)) (eF/hbar) c";
    let (rates, jumps) = (&found.rates, &found.gradients);
    for (name, unit, text, value) in [
        ("rate_transport", R0, "1/tau_tr", rates.transport),
        ("rate_quasiparticle", R0, "1/tau_qp", rates.quasiparticle),
        ("rate_spin", R0, "1/tau_s", rates.spin),
        ("omega_sk", R0, "skew scattering (S96)", rates.skew),
        ("omega_sw", R0, "swapping (S97)", rates.swap),
        ("side_jump_charge", "1", "Omega_c, times c", jumps.charge),
        ("side_jump_charge_spin", "1", "Omega_cs, times c", jumps.charge_spin),
        ("side_jump_spin_charge", "1", "Omega_sc, times c", jumps.spin_charge),
        ("theta_sk", "1", "omega_sk tau_tr", found.theta_sk),
        ("theta_sh", "1", "spin Hall coefficient, Eq. (11)", found.theta_sh),
        ("theta_sh_skew", "1", "its part from skew scattering", found.theta_sh_skew),
        ("theta_sh_side_jump", "1", "its part from side jumps", found.theta_sh_side_jump),
        ("d_charge", "vF^2 tau_tr/3", "diffusion of the charge, Eq. (12)", found.d_charge),
        ("d_longitudinal", "vF^2 tau_tr/3", "spin along its gradient", found.d_longitudinal),
        ("d_transverse", "vF^2 tau_tr/3", "spin across its gradient", found.d_transverse),
        ("kappa", "vF^2 tau_tr/3", "swapping current", found.kappa),
    ] {
        out.number(name, unit, text, value);
    }
    for (name, unit, text, values) in [
        ("rate_spin_current", R0, "1/tau_m, m = 0, 1, 2", rates.spin_current),
        ("side_jump_spin", "1", "Omega_m, times c", jumps.spin),
        ("gamma", "1", "tau_tr/tau_m", found.gamma),
        ("d_spin", "vF^2 tau_tr/3", "D_0, D_1, D_2, Eqs. (13), (14)", found.d_spin),
    ] {
        out.real(name, unit, text, SPIN_CURRENTS, values.to_vec());
    }
}

pub(super) fn write_relaxation(out: &mut Output, found: &Relaxation) {
    const R0: &str = "(8/(3 pi)) (eF/hbar) c";
    let text = "exact rates of charge current and m = 1 spin current (Eq. 4)";
    out.complex("relaxation_pair", R0, text, &[("eigenvalue", 2)], found.pair);
    let text = "exact rates of the spin and its l = 2, J = 1 distribution (Eq. 4)";
    out.real("relaxation_spin", R0, text, &[("eigenvalue", 2)], found.spin.to_vec());
}

pub(super) fn write_si(out: &mut Output, found: &Transport) {
    const DIFFUSION: &str = "m^2/s";
    const SPIN: &str = "(hbar/e) S/m";
    for (name, unit, text, value) in [
        ("tau_tr", "s", "momentum relaxation", found.tau_tr_s),
        ("tau_qp", "s", "any scattering", found.tau_qp_s),
        ("tau_s", "s", "spin relaxation", found.tau_s_s),
        ("omega_sk_si", "1/s", "skew scattering", found.omega_sk_per_s),
        ("omega_sw_si", "1/s", "swapping", found.omega_sw_per_s),
        ("d_si", DIFFUSION, "D = vF^2 tau_tr/3", found.d_m2_per_s),
        ("d_charge_si", DIFFUSION, "diffusion of the charge", found.d_charge_m2_per_s),
        ("d_longitudinal_si", DIFFUSION, "spin along its gradient", found.d_longitudinal_m2_per_s),
        ("d_transverse_si", DIFFUSION, "spin across its gradient", found.d_transverse_m2_per_s),
        ("kappa_si", DIFFUSION, "swapping current", found.kappa_m2_per_s),
        ("sigma_c", "S/m", "2 e^2 NF Dc (the letter prints half)", found.sigma_c_s_per_m),
        ("sigma_sh", SPIN, "for the spin current (j_up - j_down)/2", found.sigma_sh_s_per_m),
        ("sigma_sh_skew", SPIN, "skew scattering", found.sigma_sh_skew_s_per_m),
        ("sigma_sh_side_jump", SPIN, "side jumps", found.sigma_sh_side_jump_s_per_m),
        ("spin_hall_angle", "1", "(j_up - j_down)/(j_up + j_down)", found.spin_hall_angle),
        ("fermi_wavenumber_times_path", "1", "kF vF tau_tr", found.fermi_wavenumber_times_path),
    ] {
        out.number(name, unit, text, value);
    }
    out.real(
        "d_spin_si",
        DIFFUSION,
        "D_0, D_1, D_2",
        SPIN_CURRENTS,
        found.d_spin_m2_per_s.to_vec(),
    );
    if let Some(lengths) = &found.lengths {
        out.number("length_longitudinal", "m", "sqrt(D_L tau_s)", lengths.longitudinal_m);
        out.number("length_transverse", "m", "sqrt(D_T tau_s)", lengths.transverse_m);
    }
    out.warn(found.warnings.clone());
}
