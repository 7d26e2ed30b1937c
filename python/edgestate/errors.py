"""What can go wrong, as exceptions; the one place where gRPC statuses are translated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2


class EdgestateError(Exception):
    """Base of every error of this package."""


@dataclass(frozen=True)
class Violation:
    """One refused field of a document."""

    #: Path in the document, ``model.coupling``.
    field: str
    #: The value and what is expected, in words.
    description: str

    def __str__(self) -> str:
        return f"{self.field}: {self.description}"


class InvalidRequest(EdgestateError, ValueError):
    """A document or an array was refused before any work.

    Attributes
    ----------
    violations : list of Violation
        Every refused field; empty when the refusal is not about a field.
    """

    def __init__(self, message: str, violations: list[Violation] | None = None) -> None:
        self.violations = list(violations or [])
        lines = [message, *(f"  {violation}" for violation in self.violations)]
        super().__init__("\n".join(lines))

    @classmethod
    def of(cls, violations: list[Violation]) -> InvalidRequest:
        count = len(violations)
        return cls(f"{count} field{'s' if count > 1 else ''} refused", violations)


class LimitExceeded(EdgestateError):
    """A limit of the server or a quota is exceeded; the message names it and the number.

    Attributes
    ----------
    retry_seconds : float or None
        When it may be tried again; None: not as it is.
    """

    def __init__(self, message: str, retry_seconds: float | None = None) -> None:
        self.retry_seconds = retry_seconds
        super().__init__(message)


class AccessDenied(EdgestateError, PermissionError):
    """The server asks for a token or certificate, or the user may not make this call."""


class ServerUnavailable(EdgestateError, ConnectionError):
    """No server answers, and none could be started; the message says what to do."""


class IncompatibleServer(EdgestateError):
    """Client and server speak different protocols."""


class UnknownJob(EdgestateError, LookupError):
    """The server's store knows no job with this id."""


class JobFailed(EdgestateError):
    """No point of the job has a result; the message gives the reason."""


class Cancelled(EdgestateError):
    """The call or the job was cancelled."""


class DeadlineExceeded(EdgestateError, TimeoutError):
    """The call took longer than allowed."""


class CorruptData(EdgestateError):
    """An array did not arrive as announced: checksum, order or length."""


class ServerError(EdgestateError):
    """The server failed; the message is the server's."""


_BY_CODE: dict[grpc.StatusCode, type[EdgestateError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequest,
    grpc.StatusCode.OUT_OF_RANGE: InvalidRequest,
    grpc.StatusCode.RESOURCE_EXHAUSTED: LimitExceeded,
    grpc.StatusCode.NOT_FOUND: UnknownJob,
    grpc.StatusCode.UNAUTHENTICATED: AccessDenied,
    grpc.StatusCode.PERMISSION_DENIED: AccessDenied,
    grpc.StatusCode.UNAVAILABLE: ServerUnavailable,
    grpc.StatusCode.FAILED_PRECONDITION: IncompatibleServer,
    grpc.StatusCode.UNIMPLEMENTED: IncompatibleServer,
    grpc.StatusCode.CANCELLED: Cancelled,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
}


@contextmanager
def translated(address: str) -> Iterator[None]:
    """Turns gRPC errors raised inside into the exceptions above."""
    try:
        yield
    except grpc.RpcError as error:
        raise from_rpc(error, address) from None


def from_rpc(error: grpc.RpcError, address: str) -> EdgestateError:
    """The exception for a failed call to `address`, with the field violations of its details."""
    code = error.code()
    message = error.details() or code.name.lower().replace("_", " ")
    details = _details(error)
    if code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.OUT_OF_RANGE):
        violations = _violations(details)
        return InvalidRequest.of(violations) if violations else InvalidRequest(message)
    if code is grpc.StatusCode.UNAVAILABLE:
        return ServerUnavailable(
            f"the server at {address} does not answer ({message}); "
            "start one with `edgestate serve`, or let edgestate.connect() start it"
        )
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return LimitExceeded("; ".join([message, *_quotas(details)]), _retry(details))
    return _BY_CODE.get(code, ServerError)(message)


def _details(error: Any) -> status_pb2.Status:
    """The google.rpc.Status a server attaches; empty when it attached none."""
    status = status_pb2.Status()
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            status.ParseFromString(value)
    return status


def _violations(status: status_pb2.Status) -> list[Violation]:
    found = []
    for detail in status.details:
        request = error_details_pb2.BadRequest()
        if detail.Unpack(request):
            found += [Violation(one.field, one.description) for one in request.field_violations]
    return found


def _retry(status: status_pb2.Status) -> float | None:
    for detail in status.details:
        info = error_details_pb2.RetryInfo()
        if detail.Unpack(info):
            return info.retry_delay.ToTimedelta().total_seconds()
    return None


def _quotas(status: status_pb2.Status) -> list[str]:
    found = []
    for detail in status.details:
        quota = error_details_pb2.QuotaFailure()
        if detail.Unpack(quota):
            found += [f"{one.subject}: {one.description}" for one in quota.violations]
    return found
