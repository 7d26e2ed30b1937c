"""Edgestate: numerical backend for the physics of helical edges, from Python.

>>> import edgestate as es
>>> document = es.nrg.two_impurity(coupling=0.1, coupling_z=0.0, distance=10, temperature=1.8e-11)
>>> job = es.run(document)                                          # doctest: +SKIP
>>> job.data.t_s_transverse_intra / job.data.rkky_energy            # doctest: +SKIP

Work is described by a *document* (a dictionary or a TOML file), sent to a server as a *job* and
comes back as an :class:`xarray.Dataset`. Without a running server a local one is started; it ends
itself when it is idle. Jobs outlive both: ``edgestate.job(id)`` reattaches.
"""

from edgestate import crossover, impurity, nrg, ribbon, transport
from edgestate.certificate import Certificate
from edgestate.client import (
    Client,
    Estimate,
    broaden,
    compute,
    connect,
    eigh,
    estimate,
    job,
    jobs,
    run,
    sweep,
)
from edgestate.documents import grid
from edgestate.eigen import EighResult
from edgestate.errors import (
    Cancelled,
    CorruptData,
    DeadlineExceeded,
    EdgestateError,
    IncompatibleServer,
    InvalidRequest,
    JobFailed,
    LimitExceeded,
    ServerError,
    ServerUnavailable,
    UnknownJob,
    Violation,
)
from edgestate.files import load, save
from edgestate.job import Job, JobStatus
from edgestate.plots import plot
from edgestate.spectra import Broadened
from edgestate.version import __version__

__all__ = [
    "Broadened",
    "Cancelled",
    "Certificate",
    "Client",
    "CorruptData",
    "DeadlineExceeded",
    "EdgestateError",
    "EighResult",
    "Estimate",
    "IncompatibleServer",
    "InvalidRequest",
    "Job",
    "JobFailed",
    "JobStatus",
    "LimitExceeded",
    "ServerError",
    "ServerUnavailable",
    "UnknownJob",
    "Violation",
    "__version__",
    "broaden",
    "compute",
    "connect",
    "crossover",
    "eigh",
    "estimate",
    "grid",
    "impurity",
    "job",
    "jobs",
    "load",
    "nrg",
    "plot",
    "ribbon",
    "run",
    "save",
    "sweep",
    "transport",
]
