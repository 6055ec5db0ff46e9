"""What a result depends on besides its input, and when it was computed.

Tested through the results that carry it.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Mapping
from typing import Any

from bargain.version import __version__

__all__ = ["loaded_versions", "origin"]


def origin(seed: int, started: tuple[float, float], versions: Mapping[str, str]) -> dict[str, Any]:
    """Return the provenance of a result.

    Parameters
    ----------
    seed : int
        Seed of the search; 0 where nothing is drawn at random.
    started : (float, float)
        ``time.time()`` and ``time.perf_counter()`` when the work began.
    versions : mapping
        The libraries that took part, with their versions.
    """
    return {
        "bargain": __version__,
        **versions,
        "python": platform.python_version(),
        "platform": _machine(),
        "seed": seed,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started[0])),
        "seconds": round(time.perf_counter() - started[1], 3),
    }


def _machine() -> str:
    """Return system, release and kind of machine; ``platform.platform`` would start a process to ask for more."""
    known = platform.uname()
    return "-".join(filter(None, (known.system, known.release, known.machine)))


def loaded_versions(*names: str) -> dict[str, str]:
    """Return the versions of those libraries that were loaded; asking for the others would load a good deal itself.

    Examples
    --------
    >>> loaded_versions("no_such_library")
    {}
    """
    loaded = {name: sys.modules[name] for name in names if name in sys.modules}
    return {name: str(getattr(module, "__version__", "unknown")) for name, module in loaded.items()}
