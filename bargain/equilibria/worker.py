"""The child process behind :mod:`bargain.equilibria.child`: one request in, candidates out as they are found."""

from __future__ import annotations

import json
import sys

from bargain.equilibria.nashpy_games import answer

__all__ = ["main"]


def main() -> None:
    """Answer the request on standard input, one line of JSON per candidate."""
    request = json.load(sys.stdin)
    print("ready", flush=True)
    for line in answer(request):
        print(line, flush=True)


if __name__ == "__main__":
    main()
