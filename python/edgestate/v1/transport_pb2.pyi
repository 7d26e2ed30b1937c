from edgestate.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TransportKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSPORT_KIND_UNSPECIFIED: _ClassVar[TransportKind]
    TRANSPORT_KIND_CONDUCTANCE: _ClassVar[TransportKind]
    TRANSPORT_KIND_TEXTURE_INTEGRALS: _ClassVar[TransportKind]
    TRANSPORT_KIND_PROTECTION: _ClassVar[TransportKind]
    TRANSPORT_KIND_SUB_BALLISTIC: _ClassVar[TransportKind]
    TRANSPORT_KIND_EDGE_TRANSMISSION: _ClassVar[TransportKind]
    TRANSPORT_KIND_FROZEN_SPINS: _ClassVar[TransportKind]
    TRANSPORT_KIND_REPEATED_SCATTERING: _ClassVar[TransportKind]
    TRANSPORT_KIND_SPIN_HALL: _ClassVar[TransportKind]
    TRANSPORT_KIND_MEAN_FIELD: _ClassVar[TransportKind]
    TRANSPORT_KIND_ANDERSON: _ClassVar[TransportKind]
    TRANSPORT_KIND_RESONANT_LEVEL: _ClassVar[TransportKind]
    TRANSPORT_KIND_SPIN_VALVE_WIRE: _ClassVar[TransportKind]
    TRANSPORT_KIND_SPIN_VALVE_FILM: _ClassVar[TransportKind]

class TransportUnits(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSPORT_UNITS_UNSPECIFIED: _ClassVar[TransportUnits]
    TRANSPORT_UNITS_DIMENSIONLESS: _ClassVar[TransportUnits]
    TRANSPORT_UNITS_LABORATORY: _ClassVar[TransportUnits]

class TransportExchangeField(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSPORT_EXCHANGE_FIELD_UNSPECIFIED: _ClassVar[TransportExchangeField]
    TRANSPORT_EXCHANGE_FIELD_LEFT_OUT: _ClassVar[TransportExchangeField]
    TRANSPORT_EXCHANGE_FIELD_INCLUDED: _ClassVar[TransportExchangeField]

class TransportVariant(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSPORT_VARIANT_UNSPECIFIED: _ClassVar[TransportVariant]
    TRANSPORT_VARIANT_CORRECTED: _ClassVar[TransportVariant]
    TRANSPORT_VARIANT_PRINTED: _ClassVar[TransportVariant]

class TransportTextureKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSPORT_TEXTURE_KIND_UNSPECIFIED: _ClassVar[TransportTextureKind]
    TRANSPORT_TEXTURE_KIND_AXIAL: _ClassVar[TransportTextureKind]
    TRANSPORT_TEXTURE_KIND_BUMP: _ClassVar[TransportTextureKind]
    TRANSPORT_TEXTURE_KIND_TABLE: _ClassVar[TransportTextureKind]

class TransportMagnetizationKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSPORT_MAGNETIZATION_KIND_UNSPECIFIED: _ClassVar[TransportMagnetizationKind]
    TRANSPORT_MAGNETIZATION_KIND_NONE: _ClassVar[TransportMagnetizationKind]
    TRANSPORT_MAGNETIZATION_KIND_CONSTANT: _ClassVar[TransportMagnetizationKind]
    TRANSPORT_MAGNETIZATION_KIND_BUMP: _ClassVar[TransportMagnetizationKind]
    TRANSPORT_MAGNETIZATION_KIND_ALONG_AXIS: _ClassVar[TransportMagnetizationKind]
    TRANSPORT_MAGNETIZATION_KIND_TABLE: _ClassVar[TransportMagnetizationKind]

class TransportPotentialKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSPORT_POTENTIAL_KIND_UNSPECIFIED: _ClassVar[TransportPotentialKind]
    TRANSPORT_POTENTIAL_KIND_CONSTANT: _ClassVar[TransportPotentialKind]
    TRANSPORT_POTENTIAL_KIND_TABLE: _ClassVar[TransportPotentialKind]

class TransportScatteringKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSPORT_SCATTERING_KIND_UNSPECIFIED: _ClassVar[TransportScatteringKind]
    TRANSPORT_SCATTERING_KIND_PHASE_SHIFTS: _ClassVar[TransportScatteringKind]
    TRANSPORT_SCATTERING_KIND_PARTIAL_WAVES: _ClassVar[TransportScatteringKind]
    TRANSPORT_SCATTERING_KIND_T_MATRIX: _ClassVar[TransportScatteringKind]

class TransportWireEnd(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSPORT_WIRE_END_UNSPECIFIED: _ClassVar[TransportWireEnd]
    TRANSPORT_WIRE_END_INFINITE: _ClassVar[TransportWireEnd]
    TRANSPORT_WIRE_END_CLOSED: _ClassVar[TransportWireEnd]
    TRANSPORT_WIRE_END_SINK: _ClassVar[TransportWireEnd]

class TransportFilmEnd(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSPORT_FILM_END_UNSPECIFIED: _ClassVar[TransportFilmEnd]
    TRANSPORT_FILM_END_CLOSED: _ClassVar[TransportFilmEnd]
    TRANSPORT_FILM_END_SINK: _ClassVar[TransportFilmEnd]
TRANSPORT_KIND_UNSPECIFIED: TransportKind
TRANSPORT_KIND_CONDUCTANCE: TransportKind
TRANSPORT_KIND_TEXTURE_INTEGRALS: TransportKind
TRANSPORT_KIND_PROTECTION: TransportKind
TRANSPORT_KIND_SUB_BALLISTIC: TransportKind
TRANSPORT_KIND_EDGE_TRANSMISSION: TransportKind
TRANSPORT_KIND_FROZEN_SPINS: TransportKind
TRANSPORT_KIND_REPEATED_SCATTERING: TransportKind
TRANSPORT_KIND_SPIN_HALL: TransportKind
TRANSPORT_KIND_MEAN_FIELD: TransportKind
TRANSPORT_KIND_ANDERSON: TransportKind
TRANSPORT_KIND_RESONANT_LEVEL: TransportKind
TRANSPORT_KIND_SPIN_VALVE_WIRE: TransportKind
TRANSPORT_KIND_SPIN_VALVE_FILM: TransportKind
TRANSPORT_UNITS_UNSPECIFIED: TransportUnits
TRANSPORT_UNITS_DIMENSIONLESS: TransportUnits
TRANSPORT_UNITS_LABORATORY: TransportUnits
TRANSPORT_EXCHANGE_FIELD_UNSPECIFIED: TransportExchangeField
TRANSPORT_EXCHANGE_FIELD_LEFT_OUT: TransportExchangeField
TRANSPORT_EXCHANGE_FIELD_INCLUDED: TransportExchangeField
TRANSPORT_VARIANT_UNSPECIFIED: TransportVariant
TRANSPORT_VARIANT_CORRECTED: TransportVariant
TRANSPORT_VARIANT_PRINTED: TransportVariant
TRANSPORT_TEXTURE_KIND_UNSPECIFIED: TransportTextureKind
TRANSPORT_TEXTURE_KIND_AXIAL: TransportTextureKind
TRANSPORT_TEXTURE_KIND_BUMP: TransportTextureKind
TRANSPORT_TEXTURE_KIND_TABLE: TransportTextureKind
TRANSPORT_MAGNETIZATION_KIND_UNSPECIFIED: TransportMagnetizationKind
TRANSPORT_MAGNETIZATION_KIND_NONE: TransportMagnetizationKind
TRANSPORT_MAGNETIZATION_KIND_CONSTANT: TransportMagnetizationKind
TRANSPORT_MAGNETIZATION_KIND_BUMP: TransportMagnetizationKind
TRANSPORT_MAGNETIZATION_KIND_ALONG_AXIS: TransportMagnetizationKind
TRANSPORT_MAGNETIZATION_KIND_TABLE: TransportMagnetizationKind
TRANSPORT_POTENTIAL_KIND_UNSPECIFIED: TransportPotentialKind
TRANSPORT_POTENTIAL_KIND_CONSTANT: TransportPotentialKind
TRANSPORT_POTENTIAL_KIND_TABLE: TransportPotentialKind
TRANSPORT_SCATTERING_KIND_UNSPECIFIED: TransportScatteringKind
TRANSPORT_SCATTERING_KIND_PHASE_SHIFTS: TransportScatteringKind
TRANSPORT_SCATTERING_KIND_PARTIAL_WAVES: TransportScatteringKind
TRANSPORT_SCATTERING_KIND_T_MATRIX: TransportScatteringKind
TRANSPORT_WIRE_END_UNSPECIFIED: TransportWireEnd
TRANSPORT_WIRE_END_INFINITE: TransportWireEnd
TRANSPORT_WIRE_END_CLOSED: TransportWireEnd
TRANSPORT_WIRE_END_SINK: TransportWireEnd
TRANSPORT_FILM_END_UNSPECIFIED: TransportFilmEnd
TRANSPORT_FILM_END_CLOSED: TransportFilmEnd
TRANSPORT_FILM_END_SINK: TransportFilmEnd

class ComputeReply(_message.Message):
    __slots__ = ("tensors", "data", "certificate")
    TENSORS_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    tensors: _containers.RepeatedCompositeFieldContainer[_common_pb2.Tensor]
    data: _containers.RepeatedScalarFieldContainer[bytes]
    certificate: _common_pb2.Certificate
    def __init__(self, tensors: _Optional[_Iterable[_Union[_common_pb2.Tensor, _Mapping]]] = ..., data: _Optional[_Iterable[bytes]] = ..., certificate: _Optional[_Union[_common_pb2.Certificate, _Mapping]] = ...) -> None: ...

class TransportRequest(_message.Message):
    __slots__ = ("calculation", "impurity", "edge", "conditions", "integrals", "array", "rotated_coupling", "texture", "magnetization", "potential", "frozen_spins", "statistics", "scattering", "alloy", "mean_field", "anderson", "resonance", "diffusion", "wire", "contacts", "film")
    CALCULATION_FIELD_NUMBER: _ClassVar[int]
    IMPURITY_FIELD_NUMBER: _ClassVar[int]
    EDGE_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    INTEGRALS_FIELD_NUMBER: _ClassVar[int]
    ARRAY_FIELD_NUMBER: _ClassVar[int]
    ROTATED_COUPLING_FIELD_NUMBER: _ClassVar[int]
    TEXTURE_FIELD_NUMBER: _ClassVar[int]
    MAGNETIZATION_FIELD_NUMBER: _ClassVar[int]
    POTENTIAL_FIELD_NUMBER: _ClassVar[int]
    FROZEN_SPINS_FIELD_NUMBER: _ClassVar[int]
    STATISTICS_FIELD_NUMBER: _ClassVar[int]
    SCATTERING_FIELD_NUMBER: _ClassVar[int]
    ALLOY_FIELD_NUMBER: _ClassVar[int]
    MEAN_FIELD_FIELD_NUMBER: _ClassVar[int]
    ANDERSON_FIELD_NUMBER: _ClassVar[int]
    RESONANCE_FIELD_NUMBER: _ClassVar[int]
    DIFFUSION_FIELD_NUMBER: _ClassVar[int]
    WIRE_FIELD_NUMBER: _ClassVar[int]
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    FILM_FIELD_NUMBER: _ClassVar[int]
    calculation: TransportCalculation
    impurity: TransportImpurity
    edge: TransportEdge
    conditions: TransportConditions
    integrals: TransportIntegrals
    array: TransportArray
    rotated_coupling: TransportRotatedCoupling
    texture: TransportTexture
    magnetization: TransportMagnetization
    potential: TransportPotential
    frozen_spins: TransportFrozenSpins
    statistics: TransportStatistics
    scattering: TransportScattering
    alloy: TransportAlloy
    mean_field: TransportMeanField
    anderson: TransportAnderson
    resonance: TransportResonance
    diffusion: TransportDiffusion
    wire: TransportWire
    contacts: TransportContacts
    film: TransportFilm
    def __init__(self, calculation: _Optional[_Union[TransportCalculation, _Mapping]] = ..., impurity: _Optional[_Union[TransportImpurity, _Mapping]] = ..., edge: _Optional[_Union[TransportEdge, _Mapping]] = ..., conditions: _Optional[_Union[TransportConditions, _Mapping]] = ..., integrals: _Optional[_Union[TransportIntegrals, _Mapping]] = ..., array: _Optional[_Union[TransportArray, _Mapping]] = ..., rotated_coupling: _Optional[_Union[TransportRotatedCoupling, _Mapping]] = ..., texture: _Optional[_Union[TransportTexture, _Mapping]] = ..., magnetization: _Optional[_Union[TransportMagnetization, _Mapping]] = ..., potential: _Optional[_Union[TransportPotential, _Mapping]] = ..., frozen_spins: _Optional[_Union[TransportFrozenSpins, _Mapping]] = ..., statistics: _Optional[_Union[TransportStatistics, _Mapping]] = ..., scattering: _Optional[_Union[TransportScattering, _Mapping]] = ..., alloy: _Optional[_Union[TransportAlloy, _Mapping]] = ..., mean_field: _Optional[_Union[TransportMeanField, _Mapping]] = ..., anderson: _Optional[_Union[TransportAnderson, _Mapping]] = ..., resonance: _Optional[_Union[TransportResonance, _Mapping]] = ..., diffusion: _Optional[_Union[TransportDiffusion, _Mapping]] = ..., wire: _Optional[_Union[TransportWire, _Mapping]] = ..., contacts: _Optional[_Union[TransportContacts, _Mapping]] = ..., film: _Optional[_Union[TransportFilm, _Mapping]] = ...) -> None: ...

class TransportCalculation(_message.Message):
    __slots__ = ("kind", "units", "exchange_field", "density_matrix", "tolerance", "starts", "variant", "densities")
    KIND_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_FIELD_NUMBER: _ClassVar[int]
    DENSITY_MATRIX_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    STARTS_FIELD_NUMBER: _ClassVar[int]
    VARIANT_FIELD_NUMBER: _ClassVar[int]
    DENSITIES_FIELD_NUMBER: _ClassVar[int]
    kind: TransportKind
    units: TransportUnits
    exchange_field: TransportExchangeField
    density_matrix: bool
    tolerance: float
    starts: int
    variant: TransportVariant
    densities: bool
    def __init__(self, kind: _Optional[_Union[TransportKind, str]] = ..., units: _Optional[_Union[TransportUnits, str]] = ..., exchange_field: _Optional[_Union[TransportExchangeField, str]] = ..., density_matrix: bool = ..., tolerance: _Optional[float] = ..., starts: _Optional[int] = ..., variant: _Optional[_Union[TransportVariant, str]] = ..., densities: bool = ...) -> None: ...

class TransportImpurity(_message.Message):
    __slots__ = ("coupling", "coupling_x", "coupling_y", "coupling_z", "coupling_mev_nm", "coupling_x_mev_nm", "coupling_y_mev_nm", "coupling_z_mev_nm", "spin", "kondo_temperature", "kondo_temperature_kelvin")
    COUPLING_FIELD_NUMBER: _ClassVar[int]
    COUPLING_X_FIELD_NUMBER: _ClassVar[int]
    COUPLING_Y_FIELD_NUMBER: _ClassVar[int]
    COUPLING_Z_FIELD_NUMBER: _ClassVar[int]
    COUPLING_MEV_NM_FIELD_NUMBER: _ClassVar[int]
    COUPLING_X_MEV_NM_FIELD_NUMBER: _ClassVar[int]
    COUPLING_Y_MEV_NM_FIELD_NUMBER: _ClassVar[int]
    COUPLING_Z_MEV_NM_FIELD_NUMBER: _ClassVar[int]
    SPIN_FIELD_NUMBER: _ClassVar[int]
    KONDO_TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    KONDO_TEMPERATURE_KELVIN_FIELD_NUMBER: _ClassVar[int]
    coupling: _containers.RepeatedScalarFieldContainer[float]
    coupling_x: float
    coupling_y: float
    coupling_z: float
    coupling_mev_nm: _containers.RepeatedScalarFieldContainer[float]
    coupling_x_mev_nm: float
    coupling_y_mev_nm: float
    coupling_z_mev_nm: float
    spin: float
    kondo_temperature: float
    kondo_temperature_kelvin: float
    def __init__(self, coupling: _Optional[_Iterable[float]] = ..., coupling_x: _Optional[float] = ..., coupling_y: _Optional[float] = ..., coupling_z: _Optional[float] = ..., coupling_mev_nm: _Optional[_Iterable[float]] = ..., coupling_x_mev_nm: _Optional[float] = ..., coupling_y_mev_nm: _Optional[float] = ..., coupling_z_mev_nm: _Optional[float] = ..., spin: _Optional[float] = ..., kondo_temperature: _Optional[float] = ..., kondo_temperature_kelvin: _Optional[float] = ...) -> None: ...

class TransportEdge(_message.Message):
    __slots__ = ("texture", "fermi_level", "fermi_velocity_m_per_s", "texture_wavenumber_per_m", "fermi_level_ev", "length_nm", "hbar_velocity_mev_nm", "energy_mev", "wavenumber_per_nm")
    TEXTURE_FIELD_NUMBER: _ClassVar[int]
    FERMI_LEVEL_FIELD_NUMBER: _ClassVar[int]
    FERMI_VELOCITY_M_PER_S_FIELD_NUMBER: _ClassVar[int]
    TEXTURE_WAVENUMBER_PER_M_FIELD_NUMBER: _ClassVar[int]
    FERMI_LEVEL_EV_FIELD_NUMBER: _ClassVar[int]
    LENGTH_NM_FIELD_NUMBER: _ClassVar[int]
    HBAR_VELOCITY_MEV_NM_FIELD_NUMBER: _ClassVar[int]
    ENERGY_MEV_FIELD_NUMBER: _ClassVar[int]
    WAVENUMBER_PER_NM_FIELD_NUMBER: _ClassVar[int]
    texture: _containers.RepeatedScalarFieldContainer[float]
    fermi_level: float
    fermi_velocity_m_per_s: float
    texture_wavenumber_per_m: float
    fermi_level_ev: float
    length_nm: float
    hbar_velocity_mev_nm: float
    energy_mev: float
    wavenumber_per_nm: float
    def __init__(self, texture: _Optional[_Iterable[float]] = ..., fermi_level: _Optional[float] = ..., fermi_velocity_m_per_s: _Optional[float] = ..., texture_wavenumber_per_m: _Optional[float] = ..., fermi_level_ev: _Optional[float] = ..., length_nm: _Optional[float] = ..., hbar_velocity_mev_nm: _Optional[float] = ..., energy_mev: _Optional[float] = ..., wavenumber_per_nm: _Optional[float] = ...) -> None: ...

class TransportConditions(_message.Message):
    __slots__ = ("bias", "temperature_kelvin", "bias_volt")
    BIAS_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_KELVIN_FIELD_NUMBER: _ClassVar[int]
    BIAS_VOLT_FIELD_NUMBER: _ClassVar[int]
    bias: _containers.RepeatedScalarFieldContainer[float]
    temperature_kelvin: _containers.RepeatedScalarFieldContainer[float]
    bias_volt: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, bias: _Optional[_Iterable[float]] = ..., temperature_kelvin: _Optional[_Iterable[float]] = ..., bias_volt: _Optional[_Iterable[float]] = ...) -> None: ...

class TransportIntegrals(_message.Message):
    __slots__ = ("argument",)
    ARGUMENT_FIELD_NUMBER: _ClassVar[int]
    argument: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, argument: _Optional[_Iterable[float]] = ...) -> None: ...

class TransportArray(_message.Message):
    __slots__ = ("impurities", "bonds", "delta_v_mev_nm", "spin")
    IMPURITIES_FIELD_NUMBER: _ClassVar[int]
    BONDS_FIELD_NUMBER: _ClassVar[int]
    DELTA_V_MEV_NM_FIELD_NUMBER: _ClassVar[int]
    SPIN_FIELD_NUMBER: _ClassVar[int]
    impurities: _containers.RepeatedCompositeFieldContainer[TransportArrayImpurity]
    bonds: _containers.RepeatedCompositeFieldContainer[TransportBond]
    delta_v_mev_nm: float
    spin: float
    def __init__(self, impurities: _Optional[_Iterable[_Union[TransportArrayImpurity, _Mapping]]] = ..., bonds: _Optional[_Iterable[_Union[TransportBond, _Mapping]]] = ..., delta_v_mev_nm: _Optional[float] = ..., spin: _Optional[float] = ...) -> None: ...

class TransportArrayImpurity(_message.Message):
    __slots__ = ("position_nm", "theta_rad", "phi_rad", "coupling")
    POSITION_NM_FIELD_NUMBER: _ClassVar[int]
    THETA_RAD_FIELD_NUMBER: _ClassVar[int]
    PHI_RAD_FIELD_NUMBER: _ClassVar[int]
    COUPLING_FIELD_NUMBER: _ClassVar[int]
    position_nm: float
    theta_rad: float
    phi_rad: float
    coupling: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, position_nm: _Optional[float] = ..., theta_rad: _Optional[float] = ..., phi_rad: _Optional[float] = ..., coupling: _Optional[_Iterable[float]] = ...) -> None: ...

class TransportBond(_message.Message):
    __slots__ = ("exchange_mev",)
    EXCHANGE_MEV_FIELD_NUMBER: _ClassVar[int]
    exchange_mev: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, exchange_mev: _Optional[_Iterable[float]] = ...) -> None: ...

class TransportRotatedCoupling(_message.Message):
    __slots__ = ("j11", "j33", "j13")
    J11_FIELD_NUMBER: _ClassVar[int]
    J33_FIELD_NUMBER: _ClassVar[int]
    J13_FIELD_NUMBER: _ClassVar[int]
    j11: float
    j33: float
    j13: float
    def __init__(self, j11: _Optional[float] = ..., j33: _Optional[float] = ..., j13: _Optional[float] = ...) -> None: ...

class TransportTexture(_message.Message):
    __slots__ = ("kind", "theta_max_rad", "pitch_rad_per_nm", "position_nm", "theta_rad", "phi_rad")
    KIND_FIELD_NUMBER: _ClassVar[int]
    THETA_MAX_RAD_FIELD_NUMBER: _ClassVar[int]
    PITCH_RAD_PER_NM_FIELD_NUMBER: _ClassVar[int]
    POSITION_NM_FIELD_NUMBER: _ClassVar[int]
    THETA_RAD_FIELD_NUMBER: _ClassVar[int]
    PHI_RAD_FIELD_NUMBER: _ClassVar[int]
    kind: TransportTextureKind
    theta_max_rad: float
    pitch_rad_per_nm: float
    position_nm: _containers.RepeatedScalarFieldContainer[float]
    theta_rad: _containers.RepeatedScalarFieldContainer[float]
    phi_rad: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, kind: _Optional[_Union[TransportTextureKind, str]] = ..., theta_max_rad: _Optional[float] = ..., pitch_rad_per_nm: _Optional[float] = ..., position_nm: _Optional[_Iterable[float]] = ..., theta_rad: _Optional[_Iterable[float]] = ..., phi_rad: _Optional[_Iterable[float]] = ...) -> None: ...

class TransportMagnetization(_message.Message):
    __slots__ = ("kind", "m_mev", "m_along_axis_mev", "position_nm")
    KIND_FIELD_NUMBER: _ClassVar[int]
    M_MEV_FIELD_NUMBER: _ClassVar[int]
    M_ALONG_AXIS_MEV_FIELD_NUMBER: _ClassVar[int]
    POSITION_NM_FIELD_NUMBER: _ClassVar[int]
    kind: TransportMagnetizationKind
    m_mev: _containers.RepeatedScalarFieldContainer[float]
    m_along_axis_mev: float
    position_nm: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, kind: _Optional[_Union[TransportMagnetizationKind, str]] = ..., m_mev: _Optional[_Iterable[float]] = ..., m_along_axis_mev: _Optional[float] = ..., position_nm: _Optional[_Iterable[float]] = ...) -> None: ...

class TransportPotential(_message.Message):
    __slots__ = ("kind", "potential_mev", "position_nm")
    KIND_FIELD_NUMBER: _ClassVar[int]
    POTENTIAL_MEV_FIELD_NUMBER: _ClassVar[int]
    POSITION_NM_FIELD_NUMBER: _ClassVar[int]
    kind: TransportPotentialKind
    potential_mev: _containers.RepeatedScalarFieldContainer[float]
    position_nm: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, kind: _Optional[_Union[TransportPotentialKind, str]] = ..., potential_mev: _Optional[_Iterable[float]] = ..., position_nm: _Optional[_Iterable[float]] = ...) -> None: ...

class TransportFrozenSpins(_message.Message):
    __slots__ = ("count", "strength", "theta_max_rad")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    THETA_MAX_RAD_FIELD_NUMBER: _ClassVar[int]
    count: int
    strength: float
    theta_max_rad: float
    def __init__(self, count: _Optional[int] = ..., strength: _Optional[float] = ..., theta_max_rad: _Optional[float] = ...) -> None: ...

class TransportStatistics(_message.Message):
    __slots__ = ("realizations", "seed")
    REALIZATIONS_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    realizations: int
    seed: int
    def __init__(self, realizations: _Optional[int] = ..., seed: _Optional[int] = ...) -> None: ...

class TransportScattering(_message.Message):
    __slots__ = ("kind", "eta0_rad", "eta1_rad", "eta2_rad", "channels", "a_real", "a_imaginary", "b_real", "b_imaginary", "a_prime_real", "a_prime_imaginary", "b_prime_real", "b_prime_imaginary")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ETA0_RAD_FIELD_NUMBER: _ClassVar[int]
    ETA1_RAD_FIELD_NUMBER: _ClassVar[int]
    ETA2_RAD_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    A_REAL_FIELD_NUMBER: _ClassVar[int]
    A_IMAGINARY_FIELD_NUMBER: _ClassVar[int]
    B_REAL_FIELD_NUMBER: _ClassVar[int]
    B_IMAGINARY_FIELD_NUMBER: _ClassVar[int]
    A_PRIME_REAL_FIELD_NUMBER: _ClassVar[int]
    A_PRIME_IMAGINARY_FIELD_NUMBER: _ClassVar[int]
    B_PRIME_REAL_FIELD_NUMBER: _ClassVar[int]
    B_PRIME_IMAGINARY_FIELD_NUMBER: _ClassVar[int]
    kind: TransportScatteringKind
    eta0_rad: float
    eta1_rad: float
    eta2_rad: float
    channels: _containers.RepeatedCompositeFieldContainer[TransportChannel]
    a_real: _containers.RepeatedScalarFieldContainer[float]
    a_imaginary: _containers.RepeatedScalarFieldContainer[float]
    b_real: _containers.RepeatedScalarFieldContainer[float]
    b_imaginary: _containers.RepeatedScalarFieldContainer[float]
    a_prime_real: _containers.RepeatedScalarFieldContainer[float]
    a_prime_imaginary: _containers.RepeatedScalarFieldContainer[float]
    b_prime_real: _containers.RepeatedScalarFieldContainer[float]
    b_prime_imaginary: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, kind: _Optional[_Union[TransportScatteringKind, str]] = ..., eta0_rad: _Optional[float] = ..., eta1_rad: _Optional[float] = ..., eta2_rad: _Optional[float] = ..., channels: _Optional[_Iterable[_Union[TransportChannel, _Mapping]]] = ..., a_real: _Optional[_Iterable[float]] = ..., a_imaginary: _Optional[_Iterable[float]] = ..., b_real: _Optional[_Iterable[float]] = ..., b_imaginary: _Optional[_Iterable[float]] = ..., a_prime_real: _Optional[_Iterable[float]] = ..., a_prime_imaginary: _Optional[_Iterable[float]] = ..., b_prime_real: _Optional[_Iterable[float]] = ..., b_prime_imaginary: _Optional[_Iterable[float]] = ...) -> None: ...

class TransportChannel(_message.Message):
    __slots__ = ("l", "twice_j", "phase_shift_rad", "amplitude_real", "amplitude_imaginary")
    L_FIELD_NUMBER: _ClassVar[int]
    TWICE_J_FIELD_NUMBER: _ClassVar[int]
    PHASE_SHIFT_RAD_FIELD_NUMBER: _ClassVar[int]
    AMPLITUDE_REAL_FIELD_NUMBER: _ClassVar[int]
    AMPLITUDE_IMAGINARY_FIELD_NUMBER: _ClassVar[int]
    l: int
    twice_j: int
    phase_shift_rad: float
    amplitude_real: float
    amplitude_imaginary: float
    def __init__(self, l: _Optional[int] = ..., twice_j: _Optional[int] = ..., phase_shift_rad: _Optional[float] = ..., amplitude_real: _Optional[float] = ..., amplitude_imaginary: _Optional[float] = ...) -> None: ...

class TransportAlloy(_message.Message):
    __slots__ = ("concentration", "fermi_wavenumber_per_nm", "mass_ratio")
    CONCENTRATION_FIELD_NUMBER: _ClassVar[int]
    FERMI_WAVENUMBER_PER_NM_FIELD_NUMBER: _ClassVar[int]
    MASS_RATIO_FIELD_NUMBER: _ClassVar[int]
    concentration: float
    fermi_wavenumber_per_nm: float
    mass_ratio: float
    def __init__(self, concentration: _Optional[float] = ..., fermi_wavenumber_per_nm: _Optional[float] = ..., mass_ratio: _Optional[float] = ...) -> None: ...

class TransportMeanField(_message.Message):
    __slots__ = ("coupling", "filling", "energy", "degeneracy")
    COUPLING_FIELD_NUMBER: _ClassVar[int]
    FILLING_FIELD_NUMBER: _ClassVar[int]
    ENERGY_FIELD_NUMBER: _ClassVar[int]
    DEGENERACY_FIELD_NUMBER: _ClassVar[int]
    coupling: float
    filling: float
    energy: _containers.RepeatedScalarFieldContainer[float]
    degeneracy: int
    def __init__(self, coupling: _Optional[float] = ..., filling: _Optional[float] = ..., energy: _Optional[_Iterable[float]] = ..., degeneracy: _Optional[int] = ...) -> None: ...

class TransportAnderson(_message.Message):
    __slots__ = ("level_ev", "repulsion_ev", "hybridization_ev")
    LEVEL_EV_FIELD_NUMBER: _ClassVar[int]
    REPULSION_EV_FIELD_NUMBER: _ClassVar[int]
    HYBRIDIZATION_EV_FIELD_NUMBER: _ClassVar[int]
    level_ev: float
    repulsion_ev: float
    hybridization_ev: float
    def __init__(self, level_ev: _Optional[float] = ..., repulsion_ev: _Optional[float] = ..., hybridization_ev: _Optional[float] = ...) -> None: ...

class TransportResonance(_message.Message):
    __slots__ = ("width_ev", "level_ev")
    WIDTH_EV_FIELD_NUMBER: _ClassVar[int]
    LEVEL_EV_FIELD_NUMBER: _ClassVar[int]
    width_ev: float
    level_ev: float
    def __init__(self, width_ev: _Optional[float] = ..., level_ev: _Optional[float] = ...) -> None: ...

class TransportDiffusion(_message.Message):
    __slots__ = ("d_longitudinal_m2_per_s", "d_transverse_m2_per_s", "tau_s_s", "d_charge_m2_per_s", "kappa_m2_per_s", "d_theta_m2_per_s", "density_of_states_per_j_m3")
    D_LONGITUDINAL_M2_PER_S_FIELD_NUMBER: _ClassVar[int]
    D_TRANSVERSE_M2_PER_S_FIELD_NUMBER: _ClassVar[int]
    TAU_S_S_FIELD_NUMBER: _ClassVar[int]
    D_CHARGE_M2_PER_S_FIELD_NUMBER: _ClassVar[int]
    KAPPA_M2_PER_S_FIELD_NUMBER: _ClassVar[int]
    D_THETA_M2_PER_S_FIELD_NUMBER: _ClassVar[int]
    DENSITY_OF_STATES_PER_J_M3_FIELD_NUMBER: _ClassVar[int]
    d_longitudinal_m2_per_s: float
    d_transverse_m2_per_s: float
    tau_s_s: float
    d_charge_m2_per_s: float
    kappa_m2_per_s: float
    d_theta_m2_per_s: float
    density_of_states_per_j_m3: float
    def __init__(self, d_longitudinal_m2_per_s: _Optional[float] = ..., d_transverse_m2_per_s: _Optional[float] = ..., tau_s_s: _Optional[float] = ..., d_charge_m2_per_s: _Optional[float] = ..., kappa_m2_per_s: _Optional[float] = ..., d_theta_m2_per_s: _Optional[float] = ..., density_of_states_per_j_m3: _Optional[float] = ...) -> None: ...

class TransportWire(_message.Message):
    __slots__ = ("left", "right", "left_at_nm", "right_at_nm", "injector_nm", "detector_nm")
    LEFT_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    LEFT_AT_NM_FIELD_NUMBER: _ClassVar[int]
    RIGHT_AT_NM_FIELD_NUMBER: _ClassVar[int]
    INJECTOR_NM_FIELD_NUMBER: _ClassVar[int]
    DETECTOR_NM_FIELD_NUMBER: _ClassVar[int]
    left: TransportWireEnd
    right: TransportWireEnd
    left_at_nm: float
    right_at_nm: float
    injector_nm: float
    detector_nm: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, left: _Optional[_Union[TransportWireEnd, str]] = ..., right: _Optional[_Union[TransportWireEnd, str]] = ..., left_at_nm: _Optional[float] = ..., right_at_nm: _Optional[float] = ..., injector_nm: _Optional[float] = ..., detector_nm: _Optional[_Iterable[float]] = ...) -> None: ...

class TransportContacts(_message.Message):
    __slots__ = ("injector_polarization", "detector_polarization", "area_nm2")
    INJECTOR_POLARIZATION_FIELD_NUMBER: _ClassVar[int]
    DETECTOR_POLARIZATION_FIELD_NUMBER: _ClassVar[int]
    AREA_NM2_FIELD_NUMBER: _ClassVar[int]
    injector_polarization: float
    detector_polarization: float
    area_nm2: float
    def __init__(self, injector_polarization: _Optional[float] = ..., detector_polarization: _Optional[float] = ..., area_nm2: _Optional[float] = ...) -> None: ...

class TransportFilm(_message.Message):
    __slots__ = ("length_nm", "width_nm", "cells_x", "cells_y", "left", "right", "sources", "detectors", "voltage_at_nm")
    LENGTH_NM_FIELD_NUMBER: _ClassVar[int]
    WIDTH_NM_FIELD_NUMBER: _ClassVar[int]
    CELLS_X_FIELD_NUMBER: _ClassVar[int]
    CELLS_Y_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    DETECTORS_FIELD_NUMBER: _ClassVar[int]
    VOLTAGE_AT_NM_FIELD_NUMBER: _ClassVar[int]
    length_nm: float
    width_nm: float
    cells_x: int
    cells_y: int
    left: TransportFilmEnd
    right: TransportFilmEnd
    sources: _containers.RepeatedCompositeFieldContainer[TransportSource]
    detectors: _containers.RepeatedCompositeFieldContainer[TransportRectangle]
    voltage_at_nm: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, length_nm: _Optional[float] = ..., width_nm: _Optional[float] = ..., cells_x: _Optional[int] = ..., cells_y: _Optional[int] = ..., left: _Optional[_Union[TransportFilmEnd, str]] = ..., right: _Optional[_Union[TransportFilmEnd, str]] = ..., sources: _Optional[_Iterable[_Union[TransportSource, _Mapping]]] = ..., detectors: _Optional[_Iterable[_Union[TransportRectangle, _Mapping]]] = ..., voltage_at_nm: _Optional[_Iterable[float]] = ...) -> None: ...

class TransportSource(_message.Message):
    __slots__ = ("x_nm", "y_nm", "charge_per_s_m", "spin_per_s_m")
    X_NM_FIELD_NUMBER: _ClassVar[int]
    Y_NM_FIELD_NUMBER: _ClassVar[int]
    CHARGE_PER_S_M_FIELD_NUMBER: _ClassVar[int]
    SPIN_PER_S_M_FIELD_NUMBER: _ClassVar[int]
    x_nm: _containers.RepeatedScalarFieldContainer[float]
    y_nm: _containers.RepeatedScalarFieldContainer[float]
    charge_per_s_m: float
    spin_per_s_m: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, x_nm: _Optional[_Iterable[float]] = ..., y_nm: _Optional[_Iterable[float]] = ..., charge_per_s_m: _Optional[float] = ..., spin_per_s_m: _Optional[_Iterable[float]] = ...) -> None: ...

class TransportRectangle(_message.Message):
    __slots__ = ("x_nm", "y_nm")
    X_NM_FIELD_NUMBER: _ClassVar[int]
    Y_NM_FIELD_NUMBER: _ClassVar[int]
    x_nm: _containers.RepeatedScalarFieldContainer[float]
    y_nm: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, x_nm: _Optional[_Iterable[float]] = ..., y_nm: _Optional[_Iterable[float]] = ...) -> None: ...
