"""Documents of the numerical renormalization group.

Units: half-bandwidth D = 1, lattice constant a = pi v / D = 1, hbar = k_B = 1
(Ferrer, Yevtushenko and Weichselbaum 2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def two_impurity(
    *,
    coupling: float | None = None,
    coupling_z: float | None = None,
    distance: int | None = None,
    temperature: float | Sequence[float] | np.ndarray | None = None,
    shells: int | None = None,
    lambda_: float | None = None,
    z: float | Sequence[float] | np.ndarray | None = None,
    scheme: str | None = None,
    energy: float | None = None,
    rule: str | None = None,
    gap_window: float | None = None,
    max_states: int | Sequence[int] | None = None,
    error_bars: bool | None = None,
) -> dict[str, Any]:
    r"""Two magnetic impurities at a helical edge (the two-impurity helical Kondo model).

    .. math:: H = H_\mathrm{edge} + \sum_{\eta = R, L} \bigl[ J (S^+_\eta \sigma^-_\eta +
              \mathrm{h.c.}) + J_z S^z_\eta \sigma^z_\eta \bigr]

    The impurities interact through the edge (RKKY) with the energy
    :math:`E_R = J^2 / (4 x)`, Eq. (20b).

    Parameters
    ----------
    coupling : float
        J in units of D, > 0 (its sign is a gauge choice).
    coupling_z : float
        J_z in units of D, either sign.
    distance : int
        x in units of a, a whole number >= 1.
    temperature : float or sequence of float
        T in units of D, > 0. A sequence is an axis of the result; it costs one run, at its lowest
        value.
    shells : int, optional
        Number of Wilson shells; 0 (default): for each z the smallest last shell N with
        omega_N <= 2 T_lowest.
    lambda_ : float, optional
        Discretization parameter Lambda > 1, default 4.
    z : float or sequence of float, optional
        Discretization shifts in [0, 1), default (0, 1/4, 1/2, 3/4); results are averaged over them.
    scheme : {"zitko-pruschke", "campo-oliveira", "plain"}, optional
        Energies of the discretization intervals, default "zitko-pruschke".
    energy : float, optional
        Truncation energy, rescaled (in units of omega_n), default 8.
    rule : {"gap", "plain"}, optional
        Where the kept states of a shell end, default "gap": in the widest gap near `energy`.
    gap_window : float, optional
        Relative width of the window of "gap", default 0.3.
    max_states : int or sequence of int, optional
        Kept states per shell, the last value repeats; default 3000.
    error_bars : bool, optional
        Whether each result comes with its change when `energy` and `max_states` are lowered by
        20 %, as ``<name>_error``: a second run of each z. Default False.

    Returns
    -------
    dict
        A document for :func:`edgestate.run` and :func:`edgestate.sweep`. What is None is left
        out: the server fills in its default, or a sweep axis gives the values.

    Examples
    --------
    >>> two_impurity(coupling=0.1, coupling_z=0.0, distance=10, temperature=1e-6)["model"]
    {'kind': 'two-impurity-helical-kondo', 'coupling': 0.1, 'coupling_z': 0.0, 'distance': 10}
    """
    tables: dict[str, dict[str, Any]] = {
        "model": {
            "kind": "two-impurity-helical-kondo",
            "coupling": coupling,
            "coupling_z": coupling_z,
            "distance": distance,
        },
        "discretization": {"lambda": lambda_, "z": z, "scheme": scheme},
        "truncation": {
            "energy": energy,
            "rule": rule,
            "gap_window": gap_window,
            "max_states": max_states,
        },
        "run": {"temperature": temperature, "shells": shells, "error_bars": error_bars},
    }
    document: dict[str, Any] = {"engine": "nrg"}
    for name, table in tables.items():
        given = {key: value for key, value in table.items() if value is not None}
        if given:
            document[name] = given
    return document
