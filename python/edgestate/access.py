"""How a client reaches a server that is guarded: TLS and tokens."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import grpc

from edgestate.errors import InvalidRequest


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


@dataclass(frozen=True)
class Access:
    """How to reach one server: its address as gRPC names it, a token, the files of TLS.

    Raises
    ------
    InvalidRequest
        What would send a token, or anything, in the clear over a network.
    """

    address: str
    token: str | None = None
    tls: Tls | bool | None = None

    def __post_init__(self) -> None:
        _check(self.address, self.tls)
        token = self.token
        if token is not None and (not token.isascii() or not token.isprintable() or " " in token):
            raise InvalidRequest("token: expected the text that `edgestate token add` has printed")

    def channel(self, library: Any) -> Any:
        """A new channel, of ``grpc`` or of ``grpc.aio``."""
        options: list[tuple[str, Any]] = [("grpc.enable_http_proxy", 0)]
        if self.address.startswith("unix:"):
            # Without it the socket's path becomes :authority, which the server refuses.
            options.append(("grpc.default_authority", "localhost"))
            # A server that was just started is found at once: gRPC would wait a second or more,
            # in which one with a short --idle-exit ends again.
            options += [
                ("grpc.initial_reconnect_backoff_ms", 100),
                ("grpc.max_reconnect_backoff_ms", 1000),
            ]
        if not self.tls:
            return library.insecure_channel(self.address, options=options)
        files = self.tls if isinstance(self.tls, Tls) else Tls()
        if files.server_name is not None:
            options.append(("grpc.ssl_target_name_override", files.server_name))
        return library.secure_channel(self.address, _credentials(files), options=options)

    def guarded(self, channel: Any) -> Any:
        """What stubs take for a channel: every call of theirs carries the token."""
        return channel if self.token is None else _WithToken(channel, self.token)


def _check(address: str, tls: Tls | bool | None) -> None:
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


class _WithToken:
    """A channel whose calls carry a token in their metadata, blocking or awaited."""

    def __init__(self, channel: Any, token: str) -> None:
        self._channel = channel
        self._metadata = (("authorization", f"Bearer {token}"),)

    def _method(self, kind: str, *arguments: Any, **options: Any) -> Callable[..., Any]:
        call = getattr(self._channel, kind)(*arguments, **options)
        return lambda request, **given: call(request, metadata=self._metadata, **given)

    def unary_unary(self, *arguments: Any, **options: Any) -> Callable[..., Any]:
        return self._method("unary_unary", *arguments, **options)

    def unary_stream(self, *arguments: Any, **options: Any) -> Callable[..., Any]:
        return self._method("unary_stream", *arguments, **options)

    def stream_unary(self, *arguments: Any, **options: Any) -> Callable[..., Any]:
        return self._method("stream_unary", *arguments, **options)

    def stream_stream(self, *arguments: Any, **options: Any) -> Callable[..., Any]:
        return self._method("stream_stream", *arguments, **options)
