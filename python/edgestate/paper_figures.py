"""The figures of the papers, computed and drawn by the program itself."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from edgestate import local
from edgestate.errors import InvalidRequest, ServerError, Violation


@dataclass(frozen=True)
class DrawnFigure:
    """The files of a figure that was drawn; a notebook shows it."""

    name: str
    seconds: float
    svg: Path
    png: Path
    #: The table: ``pandas.read_csv(csv, comment="#")``.
    csv: Path
    json: Path

    @property
    def data(self) -> dict[str, Any]:
        """Title, caption, parameters, and the panels with every number; of the JSON file."""
        return json.loads(self.json.read_text(encoding="utf-8"))["figure"]

    def _repr_svg_(self) -> str:
        return self.svg.read_text(encoding="utf-8")


@dataclass(frozen=True)
class PaperFigure:
    """A figure that can be drawn."""

    name: str
    engine: str
    title: str
    #: Paper and figure, or what it is instead.
    source: str

    def draw(self, output: str | PathLike[str] = "figures", *, quick: bool = False) -> DrawnFigure:
        """Computes and draws it in a process of its own; Ctrl-C ends that.

        Parameters
        ----------
        output : str or path
            The files become ``output/engine/name.svg``, ``.png``, ``.csv``, ``.json``.
        quick : bool
            Coarse grids, the same marked points.

        Raises
        ------
        ServerError
            It could not be computed or written; the message is the program's.
        """
        options = ["--only", self.name, "--output", str(output), *(["--quick"] if quick else [])]
        (made,) = _figures(self.engine, *options)
        if made["status"] != "made":
            raise ServerError(f"figure {self.name}: {made['reason'] or made['status']}")
        files = {Path(file).suffix[1:]: Path(file) for file in made["files"]}
        return DrawnFigure(self.name, made["seconds"], **files)


def figures(which: str | None = None) -> list[PaperFigure]:
    """The figures of the papers that the program can draw.

    Parameters
    ----------
    which : str, optional
        An engine ("ribbon", "transport") or the name of a figure; by default all.

    Examples
    --------
    >>> for figure in es.figures("transport"):                          # doctest: +SKIP
    ...     figure.draw("figures", quick=True)

    Raises
    ------
    InvalidRequest
        There is no such engine or figure.
    """
    found = [PaperFigure(**one) for one in _figures("list")]
    chosen = [one for one in found if which is None or which in (one.engine, one.name)]
    if not chosen:
        known = ", ".join(dict.fromkeys(one.engine for one in found))
        names = ", ".join(one.name for one in found)
        expected = f"value {which!r}; expected an engine ({known}) or one of {names}"
        raise InvalidRequest.of([Violation("which", expected)])
    return chosen


def _figures(*arguments: str) -> list[dict[str, Any]]:
    """What ``edgestate figures`` says about each figure."""
    command = [str(local.find_binary()), "figures", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        return json.loads(done.stdout)["figures"]
    except (ValueError, KeyError):
        said = done.stderr.strip() or f"status {done.returncode}"
        raise ServerError(f"`{' '.join(command)}`: {said}") from None
