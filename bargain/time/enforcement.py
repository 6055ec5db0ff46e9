r"""Is the deal self-enforcing, and which is the best deal that is?

The one place that knows the order: what follows a breach, the headline deal's incentives linked and issue by issue, and
the bargaining solution over the deals that nobody breaks at the players' discount factors (Limao 2005), where deals are
listed (:mod:`bargain.time.kept_deals`) or levers continuous (:mod:`bargain.time.generated`).  Tested on published
examples, against brute force, and by the laws of the theory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bargain.errors import LimitError, UnsupportedGameError
from bargain.payoffs.numeric import Payoffs
from bargain.results import DisagreementPoint, Solution, Status
from bargain.results.enforcement import EnforcedDeal, Enforcement, Incentive, PathPoint, PunishmentPayoffs
from bargain.scenario.document import Document
from bargain.time.deviations import Codes, Deviations
from bargain.time.generated import GeneratedDeals
from bargain.time.incentives import Court
from bargain.time.kept_deals import ListedDeals
from bargain.time.punishments import Reversion

__all__ = ["Enforcing"]

Progress = Callable[[int, int], None]

_NEAR = 1e-6
"""An incentive with less to spare than this share of the span of its payoffs holds the deal back."""

_INDEPENDENT = ("nash", "egalitarian", "utilitarian")
"""Rules by which a deal that is kept stays the best when others are taken away."""


@dataclass(frozen=True, eq=False)
class Enforcing:
    """A scenario, what follows a breach of its deals, and the rule that picks them.

    Parameters
    ----------
    payoffs : Payoffs
        Compiled payoffs.
    point : DisagreementPoint
        What the players get without a deal.
    reversion : Reversion
        What follows a breach.
    rule : str
        The bargaining rule.
    weights : sequence of float, optional
        Its weights.
    seed : int
        Seed of the search for continuous deals.
    """

    payoffs: Payoffs
    point: DisagreementPoint
    reversion: Reversion
    rule: str
    weights: Sequence[float] | None = None
    seed: int = 0

    @property
    def document(self) -> Document:
        """The scenario."""
        return self.payoffs.document

    @cached_property
    def listed(self) -> bool:
        """Whether deals are finitely many: levers have levels, or stand on a grid for lotteries."""
        return self.document.solve.lotteries or not any(lever.continuous for lever in self.document.levers)

    @cached_property
    def court(self) -> Court:
        """What judges deals."""
        standing = self.point.levels or self.document.status_quo
        return Court(self.payoffs, Deviations(self.payoffs, standing, self.listed), self.reversion)

    def judge(
        self,
        headline: Solution,
        factors: Sequence[float] | None = None,
        deltas: Sequence[float] = (),
        progress: Progress | None = None,
        brief: bool = False,
    ) -> Enforcement:
        """Return whether the headline deal is kept, and the best deals that are.

        Parameters
        ----------
        headline : Solution
            What the rule picks when deals are binding.
        factors : sequence of float, optional
            The players' discount factors.
        deltas : sequence of float
            Common factors for which the best self-enforcing deal is wanted.
        progress : callable, optional
            Called as ``progress(done, total)`` along the path.
        brief : bool
            Whether linked incentives of the headline deal are all that is wanted.
        """
        deals = drawn(headline, self.document)
        notes: list[str] = []
        linked = self.court.incentives(deals, True, factors) if deals else ()
        separate: tuple[Incentive, ...] = ()
        if deals and not brief:
            try:
                separate = self.court.incentives(deals, False, factors)
            except (UnsupportedGameError, LimitError) as trouble:
                notes.append(f"Not issue by issue: {trouble}.")
        if len(deals) > 1:
            notes.append("A lottery is kept when every deal that it may draw is kept once it is drawn.")
        notes += [] if brief else [*self._without_levers(), *self._after_the_answer(deals)]
        found = Enforcement(
            self.document.player_names,
            headline.rule,
            self._punishment(),
            linked,
            separate,
            None if factors is None else tuple(factors),
            notes=tuple(notes),
        )
        if factors is not None and deals and not brief:
            kinds = (True, False) if separate else (True,)
            bests = (self._best(headline, found, factors, each) for each in kinds)
            found = replace(found, best=tuple(each for each in bests if each is not None))
        return replace(found, path=self._path(sorted(deltas), progress)) if deltas else found

    def _punishment(self) -> PunishmentPayoffs:
        document, reversion = self.document, self.reversion
        draws = tuple((document.terms(codes), chance) for codes, chance in reversion.draws)
        names = tuple(lever.name for place, lever in enumerate(document.levers) if place in reversion.levers)
        snapped = names if reversion.kind == "snap_back" else ()
        return PunishmentPayoffs(reversion.kind, reversion.payoffs, reversion.note, draws, snapped)

    def _best(
        self, headline: Solution, found: Enforcement, factors: Sequence[float], linked: bool
    ) -> EnforcedDeal | None:
        """Return the best deal that is kept, with what enforcement costs."""
        notes: list[str] = []
        slack, rounds, complete = 0.0, 1, True
        try:
            if self.listed:
                solution = ListedDeals(self.court, self.point.payoffs, linked).best(factors, self.rule, self.weights)
            elif (found.holds if linked else found.holds_separately) and self.rule in _INDEPENDENT:
                solution = headline
                incentives = found.linked if linked else found.separate
                slack = max((float(each.bound - each.breach) / _span(each) for each in incentives), default=0.0)
            else:
                kept = GeneratedDeals(self.court, self.point, linked).best(factors, self.rule, self.weights, self.seed)
                solution, slack, rounds, complete = kept.solution, kept.slack, kept.rounds, kept.complete
        except UnsupportedGameError as trouble:
            if linked:
                raise
            # Without the levels to which single issues return there is nothing to say about them.
            notes.append(str(trouble))
            return None
        if not complete and solution.agreed:
            solution = replace(solution, status=Status.LIMIT)
            notes.append(f"a breach of this deal may still gain {slack:.1e} of the span of the payoffs")
        deals = drawn(solution, self.document)
        incentives = self.court.incentives(deals, linked, factors) if deals else ()
        binding = tuple(each for each in incentives if each.breach > each.payoff and abs(_left(each)) <= _NEAR)
        cost = tuple(float(u - v) for u, v in zip(headline.payoffs, solution.payoffs, strict=True))
        return EnforcedDeal(linked, tuple(factors), solution, cost, slack, binding, rounds, tuple(notes))

    def _path(self, deltas: Sequence[float], progress: Progress | None) -> tuple[PathPoint, ...]:
        """Return the best self-enforcing deals at common factors in ascending order, linked."""
        if self.listed:
            rows = ListedDeals(self.court, self.point.payoffs, True).path(deltas, self.rule, self.weights)
            return tuple(_path_point(delta, solution) for delta, solution in rows)
        generated, points = GeneratedDeals(self.court, self.point, True), []
        for done, delta in enumerate(deltas):
            factors = [delta] * len(self.document.players)
            kept = generated.best(factors, self.rule, self.weights, self.seed)
            solution = kept.solution
            if not kept.complete and solution.agreed:
                solution = replace(solution, status=Status.LIMIT)
            points.append(_path_point(delta, solution))
            if progress is not None:
                progress(done + 1, len(deltas))
        return tuple(points)

    def _without_levers(self) -> list[str]:
        """Say which players cannot break a deal because the scenario gives them no lever."""
        idle = [one.player for one in self.court.temptations(True) if not one.steps[0]]
        names = [self.document.player_names[player] for player in idle]
        if not names:
            return []
        return [
            f"No lever is set by {' or '.join(names)}, who can end the deal but not break it; `set_by` and "
            "[enforcement] breach say who can break what."
        ]

    def _after_the_answer(self, deals: Sequence[Codes]) -> list[str]:
        """Say who would go on breaking the deal once levers have snapped back, or leave the levels without a deal."""
        if not self.reversion.draws:
            return []
        levels = self.reversion.draws[0][0]
        if self.reversion.kind == "no_agreement" and deals:
            return [
                f"What follows a breach is not an equilibrium: without a deal {name} would gain {gain:.4g} by moving "
                "its own levers, so that the threat may not be carried out."
                for name, gain in self._leaving(levels, frozenset())
            ]
        if self.reversion.kind != "snap_back" or len(deals) != 1:
            return []
        moved = self.reversion.levers
        after = tuple(levels[k] if k in moved else code for k, code in enumerate(deals[0]))
        return [
            f"After the snap-back {name} would gain {gain:.4g} by breaking the rest too: "
            "the clause deters only where that is answered as well."
            for name, gain in self._leaving(after, moved)
        ]

    def _leaving(self, stands: Codes, fixed: frozenset[int]) -> list[tuple[str, float]]:
        """Return who would gain how much by moving its levers, but for some, from where all stand."""
        found = []
        for temptation in self.court.temptations(True):
            best = self.court.deviations.best(temptation.player, temptation.steps[0] - fixed, stands)
            stays = float(self.payoffs.values(stands)[temptation.player])
            if best.payoff - stays > 1e-9 * max(abs(stays), abs(best.payoff)):
                found.append((self.document.player_names[temptation.player], best.payoff - stays))
        return found


def _span(each: Incentive) -> float:
    values = [float(value) for value in (each.payoff, each.breach, each.punishment)]
    return max(max(values) - min(values), 1e-300)


def _left(each: Incentive) -> float:
    return (each.surplus or 0.0) / _span(each)


def _path_point(delta: float, solution: Solution) -> PathPoint:
    payoffs, gains = (tuple(map(float, row)) for row in (solution.payoffs, solution.gains))
    return PathPoint(delta, str(solution.status), payoffs, gains, solution.deal, solution.lottery)


def drawn(solution: Solution, document: Document) -> list[Codes]:
    """Return the deals that a solution may draw, as level codes; nothing when there is no deal."""
    if not solution.agreed:
        return []
    deals = [solution.deal] if solution.deal is not None else [deal for deal, _ in solution.lottery or ()]
    return [tuple(lever.code(deal[lever.issue][lever.name]) for lever in document.levers) for deal in deals]
