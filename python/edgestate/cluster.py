"""Sweeps on a Dask cluster.

A task is a shard of the sweep: the program ``edgestate sweep run --shard i/n`` in a process of its
own on a worker, which writes into a directory that all see. A task returns what it did, never
arrays. Whatever dies, the shard is computed again elsewhere, from where its files end; at the end
``edgestate sweep merge`` checks all of them and makes one store.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from edgestate import calls, local
from edgestate.client import connect
from edgestate.documents import AxisValues, Document, read, to_json
from edgestate.errors import Cancelled, InvalidRequest, ServerError, Violation
from edgestate.job import Job
from edgestate.status import JobStatus

if TYPE_CHECKING:
    from distributed import Client as DaskClient
    from distributed import Future

#: A task is worth its way above this; a worker that dies loses no more.
_SHARD_SECONDS = 10.0
_MAX_SHARDS = 10_000
_POLL_SECONDS = 0.2
#: Exit codes of a shard whose points are in its files, each with a result or a reason.
_COMPUTED = (0, 1, 3)


@dataclass(frozen=True)
class Place:
    """The directory of one sweep, on a file system that client and workers share."""

    directory: Path

    @classmethod
    def of(cls, store: str | PathLike[str], document: str) -> Place:
        """Below `store`, named by the document: the same sweep finds its files again."""
        name = hashlib.sha256(document.encode()).hexdigest()[:16]
        return cls(Path(store).absolute() / name)

    @property
    def document(self) -> Path:
        """The sweep, axes included."""
        return self.directory / "sweep.json"

    @property
    def merged(self) -> Path:
        """What merging said; exists when the store is complete."""
        return self.directory / "merged.json"

    @property
    def stop(self) -> Path:
        """Exists while running shards are asked to stop."""
        return self.directory / "stop"

    def write(self, path: Path, text: str) -> None:
        """A file that is whole when it is there."""
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)

    def begun_shards(self) -> int | None:
        """How many shards an earlier start cut the sweep into."""
        for folder in sorted((self.directory / "shards").glob("*-of-*")):
            return int(folder.name.rpartition("-")[2])
        return None


class ClusterJob(Job):
    """A sweep on a cluster: as :class:`Job`, but its data come at its end, by :meth:`wait`.

    The tasks need the Python process to live; when it dies, the same call of
    :func:`edgestate.sweep` goes on where the files end.
    """

    def __init__(
        self,
        futures: list[Future],
        units: int,
        engine: str,
        place: Place,
        close: Callable[[], object] = lambda: None,
    ) -> None:
        now = time.time()
        state = JobStatus(
            place.directory.name, "running", units, 0, 0, 0, 0.0, None, 0.0, engine, now, ""
        )
        self._status = state
        self._final: xr.Dataset | None = None
        self._futures = futures
        self._place = place
        self._began = time.monotonic()
        self._close = close  # of the connection to the scheduler, if it was made for this job

    @property
    def store(self) -> Path:
        """The directory of the results; ``edgestate.connect(store=...)`` opens it."""
        return self._place.directory

    @property
    def results_hash(self) -> str:
        """SHA-256 over all results: equal exactly when all numbers are equal."""
        return json.loads(self._place.merged.read_text(encoding="utf-8"))["results"]["hash"]

    @property
    def status(self) -> JobStatus:
        """Where the job stands now; units of shards that are finished count."""
        if not self._status.ended:
            self._status = self._seen()
        return self._status

    @property
    def data(self) -> xr.Dataset:
        """The whole result; waits for it."""
        if self._final is None:
            self.wait(progress=False)
            self._final = super().data
        return self._final

    def partial(self) -> xr.Dataset | None:
        """The whole result when it is there."""
        return self._final if self._final is not None or not self._status.ended else self.data

    def cancel(self) -> Job:
        """Ends the job; what its shards have written stays, and is taken up by the next start."""
        if not self.status.ended:
            self._place.stop.touch()
            for future in self._futures:
                future.cancel()
            self._status = replace(self._status, state="cancelled")
            self._close()
        return self

    def _hint(self) -> str:
        return "the tasks go on while this process lives; the same call goes on where they end"

    def _watch(self, report: Callable[[JobStatus], None], deadline: float | None) -> None:
        while not self._status.ended:
            self._status = self._seen()
            report(self._status)
            left = self._status.seconds_until(deadline, time.monotonic())
            time.sleep(_POLL_SECONDS if left is None else min(left, _POLL_SECONDS))

    def _seen(self) -> JobStatus:
        """The status by the tasks; merges when all of them are finished."""
        before = replace(self._status, seconds_elapsed=time.monotonic() - self._began)
        finished = [future for future in self._futures if future.status == "finished"]
        for future in self._futures:
            if future.status in ("error", "cancelled", "lost"):
                return replace(before, state="failed", reason=self._reason(future))
        if len(finished) == len(self._futures):
            return self._merged()
        units = [future.result()["units"] for future in finished]
        share = len(finished) / len(self._futures)
        left = before.seconds_elapsed * (1.0 - share) / share if share else None
        return replace(
            before,
            units_done=sum(one["total"] - one["failed"] for one in units),
            units_failed=sum(one["failed"] for one in units),
            units_from_store=sum(one["total"] - one["computed"] for one in units),
            progress=share,
            seconds_left=left,
        )

    def _reason(self, future: Future) -> str:
        if future.status != "error":
            return f"task {future.key} was {future.status}"
        error = future.exception()
        for other in self._futures:
            other.cancel()
        self._close()
        return f"task {future.key}: {error}"

    def _merged(self) -> JobStatus:
        if not self._place.merged.exists():
            said = _run(["sweep", "merge", str(self._place.directory), "--json"], allowed=_COMPUTED)
            self._place.write(self._place.merged, said)
        self._close()
        self._client = connect(store=self._place.directory)
        job = json.loads(self._place.merged.read_text(encoding="utf-8"))["job"]
        status = self._client.call(calls.status(job))
        return replace(status, seconds_elapsed=time.monotonic() - self._began)


def sweep(
    document: Document,
    axes: Mapping[str, AxisValues],
    *,
    cluster: Any,
    store: str | PathLike[str],
    device: str | None = None,
    shards: int | None = None,
    resources: Mapping[str, float] | None = None,
) -> ClusterJob:
    """Distributes a sweep; see :func:`edgestate.sweep`."""
    dask, close = _dask_client(cluster)
    text = to_json({**read(document), "device": device} if device else document, axes)
    place = Place.of(store, text)
    place.directory.mkdir(parents=True, exist_ok=True)
    place.write(place.document, text)
    place.stop.unlink(missing_ok=True)
    try:
        cost = json.loads(_run(["check", str(place.document), "--json"]))
    except InvalidRequest:
        place.document.unlink()
        place.directory.rmdir()  # it was new: what is refused has no results
        raise
    futures: list[Future] = []
    if not place.merged.exists():
        count = (
            place.begun_shards() or shards or _count(cost, len(dask.scheduler_info()["workers"]))
        )
        tasks = [(str(place.directory), index, count) for index in range(1, count + 1)]
        futures = dask.map(
            _shard,
            *zip(*tasks, strict=True),
            key=[f"edgestate-{place.directory.name}-{time.time_ns():x}-{i}" for _, i, _ in tasks],
            resources=dict(resources) if resources else None,
            pure=False,
            retries=1,
        )
    return ClusterJob(futures, cost["units"], json.loads(text)["engine"], place, close)


def _shard(directory: str, index: int, count: int) -> dict[str, Any]:
    """One task: a shard on this worker; what it did."""
    from distributed import get_worker

    place = Place(Path(directory))
    if not place.document.exists():
        raise ServerError(f"{place.document} is not seen from this worker: no shared file system?")
    command = ["sweep", "run", str(place.document), "--shard", f"{index}/{count}"]
    command += ["--store", directory, "--json", "--threads", str(get_worker().state.nthreads)]
    return json.loads(_run(command, allowed=_COMPUTED, stop=place.stop))


def _run(arguments: list[str], *, allowed: tuple[int, ...] = (0,), stop: Path | None = None) -> str:
    """What the program printed; raises for another exit code, or when asked to stop."""
    command = [str(local.find_binary()), *arguments]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )
    while True:
        try:
            output, errors = process.communicate(timeout=None if stop is None else 0.5)
            break
        except subprocess.TimeoutExpired:
            if stop is not None and stop.exists():
                process.terminate()  # finished chunks stay
    if stop is not None and stop.exists():
        raise Cancelled("the sweep was cancelled")
    if process.returncode in allowed and output.startswith("{"):
        return output
    said = errors.strip()[-2000:] or f"exit code {process.returncode}"
    if process.returncode == 2:
        raise InvalidRequest(said)
    raise ServerError(f"`{' '.join(command)}`: {said}")


#: Loaded before any fork: nothing may be loaded between fork and exec.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """No shard outlives its worker, which Dask replaces: two would compute the same."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _count(cost: Mapping[str, Any], workers: int) -> int:
    """Shards of about 10 s on a machine like this, at least one for each worker."""
    wanted = max(math.ceil(cost["seconds"] / _SHARD_SECONDS), workers, 1)
    return min(wanted, cost["points"], _MAX_SHARDS)


def _dask_client(cluster: Any) -> tuple[DaskClient, Callable[[], object]]:
    """A connection to the scheduler, and how it is closed if it is not the caller's."""
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise ModuleNotFoundError("a cluster needs Dask: pip install edgestate[dask]") from None
    if isinstance(cluster, Client):
        return cluster, lambda: None
    try:
        own = Client(cluster)
        return own, own.close
    except (TypeError, ValueError, OSError) as error:
        expected = f"{error}; expected a distributed.Client, a cluster of it, or its address"
        raise InvalidRequest.of([Violation("cluster", expected)]) from None
