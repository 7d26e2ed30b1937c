"""Data sets in netCDF files, complex numbers included."""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path

import xarray as xr

from edgestate.errors import InvalidRequest, Violation

_SUFFIXES = (".nc", ".h5")


def save(dataset: xr.Dataset, path: str | PathLike[str]) -> None:
    """Writes a data set to a netCDF-4 (HDF5) file, which every HDF5 tool reads.

    Complex numbers are stored as HDF5 compounds (r, i). The file appears when it is complete: it
    is written beside `path` and renamed.
    """
    target = Path(path)
    if target.suffix not in _SUFFIXES:
        expected = f"value {str(target)!r}; expected a name ending in {' or '.join(_SUFFIXES)}"
        raise InvalidRequest.of([Violation("path", expected)])
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        dataset.to_netcdf(partial, engine="h5netcdf")
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def load(path: str | PathLike[str]) -> xr.Dataset:
    """Reads a file that :func:`save` wrote into memory."""
    with xr.open_dataset(path, engine="h5netcdf") as opened:
        return opened.load()
