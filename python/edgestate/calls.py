"""What is asked of a server, and how its answer is read: one description for both clients.

A call is data: the client of :mod:`edgestate.client` carries it out and blocks, that of
:mod:`edgestate.aio` awaits it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import xarray as xr
from google.protobuf.message import Message

from edgestate import dataset, eigen, spectra
from edgestate.certificate import Certificate
from edgestate.documents import AxisValues, Document, to_sweep
from edgestate.errors import IncompatibleServer, InvalidRequest
from edgestate.status import JobStatus
from edgestate.stubs import Stubs
from edgestate.v1 import common_pb2, devices_pb2, jobs_pb2
from edgestate.version import PROTOCOL, __version__

CALL_SECONDS = 60.0
#: How often a lost server is looked for, and how long in all.
RETRY_SECONDS = 0.5
LOST_SECONDS = 60.0
#: How long each try waits for a server that was started again.
START_SECONDS = (1.0, 3.0, 10.0)

T = TypeVar("T")


@dataclass(frozen=True)
class Unary(Generic[T]):
    """One request, one reply."""

    method: Callable[[Stubs], Any]
    request: Message
    read: Callable[[Any], T]
    seconds: float = CALL_SECONDS


@dataclass(frozen=True)
class Streamed(Generic[T]):
    """A request, or several, answered by header, chunks and certificate."""

    method: Callable[[Stubs], Any]
    #: Made anew for each try.
    request: Callable[[], Message | Iterable[Message]]
    read: Callable[[Any, list[np.ndarray], Certificate], T]
    seconds: float | None = None


@dataclass(frozen=True)
class Estimate:
    """What a document will cost, before it is computed."""

    points: int
    #: Stored units: points x z x temperatures.
    units: int
    #: Of these, known already.
    units_from_store: int
    seconds: float
    #: Of the largest chunk, on the device.
    memory_bytes: int
    result_bytes: int
    #: The class of devices it would run on, and why.
    device_class: str = ""
    device_reason: str = ""


@dataclass(frozen=True)
class Device:
    """What a server can compute on."""

    name: str
    description: str
    driver: str
    shader_f64: bool
    threads: int
    memory_bytes: int
    in_use: bool
    #: "ready", "starting", "stopped" (tried again by the next call or job), "none".
    worker_state: str
    #: A driver that computes on the CPU.
    software: bool
    #: "passed", or what went wrong; "not needed" on the CPU.
    self_test: str
    #: As results carry it; empty where it has never been opened.
    device_class: str = ""
    #: Why it cannot be used, or how its last worker ended.
    reason: str = ""
    #: What it computes.
    abilities: str = ""
    #: Of a real matrix; 0 where memory alone decides.
    largest_order: int = 0
    #: "auto" knows what it costs.
    calibrated: bool = False


def version(address: str, seconds: float = 10.0) -> Unary[str]:
    """The server's version; reading it raises IncompatibleServer where protocols differ."""

    def read(reply: common_pb2.VersionReply) -> str:
        if reply.protocol != PROTOCOL:
            raise IncompatibleServer(
                f"the server at {address} (version {reply.server_version}) speaks protocol "
                f"{reply.protocol}, this client (version {__version__}) protocol {PROTOCOL}: "
                "install client and server of the same release"
            )
        return reply.server_version

    request = common_pb2.VersionRequest(client_version=__version__, protocol=PROTOCOL)
    return Unary(lambda stubs: stubs.devices.Version, request, read, seconds)


def submit(
    document: Document,
    axes: Mapping[str, AxisValues] | None,
    device: str | None,
    named_axes: Mapping[str, AxisValues],
    priority: int = 0,
) -> Unary[JobStatus]:
    """A document to a job."""
    sweep = to_sweep(document, joined(axes, named_axes), device)
    request = jobs_pb2.SubmitRequest(sweep=sweep, priority=priority)
    return Unary(lambda stubs: stubs.jobs.Submit, request, lambda r: JobStatus.from_wire(r.job))


def estimate(
    document: Document,
    axes: Mapping[str, AxisValues] | None,
    device: str | None,
    named_axes: Mapping[str, AxisValues],
) -> Unary[Estimate]:
    """What a document will cost."""
    request = jobs_pb2.EstimateRequest(sweep=to_sweep(document, joined(axes, named_axes), device))
    return Unary(lambda stubs: stubs.jobs.Estimate, request, lambda r: _fields(Estimate, r))


def status(job_id: str) -> Unary[JobStatus]:
    """Where a job stands."""
    request = jobs_pb2.GetRequest(id=job_id)
    return Unary(lambda stubs: stubs.jobs.Get, request, JobStatus.from_wire)


def jobs() -> Unary[list[JobStatus]]:
    """All jobs of the store."""

    def read(reply: jobs_pb2.ListReply) -> list[JobStatus]:
        return [JobStatus.from_wire(one) for one in reply.jobs]

    return Unary(lambda stubs: stubs.jobs.List, jobs_pb2.ListRequest(), read)


def cancel(job_id: str) -> Unary[JobStatus]:
    """Ends a job."""
    request = jobs_pb2.CancelRequest(id=job_id)
    return Unary(lambda stubs: stubs.jobs.Cancel, request, JobStatus.from_wire)


def fetch(job_id: str) -> Streamed[xr.Dataset]:
    """What a job has now."""

    def read(header: Any, arrays: list[np.ndarray], certificate: Certificate) -> xr.Dataset:
        return dataset.assemble(header, arrays, certificate, job_id)

    return Streamed(lambda stubs: stubs.jobs.Fetch, lambda: jobs_pb2.FetchRequest(id=job_id), read)


def devices() -> Unary[list[Device]]:
    """What the server found to compute on."""

    def read(reply: devices_pb2.ListDevicesReply) -> list[Device]:
        return [_fields(Device, one) for one in reply.devices]

    return Unary(lambda stubs: stubs.devices.List, devices_pb2.ListDevicesRequest(), read)


def compute(document: Document, seconds: float, server_version: str) -> Unary[xr.Dataset]:
    """A small transport request, answered at once."""
    sweep = to_sweep(document)
    if sweep.WhichOneof("engine") != "transport" or sweep.axes:
        raise InvalidRequest(
            "compute() takes one transport request without a sweep; use run() for other work"
        )
    return Unary(
        lambda stubs: stubs.transport.Compute,
        sweep.transport,
        lambda reply: dataset.of_reply(reply, server_version),
        seconds,
    )


def eigh(
    matrices: eigen.Matrices,
    vectors: bool,
    uplo: str | None,
    device: str | None,
    subset: tuple[int, int] | None,
    seconds: float | None,
) -> Streamed[eigen.EighResult | eigen.EighList]:
    """Eigenvalues and eigenvectors of a batch."""
    batch = eigen.Batch.of(matrices, uplo, subset)
    return Streamed(
        lambda stubs: stubs.eigen.Solve,
        lambda: batch.requests(vectors=vectors, device=device),
        lambda _, arrays, certificate: batch.result(arrays, certificate),
        seconds,
    )


def broaden(
    peaks: spectra.Peaks,
    kernel: str,
    parameters: Mapping[str, float | None],
    method: str,
    tolerance: float,
    device: str | None,
    seconds: float | None,
) -> Streamed[spectra.Broadened]:
    """A spectrum from discrete peaks."""
    header = peaks.header(kernel, parameters, method, tolerance, device)
    return Streamed(
        lambda stubs: stubs.spectra.Broaden,
        lambda: peaks.requests(header),
        lambda _, arrays, certificate: peaks.result(arrays, certificate),
        seconds,
    )


def joined(
    axes: Mapping[str, AxisValues] | None, named: Mapping[str, AxisValues]
) -> dict[str, AxisValues]:
    """Axes by path and axes by name, in this order."""
    both = dict(axes or {})
    for name, values in named.items():
        if name in both:
            raise InvalidRequest(f"the axis {name!r} is given twice")
        both[name] = values
    return both


def _fields(kind: Callable[..., T], message: Any) -> T:
    """A dataclass from the fields of the same names."""
    names = kind.__dataclass_fields__  # type: ignore[attr-defined]
    return kind(**{name: getattr(message, name) for name in names})
