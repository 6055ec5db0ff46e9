"""A child process for methods that may never end: it prints answers one by one and is ended when it stops doing so.

Tested with games on which nashpy's Lemke-Howson hangs.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

__all__ = ["run_in_child"]

_START_SECONDS = 20.0
"""Time for the child's imports, which come before its first answer."""


def run_in_child(method: str, payoffs: Any, labels: int, total: float, step: float) -> Iterator[tuple[int, str | None]]:
    """Yield the answers of a method as (number of the answer, line of JSON).

    Parameters
    ----------
    method : str
        Name of a nashpy method.
    payoffs : nested lists of float
        Payoffs of both players.
    labels : int
        With more than one, the method gives one answer per label: the child is started again behind a label that does
        not finish.
    total, step : float
        Seconds for everything, and for each answer.

    Yields
    ------
    (int, str or None)
        None in place of an answer that did not come in time, or because the child failed.
    """
    deadline = time.monotonic() + total
    start = 0
    while start < labels and time.monotonic() < deadline:
        for line in _answers(method, payoffs, start, deadline, step):
            yield start, line
            start += 1
            if line is None:
                break
        else:
            return


def _answers(method: str, payoffs: Any, start: int, deadline: float, step: float) -> Iterator[str | None]:
    """Yield lines from one child, None when it takes too long; the child is gone when this ends."""
    # The child imports from where this process does, also in a checkout that is not installed.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
    request = json.dumps({"method": method, "payoffs": payoffs, "start": start})
    with subprocess.Popen(
        [sys.executable, "-m", "bargain.equilibria.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as child:
        try:
            yield from _read(child, request, deadline, step)
        finally:
            child.kill()


def _read(child: subprocess.Popen[str], request: str, deadline: float, step: float) -> Iterator[str | None]:
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    assert child.stdin is not None
    assert child.stdout is not None
    threading.Thread(target=_pass_on, args=(child.stdout, lines), daemon=True).start()
    # A child that fails early does not read on; its exit code says so below.
    with suppress(BrokenPipeError):
        child.stdin.write(request)
    with suppress(BrokenPipeError):
        child.stdin.close()
    patience = _START_SECONDS
    while True:
        try:
            line = lines.get(timeout=max(0.0, min(patience, deadline - time.monotonic())))
        except queue.Empty:
            yield None
            return
        if line is None:
            if child.wait():
                yield None
            return
        if line != "ready\n":
            yield line
        patience = step


def _pass_on(stream: IO[str], lines: queue.SimpleQueue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)
