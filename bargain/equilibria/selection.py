r"""Choosing among equilibria, by a criterion that is named and a reason that is given.

*Payoff dominance* picks an equilibrium that every player likes at least as well as each other one, and some player
better.  *Risk dominance* compares two strict equilibria :math:`a, b` of a 2x2 game by the product of what the players
lose when they alone leave, :math:`\prod_i [u_i(a) - u_i(b_i, a_{-i})]` (Harsanyi and Selten 1988, section 3.9).  The
two may disagree, as in the stag hunt.  Payoff sums (``welfare-best``, ``welfare-worst``) depend on the units of payoff.
Tested by the definitions and on published games.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fractions import Fraction
from itertools import product

from bargain.equilibria.profiles import pure_strategies
from bargain.errors import NotSolvedError, UnsupportedGameError
from bargain.games.normal_form import NormalFormGame
from bargain.games.reduction import Reduction, eliminate_dominated
from bargain.results import Equilibria, Profile

__all__ = ["SELECTIONS", "Selection", "choose", "select", "selected"]

SELECTIONS = ("all", "only", "welfare-best", "welfare-worst", "egalitarian", "payoff-dominant", "risk-dominant")


@dataclass(frozen=True, slots=True)
class Selection:
    """The equilibria that a criterion picks (several only for ``all``), where they stand in the list, and why."""

    how: str
    profiles: tuple[Profile, ...]
    places: tuple[int, ...]
    reason: str


def select(found: Equilibria, how: str) -> Profile:
    """Return the one equilibrium that a criterion picks; see :func:`choose`."""
    return choose(found, how).profiles[0]


def selected(found: Equilibria, how: str = "all") -> Equilibria:
    """Return a list of equilibria with only what a criterion picks, and the criterion's reason among the notes."""
    if how == "all":
        return found
    chosen = choose(found, how)
    number = f"number {chosen.places[0] + 1} of {len(found)} equilibria was selected"
    alone = len(found) == 1
    return replace(
        found,
        profiles=chosen.profiles,
        components=found.components if alone else (),
        complete=found.complete if alone else False,
        reason=found.reason if alone else number,
        notes=(f"{number}; {chosen.reason}", *found.notes),
        selection=how,
    )


def choose(found: Equilibria, how: str) -> Selection:
    """Return what a criterion picks from a list of equilibria.

    Parameters
    ----------
    found : Equilibria
        At least one equilibrium.
    how : str
        One of :data:`SELECTIONS`.  ``egalitarian`` is the largest smallest payoff, ``only`` refuses to choose, ``all``
        keeps all.  Of equilibria that a sum of payoffs ranks equal, the first in canonical order is taken.

    Raises
    ------
    ValueError
        The criterion is not known.
    NotSolvedError
        The list is empty, or the criterion picks none; the message says which equilibria are in conflict.
    UnsupportedGameError
        Risk dominance was asked for a game that it is not defined for.

    References
    ----------
    Harsanyi and Selten (1988), *A General Theory of Equilibrium Selection in Games*.

    Examples
    --------
    >>> from bargain.equilibria.methods import equilibria
    >>> hunt = NormalFormGame.from_payoffs([[[9, 0], [8, 7]], [[9, 8], [0, 7]]])
    >>> found = equilibria(hunt, exact=True)
    >>> choose(found, "payoff-dominant").places, choose(found, "risk-dominant").places
    ((0,), (2,))
    >>> choose(found, "risk-dominant").reason
    'risk-dominant: the product of losses from leaving alone is 49 there and 1 at the other'
    """
    if how not in SELECTIONS:
        near = get_close_matches(how, SELECTIONS, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"unknown selection {how!r}; known are {', '.join(SELECTIONS)}{hint}")
    if not len(found):
        raise NotSolvedError(f"there is no equilibrium to select ({found.reason})")
    if how == "all":
        return Selection(how, found.profiles, tuple(range(len(found))), "all equilibria that were found")
    if how == "only":
        if len(found) > 1:
            raise NotSolvedError(
                f"selection `only`: there are {len(found)} equilibria; choose one with `welfare-best`, "
                "`payoff-dominant`, `risk-dominant`, `egalitarian` or `welfare-worst`"
            )
        return Selection(how, found.profiles, (0,), "the only equilibrium that was found")
    place, reason = _CRITERIA[how](found)
    if found.complete is not True and how != "risk-dominant":
        reason = f"{reason} (among those listed, which need not be all)"
    return Selection(how, (found[place],), (place,), reason)


def _welfare_best(found: Equilibria) -> tuple[int, str]:
    place = max(range(len(found)), key=lambda k: sum(found[k].payoffs))
    return place, f"welfare-best: the largest sum of payoffs, {float(sum(found[place].payoffs)):.6g}"


def _welfare_worst(found: Equilibria) -> tuple[int, str]:
    place = min(range(len(found)), key=lambda k: sum(found[k].payoffs))
    return place, f"welfare-worst: the smallest sum of payoffs, {float(sum(found[place].payoffs)):.6g}"


def _egalitarian(found: Equilibria) -> tuple[int, str]:
    place = max(range(len(found)), key=lambda k: sorted(found[k].payoffs))
    return place, f"egalitarian: the largest smallest payoff, {float(min(found[place].payoffs)):.6g}"


def _payoff_dominant(found: Equilibria) -> tuple[int, str]:
    """Return the equilibrium that no player likes less than another, and some player more than each."""
    if len(found) == 1:
        return 0, "payoff-dominant: the only equilibrium that was found"
    slack = found.game.rounding if not found.exact else (0,) * found.game.num_players
    best = max(range(len(found)), key=lambda k: sum((Fraction(u) for u in found[k].payoffs), Fraction(0)))
    players = found.game.players
    for k, other in enumerate(found):
        if k == best:
            continue
        gains = [a - b for a, b in zip(found[best].payoffs, other.payoffs, strict=True)]
        against = [name for name, gain, error in zip(players, gains, slack, strict=True) if gain < -error]
        if against:
            raise NotSolvedError(
                f"no equilibrium is payoff-dominant: {against[0]} prefers number {k + 1} to number {best + 1}, "
                "others the reverse"
            )
        if all(gain <= error for gain, error in zip(gains, slack, strict=True)):
            raise NotSolvedError(
                f"no equilibrium is payoff-dominant: numbers {min(best, k) + 1} and {max(best, k) + 1} pay everybody "
                "the same"
            )
    return best, "payoff-dominant: at least as good for every player as each other equilibrium, and better for some"


def _risk_dominant(found: Equilibria) -> tuple[int, str]:
    reduction = eliminate_dominated(found.game, mixed=True)
    game = reduction.game
    active = [i for i, size in enumerate(game.num_actions) if size > 1]
    if not active:
        return _place(found, reduction, (0,) * game.num_players), "risk-dominant: dominance leaves one profile"
    sizes = [game.num_actions[i] for i in active]
    if sizes != [2, 2]:
        shape = " x ".join(map(str, sizes))
        raise UnsupportedGameError(
            f"risk dominance is defined here for games that strict dominance reduces to 2 x 2; this one is {shape}"
        )
    strict = [actions for actions in product(*map(range, game.num_actions)) if min(_losses(game, active, actions)) > 0]
    if len(strict) < 2:
        raise UnsupportedGameError(
            f"risk dominance compares two strict equilibria; this game has {len(strict)} of them"
        )
    products = [_product(_losses(game, active, actions)) for actions in strict]
    if products[0] == products[1]:
        raise NotSolvedError(
            f"neither equilibrium is risk-dominant: the products of losses from leaving alone are both "
            f"{float(products[0]):.6g}"
        )
    better = products.index(max(products))
    reason = (
        f"risk-dominant: the product of losses from leaving alone is {float(products[better]):.6g} there and "
        f"{float(products[1 - better]):.6g} at the other"
    )
    return _place(found, reduction, strict[better]), reason


def _losses(game: NormalFormGame, active: Sequence[int], actions: Sequence[int]) -> list[Fraction]:
    """Return what each active player loses by leaving a profile of actions alone."""
    losses = []
    for i in active:
        kept = [[action] for action in actions]
        kept[i] = [actions[i], 1 - actions[i]]
        stay, leave = game.exact_block(i, kept).ravel().tolist()
        losses.append(stay - leave)
    return losses


def _product(losses: Sequence[Fraction]) -> Fraction:
    first, second = losses
    return first * second


def _place(found: Equilibria, reduction: Reduction, actions: Sequence[int]) -> int:
    """Return where a pure profile of the reduced game stands in the list."""
    lifted = reduction.lift(pure_strategies(reduction.game.num_actions, actions))
    wanted = tuple(strategy.index(1) for strategy in lifted)
    places = [k for k, profile in enumerate(found) if profile.pure == wanted]
    if not places:
        raise NotSolvedError("the risk-dominant equilibrium is not in the list, which is not complete")
    return places[0]


_CRITERIA = {
    "welfare-best": _welfare_best,
    "welfare-worst": _welfare_worst,
    "egalitarian": _egalitarian,
    "payoff-dominant": _payoff_dominant,
    "risk-dominant": _risk_dominant,
}
