"""The subgames of support profiles, cut out of the payoff tensors one after the other, and room to work on them.

What depends on the numbers of used actions alone is made once per combination of these numbers and used again.  Tested
through :mod:`bargain.equilibria.polynomial`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.multilinear import COLUMNS, PLACE, ROWS, SIZE, START, Subgame
from bargain.equilibria.newton import ACTION, AT, OWNER, System
from bargain.games.normal_form import NormalFormGame

__all__ = ["HEIGHT", "Bench", "Subgames"]

HEIGHT = 1_000
"""Boxes that fit on the stack."""

Floats = NDArray[np.float64]


class Bench(NamedTuple):
    """Room for the search of a support profile with certain numbers of used actions.

    ``shape`` belongs to :class:`~bargain.equilibria.multilinear.Subgame`.  ``first`` are the places of every variable's
    player's first probability.  ``lowers`` and ``uppers`` are the stack of boxes, ``least`` the lower ends of the first
    one, ``lower`` and ``upper`` the box that is handed out; ``room`` is what the compiled search works with.
    """

    shape: NDArray[np.int64]
    system: System
    first: NDArray[np.int64]
    lowers: Floats
    uppers: Floats
    lower: Floats
    upper: Floats
    least: Floats
    room: tuple[Any, ...]

    @property
    def work(self) -> Floats:
        """Room for sums over the players' actions."""
        table: Floats = self.room[1]
        return table


class Subgames:
    """Cuts subgames out of a game.

    Examples
    --------
    >>> game = NormalFormGame.from_payoffs([[[2, 0], [0, 1]], [[1, 0], [0, 2]]])
    >>> sub, bench = Subgames(game).cut((0b10, 0b11))
    >>> sub.tables.tolist()
    [0.0, 0.5, 1.0, 0.0, 0.0, 1.0]
    """

    def __init__(self, game: NormalFormGame) -> None:
        self._sizes = game.num_actions
        payoffs = game.normalised()
        self._flat = [
            np.ascontiguousarray(np.moveaxis(payoffs[q], q, 0)).reshape(size, -1) for q, size in enumerate(self._sizes)
        ]
        self._columns: list[dict[tuple[int, ...], NDArray[np.intp]]] = [{} for _ in self._sizes]
        self._rows: list[dict[int, NDArray[np.intp]]] = [{} for _ in self._sizes]
        self._benches: dict[tuple[int, ...], Bench] = {}

    def cut(self, masks: tuple[int, ...]) -> tuple[Subgame, Bench]:
        """Return the subgame of a support profile, given as bit masks, and its bench."""
        used = tuple(mask.bit_count() for mask in masks)
        bench = self._benches.get(used)
        if bench is None:
            bench = self._benches[used] = _make_bench(self._sizes, used)
        pieces = []
        for q, mask in enumerate(masks):
            others = masks[:q] + masks[q + 1 :]
            rows, columns = self._rows[q].get(mask), self._columns[q].get(others)
            if rows is None:
                rows = self._rows[q][mask] = self._used_first(q, mask)
            if columns is None:
                columns = self._columns[q][others] = self._combinations(q, others)
            pieces.append(self._flat[q][rows, columns].ravel())
        return Subgame(np.concatenate(pieces), bench.shape), bench

    def _used_first(self, player: int, mask: int) -> NDArray[np.intp]:
        actions = range(self._sizes[player])
        return np.array([[a] for a in sorted(actions, key=lambda a: not mask >> a & 1)])

    def _combinations(self, player: int, masks: tuple[int, ...]) -> NDArray[np.intp]:
        """Return the places of the others' used actions in a row of payoffs."""
        places = np.zeros(1, dtype=np.intp)
        sizes = self._sizes[:player] + self._sizes[player + 1 :]
        for size, mask in zip(sizes, masks, strict=True):
            actions = np.array([a for a in range(size) if mask >> a & 1])
            places = (places[:, None] * size + actions).ravel()
        return places


def _make_bench(sizes: tuple[int, ...], used: tuple[int, ...]) -> Bench:
    shape = np.zeros((5, len(used)), dtype=np.int64)
    shape[ROWS], shape[SIZE] = sizes, used
    shape[START] = np.cumsum([0, *used[:-1]])
    shape[COLUMNS] = np.prod(used) // shape[SIZE]
    shape[PLACE] = np.cumsum([0, *(shape[ROWS] * shape[COLUMNS])[:-1]])
    variables = [(q, a, shape[START, q] + a) for q, size in enumerate(used) for a in range(1, size)]
    terms = np.zeros((4, len(variables)), dtype=np.int64)
    terms[[OWNER, ACTION, AT]] = np.array(variables).T
    count, actions = len(variables), sum(used)
    system = System(terms, np.zeros((count, 5 * count)), np.zeros((3, count)), np.zeros(actions), np.zeros(actions))
    work = np.zeros((3, int(shape[COLUMNS].max())))
    room = (np.zeros(actions), work, np.zeros((3, actions)), np.zeros(actions, dtype=np.int64))
    least = np.repeat(shape[SIZE] == 1, shape[SIZE]).astype(float)
    stack = (np.empty((HEIGHT, actions)), np.empty((HEIGHT, actions)))
    return Bench(shape, system, shape[START][terms[OWNER]], *stack, np.zeros(actions), np.zeros(actions), least, room)
