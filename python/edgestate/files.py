"""Data sets in files that every tool reads: netCDF (HDF5, complex numbers too) and Parquet."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from edgestate.errors import InvalidRequest, Violation

if TYPE_CHECKING:
    import pandas as pd

_NETCDF = (".nc", ".h5")
_PARQUET = (".parquet",)


def save(dataset: xr.Dataset, path: str | PathLike[str]) -> None:
    """Writes a data set to a file of the kind that its suffix says.

    Parameters
    ----------
    dataset : xarray.Dataset
        Of :attr:`Job.data`.
    path : str or path
        ``.nc`` and ``.h5``: :func:`to_netcdf`; ``.parquet``: :func:`to_parquet`.

    Raises
    ------
    InvalidRequest
        Another suffix.
    """
    if _suffix_of(path, (*_NETCDF, *_PARQUET)) in _PARQUET:
        to_parquet(dataset, path)
    else:
        to_netcdf(dataset, path)


def to_netcdf(dataset: xr.Dataset, path: str | PathLike[str]) -> None:
    """Writes a data set to a netCDF-4 (HDF5) file, which every HDF5 tool reads.

    Complex numbers are HDF5 compounds (r, i), as h5py has them. Units and provenance are
    attributes. The file appears when it is complete: it is written beside `path` and renamed.

    Parameters
    ----------
    dataset : xarray.Dataset
        Of :attr:`Job.data`.
    path : str or path
        A name ending in ``.nc`` or ``.h5``.
    """
    _suffix_of(path, _NETCDF)
    with _written(path) as partial:
        dataset.to_netcdf(partial, engine="h5netcdf")


def to_parquet(dataset: xr.Dataset, path: str | PathLike[str]) -> None:
    """Writes :func:`table` of a data set to a Parquet file, for pandas, polars, DuckDB, R.

    The attributes of the data set are the metadata ``edgestate`` of the file, the attributes of
    a variable the metadata of its column, both as JSON. Needs pyarrow:
    ``pip install edgestate[parquet]``.

    Parameters
    ----------
    dataset : xarray.Dataset
        Of :attr:`Job.data`.
    path : str or path
        A name ending in ``.parquet``.
    """
    _suffix_of(path, _PARQUET)
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise ModuleNotFoundError("Parquet needs pyarrow: pip install edgestate[parquet]") from None
    tidy = pyarrow.Table.from_pandas(table(dataset), preserve_index=False)
    fields = [
        field.with_metadata({"edgestate": _json(dataset[_variable(field.name, dataset)].attrs)})
        for field in tidy.schema
    ]
    own = {**(tidy.schema.metadata or {}), b"edgestate": _json(dataset.attrs).encode()}
    with _written(path) as partial:
        parquet.write_table(tidy.cast(pyarrow.schema(fields, metadata=own)), partial)


def table(dataset: xr.Dataset) -> pd.DataFrame:
    """The results as a tidy table: a row per point of the sweep, a column per quantity.

    Quantities with dimensions of their own (``z``, ``shell``, ``band``) are left out. A complex
    quantity becomes two columns, ``name_re`` and ``name_im``. Data that are not those of a job
    have a row per element of their largest array.
    """
    dimensions = _row_dimensions(dataset)
    kept = [name for name in dataset.data_vars if set(dataset[name].dims) <= set(dimensions)]
    columns: dict[str, xr.DataArray] = {}
    for name in kept:
        array = dataset[name]
        if array.dtype.kind == "c":
            columns |= {f"{name}_re": array.real, f"{name}_im": array.imag}
        else:
            columns[str(name)] = array
    flat = xr.Dataset(columns, {name: dataset[name] for name in dimensions if name in dataset})
    if not dimensions:
        return flat.expand_dims("point").to_dataframe().reset_index(drop=True)
    return flat.to_dataframe(dim_order=dimensions).reset_index()


def load(path: str | PathLike[str]) -> xr.Dataset:
    """Reads a netCDF file that :func:`save` wrote into memory."""
    with xr.open_dataset(path, engine="h5netcdf") as opened:
        return opened.load()


def _row_dimensions(dataset: xr.Dataset) -> list[str]:
    """Those of `status`, which every point of a sweep has; else those of the largest array."""
    if "status" in dataset:
        return [str(name) for name in dataset["status"].dims]
    arrays = sorted(dataset.data_vars.values(), key=lambda array: array.ndim)
    return [str(name) for name in arrays[-1].dims] if arrays else []


def _variable(column: str, dataset: xr.Dataset) -> str:
    return column if column in dataset.variables else column.removesuffix("_re").removesuffix("_im")


def _json(attributes: dict[str, object]) -> str:
    plain = {
        name: value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
        for name, value in attributes.items()
    }
    return json.dumps(plain)


def _suffix_of(path: str | PathLike[str], allowed: tuple[str, ...]) -> str:
    suffix = Path(path).suffix
    if suffix not in allowed:
        expected = f"value {str(path)!r}; expected a name ending in {', '.join(allowed)}"
        raise InvalidRequest.of([Violation("path", expected)])
    return suffix


@contextmanager
def _written(path: str | PathLike[str]) -> Iterator[Path]:
    """A name beside `path` to write to; renamed to `path` when that was done."""
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        yield partial
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
