"""The card of a job in a notebook."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING

from edgestate.errors import EdgestateError
from edgestate.progress import duration

if TYPE_CHECKING:
    from edgestate.job import Job

_COLOURS = {"done": "#2a7a3f", "failed": "#b3261e", "cancelled": "#7a7a7a"}


def html(job: Job) -> str:
    """Progress, and when the job has ended its certificate and a small figure."""
    try:
        now = job.status
    except EdgestateError as error:
        return f"<div><b>Job {escape(job.id)}</b>: {escape(str(error))}</div>"
    colour = _COLOURS.get(now.state, "#2b5ea8")
    percent = 100 * min(max(now.progress, 0.0), 1.0)
    left = f", {duration(now.seconds_left)} left" if now.seconds_left and not now.ended else ""
    failed = f", {now.units_failed} failed" if now.units_failed else ""
    numbers = (
        f"{now.units_done} of {now.units_total} units ({now.units_from_store} from the store)"
        f"{failed}; {duration(now.seconds_elapsed)}{left}"
    )
    reason = f"<div>{escape(now.reason)}</div>" if now.reason else ""
    return (
        '<div style="border:1px solid #8886;border-radius:6px;padding:10px;max-width:720px">'
        f"<div><b>Job</b> <code>{escape(now.id)}</code> ({escape(now.engine)}): "
        f'<b style="color:{colour}">{escape(now.state)}</b></div>'
        '<div style="background:#8883;border-radius:3px;height:8px;margin:6px 0">'
        f'<div style="background:{colour};border-radius:3px;height:8px;width:{percent:.1f}%">'
        f"</div></div><div>{escape(numbers)}</div>{reason}{_result(job) if now.ended else ''}</div>"
    )


def _result(job: Job) -> str:
    if job.status.units_done == 0:
        return ""
    text = f'<pre style="margin:6px 0;white-space:pre-wrap">{escape(str(job.certificate))}</pre>'
    return text + _figure(job)


def _figure(job: Job) -> str:
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        return ""
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    try:
        job.plot(figure=figure)
    except ValueError:  # nothing that is drawn yet
        return ""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=96)
    encoded = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img alt="figure of the result" src="data:image/png;base64,{encoded}"/>'
