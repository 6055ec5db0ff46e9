"""Structures of talks and the value of linking issues.

The room is callable, because the public API has a function of the same name: ``bargain.linkage(scenario)`` is
:func:`bargain.linkage.value.linkage`.
"""

import sys
from types import ModuleType
from typing import Any

from bargain.linkage.shares import shapley
from bargain.linkage.talks import Talks
from bargain.linkage.value import linkage

__all__ = ["Talks", "linkage", "shapley"]


class _Room(ModuleType):
    """A package that can be called: importing a room sets its name on ``bargain``, where the function is expected."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return linkage(*arguments, **options)


sys.modules[__name__].__class__ = _Room
