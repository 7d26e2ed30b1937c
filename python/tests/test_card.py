"""The card in a notebook: complete, escaped, and never an exception."""

from __future__ import annotations

import grpc
import numpy as np

import edgestate as es
import fake
from edgestate.v1 import jobs_pb2

DOCUMENT = {"engine": "nrg"}


def test_a_running_job_shows_its_progress(fake_server: tuple[fake.FakeServer, es.Client]) -> None:
    server, client = fake_server
    running = jobs_pb2.Job(id="j<1>", state=fake.RUNNING, progress=0.25, units_total=8)
    running.seconds_left = 90.0
    server.states = [running]
    html = client.sweep(DOCUMENT)._repr_html_()
    assert "j&lt;1&gt;" in html and "width:25.0%" in html and "1 min 30 s left" in html


def test_a_finished_job_shows_certificate_and_figure(
    fake_server: tuple[fake.FakeServer, es.Client],
) -> None:
    server, client = fake_server
    axis = np.array([0.0, 0.1])
    server.replies = fake.stream(
        [("coupling_z", ("coupling_z",), axis, "D"), ("sz_sz", ("coupling_z",), -axis, "1")],
        {"engine": "nrg"},
    )
    html = client.sweep(DOCUMENT)._repr_html_()
    assert "cpu (test)" in html and "data:image/png;base64," in html


def test_a_lost_server_is_said_on_the_card(
    fake_server: tuple[fake.FakeServer, es.Client],
) -> None:
    server, client = fake_server
    server.states = [jobs_pb2.Job(id="j1", state=fake.RUNNING)]
    job = client.sweep(DOCUMENT)
    server.failure = (grpc.StatusCode.UNAVAILABLE, "gone", None)
    assert "does not answer" in job._repr_html_()
