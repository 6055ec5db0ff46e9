"""All equilibria of two-player games: ours beside nashpy, quantecon, pygambit and lrsnash on the same games.

Run ``python benchmarks/equilibria/bench_enumeration.py``; ``--help`` shows how to choose sizes.  CPU seconds of one
thread, medians over the games, the ratio to the best peer that found as many equilibria, and whether answers agree.
Peers that are not installed, or too slow for a size, are left out and named.  lrsnash is fed integers only, because it
saturates larger ones silently.
"""

from __future__ import annotations

import importlib.util
import resource
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import click
import nashpy
import numpy as np
import quantecon.game_theory as quantecon

from bargain.equilibria.enumeration import enumerate_equilibria
from bargain.games.normal_form import NormalFormGame


class Answer(NamedTuple):
    """How long it took and how many equilibria came out."""

    seconds: float
    count: int


def timed(work: Callable[[], Any]) -> Answer:
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        count = len(list(work()))
    return Answer(time.process_time() - started, count)


def ours(first: Any, second: Any) -> Answer:
    # Making the game from the arrays is part of the work.
    return timed(lambda: enumerate_equilibria(NormalFormGame.from_payoffs([first, second])))


def quantecon_game(first: Any, second: Any) -> Any:
    players = [quantecon.Player(table.astype(float)) for table in (first, np.ascontiguousarray(second.T))]
    return quantecon.NormalFormGame(players)


def quantecon_vertex(first: Any, second: Any) -> Answer:
    return timed(lambda: quantecon.vertex_enumeration(quantecon_game(first, second)))


def quantecon_support(first: Any, second: Any) -> Answer:
    return timed(lambda: quantecon.support_enumeration(quantecon_game(first, second)))


def nashpy_vertex(first: Any, second: Any) -> Answer:
    return timed(lambda: nashpy.Game(first, second).vertex_enumeration())


def nashpy_support(first: Any, second: Any) -> Answer:
    return timed(lambda: nashpy.Game(first, second).support_enumeration())


def pygambit_mixed(first: Any, second: Any) -> Answer:
    import pygambit

    game = pygambit.Game.from_arrays(first, second)
    return timed(lambda: pygambit.nash.enummixed_solve(game, rational=False).equilibria)


def lrsnash(first: Any, second: Any) -> Answer:
    rows = ["{} {}".format(*first.shape), ""]
    rows += [" ".join(map(str, row)) for row in first.tolist()] + [""]
    rows += [" ".join(map(str, row)) for row in second.tolist()]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "game"
        place.write_text("\n".join(rows) + "\n", encoding="utf-8")
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        printed = subprocess.run(["lrsnash", place], capture_output=True, text=True, check=True).stdout
        seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    found = next(line for line in printed.splitlines() if "Number of equilibria found" in line)
    return Answer(seconds, int(found.rsplit(":", 1)[1]))


PEERS: dict[str, tuple[Callable[[Any, Any], Answer], int]] = {
    "quantecon vertex": (quantecon_vertex, 16),
    "quantecon support": (quantecon_support, 10),
    "nashpy vertex": (nashpy_vertex, 7),
    "nashpy support": (nashpy_support, 6),
    "pygambit": (pygambit_mixed, 10),
    "lrsnash": (lrsnash, 16),
}
"""Every peer with the largest size that it takes seconds for."""


def installed(name: str) -> bool:
    if name == "pygambit":
        return importlib.util.find_spec("pygambit") is not None
    return name != "lrsnash" or shutil.which("lrsnash") is not None


def payoffs(size: int, seed: int, degenerate: bool) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 4, (2, size, size)) if degenerate else rng.random((2, size, size))
    return first, second


def compare(size: int, games: int, degenerate: bool) -> None:
    """Print one block of the table."""
    played = [payoffs(size, seed, degenerate) for seed in range(games)]
    mine = [ours(*pair) for pair in played]
    kind = "payoffs 0..3" if degenerate else "random floats"
    seconds = median(answer.seconds for answer in mine)
    click.echo(f"\n{size} x {size}, {kind}, {games} games: {[answer.count for answer in mine]} equilibria")
    click.echo(f"  {'ours, proved':<18} {seconds:10.4f} s")
    for name, (peer, largest) in PEERS.items():
        # Floats that were made integers, for the peer that takes only these, would be other games.
        if size > largest or not installed(name) or (name == "lrsnash" and not degenerate):
            continue
        theirs = [peer(*pair) for pair in played]
        same = sum(a.count == b.count for a, b in zip(mine, theirs, strict=True))
        theirs_median = median(answer.seconds for answer in theirs)
        remark = "" if same == games else f"  another number of equilibria in {games - same} of {games} games"
        click.echo(f"  {name:<18} {theirs_median:10.4f} s {theirs_median / seconds:8.1f} x{remark}", nl=True)


@click.command()
@click.option("--sizes", default="8,10,12,14", show_default=True, help="Actions per player.")
@click.option("--degenerate-sizes", default="8,10,12,14", show_default=True, help="The same for payoffs 0..3.")
@click.option("--games", default=5, show_default=True, help="Games per size.")
def main(sizes: str, degenerate_sizes: str, games: int) -> None:
    """Time all equilibria of random and degenerate games."""
    missing = [name for name in PEERS if not installed(name)]
    if missing:
        click.echo(f"not installed, left out: {', '.join(missing)}")
    for degenerate in (False, True):
        # Loading the compiled code is not part of the work.
        first, second = payoffs(4, 0, degenerate)
        ours(first, second)
        quantecon_vertex(first, second)
        for size in map(int, filter(None, (degenerate_sizes if degenerate else sizes).split(","))):
            compare(size, games, degenerate)


if __name__ == "__main__":
    main()
