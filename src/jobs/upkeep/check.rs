//! Reads a store to the last byte and says what is wrong with it. Changes nothing.
use std::collections::BTreeMap;
use std::path::Path;

use crate::jobs::key::Key;
use crate::jobs::store::{Index, Reader, StoreError, folder, folders, group_name};
use crate::jobs::sweeps::document_of;

/// One thing that is wrong, and what can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A file or folder of the store, or a job.
    pub place: String,
    pub problem: String,
    pub remedy: &'static str,
}

/// What a store holds and how well.
#[derive(Debug, Default)]
pub struct CheckReport {
    pub jobs: usize,
    pub groups: usize,
    /// That can be found and read.
    pub units: usize,
    /// In the index, but not readable: they have to be computed again.
    pub units_lost: usize,
    /// Readable, but not in the index.
    pub units_unindexed: usize,
    pub findings: Vec<Finding>,
}

const REBUILD: &str =
    "`edgestate store rebuild DIR` makes the index anew from all readable results";
const RECOMPUTE: &str =
    "`edgestate store gc DIR --damaged --yes` forgets it; the next sweep computes it again";
const NEWER: &str = "use the version that wrote it, or a newer one";

/// Errors: the folder of results cannot be listed.
pub fn check(dir: &Path) -> Result<CheckReport, StoreError> {
    let mut report = CheckReport::default();
    let index = match sound_index(dir) {
        Ok(index) => index,
        Err(findings) => {
            report.findings = findings;
            Index::default()
        }
    };
    check_groups(dir, &index, &mut report)?;
    if let Ok(reader) = Reader::open(dir) {
        check_jobs(&reader, &mut report);
    }
    Ok(report)
}

/// The index, if SQLite finds nothing wrong with it.
fn sound_index(dir: &Path) -> Result<Index, Vec<Finding>> {
    let finding = |problem: String, remedy: &'static str| Finding {
        place: "jobs.sqlite".to_owned(),
        problem,
        remedy,
    };
    let damaged = |error: StoreError| vec![finding(error.to_string(), REBUILD)];
    let reader = Reader::open(dir).map_err(damaged)?;
    match reader.complaints() {
        Ok(complaints) if complaints.is_empty() => {}
        Ok(complaints) => {
            return Err(complaints.into_iter().map(|text| finding(text, REBUILD)).collect());
        }
        Err(error @ StoreError::Newer { .. }) => {
            return Err(vec![finding(error.to_string(), NEWER)]);
        }
        Err(error) => return Err(damaged(error)),
    }
    reader.index().map_err(damaged)
}

fn check_groups(dir: &Path, index: &Index, report: &mut CheckReport) -> Result<(), StoreError> {
    for (group, complete) in &index.groups {
        let name = group_name(*group);
        let units = index.units.get(group).map(Vec::as_slice).unwrap_or_default();
        // An intent of a crash, or of a writer at work: nobody can find anything in it.
        if *complete {
            report.groups += 1;
            check_group(dir, &name, units, report);
        }
    }
    for (group, units) in &index.units {
        if index.groups.get(group) != Some(&true) {
            report.units_lost += units.len();
            report.findings.push(Finding {
                place: format!("results/{}", group_name(*group)),
                problem: format!("the index has {} units in it, but not the group", units.len()),
                remedy: REBUILD,
            });
        }
    }
    for name in folders(dir)? {
        let known = index.groups.keys().any(|group| group_name(*group) == name);
        if !known {
            check_stranger(dir, &name, report);
        }
    }
    Ok(())
}

fn check_group(dir: &Path, name: &str, units: &[(Key, usize)], report: &mut CheckReport) {
    let place = format!("results/{name}");
    let keys = match folder::verified(dir, name) {
        Ok(keys) => keys,
        Err(error) => {
            report.units_lost += units.len();
            let problem = format!("{} units are lost: {error}", units.len());
            report.findings.push(Finding { place, problem, remedy: RECOMPUTE });
            return;
        }
    };
    let wrong = units.iter().filter(|(key, row)| keys.get(*row) != Some(key)).count();
    report.units += units.len() - wrong;
    report.units_lost += wrong;
    if 0 < wrong {
        let problem = format!("{wrong} units are in other rows than the index says");
        report.findings.push(Finding { place, problem, remedy: REBUILD });
    }
    let indexed: BTreeMap<Key, usize> = units.iter().copied().collect();
    report.units_unindexed += keys.iter().filter(|key| !indexed.contains_key(*key)).count();
}

fn check_stranger(dir: &Path, name: &str, report: &mut CheckReport) {
    let place = format!("results/{name}");
    match folder::verified(dir, name) {
        Ok(keys) => {
            report.units_unindexed += keys.len();
            let problem = format!("{} readable units that are not in the index", keys.len());
            report.findings.push(Finding { place, problem, remedy: REBUILD });
        }
        Err(error) => {
            let problem = format!("not in the index, and not readable: {error}");
            report.findings.push(Finding { place, problem, remedy: RECOMPUTE });
        }
    }
}

fn check_jobs(reader: &Reader, report: &mut CheckReport) {
    let Ok(rows) = reader.jobs(-1) else { return };
    report.jobs = rows.len();
    for row in rows {
        if let Err(error) = document_of(&row) {
            report.findings.push(Finding {
                place: format!("job {}", row.view.id),
                problem: error.to_string(),
                remedy: "its points stay in the store: submit the document again",
            });
        }
    }
}
