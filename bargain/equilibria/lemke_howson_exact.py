r"""The path of Lemke and Howson in whole numbers, with a lexicographic ratio test: it always ends in an equilibrium.

Both best-response polytopes start at 0.  Dropping a label starts a path of pivots that can only end when the label
comes back (Lemke and Howson 1964); in degenerate games the perturbation of the right-hand sides by powers of an
infinitesimal keeps the path from cycling (von Stengel 2002).  Tableaux hold ints with one common denominator, which
every pivot divides out (Edmonds 1967).  For small games, and the reference for the compiled path.  Tested by regret
zero, by the extreme equilibria of small games, and against nashpy and quantecon on generic ones.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.integers import positive_integers
from bargain.equilibria.search import Search
from bargain.games.normal_form import NormalFormGame

__all__ = ["ExactPaths"]

Strategy = tuple[Fraction, ...]


class ExactPaths:
    """The paths of a two-player game with m and n actions; labels are 0, ..., m + n - 1, the first player's first."""

    def __init__(self, game: NormalFormGame, search: Search) -> None:
        rows, columns = (positive_integers(game, player)[0] for player in (0, 1))
        self.sizes = rows.shape
        self.search = search
        m, n = rows.shape
        # A column per label, then the right-hand side: strategies x with slacks s, and y with slacks r.
        self._first = np.hstack([columns.T, _identity(n), _ones(n)])
        self._second = np.hstack([_identity(m), rows, _ones(m)])

    def follow(self, label: int, limit: int) -> tuple[tuple[Strategy, Strategy] | None, int]:
        """Return the equilibrium at the end of the path, and the number of pivots; None when the limit came first."""
        m, n = self.sizes
        tableaux = [_Tableau(self._first, range(m, m + n), m), _Tableau(self._second, range(m), 0)]
        turn, entering = (0 if label < m else 1), label
        for count in range(1, limit + 1):
            entering = tableaux[turn].pivot(entering)
            if entering == label:
                x, y = tableaux[0].values(range(m)), tableaux[1].values(range(m, m + n))
                return (_distribution(x), _distribution(y)), count
            if self.search.expired:
                return None, count
            turn = 1 - turn
        return None, limit


class _Tableau:
    """Rows of ints over a common denominator; ``basis[i]`` is the label of the variable that row i gives."""

    def __init__(self, rows: NDArray[np.object_], basis: range, slacks: int) -> None:
        self.rows = rows
        self.below = 1
        self.basis = list(basis)
        # The order in which ties are broken: the right-hand side, then the columns of the perturbed slacks.
        self.order = [rows.shape[1] - 1, *range(slacks, slacks + len(rows))]

    def pivot(self, entering: int) -> int:
        """Let a variable enter the basis, and return the label of the one that leaves."""
        column: list[int] = self.rows[:, entering].tolist()
        tied = [i for i, value in enumerate(column) if value > 0]
        for place in self.order:
            if len(tied) == 1:
                break
            ratios = [Fraction(int(self.rows[i, place]), column[i]) for i in tied]
            least = min(ratios)
            tied = [i for i, ratio in zip(tied, ratios, strict=True) if ratio == least]
        row = tied[0]
        line = self.rows[row]
        pivot = column[row]
        made = (pivot * self.rows - np.multiply.outer(self.rows[:, entering], line)) // self.below
        made[row] = line
        self.rows, self.below = made, pivot
        leaving, self.basis[row] = self.basis[row], entering
        return leaving

    def values(self, labels: range) -> list[int]:
        """Return the values of some variables, times the common denominator."""
        right: list[int] = self.rows[:, -1].tolist()
        known = dict(zip(self.basis, right, strict=True))
        return [known.get(label, 0) for label in labels]


def _distribution(values: list[int]) -> Strategy:
    total = sum(values)
    return tuple(Fraction(value, total) for value in values)


def _identity(size: int) -> NDArray[np.object_]:
    made = np.full((size, size), 0, dtype=object)
    np.fill_diagonal(made, 1)
    return made


def _ones(size: int) -> NDArray[np.object_]:
    return np.full((size, 1), 1, dtype=object)
