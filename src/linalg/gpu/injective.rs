//! Placements in which every element of a destination is written once. A map may send several rows to
//! one place, where they add up; invocations that run at the same time would lose some of them.
use std::collections::HashMap;
use std::sync::Arc;

use crate::linalg::{Map, Placement};

type Table = Arc<[(u32, f64)]>;

/// The same sums; a placement becomes one for each pair of layers of its maps.
pub(super) fn injective(placements: &[Placement]) -> Vec<Placement> {
    let mut known = Layers::default();
    let mut list = Vec::with_capacity(placements.len());
    for placement in placements {
        let (rows, cols) = (known.of(&placement.rows), known.of(&placement.cols));
        for rows in &rows {
            for cols in &cols {
                let (rows, cols) = (rows.clone(), cols.clone());
                list.push(Placement { rows, cols, ..placement.clone() });
            }
        }
    }
    list
}

/// Layers of tables met before, by their address; the tables live as long as the placements.
#[derive(Default)]
struct Layers(HashMap<*const (u32, f64), Vec<Table>>);

impl Layers {
    fn of(&mut self, map: &Map) -> Vec<Map> {
        let Map::Table { table, start } = map else { return vec![map.clone()] };
        let layers = self.0.entry(Arc::as_ptr(table).cast()).or_insert_with(|| layers(table));
        let map = |table: &Table| Map::Table { table: table.clone(), start: *start };
        layers.iter().map(map).collect()
    }
}

/// Layer l keeps the l-th entry of each place; the table itself where no place is met twice.
fn layers(table: &Table) -> Vec<Table> {
    let mut met: HashMap<u32, usize> = HashMap::new();
    let layer_of: Vec<usize> = table
        .iter()
        .map(|&(to, _)| {
            if to == Map::NOWHERE {
                return 0;
            }
            let count = met.entry(to).or_insert(0);
            *count += 1;
            *count - 1
        })
        .collect();
    let count = layer_of.iter().max().map_or(1, |last| last + 1);
    if count == 1 {
        return vec![table.clone()];
    }
    let layer = |layer: usize| -> Table {
        let entries = table.iter().zip(&layer_of);
        entries
            .map(|(&(to, factor), &mine)| (if mine == layer { to } else { Map::NOWHERE }, factor))
            .collect()
    };
    (0..count).map(layer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_met_once_in_a_layer() {
        let table: Table = [(3, 1.0), (Map::NOWHERE, 9.0), (1, 2.0), (3, -1.0), (3, 4.0)].into();
        let found = layers(&table);
        let kept: Vec<Vec<(u32, f64)>> = found
            .iter()
            .map(|layer| layer.iter().copied().filter(|e| e.0 != Map::NOWHERE).collect())
            .collect();
        assert_eq!(kept, [vec![(3, 1.0), (1, 2.0)], vec![(3, -1.0)], vec![(3, 4.0)]]);
        assert!(found.iter().all(|layer| layer.len() == table.len()));
        let once: Table = [(0, 1.0), (1, 1.0)].into();
        assert!(Arc::ptr_eq(&layers(&once)[0], &once));
    }
}
