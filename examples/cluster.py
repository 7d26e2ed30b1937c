"""The gap of ribbons over width and Rashba coupling, on a Dask cluster: here three processes.

    .venv/bin/python examples/cluster.py

On a real one: dask_jobqueue.SLURMCluster in place of LocalCluster, and a store that all machines
see. Killed workers and a killed script cost the shards in flight; start it again to go on.
"""

from __future__ import annotations

from distributed import LocalCluster

import edgestate as es


def main(store: str = "cluster-demo") -> None:
    document = es.ribbon.gap(es.ribbon.model("hgte-7nm"))
    axes = {"rashba_mev_nm": [40.0, 80.0, 120.0, 160.0], "width_nm": [100.0, 150.0, 200.0]}
    with LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=":0") as cluster:
        job = es.sweep(document, axes, cluster=cluster, store=store)
        job.wait()
    print(job.data.gap_mev.to_pandas())
    print(job.certificate)


if __name__ == "__main__":
    main()
