r"""A deal's incentives: for each player and issue what a breach gains, what follows, and how patient one must be.

The parts are :mod:`bargain.time.temptations` (who can break what), :mod:`bargain.time.deviations` (the best breach),
:mod:`bargain.time.punishments` (what follows) and :mod:`bargain.time.critical` (the least factor).  Tested on published
examples, and by the pooling law on random separable games in exact fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from bargain.payoffs.numeric import Payoffs
from bargain.results.enforcement import Incentive, Number
from bargain.scenario.document import Document
from bargain.time.critical import critical_factor, exact_factor, incentive, incentive_polynomial, settled
from bargain.time.deviations import Breach, Codes, Deviations
from bargain.time.punishments import Reversion
from bargain.time.temptations import Temptation, temptations

__all__ = ["Court", "surplus", "worst"]


@dataclass(frozen=True, eq=False)
class Court:
    """What judges deals: payoffs, breaches and what follows them."""

    payoffs: Payoffs
    deviations: Deviations
    reversion: Reversion

    @property
    def document(self) -> Document:
        """The scenario."""
        return self.payoffs.document

    def temptations(self, linked: bool) -> tuple[Temptation, ...]:
        """Return who can break what."""
        return temptations(self.document, linked)

    def breaches(self, temptation: Temptation, deal: Codes) -> list[Breach]:
        """Return the best breach for each lag, then the best of what is never seen."""
        sets = [*temptation.steps, temptation.unseen]
        known = {levers: self.deviations.best(temptation.player, levers, deal) for levers in dict.fromkeys(sets)}
        return [known[levers] for levers in sets]

    def incentive(self, temptation: Temptation, deal: Codes, factor: float | None = None) -> Incentive:
        """Return what one temptation gains and costs at a deal."""
        *seen, never = self.breaches(temptation, deal)
        best = seen[0]
        payoff = float(self.payoffs.values(deal)[temptation.player])
        answered = self.reversion.after(self.payoffs, deal, temptation.player, temptation.issue)
        most = tuple(each.payoff for each in seen)
        unseen = never.payoff if temptation.unseen else None
        critical, _ = critical_factor(payoff, most, answered, unseen)
        levers = self.document.levers
        moved = {
            lever.name: lever.level(code)
            for lever, code, agreed in zip(levers, best.codes, deal, strict=True)
            if code != agreed
        }
        found = Incentive(
            self.document.player_names[temptation.player],
            temptation.issue,
            payoff,
            best.payoff,
            answered,
            best.bound,
            critical,
            moved,
            temptation.lag,
            most,
            unseen,
        )
        return found if factor is None else replace(found, factor=factor, surplus=surplus(found, factor))

    def incentives(
        self, deals: Sequence[Codes], linked: bool, factors: Sequence[float] | None = None
    ) -> tuple[Incentive, ...]:
        """Return the incentives at a deal; of several that a lottery may draw, those that are hardest to keep."""
        listed = []
        for temptation in self.temptations(linked):
            factor = None if factors is None else factors[temptation.player]
            listed.append(worst([self.incentive(temptation, deal, factor) for deal in deals]))
        return tuple(listed)


def surplus(found: Incentive, factor: float) -> float:
    """Return what a player loses by the breach that tempts most, a period: at least 0 when the deal holds."""
    delta = exact_factor(factor)
    never = found.payoff if found.unseen is None else found.unseen
    u, exact, p = settled(found.payoff, [*found.breaches, never], found.punishment)
    *seen, least = exact
    values = [
        incentive(incentive_polynomial(u, [max(each, least) for each in seen[: horizon + 1]], p), delta)
        for horizon in range(len(seen))
    ]
    found_least = min([*values, u - least] if least > u else values)
    # With factors as floats a deal may miss its critical factor by rounding.
    near = Fraction(1, 10**12) * max(map(abs, (u, seen[0], p)))
    rounded = isinstance(found.payoff, float)
    return 0.0 if rounded and -near <= found_least < 0 else float(found_least)


def worst(found: Sequence[Incentive]) -> Incentive:
    """Return the incentive that asks for the most patience."""

    def key(each: Incentive) -> tuple[bool, Number, Number]:
        return each.critical is None, each.critical or 0, each.gain

    return max(found, key=key)
