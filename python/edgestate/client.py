"""The connection to a server, and the calls that need no job."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from edgestate import access, dataset, eigen, local, spectra
from edgestate.access import Tls
from edgestate.documents import AxisValues, Document, to_sweep
from edgestate.errors import IncompatibleServer, InvalidRequest, ServerUnavailable, translated
from edgestate.job import Job, JobStatus
from edgestate.v1 import (
    common_pb2,
    devices_pb2,
    devices_pb2_grpc,
    eigen_pb2_grpc,
    jobs_pb2,
    jobs_pb2_grpc,
    spectra_pb2_grpc,
    transport_pb2_grpc,
)
from edgestate.version import PROTOCOL, __version__

_CALL_SECONDS = 60.0
_IDLE_SECONDS = 600.0


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
    worker_state: str
    #: A driver that computes on the CPU.
    software: bool
    #: "passed", or what went wrong; "not needed" on the CPU.
    self_test: str


class Client:
    """A connection to one server; :func:`connect` makes it. Usable from several threads.

    Attributes
    ----------
    address : str
        Where the server listens.
    server_version : str
        Its version.
    """

    def __init__(
        self,
        address: str,
        ensure: Callable[[], None] | None = None,
        *,
        token: str | None = None,
        tls: Tls | bool | None = None,
    ) -> None:
        self.address = address
        self._ensure = ensure
        if ensure is not None:
            ensure()
        self._channel = access.channel(address, token, tls)
        self.jobs_stub = jobs_pb2_grpc.JobsStub(self._channel)
        self._devices_stub = devices_pb2_grpc.DevicesStub(self._channel)
        self._eigen_stub = eigen_pb2_grpc.EigenStub(self._channel)
        self._spectra_stub = spectra_pb2_grpc.SpectraStub(self._channel)
        self._transport_stub = transport_pb2_grpc.TransportStub(self._channel)
        try:
            self.server_version = self._exchange_versions()
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
        request = to_sweep(document, _joined(axes, named_axes), device)
        submission = jobs_pb2.SubmitRequest(sweep=request, priority=priority)
        reply = self.call(self.jobs_stub.Submit, submission)
        return Job(self, JobStatus.from_wire(reply.job))

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
        job = self.sweep(document, axes, device=device, priority=priority, **named_axes)
        return job.wait(progress=progress)

    def estimate(
        self,
        document: Document,
        axes: Mapping[str, AxisValues] | None = None,
        *,
        device: str | None = None,
        **named_axes: AxisValues,
    ) -> Estimate:
        """Checks and estimates without work; see :func:`edgestate.estimate`."""
        request = to_sweep(document, _joined(axes, named_axes), device)
        reply = self.call(self.jobs_stub.Estimate, jobs_pb2.EstimateRequest(sweep=request))
        names = Estimate.__dataclass_fields__
        return Estimate(**{name: getattr(reply, name) for name in names})

    def job(self, job_id: str) -> Job:
        """The job with this id; raises UnknownJob."""
        wire = self.call(self.jobs_stub.Get, jobs_pb2.GetRequest(id=job_id))
        return Job(self, JobStatus.from_wire(wire))

    def jobs(self) -> list[JobStatus]:
        """The jobs of the server's store, the newest first, at most 1000."""
        reply = self.call(self.jobs_stub.List, jobs_pb2.ListRequest())
        return [JobStatus.from_wire(job) for job in reply.jobs]

    def devices(self) -> list[Device]:
        """What the server found to compute on."""
        reply = self.call(self._devices_stub.List, devices_pb2.ListDevicesRequest())
        names = Device.__dataclass_fields__
        return [Device(**{name: getattr(one, name) for name in names}) for one in reply.devices]

    def eigh(
        self,
        matrices: np.ndarray | Sequence[np.ndarray],
        *,
        vectors: bool = True,
        uplo: str | None = None,
        timeout: float | None = None,
    ) -> eigen.EighResult:
        """Eigenvalues and eigenvectors of a batch; see :func:`edgestate.eigh`."""
        batch = eigen.Batch.of(matrices)
        requests = batch.requests(vectors=vectors, uplo=uplo)
        with translated(self.address):
            return batch.result(self._eigen_stub.Solve(requests, timeout=timeout))

    def compute(self, document: Document, *, timeout: float = _CALL_SECONDS) -> xr.Dataset:
        """A small transport request answered at once; see :func:`edgestate.compute`."""
        sweep = to_sweep(document)
        if sweep.WhichOneof("engine") != "transport" or sweep.axes:
            raise InvalidRequest(
                "compute() takes one transport request without a sweep; use run() for other work"
            )
        with translated(self.address):
            reply = self._transport_stub.Compute(sweep.transport, timeout=timeout)
        return dataset.of_reply(reply, self.server_version)

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
        requests = peaks.requests(kernel, parameters, method, tolerance)
        with translated(self.address):
            return peaks.result(self._spectra_stub.Broaden(requests, timeout=timeout))

    def close(self) -> None:
        """Closes the connection. Jobs go on; an automatic server ends when it is idle."""
        self._channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<edgestate.Client of {self.address}, server {self.server_version}>"

    def call(self, method: Callable[..., Any], request: Any) -> Any:
        """One unary call with a deadline; a local server that went away is started again."""
        try:
            with translated(self.address):
                return method(request, timeout=_CALL_SECONDS)
        except ServerUnavailable:
            if not self.revive():
                raise
        with translated(self.address):
            return method(request, timeout=_CALL_SECONDS, wait_for_ready=True)

    def revive(self) -> bool:
        """Starts the local server again if this client may; whether a second try makes sense."""
        if self._ensure is None:
            return False
        self._ensure()
        return True

    def _exchange_versions(self) -> str:
        request = common_pb2.VersionRequest(client_version=__version__, protocol=PROTOCOL)
        with translated(self.address):
            reply = self._devices_stub.Version(request, timeout=10.0)
        if reply.protocol != PROTOCOL:
            raise IncompatibleServer(
                f"the server at {self.address} (version {reply.server_version}) speaks protocol "
                f"{reply.protocol}, this client (version {__version__}) protocol {PROTOCOL}: "
                "install client and server of the same release"
            )
        return reply.server_version


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
        target = _target(address)
        access.check(target, token, tls)
        return Client(target, token=token, tls=tls)
    if token is not None or tls:
        raise InvalidRequest("`token` and `tls` are for a server named by `address`")
    directory = None if store is None else Path(store)
    path = local.default_socket() if directory is None else local.socket_of(directory)
    if autostart:
        return Client(f"unix:{path}", lambda: local.ensure(path, directory, idle_exit))
    if not local.is_listening(path):
        raise ServerUnavailable(
            f"no server listens at {path}; start one with `edgestate serve`, "
            "or let connect(autostart=True) do it"
        )
    return Client(f"unix:{path}")


def sweep(
    document: Document,
    axes: Mapping[str, AxisValues] | None = None,
    *,
    device: str | None = None,
    priority: int = 0,
    client: Client | None = None,
    **named_axes: AxisValues,
) -> Job:
    """Submits a document, with axes, as a job; returns at once.

    Parameters
    ----------
    document : mapping, path or str
        A dictionary (:mod:`edgestate.nrg` builds them), the path of a TOML or JSON file, or TOML
        text.
    axes : mapping of str to values, optional
        Values by field (``"model.coupling_z"``): a sequence, or :func:`edgestate.grid`. The last
        axis runs fastest. They follow those of the document's ``[sweep]`` table.
    device : str, optional
        "auto" (default) or "cpu".
    priority : int
        -100 to 100: among your own jobs, higher ones first.
    client : Client, optional
        By default a connection made once with :func:`connect`.
    **named_axes
        Axes by the last part of the field's name: ``coupling_z=np.linspace(0, 0.1, 5)``.

    Returns
    -------
    Job
        Its ``data`` fills while it runs.

    Raises
    ------
    InvalidRequest
        Before any work; ``violations`` names every refused field.
    """
    chosen = client or _default()
    return chosen.sweep(document, axes, device=device, priority=priority, **named_axes)


def run(
    document: Document,
    axes: Mapping[str, AxisValues] | None = None,
    *,
    device: str | None = None,
    priority: int = 0,
    progress: bool | Callable[[JobStatus], None] = True,
    client: Client | None = None,
    **named_axes: AxisValues,
) -> Job:
    """Submits a document like :func:`sweep`, shows the progress and waits for the end.

    Parameters
    ----------
    progress : bool or callable
        Whether to show a line of progress; or what to call with every new :class:`JobStatus`.

    Other parameters, result and errors as for :func:`sweep`; JobFailed if no point has a result.
    """
    chosen = client or _default()
    return chosen.run(
        document, axes, device=device, priority=priority, progress=progress, **named_axes
    )


def estimate(
    document: Document,
    axes: Mapping[str, AxisValues] | None = None,
    *,
    device: str | None = None,
    client: Client | None = None,
    **named_axes: AxisValues,
) -> Estimate:
    """Points, seconds and bytes that a document will take, without work; errors as for sweep."""
    return (client or _default()).estimate(document, axes, device=device, **named_axes)


def job(job_id: str, *, client: Client | None = None) -> Job:
    """Reattaches to a job; raises UnknownJob when the store does not know it."""
    return (client or _default()).job(job_id)


def jobs(*, client: Client | None = None) -> list[JobStatus]:
    """The jobs in the store, the newest first, at most 1000."""
    return (client or _default()).jobs()


def eigh(
    matrices: np.ndarray | Sequence[np.ndarray],
    *,
    vectors: bool = True,
    uplo: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> eigen.EighResult:
    r"""Eigenvalues and eigenvectors of many real symmetric or Hermitian matrices.

    .. math:: A_i V_i = V_i \, \mathrm{diag}(\lambda_i), \qquad V_i^\dagger V_i = 1

    Parameters
    ----------
    matrices : array of shape (count, n, n) or (n, n), or sequence of square arrays
        Each matrix may have its own order.
    vectors : bool
        Whether eigenvectors are wanted.
    uplo : {None, "L"}
        None: the whole matrix is checked to be Hermitian
        (max|A - A^H| <= 16 n eps max|A|). "L": only the lower triangle is read, as in numpy.
    timeout : float, optional
        Seconds for the call.

    Returns
    -------
    EighResult
        Values (ascending), vectors in columns, and the certificate.

    Raises
    ------
    InvalidRequest
        A matrix is not square, not finite or not Hermitian.
    LimitExceeded
        The batch is over a limit of the server, which is named.
    """
    chosen = client or _default()
    return chosen.eigh(matrices, vectors=vectors, uplo=uplo, timeout=timeout)


def compute(
    document: Document, *, timeout: float = _CALL_SECONDS, client: Client | None = None
) -> xr.Dataset:
    """A small transport request answered at once: no job, nothing is stored.

    Parameters
    ----------
    document : mapping, path or str
        Of the engine "transport", without a sweep (:mod:`edgestate.transport` builds them).
    timeout : float
        Seconds for the call.

    Returns
    -------
    xarray.Dataset
        The same arrays as those of a job, ``status`` apart.

    Raises
    ------
    InvalidRequest
        With every refused field; also when there is no answer for these values.
    LimitExceeded
        Above the server's limits for a call (work, size): use :func:`run`.
    """
    return (client or _default()).compute(document, timeout=timeout)


def broaden(
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
    timeout: float | None = None,
    client: Client | None = None,
) -> spectra.Broadened:
    r"""A spectrum from discrete peaks, with a bound on its error.

    .. math:: A(\omega) = \sum_i w_i \, K(\omega, \omega_i), \qquad
        \int K(\omega, \omega_i) \, d\omega = 1

    Parameters
    ----------
    positions : array
        :math:`\omega_i`, in any unit of energy and any order.
    weights : array of the same shape
        :math:`w_i`, real or complex.
    frequencies : array
        Where the spectrum is wanted, in the unit of the positions.
    kernel : {"gaussian", "lorentzian", "log_gauss", "thermal"}
        Gaussian :math:`e^{-((\omega - \omega_i)/width)^2}/(\sqrt\pi\,width)`; Lorentzian of
        `half_width`; log-Gaussian of the logarithmic width `sigma` (Weichselbaum and von Delft
        2007); the same with a cross-over to a Gaussian of width `crossover` (customary: T/2) at
        small frequencies.
    width, half_width, sigma, crossover : float, optional
        The kernel's own parameters, and no others.
    widths : array of the same shape as the positions, optional
        A width for each peak, in place of the kernel's first parameter.
    method : {"auto", "direct", "binned"}
        The plain sum, cells with moments, or whichever is faster.
    tolerance : float
        Error allowed, relative to the kernel's maximum times the sum of all :math:`|w_i|`.
    timeout : float, optional
        Seconds for the call.

    Returns
    -------
    Broadened
        Values, a bound on the error of each, and the certificate.

    Raises
    ------
    InvalidRequest
        A value that is not finite, a peak at 0 for a log-Gaussian, a parameter out of range.
    LimitExceeded
        More peaks or frequencies than the server takes; the limit is named.
    """
    chosen = client or _default()
    return chosen.broaden(
        positions,
        weights,
        frequencies,
        kernel=kernel,
        width=width,
        half_width=half_width,
        sigma=sigma,
        crossover=crossover,
        widths=widths,
        method=method,
        tolerance=tolerance,
        timeout=timeout,
    )


_lock = threading.Lock()
_shared: Client | None = None


def _default() -> Client:
    """The connection that calls without a `client` share."""
    global _shared
    with _lock:
        if _shared is None:
            _shared = connect()
        return _shared


def _joined(
    axes: Mapping[str, AxisValues] | None, named: Mapping[str, AxisValues]
) -> dict[str, AxisValues]:
    both = dict(axes or {})
    for name, values in named.items():
        if name in both:
            raise InvalidRequest(f"the axis {name!r} is given twice")
        both[name] = values
    return both


def _target(address: str | PathLike[str]) -> str:
    text = str(address)
    if text.startswith("unix:"):
        return text
    if isinstance(address, PathLike) or text.startswith(("/", ".")):
        return f"unix:{Path(text).absolute()}"
    return text
