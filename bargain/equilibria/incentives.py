r"""What players gain by disobeying, as the rows of the linear programs of correlated equilibria.

A distribution :math:`\pi` over profiles is a *correlated equilibrium* when no player gains by playing ``instead``
whenever it is told to play ``told``,

.. math:: \sum_{a: a_i = \text{told}} \pi(a) [u_i(\text{instead}, a_{-i}) - u_i(a)] \le 0 ,

and a *coarse* correlated equilibrium when no player gains by always playing ``instead``, whatever it is told: the same
sum over all profiles (Aumann 1974; Moulin and Vial 1978).  The rows are never stored: a block of them is read off the
payoffs when it is wanted, in floats or in whole numbers alike.  Tested by loops over the definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Incentives", "Rows"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_LARGEST_WORK = 8_000_000
"""Payoff differences up to which the rows' scales are computed."""


class Rows(NamedTuple):
    """Incentive constraints: ``player[k]`` is told ``told[k]`` (-1: anything) and plays ``instead[k]``."""

    player: Indices
    told: Indices
    instead: Indices

    @classmethod
    def none(cls) -> Rows:
        """Return no rows."""
        return cls(*(np.zeros(0, dtype=np.intp) for _ in range(3)))

    def take(self, places: Any) -> Rows:
        """Return some of the rows."""
        return Rows(*(each[places] for each in self))

    def join(self, more: Rows) -> Rows:
        """Return these rows and then the others."""
        return Rows(*(np.concatenate(pair) for pair in zip(self, more, strict=True)))


@dataclass(frozen=True, eq=False)
class Incentives:
    """The incentive constraints of a game.

    Parameters
    ----------
    tables : array of shape (n, m_1, ..., m_n)
        Payoffs: floats, or whole numbers as Python ints.
    coarse : bool
        Whether players decide before they are told anything.
    """

    tables: NDArray[Any]
    coarse: bool = False

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of actions of every player."""
        return self.tables.shape[1:]

    @cached_property
    def own(self) -> tuple[NDArray[Any], ...]:
        """For every player, its payoffs with a row per own action and a column per choice of the others."""
        return tuple(
            np.ascontiguousarray(np.moveaxis(table, i, 0)).reshape(self.sizes[i], -1)
            for i, table in enumerate(self.tables)
        )

    @property
    def coefficients(self) -> int:
        """How many coefficients all rows have together, in all columns."""
        profiles = prod(self.sizes)
        return sum(size * profiles if self.coarse else (size - 1) * profiles for size in self.sizes)

    def all_rows(self) -> Rows:
        """Return the rows of every constraint."""
        made = Rows.none()
        for i, size in enumerate(self.sizes):
            told, instead = np.indices((1 if self.coarse else size, size)).reshape(2, -1)
            kept = np.full(len(told), self.coarse) | (told != instead)
            mine = Rows(np.full(len(told), i), told - self.coarse, instead)
            made = made.join(mine.take(kept))
        return made

    @cached_property
    def scales(self) -> tuple[Floats, ...]:
        """For every player the largest absolute coefficient of its rows, shape (told, instead); ones in large games.

        A row of small coefficients is a constraint like any other, and a solver should not lose it in its tolerance.
        """
        work = sum(own.size * size for own, size in zip(self.own, self.sizes, strict=True))
        made = []
        for own, size in zip(self.own, self.sizes, strict=True):
            scale = np.ones((size, size))
            if work <= _LARGEST_WORK:
                for told in range(size):
                    scale[told] = np.abs(own - own[told]).max(axis=1)
                scale[scale == 0] = 1.0
            made.append(scale.max(axis=0)[None] if self.coarse else scale)
        return tuple(made)

    def row_scales(self, rows: Rows) -> Floats:
        """Return the scales of some rows, shape (len(rows),)."""
        made = np.ones(len(rows.player))
        for i, scale in enumerate(self.scales):
            mine = rows.player == i
            made[mine] = scale[np.maximum(rows.told[mine], 0), rows.instead[mine]]
        return made

    def entries(self, rows: Rows, columns: Indices) -> tuple[Indices, Indices, NDArray[Any]]:
        """Return the coefficients of some rows (constraints) in some columns (profiles, by their flat index).

        They come as places of the rows, places of the columns, and values; all others are 0.
        """
        made = []
        for i, size in enumerate(self.sizes):
            flat = self.tables[i].ravel()
            stride = prod(self.sizes[i + 1 :])
            played = columns // stride % size
            mine = np.flatnonzero(rows.player == i)
            if self.coarse:
                row, place = np.repeat(mine, len(columns)), np.tile(np.arange(len(columns)), len(mine))
            else:
                row, place = _matches(rows.told[mine], played, size)
                row = mine[row]
            profiles = columns[place]
            others = profiles + (rows.instead[row] - played[place]) * stride
            made.append((row, place, flat[others] - flat[profiles]))
        row, place, value = map(np.concatenate, zip(*made, strict=True))
        return row, place, value

    def gains(self, rows: Rows, columns: Indices) -> NDArray[Any]:
        """Return the same coefficients as a dense matrix."""
        made = np.zeros((len(rows.player), len(columns)), dtype=self.tables.dtype)
        row, place, value = self.entries(rows, columns)
        made[row, place] = value
        return made

    def violations(self, distribution: NDArray[Any]) -> list[NDArray[Any]]:
        """Return what every player gains: entry [told, instead] for each player, or [0, instead] when coarse.

        The gains are weighted with the probability of the order, as in the constraints.
        """
        shaped = distribution.reshape(self.sizes)
        made = []
        for i, own in enumerate(self.own):
            orders = np.moveaxis(shaped, i, 0).reshape(self.sizes[i], -1)
            told = np.flatnonzero(orders.any(axis=1))
            used = np.flatnonzero(orders.any(axis=0))
            found = np.zeros((self.sizes[i], self.sizes[i]), dtype=own.dtype)
            found[told] = gained(own[:, used], told, orders[np.ix_(told, used)])
            made.append(found.sum(axis=0)[None] if self.coarse else found)
        return made

    def charges(self, rows: Rows, multipliers: NDArray[Any]) -> NDArray[Any]:
        """Return the sum over rows of multiplier times what obeying is worth, for every profile (flat)."""
        total = np.zeros(self.sizes, dtype=self.tables.dtype)
        for i, own in enumerate(self.own):
            mine = np.flatnonzero((rows.player == i) & (multipliers != 0))
            if not mine.size:
                continue
            told, instead, weights = rows.told[mine], rows.instead[mine], multipliers[mine]
            if self.coarse:
                kinds, place = np.unique(instead, return_inverse=True)
                load = np.zeros(len(kinds), dtype=own.dtype)
                np.add.at(load, place, weights)
                charge = load.sum() * own - (load @ own[kinds])[None]
            else:
                charge = np.zeros(own.shape, dtype=own.dtype)
                orders, line = np.unique(told, return_inverse=True)
                kinds, place = np.unique(instead, return_inverse=True)
                load = np.zeros((len(orders), len(kinds)), dtype=own.dtype)
                np.add.at(load, (line, place), weights)
                charge[orders] = load.sum(axis=1)[:, None] * own[orders] - load @ own[kinds]
            shape = (self.sizes[i], *(size for j, size in enumerate(self.sizes) if j != i))
            total += np.moveaxis(charge.reshape(shape), 0, i)
        return total.ravel()

    def loads(self, rows: Rows, multipliers: Floats) -> Floats:
        """Return the sum of the multipliers that bear on every profile (flat)."""
        total = np.zeros(self.sizes)
        for i, size in enumerate(self.sizes):
            mine = rows.player == i
            if self.coarse:
                total += multipliers[mine].sum()
            else:
                load = np.bincount(rows.told[mine], weights=multipliers[mine], minlength=size)
                total += load.reshape([size if j == i else 1 for j in range(len(self.sizes))])
        return total.ravel()


def gained(own: NDArray[Any], told: Indices, orders: NDArray[Any]) -> NDArray[Any]:
    """Return what a player gains by actions other than those told: entry [place in told, instead].

    ``own`` has a row of payoffs per action, ``orders`` a row of probabilities per action that is told.
    """
    gains: NDArray[Any] = orders @ own.T - (orders * own[told]).sum(axis=1)[:, None]
    return gains


def _matches(told: Indices, played: Indices, size: int) -> tuple[Indices, Indices]:
    """Return the places (in ``told``, in ``played``) of all pairs of equal actions."""
    order = np.argsort(played, kind="stable")
    counts = np.bincount(played, minlength=size)
    starts = np.cumsum(counts) - counts
    repeats = counts[told]
    row = np.repeat(np.arange(len(told)), repeats)
    within = np.arange(len(row)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return row, order[starts[told[row]] + within]
