r"""Which rows of a table does a mixture of rows beat?  Decided exactly, or said to be undecided.

Row :math:`a` is strictly dominated when weights :math:`w` exist with :math:`\sum_b w_b (u_b - u_a) > 0` in every
column, and weakly when the sum is nowhere negative and somewhere positive.  By duality (Gale, Kuhn and Tucker 1951;
Pearce 1984), it is not strictly dominated exactly when it is a best reply to some belief about the column, and not
weakly exactly when it is one to a belief that gives every column a chance.

1. Rows that are clearly the only best reply to some simple belief are not dominated.
2. Small tables are decided by a linear program in whole numbers.
3. Otherwise HiGHS suggests a mixture and a belief, and whichever passes the exact check is the proof.
4. What neither proves is decided in whole numbers while that is affordable, and else reported as undecided.

Tested against the exact program on games with ties, and by a check of every mixture from the definition.
"""

from __future__ import annotations

from fractions import Fraction
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.games.dominance import may_be_dominated
from bargain.games.exact_programs import maximise
from bargain.games.whole_numbers import whole_table

__all__ = ["MixedDominance", "candidates", "mixed_dominated_rows"]

Whole = NDArray[np.object_]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Mixture = tuple[tuple[int, Fraction], ...]

_EXACT_FIRST = 400
_EXACT_LAST = 2_500
"""Entries of tables that go to the exact program at once; and after HiGHS has failed to prove anything."""

_CLEAR = 1e-9
"""A lead in payoffs scaled to [0, 1] that no sum of rounding errors reaches (tables have at most 10^6 columns)."""

_BELIEFS = (2, 4, 8, 16)
"""Numbers of columns in the beliefs to which a row may be the only best reply."""

_NICE = 10_000
"""Mixtures with denominators up to this are tried first, because they read better."""


class MixedDominance(NamedTuple):
    """Dominated rows with the mixtures that dominate them, and the rows for which nothing was proved."""

    found: tuple[tuple[int, Mixture], ...]
    undecided: tuple[int, ...]


def candidates(scaled: Floats, weak: bool = False) -> Ints:
    """Return the rows that may be dominated, by payoffs scaled to [0, 1]."""
    left = may_be_dominated(scaled, weak)
    if not left.size:
        return left
    columns = scaled.shape[1]
    # A row is most likely to be the best reply to a belief in the columns in which it comes nearest to the best row.
    nearest = np.argsort(scaled.max(axis=0) - scaled, axis=1, kind="stable")
    for size in _BELIEFS:
        used = nearest[left, :size]
        beliefs = np.zeros((columns, len(left)))
        beliefs[used.T, np.arange(len(left))] = 1 / used.shape[1]
        values = scaled @ beliefs
        alone = (values > values.max(axis=0) - _CLEAR).sum(axis=0) == 1
        left = np.setdiff1d(left, values.argmax(axis=0)[alone])
    return left


def mixed_dominated_rows(table: NDArray[Any], rows: Ints, weak: bool = False) -> MixedDominance:
    """Return which of the given rows mixtures of other rows dominate.

    Parameters
    ----------
    table : array of shape (k, c)
        Floats or Fractions, taken as they are.
    rows : int array
        The rows in question.
    weak : bool
        Whether weak dominance is asked for.

    Examples
    --------
    Half of the first and half of the second row beat the third (Osborne and Rubinstein 1994, example 61.1):

    >>> mixed_dominated_rows(np.array([[4.0, 0.0], [0.0, 4.0], [1.0, 1.0]]), np.array([2])).found
    ((2, ((0, Fraction(1, 2)), (1, Fraction(1, 2)))),)
    """
    whole = whole_table(table).numerators
    found: list[tuple[int, Mixture]] = []
    undecided: list[int] = []
    for a in rows.tolist():
        others = np.delete(np.arange(len(whole)), a)
        gains = whole[others] - whole[a]
        weights = _weights(gains, weak)
        if weights is None:
            undecided.append(a)
        elif weights:
            found.append((a, tuple((int(b), w) for b, w in zip(others, weights, strict=True) if w)))
    return MixedDominance(tuple(found), tuple(undecided))


def _weights(gains: Whole, weak: bool) -> list[Fraction] | None:
    """Return weights of the rivals that prove dominance, none when there is no dominance, None when undecided.

    ``gains`` has one row per rival: what it pays more than the row in question.
    """
    if not len(gains):
        return []
    suggested = None if gains.size <= _EXACT_FIRST else _suggested(gains, weak)
    if suggested is None and gains.size <= _EXACT_LAST:
        return _weak_exactly(gains) if weak else _strict_exactly(gains)
    return suggested


def _strict_exactly(gains: Whole) -> list[Fraction]:
    """Solve the zero-sum game of rivals against columns: dominance is a value above zero.

    With payoffs shifted to be positive, the largest sum of y >= 0 with ``shifted @ y <= 1`` is one over the value, and
    the multipliers are the mixture.
    """
    shift = 1 - min(0, gains.min())
    rivals, columns = gains.shape
    solved = maximise([1] * columns, (gains + shift).tolist(), [1] * rivals, lambda total: total * shift >= 1)
    assert solved is not None
    if solved.value * shift >= 1:
        return []
    return _distribution(list(solved.multipliers))


def _weak_exactly(gains: Whole) -> list[Fraction]:
    """Maximise the sum of all gains over mixtures that lose nowhere; what is left of the weight stays on the row."""
    rivals, columns = gains.shape
    rows = [*(-gains.T).tolist(), [1] * rivals]
    solved = maximise(gains.sum(axis=1).tolist(), rows, [0] * columns + [1], lambda total: total > 0)
    assert solved is not None
    return _distribution(list(solved.x)) if solved.value > 0 else []


def _suggested(gains: Whole, weak: bool) -> list[Fraction] | None:
    """Let HiGHS maximise the smallest gain, and return what passes the exact check."""
    rivals, columns = gains.shape
    scale = max(gains.max(), -gains.min()) or 1
    floats = np.frompyfunc(lambda gain: gain / scale, 1, 1)(gains).astype(float)
    # scipy takes longer to load than small games to be solved, so it is not imported with this module.
    solved = import_module("scipy.optimize").linprog(
        np.append(np.zeros(rivals), -1.0),
        A_ub=np.column_stack([-floats.T, np.ones(columns)]),
        b_ub=np.zeros(columns),
        A_eq=np.append(np.ones(rivals), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, 1)] * rivals + [(None, None)],
        method="highs",
    )
    if solved.status != 0 or solved.x is None:
        return None
    for largest in (_NICE, None):
        weights = _rational(solved.x[:rivals], largest)
        if weights and _values(weights, gains).min() > 0:
            return weights
    belief = _rational(-solved.ineqlin.marginals, None)
    if belief and weak:
        belief = [chance + Fraction(1, 10**6) for chance in belief]
    if belief and _values(belief, gains.T).max() <= 0:
        return []
    return None


def _values(weights: list[Fraction], gains: Whole) -> Whole:
    """Return the weighted sums of the rows of gains, up to a positive factor."""
    whole = whole_table(np.array(weights, dtype=object)).numerators
    values: Whole = whole @ gains
    return values


def _rational(weights: Floats, largest: int | None) -> list[Fraction]:
    exact = [Fraction(max(float(w), 0.0)) for w in weights]
    if largest is not None:
        exact = [w.limit_denominator(largest) for w in exact]
    return _distribution(exact)


def _distribution(weights: list[Fraction]) -> list[Fraction]:
    """Return the weights divided by their sum; none when they are all zero."""
    total = sum(weights, Fraction(0))
    return [w / total for w in weights] if total else []
