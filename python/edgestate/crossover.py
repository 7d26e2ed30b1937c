"""Documents of the Kondo crossover: spin Hall effect over temperature, regimes of two impurities.

Energies and temperatures in units of the half-bandwidth D, lengths of the edge in lattice
constants; other units are in the names. What is None is left out: the server fills in its default,
or a sweep axis gives the values. The model and its approximations: ``docs/transport.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Numbers = float | Sequence[float] | np.ndarray


def kondo(coupling: float | None = None, coupling_z: float | None = None) -> dict[str, Any]:
    """The table ``[impurity]`` of a spin 1/2: J, and J_z (default J), in units of D.

    Examples
    --------
    >>> kondo(0.15)
    {'kind': 'kondo', 'coupling': 0.15}
    """
    return _given({"kind": "kondo", "coupling": coupling, "coupling_z": coupling_z})


def anderson(
    interaction: float | None = None,
    hybridization: float | None = None,
    level_energy: float | None = None,
) -> dict[str, Any]:
    """The table ``[impurity]`` of a level: U, half-width, energy (default -U/2), units of D."""
    return _given(
        {
            "kind": "anderson",
            "interaction": interaction,
            "level_energy": level_energy,
            "hybridization": hybridization,
        }
    )


def spin_hall(
    *,
    impurity: Mapping[str, Any],
    alloy: Mapping[str, Any],
    temperature: Numbers | None = None,
    temperature_over_kondo: Numbers | None = None,
    eta0_rad: float | None = None,
    eta2_rad: float | None = None,
    lambda_: float | None = None,
    z: Numbers | None = None,
    energy: float | None = None,
    max_states: int | None = None,
    broadening: float | None = None,
    per_decade: int | None = None,
) -> dict[str, Any]:
    """Spin Hall effect of a dilute Kondo alloy through the Kondo crossover.

    Parameters
    ----------
    impurity : mapping
        Of :func:`kondo` or :func:`anderson`.
    alloy : mapping
        Of :func:`edgestate.transport.alloy`, with ``fermi_wavenumber_per_nm``.
    temperature, temperature_over_kondo : float or sequence
        One of them: units of D, or T/T_K.
    eta0_rad, eta2_rad : float
        Phase shifts of l = 0, j = 1/2 and l = 1, j = 3/2; default 0.
    lambda_, z, energy, max_states
        Discretization and truncation of the NRG; default 4, four z, 10, 1500.
    broadening, per_decade
        Log-Gauss width (0.4) and frequencies a decade (20) of the T-matrix.

    Examples
    --------
    >>> metal = {"concentration": 0.01, "fermi_wavenumber_per_nm": 13.6}
    >>> document = spin_hall(impurity=kondo(0.15), alloy=metal, temperature_over_kondo=[0.1, 1.0])
    >>> document["conditions"]
    {'temperature_over_kondo': [0.1, 1.0]}
    """
    return _document(
        "spin-hall-crossover",
        impurity=impurity,
        conditions={
            "temperature": temperature,
            "temperature_over_kondo": temperature_over_kondo,
        },
        discretization={"lambda": lambda_, "z": z},
        truncation={"energy": energy, "max_states": max_states},
        spectra={"broadening": broadening, "per_decade": per_decade},
        scattering={"eta0_rad": eta0_rad, "eta2_rad": eta2_rad},
        alloy=alloy,
    )


def regime_map(
    *,
    coupling: Numbers | None = None,
    coupling_z: Numbers | None = None,
    distance: Numbers | None = None,
    temperature: Numbers | None = None,
    texture_wavenumber: float | None = None,
) -> dict[str, Any]:
    """Regimes of two impurities at a helical edge: free moments, RKKY-locked, Kondo-screened.

    Parameters
    ----------
    coupling, coupling_z : float or sequence
        J > 0 and J_z (default 0), units of D.
    distance : float or sequence
        Whole numbers of lattice constants.
    temperature : float or sequence
        Units of D.
    texture_wavenumber : float
        k0 of the spin texture, 1/a; default none.

    Examples
    --------
    >>> regime_map(coupling=0.1, distance=[10, 1000], temperature=1e-6)["pair"]
    {'coupling': 0.1, 'distance': [10, 1000]}
    """
    return _document(
        "regime-map",
        pair={"coupling": coupling, "coupling_z": coupling_z, "distance": distance},
        conditions={"temperature": temperature},
        edge={"texture_wavenumber": texture_wavenumber},
    )


def _document(kind: str, **tables: Mapping[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {"engine": "crossover", "calculation": {"kind": kind}}
    for name, table in tables.items():
        given = _given(table)
        if given:
            document[name] = given
    return document


def _given(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if value is not None}
