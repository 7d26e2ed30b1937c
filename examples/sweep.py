"""How the correlation of two impurities fades with temperature, for two anisotropies.

One run gives every temperature above its last shell, so that the temperature axis is free.

    .venv/bin/python examples/sweep.py
"""

from __future__ import annotations

import numpy as np

import edgestate as es


def main() -> None:
    document = es.nrg.two_impurity(
        coupling=0.1,
        distance=10,
        temperature=np.logspace(-5, 0, 6),
        z=[0.0, 0.5],
        max_states=[2400, 2400, 2400, 2400, 700],
    )
    print(es.estimate(document, coupling_z=[0.0, 0.1]))
    job = es.run(document, coupling_z=[0.0, 0.1])
    print(job.data.sz_sz.to_pandas().T)
    job.plot(x="temperature").savefig("sweep.png")
    job.save("sweep.nc")


if __name__ == "__main__":
    main()
