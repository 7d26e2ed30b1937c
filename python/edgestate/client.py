"""The connection to a server, and the calls that need no job."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar, overload

import grpc
import numpy as np
import xarray as xr

from edgestate import calls, eigen, local, spectra
from edgestate.access import Access, Tls
from edgestate.arrays import Reception
from edgestate.calls import CALL_SECONDS, Device, Estimate
from edgestate.documents import AxisValues, Document
from edgestate.errors import DeadlineExceeded, InvalidRequest, ServerUnavailable, translated
from edgestate.job import Job
from edgestate.status import JobStatus
from edgestate.stubs import Stubs
from edgestate.v1 import jobs_pb2

_IDLE_SECONDS = 600.0

T = TypeVar("T")


class Client:
    """A connection to one server; :func:`connect` makes it. Usable from several threads.

    Attributes
    ----------
    address : str
        Where the server listens.
    server_version : str
        Its version.
    """

    def __init__(self, access: Access, ensure: Callable[[], None] | None = None) -> None:
        self.access = access
        self.address = access.address
        self._ensure = ensure
        if ensure is not None:
            ensure()
        self._channel = access.channel(grpc)
        self.stubs = Stubs(access.guarded(self._channel))
        try:
            self.server_version = self._once(calls.version(self.address))
        except BaseException:
            self._channel.close()
            raise

    def sweep(
        self,
        document: Document,
        axes: Mapping[str, AxisValues] | None = None,
        *,
        device: str | None = None,
        priority: int = 0,
        **named_axes: AxisValues,
    ) -> Job:
        """Submits a document with axes; see :func:`edgestate.sweep`."""
        submission = calls.submit(document, axes, device, named_axes, priority)
        return Job(self, self.call(submission))

    def run(
        self,
        document: Document,
        axes: Mapping[str, AxisValues] | None = None,
        *,
        device: str | None = None,
        priority: int = 0,
        progress: bool | Callable[[JobStatus], None] = True,
        **named_axes: AxisValues,
    ) -> Job:
        """Submits and waits; see :func:`edgestate.run`."""
        return self.sweep(document, axes, device=device, priority=priority, **named_axes).wait(
            progress=progress
        )

    def estimate(
        self,
        document: Document,
        axes: Mapping[str, AxisValues] | None = None,
        *,
        device: str | None = None,
        **named_axes: AxisValues,
    ) -> Estimate:
        """Checks and estimates without work; see :func:`edgestate.estimate`."""
        return self.call(calls.estimate(document, axes, device, named_axes))

    def job(self, job_id: str) -> Job:
        """The job with this id; raises UnknownJob."""
        return Job(self, self.call(calls.status(job_id)))

    def jobs(self) -> list[JobStatus]:
        """The jobs of the server's store, the newest first, at most 1000."""
        return self.call(calls.jobs())

    def devices(self) -> list[Device]:
        """What the server found to compute on."""
        return self.call(calls.devices())

    @overload
    def eigh(
        self,
        matrices: np.ndarray,
        *,
        vectors: bool = True,
        uplo: str | None = None,
        device: str | None = None,
        subset_by_index: tuple[int, int] | None = None,
        timeout: float | None = None,
    ) -> eigen.EighResult: ...

    @overload
    def eigh(
        self,
        matrices: Sequence[np.ndarray],
        *,
        vectors: bool = True,
        uplo: str | None = None,
        device: str | None = None,
        subset_by_index: tuple[int, int] | None = None,
        timeout: float | None = None,
    ) -> eigen.EighList: ...

    def eigh(
        self,
        matrices: eigen.Matrices,
        *,
        vectors: bool = True,
        uplo: str | None = None,
        device: str | None = None,
        subset_by_index: tuple[int, int] | None = None,
        timeout: float | None = None,
    ) -> eigen.EighResult | eigen.EighList:
        """Eigenvalues and eigenvectors of a batch; see :func:`edgestate.eigh`."""
        return self.receive(calls.eigh(matrices, vectors, uplo, device, subset_by_index, timeout))

    def compute(self, document: Document, *, timeout: float = CALL_SECONDS) -> xr.Dataset:
        """A small transport request answered at once; see :func:`edgestate.compute`."""
        return self.call(calls.compute(document, timeout, self.server_version))

    def broaden(
        self,
        positions: np.ndarray,
        weights: np.ndarray,
        frequencies: np.ndarray,
        *,
        kernel: str,
        width: float | None = None,
        half_width: float | None = None,
        sigma: float | None = None,
        crossover: float | None = None,
        widths: np.ndarray | None = None,
        method: str = "auto",
        tolerance: float = 1e-8,
        device: str | None = None,
        timeout: float | None = None,
    ) -> spectra.Broadened:
        """A spectrum from discrete peaks; see :func:`edgestate.broaden`."""
        peaks = spectra.Peaks.of(positions, weights, frequencies, widths)
        parameters = {
            "width": width,
            "half_width": half_width,
            "sigma": sigma,
            "crossover": crossover,
        }
        call = calls.broaden(peaks, kernel, parameters, method, tolerance, device, timeout)
        return self.receive(call)

    def close(self) -> None:
        """Closes the connection. Jobs go on; an automatic server ends when it is idle."""
        self._channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<edgestate.Client of {self.address}, server {self.server_version}>"

    def call(self, unary: calls.Unary[T]) -> T:
        """One call with a deadline; a local server that went away is started again."""
        return self._twice(lambda: self._once(unary))

    def receive(self, streamed: calls.Streamed[T]) -> T:
        """A call answered by arrays; a local server that went away is started again."""
        return self._twice(lambda: self._received(streamed))

    def watch(self, job_id: str, seconds: float | None) -> Iterator[JobStatus]:
        """The job's status now and after every change, until it or the server ends."""
        with translated(self.address):
            request = jobs_pb2.WatchRequest(id=job_id)
            for message in self.stubs.jobs.Watch(request, timeout=seconds):
                yield JobStatus.from_wire(message)

    def revive(self) -> bool:
        """Starts the local server again if this client may; whether a second try makes sense."""
        if self._ensure is None:
            return False
        self._ensure()
        return True

    def _twice(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except ServerUnavailable:
            if not self.revive():
                raise
        for seconds in calls.START_SECONDS:
            greeting = calls.version(self.address, seconds)
            try:
                self._once(greeting, wait_for_ready=True)
                break
            except (DeadlineExceeded, ServerUnavailable):
                # It was about to end when it was asked whether it runs.
                self.revive()
        return call()

    def _once(self, unary: calls.Unary[T], **options: Any) -> T:
        with translated(self.address):
            method = unary.method(self.stubs)
            reply = method(unary.request, timeout=unary.seconds, **options)
        return unary.read(reply)

    def _received(self, streamed: calls.Streamed[T]) -> T:
        reception = Reception()
        with translated(self.address):
            method = streamed.method(self.stubs)
            for reply in method(streamed.request(), timeout=streamed.seconds):
                reception.take(reply)
        return streamed.read(*reception.finish())


def connect(
    address: str | PathLike[str] | None = None,
    *,
    store: str | PathLike[str] | None = None,
    autostart: bool = True,
    idle_exit: float = _IDLE_SECONDS,
    token: str | None = None,
    tls: Tls | bool | None = None,
) -> Client:
    """Connects to a server, and starts a local one where none runs.

    Parameters
    ----------
    address : str or path, optional
        ``"unix:/path"`` or a path, or ``"host:port"``; such a server is never started. Without
        `tls` the host has to be this machine (``"127.0.0.1:port"``). By default the socket of this
        user on this machine.
    store : path, optional
        The directory of the automatic server's results; a server of its own runs for it. By
        default the user's store.
    autostart : bool
        Whether a local server may be started.
    idle_exit : float
        Seconds after which an automatic server without calls and jobs ends.
    token : str, optional
        What ``edgestate token add`` has printed, for a server that asks for it; by default, with an
        `address`, the environment variable EDGESTATE_TOKEN.
    tls : Tls or bool, optional
        The files of an encrypted connection (:class:`edgestate.Tls`); True: what grpcio trusts.

    Raises
    ------
    ServerUnavailable, IncompatibleServer, AccessDenied
    """
    if address is not None:
        if store is not None:
            raise InvalidRequest("`store` is for the automatic server; `address` names another one")
        token = token or os.environ.get("EDGESTATE_TOKEN") or None
        return Client(Access(_target(address), token, tls))
    if token is not None or tls:
        raise InvalidRequest("`token` and `tls` are for a server named by `address`")
    directory = None if store is None else Path(store)
    path = local.default_socket() if directory is None else local.socket_of(directory)
    if autostart:
        return Client(Access(f"unix:{path}"), lambda: local.ensure(path, directory, idle_exit))
    if not local.is_listening(path):
        raise ServerUnavailable(
            f"no server listens at {path}; start one with `edgestate serve`, "
            "or let connect(autostart=True) do it"
        )
    return Client(Access(f"unix:{path}"))


def _target(address: str | PathLike[str]) -> str:
    text = str(address)
    if text.startswith("unix:"):
        return text
    if isinstance(address, PathLike) or text.startswith(("/", ".")):
        return f"unix:{Path(text).absolute()}"
    return text
