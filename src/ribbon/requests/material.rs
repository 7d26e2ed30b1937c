//! `[model]`: a preset or free parameters.
use super::accepted;
use crate::engine::{Range, Reader};
use crate::ribbon::{Model, Preset, RashbaOrders};

/// Whether the calculation is about edge states, which need a topological gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    Bands,
    EdgeStates,
}

/// None after a refusal.
pub(super) fn model(reader: &Reader<'_>, needs: Needs) -> Option<Model> {
    let section = reader.section("model");
    let preset = section.choice(
        "preset",
        &[
            ("custom", None),
            ("hgte-7nm", Some(Preset::HgTe7nm)),
            ("inas-gasb-10nm-10nm", Some(Preset::InAsGaSb10nm10nm)),
        ],
    )?;
    let base = preset.map(|preset| preset.model(0.0));
    let number = |name, of: fn(&Model) -> f64| match &base {
        Some(base) => section.number_or(name, of(base), Range::FINITE),
        None => section.required(name, Range::FINITE),
    };
    let mut model = Model {
        a_mev_nm: number("a_mev_nm", |model| model.a_mev_nm),
        b_mev_nm2: number("b_mev_nm2", |model| model.b_mev_nm2),
        c_mev: section.number_or("c_mev", 0.0, Range::FINITE),
        d_mev_nm2: number("d_mev_nm2", |model| model.d_mev_nm2),
        m_mev: number("m_mev", |model| model.m_mev),
        rashba_mev_nm: 0.0,
        rashba2_mev_nm2: 0.0,
        rashba3_mev_nm3: 0.0,
        bia_mev: section.number_or("bia_mev", 0.0, Range::FINITE),
    };
    if let Some(field) = section.number("field_mev_per_nm", Range::FINITE) {
        let orders = [("linear", RashbaOrders::Linear), ("all", RashbaOrders::All)];
        let orders = section.choice("rashba_orders", &orders)?;
        let Some(preset) = preset else {
            let expected = "preset hgte-7nm, whose R_0(field) is known; else give rashba_mev_nm";
            section.refuse("field_mev_per_nm", field, expected);
            return None;
        };
        let in_field = accepted(reader, preset.in_field(field, orders))?;
        model.rashba_mev_nm = in_field.rashba_mev_nm;
        model.rashba2_mev_nm2 = in_field.rashba2_mev_nm2;
        model.rashba3_mev_nm3 = in_field.rashba3_mev_nm3;
    } else {
        model.rashba_mev_nm = section.number_or("rashba_mev_nm", 0.0, Range::FINITE);
        model.rashba2_mev_nm2 = section.number_or("rashba2_mev_nm2", 0.0, Range::FINITE);
        model.rashba3_mev_nm3 = section.number_or("rashba3_mev_nm3", 0.0, Range::FINITE);
    }
    if !reader.clean() {
        return None;
    }
    let checked = match needs {
        Needs::Bands => model.check(),
        Needs::EdgeStates => model.check_topological(),
    };
    accepted(reader, checked.map_err(Into::into))?;
    Some(model)
}
