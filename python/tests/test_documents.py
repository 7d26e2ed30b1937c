"""Documents to requests: the names of the document, strictness, and paths in the refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgestate as es
from edgestate.documents import read, to_sweep
from edgestate.v1 import jobs_pb2, nrg_pb2

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

ISSUE = """
engine = "nrg"
[model]
kind = "two-impurity-helical-kondo"
coupling = 0.1
distance = 10
[discretization]
lambda = 4.0
z = [0.0, 0.25, 0.5, 0.75]
scheme = "zitko-pruschke"
[truncation]
energy = 8.0
rule = "gap"
gap_window = 0.3
max_states = [3000]
[run]
temperature = 1.8e-11
shells = 0
[sweep]
"model.coupling_z" = { from = 0.0, to = 0.1, count = 5 }
"""


def refusals(document: object, axes: object = None) -> dict[str, str]:
    with pytest.raises(es.InvalidRequest) as caught:
        to_sweep(document, axes)  # type: ignore[arg-type]
    return {violation.field: violation.description for violation in caught.value.violations}


def minimal(**model: object) -> dict[str, object]:
    return {"engine": "nrg", "model": {"kind": "two-impurity-helical-kondo", **model}}


def test_axes_vary_together() -> None:
    document = minimal(distance=2)
    table = {"discretization.lambda": {"along": "model.coupling", "values": [3.0, 4.0]}}
    document["sweep"] = {"model.coupling": [0.1, 0.2], **table}
    axes = {"coupling_z": es.along("coupling", es.grid(0.0, 0.1, 2))}
    coupling, lambda_, coupling_z = to_sweep(document, axes).axes
    assert (coupling.field, coupling.along) == ("model.coupling", "")
    assert (lambda_.along, list(lambda_.list.values)) == ("model.coupling", [3.0, 4.0])
    assert (coupling_z.field, coupling_z.along) == ("model.coupling_z", "model.coupling")
    assert (coupling_z.grid.to, coupling_z.grid.count) == (0.1, 2)
    assert "sweep.'coupling_z'" in refusals(minimal(), {"coupling_z": {"along": 3, "values": [1]}})


def test_every_field_of_a_document_reaches_the_request() -> None:
    sweep = to_sweep(ISSUE)
    request = sweep.nrg
    assert request.model.kind == nrg_pb2.NRG_MODEL_KIND_TWO_IMPURITY_HELICAL_KONDO
    assert (request.model.coupling, request.model.distance) == (0.1, 10)
    assert not request.model.HasField("coupling_z")
    assert getattr(request.discretization, "lambda") == 4.0
    assert list(request.discretization.z) == [0.0, 0.25, 0.5, 0.75]
    assert request.discretization.scheme == nrg_pb2.NRG_SCHEME_ZITKO_PRUSCHKE
    assert (request.truncation.energy, request.truncation.gap_window) == (8.0, 0.3)
    assert request.truncation.rule == nrg_pb2.NRG_RULE_GAP
    assert list(request.truncation.max_states) == [3000]
    assert list(request.run.temperature) == [1.8e-11]
    assert request.run.HasField("shells") and request.run.shells == 0
    (axis,) = sweep.axes
    assert axis.field == "model.coupling_z"
    assert (getattr(axis.grid, "from"), axis.grid.to, axis.grid.count) == (0.0, 0.1, 5)


def test_text_file_and_dictionary_give_the_same_request(tmp_path: Path) -> None:
    path = tmp_path / "document.toml"
    path.write_text(ISSUE)
    expected = to_sweep(ISSUE)
    assert to_sweep(path) == expected
    assert to_sweep(str(path)) == expected
    assert to_sweep(read(ISSUE)) == expected


def test_the_builder_gives_the_same_request_as_the_file() -> None:
    built = es.nrg.two_impurity(
        coupling=0.1,
        distance=10,
        temperature=1.8e-11,
        shells=0,
        lambda_=4.0,
        z=[0.0, 0.25, 0.5, 0.75],
        scheme="zitko-pruschke",
        energy=8.0,
        rule="gap",
        gap_window=0.3,
        max_states=3000,
    )
    sweep = to_sweep(built, {"coupling_z": {"from": 0.0, "to": 0.1, "count": 5}})
    assert sweep == to_sweep(ISSUE)


def test_numpy_values_are_numbers() -> None:
    document = minimal(coupling=np.float64(0.1), distance=np.int64(3), coupling_z=np.array(0.5))
    document["run"] = {"temperature": np.array([1e-3, 1e-4]), "shells": np.uint8(4)}
    request = to_sweep(document, {"model.coupling_z": np.linspace(0, 1, 3)})
    assert request.nrg.model.coupling_z == 0.5
    assert request.nrg.model.distance == 3
    assert list(request.nrg.run.temperature) == [1e-3, 1e-4]
    assert request.nrg.run.shells == 4
    assert list(request.axes[0].list.values) == [0.0, 0.5, 1.0]


def test_a_whole_float_is_an_integer() -> None:
    assert to_sweep(minimal(distance=10.0)).nrg.model.distance == 10


def test_axes_keep_their_order_and_scale() -> None:
    axes = {"coupling": es.grid(0.01, 0.1, 3, "log"), "model.distance": [1, 10]}
    sweep = to_sweep(minimal(), axes)
    assert [axis.field for axis in sweep.axes] == ["model.coupling", "model.distance"]
    assert sweep.axes[0].grid.scale == jobs_pb2.SCALE_LOG


def test_an_unknown_field_is_refused_with_its_path_and_the_likely_name() -> None:
    found = refusals(minimal(cupling=0.1))
    assert list(found) == ["model.cupling"]
    assert "did you mean 'coupling'?" in found["model.cupling"]
    assert "'truncation'" in refusals({**minimal(), "trunc": {}})["trunc"]


def test_all_refusals_come_together() -> None:
    document = {**minimal(distance=10.5, coupling=True), "run": {"shells": -1}}
    document["discretization"] = {"z": [0.0, "a"], "scheme": "plan", "lambda": [2.0, 4.0]}
    found = refusals(document, {"copling_z": [1.0], "temperature": [1.0, None]})
    assert set(found) == {
        "model.distance",
        "model.coupling",
        "run.shells",
        "discretization.z[1]",
        "discretization.scheme",
        "discretization.lambda",
        "sweep.'copling_z'",
        "sweep.'temperature'[1]",
    }
    assert found["model.distance"] == "value 10.5; expected a whole number"
    assert "'plain'" in found["discretization.scheme"]
    assert "axis of a sweep" in found["discretization.lambda"]


@pytest.mark.parametrize("key", ["from", "to", "count"])
def test_a_grid_needs_its_ends_and_its_count(key: str) -> None:
    values = {"from": 1.0, "to": 2.0, "count": 3}
    del values[key]
    assert refusals(minimal(), {"coupling": values}) == {
        f"sweep.'coupling'.{key}": "missing; expected a number"
    }


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -0.1, 1e308])
def test_what_a_value_may_be_is_left_to_the_server(number: float) -> None:
    sent = to_sweep(minimal(coupling=number)).nrg.model.coupling
    np.testing.assert_equal(sent, number)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 2**63, "10", None.__class__])
def test_what_the_wire_cannot_carry_is_refused_here(number: object) -> None:
    assert list(refusals(minimal(distance=number))) == ["model.distance"]


def test_the_engine_is_named() -> None:
    assert "'nrg'" in refusals({})["engine"]
    assert "'nrg'" in refusals({"engine": "nrgg"})["engine"]


def test_a_broken_or_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(es.InvalidRequest, match="cannot be read"):
        to_sweep(tmp_path / "none.toml")
    with pytest.raises(es.InvalidRequest, match="cannot be parsed"):
        to_sweep("engine = \n")


def test_nested_lists_and_arrays_are_rows_of_numbers() -> None:
    matrix = [[0.2, 0.1, 0.0], [0.0, 0.3, -0.1], [0.05, 0.0, 0.1]]
    for coupling in (matrix, np.array(matrix), np.array(matrix).ravel()):
        sweep = to_sweep(es.transport.conductance(coupling=coupling))
        assert list(sweep.transport.impurity.coupling) == np.ravel(matrix).tolist()
    with pytest.raises(es.InvalidRequest) as refused:
        to_sweep(es.transport.conductance(coupling=[[0.1, "x", 0.0]]))
    assert refused.value.violations[0].field == "impurity.coupling[0][1]"


def test_lists_of_tables_are_messages() -> None:
    document = es.transport.protection(
        [{"coupling": [1, 1, 1]}, {"coupling": np.eye(3), "position_nm": 2.0}],
        bonds=({"exchange_mev": [1, 1, 1]} for _ in range(1)),
    )
    array = to_sweep(document).transport.array
    assert [len(one.coupling) for one in array.impurities] == [3, 9]
    assert array.impurities[1].position_nm == 2.0
    assert not array.impurities[0].HasField("position_nm")
    for wrong, field in [
        ({"impurities": {"coupling": [1]}}, "array.impurities"),
        ({"impurities": [3]}, "array.impurities[0]"),
        ({"impurities": [{"angle": 3}]}, "array.impurities[0].angle"),
    ]:
        with pytest.raises(es.InvalidRequest) as refused:
            to_sweep({"engine": "transport", "array": wrong})
        assert refused.value.violations[0].field == field


def test_an_axis_means_the_table_that_the_document_has() -> None:
    wire = es.transport.frozen_spins(count=3, strength=0.1)
    wire["edge"] = {}
    assert to_sweep(wire, {"length_nm": [1.0]}).axes[0].field == "edge.length_nm"
    with pytest.raises(es.InvalidRequest, match=r"film\.length_nm"):
        to_sweep({"engine": "transport"}, {"length_nm": [1.0]})
    with pytest.raises(es.InvalidRequest):  # a field of many tables
        to_sweep(wire, {"array.impurities.theta_rad": [1.0]})


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_example_is_a_request(path: Path) -> None:
    """Names and choices of the documents are those of the contract."""
    sweep = to_sweep(path)
    assert sweep.WhichOneof("engine") == read(path)["engine"]
    assert len(sweep.axes) == len(read(path).get("sweep", {}))


def test_error_bars_are_a_field_of_the_run() -> None:
    document = es.nrg.two_impurity(coupling=0.1, distance=10, error_bars=True)
    assert document["run"] == {"error_bars": True}
    pair = es.impurity.helical_kondo(0.1, distance=10)
    spectra = es.impurity.spectra(pair, temperature=1e-6, error_bars=True)
    assert spectra["run"] == {"temperature": 1e-6, "error_bars": True}
