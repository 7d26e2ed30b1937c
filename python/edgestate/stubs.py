"""The services of a server, as callables on one channel (blocking, or of grpc.aio)."""

from __future__ import annotations

from typing import Any

from edgestate.v1 import (
    devices_pb2_grpc,
    eigen_pb2_grpc,
    jobs_pb2_grpc,
    spectra_pb2_grpc,
    transport_pb2_grpc,
)


class Stubs:
    """One stub per service; `channel` decides whether calls block or are awaited."""

    def __init__(self, channel: Any) -> None:
        self.jobs: Any = jobs_pb2_grpc.JobsStub(channel)
        self.devices: Any = devices_pb2_grpc.DevicesStub(channel)
        self.eigen: Any = eigen_pb2_grpc.EigenStub(channel)
        self.spectra: Any = spectra_pb2_grpc.SpectraStub(channel)
        self.transport: Any = transport_pb2_grpc.TransportStub(channel)
