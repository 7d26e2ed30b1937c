"""The whole way: client, server, worker, engine, store, and back."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import conftest
import numpy as np
import pytest
from conftest import short_ladder as short
from google.protobuf import json_format

import edgestate as es
from edgestate import local
from edgestate.v1 import jobs_pb2

REPOSITORY = Path(__file__).resolve().parents[2]
SHORT_LADDERS = REPOSITORY / "tests" / "data" / "nrg_short_ladders.json"


def test_exact_diagonalization_is_met_through_all_layers(
    real_server: conftest.RealServer,
) -> None:
    """A ladder of two shells without truncation: 1e-11, of chi_intra where it is a chi."""
    (reference,) = (
        one for one in json.loads(SHORT_LADDERS.read_text()) if one["parameters"]["shells"] == 2
    )
    given = reference["parameters"]
    expected = {float(t): v for t, v in reference["result"]["per_temperature"].items()}
    document = es.nrg.two_impurity(
        coupling=given["coupling"],
        coupling_z=given["coupling_z"],
        distance=given["distance"],
        lambda_=given["lambda"],
        z=given["z"],
        scheme=given["scheme"],
        shells=given["shells"],
        temperature=list(expected),
        rule="plain",
        energy=1e3,
        max_states=20_000,
    )
    with es.connect(real_server.socket) as client:
        data = client.run(document, progress=False).data
    assert data.temperature.values.tolist() == list(expected)
    for temperature, values in expected.items():
        point = data.sel(temperature=temperature)
        for name, value in values.items():
            scale = 1.0
            if name.startswith("chi_"):
                scale = values[name.replace("inter", "intra")]
            found = 2 * point["sx_sx"] if name == "re_sp_sm" else point[name]
            assert abs(float(found) - value) <= 1e-11 * scale, (temperature, name)
    assert data.attrs["precision"] == "f64"
    assert json.loads(data.attrs["certificate"])["eigen_residual"] < 30.0


def test_a_sweep_is_row_major_over_its_axes_with_temperature_innermost(
    real_server: conftest.RealServer,
) -> None:
    with es.connect(real_server.socket) as client:
        job = client.run(
            short(coupling=None, coupling_z=None, temperature=[0.5, 0.05]),
            coupling=[0.1, 0.2, 0.3],
            coupling_z=es.grid(0.0, 0.1, 2),
            progress=False,
        )
        data = job.data
        assert data.sz_sz.dims == ("coupling", "coupling_z", "temperature")
        assert data.sz_sz_per_z.dims == (*data.sz_sz.dims, "z")
        assert data.coupling_z.values.tolist() == [0.0, 0.1]
        np.testing.assert_allclose(data.sz_sz, data.sz_sz_per_z.mean("z"), atol=1e-15)
        np.testing.assert_allclose(data.sz_sz_std, data.sz_sz_per_z.std("z"), atol=1e-12)
        assert (data.status == 1).all()
        energy = (data.coupling**2 / 12.0).broadcast_like(data.rkky_energy)
        np.testing.assert_allclose(data.rkky_energy, energy, rtol=1e-15)
        # One cell of the sweep, alone: the same bits, from the store.
        alone = client.run(short(coupling=0.2, coupling_z=0.1, temperature=0.05), progress=False)
        cell = data.sel(coupling=0.2, coupling_z=0.1, temperature=0.05)
        assert float(alone.data.sz_sz) == float(cell.sz_sz)


def test_axes_that_vary_together_are_one_dimension(real_server: conftest.RealServer) -> None:
    free = short(coupling=None, coupling_z=None)
    with es.connect(real_server.socket) as client:
        together = es.along("coupling", [0.05, 0.1])
        line = client.run(free, coupling=[0.1, 0.2], coupling_z=together, progress=False).data
        plane = client.run(
            free, coupling=[0.1, 0.2], coupling_z=[0.05, 0.1], progress=False
        ).data.sz_sz
        with pytest.raises(es.InvalidRequest, match="coupling_z"):
            client.sweep(free, coupling=[0.1, 0.2], coupling_z=es.along("coupling", [0.05]))
        with pytest.raises(es.InvalidRequest, match="lambda"):
            client.sweep(short(coupling_z=None), coupling_z=es.along("lambda", [0.05]))
    assert line.sz_sz.dims == ("coupling",)
    assert line.coupling_z.dims == ("coupling",) and "coupling_z" in line.coords
    assert line.coupling_z.values.tolist() == [0.05, 0.1]
    assert line.sz_sz.values.tolist() == [float(plane[0, 0]), float(plane[1, 1])]
    assert list(es.table(line))[:2] == ["coupling", "coupling_z"]


def test_a_point_known_already_comes_from_the_store_after_a_crash(
    real_server: conftest.RealServer,
) -> None:
    with es.connect(real_server.socket) as client:
        first = client.run(short(coupling_z=None), coupling_z=[0.0, 0.05], progress=False)
        before = first.data
    real_server.kill()
    real_server.start()
    with es.connect(real_server.socket) as client:
        again = client.run(short(coupling_z=None), coupling_z=[0.05, 0.0], progress=False)
        assert again.status.units_from_store == again.status.units_total == 4
        np.testing.assert_array_equal(again.data.sz_sz.values, before.sz_sz.values[::-1])
        reattached = client.job(first.id)
        assert reattached.state == "done"
        assert reattached.data.sz_sz.equals(before.sz_sz)
        assert first.id in [status.id for status in client.jobs()]


def test_bad_input_is_refused_by_the_server_with_field_and_value(
    real_server: conftest.RealServer,
) -> None:
    cases = {
        "model.coupling": short(coupling=-0.1),
        "model.distance": short(distance=0),
        "discretization.lambda": short(lambda_=1.0),
        "discretization.z": short(z=[0.0, 1.0]),
        "run.temperature": short(temperature=float("nan")),
        "truncation.energy": short(energy=float("inf")),
    }
    with es.connect(real_server.socket) as client:
        for field, document in cases.items():
            with pytest.raises(es.InvalidRequest) as caught:
                client.sweep(document)
            fields = [violation.field for violation in caught.value.violations]
            assert any(found.startswith(field) for found in fields), (field, fields)
        with pytest.raises(es.InvalidRequest) as caught:
            client.sweep(short(coupling_z=None), coupling_z=[])
        assert caught.value.violations
        with pytest.raises(es.EdgestateError, match=r"\d"):
            client.sweep(short(coupling=None), coupling=es.grid(0.1, 0.2, 10**9))
        with pytest.raises(es.UnknownJob):
            client.job("0123456789abcdef")
        assert client.jobs() == []


def test_progress_and_cancel(real_server: conftest.RealServer) -> None:
    with es.connect(real_server.socket) as client:
        seen: list[es.JobStatus] = []
        client.run(short(), progress=seen.append)
        assert seen[-1].state == "done" and seen[-1].progress == 1.0
        assert [s.progress for s in seen] == sorted(s.progress for s in seen)
        long = client.sweep(
            es.nrg.two_impurity(coupling=0.1, distance=10, temperature=1e-9),
            coupling_z=np.linspace(0.0, 0.1, 50),
        )
        assert not long.status.ended
        assert np.isnan(long.data.sz_sz).any()
        long.cancel()
        with pytest.raises(es.Cancelled):
            long.wait(progress=False, timeout=30.0)


def hermitian(n: int) -> np.ndarray:
    rng = np.random.default_rng(n)
    a = rng.standard_normal((n, n)) + 1j * rng.standard_normal((n, n))
    return a + a.conj().T


def test_eigh_through_the_worker(real_server: conftest.RealServer) -> None:
    batch = [hermitian(n) for n in (1, 2, 33, 200, 5)]
    with es.connect(real_server.socket) as client:
        solved = client.eigh(batch)
        for a, (values, v) in zip(batch, solved, strict=True):
            n, scale = len(a), np.abs(a).max()
            assert np.abs(a @ v - v * values).max() <= 30 * n * 2.3e-16 * scale * n**0.5
            assert np.abs(v.conj().T @ v - np.eye(n)).max() <= 30 * n * 2.3e-16
            np.testing.assert_allclose(values, np.linalg.eigvalsh(a), atol=1e-13 * n * scale)
        assert 0 < solved.certificate.eigen_residual < 30
        real = client.eigh(np.stack([m.real for m in (hermitian(4), hermitian(4))]), uplo="L")
        assert real.eigenvectors.dtype == np.float64 and real.eigenvectors.shape == (2, 4, 4)
        crooked = np.eye(3)
        crooked[0, 1] = 1.0
        with pytest.raises(es.InvalidRequest, match="Hermitian"):
            client.eigh(crooked)
        with pytest.raises(es.InvalidRequest, match="finite"):
            client.eigh(np.full((2, 2), np.nan))
        # The same numbers again: the server has not suffered.
        again = client.eigh(batch)
        assert all((a[1] == b[1]).all() for a, b in zip(again, solved, strict=True))


def test_broaden_through_the_worker(real_server: conftest.RealServer) -> None:
    """Cells and plain sums agree within their bounds with numpy's sum, over ten decades."""
    rng = np.random.default_rng(7)
    x = 10 ** rng.uniform(-10, 0, 5000) * rng.choice([-1, 1], 5000)
    weights = rng.uniform(0, 1, 5000) * abs(x)
    w = np.concatenate([-np.geomspace(1, 1e-10, 150), np.geomspace(1e-10, 1, 150)])
    sigma = 0.3
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = w[:, None] / x
        y = np.log(np.where(ratio > 0, ratio, np.nan)) / sigma - sigma / 4
    terms = np.nan_to_num(np.exp(-(y**2))) / (np.sqrt(np.pi) * sigma * abs(w[:, None]))
    with es.connect(real_server.socket) as client:
        for method in ("direct", "binned"):
            found = client.broaden(x, weights, w, kernel="log_gauss", sigma=sigma, method=method)
            # numpy's own sum is off by 5000 roundings at most.
            allowed = found.error_bounds + 5000 * 2.3e-16 * (terms @ weights)
            assert (abs(found.values - terms @ weights) <= allowed).all()
            assert f"method: {method}" in found.certificate.notes
            assert found.certificate.measures["error_bound"] <= 1e-8
            total = found.certificate.measures["total_weight_re"]
            assert total == pytest.approx(weights.sum(), rel=1e-13)
        with pytest.raises(es.InvalidRequest) as caught:
            client.broaden([1.0, np.nan], [1.0, 1.0], w, kernel="log_gauss", sigma=sigma)
        assert [violation.field for violation in caught.value.violations] == ["positions[1]"]
        with pytest.raises(es.LimitExceeded, match="frequencies of a spectrum"):
            client.broaden([1.0], [1.0], np.ones(2**20 + 1), kernel="gaussian", width=1)


def test_devices_name_the_processor(real_server: conftest.RealServer) -> None:
    with es.connect(real_server.socket) as client:
        names = {device.name: device for device in client.devices()}
        solved = client.eigh(np.eye(3), device="cpu")
        with pytest.raises(es.InvalidRequest, match="a device of this server: cpu"):
            client.eigh(np.eye(3), device="gpu:99")
        with pytest.raises(es.InvalidRequest, match="gpu:NAME"):
            client.broaden([1.0], [1.0], [1.0], kernel="gaussian", width=1, device="abacus")
    assert names["cpu"].threads >= 1
    assert names["cpu"].worker_state == "ready" and names["cpu"].reason == ""
    assert solved.certificate.device == names["cpu"].device_class
    assert solved.certificate.notes == ("device: cpu: asked for",)


def test_saved_results_open_without_this_package(
    real_server: conftest.RealServer, tmp_path: Path
) -> None:
    with es.connect(real_server.socket) as client:
        job = client.run(short(), progress=False)
        job.save(tmp_path / "x.nc")
        job.to_parquet(tmp_path / "x.parquet")
        expected = job.data.sz_sz_per_z.values.tolist()
        assert es.table(job.data).sz_sz.tolist() == [float(job.data.sz_sz)]
    program = (
        "import h5py, json, sys; f = h5py.File(sys.argv[1]); "
        "json.loads(f.attrs['certificate']); print(f['sz_sz_per_z'][()].tolist())"
    )
    path = str(tmp_path / "x.nc")
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True)
    assert json.loads(done.stdout) == expected, done.stderr


def test_an_automatic_server_serves_ends_itself_and_comes_back(own_server: Path) -> None:
    store = own_server / "store"
    with es.connect(store=store, idle_exit=1.0) as client:
        job = client.run(short(), progress=False)
        process = local._started[-1]
        assert process.wait(timeout=30.0) == 0
        assert not local.is_listening(local.socket_of(store))
        # The job is the store's, and the connection starts a server when it needs one.
        assert job.data.sz_sz_per_z.sizes == {"z": 2}
        assert local._started[-1] is not process


def test_waiting_goes_on_when_the_server_was_killed(
    own_server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGESTATE_TEST_CHUNK_DELAY_MS", "1500")
    with es.connect(store=own_server / "store", idle_exit=20.0) as client:
        job = client.sweep(short())
        first = local._started[-1]
        killed: list[bool] = []

        def kill_once(status: es.JobStatus) -> None:
            if not killed:
                killed.append(True)
                first.kill()
                first.wait()

        assert job.wait(progress=kill_once, timeout=60.0).state == "done"
        assert killed and not np.isnan(job.data.sz_sz)
    assert local._started[-1] is not first


def test_the_request_of_the_readme_is_accepted(real_server: conftest.RealServer) -> None:
    text = (REPOSITORY / "README.md").read_text()
    (request,) = re.findall(r"-d '(.*?)' \"\$socket\" edgestate.v1.Jobs/Submit", text, re.DOTALL)
    message = json_format.Parse(request, jobs_pb2.SubmitRequest())
    with es.connect(real_server.socket) as client:
        reply = client.stubs.jobs.Submit(message, timeout=10.0)
        assert reply.job.units_total == 4
        client.job(reply.job.id).cancel()


def test_the_server_stops_when_told(real_server: conftest.RealServer) -> None:
    with es.connect(real_server.socket) as client:
        client.sweep(es.nrg.two_impurity(coupling=0.1, coupling_z=0, distance=10, temperature=1e-9))
    assert real_server.stop() == 0


def test_transport_gives_the_same_numbers_by_call_job_and_command_line(
    real_server: conftest.RealServer, binary: Path
) -> None:
    path = REPOSITORY / "examples" / "transport_conductance_figure.toml"
    textures = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3]
    document = es.transport.conductance(
        coupling=0.25 * np.eye(3), texture=np.array(textures), bias=[0.0, 2.0]
    )
    with es.connect(real_server.socket) as client:
        called = client.compute(document)
        computed = client.run(document, progress=False).data
        from_file = client.compute(path)
    command = [str(binary), "run", str(path), "--json"]
    output = subprocess.run(command, check=True, capture_output=True, text=True)
    printed = json.loads(output.stdout)["results"][0]
    assert called.delta_g_paper.dims == ("texture", "bias")
    assert called.texture.values.tolist() == textures
    assert called.delta_g_paper.attrs["units"] == "e^2/h"
    for name in called.variables:
        np.testing.assert_array_equal(called[name].values, computed[name].values)
        np.testing.assert_array_equal(called[name].values, printed[name]["values"])
        np.testing.assert_array_equal(called[name].values, from_file[name].values)
    # Yevtushenko and Yudson 2021: Fig. 2 (black), and the isotropic point of specification 8.
    point = called.sel(texture=0.1)
    assert abs(float(point.delta_g_linear_paper) + 8.16669e-4) < 1e-9
    assert abs(float(point.delta_g_paper.sel(bias=2.0)) + 0.0018828687859) < 1e-10
    assert json.loads(called.attrs["certificate"])["notes"]


def test_transport_sweeps_and_lists_of_tables_reach_the_engine(
    real_server: conftest.RealServer,
) -> None:
    shifts = es.transport.phase_shifts(eta1_rad=np.pi / 2, eta2_rad=0.0)
    metal = es.transport.alloy(0.01, fermi_wavenumber_per_nm=13.6)
    document = es.transport.spin_hall(scattering=shifts, alloy=metal)
    impurities = [
        {"coupling": [0.4, 0.4, 0.9], "theta_rad": 0.5, "phi_rad": 0.1},
        {
            "coupling": np.diag([0.6, 0.6, 0.2]).tolist(),
            "position_nm": 1.3,
            "theta_rad": 0.9,
            "phi_rad": 1.1,
        },
    ]
    with es.connect(real_server.socket) as client:
        data = client.run(document, eta0_rad=[0.0, 0.1], progress=False).data
        found = client.compute(es.transport.repeated_scattering(impurities, wavenumber_per_nm=0.6))
        with pytest.raises(es.InvalidRequest) as refused:
            client.compute(es.transport.protection([{"coupling": [1.0, 1.0]}]))
        with pytest.raises(es.InvalidRequest):
            client.compute(short())
        many = np.linspace(0.0, 3.0, 3000)
        with pytest.raises(es.LimitExceeded, match="job"):
            client.compute(es.transport.conductance(coupling=[0.1] * 3, bias=many, spin=2.0))
    # Specification of the spin Hall effect, section 8.
    np.testing.assert_allclose(data.sigma_sh, [74536.89132, -7.906985564e5], rtol=1e-8)
    # Specification of the protection, section 9.
    assert abs(float(found.backscattering) - 0.0655951853) < 1e-10
    assert refused.value.violations[0].field == "array.impurities[0].coupling"


def test_impurities_by_document_and_sweep(real_server: conftest.RealServer) -> None:
    path = REPOSITORY / "examples" / "impurity_scaling.toml"
    with es.connect(real_server.socket) as client:
        document = es.impurity.scaling([0.05, 0.1, 0.2], [-0.1, 0.0, 0.1, 0.2])
        scales = client.run(document, progress=False).data
        from_file = client.run(path, progress=False).data
        document = es.impurity.rkky(0.1, shells=44, discretization={"z": [0.0, 0.5]})
        exchange = client.run(document, distance=[1, 10], progress=False).data
        document = es.impurity.non_interacting([0.0, 0.1], distance=10, hybridization=0.01)
        free = client.run(document, progress=False).data
        with pytest.raises(es.InvalidRequest) as refused:
            client.sweep(es.impurity.spectra(es.impurity.kondo(-0.1), temperature=1e-3))
    np.testing.assert_array_equal(scales.kondo_temperature, from_file.kondo_temperature)
    # (B6) and (B7)
    isotropic, planar = (float(scales.kondo_temperature[1, i]) for i in (2, 1))
    assert abs(np.log(isotropic) + 10.0) < 1e-12
    assert abs(np.log(planar) + 5 * np.pi) < 1e-12
    # Section 9 of the specification: z = 0 and 1/2 at x = 10.
    ratios = exchange.exchange_on_ladder_ratio_per_z.values[1].ravel()
    np.testing.assert_allclose(ratios, [1.142, 0.982], atol=1e-3)
    assert np.iscomplexobj(free.greens_function)
    assert [violation.field for violation in refused.value.violations] == ["model.coupling[0]"]
