//! How a matrix is halved until its blocks are small.
use super::super::shaders::eigh_small::MAX_ORDER;

/// A block that is solved as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Leaf {
    pub(super) start: usize,
    pub(super) len: usize,
    pub(super) depth: usize,
}

/// A block that is put together from its first `left` rows and the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Node {
    pub(super) start: usize,
    pub(super) len: usize,
    pub(super) left: usize,
    /// 0 for the whole matrix.
    pub(super) depth: usize,
}

impl Node {
    /// First row of the second half.
    pub(super) fn middle(&self) -> usize {
        self.start + self.left
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    leaves: Vec<Leaf>,
}

impl Tree {
    pub(super) fn new(order: usize) -> Self {
        let mut tree = Self::default();
        tree.split(0, order, 0);
        tree
    }

    fn split(&mut self, start: usize, len: usize, depth: usize) {
        if len <= MAX_ORDER as usize {
            self.leaves.push(Leaf { start, len, depth });
            return;
        }
        let left = len / 2;
        self.nodes.push(Node { start, len, left, depth });
        self.split(start, left, depth + 1);
        self.split(start + left, len - left, depth + 1);
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub(super) fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// Of the deepest leaf.
    pub(super) fn depth(&self) -> usize {
        self.leaves.iter().map(|leaf| leaf.depth).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_cover_each_row_once() {
        for order in [1, 32, 33, 64, 65, 129, 1000, 3072] {
            let tree = Tree::new(order);
            let mut next = 0;
            for leaf in tree.leaves() {
                assert_eq!(leaf.start, next);
                assert!(0 < leaf.len && leaf.len <= 32);
                next += leaf.len;
            }
            assert_eq!((next, tree.leaves().len()), (order, tree.nodes().len() + 1));
        }
    }
}
