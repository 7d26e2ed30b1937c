from edgestate.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BroadenMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BROADEN_METHOD_UNSPECIFIED: _ClassVar[BroadenMethod]
    BROADEN_METHOD_AUTO: _ClassVar[BroadenMethod]
    BROADEN_METHOD_DIRECT: _ClassVar[BroadenMethod]
    BROADEN_METHOD_BINNED: _ClassVar[BroadenMethod]
BROADEN_METHOD_UNSPECIFIED: BroadenMethod
BROADEN_METHOD_AUTO: BroadenMethod
BROADEN_METHOD_DIRECT: BroadenMethod
BROADEN_METHOD_BINNED: BroadenMethod

class BroadenRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: BroadenHeader
    chunk: _common_pb2.Chunk
    def __init__(self, header: _Optional[_Union[BroadenHeader, _Mapping]] = ..., chunk: _Optional[_Union[_common_pb2.Chunk, _Mapping]] = ...) -> None: ...

class BroadenHeader(_message.Message):
    __slots__ = ("weights_dtype", "peaks", "frequencies", "widths", "gaussian", "lorentzian", "log_gauss", "thermal", "method", "tolerance", "device")
    WEIGHTS_DTYPE_FIELD_NUMBER: _ClassVar[int]
    PEAKS_FIELD_NUMBER: _ClassVar[int]
    FREQUENCIES_FIELD_NUMBER: _ClassVar[int]
    WIDTHS_FIELD_NUMBER: _ClassVar[int]
    GAUSSIAN_FIELD_NUMBER: _ClassVar[int]
    LORENTZIAN_FIELD_NUMBER: _ClassVar[int]
    LOG_GAUSS_FIELD_NUMBER: _ClassVar[int]
    THERMAL_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    weights_dtype: _common_pb2.Dtype
    peaks: int
    frequencies: int
    widths: bool
    gaussian: Gaussian
    lorentzian: Lorentzian
    log_gauss: LogGauss
    thermal: Thermal
    method: BroadenMethod
    tolerance: float
    device: str
    def __init__(self, weights_dtype: _Optional[_Union[_common_pb2.Dtype, str]] = ..., peaks: _Optional[int] = ..., frequencies: _Optional[int] = ..., widths: bool = ..., gaussian: _Optional[_Union[Gaussian, _Mapping]] = ..., lorentzian: _Optional[_Union[Lorentzian, _Mapping]] = ..., log_gauss: _Optional[_Union[LogGauss, _Mapping]] = ..., thermal: _Optional[_Union[Thermal, _Mapping]] = ..., method: _Optional[_Union[BroadenMethod, str]] = ..., tolerance: _Optional[float] = ..., device: _Optional[str] = ...) -> None: ...

class Gaussian(_message.Message):
    __slots__ = ("width",)
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    width: float
    def __init__(self, width: _Optional[float] = ...) -> None: ...

class Lorentzian(_message.Message):
    __slots__ = ("half_width",)
    HALF_WIDTH_FIELD_NUMBER: _ClassVar[int]
    half_width: float
    def __init__(self, half_width: _Optional[float] = ...) -> None: ...

class LogGauss(_message.Message):
    __slots__ = ("sigma",)
    SIGMA_FIELD_NUMBER: _ClassVar[int]
    sigma: float
    def __init__(self, sigma: _Optional[float] = ...) -> None: ...

class Thermal(_message.Message):
    __slots__ = ("sigma", "crossover")
    SIGMA_FIELD_NUMBER: _ClassVar[int]
    CROSSOVER_FIELD_NUMBER: _ClassVar[int]
    sigma: float
    crossover: float
    def __init__(self, sigma: _Optional[float] = ..., crossover: _Optional[float] = ...) -> None: ...

class BroadenReply(_message.Message):
    __slots__ = ("header", "chunk", "certificate")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    header: BroadenReplyHeader
    chunk: _common_pb2.Chunk
    certificate: _common_pb2.Certificate
    def __init__(self, header: _Optional[_Union[BroadenReplyHeader, _Mapping]] = ..., chunk: _Optional[_Union[_common_pb2.Chunk, _Mapping]] = ..., certificate: _Optional[_Union[_common_pb2.Certificate, _Mapping]] = ...) -> None: ...

class BroadenReplyHeader(_message.Message):
    __slots__ = ("tensors",)
    TENSORS_FIELD_NUMBER: _ClassVar[int]
    tensors: _containers.RepeatedCompositeFieldContainer[_common_pb2.Tensor]
    def __init__(self, tensors: _Optional[_Iterable[_Union[_common_pb2.Tensor, _Mapping]]] = ...) -> None: ...
