"""Payoffs that are listed level by level, as arrays over the levers that they read.

A table knows finitely many levels, so that its value changes by jumps: its derivatives are taken as zero, and a level
that is not listed is an error, not a guess.  Tested against the numbers of the table, one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.payoffs.domain import PayoffDomainError
from bargain.scenario.document import Document, Lever, PayoffTable

__all__ = ["LevelIndex", "read_table"]


class LevelIndex:
    """Finds the positions of codes among those of a lever's listed levels.

    Parameters
    ----------
    lever : Lever
        Not continuous.
    """

    def __init__(self, lever: Lever) -> None:
        if lever.codes is None:
            raise ValueError(f"a table needs listed levels, and lever `{lever.name}` is continuous")
        self._lever = lever
        self._positions = {code: place for place, code in enumerate(lever.codes)}
        self._order = np.argsort(lever.codes)
        self._ascending = np.array(lever.codes, dtype=float)[self._order]

    def of(self, codes: Any) -> Any:
        """Return the position of each code: an int for a number, an array for an array.

        Raises
        ------
        PayoffDomainError
            A code is not exactly that of a listed level.
        """
        if np.ndim(codes) == 0:
            place = self._positions.get(float(codes))
            if place is None:
                raise self._unknown(float(codes))
            return place
        below = np.minimum(np.searchsorted(self._ascending, codes), len(self._ascending) - 1)
        wrong = self._ascending[below] != codes
        if np.any(wrong):
            raise self._unknown(float(np.asarray(codes)[wrong][0]))
        return self._order[below]

    def _unknown(self, code: float) -> PayoffDomainError:
        levels = self._lever.levels or ()
        listed = ", ".join(f"{level}" if isinstance(level, str) else f"{level:.12g}" for level in levels)
        problem = f"lever `{self._lever.name}` has no level {code:.12g} in a table of payoffs"
        return PayoffDomainError(f"{problem}; its levels are {listed}")


def read_table(document: Document, table: PayoffTable) -> tuple[tuple[int, ...], NDArray[np.float64]]:
    """Return a table's levers in the scenario's order, and its payoffs with one axis for each of them."""
    places = {lever.name: place for place, lever in enumerate(document.levers)}
    levers: Sequence[int] = [places[name] for name in table.levers]
    payoffs = np.array(table.values, dtype=float).reshape(table.shape)
    order = np.argsort(levers)
    return tuple(levers[place] for place in order), np.ascontiguousarray(payoffs.transpose(order))
