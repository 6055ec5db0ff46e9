"""How long a search may take, as callers of rules know it: see :mod:`bargain.effort`."""

from bargain.effort import Effort, current, effort, interrupt

__all__ = ["Effort", "current", "effort", "interrupt"]
