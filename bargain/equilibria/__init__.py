"""Equilibria of games in normal form: one file a method, and the table of methods in :mod:`bargain.equilibria.methods`.

The room is callable, because the public API has a function of the same name: ``bargain.equilibria(game)`` is
:func:`bargain.equilibria.methods.equilibria`, here also called ``nash``.
"""

import sys
from types import ModuleType
from typing import Any

from bargain.equilibria.correlated import Correlated, correlated
from bargain.equilibria.methods import METHODS, Method
from bargain.equilibria.methods import equilibria as nash
from bargain.equilibria.security import SecurityLevels, security_levels

__all__ = ["METHODS", "Correlated", "Method", "SecurityLevels", "correlated", "nash", "security_levels"]


class _Room(ModuleType):
    """A package that can be called: importing a room sets its name on ``bargain``, where the function is expected."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return nash(*arguments, **options)


sys.modules[__name__].__class__ = _Room
