"""Ribbon spectra against numpy, scipy and Kwant on the same matrices, in one run.

    OPENBLAS_NUM_THREADS=2 python benches/ribbon_peers.py BENCHMARK [--rounds 3] [--json FILE]

BENCHMARK is the program that `cargo bench --bench ribbon --no-run` names. Needs numpy and scipy;
Kwant is timed where it is installed. Contestants alternate; ratios are of medians, and the energies
of the edge states have to agree to 1e-8 meV. `--clock cpu` counts processor seconds instead, for a
busy machine; then with OPENBLAS_NUM_THREADS=1, for waiting threads count
too. HgTe with R0 = 156 meV nm, W = 200 nm.
"""

import argparse
import json
import os
import statistics
import subprocess
import time

import numpy as np
import scipy.linalg
import scipy.sparse
import scipy.sparse.linalg

A, B, D, M, R0, WIDTH = 365.0, -686.0, -512.0, -10.0, 156.0, 200.0


def site_blocks(sites):
    """On-site block and the hops <n|H|n+1> across and <cell|H|cell+1> along; spacing in nm."""
    a = WIDTH / (sites + 1)
    second = np.diag([-D - B, -D + B, -D - B, -D + B]).astype(complex) / a**2
    onsite = np.diag([M, -M, M, -M]).astype(complex) + 4 * second
    along, across = -second, -1 * second
    for row, col, kx, ky in [(0, 1, A, 1j * A), (2, 3, -A, 1j * A), (0, 2, -1j * R0, -R0)]:
        for hop, value in ((along, kx), (across, ky)):
            hop[row, col] += value / (2j * a)
            hop[col, row] += np.conj(value) / (2j * a)
    return a, onsite, along, across


def hamiltonian(sites, k):
    """The whole ribbon at k (1/nm), complex, as a user of numpy would build it."""
    a, onsite, along, across = site_blocks(sites)
    hop = along * np.exp(1j * k * a)
    on = onsite + hop + hop.conj().T
    h = np.kron(np.eye(sites), on) + np.kron(np.eye(sites, k=1), across)
    return h + np.kron(np.eye(sites, k=-1), across.conj().T)


def wave_numbers(count):
    return -0.01 + 0.02 * (np.arange(count) + 0.5) / count


def middle(energies, sites):
    return [float(e) for e in energies[2 * sites - 2 : 2 * sites + 2]]


def ours(program, what, sites, count):
    command = [program, what, str(sites), str(count), "--bench"]
    before = os.times()
    answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    after = os.times()
    used = after.children_user - before.children_user
    used += after.children_system - before.children_system
    return answer["seconds"], used, answer["edge_states_mev"]


def timed(function):
    def run(program, what, sites, count):
        start, used = time.perf_counter(), time.process_time()
        found = function(what, sites, wave_numbers(count))
        return time.perf_counter() - start, time.process_time() - used, found

    return run


@timed
def numpy_dense(what, sites, ks):
    found = []
    for k in ks:
        h = hamiltonian(sites, k)
        values = np.linalg.eigvalsh(h) if what == "energies" else np.linalg.eigh(h)[0]
        found += middle(values, sites)
    return found


@timed
def scipy_dense(what, sites, ks):
    found = []
    for k in ks:
        h = hamiltonian(sites, k)
        only = what == "energies"
        values = scipy.linalg.eigh(h, eigvals_only=only, driver="evd", check_finite=False)
        found += middle(values if only else values[0], sites)
    return found


@timed
def scipy_sparse(what, sites, ks):
    """Shift-invert ARPACK, four states next to the middle of the gap."""
    a, onsite, along, across = site_blocks(sites)
    found = []
    for k in ks:
        hop = along * np.exp(1j * k * a)
        eye = scipy.sparse.eye
        h = scipy.sparse.kron(eye(sites), onsite + hop + hop.conj().T)
        h = h + scipy.sparse.kron(eye(sites, k=1), across)
        h = h + scipy.sparse.kron(eye(sites, k=-1), across.conj().T)
        values = scipy.sparse.linalg.eigsh(h.tocsc(), k=4, sigma=7.4636, which="LM")[0]
        found += sorted(float(v) for v in values)
    return found


def kwant_bands():
    import kwant

    @timed
    def run(what, sites, ks):
        a, onsite, along, across = site_blocks(sites)
        lattice = kwant.lattice.square(norbs=4)
        # Kwant's hop to -1 along the lead is the element <cell|H|cell + 1> of ours.
        lead = kwant.Builder(kwant.TranslationalSymmetry((-1, 0)))
        lead[(lattice(0, n) for n in range(sites))] = onsite
        for n in range(sites - 1):
            lead[lattice(0, n), lattice(0, n + 1)] = across
        for n in range(sites):
            lead[lattice(0, n), lattice(1, n)] = along
        bands = kwant.physics.Bands(lead.finalized())
        found = []
        for k in ks:
            if what == "energies":
                values = bands(-k * a)
            else:
                values = bands(-k * a, return_eigenvectors=True)[0]
            found += middle(values, sites)
        return found

    return run


def race(contestants, program, what, sites, count, rounds, clock):
    times = {name: [] for name in contestants}
    reference = None
    for _ in range(rounds):
        for name, run in contestants.items():
            # Edge states of a dense peer: one wave number, it takes long.
            few = 1 if what == "edge" and "dense" in name else count
            seconds, used, found = run(program, what, sites, few)
            times[name].append((used if clock == "cpu" else seconds) / few)
            if few == count:
                reference = found if reference is None else reference
                worst = np.max(np.abs(np.array(found) - np.array(reference)))
                assert worst < 1e-8, f"{name}: {worst} meV"
    medians = {name: statistics.median(values) for name, values in times.items()}
    ratios = {name: medians[name] / medians["edgestate"] for name in medians}
    return {
        "what": what,
        "order": 4 * sites,
        "wave_numbers": count,
        "clock": clock,
        "seconds_per_matrix": medians,
        "ratio_to_edgestate": ratios,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=200, help="wave numbers of full spectra")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    dense = {"edgestate": ours, "numpy dense": numpy_dense, "scipy dense": scipy_dense}
    try:
        dense["kwant dense"] = kwant_bands()
    except ImportError:
        print("Kwant is not installed: not timed")
    sparse = {"edgestate": ours, "numpy dense": numpy_dense, "scipy sparse": scipy_sparse}
    results = []
    for what, contestants, sites, count in [
        ("states", dense, 50, arguments.count),
        ("states", dense, 125, arguments.count),
        ("states", dense, 250, arguments.count),
        ("edge", sparse, 1000, 8),
    ]:
        rounds, clock = arguments.rounds, arguments.clock
        result = race(contestants, arguments.program, what, sites, count, rounds, clock)
        print(json.dumps(result), flush=True)
        results.append(result)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
