from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NrgModelKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NRG_MODEL_KIND_UNSPECIFIED: _ClassVar[NrgModelKind]
    NRG_MODEL_KIND_TWO_IMPURITY_HELICAL_KONDO: _ClassVar[NrgModelKind]
    NRG_MODEL_KIND_ONE_IMPURITY_KONDO: _ClassVar[NrgModelKind]

class NrgScheme(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NRG_SCHEME_UNSPECIFIED: _ClassVar[NrgScheme]
    NRG_SCHEME_ZITKO_PRUSCHKE: _ClassVar[NrgScheme]
    NRG_SCHEME_CAMPO_OLIVEIRA: _ClassVar[NrgScheme]
    NRG_SCHEME_PLAIN: _ClassVar[NrgScheme]

class NrgRule(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NRG_RULE_UNSPECIFIED: _ClassVar[NrgRule]
    NRG_RULE_GAP: _ClassVar[NrgRule]
    NRG_RULE_PLAIN: _ClassVar[NrgRule]
NRG_MODEL_KIND_UNSPECIFIED: NrgModelKind
NRG_MODEL_KIND_TWO_IMPURITY_HELICAL_KONDO: NrgModelKind
NRG_MODEL_KIND_ONE_IMPURITY_KONDO: NrgModelKind
NRG_SCHEME_UNSPECIFIED: NrgScheme
NRG_SCHEME_ZITKO_PRUSCHKE: NrgScheme
NRG_SCHEME_CAMPO_OLIVEIRA: NrgScheme
NRG_SCHEME_PLAIN: NrgScheme
NRG_RULE_UNSPECIFIED: NrgRule
NRG_RULE_GAP: NrgRule
NRG_RULE_PLAIN: NrgRule

class NrgModel(_message.Message):
    __slots__ = ("kind", "coupling", "coupling_z", "distance")
    KIND_FIELD_NUMBER: _ClassVar[int]
    COUPLING_FIELD_NUMBER: _ClassVar[int]
    COUPLING_Z_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_FIELD_NUMBER: _ClassVar[int]
    kind: NrgModelKind
    coupling: float
    coupling_z: float
    distance: int
    def __init__(self, kind: _Optional[_Union[NrgModelKind, str]] = ..., coupling: _Optional[float] = ..., coupling_z: _Optional[float] = ..., distance: _Optional[int] = ...) -> None: ...

class NrgDiscretization(_message.Message):
    __slots__ = ("z", "scheme")
    LAMBDA_FIELD_NUMBER: _ClassVar[int]
    Z_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    z: _containers.RepeatedScalarFieldContainer[float]
    scheme: NrgScheme
    def __init__(self, z: _Optional[_Iterable[float]] = ..., scheme: _Optional[_Union[NrgScheme, str]] = ..., **kwargs) -> None: ...

class NrgTruncation(_message.Message):
    __slots__ = ("energy", "rule", "gap_window", "max_states")
    ENERGY_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    GAP_WINDOW_FIELD_NUMBER: _ClassVar[int]
    MAX_STATES_FIELD_NUMBER: _ClassVar[int]
    energy: float
    rule: NrgRule
    gap_window: float
    max_states: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, energy: _Optional[float] = ..., rule: _Optional[_Union[NrgRule, str]] = ..., gap_window: _Optional[float] = ..., max_states: _Optional[_Iterable[int]] = ...) -> None: ...

class NrgRun(_message.Message):
    __slots__ = ("temperature", "shells", "error_bars")
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    SHELLS_FIELD_NUMBER: _ClassVar[int]
    ERROR_BARS_FIELD_NUMBER: _ClassVar[int]
    temperature: _containers.RepeatedScalarFieldContainer[float]
    shells: int
    error_bars: bool
    def __init__(self, temperature: _Optional[_Iterable[float]] = ..., shells: _Optional[int] = ..., error_bars: bool = ...) -> None: ...

class NrgRequest(_message.Message):
    __slots__ = ("model", "discretization", "truncation", "run")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    DISCRETIZATION_FIELD_NUMBER: _ClassVar[int]
    TRUNCATION_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    model: NrgModel
    discretization: NrgDiscretization
    truncation: NrgTruncation
    run: NrgRun
    def __init__(self, model: _Optional[_Union[NrgModel, _Mapping]] = ..., discretization: _Optional[_Union[NrgDiscretization, _Mapping]] = ..., truncation: _Optional[_Union[NrgTruncation, _Mapping]] = ..., run: _Optional[_Union[NrgRun, _Mapping]] = ...) -> None: ...
