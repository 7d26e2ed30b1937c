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


def channel_options(address: str) -> list[tuple[str, Any]]:
    """Options that every channel to `address` needs."""
    options: list[tuple[str, Any]] = [("grpc.enable_http_proxy", 0)]
    if address.startswith("unix:"):
        # Without it the socket's path becomes :authority, which the server refuses.
        options.append(("grpc.default_authority", "localhost"))
    return options
