"""The package as users get it: its metadata, its documentation, and the wheel with the server."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import edgestate as es
from edgestate import aio, documents

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPOSITORY = Path(__file__).resolve().parents[2]


def project(path: str) -> dict:
    return tomllib.loads((REPOSITORY / path).read_text())


def test_the_client_alone_and_the_wheel_say_the_same() -> None:
    client = project("python/pyproject.toml")["project"]
    wheel = project("pyproject.toml")["project"]
    version = project("Cargo.toml")["package"]["version"]
    assert client["version"] == es.__version__ == version
    assert client["dependencies"] == wheel["dependencies"]
    assert client["requires-python"] == wheel["requires-python"]
    extras = {**client["optional-dependencies"]}
    del extras["test"]
    assert extras == wheel["optional-dependencies"]


def public_functions() -> list[tuple[str, object]]:
    found = [(name, getattr(es, name)) for name in es.__all__]
    for module in (es.nrg, es.impurity, es.ribbon, es.transport, es.crossover):
        found += [
            (f"{module.__name__}.{name}", value)
            for name, value in vars(module).items()
            if inspect.isfunction(value) and value.__module__ == module.__name__ and name[0] != "_"
        ]
    return found


PUBLIC = [one for one in public_functions() if callable(one[1])]


@pytest.mark.parametrize(("name", "function"), [pytest.param(*p, id=p[0]) for p in PUBLIC])
def test_every_public_name_is_documented(name: str, function: object) -> None:
    text = inspect.getdoc(function) or ""
    assert len(text) > 20, f"{name} has no documentation"
    # Without a list of parameters, a sentence says it all; "as for f": they stand there.
    if not inspect.isfunction(function) or "Parameters\n---" not in text or "as for" in text:
        return
    parameters = inspect.signature(function).parameters.values()
    named = [one.name for one in parameters if one.kind is not one.VAR_KEYWORD]
    missing = [one for one in named if one != "client" and not re.search(rf"\b{one}\b", text)]
    assert not missing, f"{name} does not say what {missing} are"


def test_the_asyncio_twin_has_every_call() -> None:
    blocking = {name for name in vars(es.Client) if not name.startswith("_")}
    awaited = {name for name in vars(aio.Client) if not name.startswith("_")}
    assert blocking - awaited <= {"channel"}
    for name in ("sweep", "run", "job", "jobs", "eigh", "connect"):
        assert inspect.iscoroutinefunction(getattr(aio, name))


def test_the_document_of_a_file_is_that_of_the_wire() -> None:
    document = {"engine": "nrg", "model": {"distance": 3, "coupling": None}}
    axes = {"coupling": es.grid(0.1, 0.2, 2), "coupling_z": es.along("coupling", [0.0, 0.1])}
    text = documents.to_json(document, axes)
    assert documents.to_sweep(json.loads(text)) == documents.to_sweep(document, axes)
    assert list(json.loads(text)["sweep"]) == ["model.coupling", "model.coupling_z"]
    assert documents.to_json(json.loads(text)) == text


@pytest.mark.skipif(not os.environ.get("EDGESTATE_LONG"), reason="builds and installs: long form")
def test_an_installed_wheel_computes_in_three_lines(short_directory: Path) -> None:
    wheels, venv = short_directory / "wheels", short_directory / "venv"
    built = os.environ.get("EDGESTATE_WHEEL")
    if built is None:
        subprocess.run([REPOSITORY / "scripts/wheel.sh", "release", wheels], check=True)
        (wheel,) = wheels.glob("*.whl")
    else:
        wheel = Path(built)
    assert re.match(r"edgestate-[\d.]+-py3-none-.*linux.*\.whl", wheel.name)
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    python, constraints = venv / "bin/python", REPOSITORY / "python/constraints.txt"
    install = [python, "-m", "pip", "install", "--quiet", "--constraint", constraints]
    subprocess.run([*install, f"edgestate[plot] @ file://{wheel}"], check=True)
    program = """if True:
        import edgestate as es
        document = es.nrg.two_impurity(coupling=0.1, coupling_z=0, distance=3, temperature=0.05,
                                       shells=3, z=[0.0, 0.5], max_states=200)
        es.run(document).plot().savefig("figure.png")
        client = es.connect()
        print(client.server_version, es.local.find_binary())
        es.local._started[-1].terminate()
    """
    own = {"XDG_RUNTIME_DIR": str(short_directory), "XDG_DATA_HOME": str(short_directory / "data")}
    environment = {**os.environ, **own, "MPLBACKEND": "agg", "PATH": "/usr/bin:/bin"}
    environment.pop("EDGESTATE_BINARY", None)
    environment.pop("PYTHONPATH", None)
    run = [python, "-I", "-c", program]
    done = subprocess.run(
        run, cwd=short_directory, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    version, program_path = done.stdout.split()
    assert version == es.__version__ and Path(program_path) == venv / "bin/edgestate"
    assert (short_directory / "figure.png").read_bytes().startswith(b"\x89PNG")
