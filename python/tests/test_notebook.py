"""The notebook of examples/ runs from its first to its last cell."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

TOUR = Path(__file__).resolve().parents[2] / "examples" / "tour.ipynb"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_tour_runs(own_server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The kernel is a process of its own: its server uses this store and this socket.
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    notebook = nbformat.read(TOUR, as_version=4)
    stop = "es.api._default().close(); from edgestate import local; local._started[-1].terminate()"
    notebook.cells.append(nbformat.v4.new_code_cell(stop))
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    html = "".join(output["data"].get("text/html", "") for output in outputs if "data" in output)
    assert "image/png" in kinds
    assert re.search(r"certificate: \d+ matrices, residual", html)
    assert ">done<" in html and "data:image/png" in html
    assert any("largest |A V - V L|" in output.get("text", "") for output in outputs)
    assert (tmp_path / "tour.nc").stat().st_size > 1000


def test_the_tour_is_kept_without_outputs() -> None:
    for cell in nbformat.read(TOUR, as_version=4).cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None
