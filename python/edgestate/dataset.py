"""Arrays of a job to an xarray.Dataset: names, dimensions, units, provenance."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from edgestate.arrays import from_bytes
from edgestate.certificate import Certificate
from edgestate.errors import CorruptData
from edgestate.v1 import common_pb2, jobs_pb2, transport_pb2


def assemble(
    header: jobs_pb2.FetchHeader,
    arrays: Sequence[np.ndarray],
    certificate: Certificate,
    job_id: str,
) -> xr.Dataset:
    """The data set of a fetched job.

    An array with one dimension of its own name is a coordinate, as is a field along another axis.
    A path ("model.coupling_z") becomes its last part, unless that is taken; the attribute
    ``field`` keeps the path.
    """
    names = _short_names(header.tensors)
    variables: dict[str, Any] = {}
    coordinates: dict[str, Any] = {}
    for tensor, array in zip(header.tensors, arrays, strict=True):
        name = names[tensor.name]
        dimensions = tuple(names[dimension] for dimension in tensor.dimensions)
        if len(dimensions) != array.ndim:
            raise CorruptData(f"tensor {tensor.name!r} has no name for every dimension")
        # A field that varies along another axis is a coordinate of that dimension.
        is_field = "." in tensor.name and len(dimensions) == 1
        target = coordinates if dimensions == (name,) or is_field else variables
        target[name] = (dimensions, array, _attributes(tensor))
    try:
        dataset = xr.Dataset(variables, coordinates)
    except ValueError as error:
        raise CorruptData(f"the arrays of the result do not fit together: {error}") from None
    dataset.attrs = {
        "job": job_id,
        **_provenance(header.attributes_json),
        "certificate": certificate.to_json(),
    }
    if header.failed:
        failed = [{"point": one.point, "reason": one.reason} for one in header.failed]
        dataset.attrs["failed_points"] = json.dumps(failed)
    return dataset


def of_reply(reply: transport_pb2.ComputeReply, version: str) -> xr.Dataset:
    """The data set of a request that was answered at once."""
    if len(reply.tensors) != len(reply.data):
        raise CorruptData(f"{len(reply.tensors)} arrays announced, {len(reply.data)} came")
    certificate = Certificate.from_wire(reply.certificate)
    attributes = {
        "engine": "transport",
        "version": version,
        "device": certificate.device,
        "precision": certificate.precision,
    }
    header = jobs_pb2.FetchHeader(tensors=reply.tensors, attributes_json=json.dumps(attributes))
    arrays = [from_bytes(*one) for one in zip(reply.tensors, reply.data, strict=True)]
    dataset = assemble(header, arrays, certificate, "")
    del dataset.attrs["job"]  # there is none
    return dataset.drop_vars("status", errors="ignore")


def _short_names(tensors: Iterable[common_pb2.Tensor]) -> dict[str, str]:
    paths = {name for tensor in tensors for name in (tensor.name, *tensor.dimensions)}
    leaves = [path.rpartition(".")[2] for path in paths]
    return {
        path: leaf if leaves.count(leaf) == 1 else path
        for path, leaf in zip(paths, leaves, strict=True)
    }


def _attributes(tensor: common_pb2.Tensor) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    if tensor.long_name:
        attributes["long_name"] = tensor.long_name
    if tensor.unit:
        attributes["units"] = tensor.unit
    if "." in tensor.name:
        attributes["field"] = tensor.name
    if tensor.name == "status":
        attributes["flag_values"] = np.array([0, 1, 2], dtype=np.int64)
        attributes["flag_meanings"] = "pending done failed"
    return attributes


def _provenance(text: str) -> dict[str, Any]:
    """Scalars as they are; what is nested stays JSON, since files know no nested attributes."""
    attributes: dict[str, Any] = {}
    for name, value in json.loads(text or "{}").items():
        if isinstance(value, bool):
            attributes[name] = int(value)
        elif isinstance(value, (str, int, float)):
            attributes[name] = value
        elif value is not None:
            attributes[name] = json.dumps(value)
    return attributes
