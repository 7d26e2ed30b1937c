"""Documents of the engine "impurity": spectra, thermodynamics, T-matrix, flow, closed forms.

Units: half-bandwidth D = 1, lattice constant a = pi v / D = 1, hbar = k_B = 1 (Ferrer, Yevtushenko
and Weichselbaum 2023; equation numbers are that paper's). What is None is left out: the server
fills in its default, or a sweep axis gives the values. Fields, defaults and arrays:
``docs/nrg.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Numbers = float | Sequence[float] | np.ndarray


def helical_kondo(
    coupling: float | None = None,
    coupling_z: float | None = None,
    distance: float | None = None,
) -> dict[str, Any]:
    """The table ``[model]`` of two spins 1/2 at a helical edge: J, J_z (default 0), x.

    Examples
    --------
    >>> helical_kondo(0.1, distance=10)
    {'kind': 'two-impurity-helical-kondo', 'coupling': 0.1, 'distance': 10}
    """
    return _given(
        kind="two-impurity-helical-kondo",
        coupling=coupling,
        coupling_z=coupling_z,
        distance=distance,
    )


def helical_anderson(
    interaction: float | None = None,
    hybridization: float | None = None,
    distance: float | None = None,
    level_energy: float | None = None,
) -> dict[str, Any]:
    """The table ``[model]`` of two levels at a helical edge: U, Gamma, x, energy (default -U/2)."""
    return _given(
        kind="two-impurity-helical-anderson",
        interaction=interaction,
        level_energy=level_energy,
        hybridization=hybridization,
        distance=distance,
    )


def kondo(coupling: float | None = None, coupling_z: float | None = None) -> dict[str, Any]:
    """The table ``[model]`` of one spin 1/2: J, J_z (default 0)."""
    return _given(kind="one-impurity-kondo", coupling=coupling, coupling_z=coupling_z)


def anderson(
    interaction: float | None = None,
    hybridization: float | None = None,
    level_energy: float | None = None,
) -> dict[str, Any]:
    """The table ``[model]`` of one level: U, Gamma, energy (default -U/2)."""
    return _given(
        kind="one-impurity-anderson",
        interaction=interaction,
        level_energy=level_energy,
        hybridization=hybridization,
    )


def discretization(
    lambda_: float | None = None, z: Numbers | None = None, scheme: str | None = None
) -> dict[str, Any]:
    """The table ``[discretization]``: Lambda, shifts z, "zitko-pruschke" (default) or another."""
    return _given(**{"lambda": lambda_}, z=z, scheme=scheme)


def truncation(
    energy: float | None = None,
    max_states: int | Sequence[int] | None = None,
    rule: str | None = None,
    gap_window: float | None = None,
) -> dict[str, Any]:
    """The table ``[truncation]``: E_trunc, budgets of the shells, "gap" or "plain"."""
    return _given(energy=energy, rule=rule, gap_window=gap_window, max_states=max_states)


def broadening(
    sigma: float | None = None,
    average: str | None = None,
    retarded: bool | None = None,
    per_z: bool | None = None,
    low: float | None = None,
    high: float | None = None,
    per_decade: int | None = None,
) -> dict[str, Any]:
    """The table ``[spectra]``: log-Gauss width, "plain" or "rescaled" average, frequencies.

    Examples
    --------
    >>> broadening(0.1, average="rescaled")
    {'broadening': 0.1, 'average': 'rescaled'}
    """
    return _given(
        broadening=sigma,
        average=average,
        retarded=retarded,
        per_z=per_z,
        low=low,
        high=high,
        per_decade=per_decade,
    )


def _run(kind: str) -> Any:
    def build(
        model: Mapping[str, Any],
        *,
        temperature: Numbers | None = None,
        discretization: Mapping[str, Any] | None = None,
        truncation: Mapping[str, Any] | None = None,
        spectra: Mapping[str, Any] | None = None,
        shells: int | None = None,
        error_bars: bool | None = None,
    ) -> dict[str, Any]:
        return _document(
            kind,
            model=model,
            discretization=discretization,
            truncation=truncation,
            run=_given(temperature=temperature, shells=shells, error_bars=error_bars),
            spectra=spectra,
        )

    return build


def spectra(model: Mapping[str, Any], **tables: Any) -> dict[str, Any]:
    """Dynamical correlation functions, averaged over z (A53-A56).

    Parameters
    ----------
    model : mapping
        Of :func:`helical_kondo`, :func:`helical_anderson`, :func:`kondo`, :func:`anderson`.
    temperature : float or sequence
        Units of D.
    discretization, truncation, spectra : mapping
        Of :func:`discretization`, :func:`truncation`, :func:`broadening`.
    shells : int
        0 (default): by the lowest temperature.
    error_bars : bool
        Whether each result comes with its change when E_trunc and the budgets are lowered by 20 %,
        as ``<name>_error``: a second run. Default False.

    Examples
    --------
    >>> document = spectra(helical_kondo(0.1, distance=10), temperature=1e-6)
    >>> document["calculation"], document["run"]
    ({'kind': 'spectra'}, {'temperature': 1e-06})
    """
    return _run("spectra")(model, **tables)


def thermodynamics(model: Mapping[str, Any], **tables: Any) -> dict[str, Any]:
    """Impurity contributions to entropy, specific heat, T chi; parameters as :func:`spectra`."""
    return _run("thermodynamics")(model, **tables)


def t_matrix(model: Mapping[str, Any], **tables: Any) -> dict[str, Any]:
    """T-matrix of one impurity over temperature; parameters as :func:`spectra`."""
    return _run("t-matrix")(model, **tables)


def flow(model: Mapping[str, Any], **tables: Any) -> dict[str, Any]:
    """Levels and sector weights of two spins, shell by shell; parameters as :func:`spectra`."""
    return _run("flow")(model, **tables)


def scan(model: Mapping[str, Any], **tables: Any) -> dict[str, Any]:
    """Correlators over temperature, flow, spectra at the lowest: a point of Fig. 3.

    All from one run; susceptibilities over ``temperature`` are NaN but at the lowest.
    """
    return _run("scan")(model, **tables)


def ladder(
    distance: float,
    *,
    discretization: Mapping[str, Any] | None = None,
    shells: int | None = None,
) -> dict[str, Any]:
    """Coefficients of the Wilson ladder (A34)."""
    return _document(
        "ladder",
        model={"distance": distance},
        discretization=discretization,
        run=_given(shells=shells),
    )


def rkky(
    coupling: float | None = None,
    distance: Numbers | None = None,
    *,
    coupling_z: float | None = None,
    hybridization: float | None = None,
    discretization: Mapping[str, Any] | None = None,
    shells: int | None = None,
) -> dict[str, Any]:
    """Second-order exchange, in closed form (20b, D7, D10, D11) and on the ladder.

    Examples
    --------
    >>> rkky(0.1, [1, 10], shells=0)["model"]
    {'coupling': 0.1, 'distance': [1, 10]}
    """
    model = _given(
        coupling=coupling, coupling_z=coupling_z, distance=distance, hybridization=hybridization
    )
    run = _given(shells=shells)
    return _document("rkky", model=model, discretization=discretization, run=run)


def scaling(
    coupling: Numbers, coupling_z: Numbers, *, scale: Numbers | None = None
) -> dict[str, Any]:
    """Kondo temperature over J and J_z by poor man's scaling (B1-B7), and flow lines at `scale`."""
    model = {"coupling": coupling, "coupling_z": coupling_z}
    return _document("scaling", model=model, scaling=_given(scale=scale))


def non_interacting(
    frequency: Numbers,
    *,
    distance: float,
    hybridization: float,
    level_energy: float | None = None,
    level_energy_left: float | None = None,
) -> dict[str, Any]:
    """Hybridization (A4) and Green's functions (A7) of two levels at finite bandwidth."""
    model = _given(
        distance=distance,
        hybridization=hybridization,
        level_energy=level_energy,
        level_energy_left=level_energy_left,
    )
    return _document("non-interacting", model=model, spectra={"frequency": frequency})


def _document(kind: str, **tables: Mapping[str, Any] | None) -> dict[str, Any]:
    document: dict[str, Any] = {"engine": "impurity", "calculation": {"kind": kind}}
    for name, table in tables.items():
        if table:
            document[name] = _given(**table)
    return document


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
