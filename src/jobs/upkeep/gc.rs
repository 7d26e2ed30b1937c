//! Removing what no job refers to.
use std::collections::HashSet;
use std::path::Path;

use crate::jobs::key::Key;
use crate::jobs::spec;
use crate::jobs::store::{Reader, Store, StoreError, folder, folder_bytes, folders, group_name};
use crate::jobs::sweeps::{SweepError, keys_of};

/// What is removed beyond groups of units that no job refers to.
#[derive(Debug, Clone, Copy, Default)]
pub struct GcOptions {
    /// Results of other versions of an engine: no job of this version can refer to them.
    pub old: bool,
    /// What cannot be read.
    pub damaged: bool,
}

/// What would be removed, and what stays although nobody refers to it.
#[derive(Debug, Default)]
pub struct GcPlan {
    pub groups: Vec<String>,
    pub units: Vec<Key>,
    pub bytes: u64,
    /// Groups of another engine version that stay.
    pub old: usize,
    /// Damaged groups that stay.
    pub damaged: usize,
    /// Units nobody refers to, in groups that others need.
    pub units_beside: usize,
}

/// Errors: a job whose document cannot be read: what it refers to is not known.
pub fn plan(store: &Store, options: GcOptions) -> Result<GcPlan, SweepError> {
    let reader = Reader::open(store.dir())?;
    let mut wanted: HashSet<Key> = HashSet::new();
    for row in reader.jobs(-1)? {
        wanted.extend(keys_of(&row)?);
    }
    let index = reader.index()?;
    let mut plan = GcPlan::default();
    for name in folders(store.dir())? {
        let group = index.groups.keys().find(|group| group_name(**group) == name);
        let units = group.and_then(|group| index.units.get(group));
        let units: Vec<Key> = units.into_iter().flatten().map(|(key, _)| *key).collect();
        let idle = units.iter().filter(|key| !wanted.contains(*key)).count();
        let fate = match group {
            _ if folder::verified(store.dir(), &name).is_err() => Fate::Damaged,
            // Readable, but nobody can find it: the index was lost, not the wish to keep it.
            None => continue,
            Some(_) if idle < units.len() => Fate::Wanted,
            Some(_) if !current(store.dir(), &name) => Fate::Old,
            Some(_) => Fate::Idle,
        };
        let take = match fate {
            Fate::Idle => true,
            Fate::Wanted => {
                plan.units_beside += idle;
                false
            }
            Fate::Old => {
                plan.old += usize::from(!options.old);
                options.old
            }
            Fate::Damaged => {
                plan.damaged += usize::from(!options.damaged);
                options.damaged
            }
        };
        if take {
            plan.bytes += folder_bytes(store.dir(), &name);
            plan.units.extend(units);
            plan.groups.push(name);
        }
    }
    Ok(plan)
}

enum Fate {
    Wanted,
    Idle,
    Old,
    Damaged,
}

/// Whether the group is of the engine's version that is in this program.
fn current(dir: &Path, name: &str) -> bool {
    let Some((engine, version)) = folder::engine(dir, name) else { return true };
    spec::version_of(&engine) == Some(version)
}

pub fn collect(store: &mut Store, plan: &GcPlan) -> Result<(), StoreError> {
    store.remove_groups(&plan.groups, &plan.units)
}
