"""Tokens and TLS: what the client sends, what it refuses to send, and the real server."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest

import edgestate as es
import fake
from edgestate.v1 import devices_pb2_grpc, eigen_pb2_grpc, jobs_pb2_grpc

DOCUMENT = es.nrg.two_impurity(coupling=0.1, coupling_z=0.0, distance=2, temperature=0.1)


class _Recorder(grpc.ServerInterceptor):
    def __init__(self) -> None:
        self.seen: list[tuple[str, list[str]]] = []

    def intercept_service(self, continuation: Any, details: Any) -> Any:
        tokens = [value for key, value in details.invocation_metadata if key == "authorization"]
        self.seen.append((details.method.rpartition("/")[2], tokens))
        return continuation(details)


@pytest.fixture
def recorded(short_directory: Path) -> Iterator[tuple[_Recorder, Path]]:
    recorder, behaviour = _Recorder(), fake.FakeServer()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), interceptors=[recorder])
    devices_pb2_grpc.add_DevicesServicer_to_server(behaviour, server)
    jobs_pb2_grpc.add_JobsServicer_to_server(behaviour, server)
    eigen_pb2_grpc.add_EigenServicer_to_server(behaviour, server)
    socket = short_directory / "fake.sock"
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    yield recorder, socket
    server.stop(grace=None).wait()


def test_every_call_carries_the_token(
    recorded: tuple[_Recorder, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, socket = recorded
    with es.connect(socket, token="edgestate_abc") as client:
        client.sweep(DOCUMENT, priority=3)
        client.jobs()
    assert {name for name, _ in recorder.seen} == {"Version", "Submit", "List"}
    assert all(tokens == ["Bearer edgestate_abc"] for _, tokens in recorder.seen)
    recorder.seen.clear()
    monkeypatch.setenv("EDGESTATE_TOKEN", "edgestate_def")
    es.connect(socket).close()
    assert recorder.seen == [("Version", ["Bearer edgestate_def"])]
    recorder.seen.clear()
    monkeypatch.delenv("EDGESTATE_TOKEN")
    es.connect(socket).close()
    assert recorder.seen == [("Version", [])]


def test_nothing_goes_over_a_network_in_the_clear() -> None:
    with pytest.raises(es.InvalidRequest, match="tls"):
        es.connect("192.0.2.1:50051", token="edgestate_abc")
    with pytest.raises(es.InvalidRequest, match="Unix socket"):
        es.connect("unix:/tmp/nothing", tls=True)
    with pytest.raises(es.InvalidRequest, match="named by `address`"):
        es.connect(token="edgestate_abc")
    with pytest.raises(es.InvalidRequest, match="token add"):
        es.connect("127.0.0.1:1", token="two words")
    with pytest.raises(es.InvalidRequest, match="belong together"):
        es.connect("192.0.2.1:1", tls=es.Tls(certificate=__file__))
    with pytest.raises(es.InvalidRequest, match="authority /nowhere"):
        es.connect("192.0.2.1:1", tls=es.Tls(authority="/nowhere"))


def _token(binary: Path, file: Path, *arguments: str) -> str:
    command = [str(binary), "token", "add", *arguments, "--tokens", str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def guarded(binary: Path, short_directory: Path) -> Iterator[tuple[Path, str, str]]:
    """Socket, TCP address and token of a server with TLS and users; the authority is `ca.pem`."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    here = short_directory
    key, certificate, file = here / "ca.key", here / "ca.pem", here / "tokens.toml"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost"
    extension = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    out = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *extension, *out], check=True, capture_output=True)
    key.chmod(0o600)
    token = _token(binary, file, "anna", "--queued-jobs", "0")
    arguments = ["--store", here / "store", "--socket", here / "s", "--listen", "127.0.0.1:0"]
    arguments += ["--tls-cert", certificate, "--tls-key", key, "--tokens", file]
    server = subprocess.Popen(
        [str(binary), "serve", *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    address = ""
    for line in server.stdout:
        address = line.removeprefix("listening on ").strip()
        if line.startswith("listening on 127"):
            break
    yield here, address, token
    server.terminate()
    server.communicate(timeout=20)


def test_the_real_server_with_tls_and_a_token(guarded: tuple[Path, str, str]) -> None:
    here, address, token = guarded
    tls = es.Tls(authority=here / "ca.pem")
    with es.connect(address, token=token, tls=tls) as client:
        assert client.jobs() == []
        with pytest.raises(es.LimitExceeded, match="queued_jobs: 1, the quota of anna is 0") as of:
            client.sweep(DOCUMENT)
        assert of.value.retry_seconds is None
        assert client.eigh(np.diag([2.0, 1.0])).eigenvalues.tolist() == [1.0, 2.0]
    with pytest.raises(es.AccessDenied, match="asks for a token"):
        es.connect(address, tls=tls)
    with pytest.raises(es.AccessDenied, match="not known"):
        es.connect(here / "s", token="edgestate_wrong")
    with pytest.raises(es.ServerUnavailable):
        es.connect(address, token=token)
