"""How a client reaches a server that is guarded: TLS and tokens."""

from __future__ import annotations

import collections
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import grpc

from edgestate.errors import InvalidRequest


class _Details(
    collections.namedtuple(
        "_Details",
        ["method", "timeout", "metadata", "credentials", "wait_for_ready", "compression"],
    ),
    grpc.ClientCallDetails,
):
    """Of a call, with more metadata than it came with."""


@dataclass(frozen=True)
class Tls:
    """Files of an encrypted connection, all PEM.

    Attributes
    ----------
    authority : path, optional
        The certificate of the authority that has signed the server's; by default those that
        grpcio trusts.
    certificate, key : path, optional
        What this client shows to a server that asks for client certificates.
    server_name : str, optional
        The name in the server's certificate, where it is not that of the address.
    """

    authority: str | PathLike[str] | None = None
    certificate: str | PathLike[str] | None = None
    key: str | PathLike[str] | None = None
    server_name: str | None = None


def channel(address: str, token: str | None, tls: Tls | bool | None) -> grpc.Channel:
    """A channel to `address` as gRPC names it (``unix:...`` or ``host:port``)."""
    options: list[tuple[str, Any]] = [("grpc.enable_http_proxy", 0)]
    if address.startswith("unix:"):
        # Without it the socket's path becomes :authority, which the server refuses.
        options.append(("grpc.default_authority", "localhost"))
    if tls:
        files = tls if isinstance(tls, Tls) else Tls()
        if files.server_name is not None:
            options.append(("grpc.ssl_target_name_override", files.server_name))
        opened = grpc.secure_channel(address, _credentials(files), options=options)
    else:
        opened = grpc.insecure_channel(address, options=options)
    return opened if token is None else grpc.intercept_channel(opened, _Bearer(token))


def check(address: str, token: str | None, tls: Tls | bool | None) -> None:
    """Refuses what would send a token, or anything, in the clear over a network."""
    if address.startswith("unix:"):
        if tls:
            raise InvalidRequest("a Unix socket is not encrypted: `tls` is for host:port")
        return
    if tls or _is_loopback(address):
        return
    raise InvalidRequest(
        f"address {address!r}: without `tls` only unix:/path or 127.0.0.1:port; ask for "
        "tls=edgestate.Tls(authority=...), or reach the server through a tunnel "
        "(ssh -L PORT:/path/of/edgestate.sock HOST)"
    )


def _is_loopback(address: str) -> bool:
    host = address.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _credentials(files: Tls) -> grpc.ChannelCredentials:
    if (files.certificate is None) != (files.key is None):
        raise InvalidRequest("Tls: certificate and key belong together")
    return grpc.ssl_channel_credentials(
        root_certificates=_read("authority", files.authority),
        private_key=_read("key", files.key),
        certificate_chain=_read("certificate", files.certificate),
    )


def _read(name: str, path: str | PathLike[str] | None) -> bytes | None:
    if path is None:
        return None
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InvalidRequest(f"Tls: {name} {path}: {error.strerror}") from None


class _Bearer(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Puts the token into the metadata of every call."""

    def __init__(self, token: str) -> None:
        if not token.isascii() or not token.isprintable() or " " in token:
            raise InvalidRequest("token: expected the text that `edgestate token add` has printed")
        self._header = ("authorization", f"Bearer {token}")

    def _call(self, go_on: Callable[..., Any], details: Any, request: Any) -> Any:
        metadata = [*(details.metadata or ()), self._header]
        changed = _Details(
            details.method,
            details.timeout,
            metadata,
            details.credentials,
            getattr(details, "wait_for_ready", None),
            getattr(details, "compression", None),
        )
        return go_on(changed, request)

    def intercept_unary_unary(
        self, continuation: Any, client_call_details: Any, request: Any
    ) -> Any:
        return self._call(continuation, client_call_details, request)

    def intercept_unary_stream(
        self, continuation: Any, client_call_details: Any, request: Any
    ) -> Any:
        return self._call(continuation, client_call_details, request)

    def intercept_stream_unary(
        self, continuation: Any, client_call_details: Any, request_iterator: Any
    ) -> Any:
        return self._call(continuation, client_call_details, request_iterator)

    def intercept_stream_stream(
        self, continuation: Any, client_call_details: Any, request_iterator: Any
    ) -> Any:
        return self._call(continuation, client_call_details, request_iterator)
