"""Documents of transport: helical conductance and its protection, spin Hall effect of Kondo alloys.

Every function returns a document for :func:`edgestate.run`, :func:`edgestate.sweep` and, where it
is small, :func:`edgestate.compute`. What is None is left out: the server fills in its default, or a
sweep axis gives the values. Units are in the names; a name without a unit is dimensionless
(hbar = k_B = 1). A list of several values is a dimension of the result.

Conductances come in both normalisations, ``..._paper`` (as published) and ``..._landauer`` (one
backscattered electron costs e: half of it).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

Numbers = float | Sequence[float] | np.ndarray
Matrix = Sequence[float] | Sequence[Sequence[float]] | np.ndarray
Tables = Iterable[Mapping[str, Any]]


def conductance(
    *,
    coupling: Matrix | None = None,
    texture: Numbers | None = None,
    bias: Numbers | None = None,
    fermi_level: float | None = None,
    spin: float | None = None,
    kondo_temperature: float | None = None,
    exchange_field: str | None = None,
    density_matrix: bool | None = None,
) -> dict[str, Any]:
    r"""One magnetic impurity on a helical edge with a spin texture, dimensionless.

    .. math:: H = v_F k \sigma_z + \sum_{kl} J_{kl} S_k \sigma_l, \qquad
              \delta G = \frac{dJ}{dV} / \frac{e^2}{h}

    Stationary state of the master equation (10) and current (12) of Yevtushenko and Yudson,
    Phys. Rev. B 104, 195414 (2021); closed forms (14), (16)-(19) beside it where they hold.

    Parameters
    ----------
    coupling : array of shape (3, 3), or 3 numbers of a diagonal matrix
        J/(hbar vF) below 1; row = impurity spin, column = electron spin. Leave it out to sweep
        ``coupling_x``, ``coupling_y``, ``coupling_z``.
    texture : float or sequence
        T/(vF k0) >= 0, default 0.
    bias : float or sequence
        eV/(2 k_B T), default 0.
    fermi_level : float
        From the Dirac point, over k_B T; default 0.
    spin : float
        1/2 (default), 1, ..., 15/2.
    kondo_temperature : float
        T_K/T: only to warn.
    exchange_field : {"left-out", "included"}
        The mean field of the electrons on the spin, which Eq. (10) leaves out.
    density_matrix : bool
        Whether the stationary state is returned.

    Examples
    --------
    >>> conductance(coupling=[0.25, 0.25, 0.25], texture=0.1)["edge"]
    {'texture': 0.1}
    """
    return _document(
        "conductance",
        {"exchange_field": exchange_field, "density_matrix": density_matrix},
        impurity={"coupling": coupling, "spin": spin, "kondo_temperature": kondo_temperature},
        edge={"texture": texture, "fermi_level": fermi_level},
        conditions={"bias": bias},
    )


def laboratory_conductance(
    *,
    coupling_mev_nm: Matrix | None = None,
    fermi_velocity_m_per_s: float | None = None,
    temperature_kelvin: Numbers | None = None,
    bias_volt: Numbers | None = None,
    texture_wavenumber_per_m: float | None = None,
    fermi_level_ev: float | None = None,
    spin: float | None = None,
    kondo_temperature_kelvin: float | None = None,
    exchange_field: str | None = None,
    density_matrix: bool | None = None,
) -> dict[str, Any]:
    """:func:`conductance` in laboratory units.

    Parameters
    ----------
    coupling_mev_nm : array of shape (3, 3), or 3 numbers of a diagonal matrix
        J in meV nm.
    fermi_velocity_m_per_s : float
        vF > 0 in m/s.
    temperature_kelvin : float or sequence
        T > 0 in K.
    bias_volt : float or sequence
        V in volt, default 0.
    texture_wavenumber_per_m : float
        k0 > 0 of the texture in 1/m; left out: no texture.
    fermi_level_ev : float
        From the Dirac point in eV, default 0.

    The others as for :func:`conductance`; T_K in K.
    """
    return _document(
        "conductance",
        {
            "units": "laboratory",
            "exchange_field": exchange_field,
            "density_matrix": density_matrix,
        },
        impurity={
            "coupling_mev_nm": coupling_mev_nm,
            "spin": spin,
            "kondo_temperature_kelvin": kondo_temperature_kelvin,
        },
        edge={
            "fermi_velocity_m_per_s": fermi_velocity_m_per_s,
            "texture_wavenumber_per_m": texture_wavenumber_per_m,
            "fermi_level_ev": fermi_level_ev,
        },
        conditions={"temperature_kelvin": temperature_kelvin, "bias_volt": bias_volt},
    )


def texture_integrals(argument: Numbers | None = None) -> dict[str, Any]:
    r"""I_c and I_s, :math:`\int_0^\infty d\epsilon \cos(X \epsilon^2)/\cosh^2 \epsilon` and sin.

    Parameters
    ----------
    argument : float or sequence
        X = 8 (T/(vF k0))^2, at most 1e4 in magnitude.
    """
    return _document("texture-integrals", integrals={"argument": argument})


def protection(
    impurities: Tables,
    *,
    bonds: Tables | None = None,
    delta_v_mev_nm: float | None = None,
    spin: float | None = None,
    tolerance: float | None = None,
    starts: int | None = None,
) -> dict[str, Any]:
    """Is the total S_z of an edge with these impurities conserved in a rotating frame?

    Yevtushenko and Yudson, New J. Phys. 24, 023040 (2022), Eqs. (C4)-(C6), (18), (20). If it is,
    the dc conductance is e^2/h; a criterion, never a conductance.

    Parameters
    ----------
    impurities : iterable of mappings
        ``coupling`` (J/(hbar vF), 9 or 3 numbers), ``position_nm`` (increasing), ``theta_rad`` and
        ``phi_rad`` of the spin-orbit axis there.
    bonds : iterable of mappings
        ``exchange_mev`` (9 or 3 numbers) between neighbours, all or none.
    delta_v_mev_nm : float
        dV of the density interaction (dV/2)(rho_up - rho_down)^2 in meV nm, default 0.
    spin : float
        Of the impurities, for the sub-ballistic correction; default 1/2.
    tolerance : float
        Of the exact criterion, relative; default 1e-12.
    starts : int
        Starts of the joint minimization, >= 60 (default).

    Examples
    --------
    >>> protection([{"coupling": [1, 1, 0.5], "theta_rad": 0.3}])["array"]["impurities"]
    [{'coupling': [1, 1, 0.5], 'theta_rad': 0.3}]
    """
    return _document(
        "protection",
        {"tolerance": tolerance, "starts": starts},
        array={
            "impurities": [dict(one) for one in impurities],
            "bonds": None if bonds is None else [dict(one) for one in bonds],
            "delta_v_mev_nm": delta_v_mev_nm,
            "spin": spin,
        },
    )


def sub_ballistic(
    *, j11: float | None = None, j33: float | None = None, j13: float | None = None
) -> dict[str, Any]:
    """The correction of one off-diagonal coupling (Sec. IV C), by its closed form and in general.

    Parameters
    ----------
    j11, j33, j13 : float
        Rotated couplings over hbar vF, J22 = J11; below 1 in magnitude.
    """
    return _document("sub-ballistic", rotated_coupling={"j11": j11, "j33": j33, "j13": j13})


def edge_transmission(
    *,
    length_nm: float | None = None,
    hbar_velocity_mev_nm: float | None = None,
    energy_mev: float | None = None,
    texture: Mapping[str, Any] | None = None,
    magnetization: Mapping[str, Any] | None = None,
    potential: Mapping[str, Any] | None = None,
    tolerance: float | None = None,
) -> dict[str, Any]:
    """Landauer transmission of the Dirac edge with an axis n(x), frozen spins m(x), potential U(x).

    Parameters
    ----------
    length_nm : float
        L > 0 in nm.
    hbar_velocity_mev_nm : float
        hbar vF > 0 in meV nm.
    energy_mev : float
        E in meV, default 0.
    texture : mapping
        ``kind`` "axial" (default), "bump" (``theta_max_rad``, ``pitch_rad_per_nm``) or "table"
        (``position_nm``, ``theta_rad``, ``phi_rad``).
    magnetization : mapping
        ``kind`` "none" (default), "constant" or "bump" (``m_mev``, 3 numbers), "along-axis"
        (``m_along_axis_mev``) or "table" (``position_nm``, ``m_mev`` of shape (count, 3)).
    potential : mapping
        ``potential_mev``; with ``kind`` "table" also ``position_nm``.
    tolerance : float
        Absolute in T, relative in ln T; default 1e-9.
    """
    return _document(
        "edge-transmission",
        {"tolerance": tolerance},
        edge={
            "length_nm": length_nm,
            "hbar_velocity_mev_nm": hbar_velocity_mev_nm,
            "energy_mev": energy_mev,
        },
        texture=texture,
        magnetization=magnetization,
        potential=potential,
    )


def frozen_spins(
    *,
    count: int | None = None,
    strength: float | None = None,
    length_nm: float | None = None,
    wavenumber_per_nm: float | None = None,
    theta_max_rad: float | None = None,
    realizations: int | None = None,
    seed: int | None = None,
) -> dict[str, Any]:
    """Statistics of the transmission through randomly frozen spins, and the localization length.

    Parameters
    ----------
    count : int
        Spins, >= 1.
    strength : float
        |J S|/(hbar vF) of each.
    length_nm : float
        L > 0 in nm.
    wavenumber_per_nm : float
        E/(hbar vF) in 1/nm, default 0.
    theta_max_rad : float
        Largest angle of the local axes, default 0.
    realizations : int
        >= 2, default 1000.
    seed : int
        The same seed gives the same numbers; default 1.
    """
    return _document(
        "frozen-spins",
        edge={"length_nm": length_nm, "wavenumber_per_nm": wavenumber_per_nm},
        frozen_spins={"count": count, "strength": strength, "theta_max_rad": theta_max_rad},
        statistics={"realizations": realizations, "seed": seed},
    )


def repeated_scattering(
    impurities: Tables,
    *,
    wavenumber_per_nm: float | None = None,
    spin: float | None = None,
    density_matrix: bool | None = None,
) -> dict[str, Any]:
    """Quantum spins without mean field: electrons that scatter one after another.

    Parameters
    ----------
    impurities : iterable of mappings
        As for :func:`protection`.
    wavenumber_per_nm : float
        E/(hbar vF) in 1/nm, default 0.
    spin : float
        Of every impurity, default 1/2; (2S+1)^N at most 256.
    density_matrix : bool
        Whether the stationary state is returned.
    """
    return _document(
        "repeated-scattering",
        {"density_matrix": density_matrix},
        edge={"wavenumber_per_nm": wavenumber_per_nm},
        array={"impurities": [dict(one) for one in impurities], "spin": spin},
    )


def phase_shifts(
    eta0_rad: float | None = None, eta1_rad: float | None = None, eta2_rad: float | None = None
) -> dict[str, Any]:
    """Scattering by s and p waves, for :func:`spin_hall` and the spin valves.

    Parameters
    ----------
    eta0_rad, eta1_rad, eta2_rad : float
        l = 0, j = 1/2; l = 1, j = 1/2; l = 1, j = 3/2, in rad.
    """
    return _given(
        {"kind": "phase-shifts", "eta0_rad": eta0_rad, "eta1_rad": eta1_rad, "eta2_rad": eta2_rad}
    )


def partial_waves(channels: Tables) -> dict[str, Any]:
    """Scattering by any partial waves.

    Parameters
    ----------
    channels : iterable of mappings
        ``l``, ``twice_j`` and ``phase_shift_rad``, or ``amplitude_real`` and
        ``amplitude_imaginary`` with abs(a)^2 <= Im a.
    """
    return {"kind": "partial-waves", "channels": [dict(one) for one in channels]}


def alloy(
    concentration: float | None = None,
    *,
    fermi_wavenumber_per_nm: float | None = None,
    mass_ratio: float | None = None,
) -> dict[str, Any]:
    """A parabolic band with impurities.

    Parameters
    ----------
    concentration : float
        n_im/n_c, above 0 and below 1.
    fermi_wavenumber_per_nm : float
        kF in 1/nm; with it answers in SI units, too.
    mass_ratio : float
        m*/m_e, default 1.
    """
    return _given(
        {
            "concentration": concentration,
            "fermi_wavenumber_per_nm": fermi_wavenumber_per_nm,
            "mass_ratio": mass_ratio,
        }
    )


def spin_hall(
    *,
    scattering: Mapping[str, Any],
    alloy: Mapping[str, Any],
    variant: str | None = None,
) -> dict[str, Any]:
    """Spin-charge kinetics of a dilute Kondo alloy (Huang, Tokatly and Cazalilla).

    Parameters
    ----------
    scattering : mapping
        Of :func:`phase_shifts` or :func:`partial_waves`; or ``kind`` "t-matrix" with the Legendre
        series ``a_real``, ``a_imaginary``, ``b_real``, ..., ``b_prime_imaginary``.
    alloy : mapping
        Of :func:`alloy`.
    variant : {"corrected", "printed"}
        Formulas of phase shifts: derived anew (default), or as in the paper.

    Examples
    --------
    >>> spin_hall(scattering=phase_shifts(0.1, 1.57, 0.0), alloy=alloy(0.01))["alloy"]
    {'concentration': 0.01}
    """
    return _document("spin-hall", {"variant": variant}, scattering=scattering, alloy=alloy)


def mean_field(
    *,
    coupling: float | None = None,
    filling: float | None = None,
    energy: Numbers | None = None,
    degeneracy: int | None = None,
) -> dict[str, Any]:
    """Large-N saddle point of the Kondo impurity; energies in units of eF.

    Parameters
    ----------
    coupling : float
        g = J NF > 0.
    filling : float
        q = Q/N, above 0 and below 1.
    energy : float or sequence
        From the Fermi energy: phase shifts there.
    degeneracy : int
        N >= 2: the Wilson ratio.
    """
    fields = {"coupling": coupling, "filling": filling, "energy": energy, "degeneracy": degeneracy}
    return _document("mean-field", mean_field=fields)


def anderson(
    *,
    level_ev: float | None = None,
    repulsion_ev: float | None = None,
    hybridization_ev: float | None = None,
) -> dict[str, Any]:
    """Exchange and potential scattering of an Anderson impurity, e0 < eF < e0 + U.

    Parameters
    ----------
    level_ev : float
        e0 - eF in eV.
    repulsion_ev : float
        U in eV.
    hybridization_ev : float
        V in eV (times the root of the volume).
    """
    fields = {
        "level_ev": level_ev,
        "repulsion_ev": repulsion_ev,
        "hybridization_ev": hybridization_ev,
    }
    return _document("anderson", anderson=fields)


def resonant_level(
    *, width_ev: float | None = None, level_ev: float | None = None
) -> dict[str, Any]:
    """The phase shift of a channel through a resonant level.

    Parameters
    ----------
    width_ev : float
        pi V^2 NF > 0 in eV.
    level_ev : float
        From the Fermi energy in eV, default 0.
    """
    return _document("resonant-level", resonance={"width_ev": width_ev, "level_ev": level_ev})


def spin_valve_wire(
    *,
    wire: Mapping[str, Any],
    diffusion: Mapping[str, Any] | None = None,
    scattering: Mapping[str, Any] | None = None,
    alloy: Mapping[str, Any] | None = None,
    contacts: Mapping[str, Any] | None = None,
    variant: str | None = None,
) -> dict[str, Any]:
    """Spin diffusion, Eq. (16), along a wire, and the non-local resistance.

    Parameters
    ----------
    wire : mapping
        ``detector_nm`` (a list is a dimension), ``injector_nm``, ``left`` and ``right``
        ("infinite", "closed", "sink") with ``left_at_nm``, ``right_at_nm``.
    diffusion : mapping
        ``d_longitudinal_m2_per_s``, ``d_transverse_m2_per_s``, ``tau_s_s``, and
        ``density_of_states_per_j_m3`` for a resistance.
    scattering, alloy : mapping
        Instead of `diffusion`: as for :func:`spin_hall`, kF included.
    contacts : mapping
        ``injector_polarization``, ``detector_polarization``, ``area_nm2``.
    """
    return _document(
        "spin-valve-wire",
        {"variant": variant},
        wire=wire,
        diffusion=diffusion,
        scattering=scattering,
        alloy=alloy,
        contacts=contacts,
    )


def spin_valve_film(
    *,
    film: Mapping[str, Any],
    diffusion: Mapping[str, Any] | None = None,
    scattering: Mapping[str, Any] | None = None,
    alloy: Mapping[str, Any] | None = None,
    densities: bool | None = None,
    variant: str | None = None,
) -> dict[str, Any]:
    """Spin and charge diffusion on a rectangular film.

    Parameters
    ----------
    film : mapping
        ``length_nm``, ``width_nm``, ``cells_x``, ``cells_y``, ``left`` and ``right`` ("closed",
        "sink"), ``sources`` (mappings with ``x_nm``, ``y_nm``: from, to; ``spin_per_s_m``,
        ``charge_per_s_m``), ``detectors`` (``x_nm``, ``y_nm``), ``voltage_at_nm``.
    diffusion : mapping
        As for :func:`spin_valve_wire`, and ``d_charge_m2_per_s``, ``kappa_m2_per_s``,
        ``d_theta_m2_per_s``.
    scattering, alloy : mapping
        Instead of `diffusion`.
    densities : bool
        Whether the densities at all nodes are returned, default True.
    variant : {"corrected", "printed"}, optional
        Formulas of the rates, with phase shifts in `scattering`; see :func:`spin_hall`.
    """
    return _document(
        "spin-valve-film",
        {"densities": densities, "variant": variant},
        film=film,
        diffusion=diffusion,
        scattering=scattering,
        alloy=alloy,
    )


def _document(
    kind: str,
    calculation: Mapping[str, Any] | None = None,
    **tables: Mapping[str, Any] | None,
) -> dict[str, Any]:
    document: dict[str, Any] = {"engine": "transport"}
    document["calculation"] = _given({"kind": kind, **(calculation or {})})
    for name, table in tables.items():
        given = _given(table or {})
        if given:
            document[name] = given
    return document


def _given(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if value is not None}
