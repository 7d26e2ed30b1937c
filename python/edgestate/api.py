"""The functions of the package: each uses a connection made once, unless it is given one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any, overload

import numpy as np
import xarray as xr

from edgestate import calls, eigen, spectra
from edgestate.calls import CALL_SECONDS, Estimate
from edgestate.client import Client, connect
from edgestate.cluster import sweep as on_cluster
from edgestate.documents import AxisValues, Document
from edgestate.errors import InvalidRequest
from edgestate.job import Job
from edgestate.status import JobStatus


def sweep(
    document: Document,
    axes: Mapping[str, AxisValues] | None = None,
    *,
    device: str | None = None,
    priority: int = 0,
    client: Client | None = None,
    cluster: Any = None,
    store: str | PathLike[str] | None = None,
    shards: int | None = None,
    resources: Mapping[str, float] | None = None,
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
        "auto" (default), "cpu", "gpu", "gpu:1" or "gpu:<part of its name>". A GPU that is faster by
        the calibration of the server's machine (``edgestate devices --calibrate``) is what "auto"
        means, else the CPU; the certificate says which it was, and why.
    priority : int
        -100 to 100: among your own jobs, higher ones first.
    client : Client, optional
        By default a connection made once with :func:`connect`.
    cluster : distributed.Client or cluster or str, optional
        A Dask cluster that computes the sweep instead of a server: a task is a shard of it.
    store : path, with `cluster`
        A directory that all workers and this process see; each sweep has a store of its own in it.
        The same sweep goes on where its files end.
    shards : int, optional, with `cluster`
        Number of tasks; by default of about 10 s each, and at least one per worker.
    resources : mapping, optional, with `cluster`
        What a task takes of a worker's resources: ``{"GPU": 1}``.
    **named_axes
        Axes by the last part of the field's name: ``coupling_z=np.linspace(0, 0.1, 5)``.

    Returns
    -------
    Job
        Its ``data`` fills while it runs; on a cluster they come at the end.

    Raises
    ------
    InvalidRequest
        Before any work; ``violations`` names every refused field.
    """
    if cluster is None:
        beside = {"store": store, "shards": shards, "resources": resources}
        for name in (name for name, value in beside.items() if value is not None):
            raise InvalidRequest(f"`{name}` is for a sweep on a cluster; a server has its own")
        chosen = client or _default()
        return chosen.sweep(document, axes, device=device, priority=priority, **named_axes)
    if store is None or client is not None or priority:
        raise InvalidRequest(
            "a sweep on a cluster needs store=..., a directory that all workers see, and has "
            "neither client nor priority"
        )
    both = calls.joined(axes, named_axes)
    options = {"device": device, "shards": shards, "resources": resources}
    return on_cluster(document, both, cluster=cluster, store=store, **options)


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


@overload
def eigh(
    matrices: np.ndarray,
    *,
    vectors: bool = True,
    uplo: str | None = None,
    device: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> eigen.EighResult: ...


@overload
def eigh(
    matrices: Sequence[np.ndarray],
    *,
    vectors: bool = True,
    uplo: str | None = None,
    device: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> eigen.EighList: ...


def eigh(
    matrices: eigen.Matrices,
    *,
    vectors: bool = True,
    uplo: str | None = None,
    device: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> eigen.EighResult | eigen.EighList:
    r"""Eigenvalues and eigenvectors of real symmetric or Hermitian matrices, in one batch.

    .. math:: A_i V_i = V_i \, \mathrm{diag}(\lambda_i), \qquad V_i^\dagger V_i = 1

    Parameters
    ----------
    matrices : array of shape (..., n, n), or sequence of arrays (n_i, n_i)
        One matrix or a stack, as for :func:`numpy.linalg.eigh`; or a list of matrices, each of its
        own order. Any unit. They are computed with in double precision.
    vectors : bool
        Whether eigenvectors are wanted.
    uplo : {None, "L", "U"}
        None: the whole matrix is checked to be Hermitian
        (max|A - A^H| <= 16 n eps max|A|). Else only this triangle is read, as in numpy.
    device : str, optional
        "auto" (default), "cpu", "gpu", "gpu:1" or "gpu:<part of its name>"; the certificate says
        which it was, and why.
    timeout : float, optional
        Seconds for the call.

    Returns
    -------
    EighResult or EighList
        ``eigenvalues`` (..., n), ascending, in the unit of the matrix, and ``eigenvectors``
        (..., n, n), in columns. Of a sequence: a list of such pairs in the caller's order. Both
        have a ``certificate``: residual, orthogonality, device.

    Raises
    ------
    InvalidRequest
        A matrix is not square, not finite or not Hermitian; it is named by its index.
    LimitExceeded
        The batch is over a limit of the server, which is named.
    """
    chosen = client or _default()
    return chosen.eigh(matrices, vectors=vectors, uplo=uplo, device=device, timeout=timeout)


def compute(
    document: Document, *, timeout: float = CALL_SECONDS, client: Client | None = None
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
    device: str | None = None,
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
    device : str, optional
        As for :func:`eigh`; a GPU does the plain sum.
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
        device=device,
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
