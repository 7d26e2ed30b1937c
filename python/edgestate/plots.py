"""Figures of a data set, drawn with matplotlib.

One point is drawn as its energy scales over the discretization shift z and its energy flow; a
sweep as energy scales and correlators along an axis.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from edgestate import curves
from edgestate.errors import InvalidRequest, Violation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INNER = ("z", "shell")
_MAX_LINES = 8
_FLOW_TOP = 5.0
_LEVEL = re.compile(r"flow_(?:level|energy)_?(\d+)")


@dataclass(frozen=True)
class Series:
    """How one quantity is drawn."""

    name: str
    label: str
    colour: str
    marker: str
    #: T_S of the longitudinal inter-impurity response is negative (antiferromagnetic RKKY).
    sign: float = 1.0
    filled: bool = True


ENERGY_SCALES = (
    Series("t_s_transverse_intra", r"$\perp$ intra", "#1f5fa8", "o"),
    Series("t_s_transverse_inter", r"$\perp$ inter", "#1f5fa8", "s", filled=False),
    Series("t_s_longitudinal_intra", r"$\parallel$ intra", "#c8551b", "o"),
    Series("t_s_longitudinal_inter", r"$-\parallel$ inter", "#c8551b", "s", -1.0, filled=False),
)
CORRELATORS = (
    Series("sz_sz", r"$\langle S_L^z S_R^z \rangle$", "#c8551b", "o"),
    Series("sx_sx", r"$\langle S_L^x S_R^x \rangle$", "#1f5fa8", "o"),
)


def plot(dataset: xr.Dataset, *, x: str | None = None, figure: Figure | None = None) -> Figure:
    """Draws what a data set holds.

    Parameters
    ----------
    dataset : xarray.Dataset
        Of :attr:`Job.data` or :func:`edgestate.load`. Partial data is drawn as far as it goes.
    x : str, optional
        The axis along which a sweep is drawn, by default its last one with several values. Other
        axes become separate lines, at most eight.
    figure : matplotlib.figure.Figure, optional
        Where to draw; by default a new one.

    Returns
    -------
    matplotlib.figure.Figure
        ``figure.savefig("name.png")`` saves it.
    """
    axes = [name for name in _axes_of(dataset) if dataset.sizes[name] > 1]
    of_nrg = any(series.name in dataset for series in (*ENERGY_SCALES, *CORRELATORS))
    allowed = _axes_of(dataset) if of_nrg else [str(name) for name in dataset.coords]
    if x is not None and x not in allowed:
        known = ", ".join(allowed) or "none: a single point"
        raise InvalidRequest.of([Violation("x", f"value {x!r}; expected an axis ({known})")])
    if not of_nrg:
        along = x or curves.dimension(dataset)
        if along is None:
            raise InvalidRequest("the data set holds single numbers only: nothing to draw")
        return curves.draw(dataset, along, new_figure(figure, (11.0, 6.5)))
    if x is None and not axes:
        return _plot_point(dataset, figure)
    along = x or axes[-1]
    return _plot_sweep(dataset, along, [name for name in axes if name != along], figure)


def _plot_point(dataset: xr.Dataset, figure: Figure | None) -> Figure:
    point = dataset.isel(dict.fromkeys(_axes_of(dataset), 0))
    levels = flow_levels(point)
    if levels is None:
        drawn = new_figure(figure, (5.2, 4.0))
        scales_over_z(drawn.subplots(), point)
        return drawn
    drawn = new_figure(figure, (12.0, 4.4))
    left, even, odd = drawn.subplots(1, 3, width_ratios=(1.25, 1.0, 1.0))
    scales_over_z(left, point)
    odd.sharey(even)
    energy_flow(even, point, levels, parity=0)
    energy_flow(odd, point, levels, parity=1)
    odd.set_ylabel("")
    return drawn


def _plot_sweep(dataset: xr.Dataset, x: str, others: list[str], figure: Figure | None) -> Figure:
    n_lines = int(np.prod([dataset.sizes[name] for name in others], dtype=int))
    if n_lines > _MAX_LINES:
        raise InvalidRequest(
            f"{n_lines} lines (axes {', '.join(others)}) are too many for one figure of at most "
            f"{_MAX_LINES}: select values first, data.sel({others[0]}=...)"
        )
    drawn = new_figure(figure, (10.0, 4.2))
    left, right = drawn.subplots(1, 2)
    for index, line in enumerate(_lines(dataset, others)):
        fade = 1.0 - 0.75 * index / max(n_lines, 2)
        suffix = _position(line, others)
        for series in ENERGY_SCALES:
            _with_spread(left, line, x, series, suffix, fade, line.get("rkky_energy"))
        for series in CORRELATORS:
            _with_spread(right, line, x, series, suffix, fade, None)
    left.set_ylabel(r"$T_S / E_R$" if "rkky_energy" in dataset else r"$T_S / D$")
    right.set_ylabel("static correlator")
    for panel in (left, right):
        panel.set_xlabel(_axis_label(dataset[x]))
        if _is_logarithmic(dataset[x].values):
            panel.set_xscale("log")
        panel.grid(alpha=0.25)
        if panel.has_data():
            panel.legend(fontsize="small", frameon=False)
    return drawn


def scales_over_z(panel: Axes, point: xr.Dataset) -> None:
    """T_S/E_R for each discretization shift; lines and bands: mean and spread over z."""
    energy = float(point["rkky_energy"]) if "rkky_energy" in point else 1.0
    for offset, series in zip((-0.012, 0.012, -0.012, 0.012), ENERGY_SCALES, strict=True):
        if f"{series.name}_per_z" not in point:
            continue
        values = series.sign * point[f"{series.name}_per_z"].values / energy
        mean = series.sign * float(point[series.name]) / energy
        spread = float(point[f"{series.name}_std"]) / energy
        face = series.colour if series.filled else "white"
        label = f"{series.label}: {mean:.3f} $\\pm$ {spread:.3f}"
        bars = point.get(f"{series.name}_per_z_error")
        panel.errorbar(
            point["z"].values + offset,
            values,
            yerr=None if bars is None else np.asarray(bars.values / energy),
            linestyle="",
            marker=series.marker,
            color=series.colour,
            markerfacecolor=face,
            label=label,
        )
        if series.filled:
            panel.axhline(mean, color=series.colour, linewidth=1.0)
            panel.axhspan(mean - spread, mean + spread, color=series.colour, alpha=0.12, lw=0)
    panel.set_xlabel("discretization shift $z$")
    panel.set_ylabel(r"$T_S / E_R$" if "rkky_energy" in point else r"$T_S / D$")
    panel.set_title("energy scales per $z$, with mean and spread", fontsize="medium")
    panel.set_ylim(bottom=0.0, top=1.45 * panel.get_ylim()[1])
    panel.set_xticks(point["z"].values)
    panel.grid(alpha=0.25)
    panel.legend(fontsize="small", frameon=False, loc="upper left", ncols=2)


def flow_levels(point: xr.Dataset) -> np.ndarray | None:
    """Rescaled levels of the first z, shape (shell, level); None when there are none."""
    names = {int(m[1]): name for name in map(str, point) if (m := _LEVEL.fullmatch(name))}
    if not names:
        return None
    arrays = [point[names[index]] for index in sorted(names)]
    stacked = xr.concat(arrays, dim="level", coords="minimal", compat="override")
    if "z" in stacked.dims:
        stacked = stacked.isel(z=0)
    return np.asarray(stacked.transpose("shell", "level").values)


def energy_flow(panel: Axes, point: xr.Dataset, levels: np.ndarray, parity: int) -> None:
    """The lowest levels, in units of omega_n, over the even or the odd shells."""
    shells = np.arange(len(levels))
    chosen = shells % 2 == parity
    for level in range(levels.shape[1]):
        panel.plot(
            shells[chosen],
            levels[chosen, level],
            color="#1f5fa8" if parity == 0 else "#c8551b",
            marker=".",
            markersize=3.5,
            linewidth=0.9,
            alpha=0.85,
        )
    _mark_scales(panel, point)
    finite = levels[np.isfinite(levels)]
    top = min(_FLOW_TOP, 1.05 * finite.max()) if finite.size else _FLOW_TOP
    panel.set_ylim(-0.04 * top, top)
    panel.set_xlabel("shell $n$")
    panel.set_ylabel(r"rescaled energy $E / \omega_n$")
    shift = f", $z$ = {float(point['z'].values.flat[0]):g}" if "z" in point.coords else ""
    name = "even" if parity == 0 else "odd"
    panel.set_title(f"energy flow, {name} shells{shift}", fontsize="medium")
    panel.grid(alpha=0.25)


def _mark_scales(panel: Axes, point: xr.Dataset) -> None:
    """Where the shell's energy omega_n passes E_R and T_S: the flow changes there."""
    if "flow_omega" not in point:
        return
    first = point.isel(z=0) if "z" in point.dims else point
    omega = first["flow_omega"].values
    omega = omega[np.isfinite(omega)]
    marks = (("rkky_energy", "$E_R$", "--"), ("t_s_transverse_intra", r"$T_{S\perp}$", ":"))
    for name, label, style in marks:
        if name not in first or not omega.size:
            continue
        energy = float(first[name])
        if omega[-1] < energy < omega[0]:
            shell = np.interp(-np.log(energy), -np.log(omega), np.arange(omega.size))
            panel.axvline(shell, color="0.35", linestyle=style, linewidth=0.9, label=label)
    if panel.get_legend_handles_labels()[1]:
        panel.legend(
            fontsize="small", frameon=True, loc="upper left", title=r"$\omega_n$ at", framealpha=0.9
        )


def _with_spread(
    panel: Axes,
    line: xr.Dataset,
    x: str,
    series: Series,
    suffix: str,
    fade: float,
    unit: xr.DataArray | None,
) -> None:
    if series.name not in line:
        return
    scale = 1.0 if unit is None else 1.0 / unit
    mean = (series.sign * line[series.name] * scale).values * np.ones(line.sizes[x])
    # Error bars where they were asked for, else the spread over z.
    spread = line.get(f"{series.name}_error", line.get(f"{series.name}_std"))
    panel.errorbar(
        line[x].values,
        mean,
        yerr=None if spread is None else (spread * scale).values,
        label=series.label + suffix,
        color=series.colour,
        marker=series.marker,
        markerfacecolor=series.colour if series.filled else "white",
        markersize=4.5,
        linewidth=1.0,
        capsize=2.0,
        alpha=fade,
    )


def _lines(dataset: xr.Dataset, others: list[str]) -> list[xr.Dataset]:
    lines = [dataset]
    for name in others:
        lines = [line.isel({name: i}) for line in lines for i in range(dataset.sizes[name])]
    singles = [name for name in _axes_of(dataset) if dataset.sizes[name] == 1]
    return [line.isel(dict.fromkeys(singles, 0)) for line in lines]


def _position(line: xr.Dataset, others: list[str]) -> str:
    places = [f"{name} = {float(line[name]):.4g}" for name in others]
    return f", {', '.join(places)}" if places else ""


def _axes_of(dataset: xr.Dataset) -> list[str]:
    return [str(name) for name in dataset.dims if name not in _INNER]


def _axis_label(coordinate: xr.DataArray) -> str:
    unit = coordinate.attrs.get("units", "1")
    name = coordinate.attrs.get("long_name", str(coordinate.name))
    return name if unit == "1" else f"{name} ({unit})"


def _is_logarithmic(values: np.ndarray) -> bool:
    """Whether positive values span more than a decade in nearly equal ratios."""
    if values.size < 3 or not (values > 0).all():
        return False
    ratios = np.diff(np.log(values))
    wide = abs(np.log(values[-1] / values[0])) > np.log(10.0)
    return bool(wide and np.ptp(ratios) < 0.5 * abs(ratios.mean()))


def new_figure(figure: Figure | None, size: tuple[float, float]) -> Figure:
    if figure is not None:
        return figure
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError:
        raise ModuleNotFoundError("drawing needs matplotlib: pip install edgestate[plot]") from None
    return plt.figure(figsize=size, layout="constrained")
