"""Progress of a job: a line on a terminal, lines now and then in a log, the card in a notebook."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from edgestate.status import JobStatus

if TYPE_CHECKING:
    from edgestate.job import Job

_BAR = 24


class Progress:
    """What is done with every new status while a job is waited for: ``with Progress(...)``."""

    def __init__(self, wanted: bool | Callable[[JobStatus], None], job: Job) -> None:
        self._close: Callable[[], None] = lambda: None
        if wanted is not True:
            self._report = wanted if callable(wanted) else lambda _: None
            return
        shown: ProgressLine | CardDisplay = CardDisplay(job) if in_notebook() else ProgressLine()
        self._report, self._close = shown.show, shown.close

    def __enter__(self) -> Callable[[JobStatus], None]:
        return self._report

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()


class ProgressLine:
    """Shows statuses of a job on `stream`, by default standard error."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._in_place = self._stream.isatty()
        self._width = 0
        self._last: tuple[str, int] | None = None

    def show(self, status: JobStatus) -> None:
        """The next status."""
        text = line(status)
        if self._in_place:
            self._stream.write("\r" + text.ljust(self._width))
            self._stream.flush()
            self._width = len(text)
            return
        # A log file: a line for every new state and every tenth of the work.
        step = (status.state, int(10 * status.progress))
        if step != self._last:
            self._stream.write(text + "\n")
            self._stream.flush()
            self._last = step

    def close(self) -> None:
        """After the last status."""
        if self._in_place and self._width:
            self._stream.write("\n")
            self._stream.flush()


class CardDisplay:
    """Shows the card of a job below the cell, the same one renewed; the figure at steps."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._handle: Any = None
        self._last: tuple[str, int] | None = None

    def show(self, status: JobStatus) -> None:
        """The next status; a card at every new state and every tenth of the work."""
        step = (status.state, int(10 * status.progress))
        if step == self._last:
            return
        self._last = step
        from IPython import display

        if self._handle is None:
            self._handle = display.display(self._job, display_id=True)
        else:
            self._handle.update(self._job)

    def close(self) -> None:
        """The card stays as it is."""


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


def line(status: JobStatus) -> str:
    """A status in at most about 100 characters."""
    fraction = min(max(status.progress, 0.0), 1.0)
    filled = int(_BAR * fraction)
    parts = [f"[{'#' * filled}{'.' * (_BAR - filled)}] {100 * fraction:3.0f} %", status.state]
    return ", ".join([*parts, *numbers(status)])


def numbers(status: JobStatus) -> list[str]:
    """Units and times of a status, in words."""
    parts = [f"{status.units_done}/{status.units_total} units"]
    if status.units_from_store:
        parts.append(f"{status.units_from_store} from the store")
    if status.units_failed:
        parts.append(f"{status.units_failed} failed")
    parts.append(duration(status.seconds_elapsed))
    if status.seconds_left is not None and not status.ended:
        parts.append(f"{duration(status.seconds_left)} left")
    return parts


def duration(seconds: float) -> str:
    """``0.4 s``, ``42 s``, ``3 min 05 s``, ``2 h 10 min``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
