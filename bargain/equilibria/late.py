"""Solvers that are loaded when they are first called.

scipy, nashpy and numba take half a second each to import, which is more than a small game needs to be solved.  So the
table of methods names its solvers by place, and the module there is imported on the first call.  Tested by what a
cold start loads.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["on_demand"]


def on_demand(place: str, /, **fixed: Any) -> Callable[..., Any]:
    """Return a function that imports ``place`` on its first call and passes the call on.

    Parameters
    ----------
    place : str
        ``"module:function"`` inside this room, for example ``"zero_sum:solve_zero_sum"``.
    **fixed
        Keyword arguments that every call is given.

    Examples
    --------
    >>> many = on_demand("extreme:many")
    >>> many(1234567)
    '1,234,567'
    """
    module, _, name = place.partition(":")

    def call(*arguments: Any, **options: Any) -> Any:
        function = getattr(import_module(f"bargain.equilibria.{module}"), name)
        return function(*arguments, **fixed, **options)

    call.__name__ = name
    return call
