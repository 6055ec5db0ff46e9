"""Checks that are loaded when they are first called: most results need neither linear programs nor formula algebra.

Tested by what verifying a small result loads.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["on_demand"]


def on_demand(place: str, /) -> Callable[..., Any]:
    """Return a function that imports ``"module:function"`` of this room on its first call and passes the call on.

    Examples
    --------
    >>> on_demand("claims:difference")([1.0], [0.5])
    0.5
    """
    module, _, name = place.partition(":")

    def call(*arguments: Any, **options: Any) -> Any:
        return getattr(import_module(f"bargain.certificates.{module}"), name)(*arguments, **options)

    call.__name__ = name
    return call
