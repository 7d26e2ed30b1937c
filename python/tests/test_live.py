"""A job that runs: data that fill, figures and cards of what is there, and the asyncio twin."""

from __future__ import annotations

import asyncio
import time

import matplotlib
import numpy as np
import pytest
import xarray as xr
from conftest import RealServer, short_ladder

import edgestate as es
from edgestate import aio, card

matplotlib.use("agg")

#: Ladders of different lambda never share a chunk: three chunks, one after another.
LAMBDA = [3.0, 4.0, 5.0]


def document() -> dict[str, object]:
    return short_ladder(lambda_=None)


def finished(data: xr.Dataset) -> int:
    return int(np.isfinite(data.sz_sz).sum())


def test_data_fill_while_the_job_runs_and_finished_points_stay(slow_server: RealServer) -> None:
    with es.connect(slow_server.socket) as client:
        job = client.sweep(document(), {"discretization.lambda": LAMBDA})
        seen: list[xr.Dataset] = []
        cards: list[str] = []
        while not job.status.ended:
            data = job.data
            if not seen or finished(data) != finished(seen[-1]):
                seen.append(data)
                cards.append(job._repr_html_())
                if finished(data):
                    figure = job.plot()
                    assert np.isfinite(figure.axes[1].containers[0].lines[0].get_ydata()).any()
                    matplotlib.pyplot.close(figure)
            time.sleep(0.05)
        final = job.data
        again = client.job(job.id)  # as another process would
    counts = [finished(data) for data in seen]
    assert counts[0] == 0 and {1, 2} & set(counts) and counts == sorted(counts)
    for data in seen:
        assert data.sz_sz.sizes == final.sz_sz.sizes
        known = data.status == 1
        np.testing.assert_array_equal(np.isfinite(data.sz_sz), known)
        np.testing.assert_array_equal(data.sz_sz.values[known], final.sz_sz.values[known])
        assert data.sz_sz_per_z.attrs == final.sz_sz_per_z.attrs
    assert again.id == job.id and again.state == "done" and finished(final) == 3
    assert "certificate" not in cards[0] and "f64" not in cards[0]
    assert "running" in cards[1] and "data:image/png" in cards[1] and "cpu" in cards[1]


def test_asyncio_gives_the_same_job_progress_and_data(slow_server: RealServer) -> None:
    async def main() -> tuple[list[es.JobStatus], list[int], xr.Dataset, float]:
        async with await aio.connect(slow_server.socket) as client:
            job = await client.sweep(document(), {"discretization.lambda": LAMBDA})
            ticks, statuses, partial = 0, [], []

            async def tick() -> None:
                nonlocal ticks
                while True:  # the loop is free while the job is followed
                    await asyncio.sleep(0.01)
                    ticks += 1

            ticking = asyncio.create_task(tick())
            async for status in job:
                statuses.append(status)
                partial.append(finished(await job.data()))
            ticking.cancel()
            data = await job.data()
            assert (await job.certificate()).precision == "f64"
            assert "done" in job._repr_html_() and "data:image/png" in job._repr_html_()
            other = await client.job(job.id)
            assert (await other.wait()).id == job.id
            assert job.id in [one.id for one in await client.jobs()]
            assert (await client.devices())[0].name == "cpu"
            return statuses, partial, data, ticks

    statuses, partial, data, ticks = asyncio.run(main())
    assert statuses[-1].state == "done" and statuses[0].state in ("queued", "running")
    assert partial == sorted(partial) and partial[0] == 0 and partial[-1] == 3
    assert ticks > 50  # three seconds of chunks
    with es.connect(slow_server.socket) as client:
        xr.testing.assert_identical(client.job(data.attrs["job"]).data, data)


def test_asyncio_calls_answer_like_the_blocking_ones(real_server: RealServer) -> None:
    a = np.array([[2.0, 1.0j], [-1.0j, 2.0]])
    x, w = np.array([-0.5, 0.5]), np.linspace(-1, 1, 7)
    small = es.transport.conductance(coupling=[0.25] * 3, bias=[0.0, 1.0])

    async def main() -> None:
        async with await aio.connect(real_server.socket) as client:
            one, many, broad, computed, cost = await asyncio.gather(
                client.eigh(a),
                client.eigh([np.eye(1), a]),
                client.broaden(x, x, w, kernel="gaussian", width=0.2),
                client.compute(small),
                client.estimate(short_ladder(coupling=None), coupling=[0.1, 0.2]),
            )
            np.testing.assert_array_equal(one.eigenvalues, blocking.eigh(a).eigenvalues)
            np.testing.assert_array_equal(many[1].eigenvectors, one.eigenvectors)
            plain = blocking.broaden(x, x, w, kernel="gaussian", width=0.2)
            np.testing.assert_array_equal(broad.values, plain.values)
            xr.testing.assert_equal(computed, blocking.compute(small))
            assert cost.units == 4
            with pytest.raises(es.InvalidRequest, match="coupling"):
                await client.sweep(short_ladder(coupling=-1.0))
            with pytest.raises(es.UnknownJob):
                await client.job("0123456789abcdef")
            long = await client.sweep(
                es.nrg.two_impurity(coupling=0.1, coupling_z=0, distance=10, temperature=1e-9)
            )
            with pytest.raises(es.DeadlineExceeded, match="goes on"):
                await long.wait(timeout=0.3)
            waiting = asyncio.create_task(long.wait())
            await asyncio.sleep(0.1)
            waiting.cancel()  # stops the waiting, not the job
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert not (await long.status()).ended
            waiting = asyncio.create_task(long.wait())
            await long.cancel()
            with pytest.raises(es.Cancelled):
                await asyncio.wait_for(waiting, 30.0)

    with es.connect(real_server.socket) as blocking:
        asyncio.run(main())


def test_the_shared_connection_of_an_event_loop_is_one(
    own_server: object, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    async def main() -> None:
        job, cost = await asyncio.gather(aio.run(short_ladder()), aio.eigh(np.eye(2)))
        assert cost.eigenvalues.tolist() == [1.0, 1.0]
        assert (await aio.job(job.id)).last_status.state == "done"
        assert [one.id for one in await aio.jobs()] == [job.id]
        assert len({id(await aio._default()) for _ in range(3)}) == 1
        await (await aio._default()).close()

    asyncio.run(main())


def test_waiting_goes_on_in_asyncio_when_the_server_was_killed(
    own_server: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgestate import local

    monkeypatch.setenv("EDGESTATE_TEST_CHUNK_DELAY_MS", "1000")

    async def main() -> None:
        async with await aio.connect(store=f"{own_server}/store", idle_exit=20.0) as client:
            job = await client.sweep(short_ladder())
            first, states = local._started[-1], []
            async for status in job:
                if not states:
                    first.kill()
                    first.wait()
                states.append(status.state)
            assert states[-1] == "done" and local._started[-1] is not first
            assert finished(await job.data()) == 1

    asyncio.run(main())


def test_cards_of_every_state_are_complete_and_escaped() -> None:
    status = es.JobStatus("j<1>", "failed", 8, 0, 8, 0, 1.0, None, 3.0, "nrg", 0.0, "<no>")
    html = card.render(status, None)
    assert "j&lt;1&gt;" in html and "&lt;no&gt;" in html and "8 failed" in html
    assert "<no>" not in html
