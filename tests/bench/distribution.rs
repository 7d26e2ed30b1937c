//! The embedded orders are those of the table.
use std::collections::BTreeMap;

use edgestate::bench::Workload;
use edgestate::bench::sizes::{lockstep, nrg_runs};

const TABLE: &str = include_str!("../data/nrg_sector_sizes.csv");

fn halves(orders: &[usize]) -> Vec<usize> {
    orders.iter().flat_map(|order| [order.div_ceil(2), order / 2]).collect()
}

/// Rows with `cut_rule` = gap, `charge` >= 0, `two_sz` >= 0; split in two where `charge` = 0, and in two again
/// where `two_sz` = 0 (specification of the NRG, section 5).
fn from_table() -> BTreeMap<String, BTreeMap<usize, Vec<usize>>> {
    let mut lines = TABLE.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut runs: BTreeMap<String, BTreeMap<usize, Vec<usize>>> = BTreeMap::new();
    for line in lines {
        let row: BTreeMap<&str, &str> = names.iter().copied().zip(line.split(',')).collect();
        let (charge, two_sz): (i64, i64) =
            (row["charge"].parse().unwrap(), row["two_sz"].parse().unwrap());
        if row["cut_rule"] != "gap" || charge < 0 || two_sz < 0 {
            continue;
        }
        let mut orders = vec![row["order"].parse::<usize>().unwrap()];
        if charge == 0 {
            orders = halves(&orders);
        }
        if two_sz == 0 {
            orders = halves(&orders);
        }
        let run = format!("x = {}, z = {}", row["distance"], row["z"]);
        let shell = runs.entry(run).or_default().entry(row["shell"].parse().unwrap()).or_default();
        shell.extend(orders.into_iter().filter(|order| *order > 0));
    }
    runs
}

#[test]
fn embedded_orders_are_those_of_the_table() {
    let table = from_table();
    let runs = nrg_runs();
    assert_eq!(runs.len(), 4);
    for run in runs {
        let shells = &table[&run.name];
        assert_eq!(shells.len(), run.shells.len(), "{}", run.name);
        for (shell, orders) in shells {
            let mut orders = orders.clone();
            orders.sort_unstable();
            assert_eq!(run.shells[*shell], orders, "{}, shell {shell}", run.name);
        }
    }
}

/// Six runs are the four and the first two again; every matrix of theirs is there.
#[test]
fn runs_in_lockstep_share_their_batches() {
    let runs = nrg_runs();
    let steps = lockstep(6);
    assert_eq!(steps.len(), runs.iter().map(|run| run.shells.len()).max().unwrap());
    for (shell, step) in steps.iter().enumerate() {
        let of = |index: usize| runs[index].shells.get(shell).map_or(0, Vec::len);
        assert_eq!(step.len(), 2 * of(0) + 2 * of(1) + of(2) + of(3), "shell {shell}");
    }
}

#[test]
fn workloads_have_the_batches_they_name() {
    let quick = Workload::nrg(8).steps(1);
    let full = Workload::nrg(1).steps(1);
    for (quick, full) in quick.iter().flatten().zip(full.iter().flatten()) {
        assert_eq!(*quick, full.div_ceil(8));
    }
    assert_eq!(Workload::small(8, true).steps(2), [vec![8; 8192]]);
    let single = Workload::single(512, false, 1);
    assert_eq!(single.name, "real-512");
    assert_eq!(single.steps(3)[0].len(), 3 * single.steps(1)[0].len());
}
