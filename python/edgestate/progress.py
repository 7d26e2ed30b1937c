"""One line of progress, updated in place on a terminal and printed now and then elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from edgestate.job import JobStatus

_BAR = 24


class ProgressLine:
    """Shows statuses of a job on `stream`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._in_place = stream.isatty()
        self._width = 0
        self._last: tuple[str, int] | None = None

    def show(self, status: JobStatus) -> None:
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
        if self._in_place and self._width:
            self._stream.write("\n")
            self._stream.flush()


def line(status: JobStatus) -> str:
    """A status in at most about 100 characters."""
    fraction = min(max(status.progress, 0.0), 1.0)
    filled = int(_BAR * fraction)
    parts = [
        f"[{'#' * filled}{'.' * (_BAR - filled)}] {100 * fraction:3.0f} %",
        status.state,
        f"{status.units_done}/{status.units_total} units",
    ]
    if status.units_from_store:
        parts.append(f"{status.units_from_store} from the store")
    if status.units_failed:
        parts.append(f"{status.units_failed} failed")
    parts.append(duration(status.seconds_elapsed))
    if status.seconds_left is not None and not status.ended:
        parts.append(f"{duration(status.seconds_left)} left")
    return ", ".join(parts)


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
