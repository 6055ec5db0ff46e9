"""What every method of this room is given besides the game, and the clock that it has to obey."""

from __future__ import annotations

import time
from dataclasses import dataclass

__all__ = ["Search"]


@dataclass(frozen=True, slots=True)
class Search:
    """What is wanted: all equilibria or one, in fractions or floats, and until when.

    ``deadline`` is a reading of :func:`time.monotonic`, ``time_limit`` the seconds that led to it.
    """

    all: bool = True
    exact: bool = False
    time_limit: float | None = None
    deadline: float | None = None

    @classmethod
    def start(cls, all: bool = True, exact: bool = False, time_limit: float | None = None) -> Search:
        """Start the clock."""
        return cls(all, exact, time_limit, None if time_limit is None else time.monotonic() + time_limit)

    @property
    def expired(self) -> bool:
        """Whether the time is up."""
        return self.deadline is not None and time.monotonic() > self.deadline

    @property
    def remaining(self) -> float | None:
        """Seconds left, at least 0; None without a limit."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())
