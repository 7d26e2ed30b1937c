from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RibbonKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RIBBON_KIND_UNSPECIFIED: _ClassVar[RibbonKind]
    RIBBON_KIND_BANDS: _ClassVar[RibbonKind]
    RIBBON_KIND_BULK: _ClassVar[RibbonKind]
    RIBBON_KIND_DENSITY_OF_STATES: _ClassVar[RibbonKind]
    RIBBON_KIND_WAVE_FUNCTIONS: _ClassVar[RibbonKind]
    RIBBON_KIND_EDGE: _ClassVar[RibbonKind]
    RIBBON_KIND_FOUR_STATE: _ClassVar[RibbonKind]
    RIBBON_KIND_GAP: _ClassVar[RibbonKind]
    RIBBON_KIND_SPIN_ROTATION: _ClassVar[RibbonKind]
    RIBBON_KIND_OWN_BANDS: _ClassVar[RibbonKind]
    RIBBON_KIND_OWN_DENSITY_OF_STATES: _ClassVar[RibbonKind]

class RibbonPreset(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RIBBON_PRESET_UNSPECIFIED: _ClassVar[RibbonPreset]
    RIBBON_PRESET_CUSTOM: _ClassVar[RibbonPreset]
    RIBBON_PRESET_HGTE_7NM: _ClassVar[RibbonPreset]
    RIBBON_PRESET_INAS_GASB_10NM_10NM: _ClassVar[RibbonPreset]

class RibbonRashbaOrders(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RIBBON_RASHBA_ORDERS_UNSPECIFIED: _ClassVar[RibbonRashbaOrders]
    RIBBON_RASHBA_ORDERS_LINEAR: _ClassVar[RibbonRashbaOrders]
    RIBBON_RASHBA_ORDERS_ALL: _ClassVar[RibbonRashbaOrders]

class RibbonMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RIBBON_METHOD_UNSPECIFIED: _ClassVar[RibbonMethod]
    RIBBON_METHOD_LATTICE: _ClassVar[RibbonMethod]
    RIBBON_METHOD_CONTINUUM: _ClassVar[RibbonMethod]

class RibbonSelect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RIBBON_SELECT_UNSPECIFIED: _ClassVar[RibbonSelect]
    RIBBON_SELECT_EDGE: _ClassVar[RibbonSelect]
    RIBBON_SELECT_ALL: _ClassVar[RibbonSelect]
    RIBBON_SELECT_WINDOW: _ClassVar[RibbonSelect]
    RIBBON_SELECT_INDICES: _ClassVar[RibbonSelect]

class RibbonBroadening(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RIBBON_BROADENING_UNSPECIFIED: _ClassVar[RibbonBroadening]
    RIBBON_BROADENING_GAUSSIAN: _ClassVar[RibbonBroadening]
    RIBBON_BROADENING_LORENTZIAN: _ClassVar[RibbonBroadening]
RIBBON_KIND_UNSPECIFIED: RibbonKind
RIBBON_KIND_BANDS: RibbonKind
RIBBON_KIND_BULK: RibbonKind
RIBBON_KIND_DENSITY_OF_STATES: RibbonKind
RIBBON_KIND_WAVE_FUNCTIONS: RibbonKind
RIBBON_KIND_EDGE: RibbonKind
RIBBON_KIND_FOUR_STATE: RibbonKind
RIBBON_KIND_GAP: RibbonKind
RIBBON_KIND_SPIN_ROTATION: RibbonKind
RIBBON_KIND_OWN_BANDS: RibbonKind
RIBBON_KIND_OWN_DENSITY_OF_STATES: RibbonKind
RIBBON_PRESET_UNSPECIFIED: RibbonPreset
RIBBON_PRESET_CUSTOM: RibbonPreset
RIBBON_PRESET_HGTE_7NM: RibbonPreset
RIBBON_PRESET_INAS_GASB_10NM_10NM: RibbonPreset
RIBBON_RASHBA_ORDERS_UNSPECIFIED: RibbonRashbaOrders
RIBBON_RASHBA_ORDERS_LINEAR: RibbonRashbaOrders
RIBBON_RASHBA_ORDERS_ALL: RibbonRashbaOrders
RIBBON_METHOD_UNSPECIFIED: RibbonMethod
RIBBON_METHOD_LATTICE: RibbonMethod
RIBBON_METHOD_CONTINUUM: RibbonMethod
RIBBON_SELECT_UNSPECIFIED: RibbonSelect
RIBBON_SELECT_EDGE: RibbonSelect
RIBBON_SELECT_ALL: RibbonSelect
RIBBON_SELECT_WINDOW: RibbonSelect
RIBBON_SELECT_INDICES: RibbonSelect
RIBBON_BROADENING_UNSPECIFIED: RibbonBroadening
RIBBON_BROADENING_GAUSSIAN: RibbonBroadening
RIBBON_BROADENING_LORENTZIAN: RibbonBroadening

class RibbonCalculation(_message.Message):
    __slots__ = ("kind",)
    KIND_FIELD_NUMBER: _ClassVar[int]
    kind: RibbonKind
    def __init__(self, kind: _Optional[_Union[RibbonKind, str]] = ...) -> None: ...

class RibbonModel(_message.Message):
    __slots__ = ("preset", "a_mev_nm", "b_mev_nm2", "c_mev", "d_mev_nm2", "m_mev", "bia_mev", "field_mev_per_nm", "rashba_orders", "rashba_mev_nm", "rashba2_mev_nm2", "rashba3_mev_nm3")
    PRESET_FIELD_NUMBER: _ClassVar[int]
    A_MEV_NM_FIELD_NUMBER: _ClassVar[int]
    B_MEV_NM2_FIELD_NUMBER: _ClassVar[int]
    C_MEV_FIELD_NUMBER: _ClassVar[int]
    D_MEV_NM2_FIELD_NUMBER: _ClassVar[int]
    M_MEV_FIELD_NUMBER: _ClassVar[int]
    BIA_MEV_FIELD_NUMBER: _ClassVar[int]
    FIELD_MEV_PER_NM_FIELD_NUMBER: _ClassVar[int]
    RASHBA_ORDERS_FIELD_NUMBER: _ClassVar[int]
    RASHBA_MEV_NM_FIELD_NUMBER: _ClassVar[int]
    RASHBA2_MEV_NM2_FIELD_NUMBER: _ClassVar[int]
    RASHBA3_MEV_NM3_FIELD_NUMBER: _ClassVar[int]
    preset: RibbonPreset
    a_mev_nm: float
    b_mev_nm2: float
    c_mev: float
    d_mev_nm2: float
    m_mev: float
    bia_mev: float
    field_mev_per_nm: float
    rashba_orders: RibbonRashbaOrders
    rashba_mev_nm: float
    rashba2_mev_nm2: float
    rashba3_mev_nm3: float
    def __init__(self, preset: _Optional[_Union[RibbonPreset, str]] = ..., a_mev_nm: _Optional[float] = ..., b_mev_nm2: _Optional[float] = ..., c_mev: _Optional[float] = ..., d_mev_nm2: _Optional[float] = ..., m_mev: _Optional[float] = ..., bia_mev: _Optional[float] = ..., field_mev_per_nm: _Optional[float] = ..., rashba_orders: _Optional[_Union[RibbonRashbaOrders, str]] = ..., rashba_mev_nm: _Optional[float] = ..., rashba2_mev_nm2: _Optional[float] = ..., rashba3_mev_nm3: _Optional[float] = ...) -> None: ...

class RibbonAcross(_message.Message):
    __slots__ = ("width_nm", "method", "sites", "spacing_nm", "functions")
    WIDTH_NM_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    SITES_FIELD_NUMBER: _ClassVar[int]
    SPACING_NM_FIELD_NUMBER: _ClassVar[int]
    FUNCTIONS_FIELD_NUMBER: _ClassVar[int]
    width_nm: float
    method: RibbonMethod
    sites: int
    spacing_nm: float
    functions: int
    def __init__(self, width_nm: _Optional[float] = ..., method: _Optional[_Union[RibbonMethod, str]] = ..., sites: _Optional[int] = ..., spacing_nm: _Optional[float] = ..., functions: _Optional[int] = ...) -> None: ...

class RibbonMomentum(_message.Message):
    __slots__ = ("k_per_nm", "from_per_nm", "to_per_nm", "count")
    K_PER_NM_FIELD_NUMBER: _ClassVar[int]
    FROM_PER_NM_FIELD_NUMBER: _ClassVar[int]
    TO_PER_NM_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    k_per_nm: _containers.RepeatedScalarFieldContainer[float]
    from_per_nm: float
    to_per_nm: float
    count: int
    def __init__(self, k_per_nm: _Optional[_Iterable[float]] = ..., from_per_nm: _Optional[float] = ..., to_per_nm: _Optional[float] = ..., count: _Optional[int] = ...) -> None: ...

class RibbonStates(_message.Message):
    __slots__ = ("select", "low_mev", "high_mev", "first", "count", "observables", "edge_depth_nm", "tracked", "resolution_per_nm", "resolution_rad")
    SELECT_FIELD_NUMBER: _ClassVar[int]
    LOW_MEV_FIELD_NUMBER: _ClassVar[int]
    HIGH_MEV_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    OBSERVABLES_FIELD_NUMBER: _ClassVar[int]
    EDGE_DEPTH_NM_FIELD_NUMBER: _ClassVar[int]
    TRACKED_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_PER_NM_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_RAD_FIELD_NUMBER: _ClassVar[int]
    select: RibbonSelect
    low_mev: float
    high_mev: float
    first: int
    count: int
    observables: bool
    edge_depth_nm: float
    tracked: bool
    resolution_per_nm: float
    resolution_rad: float
    def __init__(self, select: _Optional[_Union[RibbonSelect, str]] = ..., low_mev: _Optional[float] = ..., high_mev: _Optional[float] = ..., first: _Optional[int] = ..., count: _Optional[int] = ..., observables: bool = ..., edge_depth_nm: _Optional[float] = ..., tracked: bool = ..., resolution_per_nm: _Optional[float] = ..., resolution_rad: _Optional[float] = ...) -> None: ...

class RibbonEnergy(_message.Message):
    __slots__ = ("from_mev", "to_mev", "count")
    FROM_MEV_FIELD_NUMBER: _ClassVar[int]
    TO_MEV_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    from_mev: float
    to_mev: float
    count: int
    def __init__(self, from_mev: _Optional[float] = ..., to_mev: _Optional[float] = ..., count: _Optional[int] = ...) -> None: ...

class RibbonBroadeningTable(_message.Message):
    __slots__ = ("kind", "half_width_mev")
    KIND_FIELD_NUMBER: _ClassVar[int]
    HALF_WIDTH_MEV_FIELD_NUMBER: _ClassVar[int]
    kind: RibbonBroadening
    half_width_mev: float
    def __init__(self, kind: _Optional[_Union[RibbonBroadening, str]] = ..., half_width_mev: _Optional[float] = ...) -> None: ...

class RibbonDirection(_message.Message):
    __slots__ = ("angle_rad",)
    ANGLE_RAD_FIELD_NUMBER: _ClassVar[int]
    angle_rad: float
    def __init__(self, angle_rad: _Optional[float] = ...) -> None: ...

class RibbonEdge(_message.Message):
    __slots__ = ("exact", "position_nm")
    EXACT_FIELD_NUMBER: _ClassVar[int]
    POSITION_NM_FIELD_NUMBER: _ClassVar[int]
    exact: bool
    position_nm: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, exact: bool = ..., position_nm: _Optional[_Iterable[float]] = ...) -> None: ...

class RibbonInterference(_message.Message):
    __slots__ = ("from_nm", "to_nm")
    FROM_NM_FIELD_NUMBER: _ClassVar[int]
    TO_NM_FIELD_NUMBER: _ClassVar[int]
    from_nm: float
    to_nm: float
    def __init__(self, from_nm: _Optional[float] = ..., to_nm: _Optional[float] = ...) -> None: ...

class RibbonRotation(_message.Message):
    __slots__ = ("conduction_edge_mev", "numerical", "k_per_nm")
    CONDUCTION_EDGE_MEV_FIELD_NUMBER: _ClassVar[int]
    NUMERICAL_FIELD_NUMBER: _ClassVar[int]
    K_PER_NM_FIELD_NUMBER: _ClassVar[int]
    conduction_edge_mev: float
    numerical: bool
    k_per_nm: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, conduction_edge_mev: _Optional[float] = ..., numerical: bool = ..., k_per_nm: _Optional[_Iterable[float]] = ...) -> None: ...

class RibbonBlocks(_message.Message):
    __slots__ = ("orbitals", "sites", "onsite_real_mev", "onsite_imaginary_mev", "across_real_mev", "across_imaginary_mev", "along_real_mev", "along_imaginary_mev", "along_across_up_real_mev", "along_across_up_imaginary_mev", "along_across_down_real_mev", "along_across_down_imaginary_mev")
    ORBITALS_FIELD_NUMBER: _ClassVar[int]
    SITES_FIELD_NUMBER: _ClassVar[int]
    ONSITE_REAL_MEV_FIELD_NUMBER: _ClassVar[int]
    ONSITE_IMAGINARY_MEV_FIELD_NUMBER: _ClassVar[int]
    ACROSS_REAL_MEV_FIELD_NUMBER: _ClassVar[int]
    ACROSS_IMAGINARY_MEV_FIELD_NUMBER: _ClassVar[int]
    ALONG_REAL_MEV_FIELD_NUMBER: _ClassVar[int]
    ALONG_IMAGINARY_MEV_FIELD_NUMBER: _ClassVar[int]
    ALONG_ACROSS_UP_REAL_MEV_FIELD_NUMBER: _ClassVar[int]
    ALONG_ACROSS_UP_IMAGINARY_MEV_FIELD_NUMBER: _ClassVar[int]
    ALONG_ACROSS_DOWN_REAL_MEV_FIELD_NUMBER: _ClassVar[int]
    ALONG_ACROSS_DOWN_IMAGINARY_MEV_FIELD_NUMBER: _ClassVar[int]
    orbitals: int
    sites: int
    onsite_real_mev: _containers.RepeatedScalarFieldContainer[float]
    onsite_imaginary_mev: _containers.RepeatedScalarFieldContainer[float]
    across_real_mev: _containers.RepeatedScalarFieldContainer[float]
    across_imaginary_mev: _containers.RepeatedScalarFieldContainer[float]
    along_real_mev: _containers.RepeatedScalarFieldContainer[float]
    along_imaginary_mev: _containers.RepeatedScalarFieldContainer[float]
    along_across_up_real_mev: _containers.RepeatedScalarFieldContainer[float]
    along_across_up_imaginary_mev: _containers.RepeatedScalarFieldContainer[float]
    along_across_down_real_mev: _containers.RepeatedScalarFieldContainer[float]
    along_across_down_imaginary_mev: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, orbitals: _Optional[int] = ..., sites: _Optional[int] = ..., onsite_real_mev: _Optional[_Iterable[float]] = ..., onsite_imaginary_mev: _Optional[_Iterable[float]] = ..., across_real_mev: _Optional[_Iterable[float]] = ..., across_imaginary_mev: _Optional[_Iterable[float]] = ..., along_real_mev: _Optional[_Iterable[float]] = ..., along_imaginary_mev: _Optional[_Iterable[float]] = ..., along_across_up_real_mev: _Optional[_Iterable[float]] = ..., along_across_up_imaginary_mev: _Optional[_Iterable[float]] = ..., along_across_down_real_mev: _Optional[_Iterable[float]] = ..., along_across_down_imaginary_mev: _Optional[_Iterable[float]] = ...) -> None: ...

class RibbonHop(_message.Message):
    __slots__ = ("cells", "real_mev", "imaginary_mev")
    CELLS_FIELD_NUMBER: _ClassVar[int]
    REAL_MEV_FIELD_NUMBER: _ClassVar[int]
    IMAGINARY_MEV_FIELD_NUMBER: _ClassVar[int]
    cells: int
    real_mev: _containers.RepeatedScalarFieldContainer[float]
    imaginary_mev: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, cells: _Optional[int] = ..., real_mev: _Optional[_Iterable[float]] = ..., imaginary_mev: _Optional[_Iterable[float]] = ...) -> None: ...

class RibbonStrip(_message.Message):
    __slots__ = ("orbitals", "cell_real_mev", "cell_imaginary_mev", "hops")
    ORBITALS_FIELD_NUMBER: _ClassVar[int]
    CELL_REAL_MEV_FIELD_NUMBER: _ClassVar[int]
    CELL_IMAGINARY_MEV_FIELD_NUMBER: _ClassVar[int]
    HOPS_FIELD_NUMBER: _ClassVar[int]
    orbitals: int
    cell_real_mev: _containers.RepeatedScalarFieldContainer[float]
    cell_imaginary_mev: _containers.RepeatedScalarFieldContainer[float]
    hops: _containers.RepeatedCompositeFieldContainer[RibbonHop]
    def __init__(self, orbitals: _Optional[int] = ..., cell_real_mev: _Optional[_Iterable[float]] = ..., cell_imaginary_mev: _Optional[_Iterable[float]] = ..., hops: _Optional[_Iterable[_Union[RibbonHop, _Mapping]]] = ...) -> None: ...

class RibbonPhase(_message.Message):
    __slots__ = ("values_rad", "from_rad", "to_rad", "count")
    VALUES_RAD_FIELD_NUMBER: _ClassVar[int]
    FROM_RAD_FIELD_NUMBER: _ClassVar[int]
    TO_RAD_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    values_rad: _containers.RepeatedScalarFieldContainer[float]
    from_rad: float
    to_rad: float
    count: int
    def __init__(self, values_rad: _Optional[_Iterable[float]] = ..., from_rad: _Optional[float] = ..., to_rad: _Optional[float] = ..., count: _Optional[int] = ...) -> None: ...

class RibbonRequest(_message.Message):
    __slots__ = ("calculation", "model", "ribbon", "momentum", "states", "energy", "broadening", "direction", "edge", "interference", "rotation", "blocks", "strip", "phase")
    CALCULATION_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    RIBBON_FIELD_NUMBER: _ClassVar[int]
    MOMENTUM_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    ENERGY_FIELD_NUMBER: _ClassVar[int]
    BROADENING_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    EDGE_FIELD_NUMBER: _ClassVar[int]
    INTERFERENCE_FIELD_NUMBER: _ClassVar[int]
    ROTATION_FIELD_NUMBER: _ClassVar[int]
    BLOCKS_FIELD_NUMBER: _ClassVar[int]
    STRIP_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    calculation: RibbonCalculation
    model: RibbonModel
    ribbon: RibbonAcross
    momentum: RibbonMomentum
    states: RibbonStates
    energy: RibbonEnergy
    broadening: RibbonBroadeningTable
    direction: RibbonDirection
    edge: RibbonEdge
    interference: RibbonInterference
    rotation: RibbonRotation
    blocks: RibbonBlocks
    strip: RibbonStrip
    phase: RibbonPhase
    def __init__(self, calculation: _Optional[_Union[RibbonCalculation, _Mapping]] = ..., model: _Optional[_Union[RibbonModel, _Mapping]] = ..., ribbon: _Optional[_Union[RibbonAcross, _Mapping]] = ..., momentum: _Optional[_Union[RibbonMomentum, _Mapping]] = ..., states: _Optional[_Union[RibbonStates, _Mapping]] = ..., energy: _Optional[_Union[RibbonEnergy, _Mapping]] = ..., broadening: _Optional[_Union[RibbonBroadeningTable, _Mapping]] = ..., direction: _Optional[_Union[RibbonDirection, _Mapping]] = ..., edge: _Optional[_Union[RibbonEdge, _Mapping]] = ..., interference: _Optional[_Union[RibbonInterference, _Mapping]] = ..., rotation: _Optional[_Union[RibbonRotation, _Mapping]] = ..., blocks: _Optional[_Union[RibbonBlocks, _Mapping]] = ..., strip: _Optional[_Union[RibbonStrip, _Mapping]] = ..., phase: _Optional[_Union[RibbonPhase, _Mapping]] = ...) -> None: ...
