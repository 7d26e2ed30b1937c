//! Eigenvectors of symmetric tridiagonal matrices by divide and conquer (Cuppen 1981; Gu and
//! Eisenstat 1995; LAPACK's stedc), all matrices of a wave level by level. The host decides what is
//! deflated, O(n) a merge; roots, inner vectors and products are the device's.
use super::super::device::Step;
use super::super::gather;
use super::super::layout::{
    GatherPlacement, GatherTarget, Launch, NodeJob, NodeTask, Product, Root, RowTask, Turn, TurnJob,
};
use super::super::matmul::matmul;
use super::super::plan::{self, View};
use super::super::recorder::Recorder;
use super::super::shaders::gather::SHIFT;
use super::super::shaders::{
    EXACT_WEIGHTS, INNER_VECTORS, ORDER_COLUMNS, ORDER_COLUMNS_COMPLEX, SECULAR, TURN_COLUMNS,
    secular, turn_columns,
};
use super::deflate::{Merge, deflate};
use super::tree::{Leaf, Node, Tree};
use super::wave::Wave;
use super::{Item, Solution, small};
use crate::linalg::scale::PowerOfTwo;
use crate::linalg::{Dtype, LinalgError, Shape};
use crate::stop::Stop;

/// Products per pole and root that finding a root takes, about: six trips of two sums of three
/// operations and a division.
const TRIP_WORK: u64 = 60;

/// A tridiagonal matrix, scaled, with its couplings torn, and the eigenvalues of its blocks so far.
struct Torn {
    tree: Tree,
    scale: PowerOfTwo,
    d: Vec<f64>,
    e: Vec<f64>,
    values: Vec<f64>,
}

/// Eigenvalues of every matrix, ascending; their vectors are left in `z`.
pub(super) fn conquer(
    recorder: &mut Recorder<'_>,
    wave: &mut Wave,
    stop: &dyn Stop,
) -> Result<Vec<Vec<f64>>, LinalgError> {
    let mut torn = tear(recorder, wave)?;
    let leaves = Leaves::solve(recorder, wave, &mut torn, stop)?;
    let deepest = torn.iter().map(|torn| torn.tree.depth()).max().unwrap_or(0);
    for depth in (0..=deepest).rev() {
        recorder.push(Step::Clear { buffer: wave.q[1].clone() }, 0)?;
        leaves.place(recorder, wave, &torn, depth)?;
        let nodes = nodes_at(&torn, depth);
        if !nodes.is_empty() {
            merge_level(recorder, wave, &mut torn, &nodes)?;
        }
        wave.q.swap(0, 1);
    }
    finish(recorder, wave, torn)
}

/// Reads T, scales it and takes the couplings between blocks away.
fn tear(recorder: &mut Recorder<'_>, wave: &Wave) -> Result<Vec<Torn>, LinalgError> {
    recorder.finish()?;
    let mut reals = vec![f64::NAN; 2 * wave.rows];
    recorder.device.read(&wave.reals, 0, bytemuck::cast_slice_mut(&mut reals))?;
    let mut all = Vec::with_capacity(wave.jobs.len());
    for job in &wave.jobs {
        let n = job.order as usize;
        let both = &mut reals[2 * job.first_row as usize..][..2 * n];
        both[2 * n - 1] = 0.0;
        if both.iter().any(|x| !x.is_finite()) {
            // No certificate will be given for what comes of this.
            both.fill(0.0);
        }
        let largest = both.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        let scale = PowerOfTwo::normalizing(largest);
        let (first, second) = scale.factors();
        both.iter_mut().for_each(|x| *x = *x * first * second);
        let (mut d, e) = (both[..n].to_vec(), both[n..2 * n - 1].to_vec());
        let tree = Tree::new(n);
        for node in tree.nodes() {
            let at = node.middle();
            let coupling = e[at - 1].abs();
            d[at - 1] -= coupling;
            d[at] -= coupling;
        }
        all.push(Torn { tree, scale, values: vec![0.0; n], d, e });
    }
    Ok(all)
}

/// Blocks of order 32 and less, solved by the kernel for small matrices.
struct Leaves {
    vectors: wgpu::Buffer,
    /// Number of the matrix, the block, and where its vectors begin.
    list: Vec<(usize, Leaf, u32)>,
}

impl Leaves {
    fn solve(
        recorder: &Recorder<'_>,
        wave: &Wave,
        torn: &mut [Torn],
        stop: &dyn Stop,
    ) -> Result<Self, LinalgError> {
        let (mut list, mut items, mut elements) = (Vec::new(), Vec::new(), Vec::new());
        for (job, torn) in torn.iter().enumerate() {
            for leaf in torn.tree.leaves() {
                let first = elements.len() as u32;
                let largest = push_block(&mut elements, torn, leaf);
                let scale = PowerOfTwo::normalizing(largest);
                items.push(Item { index: list.len(), order: leaf.len, first, scale });
                list.push((job, *leaf, first));
            }
        }
        debug_assert!(elements.len() <= wave.squares);
        let device = recorder.device;
        let source = device.records("leaves", &elements)?;
        let vectors = device.storage("leaves.vectors", 8 * elements.len() as u64)?;
        let mut solutions = vec![Solution::default(); list.len()];
        small::solve(device, Dtype::F64, &items, (&source, &vectors), &mut solutions, stop)?;
        for ((job, leaf, _), (item, solution)) in list.iter().zip(items.iter().zip(solutions)) {
            let values = super::scaled_back(solution.values, item.scale);
            torn[*job].values[leaf.start..leaf.start + leaf.len].copy_from_slice(&values);
        }
        Ok(Self { vectors, list })
    }

    /// Puts the vectors of the leaves of this depth onto the diagonal of the next Q.
    fn place(
        &self,
        recorder: &mut Recorder<'_>,
        wave: &Wave,
        torn: &[Torn],
        depth: usize,
    ) -> Result<(), LinalgError> {
        let mut placements = Vec::new();
        for &(job, leaf, first) in &self.list {
            if leaf.depth == depth {
                let n = torn[job].d.len() as u32;
                let (start, len) = (leaf.start as u32, leaf.len as u32);
                let dest_first = wave.jobs[job].first + start * (n + 1);
                placements.push(moved((len, len), (first, len), (dest_first, n)));
            }
        }
        let none = [GatherTarget { to: 0, unused: 0, factor: 0.0 }];
        let maps = recorder.device.records("leaves.maps", &none)?;
        gather::launch(recorder, Dtype::F64, (&maps, &self.vectors, &wave.q[1]), &placements)
    }
}

/// Appends the dense block; its largest element.
fn push_block(elements: &mut Vec<f64>, torn: &Torn, leaf: &Leaf) -> f64 {
    let mut largest = 0.0_f64;
    for row in 0..leaf.len {
        let at = leaf.start + row;
        for col in 0..leaf.len {
            let x = match row.abs_diff(col) {
                0 => torn.d[at],
                1 if col < row => torn.e[at - 1],
                1 => torn.e[at],
                _ => 0.0,
            };
            largest = largest.max(x.abs());
            elements.push(x);
        }
    }
    largest
}

/// `rows x cols` from one place to another; places are a first element and a stride.
fn moved((rows, cols): (u32, u32), source: (u32, u32), dest: (u32, u32)) -> GatherPlacement {
    GatherPlacement {
        rows,
        cols,
        source_first: source.0,
        source_row: source.1,
        source_col: 1,
        conjugate: 0,
        dest_first: dest.0,
        dest_row: dest.1,
        row_map: SHIFT,
        row_shift: 0,
        col_map: SHIFT,
        col_shift: 0,
        scale: 1.0,
    }
}

fn nodes_at(torn: &[Torn], depth: usize) -> Vec<(usize, Node)> {
    let mut nodes = Vec::new();
    for (job, torn) in torn.iter().enumerate() {
        let here = torn.tree.nodes().iter().filter(|node| node.depth == depth);
        nodes.extend(here.map(|node| (job, *node)));
    }
    nodes
}

/// z of every node, one after another: the rows of Q beside the tear.
fn coupling_rows(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    nodes: &[(usize, Node)],
) -> Result<Vec<f64>, LinalgError> {
    let mut placements = Vec::new();
    let mut total = 0_u32;
    for (job, node) in nodes {
        let n = wave.jobs[*job].order;
        let element = |row: usize, col: usize| wave.jobs[*job].first + row as u32 * n + col as u32;
        let (left, right) = (node.left as u32, (node.len - node.left) as u32);
        let upper = element(node.middle() - 1, node.start);
        let lower = element(node.middle(), node.middle());
        placements.push(moved((1, left), (upper, n), (total, left)));
        placements.push(moved((1, right), (lower, n), (total + left, right)));
        total += node.len as u32;
    }
    let device = recorder.device;
    let z = device.storage("conquer.z", 8 * u64::from(total))?;
    let none = [GatherTarget { to: 0, unused: 0, factor: 0.0 }];
    let maps = device.records("conquer.no_maps", &none)?;
    recorder.push(Step::Clear { buffer: z.clone() }, 0)?;
    gather::launch(recorder, Dtype::F64, (&maps, &wave.q[0], &z), &placements)?;
    recorder.finish()?;
    let mut rows = vec![f64::NAN; total as usize];
    device.read(&z, 0, bytemuck::cast_slice_mut(&mut rows))?;
    Ok(rows)
}

/// Merges all nodes of one depth: from `q[0]` to `q[1]`.
fn merge_level(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    torn: &mut [Torn],
    nodes: &[(usize, Node)],
) -> Result<(), LinalgError> {
    let z = coupling_rows(recorder, wave, nodes)?;
    let mut rest = z.as_slice();
    let mut merges = Vec::with_capacity(nodes.len());
    for (job, node) in nodes {
        let (here, after) = rest.split_at(node.len);
        rest = after;
        let torn = &torn[*job];
        let values = &torn.values[node.start..node.start + node.len];
        merges.push(deflate(values, node.left, here, torn.e[node.middle() - 1]));
    }
    let places = Places::new(nodes, &merges);
    turn(recorder, wave, nodes, &merges)?;
    pack(recorder, wave, nodes, &merges, &places)?;
    let roots = inner(recorder, wave, &merges, &places)?;
    multiply(recorder, wave, nodes, &merges, &places)?;
    recorder.finish()?;
    let mut found = vec![Root::default(); places.n_poles as usize];
    if let Some(roots) = roots {
        recorder.device.read(&roots, 0, bytemuck::cast_slice_mut(&mut found))?;
    }
    for (index, ((job, node), merge)) in nodes.iter().zip(&merges).enumerate() {
        let first = places.poles[index] as usize;
        let count = merge.poles.len();
        let values = &mut torn[*job].values[node.start..node.start + node.len];
        for (value, root) in values.iter_mut().zip(&found[first..first + count]) {
            let origin = merge.poles.get(root.origin as usize).copied();
            *value = origin.unwrap_or(f64::NAN) + root.shift;
        }
        values[count..].copy_from_slice(&merge.deflated);
    }
    Ok(())
}

/// Where each merge's poles, inner vectors and packed columns begin.
struct Places {
    poles: Vec<u32>,
    inner: Vec<u32>,
    first_half: Vec<u32>,
    second_half: Vec<u32>,
    n_poles: u32,
}

impl Places {
    fn new(nodes: &[(usize, Node)], merges: &[Merge]) -> Self {
        let (mut poles, mut inner) = (Vec::new(), Vec::new());
        let (mut first_half, mut second_half) = (Vec::new(), Vec::new());
        let (mut n_poles, mut n_inner, mut n_packed) = (0, 0, 0);
        for ((_, node), merge) in nodes.iter().zip(merges) {
            poles.push(n_poles as u32);
            inner.push(n_inner as u32);
            first_half.push(n_packed as u32);
            n_packed += node.left * merge.n_first;
            second_half.push(n_packed as u32);
            n_packed += (node.len - node.left) * merge.n_second;
            n_poles += merge.poles.len();
            n_inner += merge.poles.len().pow(2);
        }
        Self { poles, inner, first_half, second_half, n_poles: n_poles as u32 }
    }
}

/// The rotations of the deflation, on columns of `q[0]`.
fn turn(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    nodes: &[(usize, Node)],
    merges: &[Merge],
) -> Result<(), LinalgError> {
    let (mut jobs, mut tasks, mut turns) = (Vec::new(), Vec::new(), Vec::new());
    let mut works = Vec::new();
    for ((job, node), merge) in nodes.iter().zip(merges) {
        if merge.rotations.is_empty() {
            continue;
        }
        let n = wave.jobs[*job].order;
        let first_rotation = turns.len() as u32;
        turns.extend(merge.rotations.iter().map(|r| Turn {
            x: r.x as u32,
            y: r.y as u32,
            cosine: r.cosine,
            sine: r.sine,
        }));
        for row in (0..node.len as u32).step_by(turn_columns::WIDTH as usize) {
            tasks.push(RowTask { job: jobs.len() as u32, row });
            works.push(6 * u64::from(turn_columns::WIDTH) * merge.rotations.len() as u64);
        }
        jobs.push(TurnJob {
            first: wave.jobs[*job].first + node.start as u32 * (n + 1),
            stride: n,
            rows: node.len as u32,
            first_rotation,
            end_rotation: turns.len() as u32,
        });
    }
    if jobs.is_empty() {
        return Ok(());
    }
    let device = recorder.device;
    let jobs = device.records("turn.jobs", &jobs)?;
    let tasks = device.records("turn.tasks", &tasks)?;
    let turns = device.records("turn.rotations", &turns)?;
    let bound = device.bind(&TURN_COLUMNS, &[&jobs, &tasks, &turns, &wave.q[0]])?;
    recorder.tasks(&bound, &works, Launch::default())
}

/// Columns that are multiplied next to each other, deflated ones to where they stay.
fn pack(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    nodes: &[(usize, Node)],
    merges: &[Merge],
    places: &Places,
) -> Result<(), LinalgError> {
    let mut targets: Vec<GatherTarget> = Vec::new();
    let (mut packed, mut kept) = (Vec::new(), Vec::new());
    for (index, ((job, node), merge)) in nodes.iter().zip(merges).enumerate() {
        let n = wave.jobs[*job].order;
        let len = node.len as u32;
        let (left, right) = (node.left as u32, len - node.left as u32);
        let corner = wave.jobs[*job].first + node.start as u32 * (n + 1);
        let mut mapped = |map: &[u32], placement: GatherPlacement| {
            let col_map = targets.len() as u32;
            targets.extend(map.iter().map(|&to| GatherTarget { to, unused: 0, factor: 1.0 }));
            GatherPlacement { col_map, ..placement }
        };
        let (n_first, n_second) = (merge.n_first as u32, merge.n_second as u32);
        let upper = moved((left, len), (corner, n), (places.first_half[index], n_first));
        packed.push(mapped(&merge.to_first, upper));
        let lower = corner + left * n;
        let lower = moved((right, len), (lower, n), (places.second_half[index], n_second));
        packed.push(mapped(&merge.to_second, lower));
        if !merge.deflated.is_empty() {
            let all = moved((len, len), (corner, n), (corner, n));
            kept.push(mapped(&merge.to_deflated, all));
        }
    }
    let maps = recorder.device.records("pack.maps", &targets)?;
    recorder.push(Step::Clear { buffer: wave.packed.clone() }, 0)?;
    gather::launch(recorder, Dtype::F64, (&maps, &wave.q[0], &wave.packed), &packed)?;
    gather::launch(recorder, Dtype::F64, (&maps, &wave.q[0], &wave.q[1]), &kept)
}

/// Roots, and vectors of D + rho z z^T; `None` where nothing is left after deflation.
fn inner(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    merges: &[Merge],
    places: &Places,
) -> Result<Option<wgpu::Buffer>, LinalgError> {
    let (mut jobs, mut tasks, mut works) = (Vec::new(), Vec::new(), Vec::new());
    let (mut poles, mut weights, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for (index, merge) in merges.iter().enumerate() {
        let count = merge.poles.len() as u32;
        for first in (0..count).step_by(secular::WIDTH as usize) {
            tasks.push(NodeTask { job: jobs.len() as u32, first });
            works.push(TRIP_WORK * u64::from(secular::WIDTH) * u64::from(count));
        }
        poles.extend_from_slice(&merge.poles);
        weights.extend_from_slice(&merge.weights);
        rows.extend_from_slice(&merge.rows);
        jobs.push(NodeJob {
            count,
            first: places.poles[index],
            vectors_first: places.inner[index],
            unused: 0,
            rho: merge.rho,
            weight: merge.weights.iter().map(|z| z * z).sum(),
        });
    }
    if tasks.is_empty() {
        return Ok(None);
    }
    let device = recorder.device;
    let jobs = device.records("conquer.jobs", &jobs)?;
    let tasks = device.records("conquer.tasks", &tasks)?;
    let (poles_buffer, weights) =
        (device.records("conquer.poles", &poles)?, device.records("conquer.weights", &weights)?);
    let rows = device.records("conquer.rows", &rows)?;
    let exact = device.storage("conquer.exact", 8 * poles.len() as u64)?;
    let roots = device.storage("conquer.roots", (size_of::<Root>() * poles.len()) as u64)?;
    let find = device.bind(&SECULAR, &[&jobs, &tasks, &poles_buffer, &weights, &roots])?;
    recorder.tasks(&find, &works, Launch::default())?;
    let buffers = [&jobs, &tasks, &poles_buffer, &weights, &roots, &exact];
    let correct = device.bind(&EXACT_WEIGHTS, &buffers)?;
    recorder.tasks(&correct, &works, Launch::default())?;
    let buffers = [&jobs, &tasks, &poles_buffer, &exact, &roots, &rows, &wave.inner];
    let build = device.bind(&INNER_VECTORS, &buffers)?;
    recorder.tasks(&build, &works, Launch::default())?;
    Ok(Some(roots))
}

/// New vectors: either half's packed columns times the rows of the inner vectors that belong to
/// them.
fn multiply(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    nodes: &[(usize, Node)],
    merges: &[Merge],
    places: &Places,
) -> Result<(), LinalgError> {
    let mut products: Vec<Product> = Vec::new();
    for (index, ((job, node), merge)) in nodes.iter().zip(merges).enumerate() {
        let n = wave.jobs[*job].order as usize;
        let count = merge.poles.len();
        if count == 0 {
            continue;
        }
        let whole = View::new(wave.jobs[*job].first, Shape::square(n));
        let inner = View::new(places.inner[index], Shape::square(count));
        let right = node.len - node.left;
        let halves = [
            (places.first_half[index], node.left, merge.n_first, 0, node.start),
            (
                places.second_half[index],
                right,
                merge.n_second,
                count - merge.n_second,
                node.middle(),
            ),
        ];
        for (first, rows, depth, inner_row, out_row) in halves {
            let packed = View::new(first, Shape::new(rows, depth));
            let factor = inner.window(inner_row, 0, depth, count);
            let out = whole.window(out_row, node.start, rows, count);
            products.push(plan::product(packed, factor, out, 1.0));
        }
    }
    matmul(recorder, Dtype::F64, (&wave.packed, &wave.inner, &wave.q[1]), &products)
}

/// Ascending values in the units of the wave's matrices, vectors in their order in `z`.
fn finish(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    torn: Vec<Torn>,
) -> Result<Vec<Vec<f64>>, LinalgError> {
    let mut places = Vec::with_capacity(wave.rows);
    let mut all = Vec::with_capacity(torn.len());
    for torn in torn {
        let mut order: Vec<usize> = (0..torn.values.len()).collect();
        order.sort_by(|&i, &j| torn.values[i].total_cmp(&torn.values[j]));
        let mut place = vec![0_u32; order.len()];
        for (to, &column) in order.iter().enumerate() {
            place[column] = to as u32;
        }
        places.extend(place);
        let values = order.iter().map(|&k| torn.values[k]).collect();
        all.push(super::scaled_back(values, torn.scale));
    }
    let device = recorder.device;
    let places = device.records("conquer.places", &places)?;
    let kernel = wave.kernel(&ORDER_COLUMNS, &ORDER_COLUMNS_COMPLEX);
    let buffers = [&wave.job_buffer, &wave.task_buffer, &places, &wave.q[0], &wave.z];
    let bound = device.bind(kernel, &buffers)?;
    recorder.tasks(&bound, &wave.works(2), Launch::default())?;
    Ok(all)
}
