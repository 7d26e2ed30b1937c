"""Jobs: long work on a server, seen from the client."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from os import PathLike
from typing import TYPE_CHECKING

import xarray as xr

from edgestate import calls, card, files, plots
from edgestate.certificate import Certificate
from edgestate.errors import DeadlineExceeded, ServerUnavailable
from edgestate.progress import Progress
from edgestate.status import JobStatus

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from edgestate.client import Client


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
            self._status = self._client.call(calls.status(self.id))
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
        dataset = self._client.receive(calls.fetch(self.id))
        if ended:
            self._final = dataset
        return dataset

    def partial(self) -> xr.Dataset | None:
        """:attr:`data` when some of it is there, else None."""
        return self.data if self._status.units_done else None

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
            Whether to show the progress: a line, in a notebook the card; or what to call with
            every new status.
        timeout : float, optional
            Seconds; DeadlineExceeded after it, the job goes on.

        Raises
        ------
        JobFailed
            No point has a result.
        Cancelled
            The job was cancelled; what was finished is in :attr:`data`.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            with Progress(progress, self) as report:
                self._watch(report, deadline)
        except KeyboardInterrupt:
            print(f"\n{self._hint()}", file=sys.stderr)
            raise
        warning = self._status.checked()
        if warning:
            warnings.warn(warning, stacklevel=2)
        return self

    def cancel(self) -> Job:
        """Ends the job; finished points stay in the store."""
        self._status = self._client.call(calls.cancel(self.id))
        return self

    def save(self, path: str | PathLike[str]) -> None:
        """Writes :attr:`data` to a file, by its suffix; see :func:`edgestate.save`."""
        files.save(self.data, path)

    def to_netcdf(self, path: str | PathLike[str]) -> None:
        """Writes :attr:`data` to a netCDF-4 file; see :func:`edgestate.to_netcdf`."""
        files.to_netcdf(self.data, path)

    def to_parquet(self, path: str | PathLike[str]) -> None:
        """Writes a table with a row per point; see :func:`edgestate.to_parquet`."""
        files.to_parquet(self.data, path)

    def plot(self, *, x: str | None = None, figure: Figure | None = None) -> Figure:
        """Draws :attr:`data`, as far as it goes; see :func:`edgestate.plot`."""
        return plots.plot(self.data, x=x, figure=figure)

    def __repr__(self) -> str:
        return f"<edgestate.Job {self._status}>"

    def _repr_html_(self) -> str:
        return card.html(self)

    def _hint(self) -> str:
        """What Ctrl-C leaves behind."""
        return f"the job goes on; reattach with edgestate.job({self.id!r})"

    def _watch(self, report: Callable[[JobStatus], None], deadline: float | None) -> None:
        """Follows the job to its end, across a restart of the server."""
        lost_since: float | None = None
        while True:
            try:
                left = self._status.seconds_until(deadline, time.monotonic())
                for status in self._client.watch(self.id, left):
                    lost_since = None
                    self._status = status
                    report(status)
                if self._status.ended:
                    return
            except DeadlineExceeded:
                raise self._status.overdue() from None
            except ServerUnavailable:
                now = time.monotonic()
                lost_since = lost_since or now
                if now - lost_since > calls.LOST_SECONDS or not self._client.revive():
                    raise
            time.sleep(calls.RETRY_SECONDS)
