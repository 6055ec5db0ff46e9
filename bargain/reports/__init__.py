"""Reports: results set in text, JSON, CSV, LaTeX or Markdown.

Reports see only results and compute nothing.  No module here imports a numerical library, so that showing a scenario
stays fast; the names below are loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bargain.reports.formats import COMMANDS, FORMATS, render

__all__ = ["COMMANDS", "FORMATS", "render"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("bargain.reports.formats"), name)
    raise AttributeError(f"module 'bargain.reports' has no attribute {name!r}")
