"""The pages point at what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md")]
TOP = ("src", "proto", "shaders", "build", "tests", "benches", "examples", "docs", "python")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_paths_exist(page: Path) -> None:
    text = page.read_text()
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    missing = [link for link in links if not (page.parent / link).exists()]
    # A path in backticks, from the top of the repository.
    for path in re.findall(rf"`((?:{'|'.join(TOP)})/[\w./-]+)`", text):
        if not (REPOSITORY / path).exists():
            missing.append(path)
    assert not missing


def test_pages_are_found() -> None:
    assert {"README.md", "ARCHITECTURE.md", "python.md", "index.md"} <= {p.name for p in PAGES}


def test_the_python_of_the_pages_compiles() -> None:
    blocks = [
        block
        for page in (REPOSITORY / "README.md", REPOSITORY / "docs" / "python.md")
        for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    ]
    assert len(blocks) >= 5
    for block in blocks:
        compile(block, "page", "exec")
