r"""Talks without a deadline in which everybody always makes the same offer: stationary equilibria.

Two players who propose in turn: A's offer x and B's offer y satisfy that each gives the responder what a refusal is
worth to it, :math:`x_B = F_B(y_B)` and :math:`y_A = F_A(x_A)` (Rubinstein 1982).  With lotteries this is one equation
along a concave frontier whose solution is unique (:mod:`bargain.time.fixed_points`), in fractions when the problem is
exact; among finitely many deals all solutions are listed, of which there may be several or none (van Damme, Selten and
Winter 1990).  For more players, or when the proposer is drawn, stationary equilibria of unanimity bargaining are fixed
points of the round (Banks and Duggan 2000); in the limit of short rounds they give the weighted Nash solution (Britz,
Herings and Predtetchinski 2010).  Uniqueness is a statement about stationary strategies.  Tested against closed forms,
enumeration, and long deadlines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from bargain.errors import LimitError
from bargain.games.alternating_offers import AlternatingOffers, Number
from bargain.results import Solution, Status
from bargain.results.timing import InsideWorth, Offers, OutsideWorth, StationaryOffers
from bargain.solutions.effort import current
from bargain.solutions.rules import solve_problem
from bargain.time.fixed_points import listed_pairs, meeting_point, settled
from bargain.time.levers import LeverProposals
from bargain.time.listed import ListedProposals
from bargain.time.proposals import Proposals, Proposing, prepared, proposals

__all__ = ["offers"]

_STEP = 1e-3
_TRACED = 41


def offers(
    game: AlternatingOffers,
    *,
    limit: bool = True,
    options: bool = True,
    trace: bool = False,
    seed: int = 0,
    ways: Proposals | None = None,
) -> Offers:
    """Solve talks without a deadline in stationary strategies.

    Parameters
    ----------
    game : AlternatingOffers
        Talks of n players over deals, lotteries or continuous levers; a number of rounds is passed over.
    limit : bool
        Whether to find the Nash solution that offers approach when rounds are short.
    options : bool
        Whether to find what outside and inside options are worth; one solution for each of them.
    trace : bool
        Whether to trace the efficient deals of two players, for a figure.
    seed : int
        Seed of the search on continuous levers.
    ways : Proposals, optional
        Best proposals on the same feasible set, where they are known already.

    Returns
    -------
    Offers
        All equilibria found; an empty list is an answer for finitely many deals.

    Raises
    ------
    LimitError
        Time was up before the search on continuous levers was done.

    References
    ----------
    Rubinstein (1982), Perfect equilibrium in a bargaining model; Binmore, Shaked and Sutton (1989), The outside option.

    Examples
    --------
    The patient player opens and keeps 1 - .8 out of 1 - .9 * .8.

    >>> from fractions import Fraction
    >>> from bargain.games.bargaining import BargainingProblem
    >>> dollar = BargainingProblem.from_points([(1, 0), (0, 1)], (0, 0), lotteries=True)
    >>> found = offers(AlternatingOffers(dollar, discount=(Fraction(9, 10), Fraction(8, 10))))
    >>> [str(share) for share in found.payoffs], [str(more) for more in found.advantage]
    (['5/7', '2/7'], ['1/14', '1/14'])
    """
    game = prepared(replace(game, rounds=None))
    if game.exact and not _in_turn(game):
        game = game.rounded()
    if ways is None or ways.exact != game.exact:
        ways = proposals(game, seed)
    found, complete, notes = _equilibria(game, ways)
    if ways.status is not Status.PROVED and current().expired():
        raise LimitError("time was up before offers settled; allow more time")
    talks = Proposing(game, ways)
    named = tuple(StationaryOffers(tuple(talks.named(offer) for offer in each.offers)) for each in found)
    proved = all(offer.proved for each in named for offer in each.offers)
    status = Status.PROVED if proved else Status.CONVERGED
    if not named and complete is None:
        status = Status.FAILED
    answer = Offers(game, status, ways.method, named, complete, notes=notes)
    if limit:
        solution = _limit(game, seed)
        answer = replace(answer, limit=solution, limit_payoffs=_limit_payoffs(game, ways, solution))
    if options and len(named) == 1:
        answer = replace(answer, outside=_outside(answer, ways), inside=_inside(answer, ways))
    if trace and game.num_players == 2:
        answer = replace(answer, frontier=_trace(ways))
    return answer


def _trace(ways: Proposals) -> tuple[tuple[float, ...], ...]:
    """Return payoffs of efficient deals of two players, from the second player's favourite to the first's."""
    low = tuple(-1e3 * (span or 1.0) for span in ways.spans)
    ends = ways.best(0, low), ways.best(1, low)
    if ends[0] is None or ends[1] is None:
        return ()
    least, most = float(ends[1][0][0]), float(ends[0][0][0])
    found = [ends[1][0]]
    for share in np.linspace(0.0, 1.0, _TRACED):
        best = ways.best(1, (least + share * (most - least), 0.0))
        found += [] if best is None else [best[0]]
    return tuple(tuple(float(value) for value in payoffs) for payoffs in found)


def _in_turn(game: AlternatingOffers) -> bool:
    """Return whether two players propose in turn, which is solved in fractions."""
    return game.num_players == 2 and game.protocol == "alternating"


def _equilibria(
    game: AlternatingOffers, ways: Proposals
) -> tuple[tuple[StationaryOffers, ...], bool | None, tuple[str, ...]]:
    """Return the equilibria, whether they are all, and what is to be said about them."""
    talks = Proposing(game, ways)
    if _in_turn(game):
        if isinstance(ways, ListedProposals):
            return listed_pairs(talks, ways), True, ()
        found = meeting_point(talks)
        if found is not None:
            unique = not isinstance(ways, LeverProposals)
            note = () if unique else ("where payoffs are not concave in the levers, other equilibria are not excluded",)
            return (found,), unique or None, note
    equilibria = settled(talks)
    if not equilibria:
        return (), None, ("no stationary equilibrium was found; that there is none is not proved",)
    return equilibria, None, ("other stationary equilibria are not excluded",)


def _limit(game: AlternatingOffers, seed: int) -> Solution:
    """Return the Nash solution that offers approach when rounds are short."""
    problem = replace(
        game.problem,
        disagreement=game.short_round_point,
        exact_disagreement=None,
        weights=_limit_weights(game),
        reference=(),
    )
    return solve_problem(problem, "nash", None, seed=seed)


def _limit_weights(game: AlternatingOffers) -> tuple[float, ...]:
    """Return the weights of the limit: the chances to propose count when the proposer is drawn."""
    weights = game.short_round_weights
    if game.protocol == "random":
        weights = tuple(weight * float(power) for weight, power in zip(weights, game.powers, strict=True))
    return weights


def _limit_payoffs(game: AlternatingOffers, ways: Proposals, solution: Solution) -> tuple[Number, ...] | None:
    """Return the payoffs of the limit, with an outside option where one binds (two players).

    Where an option leaves the other less than leaving does, somebody leaves.  For more players None: it is not known
    what a binding option does.
    """
    payoffs = tuple(float(value) for value in solution.payoffs)
    binding = [i for i, option in enumerate(game.outside) if option is not None and float(option) > payoffs[i]]
    if not binding:
        return payoffs
    if game.num_players != 2:
        return None
    left = tuple(float(d if o is None else o) for o, d in zip(game.outside, game.disagreement, strict=True))
    i, other = binding[0], 1 - binding[0]
    best = ways.best(other, (left[i], left[i]))
    if best is None or float(best[0][other]) < left[other] - 1e-9 * ways.spans[other]:
        return left
    return tuple(float(value) for value in best[0])


def _outside(answer: Offers, ways: Proposals) -> tuple[OutsideWorth, ...]:
    """Return for each outside option whether it binds, by solving the talks without it."""
    game, found = answer.game, []
    for i, option in enumerate(game.outside):
        if option is None:
            continue
        rest = tuple(None if k == i else other for k, other in enumerate(game.outside))
        without = offers(replace(game, outside=rest), limit=False, options=False, ways=ways)
        if without.payoffs is not None and answer.payoffs is not None:
            binds = _differ(answer.payoffs, without.payoffs, ways.spans)
            found.append(OutsideWorth(i, option, binds, without.payoffs))
    return tuple(found)


def _inside(answer: Offers, ways: Proposals) -> tuple[InsideWorth, ...]:
    """Return what a little more while talks last gives to everybody, by solving the talks again."""
    game, found = answer.game, []
    if isinstance(ways, ListedProposals) or answer.payoffs is None:
        # Deals that jump have no slope.
        return ()
    for i in range(game.num_players):
        step = _STEP * (ways.spans[i] or 1.0)
        more = [float(value) for value in game.meanwhile]
        more[i] += step
        there = offers(_rounded(game, tuple(more)), limit=False, options=False, ways=ways)
        if there.payoffs is not None:
            pairs = zip(there.payoffs, answer.payoffs, strict=True)
            found.append(InsideWorth(i, tuple((float(a) - float(b)) / step for a, b in pairs)))
    return tuple(found)


def _rounded(game: AlternatingOffers, meanwhile: Sequence[float]) -> AlternatingOffers:
    """Return the same talks with another payoff while they last."""
    number: type = Fraction if game.exact else float
    return replace(game, meanwhile=tuple(number(value) for value in meanwhile))


def _differ(one: Sequence[Number], other: Sequence[Number], spans: Sequence[float]) -> bool:
    size = np.maximum(np.array(spans), 1e-300)
    return bool((np.abs(np.array(one, float) - np.array(other, float)) > 1e-7 * size).any())
