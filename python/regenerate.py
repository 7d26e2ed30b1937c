"""Writes edgestate/v1 from ../proto: `python python/regenerate.py [--into DIRECTORY]`.

The stubs demand a grpcio and a protobuf at least as new as their generator, so they are generated
with the oldest release that is still supported (see `test` in pyproject.toml), not the newest.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROTO = HERE.parent / "proto"


def regenerate(into: Path) -> None:
    """Generates the stubs of every file in `proto/edgestate/v1` below `into`."""
    import grpc_tools
    from grpc_tools import protoc

    sources = sorted(str(path) for path in (PROTO / "edgestate" / "v1").glob("*.proto"))
    included = Path(grpc_tools.__file__).parent / "_proto"
    status = protoc.main(
        [
            "protoc",
            f"-I{PROTO}",
            f"-I{included}",
            f"--python_out={into}",
            f"--pyi_out={into}",
            f"--grpc_python_out={into}",
            *sources,
        ]
    )
    if status != 0:
        sys.exit(status)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=HERE)
    regenerate(parser.parse_args().into)
