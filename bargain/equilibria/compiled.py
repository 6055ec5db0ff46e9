"""How this room compiles: cached on disk, on the first call, with as little machine code as needed.

``entry`` is for functions that Python calls, ``inner`` for those that only compiled code calls; without the wrappers
for other callers they compile in half the time.  Both are typed as leaving a function's type alone.

Compiling takes time for every operation that is written down, and once more for every function that calls it.  So
compiled code is kept to what is called often, allocates nothing, takes no slices, and compares instead of calling
``min`` and ``max``, each of which would be compiled too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

__all__ = ["entry", "inner"]

Function = TypeVar("Function", bound=Callable[..., Any])

_SHARED: dict[str, Any] = {"cache": True, "error_model": "numpy", "no_cfunc_wrapper": True}
_BARE: dict[str, Any] = {**_SHARED, "no_cpython_wrapper": True}


def entry(function: Function) -> Function:
    """Compile a function that Python calls."""
    compiled: Any = njit(**_SHARED)(function)
    return compiled  # type: ignore[no-any-return]


def inner(function: Function) -> Function:
    """Compile a function that only compiled functions call."""
    compiled: Any = njit(**_BARE)(function)
    return compiled  # type: ignore[no-any-return]
