"""The server on this machine: where its socket is, and how one is started."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgestate.errors import ServerUnavailable

#: A socket's path must fit into sockaddr_un.
_MAX_SOCKET_PATH = 107
_START_SECONDS = 30.0
#: Servers started by this process, kept so that they can be reaped.
_started: list[subprocess.Popen[bytes]] = []


def default_socket() -> Path:
    """Where ``edgestate serve`` listens when it is told nothing."""
    return _runtime_directory() / "edgestate.sock"


def socket_of(store: Path) -> Path:
    """The socket of an automatic server that keeps its results in `store`."""
    name = hashlib.sha256(os.fsencode(store.resolve())).hexdigest()[:16]
    return _runtime_directory() / f"store-{name}.sock"


def is_listening(path: Path) -> bool:
    """Whether a process accepts connections at the Unix socket `path`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(5.0)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def ensure(path: Path, store: Path | None, idle_exit: float) -> None:
    """Starts a server at `path` unless one listens there; returns when it does.

    Two clients that ask at the same time start one server: a lock beside the socket is held
    while it starts.
    """
    if is_listening(path):
        return
    _prepare(path)
    with _locked(path.with_suffix(".lock")):
        if not is_listening(path):
            _start(path, store, idle_exit)


def find_binary() -> Path:
    """The server's program: EDGESTATE_BINARY, beside this package, or on PATH."""
    named = os.environ.get("EDGESTATE_BINARY")
    if named:
        if os.access(named, os.X_OK):
            return Path(named)
        raise ServerUnavailable(f"EDGESTATE_BINARY = {named} is not a program that can be run")
    package = Path(__file__).resolve().parent
    # Installed into one environment; a checkout after `cargo build --release`.
    beside = [
        Path(sys.executable).with_name("edgestate"),
        package.parent.parent / "target" / "release" / "edgestate",
    ]
    on_path = shutil.which("edgestate")
    for candidate in [*beside, *([Path(on_path)] if on_path else [])]:
        if os.access(candidate, os.X_OK):
            return candidate
    raise ServerUnavailable(
        "no server runs, and the program `edgestate` is not found: build it with "
        "`cargo build --release`, or name it in the environment variable EDGESTATE_BINARY"
    )


def _runtime_directory() -> Path:
    base = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if base.is_absolute() and base.is_dir():
        return base / "edgestate"
    return Path(f"/tmp/edgestate-{os.getuid()}")


def _prepare(path: Path) -> None:
    """Makes the socket's directory, readable by its owner only, and checks that it is."""
    if len(os.fsencode(path)) > _MAX_SOCKET_PATH:
        raise ServerUnavailable(f"{path} is longer than the {_MAX_SOCKET_PATH} bytes of a socket")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ServerUnavailable(f"{path.parent} cannot be made: {error.strerror}") from None
    found = path.parent.stat()
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise ServerUnavailable(
            f"{path.parent} must belong to you and be closed to others (chmod 700)"
        )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    import fcntl

    with open(path, "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start(path: Path, store: Path | None, idle_exit: float) -> None:
    command = [str(find_binary()), "serve", "--socket", str(path), "--idle-exit", f"{idle_exit:g}"]
    if store is not None:
        command += ["--store", str(store.resolve())]
    _started[:] = [process for process in _started if process.poll() is None]
    log = path.with_suffix(".log")
    with open(log, "wb") as output:
        # A session of its own: Ctrl-C in the client's terminal must not reach the server.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _started.append(process)
    deadline = time.monotonic() + _START_SECONDS
    while not is_listening(path):
        if process.poll() is not None:
            said = log.read_text(errors="replace").strip()[-2000:]
            raise ServerUnavailable(
                f"`{' '.join(command)}` ended with status {process.returncode}:\n{said}"
            )
        if time.monotonic() > deadline:
            process.terminate()
            raise ServerUnavailable(
                f"the server did not listen at {path} within {_START_SECONDS:g} s; see {log}"
            )
        time.sleep(0.02)
