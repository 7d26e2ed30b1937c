"""What is saved opens without this package, complex numbers and units included."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import edgestate as es


def dataset() -> xr.Dataset:
    axes = ("coupling", "temperature")
    energy = np.arange(6.0).reshape(3, 2)
    energy[2, 1] = np.nan
    variables = {
        "energy": (axes, energy, {"units": "D", "long_name": "an energy"}),
        "green": (axes, energy + 1j, {"units": "1/D"}),
        "status": (axes, np.array([[1, 1], [1, 1], [1, 2]])),
        "energy_per_z": ((*axes, "z"), np.zeros((3, 2, 4))),
        "scale": (("coupling",), np.array([5.0, 6.0, 7.0])),
    }
    coordinates = {
        "coupling": [0.1, 0.2, 0.3],
        "temperature": [1.0, 2.0],
        "z": [0, 0.25, 0.5, 0.75],
    }
    return xr.Dataset(variables, coordinates, {"job": "j1", "seconds": 1.5})


def test_netcdf_is_read_by_h5py_and_comes_back_the_same(tmp_path: Path) -> None:
    es.to_netcdf(dataset(), tmp_path / "x.nc")
    with h5py.File(tmp_path / "x.nc") as file:
        np.testing.assert_array_equal(file["green"][()], dataset().green.values)
        assert file["green"].dtype == np.complex128
        assert file["energy"].attrs["units"] == "D" and file.attrs["job"] == "j1"
        assert [file["energy"].dims[k][0].name for k in (0, 1)] == ["/coupling", "/temperature"]
    xr.testing.assert_identical(es.load(tmp_path / "x.nc"), dataset())


def test_parquet_has_a_row_per_point_and_a_column_per_quantity(tmp_path: Path) -> None:
    es.save(dataset(), tmp_path / "x.parquet")
    table = pd.read_parquet(tmp_path / "x.parquet")
    assert list(table) == [
        *("coupling", "temperature"),
        *("energy", "green_re", "green_im", "status", "scale"),
    ]
    assert len(table) == 6
    row = table.iloc[3]  # row-major: the last axis runs fastest
    assert (row.coupling, row.temperature, row.energy, row.green_im) == (0.2, 2.0, 3.0, 1.0)
    assert row.scale == 6.0 and table.status.tolist() == [1, 1, 1, 1, 1, 2]
    assert np.isnan(table.energy.iloc[5])


def test_parquet_keeps_units_and_provenance(tmp_path: Path) -> None:
    from pyarrow import parquet

    es.to_parquet(dataset(), tmp_path / "x.parquet")
    schema = parquet.read_schema(tmp_path / "x.parquet")
    assert b'"seconds": 1.5' in schema.metadata[b"edgestate"]
    assert b'"units": "1/D"' in schema.field("green_im").metadata[b"edgestate"]


def test_a_single_point_is_one_row() -> None:
    point = dataset().isel(coupling=0, temperature=1).drop_vars(["coupling", "temperature"])
    table = es.table(point)
    assert len(table) == 1 and table.energy.tolist() == [1.0] and "energy_per_z" not in table


@pytest.mark.parametrize("name", ["x.csv", "x", "x.nc.gz"])
def test_another_suffix_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(es.InvalidRequest, match="path"):
        es.save(dataset(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    es.to_netcdf(dataset(), tmp_path / "x.nc")
    broken = dataset().assign_attrs(nested={"a": 1})  # netCDF has no nested attributes
    with pytest.raises((TypeError, ValueError)):
        es.to_netcdf(broken, tmp_path / "x.nc")
    xr.testing.assert_identical(es.load(tmp_path / "x.nc"), dataset())
    assert [path.name for path in tmp_path.iterdir()] == ["x.nc"]
