"""How this room compiles: cached on disk, on the first call, with as little machine code as needed.

``entry`` is for functions that Python calls, ``inner`` for those that only compiled code calls; without the wrappers
for calls from Python they compile in half the time.  Both are typed as leaving a function's type alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

__all__ = ["entry", "inner"]

Function = TypeVar("Function", bound=Callable[..., Any])


def entry(function: Function) -> Function:
    """Compile a function that Python calls."""
    compiled: Function = njit(cache=True, error_model="numpy")(function)
    return compiled


def inner(function: Function) -> Function:
    """Compile a function that only compiled functions call."""
    compiled: Function = njit(cache=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return compiled
