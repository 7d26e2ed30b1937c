"""Documents (dictionaries, TOML or JSON files) to requests, every field checked against the schema.

The schema is the committed description of the wire format, so that a name is spelled once.
"""

from __future__ import annotations

import difflib
import json
import numbers
import sys
from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from edgestate.errors import InvalidRequest, Violation
from edgestate.v1 import jobs_pb2

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Document = Mapping[str, Any] | str | PathLike[str]
AxisValues = Iterable[float] | Mapping[str, Any]

_SWEEP = jobs_pb2.Sweep.DESCRIPTOR
_ENGINES = {field.name: field for field in _SWEEP.oneofs_by_name["engine"].fields}
_INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
_FLOATS = (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT)


def grid(start: float, stop: float, count: int, scale: str = "linear") -> dict[str, Any]:
    """Axis values by a rule, ends included: the server forms them, and stores the rule.

    Parameters
    ----------
    start, stop : float
        First and last value.
    count : int
        Number of values, >= 1.
    scale : {"linear", "log"}
        Equal differences, or equal ratios.

    Examples
    --------
    >>> grid(0.01, 1.0, 5, "log")
    {'from': 0.01, 'to': 1.0, 'count': 5, 'scale': 'log'}
    """
    return {"from": start, "to": stop, "count": count, "scale": scale}


def along(axis: str, values: AxisValues) -> dict[str, Any]:
    """Axis values that vary together with another axis: one dimension, several coordinates.

    Parameters
    ----------
    axis : str
        The other axis, by its name or path. The dimension of the result has its name.
    values : sequence of float or mapping
        As many as the other axis has; or a :func:`grid`.

    Examples
    --------
    A line through the plane of the couplings, J_z = J / 2:

    >>> along("coupling", [0.05, 0.1])
    {'along': 'coupling', 'values': [0.05, 0.1]}
    """
    if isinstance(values, Mapping):
        rule: Mapping[Any, Any] = values
        return {"along": axis, **rule}
    return {"along": axis, "values": list(values)}


def read(document: Document) -> dict[str, Any]:
    """A document as a dictionary.

    Parameters
    ----------
    document : mapping, path or str
        A string that holds a line break or "=" is TOML text, any other string is a path. Files
        ending in ``.json`` are JSON, all others TOML.
    """
    if isinstance(document, Mapping):
        return dict(document)
    if isinstance(document, str) and ("\n" in document or "=" in document):
        text, name = document, "the document"
    else:
        path = Path(document)
        name = str(path)
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise InvalidRequest(f"{path} cannot be read: {error.strerror}") from None
    try:
        parsed = json.loads(text) if name.endswith(".json") else tomllib.loads(text)
    except ValueError as error:
        raise InvalidRequest(f"{name} cannot be parsed: {error}") from None
    if not isinstance(parsed, dict):
        raise InvalidRequest(f"{name} holds no table of fields")
    return parsed


def to_sweep(
    document: Document,
    axes: Mapping[str, AxisValues] | None = None,
    device: str | None = None,
) -> jobs_pb2.Sweep:
    """The request for a document, `axes` added to those of its ``[sweep]`` table.

    Raises
    ------
    InvalidRequest
        With every refused field: unknown names, wrong types, values that do not fit. What a value
        may be is decided by the server.
    """
    fields = read(document)
    violations: list[Violation] = []
    sweep = jobs_pb2.Sweep()
    name = fields.pop("engine", None)
    if name not in _ENGINES:
        given = "missing" if name is None else f"value {_shown(name)}"
        known = ", ".join(repr(engine) for engine in _ENGINES)
        raise InvalidRequest.of([Violation("engine", f"{given}; expected one of {known}")])
    device = fields.pop("device", None) if device is None else device
    if device is not None and not isinstance(device, str):
        violations.append(Violation("device", f"value {_shown(device)}; expected a string"))
    elif device is not None:
        sweep.device = device
    table = fields.pop("sweep", {})
    if not isinstance(table, Mapping):
        violations.append(Violation("sweep", f"value {_shown(table)}; expected a table of axes"))
        table = {}
    engine = getattr(sweep, name)
    engine.SetInParent()
    _fill(engine, fields, "", violations, outside=("engine", "device", "sweep"))
    paths = _numeric_paths(_ENGINES[name].message_type)
    for path, values in [*table.items(), *(axes or {}).items()]:
        field = _field_of(path, paths, fields)
        _add_axis(sweep, field, path, _led(values, paths, fields), violations, paths)
    if violations:
        raise InvalidRequest.of(violations)
    return sweep


def to_json(document: Document, axes: Mapping[str, AxisValues] | None = None) -> str:
    """The text of a document file with `axes` added to its ``[sweep]`` table, by full paths.

    The same checks as for :func:`to_sweep`; the same document gives the same text.
    """
    to_sweep(document, axes)
    fields = read(document)
    paths = _numeric_paths(_ENGINES[fields["engine"]].message_type)
    table = {
        _field_of(name, paths, fields): _led(values, paths, fields)
        for name, values in [*fields.get("sweep", {}).items(), *(axes or {}).items()]
    }
    if table:
        fields["sweep"] = table
    return json.dumps(_plain(fields), indent=1)


def _led(values: AxisValues, paths: list[str], fields: Mapping[str, Any]) -> AxisValues:
    """Values :func:`along` another axis, with the whole path of that one."""
    table: Mapping[Any, Any] = values if isinstance(values, Mapping) else {}
    leader = table.get("along")
    if not isinstance(leader, str):
        return values
    return {**table, "along": _field_of(leader, paths, fields) or leader}


def _plain(value: Any) -> Any:
    """Nested tables and lists of Python's own numbers; fields without a value left out."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items() if one is not None}
    if _is_list(value):
        return [_plain(one) for one in value]
    if isinstance(value, np.ndarray):
        value = value[()]
    return value.item() if isinstance(value, np.generic) else value


def _fill(
    message: Message,
    fields: Mapping[str, Any],
    prefix: str,
    violations: list[Violation],
    outside: tuple[str, ...] = (),
) -> None:
    """Sets the fields of `message`; `outside` are names that exist beside them."""
    known = message.DESCRIPTOR.fields_by_name
    for key, value in fields.items():
        path = f"{prefix}{key}"
        field = known.get(key)
        if value is None:
            continue
        if field is None:
            violations.append(Violation(path, _unknown(str(key), [*outside, *known])))
        elif field.message_type is None:
            _set(message, field, value, path, violations)
        elif _is_repeated(field):
            _fill_tables(getattr(message, field.name), value, path, violations)
        elif not isinstance(value, Mapping):
            violations.append(Violation(path, f"value {_shown(value)}; expected a table"))
        else:
            part = getattr(message, field.name)
            part.SetInParent()
            _fill(part, value, f"{path}.", violations)


def _fill_tables(repeated: Any, value: Any, path: str, violations: list[Violation]) -> None:
    """Adds a message for every table of a list."""
    if not _is_list(value):
        violations.append(Violation(path, f"value {_shown(value)}; expected a list of tables"))
        return
    for index, table in enumerate(value):
        place = f"{path}[{index}]"
        if isinstance(table, Mapping):
            _fill(repeated.add(), table, f"{place}.", violations)
        else:
            violations.append(Violation(place, f"value {_shown(table)}; expected a table"))


def _set(
    message: Message, field: FieldDescriptor, value: Any, path: str, violations: list[Violation]
) -> None:
    if _is_repeated(field):
        for place, one in _flattened(value, path):
            _store(getattr(message, field.name).append, field, one, place, violations)
    elif _is_list(value):
        expected = "expected one value; several are an axis of a sweep"
        violations.append(Violation(path, f"value {_shown(value)}; {expected}"))
    else:
        _store(lambda one: setattr(message, field.name, one), field, value, path, violations)


def _flattened(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every entry of nested lists with its place, row by row; a single value as it is."""
    if not _is_list(value):
        yield path, value
        return
    for index, one in enumerate(value):
        yield from _flattened(one, f"{path}[{index}]")


def _is_repeated(field: FieldDescriptor) -> bool:
    repeated = getattr(field, "is_repeated", None)  # since protobuf 6.31
    return field.label == FieldDescriptor.LABEL_REPEATED if repeated is None else repeated


def _store(
    store: Any, field: FieldDescriptor, value: Any, path: str, violations: list[Violation]
) -> None:
    try:
        store(_converted(field, value))
    except ValueError as expected:
        violations.append(Violation(path, f"value {_shown(value)}; expected {expected}"))


def _converted(field: FieldDescriptor, value: Any) -> Any:
    """`value` for the wire; raises ValueError with what is expected instead."""
    if field.enum_type is not None:
        return _enum_number(field.enum_type, value)
    if field.cpp_type in _FLOATS:
        return _number(value)
    if field.cpp_type in _INTEGERS:
        low, high = _INTEGERS[field.cpp_type]
        # Not by way of a float, which has fewer digits than an int64.
        number = int(value) if isinstance(value, numbers.Integral) else _number(value)
        if isinstance(value, bool) or number != number or not low <= number <= high:
            raise ValueError("a whole number >= 0" if low == 0 else "a whole number")
        if number != int(number):
            raise ValueError("a whole number")
        return int(number)
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL and isinstance(value, bool):
        return value
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING and isinstance(value, str):
        return value
    raise ValueError("true or false" if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL else "text")


def _number(value: Any) -> float:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise ValueError("a number")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("a number below 1e308") from None


def _enum_number(enum: EnumDescriptor, value: Any) -> int:
    names = _enum_names(enum)
    if not isinstance(value, str) or value not in names:
        close = difflib.get_close_matches(str(value), names, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise ValueError("one of " + ", ".join(repr(name) for name in names) + hint)
    return names[value]


def _enum_names(enum: EnumDescriptor) -> dict[str, int]:
    """The enum's values as ``kebab-case``, without its name in front; zero is not a value."""
    first = next(value.name for value in enum.values if value.number == 0)
    prefix = first.removesuffix("UNSPECIFIED")
    return {
        value.name.removeprefix(prefix).lower().replace("_", "-"): value.number
        for value in enum.values
        if value.number != 0
    }


def _field_of(name: str, paths: list[str], tables: Mapping[str, Any]) -> str | None:
    """The path that `name` means: a path, or its last part. Where tables share a name, the one
    table that the document has."""
    matching = [path for path in paths if path == name or path.rpartition(".")[2] == name]
    if len(matching) > 1:
        matching = [path for path in matching if path.partition(".")[0] in tables]
    return matching[0] if len(matching) == 1 else None


def _add_axis(
    sweep: jobs_pb2.Sweep,
    field: str | None,
    name: str,
    values: AxisValues,
    violations: list[Violation],
    paths: list[str],
) -> None:
    label = f"sweep.{name!r}"
    if field is None:
        violations.append(Violation(label, _unknown(str(name), paths)))
        return
    axis = sweep.axes.add(field=field)
    table: dict[Any, Any] = dict(values) if isinstance(values, Mapping) else {}
    by_rule = isinstance(values, Mapping)
    given: Any = values
    if "along" in table:
        leader = axis.DESCRIPTOR.fields_by_name["along"]
        _set(axis, leader, table.pop("along"), label, violations)
        by_rule = set(table) != {"values"}
        given = table.get("values")
    if by_rule:
        missing = [key for key in ("from", "to", "count") if table.get(key) is None]
        for key in missing:  # on the wire a missing number would be 0
            violations.append(Violation(f"{label}.{key}", "missing; expected a number"))
        axis.grid.SetInParent()
        _fill(axis.grid, table, f"{label}.", violations)
        return
    axis.list.SetInParent()
    several = list(given) if _is_list(given) else [given]
    for index, value in enumerate(several):
        try:
            axis.list.values.append(_number(value))
        except ValueError as expected:
            description = f"value {_shown(value)}; expected {expected}"
            violations.append(Violation(f"{label}[{index}]", description))


def _numeric_paths(message: Descriptor, prefix: str = "") -> list[str]:
    found = []
    for field in message.fields:
        if field.message_type is not None and _is_repeated(field):
            continue  # a field of many tables is no axis
        if field.message_type is not None:
            found += _numeric_paths(field.message_type, f"{prefix}{field.name}.")
        elif field.enum_type is None and field.cpp_type in (*_FLOATS, *_INTEGERS):
            found.append(f"{prefix}{field.name}")
    return found


def _unknown(name: str, known: Iterable[str]) -> str:
    known = list(known)
    close = [one for one in known if name and one.startswith(name)]
    close = close or difflib.get_close_matches(name, known, n=1)
    if not close:  # a bare name of a path
        close = [path for path in known if path.rpartition(".")[2] == name.rpartition(".")[2]][:1]
    if not close:
        leaves = {path.rpartition(".")[2]: path for path in known}
        close = [leaves[leaf] for leaf in difflib.get_close_matches(name, leaves, n=1)]
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"unknown field; {hint}expected one of {', '.join(known)}"


def _is_list(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))


def _shown(value: Any) -> str:
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= 80 else f"{text[:77]}..."
