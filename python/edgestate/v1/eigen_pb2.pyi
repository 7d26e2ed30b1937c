from edgestate.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SolveRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: SolveHeader
    chunk: _common_pb2.Chunk
    def __init__(self, header: _Optional[_Union[SolveHeader, _Mapping]] = ..., chunk: _Optional[_Union[_common_pb2.Chunk, _Mapping]] = ...) -> None: ...

class SolveHeader(_message.Message):
    __slots__ = ("dtype", "orders", "vectors", "lower_only", "device")
    DTYPE_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    VECTORS_FIELD_NUMBER: _ClassVar[int]
    LOWER_ONLY_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    dtype: _common_pb2.Dtype
    orders: _containers.RepeatedScalarFieldContainer[int]
    vectors: bool
    lower_only: bool
    device: str
    def __init__(self, dtype: _Optional[_Union[_common_pb2.Dtype, str]] = ..., orders: _Optional[_Iterable[int]] = ..., vectors: bool = ..., lower_only: bool = ..., device: _Optional[str] = ...) -> None: ...

class SolveReply(_message.Message):
    __slots__ = ("header", "chunk", "certificate")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    header: SolveReplyHeader
    chunk: _common_pb2.Chunk
    certificate: _common_pb2.Certificate
    def __init__(self, header: _Optional[_Union[SolveReplyHeader, _Mapping]] = ..., chunk: _Optional[_Union[_common_pb2.Chunk, _Mapping]] = ..., certificate: _Optional[_Union[_common_pb2.Certificate, _Mapping]] = ...) -> None: ...

class SolveReplyHeader(_message.Message):
    __slots__ = ("tensors",)
    TENSORS_FIELD_NUMBER: _ClassVar[int]
    tensors: _containers.RepeatedCompositeFieldContainer[_common_pb2.Tensor]
    def __init__(self, tensors: _Optional[_Iterable[_Union[_common_pb2.Tensor, _Mapping]]] = ...) -> None: ...
