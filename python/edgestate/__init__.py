"""Edgestate: numerical backend for the physics of helical edges, from Python.

>>> import edgestate as es
>>> document = es.nrg.two_impurity(coupling=0.1, coupling_z=0.0, distance=10, temperature=1.8e-11)
>>> job = es.run(document)                                          # doctest: +SKIP
>>> job.data.t_s_transverse_intra / job.data.rkky_energy            # doctest: +SKIP

Work is described by a *document* (a dictionary or a TOML file), sent to a server as a *job* and
comes back as an :class:`xarray.Dataset`. Without a running server a local one is started; it ends
itself when it is idle. Jobs outlive both: ``edgestate.job(id)`` reattaches.
"""

from edgestate import aio, crossover, impurity, nrg, ribbon, transport
from edgestate.access import Tls
from edgestate.api import broaden, compute, eigh, estimate, job, jobs, run, sweep
from edgestate.calls import Device, Estimate
from edgestate.certificate import Certificate
from edgestate.client import Client, connect
from edgestate.comparison import Comparison, compare
from edgestate.documents import along, grid
from edgestate.eigen import EighList, EighResult
from edgestate.errors import (
    AccessDenied,
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
from edgestate.files import load, save, table, to_netcdf, to_parquet
from edgestate.job import Job
from edgestate.paper_figures import DrawnFigure, PaperFigure, figures
from edgestate.plots import plot
from edgestate.spectra import Broadened
from edgestate.status import JobStatus
from edgestate.version import __version__

__all__ = [
    "AccessDenied",
    "Broadened",
    "Cancelled",
    "Certificate",
    "Client",
    "Comparison",
    "CorruptData",
    "DeadlineExceeded",
    "Device",
    "DrawnFigure",
    "EdgestateError",
    "EighList",
    "EighResult",
    "Estimate",
    "IncompatibleServer",
    "InvalidRequest",
    "Job",
    "JobFailed",
    "JobStatus",
    "LimitExceeded",
    "PaperFigure",
    "ServerError",
    "ServerUnavailable",
    "Tls",
    "UnknownJob",
    "Violation",
    "__version__",
    "aio",
    "along",
    "broaden",
    "compare",
    "compute",
    "connect",
    "crossover",
    "eigh",
    "estimate",
    "figures",
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
    "table",
    "to_netcdf",
    "to_parquet",
    "transport",
]
