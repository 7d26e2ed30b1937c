"""The card of a job in a notebook: progress, device, certificate and a small figure."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING

import xarray as xr

from edgestate import plots
from edgestate.certificate import Certificate
from edgestate.errors import EdgestateError
from edgestate.progress import numbers
from edgestate.status import JobStatus

if TYPE_CHECKING:
    from edgestate.job import Job

_COLOURS = {"done": "#2a7a3f", "failed": "#b3261e", "cancelled": "#7a7a7a"}
_RUNNING = "#2b5ea8"


def html(job: Job) -> str:
    """The card of a job as it is now; also when the server is gone."""
    try:
        status = job.status
        dataset = job.partial()
    except EdgestateError as error:
        return f"<div><b>Job {escape(job.id)}</b>: {escape(str(error))}</div>"
    return render(status, dataset)


def render(status: JobStatus, dataset: xr.Dataset | None) -> str:
    """The card of a status and of what is finished, None while that is nothing."""
    colour = _COLOURS.get(status.state, _RUNNING)
    percent = 100 * min(max(status.progress, 0.0), 1.0)
    parts = [
        f"<div><b>Job</b> <code>{escape(status.id)}</code> ({escape(status.engine)}): "
        f'<b style="color:{colour}">{escape(status.state)}</b></div>',
        '<div style="background:#8883;border-radius:3px;height:8px;margin:6px 0">'
        f'<div style="background:{colour};border-radius:3px;height:8px;width:{percent:.1f}%">'
        "</div></div>",
        f"<div>{escape(', '.join(numbers(status)))}</div>",
    ]
    if status.reason:
        parts.append(f"<div>{escape(status.reason)}</div>")
    if dataset is not None:
        parts += [_certificate(dataset), _figure(dataset)]
    style = "border:1px solid #8886;border-radius:6px;padding:10px;max-width:720px"
    return f'<div style="{style}">{"".join(parts)}</div>'


def _certificate(dataset: xr.Dataset) -> str:
    certificate = Certificate.from_json(dataset.attrs["certificate"])
    style = "margin:6px 0;white-space:pre-wrap"
    return (
        f"<div>on <b>{escape(certificate.device)}</b>, {escape(certificate.precision)}</div>"
        f"<details><summary>certificate: {escape(certificate.ratios)}</summary>"
        f'<pre style="{style}">{escape(str(certificate))}</pre></details>'
    )


def _figure(dataset: xr.Dataset) -> str:
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        return ""
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    try:
        plots.plot(dataset, figure=figure)
    except ValueError:  # nothing that is drawn yet
        return ""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=96)
    encoded = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img alt="figure of the result" src="data:image/png;base64,{encoded}"/>'
