"""Ribbons from Python: builders, models of one's own against numpy, the same numbers all ways."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import conftest
import matplotlib.figure
import numpy as np
import pytest

import edgestate as es
from edgestate.documents import to_sweep

REPOSITORY = Path(__file__).resolve().parents[2]
HGTE = es.ribbon.model("hgte-7nm", rashba_mev_nm=156.0)


def test_builders_make_requests() -> None:
    momenta = {"from_per_nm": 0.0, "to_per_nm": 0.01, "count": 3}
    documents = {
        "bands": es.ribbon.bands(HGTE, momenta, width_nm=100.0, sites=40, tracked=True),
        "bulk": es.ribbon.bulk(HGTE, [0.0, 0.1], angle_rad=0.3),
        "density-of-states": es.ribbon.density_of_states(
            HGTE, momenta, width_nm=90.0, from_mev=-5, to_mev=5, half_width_mev=0.5
        ),
        "wave-functions": es.ribbon.wave_functions(HGTE, 0.001, width_nm=90.0, first=3, count=2),
        "edge": es.ribbon.edge(HGTE, np.array([0.001]), position_nm=[0.0, 1.0]),
        "four-state": es.ribbon.four_state(HGTE, 0.001, width_nm=90.0),
        "gap": es.ribbon.gap(HGTE, width_nm=90.0, vanishing_between_nm=(340.0, 360.0)),
        "spin-rotation": es.ribbon.spin_rotation(HGTE, width_nm=90.0, numerical=False),
        "own-bands": es.ribbon.own_bands(es.ribbon.own_blocks(np.eye(2), sites=3), [0.0]),
    }
    for kind, document in documents.items():
        request = to_sweep(document).ribbon
        assert document["calculation"]["kind"] == kind
        assert request.calculation.kind != 0
    assert list(to_sweep(documents["edge"]).ribbon.momentum.k_per_nm) == [0.001]
    assert to_sweep(documents["gap"]).ribbon.interference.to_nm == 360.0


def test_a_matrix_that_is_not_square_is_refused_by_name() -> None:
    with pytest.raises(es.InvalidRequest) as refused:
        es.ribbon.own_blocks(np.eye(2), across=np.ones((2, 3)), sites=3)
    assert refused.value.violations[0].field == "across"


def random_strip(order: int) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    generator = np.random.default_rng(5)

    def matrix() -> np.ndarray:
        real, imaginary = generator.normal(size=(2, order, order))
        return real + 1j * imaginary

    cell = matrix()
    return cell + cell.conj().T, {1: matrix(), 2: 0.3 * matrix()}


def test_strips_and_blocks_are_what_numpy_diagonalizes(real_server: conftest.RealServer) -> None:
    phases = np.linspace(-3.0, 3.0, 7)
    cell, hops = random_strip(5)
    onsite, across = random_strip(2)[0], random_strip(2)[1][1]
    along, up, down = (factor * across.T for factor in (0.7, 0.2j, 0.4))
    sites = 4
    strip = es.ribbon.own_strip(cell, hops)
    blocks = es.ribbon.own_blocks(
        onsite,
        sites=sites,
        across=across,
        along=along,
        along_across_up=up,
        along_across_down=down,
    )
    with es.connect(real_server.socket) as client:
        of_strip = client.run(es.ribbon.own_bands(strip, phases), progress=False).data
        of_blocks = client.run(es.ribbon.own_bands(blocks, phases), progress=False).data
    for index, phase in enumerate(phases):
        h = cell.copy()
        for cells, hop in hops.items():
            h += hop * np.exp(1j * cells * phase) + hop.conj().T * np.exp(-1j * cells * phase)
        np.testing.assert_allclose(of_strip.energy_mev[index], np.linalg.eigvalsh(h), atol=1e-12)
        forward = np.kron(np.eye(sites), along)
        forward += np.kron(np.eye(sites, k=1), up) + np.kron(np.eye(sites, k=-1), down)
        h = np.kron(np.eye(sites), onsite) + np.kron(np.eye(sites, k=1), across)
        h += np.kron(np.eye(sites, k=-1), across.conj().T)
        h += forward * np.exp(1j * phase) + (forward * np.exp(1j * phase)).conj().T
        np.testing.assert_allclose(of_blocks.energy_mev[index], np.linalg.eigvalsh(h), atol=1e-12)


class KwantLead:
    """What Kwant's finalized InfiniteSystem offers; H(k) = cell + hop e^{-ik} + h.c. there."""

    def __init__(self, cell: np.ndarray, hop: np.ndarray) -> None:
        self.cell, self.hop = cell, hop

    def cell_hamiltonian(self, params: Any = None) -> np.ndarray:
        return self.cell

    def inter_cell_hopping(self, params: Any = None) -> np.ndarray:
        return self.hop


def test_a_kwant_lead_keeps_the_sign_of_its_phase(real_server: conftest.RealServer) -> None:
    cell, hops = random_strip(4)
    hop = hops[1][:, :2]  # only the first orbitals of the next cell are reached
    own = es.ribbon.from_kwant(KwantLead(cell, hop))
    with es.connect(real_server.socket) as client:
        data = client.run(es.ribbon.own_bands(own, [0.4]), progress=False).data
    square = np.hstack([hop, np.zeros((4, 2))])
    h = cell + square * np.exp(-0.4j) + (square * np.exp(-0.4j)).conj().T
    np.testing.assert_allclose(data.energy_mev[0], np.linalg.eigvalsh(h), atol=1e-12)


def test_the_same_numbers_by_job_and_command_line(
    real_server: conftest.RealServer, binary: Path
) -> None:
    path = REPOSITORY / "examples" / "ribbon_edge.toml"
    with es.connect(real_server.socket) as client:
        job = client.run(path, progress=False)
        data, figure = job.data, job.plot()
    command = [str(binary), "run", str(path), "--json"]
    output = subprocess.run(command, check=True, capture_output=True, text=True)
    printed = json.loads(output.stdout)["results"][0]
    assert data.energy_exact_mev.dims == ("k_per_nm", "branch")
    assert data.decay_per_nm.dtype == np.complex128
    for name in ("energy_exact_mev", "energy_two_state_mev", "minority_exact"):
        np.testing.assert_array_equal(data[name], printed[name]["values"])
    # Specification of the ribbon, section 8.
    assert abs(float(data.energy_exact_mev.sel(k_per_nm=0.005)[0]) - 8.6828992) < 1e-6
    assert isinstance(figure, matplotlib.figure.Figure)


def test_widths_of_a_sweep_are_filled_up_and_drawn(real_server: conftest.RealServer) -> None:
    document = es.ribbon.bands(
        HGTE, [0.0, 0.01], sites=30, select="window", low_mev=-60, high_mev=60
    )
    with es.connect(real_server.socket) as client:
        job = client.run(document, width_nm=[20.0, 60.0], progress=False)
        data, figure = job.data, job.plot()
    assert data.energy_mev.dims == ("width_nm", "k_per_nm", "band")
    counts = np.isfinite(data.energy_mev).sum("band")
    assert (counts[0] < counts[1]).all()
    np.testing.assert_array_equal(data.band_number >= 0, np.isfinite(data.energy_mev))
    assert figure.axes[0].get_xlabel() != ""
