r"""All vertices of a best-response polytope, by a walk over its bases that ends only when no neighbour is new.

The polytope is :math:`\{x \ge 0 : x^T W \le 1\}` with whole numbers :math:`W > 0`, which is bounded.  Its right-hand
side is perturbed symbolically to :math:`1 + \varepsilon_j` with :math:`1 \gg \varepsilon_1 \gg \varepsilon_2 \gg \dots
> 0`.  The perturbed polytope is simple: every vertex has one basis, and the edges at it are the lexicographic pivots
(Dantzig, Orden and Wolfe 1955).  The graph of vertices and edges of a polytope is connected (Balinski 1961), so a set
of bases that is closed under all lexicographic pivots holds all of them; and every vertex of the polytope itself is the
limit of one of the perturbed polytope (Avis 2000).  Pivots are made in whole numbers, without fractions and without
rounding (Edmonds 1967).  Nothing is shared with the solvers.  Tested against all systems of tight constraints.
"""

from __future__ import annotations

from collections.abc import Sequence

from bargain.certificates.games.work import Work

__all__ = ["Vertices", "vertices"]

Vertices = dict[int, tuple[int, ...]]
"""Tight constraints as a set of bits, and weights proportional to the vertex.

Bit v < d stands for ``x[v] = 0``, bit d + j for a tight column j.
"""


def vertices(table: Sequence[Sequence[int]], work: Work) -> Vertices:
    """Return all vertices but 0.

    Parameters
    ----------
    table : d sequences of k int
        The numbers W, all positive.
    work : Work
        Its limit stops the walk.

    Raises
    ------
    TooLargeError
        There are too many bases.

    Examples
    --------
    The triangle x + y <= 1 has two vertices besides 0, each with two tight constraints:

    >>> vertices([[1], [1]], Work())
    {6: (1, 0), 5: (0, 1)}
    """
    dictionary = _Dictionary(table)
    found: Vertices = {}
    visited = {dictionary.cobasis}
    path: list[tuple[int, int]] = []
    column = 0
    steps = dictionary.steps
    while True:
        if column < dictionary.dimension:
            row = dictionary.leaving(column)
            neighbour = dictionary.neighbour(row, column)
            if neighbour in visited:
                column += 1
                continue
            visited.add(neighbour)
            work.spend(2 * steps, dictionary.determinant.bit_length())
            path.append((row, column))
            dictionary.pivot(row, column)
            found.setdefault(dictionary.tight(), dictionary.weights())
            column = 0
        elif path:
            # A pivot is its own inverse.
            row, column = path.pop()
            dictionary.pivot(row, column)
            column += 1
        else:
            # At 0 itself all of x is 0; it is no strategy.
            found.pop((1 << dictionary.dimension) - 1, None)
            return found


class _Dictionary:
    """Rows ``determinant * basic + sum(row * nonbasic) = row[-1]`` in whole numbers; at first the slacks are basic."""

    def __init__(self, table: Sequence[Sequence[int]]) -> None:
        self.dimension, self.count = len(table), len(table[0])
        self.rows = [[*column, 1] for column in zip(*table, strict=True)]
        self.basic = list(range(self.dimension, self.dimension + self.count))
        self.nonbasic = list(range(self.dimension))
        self.determinant = 1
        self.cobasis = (1 << self.dimension) - 1
        self.steps = self.count * (self.dimension + 1)

    def leaving(self, column: int) -> int:
        """Return the row that leaves when a column enters: the one with the lexicographically smallest ratio."""
        best, ties = -1, list[int]()
        over, under = 0, 1
        for i, row in enumerate(self.rows):
            entry = row[column]
            if entry > 0:
                side = -1 if best < 0 else row[-1] * under - over * entry
                if side < 0:
                    best, ties, over, under = i, [], row[-1], entry
                elif side == 0:
                    ties.append(i)
        for i in ties:
            if self._precedes(i, best, column):
                best = i
        return best

    def _precedes(self, first: int, second: int, column: int) -> bool:
        """Compare two rows with equal ratios by their shares of the perturbations, in order."""
        one, two = self.rows[first], self.rows[second]
        places = {variable: place for place, variable in enumerate(self.nonbasic)}
        for slack in range(self.dimension, self.dimension + self.count):
            place = places.get(slack)
            if place is not None:
                side = one[place] * two[column] - two[place] * one[column]
            elif self.basic[first] == slack:
                side = 1
            elif self.basic[second] == slack:
                side = -1
            else:
                continue
            if side != 0:
                return bool(side < 0)
        raise AssertionError("two rows of a regular system are equal")

    def neighbour(self, row: int, column: int) -> int:
        """Return the nonbasic variables after a pivot, as bits."""
        return self.cobasis ^ (1 << self.nonbasic[column]) ^ (1 << self.basic[row])

    def pivot(self, row: int, column: int) -> None:
        """Exchange a basic and a nonbasic variable; the pivot entry is positive and becomes the determinant."""
        self.cobasis = self.neighbour(row, column)
        old = self.determinant
        line = self.rows[row]
        pivot = line[column]
        for i, other in enumerate(self.rows):
            if i != row:
                factor = other[column]
                if factor:
                    # The division leaves no remainder: the entries are minors of the table.
                    mixed = [(a * pivot - factor * b) // old for a, b in zip(other, line, strict=True)]
                else:
                    mixed = [a * pivot // old for a in other]
                mixed[column] = -factor
                self.rows[i] = mixed
        line[column] = old
        self.determinant = pivot
        self.basic[row], self.nonbasic[column] = self.nonbasic[column], self.basic[row]

    def tight(self) -> int:
        """Return all tight constraints as bits: the nonbasic ones, and basic ones at 0."""
        mask = self.cobasis
        for variable, row in zip(self.basic, self.rows, strict=True):
            if not row[-1]:
                mask |= 1 << variable
        return mask

    def weights(self) -> tuple[int, ...]:
        """Return numbers in proportion to x."""
        values = [0] * self.dimension
        for variable, row in zip(self.basic, self.rows, strict=True):
            if variable < self.dimension:
                values[variable] = row[-1]
        return tuple(values)
