"""What is known about the accuracy of a result, and where it was computed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from edgestate.v1 import common_pb2


@dataclass(frozen=True)
class Certificate:
    """Accuracy and origin of a result.

    `eigen_residual` is max :math:`|A V - V L|_F / (n |A|_F eps)` and `eigen_orthogonality` is
    max :math:`|V^H V - 1|_F / (n eps)` over all matrices: of order 1 when all is well, a failure
    above 30 (the test ratios of LAPACK).
    """

    device: str
    precision: str
    version: str
    eigen_residual: float
    eigen_orthogonality: float
    matrices: int
    #: Engine-specific numbers: sum rules, discarded weight, ...
    measures: dict[str, float] = field(default_factory=dict)
    #: Bounds that are not met, in words.
    warnings: tuple[str, ...] = ()
    #: How it was computed, in words.
    notes: tuple[str, ...] = ()

    @classmethod
    def from_wire(cls, message: common_pb2.Certificate) -> Certificate:
        return cls(
            device=message.device,
            precision=message.precision,
            version=message.version,
            eigen_residual=message.eigen_residual,
            eigen_orthogonality=message.eigen_orthogonality,
            matrices=message.matrices,
            measures={measure.name: measure.value for measure in message.measures},
            warnings=tuple(message.warnings),
            notes=tuple(message.notes),
        )

    @property
    def ratios(self) -> str:
        """The two ratios in words."""
        if not self.matrices:
            return "no matrix was diagonalized"
        return (
            f"{self.matrices} matrices, residual {self.eigen_residual:.2g}, "
            f"orthogonality {self.eigen_orthogonality:.2g} (a failure above 30)"
        )

    def to_json(self) -> str:
        """A text that :meth:`from_json` reads back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Certificate:
        values = json.loads(text)
        for name in ("warnings", "notes"):
            values[name] = tuple(values.get(name, ()))
        return cls(**values)

    def __str__(self) -> str:
        head = f"{self.device}, {self.precision}, edgestate {self.version}; {self.ratios}"
        numbers = [f"  {name} = {value:.6g}" for name, value in self.measures.items()]
        notes = [f"  {one}" for one in self.notes]
        return "\n".join([head, *numbers, *notes, *(f"  warning: {one}" for one in self.warnings)])
