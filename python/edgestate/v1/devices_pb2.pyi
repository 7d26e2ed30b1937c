from edgestate.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListDevicesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListDevicesReply(_message.Message):
    __slots__ = ("devices",)
    DEVICES_FIELD_NUMBER: _ClassVar[int]
    devices: _containers.RepeatedCompositeFieldContainer[Device]
    def __init__(self, devices: _Optional[_Iterable[_Union[Device, _Mapping]]] = ...) -> None: ...

class Device(_message.Message):
    __slots__ = ("name", "description", "driver", "shader_f64", "threads", "memory_bytes", "in_use", "worker_state", "software", "self_test", "device_class", "reason", "abilities", "largest_order", "calibrated")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    DRIVER_FIELD_NUMBER: _ClassVar[int]
    SHADER_F64_FIELD_NUMBER: _ClassVar[int]
    THREADS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    IN_USE_FIELD_NUMBER: _ClassVar[int]
    WORKER_STATE_FIELD_NUMBER: _ClassVar[int]
    SOFTWARE_FIELD_NUMBER: _ClassVar[int]
    SELF_TEST_FIELD_NUMBER: _ClassVar[int]
    DEVICE_CLASS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ABILITIES_FIELD_NUMBER: _ClassVar[int]
    LARGEST_ORDER_FIELD_NUMBER: _ClassVar[int]
    CALIBRATED_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    driver: str
    shader_f64: bool
    threads: int
    memory_bytes: int
    in_use: bool
    worker_state: str
    software: bool
    self_test: str
    device_class: str
    reason: str
    abilities: str
    largest_order: int
    calibrated: bool
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., driver: _Optional[str] = ..., shader_f64: bool = ..., threads: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., in_use: bool = ..., worker_state: _Optional[str] = ..., software: bool = ..., self_test: _Optional[str] = ..., device_class: _Optional[str] = ..., reason: _Optional[str] = ..., abilities: _Optional[str] = ..., largest_order: _Optional[int] = ..., calibrated: bool = ...) -> None: ...

class StatisticsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StatisticsReply(_message.Message):
    __slots__ = ("usage", "calls_under_way", "uploads_under_way", "workers")
    USAGE_FIELD_NUMBER: _ClassVar[int]
    CALLS_UNDER_WAY_FIELD_NUMBER: _ClassVar[int]
    UPLOADS_UNDER_WAY_FIELD_NUMBER: _ClassVar[int]
    WORKERS_FIELD_NUMBER: _ClassVar[int]
    usage: _containers.RepeatedCompositeFieldContainer[Usage]
    calls_under_way: int
    uploads_under_way: int
    workers: _containers.RepeatedCompositeFieldContainer[Worker]
    def __init__(self, usage: _Optional[_Iterable[_Union[Usage, _Mapping]]] = ..., calls_under_way: _Optional[int] = ..., uploads_under_way: _Optional[int] = ..., workers: _Optional[_Iterable[_Union[Worker, _Mapping]]] = ...) -> None: ...

class Worker(_message.Message):
    __slots__ = ("device", "device_class", "state", "starts", "reason")
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    DEVICE_CLASS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STARTS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    device: str
    device_class: str
    state: str
    starts: int
    reason: str
    def __init__(self, device: _Optional[str] = ..., device_class: _Optional[str] = ..., state: _Optional[str] = ..., starts: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class Usage(_message.Message):
    __slots__ = ("user", "engine", "chunks", "units", "queue_seconds", "compute_seconds", "store_seconds", "result_bytes")
    USER_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    CHUNKS_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    COMPUTE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    STORE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    RESULT_BYTES_FIELD_NUMBER: _ClassVar[int]
    user: str
    engine: str
    chunks: int
    units: int
    queue_seconds: float
    compute_seconds: float
    store_seconds: float
    result_bytes: int
    def __init__(self, user: _Optional[str] = ..., engine: _Optional[str] = ..., chunks: _Optional[int] = ..., units: _Optional[int] = ..., queue_seconds: _Optional[float] = ..., compute_seconds: _Optional[float] = ..., store_seconds: _Optional[float] = ..., result_bytes: _Optional[int] = ...) -> None: ...
