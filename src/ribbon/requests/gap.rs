//! "gap": the gap of the edge bands of a ribbon, in the four-state model and numerically.
use super::geometry::{Geometry, ribbon};
use super::material::{Needs, model};
use super::{Calculation, cost};
use crate::engine::{Answer, Array, Cost, Range, Reader};
use crate::linalg::Device;
use crate::ribbon::four_state::FourState;
use crate::ribbon::{Model, RibbonError, edge_gap, vanishing_width};
use crate::stop::Stop;

struct Gap {
    model: Model,
    geometry: Geometry,
    /// Widths between which the gap vanishes, nm.
    vanishing: Option<[f64; 2]>,
}

pub(super) fn read(reader: &Reader<'_>) -> Option<Box<dyn Calculation>> {
    let model = model(reader, Needs::EdgeStates)?;
    let geometry = ribbon(reader, &model, "continuum")?;
    let section = reader.section("interference");
    let vanishing = if section.has("from_nm") || section.has("to_nm") {
        let from = section.required("from_nm", Range::POSITIVE);
        let to = section.required("to_nm", Range::POSITIVE);
        if to <= from {
            section.refuse("to_nm", to, "more than from_nm");
        }
        Some([from, to])
    } else {
        None
    };
    reader.clean().then(|| Box::new(Gap { model, geometry, vanishing }) as Box<_>)
}

impl Calculation for Gap {
    fn cost(&self) -> Cost {
        let n = 4.0 * self.geometry.functions() as f64;
        let each = 120.0 * (1e-4 + 5e-6 * n);
        let seconds = each * if self.vanishing.is_some() { 40.0 } else { 1.0 } + 0.05;
        cost(seconds, 4e3 * n, 80.0, "ribbon.sites")
    }

    fn answer(&self, device: &dyn Device, stop: &dyn Stop) -> Result<Answer, RibbonError> {
        let mut answer = Answer::default();
        let analytic = FourState::new(&self.model, self.geometry.width_nm)?.gap();
        let quality = &mut answer.quality;
        let [delta, place] = match analytic {
            Ok(gap) if gap.inside => [gap.gap_mev, gap.k_per_nm],
            Ok(gap) => {
                quality.warnings.push("four-state model: the least gap is at an end".into());
                [gap.gap_mev, gap.k_per_nm]
            }
            Err(error) => {
                quality.warnings.push(format!("four-state model: {error}"));
                [f64::NAN; 2]
            }
        };
        answer.arrays.extend([
            Array::scalar("gap_four_state_mev", "meV", "Delta: four-state model", delta),
            Array::scalar("k_gap_four_state_per_nm", "1/nm", "k_Delta: four-state model", place),
        ]);
        let ribbon = self.geometry.ribbon(self.model)?;
        let [delta, place, at_zero] = match edge_gap(&ribbon, device, stop) {
            Ok(gap) => {
                if !gap.inside {
                    answer.quality.warnings.push("the least gap is at an end of the search".into());
                }
                [gap.gap_mev, gap.k_per_nm, gap.gap_at_zero_mev]
            }
            Err(error @ RibbonError::BelowResolution { .. }) => {
                answer.quality.warnings.push(error.to_string());
                [f64::NAN; 3]
            }
            Err(other) => return Err(other),
        };
        let text = "Delta = min_k (E_3 - E_2)";
        answer.arrays.extend([
            Array::scalar("gap_mev", "meV", text, delta),
            Array::scalar("k_gap_per_nm", "1/nm", "k_Delta > 0; there is another at -k", place),
            Array::scalar("gap_at_zero_mev", "meV", "E_3 - E_2 at k = 0", at_zero),
            Array::scalar("gap_ratio", "1", "Delta over E_3 - E_2 at k = 0", delta / at_zero),
        ]);
        if let Some([from, to]) = self.vanishing {
            let width = vanishing_width(self.model, from, to, device, stop)?;
            let text = "W* of destructive interference";
            answer.arrays.push(Array::scalar("vanishing_width_nm", "nm", text, width));
        }
        answer.quality.notes.push(format!("{} functions across", self.geometry.functions()));
        answer.quality.warnings.extend(ribbon.warnings(0.0));
        Ok(answer)
    }
}
