"""Batches of matrices for Eigen.Solve, and its answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from edgestate.arrays import chunks, wire_dtype
from edgestate.certificate import Certificate
from edgestate.errors import CorruptData, InvalidRequest, Violation
from edgestate.v1 import eigen_pb2

Matrices = np.ndarray | Sequence[Any]


class _Pair(NamedTuple):
    #: Ascending, in the unit of the matrix; shape (..., n).
    eigenvalues: np.ndarray
    #: Column k belongs to eigenvalue k; shape (..., n, n). None with ``vectors=False``.
    eigenvectors: np.ndarray


class EighResult(_Pair):
    """Eigenvalues and eigenvectors, as those of :func:`numpy.linalg.eigh`.

    ``eigenvalues, eigenvectors = edgestate.eigh(a)`` unpacks it; ``certificate`` says how accurate
    they are and where they were computed.
    """

    certificate: Certificate

    @classmethod
    def of(
        cls, eigenvalues: np.ndarray, eigenvectors: np.ndarray | None, certificate: Certificate
    ) -> EighResult:
        """The pair with its certificate."""
        result = cls(eigenvalues, eigenvectors)  # type: ignore[arg-type]
        result.certificate = certificate
        return result


class EighList(list[EighResult]):
    """An (eigenvalues, eigenvectors) for each matrix, in the caller's order."""

    #: Of all matrices together.
    certificate: Certificate

    def __init__(self, results: Iterable[EighResult], certificate: Certificate) -> None:
        super().__init__(results)
        self.certificate = certificate


@dataclass(frozen=True)
class Batch:
    """Square matrices of one element type, and the form in which they came."""

    matrices: list[np.ndarray]
    #: The leading dimensions of an array of matrices, () for one; None for a list.
    leading: tuple[int, ...] | None
    lower_only: bool

    @classmethod
    def of(cls, matrices: Matrices, uplo: str | None) -> Batch:
        """Checked matrices: one, an array of them (..., n, n), or a list of any orders."""
        found, leading = _taken_apart(matrices)
        refused = [one for index, matrix in enumerate(found) for one in _check(index, matrix)]
        if not found:
            refused.append(Violation("matrices", "empty; expected at least one matrix"))
        if uplo not in (None, "L", "U"):
            expected = f"value {uplo!r}; expected None, 'L' or 'U'"
            refused.append(Violation("uplo", expected))
        if refused:
            raise InvalidRequest.of(refused)
        is_complex = any(matrix.dtype.kind == "c" for matrix in found)
        dtype = np.complex128 if is_complex else np.float64
        found = [matrix.astype(dtype, copy=False) for matrix in found]
        if uplo == "U":  # the upper triangle of A is the lower one of A^H
            found = [matrix.conj().T for matrix in found]
        return cls(found, leading, uplo is not None)

    def requests(
        self, *, vectors: bool, device: str | None = None
    ) -> Iterator[eigen_pb2.SolveRequest]:
        """The messages of the call: header, then chunks."""
        header = eigen_pb2.SolveHeader(
            dtype=wire_dtype(self.matrices[0]),
            orders=[len(matrix) for matrix in self.matrices],
            vectors=vectors,
            lower_only=self.lower_only,
            device=device or "",
        )
        yield eigen_pb2.SolveRequest(header=header)
        for chunk in chunks(self.matrices):
            yield eigen_pb2.SolveRequest(chunk=chunk)

    def result(
        self, answered: Sequence[np.ndarray], certificate: Certificate
    ) -> EighResult | EighList:
        """Cuts the answer into matrices."""
        arrays = [array.reshape(-1) for array in answered]
        orders = np.array([len(matrix) for matrix in self.matrices])
        if not 1 <= len(arrays) <= 2 or arrays[0].size != orders.sum():
            raise CorruptData("the answer does not fit the matrices sent")
        if len(arrays) == 2 and arrays[1].size != (orders**2).sum():
            raise CorruptData("the eigenvectors do not fit the matrices sent")
        if self.leading is not None:
            values = arrays[0].reshape(*self.leading, orders[0])
            vectors = [array.reshape(*self.leading, orders[0], orders[0]) for array in arrays[1:]]
            return EighResult.of(values, vectors[0] if vectors else None, certificate)
        all_values = np.split(arrays[0], np.cumsum(orders)[:-1])
        all_vectors: list[np.ndarray | None] = [None] * len(orders)
        if len(arrays) == 2:
            pieces = np.split(arrays[1], np.cumsum(orders**2)[:-1])
            all_vectors = [piece.reshape(n, n) for piece, n in zip(pieces, orders, strict=True)]
        pairs = zip(all_values, all_vectors, strict=True)
        return EighList((EighResult.of(*pair, certificate) for pair in pairs), certificate)


def _taken_apart(matrices: Matrices) -> tuple[list[np.ndarray], tuple[int, ...] | None]:
    if not isinstance(matrices, np.ndarray):
        rows = [np.asarray(one) for one in matrices]
        if not rows or rows[0].ndim != 1:
            return rows, None
        # A matrix written as a list of its rows, as numpy takes it.
        if len({row.shape for row in rows}) != 1:
            expected = "rows of different lengths; expected square matrices"
            raise InvalidRequest.of([Violation("matrices", expected)])
        matrices = np.stack(rows)
    if matrices.ndim < 2:
        return [matrices], ()
    leading, square = matrices.shape[:-2], matrices.shape[-2:]
    return list(matrices.reshape(int(np.prod(leading)), *square)), leading


def _check(index: int, matrix: np.ndarray) -> Iterator[Violation]:
    place = f"matrices[{index}]"
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        yield Violation(place, f"shape {matrix.shape}; expected (n, n) with n >= 1")
    elif matrix.dtype.kind not in "biufc" or matrix.dtype.itemsize > 16:
        yield Violation(place, f"dtype {matrix.dtype}; expected real or complex numbers")
