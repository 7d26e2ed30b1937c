"""Figures of any engine's data set: its arrays over their last dimension, or over an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from edgestate.errors import InvalidRequest

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MAX_PANELS = 6
_MAX_LINES = 400
_COLOURS = ("#1f5fa8", "#c8551b", "#3a8f5c", "#8a4fa3", "#b58900", "#5c6670")


def drawable(dataset: xr.Dataset, along: str) -> list[str]:
    """Real arrays with the dimension `along`, at most six."""
    names = [
        str(name)
        for name, array in dataset.data_vars.items()
        if along in array.dims
        and array.dtype.kind == "f"
        and not str(name).endswith("_error")
        and np.isfinite(array.values).any()
    ]
    return names[:_MAX_PANELS]


def dimension(dataset: xr.Dataset) -> str | None:
    """The coordinate along which most arrays have several values; the innermost one of equals."""
    counts = {
        str(name): len(drawable(dataset, str(name)))
        for name in dataset.dims
        if dataset.sizes[name] > 1 and name in dataset.coords
    }
    return max(reversed(list(counts)), key=counts.__getitem__, default=None)


def draw(dataset: xr.Dataset, along: str, figure: Figure) -> Figure:
    """A panel for each array over `along`; other dimensions become lines."""
    names = drawable(dataset, along)
    if not names:
        raise InvalidRequest(f"the data set holds no real numbers over {along!r}")
    columns = min(3, len(names))
    panels = figure.subplots(-(-len(names) // columns), columns, squeeze=False)
    for panel, name in zip(panels.flat, names, strict=False):
        _lines(panel, dataset[name], along)
        if f"{name}_error" in dataset:
            _error_bars(panel, dataset[name], dataset[f"{name}_error"], along)
    for panel in panels.flat[len(names) :]:
        panel.set_visible(False)
    return figure


def _lines(panel: Axes, array: xr.DataArray, along: str) -> None:
    values = array.transpose(..., along).values.reshape(-1, array.sizes[along])
    x = array[along].values
    for index, line in enumerate(values[:_MAX_LINES]):
        colour = _COLOURS[index % len(_COLOURS)]
        mark = "." if np.isfinite(line).sum() <= 20 else ""
        label = _label(array, along, index)
        panel.plot(x, line, color=colour, marker=mark, linewidth=1.0, label=label)
    panel.set_xlabel(_named(array[along]))
    panel.set_ylabel(_named(array))
    panel.set_title(str(array.attrs.get("long_name", "")), fontsize="small")
    panel.grid(alpha=0.25)
    if 1 < len(values) <= 6:
        panel.legend(fontsize="x-small", frameon=False)


def _error_bars(panel: Axes, array: xr.DataArray, errors: xr.DataArray, along: str) -> None:
    shape = (-1, array.sizes[along])
    values = array.transpose(..., along).values.reshape(shape)
    bars = errors.transpose(*array.dims).transpose(..., along).values.reshape(shape)
    for index, (line, bar) in enumerate(zip(values[:_MAX_LINES], bars, strict=False)):
        colour = _COLOURS[index % len(_COLOURS)]
        panel.errorbar(array[along].values, line, yerr=bar, fmt="none", ecolor=colour, capsize=2.0)


def _label(array: xr.DataArray, along: str, index: int) -> str:
    others = [name for name in array.dims if name != along]
    sizes = [array.sizes[name] for name in others]
    if not sizes:
        return ""
    parts = []
    for name, place in zip(others, np.unravel_index(index, sizes), strict=True):
        value = array[name].values[place] if name in array.coords else place
        parts.append(f"{name} = {value:g}")
    return ", ".join(parts)


def _named(array: xr.DataArray) -> str:
    unit = array.attrs.get("units", "1")
    return str(array.name) if unit == "1" else f"{array.name} / ({unit})"
