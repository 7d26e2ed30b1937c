//! Quantum numbers, kept states and the product basis (kept states of the last shell) x rung.
//!
//! With symmetries, only sectors with Q >= 0 and S_z >= 0 are stored; the others are *defined* as
//! their images: |-Q,S> := P|Q,S>, |Q,-S> := F|Q,S>, |-Q,-S> := FP|Q,S> (specification, section 5).
use std::collections::{BTreeMap, BTreeSet};

use super::rung;

/// Quantum numbers: charge Q = N - 2 (rungs) and 2 S_z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Label {
    pub charge: i32,
    pub two_sz: i32,
}

impl Label {
    pub(super) fn new(charge: i32, two_sz: i32) -> Self {
        Self { charge, two_sz }
    }
    pub(super) fn shifted(self, change: Self) -> Self {
        Self::new(self.charge + change.charge, self.two_sz + change.two_sz)
    }
    pub(super) fn minus(self, change: Self) -> Self {
        Self::new(self.charge - change.charge, self.two_sz - change.two_sz)
    }
    pub(super) fn of_rung(state: usize) -> Self {
        Self::new(rung::charge(state), rung::two_sz(state))
    }
    pub(super) fn is_canonical(self) -> bool {
        0 <= self.charge && 0 <= self.two_sz
    }
    pub(super) fn canonical(self) -> Self {
        Self::new(self.charge.abs(), self.two_sz.abs())
    }
    /// How many sectors a stored one stands for, itself included.
    pub(super) fn multiplicity(self, symmetric: bool) -> usize {
        let images = |number: i32| 1 + usize::from(symmetric && number != 0);
        images(self.charge) * images(self.two_sz)
    }
    /// (-1)^N; rungs hold an even number of states, so Q decides.
    pub(super) fn fermion_sign(self) -> f64 {
        if self.charge.rem_euclid(2) == 0 { 1.0 } else { -1.0 }
    }
}

/// The kept states of one stored sector.
#[derive(Debug, Clone, Default)]
pub(super) struct KeptSector {
    /// Rescaled, above the ground state of their shell.
    pub energies: Vec<f64>,
    /// Parity under F of each state, where 2 S_z = 0; else empty.
    pub flip: Vec<f64>,
    /// Parity under P of each state, where Q = 0; else empty.
    pub hole: Vec<f64>,
}

/// The kept states of a shell, all sectors.
#[derive(Debug, Clone)]
pub(super) struct KeptSpace {
    /// Whether partner sectors are images (else every sector is stored).
    pub symmetric: bool,
    pub sectors: BTreeMap<Label, KeptSector>,
}

impl KeptSpace {
    /// The label under which the sector is stored.
    pub(super) fn stored(&self, label: Label) -> Label {
        if self.symmetric { label.canonical() } else { label }
    }

    pub(super) fn get(&self, label: Label) -> Option<&KeptSector> {
        self.sectors.get(&self.stored(label))
    }

    pub(super) fn size(&self, label: Label) -> usize {
        self.get(label).map_or(0, |sector| sector.energies.len())
    }

    /// Every label that holds states, images included.
    pub(super) fn labels(&self) -> BTreeSet<Label> {
        let mut labels = BTreeSet::new();
        for (&label, sector) in &self.sectors {
            if sector.energies.is_empty() {
                continue;
            }
            labels.insert(label);
            if self.symmetric {
                let Label { charge, two_sz } = label;
                labels.insert(Label::new(-charge, two_sz));
                labels.insert(Label::new(charge, -two_sz));
                labels.insert(Label::new(-charge, -two_sz));
            }
        }
        labels
    }

    /// F |label, i> = sign |(Q, -S), i>.
    pub(super) fn flip_sign(&self, label: Label, i: usize) -> f64 {
        match (label.two_sz, self.get(label)) {
            (0, Some(sector)) => sector.flip[i],
            _ => 1.0,
        }
    }

    /// P |label, i> = sign |(-Q, S), i>.
    pub(super) fn hole_sign(&self, label: Label, i: usize) -> f64 {
        if label.charge == 0 {
            return self.get(label).map_or(1.0, |sector| sector.hole[i]);
        }
        // P |Q,S> = |-Q,S>; P |Q,-S> = (-1)^N |-Q,-S>; P |-Q,S> = (-1)^N |Q,S>; P |-Q,-S> = |Q,-S>.
        let image = (label.charge < 0) != (label.two_sz < 0);
        if image { label.fermion_sign() } else { 1.0 }
    }
}

/// The product states of one sector that stem from one kept sector and one state of the rung.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub old: Label,
    pub rung: usize,
    pub start: usize,
    pub len: usize,
}

/// The product basis of one sector: segments one after another.
#[derive(Debug, Clone)]
pub(super) struct ProductSector {
    pub label: Label,
    pub segments: Vec<Segment>,
    pub order: usize,
}

impl ProductSector {
    pub(super) fn new(kept: &KeptSpace, label: Label) -> Self {
        let (mut segments, mut order) = (Vec::new(), 0);
        for rung in 0..rung::STATES {
            let old = label.minus(Label::of_rung(rung));
            let len = kept.size(old);
            if len != 0 {
                segments.push(Segment { old, rung, start: order, len });
                order += len;
            }
        }
        Self { label, segments, order }
    }

    pub(super) fn find(&self, old: Label, rung: usize) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.rung == rung && segment.old == old)
    }
}

/// The sectors to diagonalize: all that exist, or only Q >= 0, S_z >= 0 with symmetries.
pub(super) fn product_sectors(kept: &KeptSpace) -> Vec<ProductSector> {
    let mut labels = BTreeSet::new();
    for old in kept.labels() {
        for rung in 0..rung::STATES {
            labels.insert(kept.stored(old.shifted(Label::of_rung(rung))));
        }
    }
    labels.into_iter().map(|label| ProductSector::new(kept, label)).collect()
}
