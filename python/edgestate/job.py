"""Jobs: long work on a server, seen from the client."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

import xarray as xr

from edgestate import card, files, plots
from edgestate.arrays import Assembly
from edgestate.certificate import Certificate
from edgestate.dataset import assemble
from edgestate.errors import (
    Cancelled,
    CorruptData,
    DeadlineExceeded,
    JobFailed,
    ServerUnavailable,
    translated,
)
from edgestate.progress import ProgressLine
from edgestate.v1 import jobs_pb2

if TYPE_CHECKING:
    from edgestate.client import Client

_STATES = {
    jobs_pb2.JOB_STATE_QUEUED: "queued",
    jobs_pb2.JOB_STATE_RUNNING: "running",
    jobs_pb2.JOB_STATE_DONE: "done",
    jobs_pb2.JOB_STATE_CANCELLED: "cancelled",
    jobs_pb2.JOB_STATE_FAILED: "failed",
}
_ENDED = ("done", "cancelled", "failed")
#: How often a lost server is looked for, and how long in all.
_RETRY_SECONDS = 0.5
_LOST_SECONDS = 60.0


@dataclass(frozen=True)
class JobStatus:
    """Where a job stands.

    `units` are what is computed and stored one by one: a point of the sweep at one z and one
    temperature.
    """

    id: str
    #: "queued", "running", "done" (every point has a result or a reason), "cancelled", "failed".
    state: str
    units_total: int
    units_done: int
    units_failed: int
    #: Of those done, answered from the store without computing.
    units_from_store: int
    #: 0 to 1, by estimated work.
    progress: float
    #: None when not known.
    seconds_left: float | None
    seconds_elapsed: float
    engine: str
    submitted_unix_seconds: float
    #: Why it failed; empty otherwise.
    reason: str

    @classmethod
    def from_wire(cls, message: jobs_pb2.Job) -> JobStatus:
        left = message.seconds_left if message.HasField("seconds_left") else None
        return cls(
            id=message.id,
            state=_STATES.get(message.state, "unknown"),
            units_total=message.units_total,
            units_done=message.units_done,
            units_failed=message.units_failed,
            units_from_store=message.units_from_store,
            progress=message.progress,
            seconds_left=left,
            seconds_elapsed=message.seconds_elapsed,
            engine=message.engine,
            submitted_unix_seconds=message.submitted_unix_seconds,
            reason=message.reason,
        )

    @property
    def ended(self) -> bool:
        return self.state in _ENDED


class Job:
    """A document at work. Made by :func:`edgestate.sweep`, :func:`run` and :func:`job`.

    It lives on the server: closing Python does not end it, ``edgestate.job(id)`` reattaches.
    """

    def __init__(self, client: Client, status: JobStatus) -> None:
        self._client = client
        self._status = status
        self._final: xr.Dataset | None = None

    @property
    def id(self) -> str:
        """The name under which the server knows the job."""
        return self._status.id

    @property
    def status(self) -> JobStatus:
        """Where the job stands now."""
        if not self._status.ended:
            request = jobs_pb2.GetRequest(id=self.id)
            wire = self._client.call(self._client.jobs_stub.Get, request)
            self._status = JobStatus.from_wire(wire)
        return self._status

    @property
    def state(self) -> str:
        """ "queued", "running", "done", "cancelled" or "failed"."""
        return self.status.state

    @property
    def progress(self) -> float:
        """0 to 1, by estimated work."""
        return self.status.progress

    @property
    def data(self) -> xr.Dataset:
        """What is there now; points that have no result yet hold NaN.

        Variables carry ``units`` and ``long_name``; the attributes hold the request with its
        defaults filled in, the versions, the device and the certificate.
        """
        if self._final is not None:
            return self._final
        ended = self.status.ended
        dataset = self._fetch()
        if ended:
            self._final = dataset
        return dataset

    @property
    def certificate(self) -> Certificate:
        """Accuracy and origin of :attr:`data`."""
        return Certificate.from_json(self.data.attrs["certificate"])

    def wait(
        self,
        *,
        progress: bool | Callable[[JobStatus], None] = True,
        timeout: float | None = None,
    ) -> Job:
        """Waits for the end. Ctrl-C stops the waiting, not the job.

        Parameters
        ----------
        progress : bool or callable
            Whether to show a line of progress; or what to call with every new status.
        timeout : float, optional
            Seconds; DeadlineExceeded after it, the job goes on.

        Raises
        ------
        JobFailed
            No point has a result.
        Cancelled
            The job was cancelled; what was finished is in :attr:`data`.
        """
        line = ProgressLine(sys.stderr) if progress is True else None
        report = line.show if line else progress if callable(progress) else lambda _: None
        try:
            self._watch(report, None if timeout is None else time.monotonic() + timeout)
        except KeyboardInterrupt:
            hint = f"the job goes on; reattach with edgestate.job({self.id!r})"
            print(f"\n{hint}", file=sys.stderr)
            raise
        finally:
            if line:
                line.close()
        return self._checked()

    def cancel(self) -> Job:
        """Ends the job; finished points stay in the store."""
        request = jobs_pb2.CancelRequest(id=self.id)
        wire = self._client.call(self._client.jobs_stub.Cancel, request)
        self._status = JobStatus.from_wire(wire)
        return self

    def save(self, path: str | PathLike[str]) -> None:
        """Writes :attr:`data` to a netCDF file; see :func:`edgestate.save`."""
        files.save(self.data, path)

    def plot(self, **options: Any) -> Any:
        """Draws :attr:`data`; see :func:`edgestate.plot`."""
        return plots.plot(self.data, **options)

    def __repr__(self) -> str:
        now = self._status
        done = f"{now.units_done}/{now.units_total} units"
        return f"<edgestate.Job {now.id}: {now.state}, {done}>"

    def _repr_html_(self) -> str:
        return card.html(self)

    def _watch(self, report: Callable[[JobStatus], None], deadline: float | None) -> None:
        """Follows the job to its end, across a restart of the server."""
        lost_since: float | None = None
        while True:
            try:
                for status in self._statuses(deadline):
                    lost_since = None
                    self._status = status
                    report(status)
                if self._status.ended:
                    return
            except ServerUnavailable:
                now = time.monotonic()
                lost_since = lost_since or now
                if now - lost_since > _LOST_SECONDS or not self._client.revive():
                    raise
            time.sleep(_RETRY_SECONDS)

    def _statuses(self, deadline: float | None) -> Any:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise DeadlineExceeded(f"job {self.id} has not ended in the time given; it goes on")
        with translated(self._client.address):
            request = jobs_pb2.WatchRequest(id=self.id)
            for message in self._client.jobs_stub.Watch(request, timeout=left):
                yield JobStatus.from_wire(message)

    def _checked(self) -> Job:
        now = self._status
        if now.state == "failed":
            raise JobFailed(f"job {now.id}: {now.reason or 'no point has a result'}")
        if now.state == "cancelled":
            raise Cancelled(f"job {now.id} was cancelled ({now.units_done} units are in the store)")
        if now.units_failed:
            count = f"{now.units_failed} of {now.units_total} units"
            why = "data.attrs['failed_points'] says why"
            warnings.warn(f"job {now.id}: {count} failed; {why}", stacklevel=3)
        return self

    def _fetch(self) -> xr.Dataset:
        with translated(self._client.address):
            header = assembly = certificate = None
            for reply in self._client.jobs_stub.Fetch(jobs_pb2.FetchRequest(id=self.id)):
                part = reply.WhichOneof("part")
                if part == "header":
                    header = reply.header
                    assembly = Assembly(header.tensors)
                elif part == "chunk" and assembly is not None:
                    assembly.add(reply.chunk)
                elif part == "certificate":
                    certificate = Certificate.from_wire(reply.certificate)
        if header is None or assembly is None or certificate is None:
            raise CorruptData("the result ended without its header or its certificate")
        return assemble(header, assembly.finish(), certificate, self.id)
