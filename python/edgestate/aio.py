"""The client for asyncio: the same calls, awaited.

>>> from edgestate import aio                                           # doctest: +SKIP
>>> async with await aio.connect() as client:                           # doctest: +SKIP
...     job = await client.sweep(document, coupling_z=[0.0, 0.05, 0.1])
...     async for status in job:
...         print(f"{status.progress:.0%}")
...     data = await job.data()

What is asked and how answers are read is that of :mod:`edgestate.calls`, shared with the blocking
client. Functions without ``client=`` share one connection per event loop.
"""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from os import PathLike
from typing import Any, TypeVar, overload
from weakref import WeakKeyDictionary

import grpc
import numpy as np
import xarray as xr

from edgestate import calls, card, eigen, spectra
from edgestate import client as blocking
from edgestate.arrays import Reception
from edgestate.calls import CALL_SECONDS, Device, Estimate
from edgestate.certificate import Certificate
from edgestate.documents import AxisValues, Document
from edgestate.errors import DeadlineExceeded, ServerUnavailable, translated
from edgestate.status import JobStatus
from edgestate.stubs import Stubs
from edgestate.v1 import jobs_pb2

T = TypeVar("T")


class Client:
    """A connection of one event loop; :func:`connect` makes it, ``async with`` closes it.

    Attributes
    ----------
    address : str
        Where the server listens.
    server_version : str
        Its version.
    """

    def __init__(self, twin: blocking.Client) -> None:
        self._twin = twin  # starts a local server again, and knows the way to it
        self.address = twin.address
        self.server_version = twin.server_version
        self._channel = twin.access.channel(grpc.aio)
        self.stubs = Stubs(twin.access.guarded(self._channel))

    async def sweep(
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
        return Job(self, await self.call(submission))

    async def run(
        self,
        document: Document,
        axes: Mapping[str, AxisValues] | None = None,
        *,
        device: str | None = None,
        priority: int = 0,
        **named_axes: AxisValues,
    ) -> Job:
        """Submits and waits; see :func:`edgestate.run`."""
        job = await self.sweep(document, axes, device=device, priority=priority, **named_axes)
        return await job.wait()

    async def estimate(
        self,
        document: Document,
        axes: Mapping[str, AxisValues] | None = None,
        *,
        device: str | None = None,
        **named_axes: AxisValues,
    ) -> Estimate:
        """Checks and estimates without work; see :func:`edgestate.estimate`."""
        return await self.call(calls.estimate(document, axes, device, named_axes))

    async def job(self, job_id: str) -> Job:
        """The job with this id; raises UnknownJob."""
        return Job(self, await self.call(calls.status(job_id)))

    async def jobs(self) -> list[JobStatus]:
        """The jobs of the server's store, the newest first, at most 1000."""
        return await self.call(calls.jobs())

    async def devices(self) -> list[Device]:
        """What the server found to compute on."""
        return await self.call(calls.devices())

    @overload
    async def eigh(
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
    async def eigh(
        self,
        matrices: Sequence[np.ndarray],
        *,
        vectors: bool = True,
        uplo: str | None = None,
        device: str | None = None,
        subset_by_index: tuple[int, int] | None = None,
        timeout: float | None = None,
    ) -> eigen.EighList: ...

    async def eigh(
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
        return await self.receive(
            calls.eigh(matrices, vectors, uplo, device, subset_by_index, timeout)
        )

    async def compute(self, document: Document, *, timeout: float = CALL_SECONDS) -> xr.Dataset:
        """A small transport request answered at once; see :func:`edgestate.compute`."""
        return await self.call(calls.compute(document, timeout, self.server_version))

    async def broaden(
        self,
        positions: np.ndarray,
        weights: np.ndarray,
        frequencies: np.ndarray,
        *,
        kernel: str,
        widths: np.ndarray | None = None,
        method: str = "auto",
        tolerance: float = 1e-8,
        device: str | None = None,
        timeout: float | None = None,
        **parameters: float | None,
    ) -> spectra.Broadened:
        """A spectrum from discrete peaks; parameters as for :func:`edgestate.broaden`."""
        peaks = spectra.Peaks.of(positions, weights, frequencies, widths)
        call = calls.broaden(peaks, kernel, parameters, method, tolerance, device, timeout)
        return await self.receive(call)

    async def close(self) -> None:
        """Closes the connection. Jobs go on; an automatic server ends when it is idle."""
        await self._channel.close()
        self._twin.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<edgestate.aio.Client of {self.address}, server {self.server_version}>"

    async def call(self, unary: calls.Unary[T]) -> T:
        """One call with a deadline; a local server that went away is started again."""
        return await self._twice(lambda: self._once(unary))

    async def receive(self, streamed: calls.Streamed[T]) -> T:
        """A call answered by arrays; a local server that went away is started again."""
        return await self._twice(lambda: self._received(streamed))

    async def watch(self, job_id: str, seconds: float | None) -> AsyncIterator[JobStatus]:
        """The job's status now and after every change, until it or the server ends."""
        with translated(self.address):
            request = jobs_pb2.WatchRequest(id=job_id)
            async for message in self.stubs.jobs.Watch(request, timeout=seconds):
                yield JobStatus.from_wire(message)

    async def revive(self) -> bool:
        """Starts the local server again if this client may; whether a second try makes sense."""
        return await asyncio.to_thread(self._twin.revive)

    async def _twice(self, call: Callable[[], Awaitable[T]]) -> T:
        try:
            return await call()
        except ServerUnavailable:
            if not await self.revive():
                raise
        for seconds in calls.START_SECONDS:
            greeting = calls.version(self.address, seconds)
            try:
                await self._once(greeting, wait_for_ready=True)
                break
            except (DeadlineExceeded, ServerUnavailable):
                # It was about to end when it was asked whether it runs.
                await self.revive()
        return await call()

    async def _once(self, unary: calls.Unary[T], **options: Any) -> T:
        with translated(self.address):
            method = unary.method(self.stubs)
            reply = await method(unary.request, timeout=unary.seconds, **options)
        return unary.read(reply)

    async def _received(self, streamed: calls.Streamed[T]) -> T:
        reception = Reception()
        with translated(self.address):
            method = streamed.method(self.stubs)
            async for reply in method(streamed.request(), timeout=streamed.seconds):
                reception.take(reply)
        return streamed.read(*reception.finish())


class Job:
    """A document at work, as :class:`edgestate.Job`; ``async for status in job`` follows it."""

    def __init__(self, client: Client, status: JobStatus) -> None:
        self._client = client
        #: Where the job stood when that was last asked or said.
        self.last_status = status
        self._data: xr.Dataset | None = None
        self._is_final = False

    @property
    def id(self) -> str:
        """The name under which the server knows the job."""
        return self.last_status.id

    async def status(self) -> JobStatus:
        """Where the job stands now."""
        if not self.last_status.ended:
            self.last_status = await self._client.call(calls.status(self.id))
        return self.last_status

    async def data(self) -> xr.Dataset:
        """What is there now; points that have no result yet hold NaN."""
        if self._data is None or not self._is_final:
            ended = (await self.status()).ended
            self._data = await self._client.receive(calls.fetch(self.id))
            self._is_final = ended
        return self._data

    async def certificate(self) -> Certificate:
        """Accuracy and origin of :meth:`data`."""
        return Certificate.from_json((await self.data()).attrs["certificate"])

    async def wait(self, *, timeout: float | None = None) -> Job:
        """Waits for the end; errors as for :meth:`edgestate.Job.wait`.

        Cancelling the waiting task does not cancel the job.
        """
        async for _ in self.statuses(timeout=timeout):
            pass
        warning = self.last_status.checked()
        if warning:
            warnings.warn(warning, stacklevel=2)
        return self

    async def cancel(self) -> Job:
        """Ends the job; finished points stay in the store."""
        self.last_status = await self._client.call(calls.cancel(self.id))
        return self

    def __aiter__(self) -> AsyncIterator[JobStatus]:
        return self.statuses()

    async def statuses(self, *, timeout: float | None = None) -> AsyncIterator[JobStatus]:
        """The status now and after every change to the end, across a restart of the server.

        Parameters
        ----------
        timeout : float, optional
            Seconds; DeadlineExceeded after it, the job goes on.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        lost_since: float | None = None
        while True:
            try:
                left = self.last_status.seconds_until(deadline, time.monotonic())
                async for status in self._client.watch(self.id, left):
                    lost_since = None
                    self.last_status = status
                    yield status
                if self.last_status.ended:
                    return
            except DeadlineExceeded:
                raise self.last_status.overdue() from None
            except ServerUnavailable:
                now = time.monotonic()
                lost_since = lost_since or now
                if now - lost_since > calls.LOST_SECONDS or not await self._client.revive():
                    raise
            await asyncio.sleep(calls.RETRY_SECONDS)

    def __repr__(self) -> str:
        return f"<edgestate.aio.Job {self.last_status}>"

    def _repr_html_(self) -> str:
        return card.render(self.last_status, self._data)


async def connect(address: str | PathLike[str] | None = None, **options: Any) -> Client:
    """Connects to a server; parameters and errors as for :func:`edgestate.connect`."""
    return Client(await asyncio.to_thread(blocking.connect, address, **options))


async def sweep(
    document: Document,
    axes: Mapping[str, AxisValues] | None = None,
    *,
    device: str | None = None,
    priority: int = 0,
    client: Client | None = None,
    **named_axes: AxisValues,
) -> Job:
    """Submits a document, with axes, as a job; see :func:`edgestate.sweep`."""
    chosen = client or await _default()
    return await chosen.sweep(document, axes, device=device, priority=priority, **named_axes)


async def run(
    document: Document,
    axes: Mapping[str, AxisValues] | None = None,
    *,
    device: str | None = None,
    priority: int = 0,
    client: Client | None = None,
    **named_axes: AxisValues,
) -> Job:
    """Submits and waits for the end; see :func:`edgestate.run`."""
    chosen = client or await _default()
    return await chosen.run(document, axes, device=device, priority=priority, **named_axes)


async def job(job_id: str, *, client: Client | None = None) -> Job:
    """Reattaches to a job; raises UnknownJob when the store does not know it."""
    return await (client or await _default()).job(job_id)


async def jobs(*, client: Client | None = None) -> list[JobStatus]:
    """The jobs of the store, the newest first, at most 1000."""
    return await (client or await _default()).jobs()


async def eigh(matrices: eigen.Matrices, *, client: Client | None = None, **options: Any) -> Any:
    """Eigenvalues and eigenvectors; parameters and result of :func:`edgestate.eigh`."""
    return await (client or await _default()).eigh(matrices, **options)


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[Client]] = WeakKeyDictionary()


async def _default() -> Client:
    """The connection that calls without a `client` share in this event loop."""
    loop = asyncio.get_running_loop()
    task = _shared.get(loop)
    if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
        task = _shared[loop] = loop.create_task(connect())
    return await asyncio.shield(task)
