from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ImpurityKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMPURITY_KIND_UNSPECIFIED: _ClassVar[ImpurityKind]
    IMPURITY_KIND_SPECTRA: _ClassVar[ImpurityKind]
    IMPURITY_KIND_THERMODYNAMICS: _ClassVar[ImpurityKind]
    IMPURITY_KIND_T_MATRIX: _ClassVar[ImpurityKind]
    IMPURITY_KIND_FLOW: _ClassVar[ImpurityKind]
    IMPURITY_KIND_SCAN: _ClassVar[ImpurityKind]
    IMPURITY_KIND_LADDER: _ClassVar[ImpurityKind]
    IMPURITY_KIND_RKKY: _ClassVar[ImpurityKind]
    IMPURITY_KIND_SCALING: _ClassVar[ImpurityKind]
    IMPURITY_KIND_NON_INTERACTING: _ClassVar[ImpurityKind]

class ImpurityModelKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMPURITY_MODEL_KIND_UNSPECIFIED: _ClassVar[ImpurityModelKind]
    IMPURITY_MODEL_KIND_TWO_IMPURITY_HELICAL_KONDO: _ClassVar[ImpurityModelKind]
    IMPURITY_MODEL_KIND_TWO_IMPURITY_HELICAL_ANDERSON: _ClassVar[ImpurityModelKind]
    IMPURITY_MODEL_KIND_ONE_IMPURITY_KONDO: _ClassVar[ImpurityModelKind]
    IMPURITY_MODEL_KIND_ONE_IMPURITY_ANDERSON: _ClassVar[ImpurityModelKind]

class ImpurityScheme(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMPURITY_SCHEME_UNSPECIFIED: _ClassVar[ImpurityScheme]
    IMPURITY_SCHEME_ZITKO_PRUSCHKE: _ClassVar[ImpurityScheme]
    IMPURITY_SCHEME_CAMPO_OLIVEIRA: _ClassVar[ImpurityScheme]
    IMPURITY_SCHEME_PLAIN: _ClassVar[ImpurityScheme]

class ImpurityRule(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMPURITY_RULE_UNSPECIFIED: _ClassVar[ImpurityRule]
    IMPURITY_RULE_GAP: _ClassVar[ImpurityRule]
    IMPURITY_RULE_PLAIN: _ClassVar[ImpurityRule]

class ImpurityAverage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMPURITY_AVERAGE_UNSPECIFIED: _ClassVar[ImpurityAverage]
    IMPURITY_AVERAGE_PLAIN: _ClassVar[ImpurityAverage]
    IMPURITY_AVERAGE_RESCALED: _ClassVar[ImpurityAverage]
IMPURITY_KIND_UNSPECIFIED: ImpurityKind
IMPURITY_KIND_SPECTRA: ImpurityKind
IMPURITY_KIND_THERMODYNAMICS: ImpurityKind
IMPURITY_KIND_T_MATRIX: ImpurityKind
IMPURITY_KIND_FLOW: ImpurityKind
IMPURITY_KIND_SCAN: ImpurityKind
IMPURITY_KIND_LADDER: ImpurityKind
IMPURITY_KIND_RKKY: ImpurityKind
IMPURITY_KIND_SCALING: ImpurityKind
IMPURITY_KIND_NON_INTERACTING: ImpurityKind
IMPURITY_MODEL_KIND_UNSPECIFIED: ImpurityModelKind
IMPURITY_MODEL_KIND_TWO_IMPURITY_HELICAL_KONDO: ImpurityModelKind
IMPURITY_MODEL_KIND_TWO_IMPURITY_HELICAL_ANDERSON: ImpurityModelKind
IMPURITY_MODEL_KIND_ONE_IMPURITY_KONDO: ImpurityModelKind
IMPURITY_MODEL_KIND_ONE_IMPURITY_ANDERSON: ImpurityModelKind
IMPURITY_SCHEME_UNSPECIFIED: ImpurityScheme
IMPURITY_SCHEME_ZITKO_PRUSCHKE: ImpurityScheme
IMPURITY_SCHEME_CAMPO_OLIVEIRA: ImpurityScheme
IMPURITY_SCHEME_PLAIN: ImpurityScheme
IMPURITY_RULE_UNSPECIFIED: ImpurityRule
IMPURITY_RULE_GAP: ImpurityRule
IMPURITY_RULE_PLAIN: ImpurityRule
IMPURITY_AVERAGE_UNSPECIFIED: ImpurityAverage
IMPURITY_AVERAGE_PLAIN: ImpurityAverage
IMPURITY_AVERAGE_RESCALED: ImpurityAverage

class ImpurityRequest(_message.Message):
    __slots__ = ("calculation", "model", "discretization", "truncation", "run", "spectra", "scaling")
    CALCULATION_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    DISCRETIZATION_FIELD_NUMBER: _ClassVar[int]
    TRUNCATION_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    SPECTRA_FIELD_NUMBER: _ClassVar[int]
    SCALING_FIELD_NUMBER: _ClassVar[int]
    calculation: ImpurityCalculation
    model: ImpurityModel
    discretization: ImpurityDiscretization
    truncation: ImpurityTruncation
    run: ImpurityRun
    spectra: ImpuritySpectra
    scaling: ImpurityScaling
    def __init__(self, calculation: _Optional[_Union[ImpurityCalculation, _Mapping]] = ..., model: _Optional[_Union[ImpurityModel, _Mapping]] = ..., discretization: _Optional[_Union[ImpurityDiscretization, _Mapping]] = ..., truncation: _Optional[_Union[ImpurityTruncation, _Mapping]] = ..., run: _Optional[_Union[ImpurityRun, _Mapping]] = ..., spectra: _Optional[_Union[ImpuritySpectra, _Mapping]] = ..., scaling: _Optional[_Union[ImpurityScaling, _Mapping]] = ...) -> None: ...

class ImpurityCalculation(_message.Message):
    __slots__ = ("kind",)
    KIND_FIELD_NUMBER: _ClassVar[int]
    kind: ImpurityKind
    def __init__(self, kind: _Optional[_Union[ImpurityKind, str]] = ...) -> None: ...

class ImpurityModel(_message.Message):
    __slots__ = ("kind", "coupling", "coupling_z", "distance", "interaction", "level_energy", "level_energy_left", "hybridization")
    KIND_FIELD_NUMBER: _ClassVar[int]
    COUPLING_FIELD_NUMBER: _ClassVar[int]
    COUPLING_Z_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_FIELD_NUMBER: _ClassVar[int]
    LEVEL_ENERGY_FIELD_NUMBER: _ClassVar[int]
    LEVEL_ENERGY_LEFT_FIELD_NUMBER: _ClassVar[int]
    HYBRIDIZATION_FIELD_NUMBER: _ClassVar[int]
    kind: ImpurityModelKind
    coupling: _containers.RepeatedScalarFieldContainer[float]
    coupling_z: _containers.RepeatedScalarFieldContainer[float]
    distance: _containers.RepeatedScalarFieldContainer[float]
    interaction: float
    level_energy: float
    level_energy_left: float
    hybridization: float
    def __init__(self, kind: _Optional[_Union[ImpurityModelKind, str]] = ..., coupling: _Optional[_Iterable[float]] = ..., coupling_z: _Optional[_Iterable[float]] = ..., distance: _Optional[_Iterable[float]] = ..., interaction: _Optional[float] = ..., level_energy: _Optional[float] = ..., level_energy_left: _Optional[float] = ..., hybridization: _Optional[float] = ...) -> None: ...

class ImpurityDiscretization(_message.Message):
    __slots__ = ("z", "scheme")
    LAMBDA_FIELD_NUMBER: _ClassVar[int]
    Z_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    z: _containers.RepeatedScalarFieldContainer[float]
    scheme: ImpurityScheme
    def __init__(self, z: _Optional[_Iterable[float]] = ..., scheme: _Optional[_Union[ImpurityScheme, str]] = ..., **kwargs) -> None: ...

class ImpurityTruncation(_message.Message):
    __slots__ = ("energy", "rule", "gap_window", "max_states")
    ENERGY_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    GAP_WINDOW_FIELD_NUMBER: _ClassVar[int]
    MAX_STATES_FIELD_NUMBER: _ClassVar[int]
    energy: float
    rule: ImpurityRule
    gap_window: float
    max_states: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, energy: _Optional[float] = ..., rule: _Optional[_Union[ImpurityRule, str]] = ..., gap_window: _Optional[float] = ..., max_states: _Optional[_Iterable[int]] = ...) -> None: ...

class ImpurityRun(_message.Message):
    __slots__ = ("temperature", "shells", "error_bars")
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    SHELLS_FIELD_NUMBER: _ClassVar[int]
    ERROR_BARS_FIELD_NUMBER: _ClassVar[int]
    temperature: _containers.RepeatedScalarFieldContainer[float]
    shells: int
    error_bars: bool
    def __init__(self, temperature: _Optional[_Iterable[float]] = ..., shells: _Optional[int] = ..., error_bars: bool = ...) -> None: ...

class ImpuritySpectra(_message.Message):
    __slots__ = ("broadening", "average", "retarded", "per_z", "low", "high", "per_decade", "frequency")
    BROADENING_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_FIELD_NUMBER: _ClassVar[int]
    RETARDED_FIELD_NUMBER: _ClassVar[int]
    PER_Z_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    PER_DECADE_FIELD_NUMBER: _ClassVar[int]
    FREQUENCY_FIELD_NUMBER: _ClassVar[int]
    broadening: float
    average: ImpurityAverage
    retarded: bool
    per_z: bool
    low: float
    high: float
    per_decade: int
    frequency: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, broadening: _Optional[float] = ..., average: _Optional[_Union[ImpurityAverage, str]] = ..., retarded: bool = ..., per_z: bool = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., per_decade: _Optional[int] = ..., frequency: _Optional[_Iterable[float]] = ...) -> None: ...

class ImpurityScaling(_message.Message):
    __slots__ = ("scale",)
    SCALE_FIELD_NUMBER: _ClassVar[int]
    scale: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, scale: _Optional[_Iterable[float]] = ...) -> None: ...
