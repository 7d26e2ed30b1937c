//! The orders that NRG runs diagonalize, shell by shell.
//!
//! `nrg_orders.txt` is made from `nrg_sector_sizes.csv` (four runs: Lambda = 4, J = 0.1, J_z = 0,
//! distances 10 and 1000, z = 0 and 0.5, E_trunc = 8) by this rule: rows with `cut_rule` = gap, `charge` >= 0 and `two_sz` >= 0
//! (partners are copied, specification of the NRG, section 5); an order is split in two, the larger half first,
//! where `charge` = 0, and each of these in two again where `two_sz` = 0 (parities); empty halves are left
//! out. `tests/bench` makes it again from the table.

const TABLE: &str = include_str!("nrg_orders.txt");

/// One run: the orders of each shell, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOrders {
    /// "x = 10, z = 0".
    pub name: String,
    pub shells: Vec<Vec<usize>>,
}

/// The four runs.
pub fn nrg_runs() -> Vec<RunOrders> {
    let mut runs: Vec<RunOrders> = Vec::new();
    for (name, shell, orders) in TABLE.lines().filter_map(entry) {
        if runs.last().is_none_or(|run| run.name != name) {
            runs.push(RunOrders { name, shells: Vec::new() });
        }
        if let Some(run) = runs.last_mut() {
            run.shells.resize(run.shells.len().max(shell + 1), Vec::new());
            run.shells[shell] = orders;
        }
    }
    runs
}

/// Shell by shell, the orders of `count` runs that advance together: the four in turn.
pub fn lockstep(count: usize) -> Vec<Vec<usize>> {
    let runs = nrg_runs();
    let mut steps: Vec<Vec<usize>> = Vec::new();
    for run in runs.iter().cycle().take(if runs.is_empty() { 0 } else { count }) {
        steps.resize(steps.len().max(run.shells.len()), Vec::new());
        for (step, shell) in steps.iter_mut().zip(&run.shells) {
            step.extend(shell);
        }
    }
    steps
}

/// `distance z shell: order*count ...`; none for a comment.
fn entry(line: &str) -> Option<(String, usize, Vec<usize>)> {
    let (head, tail) = line.split_once(':').filter(|_| !line.starts_with('#'))?;
    let mut head = head.split(' ');
    let name = format!("x = {}, z = {}", head.next()?, head.next()?);
    let shell = head.next()?.parse().ok()?;
    let mut orders = Vec::new();
    for group in tail.split_whitespace() {
        let (order, count) = group.split_once('*')?;
        let order: usize = order.parse().ok()?;
        orders.extend(std::iter::repeat_n(order, count.parse().ok()?));
    }
    Some((name, shell, orders))
}
