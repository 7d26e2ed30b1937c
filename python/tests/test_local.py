"""Finding and starting the server on this machine."""

from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

import edgestate as es
from edgestate import local

HERE = Path(__file__).resolve().parent


@pytest.fixture
def program(short_directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that counts its starts, named as the server; an empty runtime directory."""
    path = short_directory / "edgestate-program"
    starts = short_directory / "starts"
    path.write_text(
        f"#!/bin/sh\necho start >> {starts}\n"
        f'PYTHONPATH={HERE} exec {sys.executable} {HERE / "fake_program.py"} "$@"\n'
    )
    path.chmod(0o700)
    monkeypatch.setenv("EDGESTATE_BINARY", str(path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_directory))
    yield short_directory
    for process in local._started:
        process.terminate()
        process.wait()


def test_one_server_is_started_for_many_clients_and_found_again(program: Path) -> None:
    clients: list[es.Client] = []
    threads = [
        threading.Thread(target=lambda: clients.append(es.connect(idle_exit=20))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(clients) == 4
    assert (program / "starts").read_text().count("start") == 1
    socket = program / "edgestate" / "edgestate.sock"
    assert clients[0].address == f"unix:{socket}"
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    with es.connect(autostart=False) as again:
        assert again.server_version == "9.9.9"
    for client in clients:
        client.close()


def test_a_server_that_died_is_started_again(program: Path) -> None:
    with es.connect(idle_exit=20) as client:
        assert client.devices()[0].name == "cpu"
        (process,) = local._started
        process.kill()
        process.wait()
        assert client.devices()[0].name == "cpu"
    assert (program / "starts").read_text().count("start") == 2


def test_each_store_has_its_own_server(program: Path) -> None:
    with es.connect(store=program / "a", idle_exit=20) as a:
        with es.connect(store=program / "b", idle_exit=20) as b:
            assert a.address != b.address
        with es.connect(store=program / "sub" / ".." / "a", idle_exit=20) as same:
            assert same.address == a.address
    assert (program / "starts").read_text().count("start") == 2


def test_what_the_server_said_is_in_the_error(program: Path) -> None:
    with pytest.raises(es.ServerUnavailable, match="the store is held by process 1"):
        es.connect(store=program / "refused")


def test_nothing_is_started_when_not_allowed(program: Path) -> None:
    with pytest.raises(es.ServerUnavailable, match="edgestate serve"):
        es.connect(autostart=False)
    assert not (program / "starts").exists()


def test_a_directory_open_to_others_is_refused(program: Path) -> None:
    (program / "edgestate").mkdir(mode=0o700)
    (program / "edgestate").chmod(0o755)
    with pytest.raises(es.ServerUnavailable, match="chmod 700"):
        es.connect()


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGESTATE_BINARY", "/nowhere/edgestate")
    with pytest.raises(es.ServerUnavailable, match="/nowhere/edgestate"):
        local.find_binary()


def test_without_xdg_the_socket_lies_in_a_directory_of_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert local.default_socket() == Path(f"/tmp/edgestate-{os.getuid()}/edgestate.sock")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere")
    assert local.default_socket() == Path(f"/tmp/edgestate-{os.getuid()}/edgestate.sock")
    assert len(str(local.socket_of(Path("/a" * 200)))) < 100


@pytest.mark.parametrize(
    "address", ["192.0.2.1:4000", "example.org:1", "0.0.0.0:5", "nonsense", "localhost"]
)
def test_an_address_beyond_this_machine_is_refused(address: str) -> None:
    with pytest.raises(es.InvalidRequest, match="tunnel"):
        es.connect(address)


def test_an_address_where_nobody_listens_says_what_to_do(short_directory: Path) -> None:
    with pytest.raises(es.ServerUnavailable, match="edgestate serve"):
        es.connect(short_directory / "nobody.sock")
    with pytest.raises(es.InvalidRequest, match="automatic server"):
        es.connect("127.0.0.1:1", store="x")
