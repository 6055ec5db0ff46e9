"""Ctrl-C while something is solved: a solver that stops and returns what it has proved is listened to.

The first Ctrl-C raises :class:`KeyboardInterrupt` in the solver, as always.  One that catches it and returns gets its
answer printed, and the program still ends with exit code 130.  Python drops an exception that is raised in a function
that compiled code called back, as llvmlite does while it loads code; there the interrupt waits.  Tested with a solver
that catches it, and with a callback that loses it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

__all__ = ["Interrupts", "noticed_interrupts"]


_CALLING_BACK = f"{os.sep}llvmlite{os.sep}"
_SOON = 0.05
"""Seconds after which an interrupt that had to wait is tried again."""


@dataclass
class Interrupts:
    """Whether Ctrl-C was pressed."""

    seen: bool = False


@contextmanager
def noticed_interrupts() -> Iterator[Interrupts]:
    """Remember, while the block runs, whether Ctrl-C was pressed."""
    interrupts = Interrupts()

    def notice(number: int, frame: FrameType | None) -> None:
        interrupts.seen = True
        if _called_back(frame) and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, _SOON)
            return
        raise KeyboardInterrupt

    # The timer of an interrupt that waits sends SIGALRM, where the system has it.
    numbers = [signal.SIGINT, *(getattr(signal, name) for name in ("SIGALRM",) if hasattr(signal, name))]
    try:
        before = [(number, signal.signal(number, notice)) for number in numbers]
    except ValueError:
        # Signals belong to the main thread; elsewhere there is nothing to notice.
        yield interrupts
        return
    try:
        yield interrupts
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before:
            signal.signal(number, handler)


def _called_back(frame: FrameType | None) -> bool:
    """Return whether the work is inside of llvmlite, where an exception may be lost."""
    while frame is not None:
        if _CALLING_BACK in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False
