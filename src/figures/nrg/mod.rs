//! Figures of Ferrer, Yevtushenko and Weichselbaum (2023), from the requests in `examples/figures`;
//! "specification" is that of the NRG. Units D = a = hbar = k_B = 1.
mod coupling;
mod distance;
mod kondo_scale;
mod ladder;
mod request;
mod scan;
mod sketches;
mod spectra;

use super::{FigureSpec, Make};
use crate::plot::Axis;

const PAPER: &str = "Ferrer, Yevtushenko and Weichselbaum (2023)";

pub(super) fn figures() -> Vec<FigureSpec> {
    let figure =
        |name, title, make: Make| FigureSpec { engine: "nrg", name, title, source: PAPER, make };
    vec![
        figure("fig1-dispersion", "Fig. 1: helical edge mode", sketches::dispersion),
        figure("fig2-levels", "Fig. 2: levels of the RKKY Hamiltonian", sketches::levels),
        figure("fig3-scan", "Fig. 3: scan over distance, J_z and energy", scan::figure),
        figure("fig4-spectra", "Fig. 4: spectra of every z, x = 10", spectra::near),
        figure("fig5-rescaled", "Fig. 5: the same rescaled with T_S(z)", spectra::near_rescaled),
        figure("fig6-spectra-far", "Fig. 6: spectra of every z, x = 1000", spectra::far),
        figure("fig7-rescaled-far", "Fig. 7: the same rescaled with T_S(z)", spectra::far_rescaled),
        figure("fig8-distance", "Fig. 8: energy scales over distance", distance::figure),
        figure("fig9-ladder", "Fig. 9: two impurities on a Wilson ladder", sketches::ladder),
        figure("fig10-couplings", "Fig. 10: couplings of the Wilson ladder", ladder::figure),
        figure("fig11-wide-band", "Fig. 11: towards the wide-band limit", coupling::figure),
        figure("fig12-kondo-scale", "Fig. 12: Kondo scale over couplings", kondo_scale::figure),
    ]
}

const UNIT: &str = "*D*";

fn energy_axis(label: &str) -> Axis {
    Axis::log(label, UNIT)
}
