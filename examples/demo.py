"""Two magnetic impurities at a helical edge, ten lattice constants apart, by NRG.

Starts a local server (results below demo-output/store, so that a second run is answered from
there), computes examples/nrg_x10.toml, writes the data and a figure to demo-output/, and prints
T_S = 1/(4 chi), the energy scale below which the impurities form their RKKY state, beside the
number of Ferrer, Yevtushenko and Weichselbaum (2023).

    make demo
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import xarray as xr

import edgestate as es

HERE = Path(__file__).resolve().parent
OUTPUT = HERE.parent / "demo-output"

#: Transverse T_S/E_R at x = 10, J = 0.1, J_z = 0 (caption of Fig. 4).
PAPER_T_S = 0.556

ROWS = [
    ("T_S/E_R transverse   intra", "t_s_transverse_intra", True),
    ("T_S/E_R transverse   inter", "t_s_transverse_inter", True),
    ("T_S/E_R longitudinal intra", "t_s_longitudinal_intra", True),
    ("T_S/E_R longitudinal inter", "t_s_longitudinal_inter", True),
    ("<S_L^z S_R^z>", "sz_sz", False),
    ("<S_L^x S_R^x>", "sx_sx", False),
]


def main() -> None:
    OUTPUT.mkdir(exist_ok=True)
    began = time.monotonic()
    with es.connect(store=OUTPUT / "store", idle_exit=60.0) as client:
        print(f"server {client.server_version} at {client.address}")
        document = HERE / "nrg_x10.toml"
        cost = client.estimate(document)
        known = f", {cost.units_from_store} of them in the store" if cost.units_from_store else ""
        print(
            f"{document.name}: {cost.units} runs (one per z){known}, about {cost.seconds:.0f} s, "
            f"{cost.memory_bytes / 2**20:.0f} MiB on the device"
        )
        job = client.run(document)
        data = job.data
        job.save(OUTPUT / "nrg_x10.nc")
        job.plot().savefig(OUTPUT / "nrg_x10.png", dpi=150)
    print_table(data.squeeze())
    print_origin(job, data, time.monotonic() - began)
    for name in ("nrg_x10.nc", "nrg_x10.png"):
        print(f"wrote {(OUTPUT / name).relative_to(HERE.parent)}")


def print_table(point: xr.Dataset) -> None:
    energy = float(point.rkky_energy)
    z = np.atleast_1d(point.z.values)
    print(f"\nx = 10, J = 0.1 D, J_z = 0;  E_R = J^2/(4 x) = {energy:.4g} D")
    head = "".join(f"{f'z = {value:g}':>11}" for value in z)
    print(f"{'':27}{head}{'mean':>11}{'std':>9}")
    for label, name, scaled in ROWS:
        unit = energy if scaled else 1.0
        per_z = np.atleast_1d(point[f"{name}_per_z"].values) / unit
        cells = "".join(f"{value:11.4f}" for value in per_z)
        mean, spread = float(point[name]) / unit, float(point[f"{name}_std"]) / unit
        print(f"{label:27}{cells}{mean:11.4f}{spread:9.4f}")
    ours = float(point.t_s_transverse_intra) / energy
    print(f"paper: transverse T_S/E_R = {PAPER_T_S}; here {ours:.3f} ({ours / PAPER_T_S - 1:+.1%})")


def print_origin(job: es.Job, data: xr.Dataset, seconds: float) -> None:
    print(f"\n{job.certificate}")
    status = job.status
    print(
        f"computed {status.units_done - status.units_from_store} runs in {data.seconds:.1f} s, "
        f"{status.units_from_store} from the store; {seconds:.1f} s with starting, fetching, "
        "drawing"
    )


if __name__ == "__main__":
    try:
        main()
    except es.EdgestateError as error:
        sys.exit(f"demo: {error}")
