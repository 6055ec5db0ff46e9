"""Equilibria of games in normal form: one file a method, and the table of methods in :mod:`bargain.equilibria.methods`.

The room is callable, because the public API has a function of the same name: ``bargain.equilibria(game)`` is
:func:`bargain.equilibria.methods.equilibria`, here also called ``nash``.  Its other names are loaded when they are
first used, because linear programs and compiled searches take longer to import than a small game takes to solve.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bargain.equilibria.methods import METHODS, Method
from bargain.equilibria.methods import equilibria as nash

if TYPE_CHECKING:
    from bargain.equilibria.correlation import Correlated, coarse_correlated, correlated
    from bargain.equilibria.security import SecurityLevels, security_levels
    from bargain.equilibria.zero_sum import ZeroSum, zero_sum_value

__all__ = [
    "METHODS",
    "Correlated",
    "Method",
    "SecurityLevels",
    "ZeroSum",
    "coarse_correlated",
    "correlated",
    "nash",
    "security_levels",
    "zero_sum_value",
]

_HOME = {
    "Correlated": "correlation",
    "ZeroSum": "zero_sum",
    "coarse_correlated": "correlation",
    "correlated": "correlation",
    "SecurityLevels": "security",
    "security_levels": "security",
    "zero_sum_value": "zero_sum",
}


class _Room(ModuleType):
    """A package that can be called: importing a room sets its name on ``bargain``, where the function is expected."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return nash(*arguments, **options)


sys.modules[__name__].__class__ = _Room


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"bargain.equilibria.{_HOME[name]}"), name)
    raise AttributeError(f"module 'bargain.equilibria' has no attribute {name!r}")
