"""The committed stubs are those of the committed proto files."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

PYTHON = Path(__file__).resolve().parents[1]


def test_stubs_are_fresh(tmp_path: Path) -> None:
    pytest.importorskip("grpc_tools", reason="the generator has no wheel for this Python")
    runpy.run_path(str(PYTHON / "regenerate.py"))["regenerate"](tmp_path)
    fresh = {path.name: path.read_text() for path in (tmp_path / "edgestate/v1").glob("*.py*")}
    committed = {
        path.name: path.read_text()
        for path in (PYTHON / "edgestate/v1").glob("*.py*")
        if path.name != "__init__.py"
    }
    assert fresh == committed, "run python/regenerate.py"
