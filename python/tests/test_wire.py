"""Against the scripted server: arrays, data sets, progress, and errors as exceptions."""

from __future__ import annotations

import io
import json

import grpc
import numpy as np
import pytest

import edgestate as es
import fake
from edgestate import arrays
from edgestate.progress import ProgressLine
from edgestate.v1 import common_pb2, jobs_pb2

DOCUMENT = {"engine": "nrg", "model": {"kind": "two-impurity-helical-kondo", "coupling": 0.1}}
Fake = tuple[fake.FakeServer, es.Client]


def result() -> list[jobs_pb2.FetchReply]:
    axis, z = np.array([0.0, 0.05, 0.1]), np.array([0.0, 0.5])
    scale = np.arange(6.0).reshape(3, 2)
    scale[2, 1] = np.nan
    return fake.stream(
        [
            ("model.coupling_z", ("model.coupling_z",), axis, "D"),
            ("z", ("z",), z, "1"),
            ("t_s_per_z", ("model.coupling_z", "z"), scale, "D"),
            ("rkky_energy", ("model.coupling_z",), axis + 1.0, "D"),
            ("green", ("model.coupling_z",), axis + 2j, "1/D"),
            ("status", ("model.coupling_z",), np.array([1, 1, 2]), "1"),
        ],
        {"engine": "nrg", "seconds": 1.5, "request": {"model": {"coupling": 0.1}}, "ok": True},
        failed=((2, "too hot"),),
    )


def test_versions_are_exchanged_first(fake_server: Fake) -> None:
    server, client = fake_server
    assert client.server_version == "9.9.9"
    server.protocol = 2
    with pytest.raises(es.IncompatibleServer, match="protocol 2, this client"):
        es.connect(client.address)


def test_a_data_set_has_names_units_and_provenance(fake_server: Fake) -> None:
    server, client = fake_server
    server.replies = result()
    data = client.sweep(DOCUMENT, coupling_z=[0.0, 0.05, 0.1]).data
    assert server.submitted[0].axes[0].field == "model.coupling_z"
    assert dict(data.sizes) == {"coupling_z": 3, "z": 2}
    assert set(data.coords) == {"coupling_z", "z"}
    assert data.coupling_z.attrs == {
        "long_name": "the model.coupling_z",
        "units": "D",
        "field": "model.coupling_z",
    }
    # Row-major: the last dimension runs fastest.
    np.testing.assert_array_equal(data.t_s_per_z[:, 0], [0.0, 2.0, 4.0])
    assert np.isnan(data.t_s_per_z[2, 1])
    assert data.green.dtype == np.complex128 and data.green[1] == 0.05 + 2j
    assert data.status.attrs["flag_meanings"] == "pending done failed"
    assert data.attrs["engine"] == "nrg" and data.attrs["seconds"] == 1.5
    assert json.loads(data.attrs["request"]) == {"model": {"coupling": 0.1}}
    assert json.loads(data.attrs["certificate"])["device"] == "cpu (test)"
    assert json.loads(data.attrs["failed_points"]) == [{"point": 2, "reason": "too hot"}]


def test_a_finished_result_is_fetched_once_and_a_running_one_anew(fake_server: Fake) -> None:
    server, client = fake_server
    server.replies = result()
    done = client.sweep(DOCUMENT)
    assert done.data is done.data
    assert server.fetches == 1
    server.states = [jobs_pb2.Job(id="j1", state=fake.RUNNING)]
    running = client.sweep(DOCUMENT)
    assert running.data is not running.data
    assert server.fetches == 3


def test_saved_data_is_loaded_unchanged(fake_server: Fake, tmp_path) -> None:
    server, client = fake_server
    server.replies = result()
    job = client.sweep(DOCUMENT)
    job.save(tmp_path / "x.nc")
    loaded = es.load(tmp_path / "x.nc")
    assert loaded.equals(job.data)
    assert loaded.green.dtype == np.complex128
    assert loaded.green.attrs == job.data.green.attrs
    assert loaded.attrs["certificate"] == job.data.attrs["certificate"]
    assert [path.name for path in tmp_path.iterdir()] == ["x.nc"]
    with pytest.raises(es.InvalidRequest, match=r"\.nc"):
        job.save(tmp_path / "x.txt")


def corrupted(index: int, **fields: object) -> list[jobs_pb2.FetchReply]:
    replies = result()
    chunks = [reply for reply in replies if reply.WhichOneof("part") == "chunk"]
    for name, value in fields.items():
        setattr(chunks[index].chunk, name, value)
    return replies


@pytest.mark.parametrize(
    ("replies", "message"),
    [
        (corrupted(0, crc32c=1), "checksum"),
        (corrupted(0, offset_bytes=8), "byte 8 came"),
        (corrupted(0, tensor=99), "not announced"),
        (result()[:2] + result()[3:], "missing"),
        (result()[:2] + result()[1:], "byte 0 came"),
        (result()[:-1], "certificate"),
        ([], "header"),
    ],
)
def test_a_result_that_is_not_as_announced_is_refused(
    fake_server: Fake, replies: list[jobs_pb2.FetchReply], message: str
) -> None:
    server, client = fake_server
    server.replies = replies
    with pytest.raises(es.CorruptData, match=message):
        _ = client.sweep(DOCUMENT).data


@pytest.mark.parametrize("sizes", [[0], [1], [32768], [32769], [3, 0, 40000, 1]])
@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_arrays_survive_being_cut_into_chunks(sizes: list[int], dtype: type) -> None:
    rng = np.random.default_rng(1)
    pieces = [rng.standard_normal(size).astype(dtype) for size in sizes]
    tensor = common_pb2.Tensor(name="a", dtype=arrays.wire_dtype(pieces[0]), shape=[sum(sizes)])
    assembly = arrays.Assembly([tensor])
    sent = list(arrays.chunks(pieces))
    for chunk in sent:
        assembly.add(chunk)
    assert assembly.finish()[0].tobytes() == np.concatenate(pieces).tobytes()
    assert all(len(chunk.data) == arrays.CHUNK_BYTES for chunk in sent[:-1])


def test_column_major_input_is_sent_row_major() -> None:
    matrix = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    (chunk,) = arrays.chunks([matrix])
    assert np.frombuffer(chunk.data).tolist() == [0, 1, 2, 3, 4, 5]
    big = np.arange(3.0).astype(">f8")
    (chunk,) = arrays.chunks([big])
    assert np.frombuffer(chunk.data, "<f8").tolist() == [0, 1, 2]


def hermitian(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, n)) + 1j * rng.standard_normal((n, n))
    return a + a.conj().T


def test_eigh_diagonalizes_each_matrix_of_a_ragged_batch(fake_server: Fake) -> None:
    _, client = fake_server
    batch = [hermitian(n, n) for n in (1, 5, 150, 2)]
    solved = client.eigh(batch)
    assert len(solved) == 4
    for a, (values, v) in zip(batch, solved, strict=True):
        np.testing.assert_allclose(a @ v, v * values, atol=1e-12 * len(a) * abs(values).max())
    assert solved.certificate.eigen_residual == 0.5


def test_eigh_answers_in_the_form_of_the_question(fake_server: Fake) -> None:
    server, client = fake_server
    stack = np.stack([hermitian(3, 1).real, hermitian(3, 2).real])
    values, vectors = client.eigh(stack, uplo="L")
    assert values.shape == (2, 3) and vectors.shape == (2, 3, 3)
    assert server.solve_header.lower_only and server.solve_header.dtype == common_pb2.DTYPE_F64
    grid = client.eigh(stack.reshape(2, 1, 3, 3))
    assert grid.eigenvalues.shape == (2, 1, 3) and grid.eigenvectors.shape == (2, 1, 3, 3)
    np.testing.assert_array_equal(grid.eigenvectors[1, 0], vectors[1])
    one = client.eigh(np.array([[2, 1], [1, 2]]), vectors=False)
    np.testing.assert_allclose(one.eigenvalues, [1.0, 3.0])
    assert one.eigenvectors is None and one.certificate.matrices == 7
    rows = client.eigh([[2, 1], [1, 2]])
    np.testing.assert_allclose(rows.eigenvalues, [1.0, 3.0])
    mixed = client.eigh([np.eye(2), hermitian(2, 1)])
    assert mixed[0].eigenvectors.dtype == np.complex128


@pytest.mark.parametrize("uplo", ["L", "U"])
def test_eigh_reads_the_triangle_that_numpy_reads(fake_server: Fake, uplo: str) -> None:
    _, client = fake_server
    rng = np.random.default_rng(3)
    a = rng.standard_normal((4, 4)) + 1j * rng.standard_normal((4, 4))
    values, vectors = client.eigh(a, uplo=uplo)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(a, UPLO=uplo), atol=1e-13)
    lower = np.tril(a, -1) if uplo == "L" else np.triu(a, 1).conj().T
    whole = lower + lower.conj().T + np.diag(a.diagonal().real)
    np.testing.assert_allclose(whole @ vectors, vectors * values, atol=1e-13)


@pytest.mark.parametrize(
    "matrices",
    [
        [],
        [np.ones((2, 3))],
        [np.ones(3)],
        [[1.0, 2.0], [1.0]],
        [np.array([["a"]])],
        [np.ones((0, 0))],
        np.ones(3),
        np.ones((2, 0, 0)),
        np.ones((0, 3, 3)),
    ],
)
def test_eigh_refuses_what_is_no_square_matrix(fake_server: Fake, matrices: list) -> None:
    _, client = fake_server
    with pytest.raises(es.InvalidRequest, match=r"matrices"):
        client.eigh(matrices)
    with pytest.raises(es.InvalidRequest, match="uplo"):
        client.eigh([np.eye(2)], uplo="X")


def test_broaden_sends_its_arrays_in_their_order(fake_server: Fake) -> None:
    server, client = fake_server
    rng = np.random.default_rng(1)
    x, w = rng.standard_normal(50_000), np.linspace(-2, 2, 6).reshape(2, 3)
    weights = rng.standard_normal(50_000) + 1j * rng.standard_normal(50_000)
    found = client.broaden(x, weights, w, kernel="gaussian", width=0.1)
    shape = np.exp(-(((w[..., None] - x) / 0.1) ** 2)) / (np.sqrt(np.pi) * 0.1)
    np.testing.assert_allclose(found.values, shape @ weights, rtol=1e-12)
    assert found.values.dtype == np.complex128 and found.error_bounds.shape == (2, 3)
    assert found.certificate.notes == ("method: direct",)
    assert server.broaden_header.tolerance == 1e-8 and not server.broaden_header.widths
    widths = rng.uniform(0.1, 0.2, 50_000)
    found = client.broaden(x, weights.real, w, kernel="gaussian", widths=widths)
    shape = np.exp(-(((w[..., None] - x) / widths) ** 2)) / (np.sqrt(np.pi) * widths)
    np.testing.assert_allclose(found.values, shape @ weights.real, rtol=1e-12)
    assert found.values.dtype == np.float64
    none = client.broaden([], [], [1.0], kernel="gaussian", width=1, method="binned")
    assert none.values.tolist() == [0.0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kernel": "box"}, "kernel"),
        ({"kernel": "log_gauss"}, "sigma"),
        ({"sigma": 0.3}, "sigma"),
        ({"method": "fast"}, "method"),
        ({"weights": [1.0]}, "weights"),
        ({"widths": [1.0]}, "widths"),
        ({"positions": ["a", "b"]}, "positions"),
        ({"frequencies": [1j]}, "frequencies"),
    ],
)
def test_broaden_refuses_by_the_argument(fake_server: Fake, changes: dict, field: str) -> None:
    _, client = fake_server
    given = {"positions": [1.0, 2.0], "weights": [1.0, 1.0], "frequencies": [0.0]}
    arguments = {**given, "kernel": "gaussian", "width": 0.1, **changes}
    if changes.get("kernel", "gaussian") != "gaussian":
        del arguments["width"]
    with pytest.raises(es.InvalidRequest) as caught:
        client.broaden(**arguments)
    assert [violation.field for violation in caught.value.violations] == [field]


def test_field_violations_become_an_exception(fake_server: Fake) -> None:
    server, client = fake_server
    server.refuse(("model.coupling", "value -1; expected > 0"), ("run", "missing"))
    with pytest.raises(es.InvalidRequest) as caught:
        client.sweep(DOCUMENT)
    assert [v.field for v in caught.value.violations] == ["model.coupling", "run"]
    assert "model.coupling: value -1; expected > 0" in str(caught.value)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, es.InvalidRequest),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, es.LimitExceeded),
        (grpc.StatusCode.NOT_FOUND, es.UnknownJob),
        (grpc.StatusCode.UNAVAILABLE, es.ServerUnavailable),
        (grpc.StatusCode.FAILED_PRECONDITION, es.IncompatibleServer),
        (grpc.StatusCode.CANCELLED, es.Cancelled),
        (grpc.StatusCode.DEADLINE_EXCEEDED, es.DeadlineExceeded),
        (grpc.StatusCode.INTERNAL, es.ServerError),
    ],
)
def test_every_status_has_an_exception(fake_server: Fake, code, expected) -> None:
    server, client = fake_server
    server.failure = (code, "because", None)
    with pytest.raises(expected, match="because"):
        client.job("x")
    with pytest.raises(expected, match="because"):
        client.eigh(np.eye(2))


def states(*progress: float) -> list[jobs_pb2.Job]:
    running = [
        jobs_pb2.Job(id="j1", state=fake.RUNNING, progress=p, units_total=4, seconds_left=1.0)
        for p in progress
    ]
    return [*running, jobs_pb2.Job(id="j1", state=fake.DONE, progress=1.0, units_total=4)]


def test_wait_reports_every_state_to_the_end(fake_server: Fake) -> None:
    server, client = fake_server
    server.states = states(0.0, 0.5)
    seen: list[es.JobStatus] = []
    job = client.sweep(DOCUMENT).wait(progress=seen.append)
    assert [status.progress for status in seen] == [0.0, 0.5, 1.0]
    assert seen[0].seconds_left == 1.0 and seen[-1].seconds_left is None
    assert job.state == "done"


def test_wait_survives_a_server_that_comes_back(fake_server: Fake) -> None:
    server, client = fake_server
    server.states = states(0.0, 0.5)
    server.lost = 1
    with pytest.raises(es.ServerUnavailable):  # a server that this client may not start
        client.sweep(DOCUMENT).wait(progress=False)
    server.lost = 2
    revived = []
    client._ensure = lambda: revived.append(True)
    assert client.sweep(DOCUMENT).wait(progress=False).state == "done"
    assert len(revived) == 2


def test_a_failed_job_raises_its_reason_and_failed_points_warn(fake_server: Fake) -> None:
    server, client = fake_server
    failed = jobs_pb2.Job(id="j1", state=jobs_pb2.JOB_STATE_FAILED, reason="no convergence")
    server.states = [failed]
    with pytest.raises(es.JobFailed, match="no convergence"):
        client.run(DOCUMENT, progress=False)
    some = jobs_pb2.Job(id="j1", state=fake.DONE, units_total=4, units_done=3, units_failed=1)
    server.states = [some]
    with pytest.warns(UserWarning, match="1 of 4 units failed"):
        client.run(DOCUMENT, progress=False)
    server.states = [jobs_pb2.Job(id="j1", state=jobs_pb2.JOB_STATE_CANCELLED)]
    with pytest.raises(es.Cancelled):
        client.run(DOCUMENT, progress=False)


def test_waiting_ends_at_its_timeout(fake_server: Fake) -> None:
    server, client = fake_server
    server.states = [jobs_pb2.Job(id="j1", state=fake.RUNNING)]
    with pytest.raises(es.DeadlineExceeded, match="goes on"):
        client.sweep(DOCUMENT).wait(progress=False, timeout=0.7)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_on_a_terminal_and_few_lines_in_a_log() -> None:
    statuses = [es.JobStatus.from_wire(state) for state in states(0.0, 0.41, 0.42, 0.43)]
    terminal, log = Terminal(), io.StringIO()
    for stream in (terminal, log):
        line = ProgressLine(stream)
        for status in statuses:
            line.show(status)
        line.close()
    assert terminal.getvalue().count("\n") == 1 and terminal.getvalue().count("\r") == 5
    assert log.getvalue().count("\n") == 3 and "41 %" in log.getvalue()


def test_estimate_devices_jobs_and_cancel(fake_server: Fake) -> None:
    server, client = fake_server
    assert client.estimate(DOCUMENT) == es.Estimate(5, 20, 0, 3.5, 10, 0)
    assert client.devices()[0].name == "cpu"
    assert client.jobs()[0].id == "j1"
    server.states = [jobs_pb2.Job(id="j1", state=fake.RUNNING)]
    assert client.job("j1").cancel().state == "cancelled"


def test_a_device_is_asked_for_by_name(fake_server: Fake) -> None:
    server, client = fake_server
    client.eigh(np.eye(2))
    assert server.solve_header.device == ""
    client.eigh(np.eye(2), device="gpu:1")
    assert server.solve_header.device == "gpu:1"
    x, w = np.array([0.0]), np.array([0.0, 1.0])
    client.broaden(x, x, w, kernel="gaussian", width=1.0, device="gpu")
    assert server.broaden_header.device == "gpu"
    estimate = client.estimate(DOCUMENT, device="gpu:radeon")
    assert (estimate.device_class, estimate.device_reason) == ("", "")
