//! A request: one engine with its fixed parameters, and the axes of a sweep over them.
mod points;
mod text;

use super::axis::RawAxis;
use super::device::Wanted;
use super::reader;
use super::spec::{engine, engine_names};
use crate::engine::Node;
use crate::engine::tree::{SyntaxError, shortened};
use crate::invalid::Invalid;
use crate::nrg::{self, RawRequest};

pub use points::{Document, Group, Request};

/// Most stored units (points x z x temperatures) of one job.
pub const MAX_UNITS: u64 = 1_000_000;
/// Most shifts z of one request, and most entries of `truncation.max_states`.
pub const MAX_LIST: usize = 1024;
/// Most refused values named in one answer.
const MAX_ERRORS: usize = 20;

const TEMPERATURE: &str = "run.temperature";

/// As written, from a file or from the wire.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RawDocument {
    pub engine: String,
    /// "" and "auto" leave the choice to the server.
    pub device: String,
    pub parameters: Parameters,
    /// In their order: the last axis runs fastest.
    pub axes: Vec<RawAxis>,
}

/// What the engine is asked for, as written.
#[derive(Debug, Clone, PartialEq)]
pub enum Parameters {
    Nrg(RawRequest),
    /// Of every other engine: its tables.
    Tables(Node),
}

impl Default for Parameters {
    fn default() -> Self {
        Self::Tables(Node::Table(Vec::new()))
    }
}

/// Why a text is no document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Invalid>),
}

/// Paths of the numeric fields that an axis may vary.
pub fn sweepable(engine_name: &str) -> Vec<&'static str> {
    match engine(engine_name) {
        Some(engine) => engine.sweepable().iter().map(|field| field.path).collect(),
        None => nrg::SWEEPABLE.to_vec(),
    }
}

impl RawDocument {
    pub fn from_toml(text: &str) -> Result<Self, DocumentError> {
        reader::read(&Node::from_toml(text)?).map_err(DocumentError::Invalid)
    }

    pub fn from_json(text: &str) -> Result<Self, DocumentError> {
        reader::read(&Node::from_json(text)?).map_err(DocumentError::Invalid)
    }

    /// Of a document that is a tree already.
    pub fn from_tree(tree: &Node) -> Result<Self, Vec<Invalid>> {
        reader::read(tree)
    }

    /// Checks the whole document, every point included, before any work.
    /// Errors: what is refused, each with field, value and what is expected (at most 20).
    pub fn check(self) -> Result<Document, Vec<Invalid>> {
        let mut errors = Vec::new();
        self.check_frame(&mut errors);
        self.check_finite(&mut errors);
        self.check_axes(&mut errors);
        if errors.is_empty() {
            self.check_size(&mut errors);
        }
        if !errors.is_empty() {
            // The other fields too, so that one answer names all that is wrong; a field whose
            // axis was refused is not missing.
            let swept = |field: &str| self.axes.iter().any(|axis| axis.field == field);
            let more = self.parameters.refused(&self.engine);
            let known: Vec<String> = errors.iter().map(|invalid| invalid.field.clone()).collect();
            errors.extend(more.into_iter().filter(|new| {
                // A list's entry `run.temperature[1]` belongs to `run.temperature`.
                let field = new.field.split('[').next().unwrap_or_default();
                !swept(field) && !known.iter().any(|old| old.starts_with(field))
            }));
            errors.truncate(MAX_ERRORS);
            return Err(errors);
        }
        Document::new(self)
    }

    /// A document that was checked when it was submitted: a job that goes on does not wait for that.
    pub fn checked_before(self) -> Result<Document, Vec<Invalid>> {
        Document::unchecked(self)
    }

    fn check_frame(&self, errors: &mut Vec<Invalid>) {
        let known = engine_names();
        if self.engine.is_empty() {
            errors.push(Invalid::missing("engine", known.join(" or ")));
        } else if !known.contains(&self.engine.as_str()) {
            let value = format!("{:?}", shortened(&self.engine));
            errors.push(Invalid::new("engine", value, known.join(" or ")));
        }
        errors.extend(Wanted::parse(&self.device).err());
        let Parameters::Nrg(request) = &self.parameters else { return };
        for (field, len) in [
            ("discretization.z", request.discretization.z.len()),
            ("truncation.max_states", request.truncation.max_states.len()),
        ] {
            if len > MAX_LIST {
                let expected = format!("at most {MAX_LIST} values");
                errors.push(Invalid::new(field, format!("{len} values"), expected));
            }
        }
    }

    /// The wire can carry NaN and infinities; a text was checked by its reader, tables are by their
    /// engine.
    fn check_finite(&self, errors: &mut Vec<Invalid>) {
        let Parameters::Nrg(request) = &self.parameters else { return };
        let numbers = [
            ("model.coupling", request.model.coupling),
            ("model.coupling_z", request.model.coupling_z),
            ("model.distance", request.model.distance),
            ("discretization.lambda", request.discretization.lambda),
            ("truncation.energy", request.truncation.energy),
            ("truncation.gap_window", request.truncation.gap_window),
            ("run.shells", request.run.shells),
        ];
        let lists = [
            ("discretization.z", &request.discretization.z),
            (TEMPERATURE, &request.run.temperature),
        ];
        let listed =
            lists.iter().flat_map(|(field, list)| list.iter().map(move |value| (*field, *value)));
        let given = numbers.iter().filter_map(|(field, value)| value.map(|value| (*field, value)));
        for (field, value) in given.chain(listed).filter(|(_, value)| !value.is_finite()) {
            errors.push(Invalid::new(field, value, "a finite number"));
            if errors.len() >= MAX_ERRORS {
                return;
            }
        }
    }

    fn check_axes(&self, errors: &mut Vec<Invalid>) {
        let allowed = sweepable(&self.engine);
        for (index, axis) in self.axes.iter().enumerate() {
            axis.check(&allowed, errors);
            let earlier = self.axes.iter().take(index);
            if earlier.into_iter().any(|other| other.field == axis.field) {
                errors.push(Invalid::new(axis.name(), "a second axis", "one axis for each field"));
            }
            if self.parameters.fixes(&axis.field) {
                let expected = format!("{} to be given once, as a value or as an axis", axis.field);
                errors.push(Invalid::new(axis.name(), "an axis", expected));
            }
            axis.check_along(&self.axes, errors);
            if errors.len() >= MAX_ERRORS {
                return;
            }
        }
    }

    /// Counts before anything is written out: a sweep of 10^9 points costs nothing.
    fn check_size(&self, errors: &mut Vec<Invalid>) {
        let (temperatures, shifts, runs) = match &self.parameters {
            Parameters::Nrg(request) => {
                // Four shifts are the default when none is given.
                let shifts = match request.discretization.z.len() {
                    0 => 4,
                    len => len as u64,
                };
                let runs = if request.run.error_bars == Some(true) { 2 } else { 1 };
                (request.run.temperature.len().max(1) as u64, shifts, runs)
            }
            Parameters::Tables(_) => (1, 1, 1),
        };
        let points = self
            .axes
            .iter()
            .filter(|axis| axis.along.is_none())
            .fold(temperatures, |product, axis| product.saturating_mul(axis.values.count()));
        let units = points.saturating_mul(shifts * runs);
        if units > MAX_UNITS {
            let value = match &self.parameters {
                Parameters::Nrg(_) if runs == 2 => {
                    format!("{points} points x {shifts} z x 2 (error bars)")
                }
                Parameters::Nrg(_) => format!("{points} points x {shifts} z"),
                Parameters::Tables(_) => format!("{points} points"),
            };
            let expected = format!("at most {MAX_UNITS} in all");
            errors.push(Invalid::new("sweep", value, expected));
        }
    }
}

impl Parameters {
    /// All that is wrong without the axes.
    fn refused(&self, engine_name: &str) -> Vec<Invalid> {
        match self {
            Self::Nrg(request) => request.validate().err().unwrap_or_default(),
            Self::Tables(tables) => engine(engine_name)
                .and_then(|engine| engine.resolve(tables).err())
                .unwrap_or_default(),
        }
    }

    /// Whether the field has a value already.
    fn fixes(&self, field: &str) -> bool {
        let request = match self {
            Self::Nrg(request) => request,
            Self::Tables(tables) => return tables.get(field).is_some(),
        };
        match field {
            "model.coupling" => request.model.coupling.is_some(),
            "model.coupling_z" => request.model.coupling_z.is_some(),
            "model.distance" => request.model.distance.is_some(),
            "discretization.lambda" => request.discretization.lambda.is_some(),
            "truncation.energy" => request.truncation.energy.is_some(),
            "truncation.gap_window" => request.truncation.gap_window.is_some(),
            "run.shells" => request.run.shells.is_some(),
            TEMPERATURE => !request.run.temperature.is_empty(),
            _ => false,
        }
    }
}
