"""Two results side by side, and the figures of the papers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import edgestate as es

matplotlib.use("agg")


def result(seconds: float, device: str, **values: object) -> xr.Dataset:
    variables = {
        "energy": (("coupling",), np.array([1.0, -2.0, 4.0]), {"units": "D"}),
        "green": (("coupling",), np.array([1.0 + 1j, 2.0, 3.0])),
        "count": (("coupling",), np.array([1, 2, 3])),
        "status": (("coupling",), np.array([1, 1, 1])),
        **values,
    }
    attributes = {"seconds": seconds, "device": device, "precision": "f64", "version": "1"}
    return xr.Dataset(variables, {"coupling": [0.1, 0.2, 0.3]}, attributes)


def test_differences_are_those_of_numpy_with_their_place_and_the_times() -> None:
    a = result(6.0, "cpu")
    changed = np.array([1.0, -2.0, 4.0 - 8e-3])
    other = result(
        2.0,
        "gpu",
        energy=(("coupling",), changed),
        green=(("coupling",), np.array([1.0 + 1.3j, np.nan, 3.0])),
    )
    found = es.compare(a, other)
    assert list(found.table.index) == ["green", "energy", "count"]  # the largest first
    energy = found.table.loc["energy"]
    assert energy["difference"] == pytest.approx(8e-3) and energy["unit"] == "D"
    assert energy["relative"] == pytest.approx(2e-3) and energy["at"] == "coupling = 0.3"
    green = found.table.loc["green"]
    assert green["relative"] == pytest.approx(0.1)  # 0.3 of max|a| where both are known: 3
    assert green["compared"] == 2 and green["only_one"] == 1
    assert found.table.loc["count", "difference"] == 0.0 and found.largest == green["relative"]
    assert found.speedup == 3.0 and found.points == (3, 3)
    assert "gpu" in str(found) and "<table" in found._repr_html_()
    figure = found.plot()
    bars = {bar.get_width() for bar in figure.axes[0].patches}
    assert any(width == pytest.approx(2e-3) for width in bars)
    assert [bar.get_height() for bar in figure.axes[1].patches] == [6.0, 2.0]
    figure.canvas.draw()
    matplotlib.pyplot.close(figure)


def test_only_points_that_both_have_are_compared() -> None:
    a, b = result(1.0, "cpu"), result(1.0, "cpu").isel(coupling=[2, 0])
    found = es.compare(a, b)
    assert found.points == (2, 3) and found.largest == 0.0
    assert found.table.loc["energy", "compared"] == 2
    with pytest.raises(es.InvalidRequest, match="no point in common"):
        es.compare(a, b.assign_coords(coupling=[7.0, 8.0]))
    with pytest.raises(es.InvalidRequest, match="no quantity in common"):
        es.compare(a, xr.Dataset({"mass": 1.0}))


def test_files_are_compared_by_their_names(tmp_path: Path) -> None:
    es.save(result(1.0, "cpu"), tmp_path / "a.nc")
    assert es.compare(tmp_path / "a.nc", result(0.0, "cpu")).largest == 0.0
    assert np.isnan(es.compare(tmp_path / "a.nc", result(0.0, "cpu")).speedup)


def test_the_figures_of_the_papers_are_listed_and_drawn(
    binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGESTATE_BINARY", str(binary))
    names = {figure.name: figure for figure in es.figures()}
    assert {"conductance-fig2", "gap-width"} <= set(names)
    assert all(figure.engine == "transport" for figure in es.figures("transport"))
    with pytest.raises(es.InvalidRequest, match="conductance-fig2"):
        es.figures("conductance-fig9")
    drawn = names["spin-hall-diffusion"].draw(tmp_path, quick=True)
    assert drawn._repr_svg_().startswith("<svg") or "<svg" in drawn._repr_svg_()[:200]
    table = pd.read_csv(drawn.csv, comment="#")
    series = [s for panel in drawn.data["panels"] for s in panel["series"]]
    assert len(table) > 10 and len(series) >= 2
    assert os.path.getsize(drawn.png) > 1000 and json.loads(drawn.json.read_text())


def test_a_figure_that_cannot_be_written_says_why(
    binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGESTATE_BINARY", str(binary))
    (tmp_path / "file").write_text("in the way")
    (figure,) = es.figures("spin-hall-diffusion")
    with pytest.raises(es.ServerError, match="file"):
        figure.draw(tmp_path / "file", quick=True)
