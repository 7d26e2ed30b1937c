//! What travels to a worker and what comes back, whatever the engine.
use crate::engine::{Answer, Cost, Engine, Node};
use crate::nrg::{self, RunSpec, SHELL_COLUMNS, UNIT_COLUMNS, UnitResult};

/// Engines whose documents are tables, beside the NRG.
pub fn engines() -> &'static [&'static dyn Engine] {
    &[
        &crate::ribbon::Ribbons,
        &crate::transport::Transport,
        &crate::crossover::Crossover,
        &nrg::Impurities,
    ]
}

/// The engine of this name among [`engines`].
pub fn engine(name: &str) -> Option<&'static dyn Engine> {
    engines().iter().copied().find(|engine| engine.name() == name)
}

/// Names of all engines.
pub fn engine_names() -> Vec<&'static str> {
    std::iter::once("nrg").chain(engines().iter().map(|engine| engine.name())).collect()
}

/// The version of the numbers that this program computes.
pub fn version_of(engine_name: &str) -> Option<u32> {
    match engine_name {
        "nrg" => Some(nrg::ENGINE_VERSION),
        name => engine(name).map(Engine::version),
    }
}

const MAX_STATES: &str = "truncation.max_states";

fn whole(node: &Node) -> Option<u32> {
    if let Node::Number(number) = node { Some(*number as u32) } else { None }
}

/// One run: what a worker is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Spec {
    /// Yields one unit for every temperature.
    Nrg(RunSpec),
    /// Yields one unit.
    Tables(Tables),
}

/// A resolved request of an engine of [`engines`].
#[derive(Debug, Clone, PartialEq)]
pub struct Tables {
    pub engine: &'static str,
    pub request: Node,
}

impl Tables {
    /// None when no engine has this name.
    pub fn engine(&self) -> Option<&'static dyn Engine> {
        engine(self.engine)
    }
}

/// One stored unit.
#[derive(Debug, Clone, PartialEq)]
pub enum Unit {
    Nrg(UnitResult),
    Answer(Answer),
}

impl Spec {
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Nrg(_) => "nrg",
            Self::Tables(tables) => tables.engine,
        }
    }

    pub fn engine_version(&self) -> u32 {
        match self {
            Self::Nrg(_) => nrg::ENGINE_VERSION,
            Self::Tables(tables) => tables.engine().map_or(0, Engine::version),
        }
    }

    pub fn units(&self) -> usize {
        match self {
            Self::Nrg(spec) => spec.temperatures.len(),
            Self::Tables(_) => 1,
        }
    }

    pub fn cost(&self) -> Cost {
        match self {
            Self::Nrg(spec) => {
                let cost = nrg::estimate(spec);
                let columns = UNIT_COLUMNS.len() + spec.shells as usize * SHELL_COLUMNS.len();
                Cost {
                    core_seconds: cost.core_seconds,
                    memory_bytes: cost.memory_bytes,
                    result_bytes: (spec.temperatures.len() * columns * 8) as u64,
                    decided_by: "truncation.max_states",
                }
            }
            Self::Tables(tables) => match tables.engine() {
                Some(engine) => engine.cost(&tables.request),
                None => Cost {
                    core_seconds: 0.0,
                    memory_bytes: 0,
                    result_bytes: 0,
                    decided_by: "engine",
                },
            },
        }
    }

    /// What it costs on a device that allows so much, where less than [`Self::cost`] is possible.
    pub fn cost_within(&self, memory_bytes: u64) -> Option<Cost> {
        match self {
            Self::Nrg(_) => None,
            Self::Tables(tables) => {
                Some(tables.engine()?.cost_within(&tables.request, memory_bytes))
            }
        }
    }

    /// [`Self::cost_within`], or else what it costs anywhere.
    pub fn least(&self, memory_bytes: u64) -> Cost {
        self.cost_within(memory_bytes).unwrap_or_else(|| self.cost())
    }

    /// Whether the runs of a chunk are one after another, not together.
    pub fn one_by_one(&self) -> bool {
        match self {
            Self::Nrg(_) => false,
            Self::Tables(tables) => tables.engine().is_some_and(Engine::one_by_one),
        }
    }

    /// The largest of `truncation.max_states`, where there is such a field.
    pub fn most_states(&self) -> Option<u32> {
        match self {
            Self::Nrg(run) => run.truncation.max_states.iter().copied().max(),
            Self::Tables(tables) => match tables.request.get(MAX_STATES)? {
                Node::List(list) => list.iter().filter_map(whole).max(),
                one => whole(one),
            },
        }
    }

    /// The same run with no more states in any shell.
    pub fn with_most_states(&self, most: u32) -> Option<Self> {
        match self {
            Self::Nrg(run) => {
                let mut run = run.clone();
                run.truncation.max_states.iter_mut().for_each(|states| *states = most.min(*states));
                Some(Self::Nrg(run))
            }
            Self::Tables(tables) => {
                let mut tables = tables.clone();
                let list: Vec<u32> = match tables.request.get(MAX_STATES)? {
                    Node::List(list) => list.iter().filter_map(whole).collect(),
                    one => whole(one).into_iter().collect(),
                };
                let list = list.into_iter().map(|states| Node::Number(f64::from(most.min(states))));
                tables.request.set(MAX_STATES, Node::List(list.collect()));
                Some(Self::Tables(tables))
            }
        }
    }

    /// The run with some of its units.
    pub fn only(&self, indices: &[usize]) -> Self {
        match self {
            Self::Nrg(spec) => {
                let mut spec = spec.clone();
                let kept = indices.iter().filter_map(|index| spec.temperatures.get(*index));
                spec.temperatures = kept.copied().collect();
                Self::Nrg(spec)
            }
            Self::Tables(tables) => Self::Tables(tables.clone()),
        }
    }
}

impl Unit {
    /// Of the NRG.
    pub fn nrg(&self) -> Option<&UnitResult> {
        match self {
            Self::Nrg(unit) => Some(unit),
            Self::Answer(_) => None,
        }
    }

    pub fn warnings(&self) -> &[String] {
        match self {
            Self::Nrg(unit) => &unit.warnings,
            Self::Answer(answer) => &answer.quality.warnings,
        }
    }
}
