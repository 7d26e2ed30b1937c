"""Documents of ribbons and isolated edges (Ortiz, Molina, Platero and Lunde 2016).

Energies in meV, lengths in nm, wave numbers along the edge in 1/nm. What every calculation answers
is listed in ``docs/ribbon.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgestate.errors import InvalidRequest, Violation

Values = float | Sequence[float] | np.ndarray | Mapping[str, Any]


def model(
    preset: str | None = None,
    *,
    rashba_mev_nm: float | None = None,
    field_mev_per_nm: float | None = None,
    **parameters: float | str,
) -> dict[str, Any]:
    """The table ``[model]``.

    Parameters
    ----------
    preset : {"hgte-7nm", "inas-gasb-10nm-10nm"}, optional
        Gives A, B, D and M; without it they are required.
    rashba_mev_nm : float, optional
        R_0 in meV nm, default 0.
    field_mev_per_nm : float, optional
        Electric field eE_z in meV/nm, from which R_0 follows (HgTe only); with
        ``rashba_orders="all"`` S_0 and T_0, too.
    **parameters
        ``a_mev_nm``, ``b_mev_nm2``, ``c_mev``, ``d_mev_nm2``, ``m_mev``, ``bia_mev``,
        ``rashba2_mev_nm2``, ``rashba3_mev_nm3``, ``rashba_orders``.

    Examples
    --------
    >>> model("hgte-7nm", rashba_mev_nm=156.0)
    {'preset': 'hgte-7nm', 'rashba_mev_nm': 156.0}
    """
    return _given(
        preset=preset,
        rashba_mev_nm=rashba_mev_nm,
        field_mev_per_nm=field_mev_per_nm,
        **parameters,
    )


def bands(
    model: Mapping[str, Any],
    k_per_nm: Values | None = None,
    *,
    width_nm: float | None = None,
    method: str | None = None,
    sites: int | None = None,
    spacing_nm: float | None = None,
    functions: int | None = None,
    select: str = "edge",
    low_mev: float | None = None,
    high_mev: float | None = None,
    first: int | None = None,
    count: int | None = None,
    observables: bool | None = None,
    edge_depth_nm: float | None = None,
    tracked: bool | None = None,
) -> dict[str, Any]:
    """Bands of a ribbon along its edge.

    Parameters
    ----------
    model : mapping
        Of :func:`model`.
    k_per_nm : float, sequence of float or mapping, optional
        Wave numbers in 1/nm; ``{"from_per_nm": ..., "to_per_nm": ..., "count": ...}`` is a grid.
        None: an axis of the sweep gives them.
    width_nm : float, optional
        W in nm; None: an axis of the sweep gives it.
    method : {"lattice", "continuum"}, optional
        Tight binding on `sites` across (or at `spacing_nm`), or polynomials (`functions`).
    select : {"edge", "all", "window", "indices"}
        The four edge states, all bands, those with energies in [`low_mev`, `high_mev`), or `count`
        bands from number `first` on.
    observables : bool, optional
        Also spin and weight at each edge (within `edge_depth_nm`).
    tracked : bool, optional
        Bands followed by overlap through avoided crossings instead of sorted by energy.

    Returns
    -------
    dict
        A document for :func:`edgestate.run` and :func:`edgestate.sweep`.
    """
    across = _given(
        width_nm=width_nm, method=method, sites=sites, spacing_nm=spacing_nm, functions=functions
    )
    states = _given(
        select=select,
        low_mev=low_mev,
        high_mev=high_mev,
        first=first,
        count=count,
        observables=observables,
        edge_depth_nm=edge_depth_nm,
        tracked=tracked,
    )
    return _document(
        "bands", model=model, ribbon=across, momentum=_momentum(k_per_nm), states=states
    )


def bulk(
    model: Mapping[str, Any], k_per_nm: Values | None = None, *, angle_rad: float | None = None
) -> dict[str, Any]:
    """Bulk bands along the direction `angle_rad`, and the edges of the bulk gap."""
    direction = _given(angle_rad=angle_rad)
    return _document("bulk", model=model, momentum=_momentum(k_per_nm), direction=direction)


def density_of_states(
    model: Mapping[str, Any],
    k_per_nm: Values,
    *,
    width_nm: float | None = None,
    sites: int | None = None,
    from_mev: float,
    to_mev: float,
    count: int | None = None,
    half_width_mev: float | None = None,
    broadening: str | None = None,
) -> dict[str, Any]:
    """Density of states per length of a lattice ribbon, 1/(meV nm).

    Parameters
    ----------
    model, width_nm, sites
        As in :func:`bands`.
    k_per_nm
        As in :func:`bands`: ascending; the trapezoid rule is applied over them.
    from_mev, to_mev, count
        Energies.
    half_width_mev : float
        Half width at half maximum in meV.
    broadening : {"gaussian", "lorentzian"}, optional
    """
    return _document(
        "density-of-states",
        model=model,
        ribbon=_given(width_nm=width_nm, sites=sites),
        momentum=_momentum(k_per_nm),
        energy=_given(from_mev=from_mev, to_mev=to_mev, count=count),
        broadening=_given(kind=broadening, half_width_mev=half_width_mev),
    )


def wave_functions(
    model: Mapping[str, Any],
    k_per_nm: Values | None = None,
    *,
    width_nm: float | None = None,
    method: str | None = None,
    sites: int | None = None,
    first: int | None = None,
    count: int | None = None,
) -> dict[str, Any]:
    """Densities across the ribbon: of the edge states, or of `count` states from `first` on."""
    select = "edge" if first is None and count is None else "indices"
    return _document(
        "wave-functions",
        model=model,
        ribbon=_given(width_nm=width_nm, method=method, sites=sites),
        momentum=_momentum(k_per_nm),
        states=_given(select=select, first=first, count=count),
    )


def edge(
    model: Mapping[str, Any],
    k_per_nm: Values | None = None,
    *,
    exact: bool | None = None,
    position_nm: Sequence[float] | np.ndarray | None = None,
) -> dict[str, Any]:
    """One edge of a half plane: the two-state model, and (`exact`, default) the exact states.

    Parameters
    ----------
    model : mapping
        Of :func:`model`.
    k_per_nm : sequence of float or mapping, optional
        Momenta along the edge, as in :func:`bands`.
    exact : bool, optional
        Whether the exact states are found as well, default True.
    position_nm : sequence of float, optional
        Distances from the edge at which densities are wanted, nm.
    """
    table = _given(exact=exact, position_nm=position_nm)
    return _document("edge", model=model, momentum=_momentum(k_per_nm), edge=table)


def four_state(
    model: Mapping[str, Any], k_per_nm: Values | None = None, *, width_nm: float | None = None
) -> dict[str, Any]:
    """The ribbon in closed form: without Rashba coupling, and in the four-state model."""
    across = _given(width_nm=width_nm)
    return _document("four-state", model=model, ribbon=across, momentum=_momentum(k_per_nm))


def gap(
    model: Mapping[str, Any],
    *,
    width_nm: float | None = None,
    method: str | None = None,
    sites: int | None = None,
    vanishing_between_nm: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """Size and position of the gap of the edge bands: four-state model and full solution.

    Parameters
    ----------
    model : mapping
        Of :func:`model`.
    width_nm : float
        Width of the ribbon, nm.
    method, sites
        How the full solution is found, as in :func:`bands`.
    vanishing_between_nm : (float, float), optional
        Two widths between which the gap vanishes by interference: that width is found, too.
    """
    between = vanishing_between_nm or (None, None)
    return _document(
        "gap",
        model=model,
        ribbon=_given(width_nm=width_nm, method=method, sites=sites),
        interference=_given(from_nm=between[0], to_nm=between[1]),
    )


def spin_rotation(
    model: Mapping[str, Any],
    *,
    width_nm: float | None = None,
    conduction_edge_mev: float | None = None,
    numerical: bool | None = None,
    k_per_nm: Sequence[float] | np.ndarray | None = None,
) -> dict[str, Any]:
    """Total spin rotation K_tot along an edge band, and P(k) at `k_per_nm`.

    Parameters
    ----------
    model : mapping
        Of :func:`model`.
    width_nm : float, optional
        Width of the ribbon, nm.
    conduction_edge_mev : float, optional
        E_c, where the band ends; default: that of the bulk bands.
    numerical : bool, optional
        The full solution beside the four-state model, default true.
    k_per_nm : sequence of float, optional
        Momenta at which the projection P is wanted, 1/nm.
    """
    rotation = _given(
        conduction_edge_mev=conduction_edge_mev, numerical=numerical, k_per_nm=k_per_nm
    )
    across = _given(width_nm=width_nm)
    return _document("spin-rotation", model=model, ribbon=across, rotation=rotation)


def own_blocks(
    onsite: ArrayLike,
    *,
    sites: int,
    across: ArrayLike | None = None,
    along: ArrayLike | None = None,
    along_across_up: ArrayLike | None = None,
    along_across_down: ArrayLike | None = None,
) -> dict[str, Any]:
    """The table ``[blocks]``: a ribbon of `sites` equal sites across.

    Parameters
    ----------
    onsite : (n, n) array
        Hermitian, meV.
    across : (n, n) array, optional
        <n|H|n+1> within a cell.
    along : (n, n) array, optional
        <cell|H|cell+1> of one site.
    along_across_up, along_across_down : (n, n) array, optional
        <cell, n|H|cell+1, n+1> and <cell, n+1|H|cell+1, n>.
    """
    table: dict[str, Any] = {"orbitals": _square("onsite", onsite).shape[0], "sites": sites}
    blocks = {
        "onsite": onsite,
        "across": across,
        "along": along,
        "along_across_up": along_across_up,
        "along_across_down": along_across_down,
    }
    for name, block in blocks.items():
        if block is not None:
            table |= _parts(name, _square(name, block))
    return {"blocks": table}


def own_strip(cell: ArrayLike, hops: Mapping[int, ArrayLike]) -> dict[str, Any]:
    """The table ``[strip]``: a strip by the matrix of its cell and its hops.

    Parameters
    ----------
    cell : (n, n) array
        Hermitian, meV.
    hops : mapping of int to (n, n) array
        ``hops[c]`` = <0|H|c> for c >= 1: H(k) = cell + sum_c (hops[c] e^{i c k} + h.c.), the
        form of TBmodels (``{R: matrix}``) and similar libraries.
    """
    matrix = _square("cell", cell)
    return {
        "strip": {
            "orbitals": matrix.shape[0],
            **_parts("cell", matrix),
            "hops": [
                {"cells": int(cells), **_parts("", _square(f"hops[{cells}]", hop))}
                for cells, hop in hops.items()
            ],
        }
    }


def from_kwant(lead: Any, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The table ``[strip]`` of a finalized Kwant ``InfiniteSystem``.

    Kwant's ``inter_cell_hopping`` enters its H(k) with e^{-ik}; here it is <1|H|0>.
    """
    cell = lead.cell_hamiltonian(params=params)
    hop = lead.inter_cell_hopping(params=params)
    square = np.zeros_like(cell, dtype=complex)
    square[:, : hop.shape[1]] = hop
    return own_strip(cell, {1: square.conj().T})


def own_bands(
    own: Mapping[str, Any],
    phase_rad: Sequence[float] | np.ndarray | Mapping[str, Any] | None = None,
    *,
    select: str = "all",
    low_mev: float | None = None,
    high_mev: float | None = None,
    first: int | None = None,
    count: int | None = None,
    tracked: bool | None = None,
) -> dict[str, Any]:
    """Bands of a ribbon of one's own, over the phase k times cell length in rad.

    Parameters
    ----------
    own : mapping
        Of :func:`own_blocks`, :func:`own_strip` or :func:`from_kwant`.
    phase_rad : sequence of float or mapping, optional
        Values, or ``{"from_rad": ..., "to_rad": ..., "count": ...}``; default: the whole zone.
    select, low_mev, high_mev, first, count, tracked
        Which bands, and how they are sorted, as in :func:`bands`; default: all.
    """
    states = _given(
        select=select,
        low_mev=low_mev,
        high_mev=high_mev,
        first=first,
        count=count,
        tracked=tracked,
    )
    return _document("own-bands", **own, phase=_phase(phase_rad), states=states)


def own_density_of_states(
    own: Mapping[str, Any],
    phase_rad: Sequence[float] | np.ndarray | Mapping[str, Any] | None = None,
    *,
    from_mev: float,
    to_mev: float,
    half_width_mev: float,
    count: int | None = None,
    broadening: str | None = None,
) -> dict[str, Any]:
    """Density of states per cell of a ribbon of one's own, 1/meV."""
    return _document(
        "own-density-of-states",
        **own,
        phase=_phase(phase_rad),
        energy=_given(from_mev=from_mev, to_mev=to_mev, count=count),
        broadening=_given(kind=broadening, half_width_mev=half_width_mev),
    )


def _document(kind: str, **tables: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: dict(table) for name, table in tables.items() if table}
    return {"engine": "ribbon", "calculation": {"kind": kind}, **given}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _momentum(k_per_nm: Values | None) -> dict[str, Any]:
    if isinstance(k_per_nm, Mapping):
        return dict(k_per_nm)
    return {} if k_per_nm is None else {"k_per_nm": np.atleast_1d(k_per_nm).tolist()}


def _phase(phase_rad: Any) -> dict[str, Any]:
    if isinstance(phase_rad, Mapping):
        return dict(phase_rad)
    return {} if phase_rad is None else {"values_rad": np.atleast_1d(phase_rad).tolist()}


def _square(name: str, matrix: ArrayLike) -> np.ndarray:
    array = np.asarray(matrix)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        given = f"value of shape {array.shape}; expected a square matrix"
        raise InvalidRequest.of([Violation(name, given)])
    return array


def _parts(name: str, matrix: np.ndarray) -> dict[str, Any]:
    prefix = f"{name}_" if name else ""
    parts = {f"{prefix}real_mev": matrix.real.tolist()}
    if np.iscomplexobj(matrix) and np.any(matrix.imag):
        parts[f"{prefix}imaginary_mev"] = matrix.imag.tolist()
    return parts
