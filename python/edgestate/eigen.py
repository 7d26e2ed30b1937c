"""Batches of matrices for Eigen.Solve, and its answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from edgestate.arrays import Assembly, chunks, wire_dtype
from edgestate.certificate import Certificate
from edgestate.errors import CorruptData, InvalidRequest, Violation
from edgestate.v1 import eigen_pb2


@dataclass(frozen=True)
class EighResult:
    """Eigenvalues and eigenvectors of a batch.

    For one matrix and for a stack the attributes are arrays, for a sequence lists of arrays.
    """

    #: Ascending; shape (n,), (count, n), or a list of (n_i,).
    values: np.ndarray | list[np.ndarray]
    #: Column k belongs to value k; shape (n, n), (count, n, n), a list, or None if not wanted.
    vectors: np.ndarray | list[np.ndarray] | None
    certificate: Certificate


@dataclass(frozen=True)
class Batch:
    """Square matrices of one element type, and the form in which they came."""

    matrices: list[np.ndarray]
    form: str  # "one", "stack", "list"

    @classmethod
    def of(cls, matrices: np.ndarray | Sequence[np.ndarray]) -> Batch:
        if isinstance(matrices, np.ndarray) and matrices.ndim == 2:
            found, form = [matrices], "one"
        elif isinstance(matrices, np.ndarray) and matrices.ndim == 3:
            found, form = list(matrices), "stack"
        else:
            found, form = [np.asarray(matrix) for matrix in matrices], "list"
        refused = []
        for index, matrix in enumerate(found):
            if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
                expected = f"shape {matrix.shape}; expected (n, n) with n >= 1"
                refused.append(Violation(f"matrices[{index}]", expected))
            elif matrix.dtype.kind not in "biufc" or matrix.dtype.itemsize > 16:
                expected = f"dtype {matrix.dtype}; expected real or complex numbers"
                refused.append(Violation(f"matrices[{index}]", expected))
        if not found:
            refused.append(Violation("matrices", "empty; expected at least one matrix"))
        if refused:
            raise InvalidRequest.of(refused)
        is_complex = any(matrix.dtype.kind == "c" for matrix in found)
        dtype = np.complex128 if is_complex else np.float64
        return cls([matrix.astype(dtype, copy=False) for matrix in found], form)

    def requests(self, *, vectors: bool, uplo: str | None) -> Iterator[eigen_pb2.SolveRequest]:
        """The messages of the call: header, then chunks."""
        if uplo not in (None, "L"):
            raise InvalidRequest.of([Violation("uplo", f"value {uplo!r}; expected None or 'L'")])
        return self._requests(vectors, uplo == "L")

    def _requests(self, vectors: bool, lower_only: bool) -> Iterator[eigen_pb2.SolveRequest]:
        header = eigen_pb2.SolveHeader(
            dtype=wire_dtype(self.matrices[0]),
            orders=[len(matrix) for matrix in self.matrices],
            vectors=vectors,
            lower_only=lower_only,
        )
        yield eigen_pb2.SolveRequest(header=header)
        for chunk in chunks(self.matrices):
            yield eigen_pb2.SolveRequest(chunk=chunk)

    def result(self, replies: Iterable[eigen_pb2.SolveReply]) -> EighResult:
        """Puts the answer together and cuts it into matrices."""
        assembly = certificate = None
        for reply in replies:
            part = reply.WhichOneof("part")
            if part == "header":
                assembly = Assembly(reply.header.tensors)
            elif part == "chunk" and assembly is not None:
                assembly.add(reply.chunk)
            elif part == "certificate":
                certificate = Certificate.from_wire(reply.certificate)
        if assembly is None or certificate is None:
            raise CorruptData("the answer ended without its header or its certificate")
        arrays = [array.reshape(-1) for array in assembly.finish()]
        orders = np.array([len(matrix) for matrix in self.matrices])
        if not 1 <= len(arrays) <= 2 or arrays[0].size != orders.sum():
            raise CorruptData("the answer does not fit the matrices sent")
        values = np.split(arrays[0], np.cumsum(orders)[:-1])
        vectors = None
        if len(arrays) == 2:
            if arrays[1].size != (orders**2).sum():
                raise CorruptData("the eigenvectors do not fit the matrices sent")
            pieces = np.split(arrays[1], np.cumsum(orders**2)[:-1])
            vectors = [piece.reshape(n, n) for piece, n in zip(pieces, orders, strict=True)]
        return EighResult(self._shaped(values), vectors and self._shaped(vectors), certificate)

    def _shaped(self, arrays: list[np.ndarray]) -> np.ndarray | list[np.ndarray]:
        if self.form == "one":
            return arrays[0]
        return np.stack(arrays) if self.form == "stack" else arrays
