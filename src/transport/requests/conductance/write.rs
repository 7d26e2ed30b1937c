//! The arrays of the answer: response, linear response, closed forms.
use nalgebra::Matrix3;

use super::super::output::{Output, dimensions};
use super::{CONDUCTANCE, Conductance};
use crate::invalid::Invalid;
use crate::transport::TransportError;
use crate::transport::conductance::{
    LinearResponse, Normalised, Parameters, Response, differential_ratio, linear_diagonal,
    linear_general, linear_isotropic, linear_isotropic_low_temperature, low_temperature_isotropic,
    polarization_ratio,
};

impl Conductance {
    pub(super) fn write_response(&self, out: &mut Output, responses: &[Response]) {
        let lists = [(self.slow.0, self.slow.2.len()), (self.fast.0, self.fast.2.len())];
        let over = dimensions(&lists);
        let with_axis = [over.as_slice(), &[("spin_component", 3)]].concat();
        let all = |f: fn(&Response) -> f64| responses.iter().map(f).collect::<Vec<f64>>();
        let both = |f: fn(&Response) -> Normalised| responses.iter().map(f).collect::<Vec<_>>();
        let text = "differential correction (dJ/dV)/G0, Eqs. (10), (12)";
        out.both("delta_g", CONDUCTANCE, text, &over, &both(|r| r.delta_g));
        let currents = both(|r| r.current);
        out.both("current", "e k_B T/hbar", "backscattering current, Eq. (12)", &over, &currents);
        if let Some(temperatures) = &self.temperatures_kelvin {
            let in_ampere = in_ampere(&currents, temperatures, self.fast.2.len());
            out.both("current_ampere", "A", "backscattering current", &over, &in_ampere);
        }
        let spins = responses.iter().flat_map(|r| r.polarization).collect();
        out.real("polarization", "1", "tr(S rho), components x, y, z", &with_axis, spins);
        let gaps = all(|r| r.relaxation_gap.unwrap_or(f64::NAN));
        let text = "smallest non-zero decay rate of the spin; NaN if nothing decays";
        out.real("relaxation_gap", "k_B T/hbar", text, &over, gaps);
        let degenerate = responses.iter().map(|r| i64::from(r.degenerate)).collect();
        let text = "1: the stationary state is not unique, that from a mixed spin was taken";
        out.whole("degenerate", text, &over, degenerate);
        if self.density_matrix {
            let states = responses.iter().map(|r| &r.density_matrix);
            out.density_matrices("stationary state, highest S_z first", &over, states);
        }
        out.warn(responses.iter().flat_map(|r| r.warnings.clone()));
    }

    pub(super) fn write_linear(&self, out: &mut Output) -> Result<(), TransportError> {
        let over = dimensions(&[(self.slow.0, self.slow.2.len())]);
        let with_axis = [over.as_slice(), &[("spin_component", 3)]].concat();
        let linear: Vec<LinearResponse> =
            self.rows().map(linear_general).collect::<Result<_, _>>()?;
        let values: Vec<Normalised> = linear.iter().map(|answer| answer.delta_g).collect();
        let text = "linear response, Eq. (14) for any coupling, spin and Fermi level";
        out.both("delta_g_linear", CONDUCTANCE, text, &over, &values);
        let slopes = linear.iter().flat_map(|answer| answer.polarization_slope).collect();
        let text = "d<S>/du at u = eV/(2T) = 0, Eq. (13) for any coupling";
        out.real("polarization_slope", "1", text, &with_axis, slopes);
        out.warn(linear.into_iter().flat_map(|answer| answer.warnings));
        Ok(())
    }

    /// Closed forms for spin 1/2 that hold for these parameters.
    pub(super) fn write_closed_forms(&self, out: &mut Output) -> Result<(), TransportError> {
        let Some(first) = self.points.first().filter(|point| point.spin == 0.5) else {
            return Ok(());
        };
        let diagonal = first.coupling.diagonal();
        if first.coupling != Matrix3::from_diagonal(&diagonal) {
            return Ok(());
        }
        let at_dirac_point = first.fermi_level == 0.0;
        if at_dirac_point {
            let of = |row: &Parameters| linear_diagonal(diagonal.into(), row.texture);
            let text = "linear response in closed form, Eq. (14)";
            self.closed(out, "delta_g_eq14", text, |row| Ok(of(row)?.delta_g))?;
        }
        let coupling = diagonal.x;
        if diagonal.y != coupling || diagonal.z != coupling {
            return Ok(());
        }
        if at_dirac_point {
            let text = "isotropic impurity, linear response, Eq. (16)";
            self.closed(out, "delta_g_eq16", text, |row| linear_isotropic(coupling, row.texture))?;
        }
        if self.rows().all(|row| row.fermi_level == 0.0 || 10.0 <= row.fermi_level.abs()) {
            let text = "isotropic impurity, linear response, leading order in the texture";
            self.closed(out, "delta_g_low_temperature", text, |row| {
                linear_isotropic_low_temperature(coupling, row.texture, row.fermi_level)
            })?;
        }
        if at_dirac_point { self.write_weak_texture(out, coupling) } else { Ok(()) }
    }

    fn closed(
        &self,
        out: &mut Output,
        name: &str,
        text: &str,
        form: impl Fn(&Parameters) -> Result<Normalised, Invalid>,
    ) -> Result<(), TransportError> {
        let over = dimensions(&[(self.slow.0, self.slow.2.len())]);
        let values: Vec<Normalised> = self.rows().map(form).collect::<Result<_, _>>()?;
        out.both(name, CONDUCTANCE, text, &over, &values);
        Ok(())
    }

    /// Eqs. (17)-(19): weak texture, any bias.
    fn write_weak_texture(&self, out: &mut Output, coupling: f64) -> Result<(), TransportError> {
        let lists = [(self.slow.0, self.slow.2.len()), (self.fast.0, self.fast.2.len())];
        let over = dimensions(&lists);
        let (mut cold, mut weak) = (Vec::new(), Vec::new());
        let (mut ratios, mut spin_ratios) = (Vec::new(), Vec::new());
        for point in &self.points {
            let over_texture = 2.0 * point.bias * point.texture;
            cold.push(low_temperature_isotropic(coupling, over_texture)?);
            let base = linear_isotropic_low_temperature(coupling, point.texture, 0.0)?;
            let ratio = differential_ratio(point.bias)?;
            weak.push(Normalised::from_paper(ratio * base.paper));
            ratios.push(ratio);
            spin_ratios.push(polarization_ratio(point.bias)?);
        }
        out.both("delta_g_eq17", CONDUCTANCE, "T << eV, weak texture, Eq. (17)", &over, &cold);
        out.both("delta_g_eq18", CONDUCTANCE, "weak texture, Eq. (18)", &over, &weak);
        let text = "differential correction over its linear response, Eq. (18)";
        out.real("differential_ratio_eq18", "1", text, &over, ratios);
        let text = "<S_x> over -(u/3)(pi t)^2, Eq. (19) with half of the printed unit";
        out.real("polarization_ratio_eq19", "1", text, &over, spin_ratios);
        Ok(())
    }
}

/// e k_B T/hbar in ampere times the current; row by row.
fn in_ampere(currents: &[Normalised], kelvin: &[f64], columns: usize) -> Vec<Normalised> {
    const AMPERE_PER_KELVIN: f64 = 1.602_176_634e-19 * 1.380_649e-23 / 1.054_571_817_646_156_4e-34;
    let rows = kelvin.iter().flat_map(|kelvin| std::iter::repeat_n(*kelvin, columns));
    let paper = currents.iter().zip(rows).map(|(current, t)| current.paper * AMPERE_PER_KELVIN * t);
    paper.map(Normalised::from_paper).collect()
}
