"""How long a search may take, and whether a global bound is wanted.

Rules are functions of a problem; how much work they may do is no part of the question, so that it is set around the
call, as with :func:`decimal.localcontext`.  A search that runs out of time returns the best that it has.  Tested by
searches that are stopped.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from bargain.errors import LimitError

__all__ = ["Effort", "OutOfTimeError", "current", "effort", "interrupt"]


class OutOfTimeError(LimitError):
    """Time was up in the middle of something that has no answer until it is done."""


@dataclass(slots=True)
class Effort:
    """What a search may spend.

    Parameters
    ----------
    deadline : float, optional
        A reading of :func:`time.monotonic`.
    prove : bool
        Whether a bound on all other deals is wanted.
    patient : bool
        Whether Ctrl-C ends the searches, which then return the best that they have, and is not passed on.
    interrupted : bool
        Whether the user pressed Ctrl-C; time is then up.
    stopped : bool
        Whether some search saw that its time was up.
    """

    deadline: float | None = None
    prove: bool = True
    patient: bool = False
    interrupted: bool = False
    stopped: bool = False

    def expired(self) -> bool:
        """Return whether time is up, and remember it."""
        if self.interrupted or (self.deadline is not None and time.monotonic() > self.deadline):
            self.stopped = True
        return self.stopped

    def check(self, what: str) -> None:
        """Raise when time is up in the middle of ``what``."""
        if self.expired():
            raise OutOfTimeError(f"time was up before {what}; allow more time, or negotiate fewer issues at once")


_CURRENT: ContextVar[Effort | None] = ContextVar("effort", default=None)


def current() -> Effort:
    """Return the effort that is allowed here: without limit, unless :func:`effort` says otherwise."""
    return _CURRENT.get() or Effort()


def interrupt() -> bool:
    """Let searches end as if time were up, after Ctrl-C; return whether there is a limited block to be ended."""
    spent = _CURRENT.get()
    if spent is None or not spent.patient:
        return False
    spent.interrupted = True
    return True


@contextmanager
def effort(time_limit: float | None = None, prove: bool | None = None, patient: bool | None = None) -> Iterator[Effort]:
    """Limit the searches in the block.

    Parameters
    ----------
    time_limit : float, optional
        Seconds from now.  An earlier limit around the block still counts.
    prove : bool, optional
        Whether a bound on all other deals is wanted; the default is what holds around the block.
    patient : bool, optional
        Whether Ctrl-C ends the searches as if time were up; the default is what holds around the block.

    Examples
    --------
    >>> with effort(time_limit=60.0) as spent:
    ...     current() is spent, spent.expired()
    (True, False)
    """
    outer = current()
    ends = [outer.deadline, None if time_limit is None else time.monotonic() + time_limit]
    known = [end for end in ends if end is not None]
    inner = Effort(
        min(known, default=None),
        outer.prove if prove is None else prove,
        outer.patient if patient is None else patient,
        outer.interrupted,
    )
    token = _CURRENT.set(inner)
    try:
        yield inner
    finally:
        _CURRENT.reset(token)
        outer.interrupted |= inner.interrupted
        outer.stopped |= inner.stopped
