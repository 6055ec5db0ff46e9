"""Bounds on work, counted in a yardstick of this machine at this moment, because seconds differ between machines."""

import time

import pytest

YARDSTICK = 1_000_000


def yardstick():
    """Processor seconds for writing a million numbers: about a tenth of a second on a free core."""
    started = time.process_time()
    for k in range(YARDSTICK):
        str(k & 1023)
    return time.process_time() - started


@pytest.fixture
def bounded():
    """Return a check that some work took no longer than a number of yardsticks.

    What is tested here once took more than 130 yardsticks, or went on for ever; it takes up to 33 on a free core.
    """

    def check(seconds, yardsticks):
        if seconds < yardsticks / 100:
            # Far below the bound on any machine: no need to measure this one.
            return
        # Other work on the machine comes and goes: the slower of two readings counts.
        unit = max(yardstick(), yardstick())
        assert seconds < yardsticks * unit, f"{seconds:.1f} s, {seconds / unit:.0f} yardsticks"

    return check
