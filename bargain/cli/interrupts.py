"""Ctrl-C while something is solved: a solver that stops and returns what it has proved is listened to.

The first Ctrl-C raises :class:`KeyboardInterrupt` in the solver, as always.  One that catches it and returns gets its
answer printed, and the program still ends with exit code 130.  Tested with a solver that does so.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

__all__ = ["Interrupts", "noticed_interrupts"]


@dataclass
class Interrupts:
    """Whether Ctrl-C was pressed."""

    seen: bool = False


@contextmanager
def noticed_interrupts() -> Iterator[Interrupts]:
    """Remember, while the block runs, whether Ctrl-C was pressed."""
    interrupts = Interrupts()

    def notice(number: int, frame: FrameType | None) -> NoReturn:
        interrupts.seen = True
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGINT, notice)
    except ValueError:
        # Signals belong to the main thread; elsewhere there is nothing to notice.
        yield interrupts
        return
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)
