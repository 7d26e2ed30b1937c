"""Ten thousand small Hermitian matrices in one call, each of its own order.

.venv/bin/python examples/eigh.py
"""

from __future__ import annotations

import numpy as np

import edgestate as es


def main(count: int = 10_000) -> None:
    rng = np.random.default_rng(1)
    batch = []
    for order in rng.integers(2, 9, size=count):
        a = rng.standard_normal((order, order)) + 1j * rng.standard_normal((order, order))
        batch.append(a + a.conj().T)
    solved = es.eigh(batch)
    worst = max(
        np.abs(a @ v - v * values).max() for a, (values, v) in zip(batch, solved, strict=True)
    )
    print(f"{count} matrices, largest |A V - V L| = {worst:.1e}")
    print(solved.certificate)


if __name__ == "__main__":
    main()
