r"""The best self-enforcing deal over continuous levers: incentives enter as ordinary limits, one breach at a time.

Against every breach there is a limit on deals,
:math:`u_i(x) \ge (1-\delta) \sum_k \delta^k u_i(a_k, x_{-k}) + \delta^{l+1} p_i(x)`, where the levels :math:`a_k` of
the breach are fixed numbers.  A rule picks a deal under the limits found so far; the best breaches of that deal give
the next ones, until no breach gains more than a tolerance (constraint generation: Blankenship and Falk 1976, for
semi-infinite programs).  Every limit is necessary, so that "no deal" under some of them means that there is none; and
the best breach is found between rigorous bounds, so that what a breach of the last deal could still gain is proved.
Tested against closed forms and fine grids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from bargain.errors import NotSolvedError, UnsupportedGameError
from bargain.games.build import bargaining_problem
from bargain.payoffs.numeric import compile_payoffs
from bargain.results import DisagreementPoint, Solution, Status
from bargain.scenario.document import Constraint, Document
from bargain.scenario.expression import Compare, Expression, Number, Product, Sum
from bargain.scenario.substitution import substitute
from bargain.solutions.effort import current, effort
from bargain.solutions.rules import solve_problem
from bargain.time.critical import exact_factor
from bargain.time.deviations import Codes
from bargain.time.incentives import Court
from bargain.time.temptations import Temptation, temptations

__all__ = ["GeneratedDeals", "Kept"]

TOLERANCE = 1e-7
"""What a breach of the deal may still gain, as a share of the span of the payoffs involved."""

MOST_ROUNDS = 60

MOST_PROVED = 4
"""Continuous levers up to which a bound on all other self-enforcing deals is looked for."""

_ASIDE = 1e-6
"""Weight of the others' payoffs where one player's is maximised."""

_DOUBLE = 0.02
"""Breaches whose levels differ by no more than this share of the levers' ranges are nearly the same."""

Levels = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class _Cut:
    """One breach of fixed levels: what is broken in each period until it is seen; ``horizon`` None: never seen."""

    temptation: Temptation
    breaches: tuple[tuple[tuple[int, float], ...], ...]
    horizon: int | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A deal with a proved bound on what any breach gains, as a share of the span of the payoffs involved."""

    solution: Solution
    slack: float
    rounds: int
    complete: bool


@dataclass(eq=False)
class GeneratedDeals:
    """Deals over continuous levers with the breaches that were found so far; they serve later factors too.

    Parameters
    ----------
    court : Court
        Payoffs, breaches and what follows them.
    point : DisagreementPoint
        What the players get without a deal.
    linked : bool
        Whether a breach anywhere is answered everywhere.
    """

    court: Court
    point: DisagreementPoint
    linked: bool
    cuts: list[_Cut] = field(default_factory=list)

    def best(self, factors: Sequence[float], rule: str, weights: Sequence[float] | None, seed: int = 0) -> Kept:
        """Return the deal that a rule picks from those that nobody breaks at these factors.

        Raises
        ------
        UnsupportedGameError
            Payoffs are tables over levers that are broken.
        """
        rounds = 0
        while True:
            rounds += 1
            # What will be cut off need not be proved to be the best.
            with effort(prove=False):
                solution = self._solved(factors, rule, weights, seed)
                slack, found = self._broken(solution, factors)
                if not found and rule == "kalai-smorodinsky" and solution.agreed:
                    found = self._beyond_ideal(factors, seed)
            if not found and current().prove and self._provable:
                solution = self._solved(factors, rule, weights, seed)
                slack, found = self._broken(solution, factors)
            if not found and _unclean(solution, slack):
                solution, slack, found = self._without_doubles(solution, slack, factors, rule, weights, seed)
            if not found or rounds == MOST_ROUNDS or current().expired():
                return Kept(solution, slack, rounds, not found and slack <= TOLERANCE)
            self.cuts += found

    def _without_doubles(
        self, solution: Solution, slack: float, factors: Sequence[float], rule: str, weights: Sequence[float] | None,
        seed: int,
    ) -> tuple[Solution, float, list[_Cut]]:  # fmt: skip
        """Return a deal found without limits that a later one nearly repeats, where it is cleaner, and new limits.

        Two limits that hardly differ bind together, and no search stands well at such a point.  Without one of them
        the problem is relaxed: a deal that nobody breaks all the same is the answer to both.
        """
        kept = [cut for k, cut in enumerate(self.cuts) if not any(self._doubles(cut, at) for at in self.cuts[k + 1 :])]
        if len(kept) == len(self.cuts) or current().expired():
            return solution, slack, []
        with effort(prove=False):
            other = self._solved(factors, rule, weights, seed, kept)
        left, found = self._broken(other, factors)
        if found or not _unclean(other, left):
            return other, left, found
        return solution, slack, []

    def _doubles(self, one: _Cut, other: _Cut) -> bool:
        """Whether two breaches by the same player, seen at the same time, set nearly the same levels."""
        if (one.temptation, one.horizon) != (other.temptation, other.horizon):
            return False
        levers = self.court.document.levers
        pairs = zip(one.breaches, other.breaches, strict=True)
        moves = [(place, a, b) for then, now in pairs for (place, a), (_, b) in zip(then, now, strict=True)]
        return all(
            abs(a - b) <= _DOUBLE * (levers[place].upper - levers[place].lower) if levers[place].continuous else a == b
            for place, a, b in moves
        )

    @property
    def _provable(self) -> bool:
        """Whether levers are few enough for a bound on all other deals under limits that tie them all together."""
        return sum(lever.continuous for lever in self.court.document.levers) <= MOST_PROVED

    def _beyond_ideal(self, factors: Sequence[float], seed: int) -> list[_Cut]:
        """Return limits against breaches of the deals that are nearly ideal for one player.

        The Kalai-Smorodinsky solution looks at them, so that they too must be kept.
        """
        found: list[_Cut] = []
        count = len(self.court.document.players)
        for player in range(count):
            weights = [1.0 if other == player else _ASIDE for other in range(count)]
            best = self._solved(factors, "utilitarian", weights, seed)
            found += [cut for cut in self._broken(best, factors)[1] if cut not in found]
        return found

    def _solved(
        self, factors: Sequence[float], rule: str, weights: Sequence[float] | None, seed: int,
        cuts: Sequence[_Cut] | None = None,
    ) -> Solution:  # fmt: skip
        document = self.court.document
        limits = tuple(self._limit(cut, factors) for cut in (self.cuts if cuts is None else cuts))
        limited = compile_payoffs(replace(document, constraints=(*document.constraints, *limits)))
        problem = bargaining_problem(
            limited,
            self.point.payoffs,
            fixed=self.point.levels or document.status_quo,
            weights=document.weights,
            grid=document.solve.grid,
        )
        return solve_problem(problem, rule, weights, seed=seed)

    def codes(self, solution: Solution) -> Codes:
        """Return the level codes of a deal."""
        levers = self.court.document.levers
        return tuple(lever.code(solution.deal[lever.issue][lever.name]) for lever in levers)

    def _broken(self, solution: Solution, factors: Sequence[float]) -> tuple[float, list[_Cut]]:
        """Return the most that a breach could gain, proved, and limits against the breaches that gain too much."""
        if solution.deal is None:
            if solution.agreed:
                raise NotSolvedError("a lottery over continuous levers cannot be checked for breaches")
            return 0.0, []
        deal, worst = self.codes(solution), 0.0
        found: list[_Cut] = []
        for temptation in temptations(self.court.document, self.linked):
            for cut, gain in self._gains(temptation, deal, factors[temptation.player]):
                worst = max(worst, gain)
                if gain > TOLERANCE and cut not in self.cuts:
                    found.append(cut)
        return worst, found

    def _gains(self, temptation: Temptation, deal: Codes, factor: float) -> Iterator[tuple[_Cut, float]]:
        """Yield, for each horizon, the best breach of a deal and a bound on its gain as a share of the span."""
        court, player = self.court, temptation.player
        *seen, never = court.breaches(temptation, deal)
        payoff = float(court.payoffs.values(deal)[player])
        answered = float(court.reversion.after(court.payoffs, deal, player, temptation.issue))
        values = [payoff, answered, float(self.point.payoffs[player]), *(each.bound for each in seen)]
        span = max(max(values) - min(values), 1e-12 * max(map(abs, values)), 1e-300)
        moves = [self._moved(levers, each.codes) for levers, each in zip(temptation.steps, seen, strict=True)]
        for horizon in range(len(seen)):
            worth = sum(factor**k * seen[horizon - k].bound for k in range(horizon + 1)) * (1 - factor)
            gain = worth + factor ** (horizon + 1) * answered - payoff
            yield _Cut(temptation, tuple(moves[horizon - k] for k in range(horizon + 1)), horizon), gain / span
        if temptation.unseen:
            yield (
                _Cut(temptation, (self._moved(temptation.unseen, never.codes),), None),
                (never.bound - payoff) / span,
            )

    @staticmethod
    def _moved(levers: frozenset[int], codes: Codes) -> tuple[tuple[int, float], ...]:
        return tuple((place, codes[place]) for place in sorted(levers))

    def _limit(self, cut: _Cut, factors: Sequence[float]) -> Constraint:
        """Return the limit on deals against one breach."""
        player = cut.temptation.player
        delta = exact_factor(factors[player])
        worths = [((1 - delta) * delta**k, dict(moved)) for k, moved in enumerate(cut.breaches)]
        constant: float | Fraction = 0
        if cut.horizon is None:
            worths = [(Fraction(1), dict(cut.breaches[0]))]
        else:
            share = delta ** (cut.horizon + 1)
            draws, level = self.court.reversion.parts(self.court.payoffs, player, cut.temptation.issue)
            worths += [(share * Fraction(chance), dict(levels)) for levels, chance in draws]
            constant = share * Fraction(level)
        terms: list[Expression] = [Number(float(constant))]
        for share, moved in worths:
            terms.append(Product((Number(float(share)), self._payoff(player, moved)), (1, 1)))
        rule = Compare(">=", self._payoff(player, {}), Sum(tuple(terms), (1,) * len(terms)))
        name = self.court.document.player_names[player]
        what = "the deal" if cut.temptation.issue is None else f"the deal on {cut.temptation.issue}"
        return Constraint(f"{name} keeps {what}", rule, f"{name} keeps {what}")

    def _payoff(self, player: int, moved: Levels) -> Expression:
        """Return a player's payoff as a formula, with some levers at fixed levels."""
        document = self.court.document
        name = document.player_names[player]
        known = _known(document, moved) if moved else {}
        parts: list[Expression] = []
        for entry in document.payoffs:
            if entry.player != name:
                continue
            if entry.expression is None:
                raise UnsupportedGameError(
                    f"the payoff of {name} under `{entry.heading}` is a table, and other levers are continuous: write "
                    "it as a formula, or give every lever `steps`, to find the best self-enforcing deal"
                )
            parts.append(substitute(entry.expression, known) if known else entry.expression)
        return Sum(tuple(parts), (1,) * len(parts)) if parts else Number(0.0)


def _unclean(solution: Solution, slack: float) -> bool:
    """Whether the search ended at a deal that it could not put right."""
    return slack > TOLERANCE or solution.status in (Status.FAILED, Status.LIMIT)


def _known(document: Document, moved: Levels) -> dict[str, Expression]:
    """Return what to put in for levers at fixed levels, and for definitions that read them."""
    known: dict[str, Expression] = {document.levers[place].name: Number(float(code)) for place, code in moved.items()}
    for definition in document.definitions:
        known[definition.name] = substitute(definition.expression, known)
    return known
