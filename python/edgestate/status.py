"""Where a job stands."""

from __future__ import annotations

from dataclasses import dataclass

from edgestate.errors import Cancelled, DeadlineExceeded, JobFailed
from edgestate.v1 import jobs_pb2

_STATES = {
    jobs_pb2.JOB_STATE_QUEUED: "queued",
    jobs_pb2.JOB_STATE_RUNNING: "running",
    jobs_pb2.JOB_STATE_DONE: "done",
    jobs_pb2.JOB_STATE_CANCELLED: "cancelled",
    jobs_pb2.JOB_STATE_FAILED: "failed",
}
_ENDED = ("done", "cancelled", "failed")


@dataclass(frozen=True)
class JobStatus:
    """Where a job stands.

    `units` are what is computed and stored one by one: a point of the sweep at one z and one
    temperature.
    """

    id: str
    #: "queued", "running", "done" (every point has a result or a reason), "cancelled", "failed".
    state: str
    units_total: int
    units_done: int
    units_failed: int
    #: Of those done, answered from the store without computing.
    units_from_store: int
    #: 0 to 1, by estimated work.
    progress: float
    #: None when not known.
    seconds_left: float | None
    seconds_elapsed: float
    engine: str
    submitted_unix_seconds: float
    #: Why it failed; empty otherwise.
    reason: str

    @classmethod
    def from_wire(cls, message: jobs_pb2.Job) -> JobStatus:
        """The status that a server's message says."""
        left = message.seconds_left if message.HasField("seconds_left") else None
        return cls(
            id=message.id,
            state=_STATES.get(message.state, "unknown"),
            units_total=message.units_total,
            units_done=message.units_done,
            units_failed=message.units_failed,
            units_from_store=message.units_from_store,
            progress=message.progress,
            seconds_left=left,
            seconds_elapsed=message.seconds_elapsed,
            engine=message.engine,
            submitted_unix_seconds=message.submitted_unix_seconds,
            reason=message.reason,
        )

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in _ENDED

    def checked(self) -> str | None:
        """Raises JobFailed or Cancelled for a job that ended so; a warning's text, or None."""
        if self.state == "failed":
            raise JobFailed(f"job {self.id}: {self.reason or 'no point has a result'}")
        if self.state == "cancelled":
            done = f"{self.units_done} units are in the store"
            raise Cancelled(f"job {self.id} was cancelled ({done})")
        if not self.units_failed:
            return None
        count = f"{self.units_failed} of {self.units_total} units"
        return f"job {self.id}: {count} failed; data.attrs['failed_points'] says why"

    def seconds_until(self, deadline: float | None, now: float) -> float | None:
        """What is left for waiting; raises DeadlineExceeded when it is nothing."""
        left = None if deadline is None else deadline - now
        if left is not None and left <= 0:
            raise self.overdue()
        return left

    def overdue(self) -> DeadlineExceeded:
        """What to raise when waiting took too long."""
        return DeadlineExceeded(f"job {self.id} has not ended in the time given; it goes on")

    def __str__(self) -> str:
        done = f"{self.units_done}/{self.units_total} units"
        return f"{self.id}: {self.state}, {done}"
