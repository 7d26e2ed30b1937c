"""What is drawn shows the numbers of the data set."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest
import xarray as xr

import edgestate as es
from edgestate import plots

matplotlib.use("agg")
SCALES = [series.name for series in plots.ENERGY_SCALES]


def point(n_shells: int = 9) -> xr.Dataset:
    """One point, four z, E_R = 2; T_S per z = 1, 2, 3, 4, negative where the physics is."""
    z = np.array([0.0, 0.25, 0.5, 0.75])
    per_z = np.array([1.0, 2.0, 3.0, 4.0])
    variables: dict[str, object] = {"rkky_energy": 2.0}
    for series in plots.ENERGY_SCALES:
        variables[series.name] = series.sign * per_z.mean()
        variables[f"{series.name}_std"] = per_z.std()
        variables[f"{series.name}_per_z"] = ("z", series.sign * per_z)
    for level in range(3):
        values = level * np.ones((4, n_shells)) + 0.1 * np.arange(n_shells)
        variables[f"flow_level_{level}"] = (("z", "shell"), values)
    return xr.Dataset(variables, {"z": z})


def sweep(*sizes: int) -> xr.Dataset:
    names = ["coupling", "distance"][: len(sizes)]
    coordinates = {name: np.logspace(-2, 0, size) for name, size in zip(names, sizes, strict=True)}
    values = np.arange(float(np.prod(sizes))).reshape(sizes) + 1.0
    variables = {"rkky_energy": (names, 2.0 * np.ones(sizes))}
    for name in [*SCALES, "sz_sz", "sx_sx"]:
        variables[name] = (names, values)
        variables[f"{name}_std"] = (names, 0.1 * values)
    return xr.Dataset(variables, coordinates)


def test_a_point_is_drawn_per_z_in_units_of_the_rkky_energy() -> None:
    figure = es.plot(point())
    scales, even, odd = figure.axes
    drawn = [line for line in scales.lines if len(line.get_xdata()) == 4]
    assert len(drawn) == 4
    for line in drawn:  # every sign positive, in units of E_R
        np.testing.assert_allclose(line.get_ydata(), [0.5, 1.0, 1.5, 2.0])
    assert "1.250 $\\pm$ 0.559" in scales.get_legend().get_texts()[0].get_text()
    for panel, parity in ((even, 0), (odd, 1)):
        assert len(panel.lines) == 3
        shells = panel.lines[1].get_xdata()
        assert (shells % 2 == parity).all()
        np.testing.assert_allclose(panel.lines[1].get_ydata(), 1 + 0.1 * shells)
    matplotlib.pyplot.close(figure)


def test_a_sweep_is_drawn_along_its_last_axis_or_the_one_asked_for() -> None:
    figure = es.plot(sweep(5, 2))
    assert figure.axes[0].get_xlabel() == "distance"
    assert len(figure.axes[0].containers) == 5 * 4
    matplotlib.pyplot.close(figure)
    figure = es.plot(sweep(5, 2), x="coupling")
    first = figure.axes[0].containers[0].lines[0]
    np.testing.assert_allclose(first.get_ydata(), (1.0 + 2.0 * np.arange(5)) / 2.0)
    assert figure.axes[0].get_xscale() == "log"
    matplotlib.pyplot.close(figure)


def test_what_cannot_be_drawn_is_refused_with_the_way_out() -> None:
    with pytest.raises(es.InvalidRequest, match="expected an axis"):
        es.plot(sweep(5), x="length")
    with pytest.raises(es.InvalidRequest, match="nothing"):
        es.plot(xr.Dataset({"a": 1.0}))
    with pytest.raises(es.InvalidRequest, match=r"sel\(coupling"):
        es.plot(sweep(9, 2))


def test_unfinished_points_do_not_disturb() -> None:
    partial = sweep(4)
    partial["t_s_transverse_intra"][2:] = np.nan
    partial["flow_level_0"] = (("coupling",), np.full(4, np.nan))
    figure = es.plot(partial)
    figure.canvas.draw()
    matplotlib.pyplot.close(figure)


def test_error_bars_are_drawn() -> None:
    data = point()
    for name in SCALES:
        data[f"{name}_per_z_error"] = ("z", np.array([0.2, 0.4, 0.6, 0.8]))
    scales = es.plot(data).axes[0]
    bars = [segment for group in scales.collections for segment in group.get_segments()]
    heights = {round(float(np.ptp(segment[:, 1])), 9) for segment in bars}
    assert heights == {0.2, 0.4, 0.6, 0.8}  # twice the error over E_R = 2
    data = sweep(5)
    for name in [*SCALES, "sz_sz", "sx_sx"]:
        data[f"{name}_error"] = 0.0 * data[name] + 0.5
    _, correlators = es.plot(data).axes
    bars = [segment for group in correlators.collections for segment in group.get_segments()]
    assert bars and all(np.isclose(np.ptp(segment[:, 1]), 1.0) for segment in bars)
    matplotlib.pyplot.close("all")


def test_error_bars_of_any_array_are_drawn_and_are_no_panels() -> None:
    frequency = np.linspace(0.1, 1.0, 5)
    data = xr.Dataset(
        {"spectrum": ("frequency", frequency**2), "spectrum_error": ("frequency", 0.1 * frequency)},
        {"frequency": frequency},
    )
    (panel,) = es.plot(data).axes
    (bars,) = panel.collections
    found = [float(np.ptp(segment[:, 1])) for segment in bars.get_segments()]
    np.testing.assert_allclose(found, 0.2 * frequency)
    matplotlib.pyplot.close("all")
