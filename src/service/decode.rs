//! From the messages to a raw document. What is required and in range is the document's to say.
use super::proto::{self, axis, sweep};
use crate::invalid::Invalid;
use crate::jobs::axis::{AxisValues, RawAxis, Scale};
use crate::jobs::document::RawDocument;
use crate::nrg::{ModelKind, RawRequest, Rule, Scheme};

/// Errors: no engine, an enumeration's number that this version does not know, an axis without values.
pub fn document(sweep: Option<proto::Sweep>) -> Result<RawDocument, Vec<Invalid>> {
    let sweep = sweep.ok_or_else(|| vec![Invalid::missing("sweep", "a document")])?;
    let mut errors = Vec::new();
    let (engine, request) = match sweep.engine {
        Some(sweep::Engine::Nrg(request)) => ("nrg", nrg(request, &mut errors)),
        None => ("", RawRequest::default()),
    };
    let axes = sweep.axes.into_iter().filter_map(|axis| self::axis(axis, &mut errors)).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(RawDocument { engine: engine.to_owned(), device: sweep.device, request, axes })
}

fn nrg(request: proto::NrgRequest, errors: &mut Vec<Invalid>) -> RawRequest {
    let mut raw = RawRequest::default();
    let model = request.model.unwrap_or_default();
    raw.model.kind = model_kind(model.kind, errors);
    raw.model.coupling = model.coupling;
    raw.model.coupling_z = model.coupling_z;
    raw.model.distance = model.distance.map(|distance| distance as f64);
    let discretization = request.discretization.unwrap_or_default();
    raw.discretization.lambda = discretization.lambda;
    raw.discretization.z = discretization.z;
    raw.discretization.scheme = scheme(discretization.scheme, errors);
    let truncation = request.truncation.unwrap_or_default();
    raw.truncation.energy = truncation.energy;
    raw.truncation.rule = rule(truncation.rule, errors);
    raw.truncation.gap_window = truncation.gap_window;
    raw.truncation.max_states = truncation.max_states;
    let run = request.run.unwrap_or_default();
    raw.run.temperature = run.temperature;
    raw.run.shells = run.shells.map(f64::from);
    raw
}

fn model_kind(kind: i32, errors: &mut Vec<Invalid>) -> Option<ModelKind> {
    match proto::NrgModelKind::try_from(kind) {
        Ok(proto::NrgModelKind::Unspecified) => None,
        Ok(proto::NrgModelKind::TwoImpurityHelicalKondo) => {
            Some(ModelKind::TwoImpurityHelicalKondo)
        }
        Ok(proto::NrgModelKind::OneImpurityKondo) => Some(ModelKind::OneImpurityKondo),
        Err(_) => unknown("model.kind", kind, "two-impurity-helical-kondo", errors),
    }
}

fn scheme(scheme: i32, errors: &mut Vec<Invalid>) -> Option<Scheme> {
    match proto::NrgScheme::try_from(scheme) {
        Ok(proto::NrgScheme::Unspecified) => None,
        Ok(proto::NrgScheme::ZitkoPruschke) => Some(Scheme::ZitkoPruschke),
        Ok(proto::NrgScheme::CampoOliveira) => Some(Scheme::CampoOliveira),
        Ok(proto::NrgScheme::Plain) => Some(Scheme::Plain),
        Err(_) => {
            let expected = "zitko-pruschke, campo-oliveira or plain";
            unknown("discretization.scheme", scheme, expected, errors)
        }
    }
}

fn rule(rule: i32, errors: &mut Vec<Invalid>) -> Option<Rule> {
    match proto::NrgRule::try_from(rule) {
        Ok(proto::NrgRule::Unspecified) => None,
        Ok(proto::NrgRule::Gap) => Some(Rule::Gap),
        Ok(proto::NrgRule::Plain) => Some(Rule::Plain),
        Err(_) => unknown("truncation.rule", rule, "gap or plain", errors),
    }
}

fn unknown<T>(field: &str, value: i32, expected: &str, errors: &mut Vec<Invalid>) -> Option<T> {
    errors.push(Invalid::new(field, value, expected));
    None
}

fn axis(axis: proto::Axis, errors: &mut Vec<Invalid>) -> Option<RawAxis> {
    let field = axis.field;
    let values = match axis.values {
        Some(axis::Values::List(list)) => AxisValues::List(list.values),
        Some(axis::Values::Grid(grid)) => {
            let scale = match proto::Scale::try_from(grid.scale) {
                Ok(proto::Scale::Log) => Scale::Log,
                Ok(_) => Scale::Linear,
                Err(_) => {
                    let name = format!("sweep.{field:?}.scale");
                    return unknown(&name, grid.scale, "linear or log", errors);
                }
            };
            let (from, to, count) = (grid.from, grid.to, u64::from(grid.count));
            AxisValues::Grid { from, to, count, scale }
        }
        None => AxisValues::List(Vec::new()),
    };
    Some(RawAxis { field, values })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message;

    use super::*;

    fn sweep(field: &str, values: axis::Values) -> proto::Sweep {
        let model = proto::NrgModel {
            kind: 1,
            coupling_z: Some(0.25),
            distance: Some(i64::MAX),
            ..Default::default()
        };
        let request = proto::NrgRequest { model: Some(model), ..Default::default() };
        let axes = vec![proto::Axis { field: field.into(), values: Some(values) }];
        let engine = Some(sweep::Engine::Nrg(request));
        proto::Sweep { engine, axes, device: "cpu".into() }
    }

    #[test]
    fn what_is_not_given_stays_open() {
        let list = axis::Values::List(proto::List { values: vec![1.0, 2.0] });
        let raw = document(Some(sweep("model.coupling", list))).unwrap();
        assert_eq!((raw.engine.as_str(), raw.device.as_str()), ("nrg", "cpu"));
        assert_eq!(raw.request.model.coupling, None);
        assert_eq!(raw.request.model.coupling_z, Some(0.25));
        assert_eq!(raw.request.truncation, Default::default());
        assert_eq!(raw.axes[0].values, AxisValues::List(vec![1.0, 2.0]));
    }

    proptest! {
        /// Bytes that are a message, and bytes that are none: refused or read, never a panic.
        #[test]
        fn no_bytes_panic(
            edits in prop::collection::vec((0usize..200, any::<u8>()), 0..6),
            (from, to, count) in (any::<f64>(), any::<f64>(), any::<u32>()),
            field in "[a-z._]{0,20}",
        ) {
            let grid = proto::Grid { from, to, count, scale: 2 };
            let mut bytes = sweep(&field, axis::Values::Grid(grid)).encode_to_vec();
            for (at, byte) in edits {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            if let Ok(message) = proto::Sweep::decode(bytes.as_slice())
                && let Ok(raw) = document(Some(message))
            {
                let _ = raw.check();
            }
        }
    }
}
