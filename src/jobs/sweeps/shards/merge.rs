//! Taking all shards of a sweep over into their store, or refusing them as a whole.
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::Shard;
use super::manifest::{Begun, Complete, FORMAT, Group};
use crate::jobs::document::{Document, DocumentError, RawDocument};
use crate::jobs::key::Key;
use crate::jobs::planner::runs_of;
use crate::jobs::store::{JobRow, Reader, Store, StoreError, folder, sums};
use crate::jobs::sweeps::{Report, SweepError, collected, id_of, new_view};
use crate::jobs::view::JobState;

/// Most reasons listed.
const MAX_REASONS: usize = 20;

/// What merging has come to.
#[derive(Debug)]
pub struct Merged {
    pub report: Report,
    pub shards: usize,
    /// Groups taken over; the others were there already.
    pub adopted: usize,
}

/// Checks every shard to the last byte, then takes over what the store lacks. Merging again
/// changes nothing.
/// Errors: shards that are missing, incomplete, damaged, of several documents or devices.
pub fn merge(mut store: Store, clean: bool) -> Result<Merged, SweepError> {
    let begin = std::time::Instant::now();
    let parts = Parts::read(store.dir())?;
    let document = parts.document()?;
    let adopted = parts.adopt(&mut store)?;
    let row = parts.save_job(&store, &document)?;
    let results = collected(Reader::open(store.dir())?, &row)?;
    if clean {
        for (_, folder, _) in &parts.shards {
            std::fs::remove_dir_all(folder).map_err(StoreError::io("removing", folder))?;
        }
        // Stays when something else is in it.
        let _ = std::fs::remove_dir(store.dir().join("shards"));
    }
    let seconds = begin.elapsed().as_secs_f64();
    let report = Report { view: row.view, results, seconds, units_computed: 0 };
    Ok(Merged { report, shards: parts.shards.len(), adopted })
}

/// All shards of one sweep, verified.
struct Parts {
    first: Begun,
    shards: Vec<(Shard, PathBuf, Complete)>,
    /// Of all groups of a folder, in their order.
    keys: HashMap<(PathBuf, String), Vec<Key>>,
}

impl Parts {
    fn read(store: &Path) -> Result<Self, SweepError> {
        let folders = folders(store)?;
        let mut reasons = missing(&folders);
        let mut shards = Vec::new();
        for (shard, folder) in folders {
            match Complete::read(&folder) {
                Ok(Some(complete)) => shards.push((shard, folder, complete)),
                Ok(None) => reasons.push(incomplete(shard, &folder)),
                Err(error) => reasons.push(error.to_string()),
            }
        }
        let Some(first) = shards.first().map(|(_, _, complete)| complete.begun.clone()) else {
            return Err(refused(reasons));
        };
        let mut parts = Self { first, shards, keys: HashMap::new() };
        reasons.extend(parts.unlike());
        if reasons.is_empty() {
            reasons.extend(parts.verify());
        }
        if reasons.is_empty() { Ok(parts) } else { Err(refused(reasons)) }
    }

    /// Shards that do not belong to the first one's sweep.
    fn unlike(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        for (shard, _, Complete { begun, .. }) in &self.shards {
            let name = shard.name();
            if begun.format != FORMAT {
                reasons.push(format!("{name} has format {}, known is {FORMAT}", begun.format));
            }
            if begun.shard() != *shard {
                reasons.push(format!("{name} says it is {}", begun.shard().name()));
            }
            if begun.document != self.first.document {
                let first = self.first.shard().name();
                reasons.push(format!("{name} is of another document than {first}"));
            }
            if begun.device != self.first.device {
                let (first, device) = (self.first.shard().name(), &self.first.device);
                reasons.push(format!(
                    "{name} was computed on {:?}, {first} on {device:?}: compute all on one class \
                     of nodes",
                    begun.device
                ));
            }
        }
        reasons
    }

    /// Reads every group to the end.
    fn verify(&mut self) -> Vec<String> {
        let mut reasons = Vec::new();
        for (shard, folder, complete) in &self.shards {
            for group in &complete.groups {
                match verified(folder, group) {
                    Ok(keys) => {
                        self.keys.insert((folder.clone(), group.name.clone()), keys);
                    }
                    Err(reason) => {
                        reasons.push(format!("{}: {reason}; compute it again", shard.name()));
                    }
                }
            }
        }
        reasons
    }

    fn document(&self) -> Result<Document, SweepError> {
        let raw = RawDocument::from_toml(&self.first.document);
        let document = raw.and_then(|raw| raw.check().map_err(DocumentError::Invalid));
        let document = document
            .map_err(|error| refused(vec![format!("the document cannot be read: {error}")]))?;
        let runs = runs_of(&document, &self.first.device)?;
        let mut there: HashSet<Key> = self.keys.values().flatten().copied().collect();
        there.extend(self.failed().into_keys());
        let wanted = runs.iter().flat_map(|run| run.keys.iter());
        let lacking = wanted.filter(|key| !there.contains(*key)).count();
        if lacking == 0 {
            return Ok(document);
        }
        Err(refused(vec![format!(
            "{lacking} units of the sweep are in no shard: were the shards computed by another \
             version (theirs is {})?",
            self.first.version
        )]))
    }

    /// Units that were given up, with their reasons.
    fn failed(&self) -> BTreeMap<Key, String> {
        let failed = self.shards.iter().flat_map(|(_, _, complete)| &complete.failed);
        failed.filter_map(|one| Some((Key::from_hex(&one.key)?, one.reason.clone()))).collect()
    }

    fn adopt(&self, store: &mut Store) -> Result<usize, SweepError> {
        let mut adopted = 0;
        for (_, folder, complete) in &self.shards {
            for group in &complete.groups {
                let keys = self.keys.get(&(folder.clone(), group.name.clone()));
                let keys = keys.map(Vec::as_slice).unwrap_or_default();
                if store.known(keys)?.into_iter().all(|known| known) {
                    continue;
                }
                let draft = store.draft()?;
                draft.adopt(folder, &group.name)?;
                store.commit(&draft, keys, &[])?;
                adopted += 1;
            }
        }
        Ok(adopted)
    }

    fn save_job(&self, store: &Store, document: &Document) -> Result<JobRow, SweepError> {
        let device = self.first.device.clone();
        let id = id_of(document.raw(), &device);
        let earlier = Reader::open(store.dir())?.job(&id)?;
        let text = document.raw().to_toml();
        let mut row = earlier.unwrap_or_else(|| JobRow {
            view: new_view(id, document.engine()),
            document: text,
            device,
        });
        let runs = runs_of(document, &row.device)?;
        let keys: HashSet<Key> = runs.iter().flat_map(|run| run.keys.iter().copied()).collect();
        let keys: Vec<Key> = keys.into_iter().collect();
        let done = store.known(&keys)?.into_iter().filter(|known| *known).count();
        let failed: Vec<(Key, String)> = self.failed().into_iter().collect();
        let failed_keys: Vec<Key> = failed.iter().map(|(key, _)| *key).collect();
        let known = store.known(&failed_keys)?;
        let mut open = known.into_iter().map(|known| !known);
        let failed: Vec<_> = failed.into_iter().filter(|_| open.next() == Some(true)).collect();
        row.view.units_total = keys.len() as u64;
        row.view.units_done = done as u64;
        row.view.units_failed = failed.len() as u64;
        row.view.reason = failed.first().map(|(_, reason)| reason.clone()).unwrap_or_default();
        row.view.seconds_elapsed =
            self.shards.iter().map(|(_, _, complete)| complete.seconds).fold(0.0, f64::max);
        row.view.state = match (done, failed.len()) {
            (0, 1..) => JobState::Failed,
            _ => JobState::Done,
        };
        store.save_job(&row)?;
        store.save_failures(&failed)?;
        Ok(row)
    }
}

fn refused(mut reasons: Vec<String>) -> SweepError {
    let more = reasons.len().saturating_sub(MAX_REASONS);
    reasons.truncate(MAX_REASONS);
    if 0 < more {
        reasons.push(format!("and {more} more"));
    }
    SweepError::Shards { reasons }
}

fn folders(store: &Path) -> Result<Vec<(Shard, PathBuf)>, SweepError> {
    let shards = store.join("shards");
    let entries = match std::fs::read_dir(&shards) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(refused(vec![format!("{} does not exist", shards.display())]));
        }
        Err(error) => return Err(StoreError::io("listing", &shards)(error).into()),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let entry = entry.map_err(StoreError::io("listing", &shards))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        match Shard::parse(&name, "-of-") {
            Some(shard) => folders.push((shard, entry.path())),
            None => return Err(refused(vec![format!("shards/{name} is no shard")])),
        }
    }
    folders.sort_unstable();
    Ok(folders)
}

/// Which parts nobody has begun.
fn missing(folders: &[(Shard, PathBuf)]) -> Vec<String> {
    let Some((Shard { of, .. }, _)) = folders.first() else {
        return vec!["there are no shards".to_owned()];
    };
    let mut reasons = Vec::new();
    if let Some((other, _)) = folders.iter().find(|(shard, _)| shard.of != *of) {
        let other = other.of;
        reasons.push(format!("parts of {of} and parts of {other}: remove those of one of them"));
        return reasons;
    }
    let there: HashSet<usize> = folders.iter().map(|(shard, _)| shard.index).collect();
    let lacking: Vec<String> =
        (1..=*of).filter(|index| !there.contains(index)).map(|index| index.to_string()).collect();
    if !lacking.is_empty() {
        let shown = lacking.iter().take(MAX_REASONS).cloned().collect::<Vec<_>>().join(", ");
        reasons.push(format!("{} of {of} shards were not begun: {shown}", lacking.len()));
    }
    reasons
}

fn incomplete(shard: Shard, folder: &Path) -> String {
    let groups = std::fs::read_dir(folder.join("results")).map_or(0, Iterator::count);
    let Shard { index, of } = shard;
    format!(
        "{} is incomplete ({groups} chunks are there): start it again with --shard {index}/{of}",
        shard.name()
    )
}

fn verified(folder: &Path, group: &Group) -> Result<Vec<Key>, String> {
    let fine = group.name.chars().all(|c| c.is_ascii_digit() || c == '-') && !group.name.is_empty();
    if !fine {
        return Err(format!("{:?} is no name of a chunk", group.name));
    }
    let list = sums::place(folder, &group.name);
    let sum = sums::of_file(&list).map_err(|error| error.to_string())?;
    if sum != group.sums {
        return Err(format!("{} has changed", list.display()));
    }
    let keys = folder::verified(folder, &group.name).map_err(|error| error.to_string())?;
    let same = keys.iter().map(Key::hex).eq(group.keys.iter().cloned());
    if same { Ok(keys) } else { Err(format!("results {}: other units than listed", group.name)) }
}
