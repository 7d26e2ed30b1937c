"""Two results side by side: the same sweep on two devices, or with two settings."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from edgestate import files
from edgestate.errors import InvalidRequest
from edgestate.job import Job
from edgestate.plots import new_figure
from edgestate.progress import duration

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MAX_BARS = 24
#: Differences of zero are drawn here: a tenth of a rounding.
_NOTHING = 2.2e-17

Result = Job | xr.Dataset | str | PathLike[str]


@dataclass(frozen=True)
class Comparison:
    """What :func:`compare` found; a notebook shows the table, :meth:`plot` draws it."""

    #: A row per quantity, the largest relative difference first: ``difference`` (max|a - b|, in
    #: ``unit``), ``relative`` (over max|a|), ``at`` (where it is), ``compared`` (numbers that
    #: both have), ``only_one`` (numbers that only one has).
    table: pd.DataFrame
    #: Columns a and b: device, precision, version, and ``seconds`` of computing.
    runs: pd.DataFrame
    #: Points of the axes that both have, and all there are.
    points: tuple[int, int]

    @property
    def largest(self) -> float:
        """The largest relative difference of all quantities."""
        return float(self.table["relative"].max()) if len(self.table) else 0.0

    @property
    def speedup(self) -> float:
        """Seconds of a over seconds of b; NaN where one of them was not computed but known."""
        a, b = (float(self.runs.loc["seconds", name]) for name in ("a", "b"))
        return a / b if a > 0 and b > 0 else float("nan")

    def plot(self, *, figure: Figure | None = None) -> Figure:
        """Draws the relative difference of each quantity, and the times.

        Parameters
        ----------
        figure : matplotlib.figure.Figure, optional
            Where to draw; by default a new one.
        """
        drawn = new_figure(figure, (10.0, 1.6 + 0.22 * min(len(self.table), _MAX_BARS)))
        left, right = drawn.subplots(1, 2, width_ratios=(3.0, 1.0))
        rows = self.table.head(_MAX_BARS).iloc[::-1]
        left.barh(rows.index, rows["relative"].clip(lower=_NOTHING), color="#1f5fa8")
        left.set_xscale("log")
        left.set_xlim(left=_NOTHING)
        left.axvline(np.finfo(float).eps, color="0.35", linestyle=":", linewidth=0.9)
        left.set_xlabel(r"max $|a - b|$ / max $|a|$  (dotted: rounding of one number)")
        left.tick_params(axis="y", labelsize="small")
        labels = [f"{name}: {self.runs.loc['device', name]}" for name in ("a", "b")]
        seconds = [float(self.runs.loc["seconds", name]) for name in ("a", "b")]
        right.bar(["a", "b"], np.nan_to_num(seconds), color=["#1f5fa8", "#c8551b"], label=labels)
        right.set_ylabel("seconds of computing")
        right.legend(fontsize="x-small", frameon=False)
        return drawn

    def __str__(self) -> str:
        return f"{self._head()}\n{self.table.to_string()}\n{self.runs.to_string()}"

    def _head(self) -> str:
        common, total = self.points
        times = [duration(float(self.runs.loc["seconds", name])) for name in ("a", "b")]
        return (
            f"largest relative difference {self.largest:.2g} over {common} of {total} points; "
            f"a took {times[0]}, b {times[1]}"
        )

    def _repr_html_(self) -> str:
        tables = self.table.to_html(float_format="{:.3g}".format) + self.runs.to_html()
        return f"<div><b>{escape(self._head())}</b>{tables}</div>"


def compare(a: Result, b: Result) -> Comparison:
    """Compares two results, quantity by quantity, where they have the same points.

    Parameters
    ----------
    a, b : Job, xarray.Dataset, str or path
        Jobs, their data, or netCDF files of :func:`edgestate.save`. Axes are matched by value.

    Returns
    -------
    Comparison
        Differences per quantity, in its unit and relative to the largest value of `a`; devices,
        precisions and times; ``.plot()`` draws them.

    Raises
    ------
    InvalidRequest
        They have no quantity, or no point, in common.

    Examples
    --------
    >>> es.compare(es.run(document), es.run(document, device="cpu")).plot()   # doctest: +SKIP
    """
    first, second = _dataset(a), _dataset(b)
    total = max(_points(first), _points(second))
    try:
        left, right = xr.align(first, second, join="inner")
    except ValueError as error:
        raise InvalidRequest(f"the results do not have the same dimensions: {error}") from None
    names = [
        name for name in left.data_vars if name in right.data_vars and _alike(name, left, right)
    ]
    if not names:
        raise InvalidRequest("the results have no quantity in common")
    if _points(left) == 0:
        raise InvalidRequest("the results have no point in common: their axes have other values")
    rows = {str(name): _difference(left[name], right[name]) for name in names}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table = table.sort_values("relative", ascending=False, kind="stable")
    runs = pd.DataFrame({"a": _origin(first), "b": _origin(second)})
    return Comparison(table, runs, (_points(left), total))


def _dataset(result: Result) -> xr.Dataset:
    if isinstance(result, Job):
        return result.data
    return result if isinstance(result, xr.Dataset) else files.load(result)


def _points(dataset: xr.Dataset) -> int:
    dimensions = dataset["status"].sizes if "status" in dataset else dataset.sizes
    return int(np.prod(list(dimensions.values()), dtype=int))


def _alike(name: Any, left: xr.Dataset, right: xr.Dataset) -> bool:
    one, other = left[name], right[name]
    return (
        name != "status"
        and set(one.dims) == set(other.dims)
        and one.sizes == other.sizes
        and all(array.dtype.kind in "fciub" for array in (one, other))
    )


def _difference(a: xr.DataArray, b: xr.DataArray) -> dict[str, Any]:
    one, other = np.asarray(a.values), np.asarray(b.transpose(*a.dims).values)
    in_one, in_other = np.isfinite(one), np.isfinite(other)
    both = in_one & in_other
    distance = np.where(both, abs(np.where(both, one, 0) - np.where(both, other, 0)), 0.0)
    largest = float(distance.max(initial=0.0))
    scale = float(abs(one[both]).max(initial=0.0))
    # Of quantities that are zero everywhere in a, by what they are in b.
    relative = largest / (scale or largest or 1.0)
    place = np.unravel_index(int(distance.argmax()), distance.shape) if distance.size else ()
    where = {
        str(name): a[name].values[index].item() if name in a.coords else int(index)
        for name, index in zip(a.dims, place, strict=True)
    }
    return {
        "difference": largest,
        "unit": a.attrs.get("units", "1"),
        "relative": relative,
        "at": ", ".join(f"{name} = {value:.6g}" for name, value in where.items())
        if largest
        else "",
        "compared": int(both.sum()),
        "only_one": int((in_one != in_other).sum()),
    }


def _origin(dataset: xr.Dataset) -> dict[str, Any]:
    attributes = dataset.attrs
    names = ("device", "precision", "version", "job")
    origin = {name: attributes.get(name, "") for name in names}
    return {**origin, "seconds": float(attributes.get("seconds", float("nan")))}
