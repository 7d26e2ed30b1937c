"""The scripted server: it records what was asked and answers what the test has set."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import grpc
import numpy as np
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

from edgestate import arrays
from edgestate.v1 import (
    common_pb2,
    devices_pb2,
    devices_pb2_grpc,
    eigen_pb2,
    eigen_pb2_grpc,
    jobs_pb2,
    jobs_pb2_grpc,
    spectra_pb2,
    spectra_pb2_grpc,
)

DONE = jobs_pb2.JOB_STATE_DONE
RUNNING = jobs_pb2.JOB_STATE_RUNNING

Named = tuple[str, tuple[str, ...], np.ndarray, str]


def certificate(**fields: Any) -> common_pb2.Certificate:
    values = {"device": "cpu (test)", "precision": "f64", "version": "0.1.0", "matrices": 7}
    return common_pb2.Certificate(**{**values, **fields})


def stream(
    named: Iterable[Named], attributes: dict[str, Any], failed: tuple[tuple[int, str], ...] = ()
) -> list[jobs_pb2.FetchReply]:
    """The replies of Fetch for arrays (name, dimensions, array, unit)."""
    named = list(named)
    dtypes = {"f": common_pb2.DTYPE_F64, "c": common_pb2.DTYPE_C128, "i": common_pb2.DTYPE_I64}
    header = jobs_pb2.FetchHeader(
        tensors=[
            common_pb2.Tensor(
                name=name,
                dtype=dtypes[array.dtype.kind],
                shape=array.shape,
                dimensions=dimensions,
                unit=unit,
                long_name=f"the {name}",
            )
            for name, dimensions, array, unit in named
        ],
        attributes_json=json.dumps(attributes),
        failed=[jobs_pb2.FailedPoint(point=point, reason=reason) for point, reason in failed],
    )
    replies = [jobs_pb2.FetchReply(header=header)]
    for index, (_, _, array, _) in enumerate(named):
        replies += [jobs_pb2.FetchReply(chunk=chunk) for chunk in arrays.chunks([array], index)]
    return [*replies, jobs_pb2.FetchReply(certificate=certificate())]


class FakeServer(
    devices_pb2_grpc.DevicesServicer,
    jobs_pb2_grpc.JobsServicer,
    eigen_pb2_grpc.EigenServicer,
    spectra_pb2_grpc.SpectraServicer,
):
    def __init__(self) -> None:
        self.protocol = 1
        self.submitted: list[jobs_pb2.Sweep] = []
        self.states = [jobs_pb2.Job(id="j1", state=DONE, units_total=4, units_done=4, progress=1.0)]
        self.replies: list[jobs_pb2.FetchReply] = []
        self.fetches = 0
        self.solve_header: eigen_pb2.SolveHeader | None = None
        self.broaden_header: spectra_pb2.BroadenHeader | None = None
        self.failure: tuple[grpc.StatusCode, str, status_pb2.Status | None] | None = None
        #: How often Watch breaks off after its first state.
        self.lost = 0

    def refuse(self, *violations: tuple[str, str]) -> None:
        """Lets the next calls fail with google.rpc.BadRequest."""
        request = error_details_pb2.BadRequest(
            field_violations=[
                error_details_pb2.BadRequest.FieldViolation(field=field, description=description)
                for field, description in violations
            ]
        )
        detail = any_pb2.Any()
        detail.Pack(request)
        status = status_pb2.Status(code=code_pb2.INVALID_ARGUMENT, message="no", details=[detail])
        self.failure = (grpc.StatusCode.INVALID_ARGUMENT, "no", status)

    def _maybe_fail(self, context: grpc.ServicerContext) -> None:
        if self.failure is None:
            return
        code, message, status = self.failure
        if status is not None:
            key = "grpc-status-details-bin"
            context.set_trailing_metadata(((key, status.SerializeToString()),))
        context.abort(code, message)

    def Version(self, request: Any, context: grpc.ServicerContext) -> Any:
        return common_pb2.VersionReply(server_version="9.9.9", protocol=self.protocol)

    def List(self, request: Any, context: grpc.ServicerContext) -> Any:
        # Jobs.List and Devices.List share a name here; the type of the request tells them apart.
        if isinstance(request, devices_pb2.ListDevicesRequest):
            device = devices_pb2.Device(name="cpu", threads=2, in_use=True, worker_state="ready")
            return devices_pb2.ListDevicesReply(devices=[device])
        return jobs_pb2.ListReply(jobs=self.states[-1:])

    def Submit(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._maybe_fail(context)
        self.submitted.append(request.sweep)
        return jobs_pb2.SubmitReply(job=self.states[0])

    def Estimate(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._maybe_fail(context)
        return jobs_pb2.EstimateReply(points=5, units=20, seconds=3.5, memory_bytes=10)

    def Get(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._maybe_fail(context)
        return self.states[0]

    def Watch(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        self._maybe_fail(context)
        for state in self.states:
            yield state
            if self.lost > 0:
                self.lost -= 1
                context.abort(grpc.StatusCode.UNAVAILABLE, "shutting down")

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        return jobs_pb2.Job(id=request.id, state=jobs_pb2.JOB_STATE_CANCELLED)

    def Fetch(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        self._maybe_fail(context)
        self.fetches += 1
        yield from self.replies

    def Solve(self, requests: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """numpy's answer, so that order, shapes and conjugation are checked by the test."""
        self._maybe_fail(context)
        header = next(requests).header
        self.solve_header = header
        sizes = [n * n for n in header.orders]
        tensor = common_pb2.Tensor(name="matrices", dtype=header.dtype, shape=[sum(sizes)])
        assembly = arrays.Assembly([tensor])
        for request in requests:
            assembly.add(request.chunk)
        pieces = np.split(assembly.finish()[0], np.cumsum(sizes)[:-1])
        solved = [
            np.linalg.eigh(piece.reshape(n, n))
            for piece, n in zip(pieces, header.orders, strict=True)
        ]
        if header.HasField("range"):
            wanted = slice(header.range.first, header.range.end)
            solved = [(values[wanted], v[:, wanted].copy()) for values, v in solved]
        shape = [sum(values.size for values, _ in solved)]
        tensors = [common_pb2.Tensor(name="values", dtype=common_pb2.DTYPE_F64, shape=shape)]
        if header.vectors:
            shape = [sum(v.size for _, v in solved)]
            tensors.append(common_pb2.Tensor(name="vectors", dtype=header.dtype, shape=shape))
        yield eigen_pb2.SolveReply(header=eigen_pb2.SolveReplyHeader(tensors=tensors))
        for chunk in arrays.chunks([values for values, _ in solved], 0):
            yield eigen_pb2.SolveReply(chunk=chunk)
        if header.vectors:
            for chunk in arrays.chunks([vectors for _, vectors in solved], 1):
                yield eigen_pb2.SolveReply(chunk=chunk)
        yield eigen_pb2.SolveReply(certificate=certificate(eigen_residual=0.5))

    def Broaden(self, requests: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """Gaussians by numpy, each with its own width if there are any."""
        self._maybe_fail(context)
        header = next(requests).header
        self.broaden_header = header
        f64 = common_pb2.DTYPE_F64
        lengths = [(header.peaks, f64), (header.peaks, header.weights_dtype)]
        lengths += [(header.frequencies, f64)] + [(header.peaks, f64)] * header.widths
        assembly = arrays.Assembly(
            common_pb2.Tensor(name=str(k), dtype=dtype, shape=[length])
            for k, (length, dtype) in enumerate(lengths)
        )
        for request in requests:
            assembly.add(request.chunk)
        x, weights, w, *widths = assembly.finish()
        b = widths[0] if widths else np.full(len(x), header.gaussian.width)
        peaks = np.exp(-(((w[:, None] - x) / b) ** 2)) / (np.sqrt(np.pi) * b)
        values = peaks @ weights
        answer = [values, np.full(len(w), 1e-9)]
        dtypes = [header.weights_dtype, f64]
        tensors = [
            common_pb2.Tensor(name=str(k), dtype=dtype, shape=[len(w)])
            for k, dtype in enumerate(dtypes)
        ]
        reply = spectra_pb2.BroadenReply
        yield reply(header=spectra_pb2.BroadenReplyHeader(tensors=tensors))
        for k, array in enumerate(answer):
            for chunk in arrays.chunks([array], k):
                yield reply(chunk=chunk)
        yield reply(certificate=certificate(notes=["method: direct"]))
