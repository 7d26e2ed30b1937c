"""Arrays on the wire: little-endian, row-major bytes in checked chunks (see common.proto)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import google_crc32c
import numpy as np

from edgestate.certificate import Certificate
from edgestate.errors import CorruptData
from edgestate.v1 import common_pb2

CHUNK_BYTES = 256 * 1024

_NUMPY_OF = {
    common_pb2.DTYPE_F64: np.dtype("<f8"),
    common_pb2.DTYPE_C128: np.dtype("<c16"),
    common_pb2.DTYPE_I64: np.dtype("<i8"),
}


def wire_dtype(array: np.ndarray) -> common_pb2.Dtype:
    """The Dtype of a float64 or complex128 array."""
    return common_pb2.DTYPE_C128 if array.dtype.kind == "c" else common_pb2.DTYPE_F64


def chunks(arrays: Sequence[np.ndarray], tensor: int = 0) -> Iterator[common_pb2.Chunk]:
    """The bytes of `arrays`, one after another, as the chunks of one tensor."""
    offset = 0
    waiting: list[memoryview] = []
    missing = CHUNK_BYTES
    for array in arrays:
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        view = little.reshape(-1).view(np.uint8).data if little.size else memoryview(b"")
        while view:
            part, view = view[:missing], view[missing:]
            waiting.append(part)
            missing -= len(part)
            if not missing:
                yield _chunk(tensor, offset, b"".join(waiting))
                offset += CHUNK_BYTES
                waiting.clear()
                missing = CHUNK_BYTES
    if waiting:
        yield _chunk(tensor, offset, b"".join(waiting))


def _chunk(tensor: int, offset: int, data: bytes) -> common_pb2.Chunk:
    crc32c = google_crc32c.value(data)
    return common_pb2.Chunk(tensor=tensor, offset_bytes=offset, data=data, crc32c=crc32c)


def from_bytes(tensor: common_pb2.Tensor, data: bytes) -> np.ndarray:
    """A whole array; raises CorruptData when the bytes do not fit its header."""
    dtype = _NUMPY_OF.get(tensor.dtype)
    if dtype is None:
        raise CorruptData(f"tensor {tensor.name!r} has an element type unknown here")
    try:
        return np.frombuffer(data, dtype=dtype).reshape(tuple(tensor.shape)).copy()
    except ValueError:
        raise CorruptData(f"tensor {tensor.name!r}: {len(data)} bytes do not fit it") from None


class Assembly:
    """Puts the chunks of announced tensors together and checks each on the way.

    Parameters
    ----------
    tensors : iterable of Tensor
        The header of the stream.
    """

    def __init__(self, tensors: Iterable[common_pb2.Tensor]) -> None:
        self.tensors = list(tensors)
        self._buffers: list[np.ndarray] = []
        self._filled = [0] * len(self.tensors)
        for tensor in self.tensors:
            dtype = _NUMPY_OF.get(tensor.dtype)
            if dtype is None:
                raise CorruptData(f"tensor {tensor.name!r} has an element type unknown here")
            if len(tensor.dimensions) not in (0, len(tensor.shape)):
                raise CorruptData(f"tensor {tensor.name!r}: dimensions do not fit its shape")
            self._buffers.append(np.empty(tuple(tensor.shape), dtype=dtype))

    def add(self, chunk: common_pb2.Chunk) -> None:
        """Takes the next chunk; raises CorruptData when it is not what comes next."""
        if chunk.tensor >= len(self.tensors):
            raise CorruptData(f"a chunk of tensor {chunk.tensor}, which was not announced")
        name = self.tensors[chunk.tensor].name
        data = chunk.data  # every look at it is a copy
        if google_crc32c.value(data) != chunk.crc32c:
            raise CorruptData(f"tensor {name!r}: checksum wrong at byte {chunk.offset_bytes}")
        begin = self._filled[chunk.tensor]
        if chunk.offset_bytes != begin:
            raise CorruptData(f"tensor {name!r}: byte {chunk.offset_bytes} came, not {begin}")
        flat = self._buffers[chunk.tensor].reshape(-1).view(np.uint8)
        end = begin + len(data)
        if end > flat.size:
            raise CorruptData(f"tensor {name!r}: more than the {flat.size} bytes announced")
        flat[begin:end] = np.frombuffer(data, dtype=np.uint8)
        self._filled[chunk.tensor] = end

    def finish(self) -> list[np.ndarray]:
        """The arrays, in the order of the header; raises CorruptData when bytes are missing."""
        for tensor, buffer, filled in zip(self.tensors, self._buffers, self._filled, strict=True):
            if filled != buffer.nbytes:
                missing = buffer.nbytes - filled
                raise CorruptData(f"tensor {tensor.name!r}: {missing} bytes are missing")
        return self._buffers


class Reception:
    """Takes the replies of a stream (header, chunks, certificate) one by one."""

    def __init__(self) -> None:
        self._header: Any = None
        self._assembly: Assembly | None = None
        self._certificate: Certificate | None = None

    def take(self, reply: Any) -> None:
        """Takes the next reply; raises CorruptData when it is not what comes next."""
        part = reply.WhichOneof("part")
        if part == "header":
            self._header = reply.header
            self._assembly = Assembly(reply.header.tensors)
        elif part == "chunk" and self._assembly is not None:
            self._assembly.add(reply.chunk)
        elif part == "certificate":
            self._certificate = Certificate.from_wire(reply.certificate)

    def finish(self) -> tuple[Any, list[np.ndarray], Certificate]:
        """Header, arrays and certificate; raises CorruptData when something is missing."""
        if self._assembly is None or self._certificate is None:
            raise CorruptData("the answer ended without its header or its certificate")
        return self._header, self._assembly.finish(), self._certificate
