from edgestate.v1 import common_pb2 as _common_pb2
from edgestate.v1 import crossover_pb2 as _crossover_pb2
from edgestate.v1 import impurity_pb2 as _impurity_pb2
from edgestate.v1 import nrg_pb2 as _nrg_pb2
from edgestate.v1 import ribbon_pb2 as _ribbon_pb2
from edgestate.v1 import transport_pb2 as _transport_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Scale(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCALE_UNSPECIFIED: _ClassVar[Scale]
    SCALE_LINEAR: _ClassVar[Scale]
    SCALE_LOG: _ClassVar[Scale]

class JobState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOB_STATE_UNSPECIFIED: _ClassVar[JobState]
    JOB_STATE_QUEUED: _ClassVar[JobState]
    JOB_STATE_RUNNING: _ClassVar[JobState]
    JOB_STATE_DONE: _ClassVar[JobState]
    JOB_STATE_CANCELLED: _ClassVar[JobState]
    JOB_STATE_FAILED: _ClassVar[JobState]
SCALE_UNSPECIFIED: Scale
SCALE_LINEAR: Scale
SCALE_LOG: Scale
JOB_STATE_UNSPECIFIED: JobState
JOB_STATE_QUEUED: JobState
JOB_STATE_RUNNING: JobState
JOB_STATE_DONE: JobState
JOB_STATE_CANCELLED: JobState
JOB_STATE_FAILED: JobState

class Sweep(_message.Message):
    __slots__ = ("nrg", "ribbon", "transport", "crossover", "impurity", "axes", "device")
    NRG_FIELD_NUMBER: _ClassVar[int]
    RIBBON_FIELD_NUMBER: _ClassVar[int]
    TRANSPORT_FIELD_NUMBER: _ClassVar[int]
    CROSSOVER_FIELD_NUMBER: _ClassVar[int]
    IMPURITY_FIELD_NUMBER: _ClassVar[int]
    AXES_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    nrg: _nrg_pb2.NrgRequest
    ribbon: _ribbon_pb2.RibbonRequest
    transport: _transport_pb2.TransportRequest
    crossover: _crossover_pb2.CrossoverRequest
    impurity: _impurity_pb2.ImpurityRequest
    axes: _containers.RepeatedCompositeFieldContainer[Axis]
    device: str
    def __init__(self, nrg: _Optional[_Union[_nrg_pb2.NrgRequest, _Mapping]] = ..., ribbon: _Optional[_Union[_ribbon_pb2.RibbonRequest, _Mapping]] = ..., transport: _Optional[_Union[_transport_pb2.TransportRequest, _Mapping]] = ..., crossover: _Optional[_Union[_crossover_pb2.CrossoverRequest, _Mapping]] = ..., impurity: _Optional[_Union[_impurity_pb2.ImpurityRequest, _Mapping]] = ..., axes: _Optional[_Iterable[_Union[Axis, _Mapping]]] = ..., device: _Optional[str] = ...) -> None: ...

class Axis(_message.Message):
    __slots__ = ("field", "list", "grid", "along")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    GRID_FIELD_NUMBER: _ClassVar[int]
    ALONG_FIELD_NUMBER: _ClassVar[int]
    field: str
    list: List
    grid: Grid
    along: str
    def __init__(self, field: _Optional[str] = ..., list: _Optional[_Union[List, _Mapping]] = ..., grid: _Optional[_Union[Grid, _Mapping]] = ..., along: _Optional[str] = ...) -> None: ...

class List(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, values: _Optional[_Iterable[float]] = ...) -> None: ...

class Grid(_message.Message):
    __slots__ = ("to", "count", "scale")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    to: float
    count: int
    scale: Scale
    def __init__(self, to: _Optional[float] = ..., count: _Optional[int] = ..., scale: _Optional[_Union[Scale, str]] = ..., **kwargs) -> None: ...

class Job(_message.Message):
    __slots__ = ("id", "state", "units_total", "units_done", "units_failed", "units_from_store", "progress", "seconds_left", "seconds_elapsed", "engine", "submitted_unix_seconds", "reason", "owner", "priority")
    ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    UNITS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    UNITS_DONE_FIELD_NUMBER: _ClassVar[int]
    UNITS_FAILED_FIELD_NUMBER: _ClassVar[int]
    UNITS_FROM_STORE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    SECONDS_LEFT_FIELD_NUMBER: _ClassVar[int]
    SECONDS_ELAPSED_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    SUBMITTED_UNIX_SECONDS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    id: str
    state: JobState
    units_total: int
    units_done: int
    units_failed: int
    units_from_store: int
    progress: float
    seconds_left: float
    seconds_elapsed: float
    engine: str
    submitted_unix_seconds: float
    reason: str
    owner: str
    priority: int
    def __init__(self, id: _Optional[str] = ..., state: _Optional[_Union[JobState, str]] = ..., units_total: _Optional[int] = ..., units_done: _Optional[int] = ..., units_failed: _Optional[int] = ..., units_from_store: _Optional[int] = ..., progress: _Optional[float] = ..., seconds_left: _Optional[float] = ..., seconds_elapsed: _Optional[float] = ..., engine: _Optional[str] = ..., submitted_unix_seconds: _Optional[float] = ..., reason: _Optional[str] = ..., owner: _Optional[str] = ..., priority: _Optional[int] = ...) -> None: ...

class SubmitRequest(_message.Message):
    __slots__ = ("sweep", "priority")
    SWEEP_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    sweep: Sweep
    priority: int
    def __init__(self, sweep: _Optional[_Union[Sweep, _Mapping]] = ..., priority: _Optional[int] = ...) -> None: ...

class SubmitReply(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: Job
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class WatchRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class ListRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListReply(_message.Message):
    __slots__ = ("jobs",)
    JOBS_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[Job]
    def __init__(self, jobs: _Optional[_Iterable[_Union[Job, _Mapping]]] = ...) -> None: ...

class CancelRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class FetchRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class FetchReply(_message.Message):
    __slots__ = ("header", "chunk", "certificate")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    header: FetchHeader
    chunk: _common_pb2.Chunk
    certificate: _common_pb2.Certificate
    def __init__(self, header: _Optional[_Union[FetchHeader, _Mapping]] = ..., chunk: _Optional[_Union[_common_pb2.Chunk, _Mapping]] = ..., certificate: _Optional[_Union[_common_pb2.Certificate, _Mapping]] = ...) -> None: ...

class FetchHeader(_message.Message):
    __slots__ = ("tensors", "attributes_json", "failed")
    TENSORS_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_JSON_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    tensors: _containers.RepeatedCompositeFieldContainer[_common_pb2.Tensor]
    attributes_json: str
    failed: _containers.RepeatedCompositeFieldContainer[FailedPoint]
    def __init__(self, tensors: _Optional[_Iterable[_Union[_common_pb2.Tensor, _Mapping]]] = ..., attributes_json: _Optional[str] = ..., failed: _Optional[_Iterable[_Union[FailedPoint, _Mapping]]] = ...) -> None: ...

class FailedPoint(_message.Message):
    __slots__ = ("point", "reason")
    POINT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    point: int
    reason: str
    def __init__(self, point: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class EstimateRequest(_message.Message):
    __slots__ = ("sweep",)
    SWEEP_FIELD_NUMBER: _ClassVar[int]
    sweep: Sweep
    def __init__(self, sweep: _Optional[_Union[Sweep, _Mapping]] = ...) -> None: ...

class EstimateReply(_message.Message):
    __slots__ = ("points", "units", "units_from_store", "seconds", "memory_bytes", "result_bytes", "device_class", "device_reason")
    POINTS_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    UNITS_FROM_STORE_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    RESULT_BYTES_FIELD_NUMBER: _ClassVar[int]
    DEVICE_CLASS_FIELD_NUMBER: _ClassVar[int]
    DEVICE_REASON_FIELD_NUMBER: _ClassVar[int]
    points: int
    units: int
    units_from_store: int
    seconds: float
    memory_bytes: int
    result_bytes: int
    device_class: str
    device_reason: str
    def __init__(self, points: _Optional[int] = ..., units: _Optional[int] = ..., units_from_store: _Optional[int] = ..., seconds: _Optional[float] = ..., memory_bytes: _Optional[int] = ..., result_bytes: _Optional[int] = ..., device_class: _Optional[str] = ..., device_reason: _Optional[str] = ...) -> None: ...
