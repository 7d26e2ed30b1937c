"""Peaks for Spectra.Broaden, and the spectra that come back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgestate.arrays import chunks, wire_dtype
from edgestate.certificate import Certificate
from edgestate.errors import CorruptData, InvalidRequest, Violation
from edgestate.v1 import spectra_pb2

_METHODS = {
    "auto": spectra_pb2.BROADEN_METHOD_AUTO,
    "direct": spectra_pb2.BROADEN_METHOD_DIRECT,
    "binned": spectra_pb2.BROADEN_METHOD_BINNED,
}
_PARAMETERS = {
    "gaussian": ("width",),
    "lorentzian": ("half_width",),
    "log_gauss": ("sigma",),
    "thermal": ("sigma", "crossover"),
}


@dataclass(frozen=True)
class Broadened:
    """A broadened spectrum, how exact it is and how it was found."""

    #: A(w) at each frequency, in weight per unit of frequency; shape of the frequencies.
    values: np.ndarray
    #: Bound on the error at each frequency, rounding included.
    error_bounds: np.ndarray
    #: `measures` has the largest bound relative to K_max(w) sum \|weight\| and the sum of weights.
    certificate: Certificate


@dataclass(frozen=True)
class Peaks:
    """Checked arrays of one call."""

    positions: np.ndarray
    weights: np.ndarray
    frequencies: np.ndarray
    widths: np.ndarray | None

    @classmethod
    def of(
        cls,
        positions: np.ndarray,
        weights: np.ndarray,
        frequencies: np.ndarray,
        widths: np.ndarray | None,
    ) -> Peaks:
        named = {"positions": positions, "weights": weights, "frequencies": frequencies}
        if widths is not None:
            named["widths"] = widths
        arrays = {name: np.asarray(values) for name, values in named.items()}
        refused = [
            Violation(name, f"dtype {array.dtype}; expected {_expected(name)}")
            for name, array in arrays.items()
            if array.dtype.kind not in ("biufc" if name == "weights" else "biuf")
        ]
        shape = arrays["positions"].shape
        refused += [
            Violation(name, f"shape {arrays[name].shape}; expected {shape}, that of the positions")
            for name in ("weights", "widths")
            if name in arrays and arrays[name].shape != shape
        ]
        if refused:
            raise InvalidRequest.of(refused)
        is_complex = arrays["weights"].dtype.kind == "c"
        return cls(
            positions=arrays["positions"].astype(np.float64).reshape(-1),
            weights=arrays["weights"].astype(complex if is_complex else float).reshape(-1),
            frequencies=arrays["frequencies"].astype(np.float64),
            widths=arrays["widths"].astype(np.float64).reshape(-1) if "widths" in arrays else None,
        )

    def header(
        self,
        kernel: str,
        parameters: Mapping[str, float | None],
        method: str,
        tolerance: float,
        device: str | None = None,
    ) -> spectra_pb2.BroadenHeader:
        """The checked first message of the call."""
        header = spectra_pb2.BroadenHeader(
            weights_dtype=wire_dtype(self.weights),
            peaks=self.positions.size,
            frequencies=self.frequencies.size,
            widths=self.widths is not None,
            method=_method(method),
            tolerance=tolerance,
            device=device or "",
        )
        chosen = _parameters(kernel, parameters, self.widths is not None)
        part = getattr(header, kernel)
        part.SetInParent()
        for name, value in chosen.items():
            setattr(part, name, value)
        return header

    def requests(self, header: spectra_pb2.BroadenHeader) -> Iterator[spectra_pb2.BroadenRequest]:
        """The messages of the call: header, then chunks."""
        yield spectra_pb2.BroadenRequest(header=header)
        arrays = [self.positions, self.weights, self.frequencies]
        if self.widths is not None:
            arrays.append(self.widths)
        for tensor, array in enumerate(arrays):
            for chunk in chunks([array], tensor):
                yield spectra_pb2.BroadenRequest(chunk=chunk)

    def result(self, answered: Sequence[np.ndarray], certificate: Certificate) -> Broadened:
        """The spectrum in the shape of the frequencies."""
        if len(answered) != 2 or any(array.size != self.frequencies.size for array in answered):
            raise CorruptData("the answer does not fit the frequencies sent")
        values, bounds = (array.reshape(self.frequencies.shape) for array in answered)
        return Broadened(values, bounds, certificate)


def _expected(name: str) -> str:
    return "real or complex numbers" if name == "weights" else "real numbers"


def _method(method: str) -> spectra_pb2.BroadenMethod:
    if method not in _METHODS:
        expected = f"value {method!r}; expected one of {', '.join(_METHODS)}"
        raise InvalidRequest.of([Violation("method", expected)])
    return _METHODS[method]


def _parameters(
    kernel: str, given: Mapping[str, float | None], own_widths: bool
) -> dict[str, float]:
    """The kernel's parameters; with widths of their own the first one may be left out."""
    if kernel not in _PARAMETERS:
        expected = f"value {kernel!r}; expected one of {', '.join(_PARAMETERS)}"
        raise InvalidRequest.of([Violation("kernel", expected)])
    wanted = _PARAMETERS[kernel]
    chosen = {name: value for name, value in given.items() if value is not None}
    if own_widths:
        chosen.setdefault(wanted[0], 1.0)
    refused = [Violation(name, f"missing; kernel {kernel!r} has it") for name in wanted]
    refused = [one for one in refused if one.field not in chosen]
    refused += [
        Violation(name, f"value {value}; kernel {kernel!r} has only {', '.join(wanted)}")
        for name, value in chosen.items()
        if name not in wanted
    ]
    if refused:
        raise InvalidRequest.of(refused)
    return {name: float(chosen[name]) for name in wanted}
