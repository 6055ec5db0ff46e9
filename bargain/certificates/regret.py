r"""Is a profile an equilibrium?  Checked from the definition, by code and tolerances that no solver shares.

The claim is that no player gains by deviating alone: :math:`u_i(a_i, \sigma_{-i}) \le u_i(\sigma)` for every player
:math:`i` and action :math:`a_i`.  The gap is the largest gain as a fraction of that player's payoff range, so it has no
unit; exact strategies are checked in fractions of the payoffs as given.  Any profile can be checked, whoever found it.
Tested on profiles with known regret, and on equilibria with one number changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np

from bargain.games.normal_form import NormalFormGame
from bargain.results import Certificate, Profile

__all__ = ["EQUILIBRIUM_TOLERANCE", "Deviation", "best_deviation", "certify_equilibrium", "regret"]

EQUILIBRIUM_TOLERANCE = 1e-9
"""Gap up to which a profile of floats counts as an equilibrium, as a fraction of the payoff range."""

Number = float | Fraction


@dataclass(frozen=True, slots=True)
class Deviation:
    """What a player gains by switching to an action; ``share`` is the gain as a fraction of its payoff range."""

    player: int
    action: int
    gain: Number
    share: float


def regret(game: NormalFormGame, strategies: Sequence[Any]) -> Number:
    """Return the largest gain that any player has from deviating alone, in payoff units.

    Parameters
    ----------
    game : NormalFormGame
        The game.
    strategies : sequence of n sequences of float or Fraction
        One strategy per player.

    Returns
    -------
    float or Fraction
        A Fraction when no strategy contains a float.  Never negative.

    Examples
    --------
    Against a partner who cooperates, defecting gains 2 in this prisoners' dilemma:

    >>> dilemma = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> regret(dilemma, [[1.0, 0.0], [1.0, 0.0]])
    2.0
    """
    return max(_deviations(game, strategies), key=lambda deviation: deviation.gain).gain


def best_deviation(game: NormalFormGame, strategies: Sequence[Any]) -> Deviation:
    """Return the deviation that gains most, relative to the payoff range of the player who deviates."""
    return max(_deviations(game, strategies), key=lambda deviation: deviation.share)


def certify_equilibrium(game: NormalFormGame, profile: Profile | Sequence[Any]) -> Certificate:
    """Check from the definition that a profile is an equilibrium.

    Parameters
    ----------
    game : NormalFormGame
        The game.
    profile : Profile or sequence of n strategies
        What is claimed to be an equilibrium.

    Returns
    -------
    Certificate
        The gap is the largest gain from deviating, or the defect of a strategy that is no distribution if that is
        larger.  Exact profiles must have none; profiles of floats may have rounding.

    Examples
    --------
    >>> dilemma = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> certify_equilibrium(dilemma, [(0, 1), (0, 1)]).holds
    True
    >>> certify_equilibrium(dilemma, [(1, 0), (0, 1)]).witness["action"]
    '1'
    """
    strategies = profile.strategies if isinstance(profile, Profile) else profile
    exact = _all_exact(strategies)
    best = best_deviation(game, strategies)
    defect = max(map(_defect, strategies))
    # The payoffs of a game with parts are rounded sums of the parts' payoffs, for which the proof was made.
    strict = exact and (game.parts is None or game.rational)
    claimed = {} if not isinstance(profile, Profile) else {"claimed_regret": float(profile.regret)}
    return Certificate(
        claim="no player gains by deviating alone",
        gap=max(best.share, defect),
        tolerance=0.0 if strict else EQUILIBRIUM_TOLERANCE,
        unit="fraction of the payoff range",
        witness={
            "player": game.players[best.player],
            "action": game.actions[best.player][best.action],
            "gain": float(best.gain),
        },
        method="definition, in fractions" if exact else "definition, in floats",
        evidence={"distribution_defect": defect, **claimed},
    )


def _deviations(game: NormalFormGame, strategies: Sequence[Any]) -> list[Deviation]:
    """Return the best deviation of every player."""
    if tuple(map(len, strategies)) != game.num_actions:
        raise ValueError(f"strategies over {tuple(map(len, strategies))} actions for a game with {game.num_actions}")
    values = _exact_values if _all_exact(strategies) else _float_values
    found = []
    for player in range(game.num_players):
        paid, mean = values(game, player, strategies)
        action = max(range(len(paid)), key=paid.__getitem__)
        gain = max(paid[action] - mean, mean * 0)
        table = game.payoffs[player]
        span = float(table.max()) - float(table.min())
        # With constant payoffs nothing can be gained; what a sum of floats shows there is rounding.
        found.append(Deviation(player, action, gain, float(gain) / span if span else 0.0))
    return found


def _float_values(game: NormalFormGame, player: int, strategies: Sequence[Any]) -> tuple[list[float], float]:
    """Return what each action pays against the others' strategies, and what the player's own strategy pays."""
    n = game.num_players
    chances = [np.asarray(strategy, dtype=float) for strategy in strategies]
    operands: list[Any] = [game.payoffs[player], list(range(n))]
    for other in range(n):
        if other != player:
            operands += [chances[other], [other]]
    paid = np.einsum(*operands, [player], optimize="greedy")
    return paid.tolist(), float(np.dot(paid, chances[player]))


def _exact_values(game: NormalFormGame, player: int, strategies: Sequence[Any]) -> tuple[list[Fraction], Fraction]:
    source = game.payoffs if game.fractions is None else game.fractions
    others = [[(a, Fraction(p)) for a, p in enumerate(strategy) if p != 0] for strategy in strategies]
    paid = []
    for action in range(game.num_actions[player]):
        choices = [[(action, Fraction(1))] if i == player else each for i, each in enumerate(others)]
        paid.append(
            sum(
                (
                    prod((p for _, p in combination), start=Fraction(1))
                    * Fraction(source[(player, *(a for a, _ in combination))])
                    for combination in product(*choices)
                ),
                Fraction(0),
            )
        )
    return paid, sum((p * paid[a] for a, p in others[player]), Fraction(0))


def _all_exact(strategies: Sequence[Any]) -> bool:
    return all(isinstance(p, (int, Fraction)) for strategy in strategies for p in strategy)


def _defect(strategy: Sequence[Any]) -> float:
    """Return how far a strategy is from being a distribution."""
    total = sum(strategy, start=0 * strategy[0])
    return float(max(abs(total - 1), -min(strategy), 0))
