//! From the messages to a raw document, by the descriptors of the proto files: a message is a table
//! of its fields, an enumeration's value its name. What is required and in range is the document's to
//! say.
use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, Value};

use super::proto::{self, DESCRIPTORS, axis, sweep};
use crate::engine::Node;
use crate::invalid::Invalid;
use crate::jobs::axis::{AxisValues, RawAxis, Scale};
use crate::jobs::document::RawDocument;

/// Errors: no engine, an enumeration's number that this version does not know, a value of the wrong
/// kind, an axis without values.
pub fn document(sweep: Option<proto::Sweep>) -> Result<RawDocument, Vec<Invalid>> {
    let sweep = sweep.ok_or_else(|| vec![Invalid::missing("sweep", "a document")])?;
    let mut errors = Vec::new();
    let axes = sweep.axes.into_iter().filter_map(|axis| self::axis(axis, &mut errors)).collect();
    let (engine, parameters) = match sweep.engine {
        Some(sweep::Engine::Nrg(request)) => ("nrg", tables("NrgRequest", &request)),
        Some(sweep::Engine::Ribbon(request)) => ("ribbon", tables("RibbonRequest", &request)),
        Some(sweep::Engine::Transport(request)) => {
            ("transport", tables("TransportRequest", &request))
        }
        Some(sweep::Engine::Crossover(request)) => {
            ("crossover", tables("CrossoverRequest", &request))
        }
        Some(sweep::Engine::Impurity(request)) => ("impurity", tables("ImpurityRequest", &request)),
        None => ("", Node::Table(Vec::new())),
    };
    let Node::Table(mut tree) = parameters else { return Err(errors) };
    tree.insert(0, ("engine".to_owned(), Node::Text(engine.to_owned())));
    let mut raw = match RawDocument::from_tree(&Node::Table(tree)) {
        Ok(raw) => raw,
        Err(more) => {
            errors.extend(more);
            return Err(errors);
        }
    };
    if !errors.is_empty() {
        return Err(errors);
    }
    raw.device = sweep.device;
    raw.axes = axes;
    Ok(raw)
}

/// The descriptors this server was built with.
static POOL: LazyLock<Option<DescriptorPool>> =
    LazyLock::new(|| DescriptorPool::decode(DESCRIPTORS).ok());

/// The fields of a message that are present.
fn tables(name: &str, message: &impl Message) -> Node {
    let descriptor =
        POOL.as_ref().and_then(|pool| pool.get_message_by_name(&format!("edgestate.v1.{name}")));
    let dynamic = descriptor.and_then(|descriptor| {
        DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice()).ok()
    });
    dynamic.map_or(Node::Null, |message| table(&message))
}

fn table(message: &DynamicMessage) -> Node {
    let fields = message.fields();
    Node::Table(
        fields
            .filter_map(|(field, value)| Some((field.name().to_owned(), node(&field, value)?)))
            .collect(),
    )
}

/// None for an enumeration that was left open.
fn node(field: &FieldDescriptor, value: &Value) -> Option<Node> {
    Some(match value {
        Value::Bool(value) => Node::Bool(*value),
        Value::I32(value) => Node::Number(f64::from(*value)),
        Value::I64(value) => Node::Number(*value as f64),
        Value::U32(value) => Node::Number(f64::from(*value)),
        Value::U64(value) => Node::Number(*value as f64),
        Value::F32(value) => Node::Number(f64::from(*value)),
        Value::F64(value) => Node::Number(*value),
        Value::String(text) => Node::Text(text.clone()),
        Value::Bytes(_) | Value::Map(_) => Node::Null,
        Value::EnumNumber(number) => return choice(field, *number),
        Value::Message(message) => table(message),
        Value::List(items) => {
            Node::List(items.iter().filter_map(|item| node(field, item)).collect())
        }
    })
}

/// `NRG_RULE_GAP` of `NrgRule` is `gap`; a number without a name stays a number, and is refused.
fn choice(field: &FieldDescriptor, number: i32) -> Option<Node> {
    if number == 0 {
        return None;
    }
    let Kind::Enum(kind) = field.kind() else { return None };
    let Some(value) = kind.get_value(number) else { return Some(Node::Number(f64::from(number))) };
    let zero = kind.get_value(0);
    let prefix = zero.as_ref().and_then(|zero| zero.name().strip_suffix("UNSPECIFIED"));
    let name = value.name();
    let name = name.strip_prefix(prefix.unwrap_or_default()).unwrap_or(name);
    Some(Node::Text(name.to_lowercase().replace('_', "-")))
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
                    errors.push(Invalid::new(name, grid.scale, "linear or log"));
                    return None;
                }
            };
            let (from, to, count) = (grid.from, grid.to, u64::from(grid.count));
            AxisValues::Grid { from, to, count, scale }
        }
        None => AxisValues::List(Vec::new()),
    };
    let along = (!axis.along.is_empty()).then_some(axis.along);
    Some(RawAxis { field, values, along })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message;

    use super::*;
    use crate::jobs::document::Parameters;
    use crate::nrg::RawRequest;

    fn sweep(field: &str, values: axis::Values) -> proto::Sweep {
        let model = proto::NrgModel {
            kind: 1,
            coupling_z: Some(0.25),
            distance: Some(i64::MAX),
            ..Default::default()
        };
        let request = proto::NrgRequest { model: Some(model), ..Default::default() };
        let axes =
            vec![proto::Axis { field: field.into(), values: Some(values), along: String::new() }];
        let engine = Some(sweep::Engine::Nrg(request));
        proto::Sweep { engine, axes, device: "cpu".into() }
    }

    fn request(raw: &RawDocument) -> &RawRequest {
        match &raw.parameters {
            Parameters::Nrg(request) => request,
            Parameters::Tables(_) => unreachable!("{raw:?}"),
        }
    }

    #[test]
    fn what_is_not_given_stays_open() {
        let list = axis::Values::List(proto::List { values: vec![1.0, 2.0] });
        let raw = document(Some(sweep("model.coupling", list))).unwrap();
        assert_eq!((raw.engine.as_str(), raw.device.as_str()), ("nrg", "cpu"));
        let request = request(&raw);
        assert_eq!(request.model.kind, Some(crate::nrg::ModelKind::TwoImpurityHelicalKondo));
        assert_eq!(request.model.coupling, None);
        assert_eq!(request.model.coupling_z, Some(0.25));
        assert_eq!(request.truncation, Default::default());
        assert_eq!(raw.axes[0].values, AxisValues::List(vec![1.0, 2.0]));
    }

    #[test]
    fn a_choice_of_another_version_is_refused_by_name() {
        let truncation = proto::NrgTruncation { rule: 77, ..Default::default() };
        let request = proto::NrgRequest { truncation: Some(truncation), ..Default::default() };
        let engine = Some(sweep::Engine::Nrg(request));
        let refused = document(Some(proto::Sweep { engine, ..Default::default() })).unwrap_err();
        assert_eq!(refused.len(), 1);
        assert_eq!(
            (refused[0].field.as_str(), refused[0].value.as_str()),
            ("truncation.rule", "77")
        );
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
