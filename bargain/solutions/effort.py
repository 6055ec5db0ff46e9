"""How long a search on continuous levers may take, and whether a global bound is wanted.

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

__all__ = ["Effort", "current", "effort"]


@dataclass(slots=True)
class Effort:
    """What a search may spend.

    Parameters
    ----------
    deadline : float, optional
        A reading of :func:`time.monotonic`.
    prove : bool
        Whether a bound on all other deals is wanted.
    interrupted : bool
        Whether the user pressed Ctrl-C; time is then up.
    stopped : bool
        Whether some search saw that its time was up.
    """

    deadline: float | None = None
    prove: bool = True
    interrupted: bool = False
    stopped: bool = False

    def expired(self) -> bool:
        """Return whether time is up, and remember it."""
        if self.interrupted or (self.deadline is not None and time.monotonic() > self.deadline):
            self.stopped = True
        return self.stopped


_CURRENT: ContextVar[Effort | None] = ContextVar("effort", default=None)


def current() -> Effort:
    """Return the effort that is allowed here: without limit, unless :func:`effort` says otherwise."""
    return _CURRENT.get() or Effort()


@contextmanager
def effort(time_limit: float | None = None, prove: bool | None = None) -> Iterator[Effort]:
    """Limit the searches in the block.

    Parameters
    ----------
    time_limit : float, optional
        Seconds from now.  An earlier limit around the block still counts.
    prove : bool, optional
        Whether a bound on all other deals is wanted; the default is what holds around the block.

    Examples
    --------
    >>> with effort(time_limit=60.0) as spent:
    ...     current() is spent, spent.expired()
    (True, False)
    """
    outer = current()
    ends = [outer.deadline, None if time_limit is None else time.monotonic() + time_limit]
    known = [end for end in ends if end is not None]
    inner = Effort(min(known, default=None), outer.prove if prove is None else prove, outer.interrupted)
    token = _CURRENT.set(inner)
    try:
        yield inner
    finally:
        _CURRENT.reset(token)
        if _CURRENT.get() is not None:
            outer.interrupted |= inner.interrupted
