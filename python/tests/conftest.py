"""A server in this process that answers from a script, and the real one where it is built."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import pytest

import edgestate as es
import fake
from edgestate import local
from edgestate.v1 import devices_pb2_grpc, eigen_pb2_grpc, jobs_pb2_grpc, spectra_pb2_grpc

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def short_directory() -> Iterator[Path]:
    """A directory whose path leaves room for a socket's name; closed to others."""
    path = Path(tempfile.mkdtemp(prefix="es-", dir="/tmp"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def fake_server(short_directory: Path) -> Iterator[tuple[fake.FakeServer, es.Client]]:
    """The scripted server and a client of it."""
    behaviour = fake.FakeServer()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    devices_pb2_grpc.add_DevicesServicer_to_server(behaviour, server)
    jobs_pb2_grpc.add_JobsServicer_to_server(behaviour, server)
    eigen_pb2_grpc.add_EigenServicer_to_server(behaviour, server)
    spectra_pb2_grpc.add_SpectraServicer_to_server(behaviour, server)
    socket = short_directory / "fake.sock"
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    with es.connect(socket) as client:
        yield behaviour, client
    server.stop(grace=None).wait()


@pytest.fixture(scope="session")
def binary() -> Path:
    """The built server. `make test` names it; without it these tests cannot say anything."""
    try:
        return local.find_binary()
    except es.ServerUnavailable:
        if os.environ.get("CI"):
            raise
        pytest.skip("no server is built: cargo build --release, or set EDGESTATE_BINARY")


def short_ladder(**changes: object) -> dict[str, object]:
    """A document of the NRG: three shells, cut early; a fraction of a second."""
    parameters: dict[str, Any] = {
        "coupling": 0.1,
        "coupling_z": 0.0,
        "distance": 3,
        "temperature": 0.05,
        "shells": 3,
        "z": [0.0, 0.5],
        "max_states": 200,
    }
    return es.nrg.two_impurity(**{**parameters, **changes})


class RealServer:
    """`edgestate serve` on a socket and a store of its own."""

    def __init__(self, binary: Path, directory: Path) -> None:
        self.socket = directory / "s.sock"
        self.store = directory / "store"
        self._command = [str(binary), "serve", "--socket", str(self.socket)]
        self._command += ["--store", str(self.store)]
        self._log = directory / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        self._until(lambda: local.is_listening(self.socket))

    def _until(self, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30.0
        while not reached():
            ended = self._process is not None and self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"server did not start:\n{self._log.read_text()}")
            time.sleep(0.02)

    def kill(self) -> None:
        """As a crash would: SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=15.0)


@pytest.fixture
def real_server(binary: Path, short_directory: Path) -> Iterator[RealServer]:
    server = RealServer(binary, short_directory)
    yield server
    server.stop()


@pytest.fixture
def slow_server(
    binary: Path, short_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RealServer]:
    """A server whose chunks wait for a second before they begin."""
    monkeypatch.setenv("EDGESTATE_TEST_CHUNK_DELAY_MS", "1000")
    server = RealServer(binary, short_directory)
    yield server
    server.stop()


@pytest.fixture
def own_server(
    binary: Path, short_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The real program for automatic servers, in a runtime directory of the test's own."""
    monkeypatch.setenv("EDGESTATE_BINARY", str(binary))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_directory))
    known = list(local._started)
    yield short_directory
    for process in local._started:
        if process not in known:
            process.terminate()
            process.wait(timeout=15.0)
