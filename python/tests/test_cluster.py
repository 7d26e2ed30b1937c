"""Sweeps on a Dask cluster: whatever dies, the numbers are those of one process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import short_ladder
from distributed import Client, LocalCluster

import edgestate as es
from edgestate import cluster, documents

pytestmark = pytest.mark.filterwarnings("ignore")  # of workers that are killed

COUPLINGS = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3]


@pytest.fixture
def dask(own_server: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Three workers of one thread; every shard waits for a second before its first chunk."""
    monkeypatch.setenv("EDGESTATE_TEST_CHUNK_DELAY_MS", "1000")
    options = {"n_workers": 3, "threads_per_worker": 1, "dashboard_address": ":0"}
    local = LocalCluster(**options, resources={"GPU": 1})
    client = Client(local)
    yield client
    # How fast Dask ends its workers on a machine under load is not what is tested.
    with contextlib.suppress(TimeoutError):
        client.close()
        local.close(timeout=60)


def serial(binary: Path, directory: Path, document: str) -> str:
    """The hash of the same sweep, computed by one process."""
    path = directory / "serial.json"
    path.write_text(document)
    command = [str(binary), "sweep", "run", str(path), "--store", str(directory / "serial")]
    done = subprocess.run([*command, "--json"], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["results"]["hash"]


def test_a_killed_worker_changes_nothing(dask: Client, binary: Path, tmp_path: Path) -> None:
    document = short_ladder(coupling=None, coupling_z=None)
    axes = {"coupling": COUPLINGS, "coupling_z": es.grid(0.0, 0.1, 2)}
    job = es.sweep(document, axes, cluster=dask, store=tmp_path / "sweeps", shards=6)
    victim = next(iter(dask.run(os.getpid).values()))
    deadline = time.monotonic() + 60.0
    while not children(victim):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    (shard,) = children(victim)
    os.kill(victim, signal.SIGKILL)
    seen: list[es.JobStatus] = []
    job.wait(progress=seen.append, timeout=300.0)
    assert not Path(f"/proc/{shard}").exists()  # it died with its worker
    assert seen[-1].state == "done" and seen[-1].units_done == seen[0].units_total == 24
    assert [one.progress for one in seen] == sorted(one.progress for one in seen)
    assert job.results_hash == serial(binary, tmp_path, documents.to_json(document, axes))
    assert job.data.sz_sz.dims == ("coupling", "coupling_z")
    assert np.isfinite(job.data.sz_sz).all() and job.certificate.eigen_residual < 30
    assert "done" in job._repr_html_()
    # The same call again: nothing to compute, and the store says so.
    again = es.sweep(document, axes, cluster=dask, store=tmp_path / "sweeps")
    assert again.wait(progress=False, timeout=30.0).id == job.id
    assert not again._futures and again.data.sz_sz.identical(job.data.sz_sz)
    with es.connect(store=job.store) as client:
        assert client.job(job.id).data.sz_sz.identical(job.data.sz_sz)


def children(pid: int) -> list[int]:
    """The processes of shards that a worker runs now."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_text()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[1]) == pid and "--shard" in command:
            found.append(int(entry.name))
    return found


def test_resources_are_asked_for_and_cancelled_work_goes_on_later(
    dask: Client, tmp_path: Path
) -> None:
    document, store = short_ladder(coupling=None), tmp_path / "sweeps"
    couplings = COUPLINGS[:4]
    wanted = {"store": store, "resources": {"GPU": 1}}
    scheduler = dask.scheduler.address  # a connection of the job's own
    job = es.sweep(document, coupling=couplings, cluster=scheduler, shards=4, **wanted)
    assert job.state == "running" and job.partial() is None
    deadline = time.monotonic() + 60.0
    while job.status.progress == 0.0:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    job.cancel()
    with pytest.raises(es.Cancelled):
        job.wait(progress=False)
    finished = len(list((job.store / "shards").glob("*/shard.json")))
    assert 1 <= finished <= 4
    again = es.sweep(document, coupling=couplings, cluster=dask, **wanted)
    assert again.wait(progress=False, timeout=60.0).status.units_done == 8
    assert sum(future.result()["units"]["computed"] for future in again._futures) <= 8


def test_what_no_worker_can_do_is_said(dask: Client, tmp_path: Path) -> None:
    with pytest.raises(es.InvalidRequest, match="coupling"):
        es.sweep(short_ladder(coupling=-1.0), cluster=dask, store=tmp_path)
    with pytest.raises(es.InvalidRequest, match="store="):
        es.sweep(short_ladder(), cluster=dask)
    with pytest.raises(es.InvalidRequest, match="cluster"):
        es.sweep(short_ladder(), store=tmp_path)
    with pytest.raises(es.InvalidRequest, match="cluster"):
        es.sweep(short_ladder(), cluster=3, store=tmp_path)
    assert not list(tmp_path.iterdir())
    job = es.sweep(short_ladder(), cluster=dask, store=tmp_path)
    job._place.document.unlink()  # as on a worker that does not see the directory
    with pytest.raises(es.JobFailed, match=r"shared|sweep\.json"):
        job.wait(progress=False, timeout=60.0)


def test_shards_are_counted_by_cost_points_and_workers() -> None:
    assert cluster._count({"seconds": 95.0, "points": 1000}, workers=3) == 10
    assert cluster._count({"seconds": 1.0, "points": 1000}, workers=3) == 3
    assert cluster._count({"seconds": 1e9, "points": 2}, workers=3) == 2
    assert cluster._count({"seconds": 1e9, "points": 10**6}, workers=3) == 10_000
