"""From what a rule has found to the record that it hands back.

Payoffs of deals are computed anew from the terms of the problem, in their order, so that equal deals always show equal
numbers.  Tested through the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from bargain.games.bargaining import BargainingProblem, normalised_weights
from bargain.games.finite_deals import FiniteDeals
from bargain.results import Certificate, Outcome, Solution, Status
from bargain.solutions.rational import RationalDeals, Scalar

__all__ = ["MAX_TIES", "Question", "gains_of", "lottery_answer", "no_deal", "pure_answer", "tied_outcomes"]

MAX_TIES = 10_000
"""At most this many tied deals are listed."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A problem with the rule that is to pick from it.

    ``weights`` sum to one; ``exact_weights`` are the simple ratios that they stand for, or None; ``shown`` are the
    weights to report (None when the rule was asked without any).
    """

    problem: BargainingProblem
    rule: str
    weights: tuple[float, ...]
    exact_weights: tuple[Fraction, ...] | None
    shown: tuple[float, ...] | None
    seed: int = 0

    @classmethod
    def ask(
        cls,
        problem: BargainingProblem,
        rule: str,
        weights: Sequence[float] | None,
        seed: int = 0,
        own_weights: bool = False,
    ) -> Question:
        """Put the question; ``own_weights`` makes the problem's weights the default in place of equal ones."""
        if weights is not None:
            used = normalised_weights(weights, problem.num_players)
        else:
            used = problem.weights if own_weights else (1 / problem.num_players,) * problem.num_players
        shown = used if own_weights or weights is not None else None
        return cls(problem, rule, used, problem.exact_weights(used), shown, seed)

    @property
    def scalar_weights(self) -> tuple[Scalar, ...]:
        """The weights for closed forms: Fractions for exact problems with simple weights, else floats."""
        if self.problem.exact and self.exact_weights is not None:
            return self.exact_weights
        return self.weights


def no_deal(question: Question, method: str, certificate: Certificate | None = None) -> Solution:
    """Return the answer that nobody can gain without somebody losing."""
    problem = question.problem
    payoffs: tuple[Scalar, ...] = problem.disagreement
    gains: tuple[Scalar, ...] = (0.0,) * problem.num_players
    if problem.fractional and problem.exact_disagreement is not None:
        payoffs, gains = problem.exact_disagreement, (Fraction(0),) * problem.num_players
    return Solution(
        problem,
        question.rule,
        method,
        Status.NO_DEAL,
        payoffs,
        gains,
        certificate=certificate,
        weights=question.shown,
    )


def tied_outcomes(chosen: RationalDeals) -> tuple[tuple[Outcome, ...], tuple[tuple[int, ...], ...], int]:
    """Return the deals behind payoff vectors in canonical order, at most :data:`MAX_TIES`.

    Returns
    -------
    outcomes : tuple of Outcome
    deals : tuple of tuples
        The same deals as level indices.
    total : int
        How many there are in all.
    """
    problem, described = chosen.problem, chosen.efficient.deals.describe
    found: list[tuple[tuple[int, ...], tuple[Scalar, ...]]] = []
    total = 0
    for index, row in enumerate(chosen.rows.tolist()):
        total += chosen.efficient.count(row)
        deals = chosen.efficient.deals_of(row, MAX_TIES - len(found))
        if not deals:
            continue
        if problem.exact:
            exact = chosen.exact_payoffs(index)
            payoffs = [exact if problem.fractional else tuple(map(float, exact))] * len(deals)
        else:
            payoffs = [tuple(values) for values in chosen.efficient.deals.payoffs(deals).tolist()]
        found += zip(deals, payoffs, strict=True)
    found.sort(key=lambda entry: entry[0])
    outcomes = tuple(Outcome(described(deal), payoffs) for deal, payoffs in found)
    return outcomes, tuple(deal for deal, _ in found), total


def pure_answer(question: Question, method: str, chosen: RationalDeals, certificate: Certificate) -> Solution:
    """Return a deal, given the payoff vectors that the rule ranks first."""
    outcomes, deals, total = tied_outcomes(chosen)
    notes = () if total <= len(deals) else (f"{total} deals tie; {len(deals)} of them are listed",)
    return Solution(
        question.problem,
        question.rule,
        method,
        Status.PROVED,
        outcomes[0].payoffs,
        gains_of(question.problem, deals[0], chosen),
        deal=outcomes[0].deal,
        ties=outcomes,
        certificate=certificate,
        weights=question.shown,
        notes=notes,
    )


def gains_of(problem: BargainingProblem, deal: tuple[int, ...], chosen: RationalDeals) -> tuple[Scalar, ...]:
    """Return the gains of a deal; a float gain that is zero up to rounding is zero."""
    deals = problem.feasible
    assert isinstance(deals, FiniteDeals)
    if problem.exact and problem.exact_disagreement is not None:
        pairs = zip(deals.exact_payoffs(deal), problem.exact_disagreement, strict=True)
        exact = tuple(payoff - default for payoff, default in pairs)
        return exact if problem.fractional else tuple(float(value) for value in exact)
    gains = deals.payoffs(deal)[0] - problem.disagreement
    rounding = chosen.rounding.max(axis=0)
    return tuple(0.0 if abs(gain) <= error else gain for gain, error in zip(gains.tolist(), rounding, strict=True))


def lottery_answer(
    question: Question,
    method: str,
    deals: RationalDeals,
    mixture: Sequence[tuple[int, Scalar]],
    certificate: Certificate,
    others: Sequence[int] = (),
) -> Solution:
    """Return a lottery over deals.

    Parameters
    ----------
    question, method, certificate
        As in the record.
    deals : RationalDeals
        The payoff vectors that are mixed.
    mixture : sequence of (index into ``deals``, probability)
        What is drawn; few pairs, positive probabilities that sum to one.
    others : sequence of int
        Indices of further payoff vectors that the rule ranks equal to a pure choice.
    """
    if len(mixture) == 1:
        rows = np.array([mixture[0][0], *(index for index in others if index != mixture[0][0])])
        pure = pure_answer(question, method, deals.subset(rows), certificate)
        return replace(pure, lottery=((pure.deal, Fraction(1) if question.problem.fractional else 1.0),))
    problem = question.problem
    drawn = sorted((deals.deal(index), chance) for index, chance in mixture)
    exact = problem.exact and all(isinstance(chance, Fraction) for _, chance in mixture)
    gains = _mean([chance for _, chance in mixture], [_gain(deals, index, exact) for index, _ in mixture])
    payoffs = _mean([chance for _, chance in drawn], [_payoffs(problem, deal, exact) for deal, _ in drawn])
    if not problem.fractional:
        gains, payoffs = tuple(map(float, gains)), tuple(map(float, payoffs))
    return Solution(
        problem,
        question.rule,
        method,
        Status.PROVED if certificate.holds else Status.LIMIT,
        payoffs,
        gains,
        lottery=tuple(
            (deals.efficient.deals.describe(deal), chance if problem.fractional else float(chance))
            for deal, chance in drawn
        ),
        ties=(Outcome(None, payoffs),),
        certificate=certificate,
        weights=question.shown,
        notes=() if certificate.holds else (f"the lottery is best only to within {certificate.gap:.1e}",),
    )


def _mean(chances: Sequence[Scalar], rows: Sequence[tuple[Scalar, ...]]) -> tuple[Scalar, ...]:
    return tuple(
        sum((chance * value for chance, value in zip(chances, column, strict=True)), start=Fraction(0))
        for column in zip(*rows, strict=True)
    )


def _gain(deals: RationalDeals, index: int, exact: bool) -> tuple[Scalar, ...]:
    return deals.exact_gain(index) if exact else tuple(deals.gains[index].tolist())


def _payoffs(problem: BargainingProblem, deal: tuple[int, ...], exact: bool) -> tuple[Scalar, ...]:
    deals = problem.feasible
    assert isinstance(deals, FiniteDeals)
    return deals.exact_payoffs(deal) if exact else tuple(deals.payoffs(deal)[0].tolist())
