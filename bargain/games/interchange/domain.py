r"""Negotiation domains as other programs know them: issues with values, and one additive utility per party.

The utility of an outcome is :math:`b + \sum_i w_i v_i(x_i)` (Keeney and Raiffa 1976), kept in fractions exactly as the
files write it.  What a party gets without a deal is its *reserved value*; the bargaining problem takes that as the
disagreement point.  Discount factors are reported and not applied.  Tested against utilities worked out by hand and
summed outcome by outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import DealLabels, FiniteDeals

__all__ = ["MOST_VALUES", "STEPS", "Domain", "DomainIssue", "Line", "Party", "StoredPoint", "Value", "grid"]

Value = str | Fraction
"""A value of an issue: a name, or a number."""

MOST_VALUES = 100_000
"""The values that one issue may have."""

STEPS = 21
"""Values that stand for a real issue; GENIUS takes so many too (IssueReal)."""


@dataclass(frozen=True, slots=True)
class DomainIssue:
    """An issue with its values: names (``discrete``), numbers (``integer``), or a grid on an interval (``real``)."""

    name: str
    values: tuple[Value, ...]
    kind: Literal["discrete", "integer", "real"] = "discrete"


@dataclass(frozen=True, slots=True)
class Line:
    """An evaluation ``intercept + slope * x``; ``clipped`` when it is cut off at 0 and 1, as GENIUS does."""

    slope: Fraction
    intercept: Fraction
    clipped: bool = False

    def at(self, value: Fraction) -> Fraction:
        """Return the evaluation of a number.

        Examples
        --------
        >>> Line(Fraction(1, 2), Fraction(0), clipped=True).at(Fraction(3))
        Fraction(1, 1)
        """
        plain = self.intercept + self.slope * value
        return min(max(plain, Fraction(0)), Fraction(1)) if self.clipped else plain


@dataclass(frozen=True, slots=True)
class Party:
    """A party's utility: weight times evaluation, summed over issues, plus ``bias``.

    Parameters
    ----------
    name : str
        The party's name.
    weights : tuple of Fraction
        One per issue.
    evaluations : tuple of tuples of Fraction
        For each issue, one per value.
    reserved : Fraction or None
        What it gets without a deal; None when the file has no such value, which means the least utility.
    discount : Fraction or None
        A discount factor that the file states; it is not applied.
    bias : Fraction
        Constant part.
    lines : tuple of (Line or None)
        For each issue, the line that the evaluations lie on, where the file gives one.
    file : str
        Where it was read.
    """

    name: str
    weights: tuple[Fraction, ...]
    evaluations: tuple[tuple[Fraction, ...], ...]
    reserved: Fraction | None = None
    discount: Fraction | None = None
    bias: Fraction = Fraction(0)
    lines: tuple[Line | None, ...] = ()
    file: str = ""

    def utility(self, deal: Sequence[int]) -> Fraction:
        """Return the utility of an outcome given as one value index per issue."""
        parts = zip(self.weights, self.evaluations, deal, strict=True)
        return self.bias + sum((weight * values[k] for weight, values, k in parts), Fraction(0))

    @property
    def least(self) -> Fraction:
        """The least utility of any outcome."""
        return self.bias + sum(
            (min(w * v for v in values) for w, values in zip(self.weights, self.evaluations, strict=True)), Fraction(0)
        )

    @property
    def most(self) -> Fraction:
        """The greatest utility of any outcome."""
        return self.bias + sum(
            (max(w * v for v in values) for w, values in zip(self.weights, self.evaluations, strict=True)), Fraction(0)
        )

    @property
    def disagreement(self) -> Fraction:
        """The reserved value, or the least utility where there is none (as NegMAS takes a reserved value of -inf)."""
        return self.least if self.reserved is None else self.reserved


@dataclass(frozen=True, slots=True)
class StoredPoint:
    """A solution point that another program has stored with a domain.

    ``theirs`` is the name in the file, and ``ours`` the rule of ours that says the same, with the disagreement point
    that goes with it (``basis``); None when we have no such rule.  ``payoffs`` are those stored, ``deal`` the outcome
    as value indices where it is stored, and ``note`` says how far the two agree.
    """

    theirs: str
    ours: str | None
    payoffs: tuple[Fraction, ...]
    deal: tuple[int, ...] | None = None
    basis: Literal["reserved", "floor", "zero", "least"] = "reserved"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Domain:
    """A negotiation domain read from files of another program.

    Parameters
    ----------
    name : str
        What the files call it.
    dialect : str
        Whose files they are, for example ``"GENIUS XML"``.
    issues : tuple of DomainIssue
        What is negotiated.
    parties : tuple of Party
        Who negotiates.
    notes : tuple of str
        What was done to get from the files to the numbers.
    points : tuple of StoredPoint
        Solution points that the files hold.
    files : tuple of str
        The files that were read.

    Examples
    --------
    >>> issue = DomainIssue("price", ("low", "high"))
    >>> buyer = Party("buyer", (Fraction(1),), ((Fraction(1), Fraction(0)),))
    >>> seller = Party("seller", (Fraction(1),), ((Fraction(1, 4), Fraction(1)),), reserved=Fraction(1, 8))
    >>> domain = Domain("sale", "made here", (issue,), (buyer, seller))
    >>> domain.outcomes, domain.problem().exact_disagreement
    (2, (Fraction(0, 1), Fraction(1, 8)))
    """

    name: str
    dialect: str
    issues: tuple[DomainIssue, ...]
    parties: tuple[Party, ...]
    notes: tuple[str, ...] = ()
    points: tuple[StoredPoint, ...] = field(default=())
    files: tuple[str, ...] = ()

    @property
    def outcomes(self) -> int:
        """The number of outcomes."""
        return prod(len(issue.values) for issue in self.issues)

    @property
    def players(self) -> tuple[str, ...]:
        """The parties' names."""
        return tuple(party.name for party in self.parties)

    def utilities(self, deal: Sequence[int]) -> tuple[Fraction, ...]:
        """Return every party's utility of an outcome given as one value index per issue."""
        return tuple(party.utility(deal) for party in self.parties)

    def indices(self, outcome: Mapping[str, Any]) -> tuple[int, ...]:
        """Return the value indices of an outcome ``{issue: value}``; numbers may be of any type.

        Raises
        ------
        ValueError
            An issue is missing, or has no such value.
        """
        found = []
        for issue in self.issues:
            if issue.name not in outcome:
                raise ValueError(f"the outcome has no value for issue {issue.name!r}")
            wanted = outcome[issue.name]
            value = wanted if isinstance(wanted, str) else Fraction(wanted)
            if value not in issue.values:
                raise ValueError(f"issue {issue.name!r} has no value {wanted!r}")
            found.append(issue.values.index(value))
        return tuple(found)

    def problem(
        self, disagreement: Sequence[Any] | Mapping[str, Any] | None = None, lotteries: bool = False
    ) -> BargainingProblem:
        """Return the bargaining problem, in fractions; deals are described by the names of issues and values.

        Parameters
        ----------
        disagreement : sequence or mapping, optional
            Payoffs without a deal, one per party or ``{party: payoff}``; what a mapping leaves out, and everything by
            default, is the party's reserved value.
        lotteries : bool
            Whether lotteries over outcomes are allowed.

        Raises
        ------
        ValueError
            The disagreement point does not fit.
        """
        issues = []
        for k, issue in enumerate(self.issues):
            # The constant part is added to the first issue.
            bias = [party.bias if k == 0 else Fraction(0) for party in self.parties]
            columns = [
                [b + p.weights[k] * v for v in p.evaluations[k]] for b, p in zip(bias, self.parties, strict=True)
            ]
            issues.append(_objects(columns).T.reshape(len(issue.values), len(self.parties)))
        point = self._disagreement(disagreement)
        problem = BargainingProblem.additive(issues, point, lotteries, players=self.players)
        names = tuple(issue.name for issue in self.issues)
        levels = tuple(tuple(v if isinstance(v, str) else float(v) for v in issue.values) for issue in self.issues)
        assert isinstance(problem.feasible, FiniteDeals)
        return replace(problem, feasible=replace(problem.feasible, labels=DealLabels(names, names, levels)))

    def _disagreement(self, given: Sequence[Any] | Mapping[str, Any] | None) -> list[Fraction]:
        usual = {party.name: party.disagreement for party in self.parties}
        if given is None:
            return list(usual.values())
        if not isinstance(given, Mapping):
            if len(given) != len(usual):
                raise ValueError(f"disagreement: {len(usual)} numbers are needed, got {len(given)}")
            return [Fraction(value) for value in given]
        for name in given:
            if name not in usual:
                raise ValueError(f"disagreement: there is no party {name!r}; there are {', '.join(usual)}")
        return [Fraction(given.get(name, value)) for name, value in usual.items()]


def _objects(values: Sequence[Any]) -> NDArray[Any]:
    return np.array(values, dtype=object)


def grid(low: Fraction, high: Fraction, steps: int) -> tuple[Fraction, ...]:
    """Return ``steps`` equally spaced numbers from ``low`` to ``high``, exactly.

    Raises
    ------
    LimitError
        There would be too many.

    Examples
    --------
    >>> [str(value) for value in grid(Fraction(0), Fraction(1), 3)]
    ['0', '1/2', '1']
    """
    if steps > MOST_VALUES:
        raise LimitError(f"an issue with {steps:,} values; at most {MOST_VALUES:,} are taken")
    if steps == 1 or low == high:
        return (low,)
    return tuple(low + (high - low) * k / (steps - 1) for k in range(steps))
