r"""One best-response polytope in exact arithmetic: the dictionary of any basis, and the pivots that it allows.

The compiled searches ask here whatever floats cannot decide.  The polytope is :math:`\{z \ge 0 : M z \le s\}` for a
matrix of positive integers and a positive integer scale; labels are those of :mod:`bargain.equilibria.vertex_kernels`.
Systems are solved by python-flint in exact rationals.  Tested through the searches and by its own breadth-first
enumeration of small polytopes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple

import numpy as np
from flint import fmpq_mat, fmpz_mat
from numpy.typing import NDArray

__all__ = ["ExactDictionary", "ExactPolytope"]


class ExactDictionary(NamedTuple):
    """The rows of a dictionary as integers over a common positive denominator.

    ``rows`` maps every basic label to its coefficients of the nonbasic labels in order, followed by the right-hand
    side; the objective's row has the label -1.
    """

    nonbasic: tuple[int, ...]
    rows: dict[int, list[int]]
    denominator: int


class ExactPolytope:
    """The polytope of one player's strategies, scaled.

    Parameters
    ----------
    matrix : object array of shape (r, d)
        Positive integers: one row per inequality, one column per coordinate.
    scale : int
        The right-hand side of every inequality.
    costs : sequence of d ints
        Positive coefficients of the objective that orders the search.
    """

    def __init__(self, matrix: NDArray[np.object_], scale: int, costs: Sequence[int]) -> None:
        self.num_rows, self.num_columns = matrix.shape
        self.scale = scale
        self.table: list[list[int]] = [*matrix.tolist(), list(costs)]
        self.dictionary = lru_cache(maxsize=8)(self._dictionary)

    def _dictionary(self, mask: int) -> ExactDictionary:
        """Return the dictionary of the basis whose nonbasic labels are the bits of ``mask``."""
        r, d = self.num_rows, self.num_columns
        tight = [i for i in range(r) if mask >> i & 1]
        unused = [j for j in range(d) if mask >> (r + j) & 1]
        used = [j for j in range(d) if not mask >> (r + j) & 1]
        nonbasic = (*tight, *(r + j for j in unused))
        rest = [*(i for i in range(r) if not mask >> i & 1), r]
        right = [[*(int(i == k) for k in tight), *(self.table[i][j] for j in unused), self.scale] for i in tight]
        # Rows that are not solved for: their own coefficients less those of the coordinates in use.
        own = [[*([0] * len(tight)), *(self.table[i][j] for j in unused), self.scale if i < r else 0] for i in rest]
        labels = [*(r + j for j in used), *(i if i < r else -1 for i in rest)]
        if not tight:
            return ExactDictionary(nonbasic, dict(zip(labels, own, strict=True)), 1)
        system = fmpq_mat(fmpz_mat([[self.table[i][j] for j in used] for i in tight]))
        solved, below = system.solve(fmpq_mat(fmpz_mat(right))).numer_denom()
        others = fmpz_mat(own) * below - fmpz_mat([[self.table[i][j] for j in used] for i in rest]) * solved
        rows = [[int(value) for value in row] for row in [*solved.tolist(), *others.tolist()]]
        return ExactDictionary(nonbasic, dict(zip(labels, rows, strict=True)), int(below))

    def zero_labels(self, mask: int) -> int:
        """Return the bits of the basic variables that are zero at the vertex."""
        rows = self.dictionary(mask).rows
        return sum(1 << label for label, row in rows.items() if label >= 0 and row[-1] == 0)

    def leaving(self, mask: int, entering: int) -> int | None:
        """Return the label that makes room for ``entering`` if the search goes down there, else None.

        The ratio test is lexicographic in the perturbed right-hand side; the pivot is taken when the
        largest-coefficient rule, with ties going to the smallest label, leads back over it.
        """
        found = self.dictionary(mask)
        nonbasic, rows, below = found
        c = nonbasic.index(entering)
        objective = rows[-1]
        if objective[c] <= 0:
            return None
        leaving = self._leaving_row(found, c)
        row = rows[leaving]
        # Coefficients are compared as they are for inequalities divided by the scale, which stretches their slacks.
        own = -objective[c] * below * (self.scale if leaving < self.num_rows else 1)
        for j, label in enumerate(nonbasic):
            if j != c:
                stretch = self.scale if label < self.num_rows else 1
                value = (objective[j] * row[c] - objective[c] * row[j]) * stretch
                if value < own or (value == own and label < leaving):
                    return None
        return leaving

    def _leaving_row(self, found: ExactDictionary, c: int) -> int:
        """Return the label of the row whose ratio, a polynomial in the perturbation, is the smallest."""
        rows = found.rows
        places = {name: j for j, name in enumerate(found.nonbasic)}
        tied = [label for label, row in rows.items() if label >= 0 and row[c] > 0]
        tied = _smallest(tied, [rows[label][-1] for label in tied], [rows[label][c] for label in tied])
        # Ratios that are equal are compared by one power of the perturbation after the other.
        for slack in range(self.num_rows):
            if len(tied) == 1:
                break
            if slack in places:
                terms = [rows[label][places[slack]] for label in tied]
            else:
                terms = [found.denominator if label == slack else 0 for label in tied]
            tied = _smallest(tied, terms, [rows[label][c] for label in tied])
        return tied[0]

    def vertex(self, mask: int) -> tuple[list[int], list[int]]:
        """Return the coordinates in use at the vertex of a basis, and whole numbers proportional to them."""
        r, d = self.num_rows, self.num_columns
        used = [j for j in range(d) if not mask >> (r + j) & 1]
        lines = [self.table[i] for i in range(r) if mask >> i & 1]
        if not used:
            return [], []
        system = fmpz_mat([[line[j] for j in used] for line in lines])
        answer: Any = system.solve(fmpz_mat(len(used), 1, [1] * len(used)))
        return used, [int(value) for value in answer.numer_denom()[0].entries()]

    def floats(self, mask: int, basic: Sequence[int], nonbasic: Sequence[int], cost_scale: int) -> NDArray[np.float64]:
        """Return the dictionary rounded, stored by columns, for the inequalities divided by the scale.

        Parameters
        ----------
        mask : int
            The nonbasic labels.
        basic, nonbasic : sequences of int
            The order of rows and columns.
        cost_scale : int
            What the objective is divided by.

        Returns
        -------
        array of shape (d + 1, r + 1)
        """
        order, rows, below = self.dictionary(mask)
        r, scale = self.num_rows, self.scale
        places = [*(order.index(int(label)) for label in nonbasic), len(order)]
        stretch = [*(scale if int(label) < r else 1 for label in nonbasic), 1]
        made = np.empty((self.num_columns + 1, r + 1))
        for k, label in enumerate([*map(int, basic), -1]):
            row = rows[label]
            shrink = below * (cost_scale if label < 0 else scale if label < r else 1)
            made[:, k] = [_quotient(row[j] * factor, shrink) for j, factor in zip(places, stretch, strict=True)]
        return made


def _smallest(labels: list[int], numerators: list[int], denominators: list[int]) -> list[int]:
    """Return the labels whose ratio is the smallest; denominators are positive."""
    over, under = numerators[0], denominators[0]
    for numerator, denominator in zip(numerators, denominators, strict=True):
        if numerator * under < over * denominator:
            over, under = numerator, denominator
    return [
        label
        for label, numerator, denominator in zip(labels, numerators, denominators, strict=True)
        if numerator * under == over * denominator
    ]


def _quotient(numerator: int, denominator: int) -> float:
    """Return the rounded quotient; infinity when it is too large for a float."""
    try:
        return numerator / denominator
    except OverflowError:
        return inf if (numerator > 0) == (denominator > 0) else -inf
