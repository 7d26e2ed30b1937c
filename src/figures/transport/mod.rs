//! Figures of the three transport papers.
mod bias;
mod conductance;
mod diffusion;
mod film;
mod frozen;
mod repeated;
mod spin_hall;
mod valve;
mod violation;

use super::{FigureSpec, Make};

const CONDUCTANCE: &str = "Yevtushenko and Yudson, Phys. Rev. B 104, 195414 (2021)";
const PROTECTION: &str = "Yevtushenko and Yudson, New J. Phys. 24, 023040 (2022)";
const SPIN_HALL: &str = "Huang, Tokatly and Cazalilla, Enhancement of spin-charge conversion in \
                         dilute magnetic alloys by Kondo screening";

pub(super) fn figures() -> Vec<FigureSpec> {
    let figure = |name, title, source, make: Make| FigureSpec {
        engine: "transport",
        name,
        title,
        source,
        make,
    };
    vec![
        figure(
            "conductance-fig2",
            "Linear conductance of a helical edge with one impurity",
            "Yevtushenko and Yudson, Phys. Rev. B 104, 195414 (2021), Fig. 2",
            conductance::fig2,
        ),
        figure(
            "conductance-fig3",
            "Crossover from linear to nonlinear response",
            "Yevtushenko and Yudson, Phys. Rev. B 104, 195414 (2021), Fig. 3",
            bias::fig3,
        ),
        figure(
            "conductance-map",
            "Differential conductance and polarization over temperature and bias",
            CONDUCTANCE,
            bias::map,
        ),
        figure(
            "conductance-fermi-level",
            "Isotropic impurity away from the Dirac point, and larger spins",
            CONDUCTANCE,
            conductance::fermi_level,
        ),
        figure(
            "protection-violation",
            "How far a coupling is from conserving the spin",
            PROTECTION,
            violation::violation,
        ),
        figure(
            "protection-repeated",
            "Electrons scattering one after another off quantum spins",
            PROTECTION,
            repeated::repeated,
        ),
        figure(
            "protection-frozen",
            "Frozen spins: transmission and localization",
            PROTECTION,
            frozen::frozen,
        ),
        figure("spin-hall-conductivity", "Spin Hall conductivity", SPIN_HALL, spin_hall::figure),
        figure(
            "spin-hall-rates",
            "Relaxation rates and kinetic coefficients over the resonance",
            SPIN_HALL,
            spin_hall::rates,
        ),
        figure("spin-hall-diffusion", "Anisotropic spin diffusion", SPIN_HALL, diffusion::figure),
        figure(
            "spin-hall-kondo",
            "Large-N Kondo scale and phase shift",
            SPIN_HALL,
            diffusion::kondo,
        ),
        figure("spin-hall-valve", "Non-local spin valve", SPIN_HALL, valve::figure),
        figure("spin-hall-film", "Spin Hall effects in a film", SPIN_HALL, film::figure),
    ]
}
