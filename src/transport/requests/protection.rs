//! `protection`: is the total S_z conserved in a rotating frame (Yevtushenko and Yudson 2022)?
//! `sub-ballistic`: the correction of one off-diagonal coupling, Sec. IV C.
use nalgebra::Matrix3;

use super::array::{MAX_IMPURITIES, accept_array, impurities};
use super::output::Output;
use super::place::matrix;
use super::{Question, Understood, spin};
use crate::engine::{Answer, Cost, Range, Reader, Section};
use crate::stop::Stop;
use crate::transport::TransportError;
use crate::transport::conductance::Normalised;
use crate::transport::protection::{
    Array, ChainMinimum, Finding, Impurity, Process, Protection, SingleImpurity, SingleMinimum,
    analyse, minimize_by_angles, single_off_diagonal_correction, sub_ballistic_correction,
};

/// Starts of the second route for one impurity.
const ANGLE_STARTS: usize = 20;

struct Analysis {
    array: Array,
    spin: f64,
}

pub(super) fn read(reader: &Reader<'_>, calculation: &Section<'_, '_>) -> Understood {
    let tolerance = calculation.number_or("tolerance", 1e-12, Range::between(0.0, 1.0));
    let starts = calculation.count_or("starts", 60, 60, 10_000) as usize;
    let section = reader.section("array");
    let impurities = impurities(&section);
    let heisenberg = section.tables("bonds", MAX_IMPURITIES, |bond| {
        matrix(bond, "exchange_mev").unwrap_or_else(Matrix3::zeros)
    });
    let delta_v = section.number_or("delta_v_mev_nm", 0.0, Range::FINITE);
    let spin = spin(&section, "spin", 7.5);
    if !reader.clean() {
        return None;
    }
    let array = Array { impurities, heisenberg, delta_v, tolerance, starts };
    let array = accept_array(reader, array.validate().map(|()| array))?;
    Some(Box::new(Analysis { array, spin }))
}

impl Analysis {
    fn bound(&self) -> bool {
        self.array.heisenberg.iter().any(|matrix| *matrix != Matrix3::zeros())
    }
}

impl Question for Analysis {
    fn cost(&self) -> Cost {
        let n = self.array.impurities.len() as f64;
        let chain = if self.bound() {
            self.array.starts as f64 * (2e-5 * n + 2e-6 * n.powi(2) + 1e-7 * n.powi(3))
        } else {
            0.0
        };
        Cost {
            core_seconds: 7e-4 * n + chain,
            memory_bytes: (1 << 20) + (400.0 * n * n) as u64,
            result_bytes: (n * 800.0) as u64,
            decided_by: "array.impurities",
        }
    }

    fn answer(&self, stop: &dyn Stop) -> Result<Answer, TransportError> {
        let found = analyse(&self.array, stop)?;
        let mut out = Output::default();
        out.whole(
            "protected",
            "1: a conserving frame exists, G = e^2/h",
            &[],
            vec![i64::from(found.protected)],
        );
        write_singles(&mut out, &found.impurities);
        let angles: Vec<SingleMinimum> = self
            .array
            .impurities
            .iter()
            .map(|impurity| minimize_by_angles(impurity, ANGLE_STARTS))
            .collect::<Result<_, _>>()?;
        let over = [("impurity", angles.len())];
        let values = angles.iter().map(|minimum| minimum.violation).collect();
        let text = "least violation by minimization over angles, a second route";
        out.real("violation_by_angles", "1", text, &over, values);
        self.write_corrections(&mut out)?;
        if let Some(chain) = &found.chain {
            write_chain(&mut out, chain);
        }
        write_mechanisms(&mut out, &found);
        out.warn(found.warnings);
        Ok(out.answer())
    }
}

fn write_singles(out: &mut Output, singles: &[SingleImpurity]) {
    let over = [("impurity", singles.len())];
    let all = |f: fn(&SingleImpurity) -> f64| singles.iter().map(f).collect::<Vec<f64>>();
    let alone = singles.iter().map(|single| i64::from(single.criterion.protected)).collect();
    out.whole("protected_alone", "1: each impurity taken alone is protected", &over, alone);
    for (name, text, values) in [
        (
            "criterion_off_axis",
            "sqrt(G13^2 + G23^2), G = (J R)^T J R",
            all(|s| s.criterion.off_axis),
        ),
        ("criterion_split", "sqrt(((G11 - G22)/2)^2 + G12^2)", all(|s| s.criterion.split)),
        ("criterion_trace", "tr G = ||J||_F^2", all(|s| s.criterion.trace)),
        ("violation", "least violation V_min of one impurity, J^2", all(|s| s.minimum.violation)),
        ("violation_relative", "V_min/||J||_F^2", all(|s| s.minimum.relative)),
    ] {
        out.real(name, "1", text, &over, values);
    }
    let text = "frame R_S of the impurity spin that violates least (not unique)";
    out.matrices("frame", "1", text, &over, singles.iter().map(|s| &s.minimum.frame));
    let text = "R_S^T J R_psi, Eq. (18)";
    out.matrices("rotated_coupling", "1", text, &over, singles.iter().map(|s| &s.minimum.rotated));
    write_violating(out, singles);
    let dimension = "meV nm";
    for (name, text, values) in [
        ("interaction_forward", "of (rho_R - rho_L)^2", all(|s| s.interaction.forward)),
        ("interaction_umklapp", "of (psi_R^+ psi_L)^2 + h.c.", all(|s| s.interaction.umklapp)),
        (
            "interaction_single_flip",
            "of (rho_R - rho_L)(psi_R^+ psi_L + h.c.)",
            all(|s| s.interaction.single_flip),
        ),
    ] {
        out.real(name, dimension, text, &over, values);
    }
}

/// The six combinations of (C4)-(C6); zero where they conserve.
fn write_violating(out: &mut Output, singles: &[SingleImpurity]) {
    const NAMES: [&str; 6] = ["13", "23", "31", "32", "11-22", "12+21"];
    let mut values = Vec::with_capacity(6 * singles.len());
    for (index, single) in singles.iter().enumerate() {
        for name in NAMES {
            let found = single.violating.iter().find(|element| element.name == name);
            values.push(found.map_or(0.0, |element| element.value));
        }
        for element in &single.violating {
            let process = match element.process {
                Process::FlipForward => "the impurity flips, the electron goes on",
                Process::ReflectWithoutFlip => "the electron is reflected, the impurity stays",
                Process::DoubleFlip => "impurity and electron flip the same way",
            };
            out.note(format!("impurity {index}: element {} violates: {process}", element.name));
        }
    }
    let over = [("impurity", singles.len()), ("element", 6)];
    let text = "violating combinations 13, 23, 31, 32, 11-22, 12+21 of the rotated coupling";
    out.real("violating_elements", "1", text, &over, values);
}

fn write_chain(out: &mut Output, chain: &ChainMinimum) {
    let text = "least joint violation, each matrix relative to its own ||J||_F^2";
    out.number("chain_violation", "1", text, chain.violation);
    let text = "starts that ended at the best value";
    out.whole("chain_starts_reached", text, &[], vec![chain.reached as i64]);
    let over = [("impurity", chain.frames.len())];
    out.matrices("chain_frame", "1", "joint frames R_S(j)", &over, &chain.frames);
    let text = "R_S(j)^T J_j R_psi(j), Eq. (18)";
    out.matrices("chain_rotated_coupling", "1", text, &over, &chain.rotated);
    let over = [("bond", chain.rotated_heisenberg.len())];
    let text = "R_S(j)^T JH_j R_S(j+1), Eq. (20)";
    out.matrices("chain_rotated_exchange", "meV", text, &over, &chain.rotated_heisenberg);
}

fn write_mechanisms(out: &mut Output, found: &Protection) {
    let mut codes = Vec::with_capacity(found.mechanisms.len());
    for mechanism in &found.mechanisms {
        let (code, word) = match mechanism.finding {
            Finding::Absent => (0, "absent"),
            Finding::Harmless => (1, "harmless"),
            Finding::Acts => (2, "acts"),
            Finding::NotDecided => (3, "not decided"),
        };
        codes.push(code);
        out.note(format!("{} (Sec. {}): {word}", mechanism.name, mechanism.section));
    }
    let over = [("mechanism", codes.len())];
    let text = "0 absent, 1 harmless, 2 acts, 3 not decided; named in the notes, in this order";
    out.whole("mechanism_finding", text, &over, codes);
}

impl Analysis {
    /// NaN for an impurity whose coupling is too strong for the formula.
    fn write_corrections(&self, out: &mut Output) -> Result<(), TransportError> {
        let mut values = Vec::with_capacity(self.array.impurities.len());
        for (index, impurity) in self.array.impurities.iter().enumerate() {
            match sub_ballistic_correction(impurity, self.spin) {
                Ok(value) => values.push(value),
                Err(TransportError::Invalid(_)) => {
                    values.push(Normalised::from_paper(f64::NAN));
                    out.warn([format!("impurity {index}: coupling of 1 or more, no correction")]);
                }
                Err(error) => return Err(error),
            }
        }
        let over = [("impurity", values.len())];
        let text = "linear correction of each impurity alone, T above T_K, no texture (Sec. IV C)";
        out.both("delta_g", "e^2/h", text, &over, &values);
        Ok(())
    }
}

/// J~11 = J~22, J~33, J~13 over hbar vF.
struct SubBallistic([f64; 3]);

pub(super) fn read_sub_ballistic(
    reader: &Reader<'_>,
    _calculation: &Section<'_, '_>,
) -> Understood {
    let rotated = reader.section("rotated_coupling");
    let weak = Range { low: -1.0, with_low: false, high: 1.0, ..Range::FINITE };
    let values = ["j11", "j33", "j13"].map(|field| rotated.required(field, weak));
    reader.clean().then(|| Box::new(SubBallistic(values)) as Box<dyn Question>)
}

impl Question for SubBallistic {
    fn cost(&self) -> Cost {
        Cost {
            core_seconds: 2e-5,
            memory_bytes: 1 << 16,
            result_bytes: 40,
            decided_by: "rotated_coupling.j11",
        }
    }

    fn answer(&self, _stop: &dyn Stop) -> Result<Answer, TransportError> {
        let [j11, j33, j13] = self.0;
        let mut out = Output::default();
        let closed = single_off_diagonal_correction(j11, j33, j13)?;
        let text = "-J11^2 J13^2/(2 J11^2 + 2 J33^2 + J13^2), Sec. IV C corrected";
        out.both("delta_g", "e^2/h", text, &[], &[closed]);
        #[rustfmt::skip]
        let coupling = Matrix3::new(
            j11, 0.0, j13,
            0.0, j11, 0.0,
            0.0, 0.0, j33,
        );
        let impurity = Impurity { position: 0.0, theta: 0.0, phi: 0.0, coupling };
        let general = sub_ballistic_correction(&impurity, 0.5)?;
        out.both("delta_g_general", "e^2/h", "the same by the general formula", &[], &[general]);
        out.measure("closed_form_difference", (closed.paper - general.paper).abs());
        Ok(out.answer())
    }
}
