from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CrossoverKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CROSSOVER_KIND_UNSPECIFIED: _ClassVar[CrossoverKind]
    CROSSOVER_KIND_SPIN_HALL_CROSSOVER: _ClassVar[CrossoverKind]
    CROSSOVER_KIND_REGIME_MAP: _ClassVar[CrossoverKind]

class CrossoverImpurityKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CROSSOVER_IMPURITY_KIND_UNSPECIFIED: _ClassVar[CrossoverImpurityKind]
    CROSSOVER_IMPURITY_KIND_KONDO: _ClassVar[CrossoverImpurityKind]
    CROSSOVER_IMPURITY_KIND_ANDERSON: _ClassVar[CrossoverImpurityKind]
CROSSOVER_KIND_UNSPECIFIED: CrossoverKind
CROSSOVER_KIND_SPIN_HALL_CROSSOVER: CrossoverKind
CROSSOVER_KIND_REGIME_MAP: CrossoverKind
CROSSOVER_IMPURITY_KIND_UNSPECIFIED: CrossoverImpurityKind
CROSSOVER_IMPURITY_KIND_KONDO: CrossoverImpurityKind
CROSSOVER_IMPURITY_KIND_ANDERSON: CrossoverImpurityKind

class CrossoverRequest(_message.Message):
    __slots__ = ("calculation", "impurity", "conditions", "discretization", "truncation", "spectra", "scattering", "alloy", "pair", "edge")
    CALCULATION_FIELD_NUMBER: _ClassVar[int]
    IMPURITY_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    DISCRETIZATION_FIELD_NUMBER: _ClassVar[int]
    TRUNCATION_FIELD_NUMBER: _ClassVar[int]
    SPECTRA_FIELD_NUMBER: _ClassVar[int]
    SCATTERING_FIELD_NUMBER: _ClassVar[int]
    ALLOY_FIELD_NUMBER: _ClassVar[int]
    PAIR_FIELD_NUMBER: _ClassVar[int]
    EDGE_FIELD_NUMBER: _ClassVar[int]
    calculation: CrossoverCalculation
    impurity: CrossoverImpurity
    conditions: CrossoverConditions
    discretization: CrossoverDiscretization
    truncation: CrossoverTruncation
    spectra: CrossoverSpectra
    scattering: CrossoverScattering
    alloy: CrossoverAlloy
    pair: CrossoverPair
    edge: CrossoverEdge
    def __init__(self, calculation: _Optional[_Union[CrossoverCalculation, _Mapping]] = ..., impurity: _Optional[_Union[CrossoverImpurity, _Mapping]] = ..., conditions: _Optional[_Union[CrossoverConditions, _Mapping]] = ..., discretization: _Optional[_Union[CrossoverDiscretization, _Mapping]] = ..., truncation: _Optional[_Union[CrossoverTruncation, _Mapping]] = ..., spectra: _Optional[_Union[CrossoverSpectra, _Mapping]] = ..., scattering: _Optional[_Union[CrossoverScattering, _Mapping]] = ..., alloy: _Optional[_Union[CrossoverAlloy, _Mapping]] = ..., pair: _Optional[_Union[CrossoverPair, _Mapping]] = ..., edge: _Optional[_Union[CrossoverEdge, _Mapping]] = ...) -> None: ...

class CrossoverCalculation(_message.Message):
    __slots__ = ("kind",)
    KIND_FIELD_NUMBER: _ClassVar[int]
    kind: CrossoverKind
    def __init__(self, kind: _Optional[_Union[CrossoverKind, str]] = ...) -> None: ...

class CrossoverImpurity(_message.Message):
    __slots__ = ("kind", "coupling", "coupling_z", "interaction", "level_energy", "hybridization")
    KIND_FIELD_NUMBER: _ClassVar[int]
    COUPLING_FIELD_NUMBER: _ClassVar[int]
    COUPLING_Z_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_FIELD_NUMBER: _ClassVar[int]
    LEVEL_ENERGY_FIELD_NUMBER: _ClassVar[int]
    HYBRIDIZATION_FIELD_NUMBER: _ClassVar[int]
    kind: CrossoverImpurityKind
    coupling: float
    coupling_z: float
    interaction: float
    level_energy: float
    hybridization: float
    def __init__(self, kind: _Optional[_Union[CrossoverImpurityKind, str]] = ..., coupling: _Optional[float] = ..., coupling_z: _Optional[float] = ..., interaction: _Optional[float] = ..., level_energy: _Optional[float] = ..., hybridization: _Optional[float] = ...) -> None: ...

class CrossoverConditions(_message.Message):
    __slots__ = ("temperature", "temperature_over_kondo")
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_OVER_KONDO_FIELD_NUMBER: _ClassVar[int]
    temperature: _containers.RepeatedScalarFieldContainer[float]
    temperature_over_kondo: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, temperature: _Optional[_Iterable[float]] = ..., temperature_over_kondo: _Optional[_Iterable[float]] = ...) -> None: ...

class CrossoverDiscretization(_message.Message):
    __slots__ = ("z",)
    LAMBDA_FIELD_NUMBER: _ClassVar[int]
    Z_FIELD_NUMBER: _ClassVar[int]
    z: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, z: _Optional[_Iterable[float]] = ..., **kwargs) -> None: ...

class CrossoverTruncation(_message.Message):
    __slots__ = ("energy", "max_states")
    ENERGY_FIELD_NUMBER: _ClassVar[int]
    MAX_STATES_FIELD_NUMBER: _ClassVar[int]
    energy: float
    max_states: int
    def __init__(self, energy: _Optional[float] = ..., max_states: _Optional[int] = ...) -> None: ...

class CrossoverSpectra(_message.Message):
    __slots__ = ("broadening", "per_decade")
    BROADENING_FIELD_NUMBER: _ClassVar[int]
    PER_DECADE_FIELD_NUMBER: _ClassVar[int]
    broadening: float
    per_decade: int
    def __init__(self, broadening: _Optional[float] = ..., per_decade: _Optional[int] = ...) -> None: ...

class CrossoverScattering(_message.Message):
    __slots__ = ("eta0_rad", "eta2_rad")
    ETA0_RAD_FIELD_NUMBER: _ClassVar[int]
    ETA2_RAD_FIELD_NUMBER: _ClassVar[int]
    eta0_rad: float
    eta2_rad: float
    def __init__(self, eta0_rad: _Optional[float] = ..., eta2_rad: _Optional[float] = ...) -> None: ...

class CrossoverAlloy(_message.Message):
    __slots__ = ("concentration", "fermi_wavenumber_per_nm", "mass_ratio")
    CONCENTRATION_FIELD_NUMBER: _ClassVar[int]
    FERMI_WAVENUMBER_PER_NM_FIELD_NUMBER: _ClassVar[int]
    MASS_RATIO_FIELD_NUMBER: _ClassVar[int]
    concentration: float
    fermi_wavenumber_per_nm: float
    mass_ratio: float
    def __init__(self, concentration: _Optional[float] = ..., fermi_wavenumber_per_nm: _Optional[float] = ..., mass_ratio: _Optional[float] = ...) -> None: ...

class CrossoverPair(_message.Message):
    __slots__ = ("coupling", "coupling_z", "distance")
    COUPLING_FIELD_NUMBER: _ClassVar[int]
    COUPLING_Z_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_FIELD_NUMBER: _ClassVar[int]
    coupling: _containers.RepeatedScalarFieldContainer[float]
    coupling_z: _containers.RepeatedScalarFieldContainer[float]
    distance: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, coupling: _Optional[_Iterable[float]] = ..., coupling_z: _Optional[_Iterable[float]] = ..., distance: _Optional[_Iterable[float]] = ...) -> None: ...

class CrossoverEdge(_message.Message):
    __slots__ = ("texture_wavenumber",)
    TEXTURE_WAVENUMBER_FIELD_NUMBER: _ClassVar[int]
    texture_wavenumber: float
    def __init__(self, texture_wavenumber: _Optional[float] = ...) -> None: ...
