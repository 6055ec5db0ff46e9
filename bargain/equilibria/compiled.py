"""How this room compiles: cached on disk, on the first call, with as little machine code as needed.

``entry`` is for functions that Python calls, ``inner`` for those that only compiled code calls; without the wrappers
for other callers they compile in half the time.  The *kernels* make no arrays, so that nobody has to count who holds
one: ``kernel_entry``, ``kernel_inner``, and ``inlined`` for the innermost loops, because an array is handed over as up
to ten machine words, which takes longer than the work of a short function.  All are typed as leaving a function's type
alone.

Compiling takes time for every operation that is written down, and once more for every function that calls it.  So
compiled code is kept to what is called often, allocates nothing, takes no slices, and compares instead of calling
``min`` and ``max``, each of which would be compiled too.  Machine code is made of a function and of all that it calls,
directly or not, so that a function in the middle of a chain of calls costs as much as all that is below it: chains are
kept short.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

__all__ = ["entry", "inlined", "inner", "kernel_entry", "kernel_inner"]

Function = TypeVar("Function", bound=Callable[..., Any])

_SHARED: dict[str, Any] = {"cache": True, "error_model": "numpy", "no_cfunc_wrapper": True}
_BARE: dict[str, Any] = {**_SHARED, "no_cpython_wrapper": True}
_UNCOUNTED: dict[str, Any] = {"_nrt": False}


def entry(function: Function) -> Function:
    """Compile a function that Python calls."""
    return _compiled(function, _SHARED)


def inner(function: Function) -> Function:
    """Compile a function that only compiled functions call."""
    return _compiled(function, _BARE)


def kernel_entry(function: Function) -> Function:
    """Compile a function that Python calls and that makes no arrays."""
    return _compiled(function, {**_SHARED, **_UNCOUNTED})


def kernel_inner(function: Function) -> Function:
    """Compile a function that only compiled functions call and that makes no arrays."""
    return _compiled(function, {**_BARE, **_UNCOUNTED})


def inlined(function: Function) -> Function:
    """Compile a function that makes no arrays into the compiled functions that call it; best with a single call."""
    return _compiled(function, {**_BARE, **_UNCOUNTED, "forceinline": True})


def _compiled(function: Function, options: dict[str, Any]) -> Function:
    compiled: Any = njit(**options)(function)
    return compiled  # type: ignore[no-any-return]
