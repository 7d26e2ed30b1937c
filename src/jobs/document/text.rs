//! Documents back to TOML, as they are kept with their job.
use super::{Parameters, RawDocument};
use crate::engine::Node;
use crate::engine::tree::toml_text;
use crate::jobs::axis::{AxisValues, RawAxis, Scale};
use crate::nrg::RawRequest;

impl RawDocument {
    /// TOML that [`Self::from_toml`] reads back to the same document, bit for bit.
    pub fn to_toml(&self) -> String {
        let engine = toml_text(&self.engine);
        let device = toml_text(&self.device);
        let parameters = match &self.parameters {
            Parameters::Nrg(request) => nrg(request).to_toml(),
            Parameters::Tables(tables) => tables.to_toml(),
        };
        let axes = self.axes.iter().map(|axis| (axis.field.clone(), values(axis)));
        let sweep = Node::Table(vec![("sweep".to_owned(), Node::Table(axes.collect()))]);
        format!("engine = {engine}\ndevice = {device}\n{parameters}{}", sweep.to_toml())
    }
}

fn values(axis: &RawAxis) -> Node {
    let along = axis.along.clone().map(Node::Text);
    match &axis.values {
        AxisValues::List(values) if along.is_none() => list(values),
        AxisValues::List(values) => table([("values", Some(list(values))), ("along", along)]),
        AxisValues::Grid { from, to, count, scale } => {
            let scale = match scale {
                Scale::Linear => "linear",
                Scale::Log => "log",
            };
            table([
                ("from", Some(Node::Number(*from))),
                ("to", Some(Node::Number(*to))),
                ("count", Some(Node::Number(*count as f64))),
                ("scale", Some(Node::Text(scale.to_owned()))),
                ("along", along),
            ])
        }
    }
}

fn nrg(request: &RawRequest) -> Node {
    let RawRequest { model, discretization, truncation, run } = request;
    let max_states: Vec<f64> = truncation.max_states.iter().copied().map(f64::from).collect();
    table([
        (
            "model",
            Some(table([
                ("kind", model.kind.as_ref().and_then(name)),
                ("coupling", model.coupling.map(Node::Number)),
                ("coupling_z", model.coupling_z.map(Node::Number)),
                ("distance", model.distance.map(Node::Number)),
            ])),
        ),
        (
            "discretization",
            Some(table([
                ("lambda", discretization.lambda.map(Node::Number)),
                ("z", some_list(&discretization.z)),
                ("scheme", discretization.scheme.as_ref().and_then(name)),
            ])),
        ),
        (
            "truncation",
            Some(table([
                ("energy", truncation.energy.map(Node::Number)),
                ("rule", truncation.rule.as_ref().and_then(name)),
                ("gap_window", truncation.gap_window.map(Node::Number)),
                ("max_states", some_list(&max_states)),
            ])),
        ),
        (
            "run",
            Some(table([
                ("temperature", some_list(&run.temperature)),
                ("shells", run.shells.map(Node::Number)),
                ("error_bars", run.error_bars.map(Node::Bool)),
            ])),
        ),
    ])
}

/// What is not given is left out.
fn table<const N: usize>(entries: [(&str, Option<Node>); N]) -> Node {
    let given = entries.into_iter().filter_map(|(name, node)| Some((name.to_owned(), node?)));
    Node::Table(given.collect())
}

fn list(values: &[f64]) -> Node {
    Node::List(values.iter().copied().map(Node::Number).collect())
}

fn some_list(values: &[f64]) -> Option<Node> {
    (!values.is_empty()).then(|| list(values))
}

/// The kebab-case name of a choice.
fn name<T: serde::Serialize>(choice: &T) -> Option<Node> {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(text)) => Some(Node::Text(text)),
        _ => None,
    }
}
