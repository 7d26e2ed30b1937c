from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Dtype(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DTYPE_UNSPECIFIED: _ClassVar[Dtype]
    DTYPE_F64: _ClassVar[Dtype]
    DTYPE_C128: _ClassVar[Dtype]
    DTYPE_I64: _ClassVar[Dtype]
DTYPE_UNSPECIFIED: Dtype
DTYPE_F64: Dtype
DTYPE_C128: Dtype
DTYPE_I64: Dtype

class Tensor(_message.Message):
    __slots__ = ("name", "dtype", "shape", "dimensions", "unit", "long_name")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DTYPE_FIELD_NUMBER: _ClassVar[int]
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    DIMENSIONS_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    LONG_NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    dtype: Dtype
    shape: _containers.RepeatedScalarFieldContainer[int]
    dimensions: _containers.RepeatedScalarFieldContainer[str]
    unit: str
    long_name: str
    def __init__(self, name: _Optional[str] = ..., dtype: _Optional[_Union[Dtype, str]] = ..., shape: _Optional[_Iterable[int]] = ..., dimensions: _Optional[_Iterable[str]] = ..., unit: _Optional[str] = ..., long_name: _Optional[str] = ...) -> None: ...

class Chunk(_message.Message):
    __slots__ = ("tensor", "offset_bytes", "data", "crc32c")
    TENSOR_FIELD_NUMBER: _ClassVar[int]
    OFFSET_BYTES_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    CRC32C_FIELD_NUMBER: _ClassVar[int]
    tensor: int
    offset_bytes: int
    data: bytes
    crc32c: int
    def __init__(self, tensor: _Optional[int] = ..., offset_bytes: _Optional[int] = ..., data: _Optional[bytes] = ..., crc32c: _Optional[int] = ...) -> None: ...

class Certificate(_message.Message):
    __slots__ = ("device", "precision", "version", "eigen_residual", "eigen_orthogonality", "matrices", "measures", "warnings", "notes")
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    EIGEN_RESIDUAL_FIELD_NUMBER: _ClassVar[int]
    EIGEN_ORTHOGONALITY_FIELD_NUMBER: _ClassVar[int]
    MATRICES_FIELD_NUMBER: _ClassVar[int]
    MEASURES_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    device: str
    precision: str
    version: str
    eigen_residual: float
    eigen_orthogonality: float
    matrices: int
    measures: _containers.RepeatedCompositeFieldContainer[NamedValue]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    notes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, device: _Optional[str] = ..., precision: _Optional[str] = ..., version: _Optional[str] = ..., eigen_residual: _Optional[float] = ..., eigen_orthogonality: _Optional[float] = ..., matrices: _Optional[int] = ..., measures: _Optional[_Iterable[_Union[NamedValue, _Mapping]]] = ..., warnings: _Optional[_Iterable[str]] = ..., notes: _Optional[_Iterable[str]] = ...) -> None: ...

class NamedValue(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: float
    def __init__(self, name: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...

class VersionRequest(_message.Message):
    __slots__ = ("client_version", "protocol")
    CLIENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    client_version: str
    protocol: int
    def __init__(self, client_version: _Optional[str] = ..., protocol: _Optional[int] = ...) -> None: ...

class VersionReply(_message.Message):
    __slots__ = ("server_version", "protocol")
    SERVER_VERSION_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    server_version: str
    protocol: int
    def __init__(self, server_version: _Optional[str] = ..., protocol: _Optional[int] = ...) -> None: ...
