"""The disagreement point: what the players get when the talks fail.

Five kinds, as defined in the theory notes: payoffs at the status quo, given numbers, an equilibrium of the no-agreement
game (the choice among several is stated and reported; Nash 1950), security levels (minmax), and optimal threats, chosen
with a view to the deal that follows (Nash 1953) and certified before they are used.
Tested on the classic games in ``models/classic``.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from bargain.certificates.threats import certify_threats
from bargain.equilibria import security_levels
from bargain.equilibria.selection import SELECTIONS, select
from bargain.equilibria.stackelberg import stackelberg
from bargain.equilibria.threats import Threats, threats
from bargain.errors import NotSolvedError, UnsupportedGameError
from bargain.games.build import bargaining_problem
from bargain.games.normal_form import NormalFormGame
from bargain.payoffs.numeric import Payoffs
from bargain.results import DisagreementPoint, Equilibria, Profile
from bargain.scenario.document import Document
from bargain.solutions.frontier import frontier

__all__ = [
    "SELECTIONS",
    "equilibrium_point",
    "given_point",
    "leader_point",
    "security_point",
    "select",
    "status_quo_point",
    "threat_point",
]

_SHORT = 11
"""Fractions of at most this many characters are written as such."""


def status_quo_point(payoffs: Payoffs) -> DisagreementPoint:
    """Return the payoffs at the status-quo levels."""
    levels = payoffs.document.status_quo
    values = tuple(float(value) for value in payoffs.values(levels))
    return DisagreementPoint("status_quo", values, levels, "payoffs at the status quo")


def given_point(document: Document) -> DisagreementPoint:
    """Return the numbers that the scenario gives."""
    if document.disagreement.payoffs is None:
        raise ValueError("disagreement kind `fixed` needs payoffs")
    return DisagreementPoint("fixed", document.disagreement.payoffs, None, "numbers given in the scenario")


def security_point(game: NormalFormGame) -> DisagreementPoint:
    """Return what each player can be held to when all others act against it."""
    values = tuple(float(value) for value in security_levels(game))
    return DisagreementPoint("minmax", values, None, "security levels of the no-agreement game")


def equilibrium_point(found: Equilibria, document: Document) -> DisagreementPoint:
    """Return the payoffs of one equilibrium of the no-agreement game, chosen as the scenario says.

    Raises
    ------
    NotSolvedError
        No equilibrium was found, or there are several and the scenario wants the ``only`` one.
    """
    if not len(found):
        raise NotSolvedError(
            f"disagreement kind `nash`: no equilibrium of the no-agreement game was found ({found.reason}); "
            "use kind `status_quo`, `minmax` or `fixed`"
        )
    how = document.disagreement.select
    if how == "only" and len(found) > 1:
        raise NotSolvedError(
            f"disagreement kind `nash` with select `only`: the no-agreement game has {len(found)} equilibria; "
            "choose one with select = `welfare-best`, `welfare-worst`, `egalitarian`, `payoff-dominant` or "
            "`risk-dominant`"
        )
    chosen = select(found, how)
    note = "the equilibrium of the no-agreement game"
    if len(found) > 1:
        note = f"1 of {len(found)} equilibria of the no-agreement game: {how}"
    values = tuple(float(payoff) for payoff in chosen.payoffs)
    return DisagreementPoint("nash", values, _levels(found.game, chosen, document), note)


def leader_point(game: NormalFormGame, leader: str, document: Document) -> DisagreementPoint:
    """Return the payoffs when one player commits itself to its levers first and the others reply.

    Raises
    ------
    UnsupportedGameError
        The leader sets no lever, or after one of its actions the others have no pure equilibrium.

    References
    ----------
    von Stackelberg (1934), "Marktform und Gleichgewicht".
    """
    place = game.players.index(leader)
    if game.num_actions[place] == 1:
        raise UnsupportedGameError(f"{leader} sets no lever alone, so that it has nothing to commit itself to")
    found = stackelberg(game, place, commitment="pure")
    actions = [list(found.strategy).index(1) if action is None else action for action in found.reply]
    strategies = tuple(
        tuple(Fraction(int(a == action)) for a in range(size))
        for action, size in zip(actions, game.num_actions, strict=True)
    )
    levels = _levels(game, Profile(strategies, found.payoffs, 0), document)
    told = game.actions[place][actions[place]]
    note = f"{leader} commits itself first, to {told}, and the others reply"
    return DisagreementPoint("commitment", tuple(float(value) for value in found.payoffs), levels, note)


def threat_point(game: NormalFormGame, payoffs: Payoffs) -> DisagreementPoint:
    """Return the payoffs of optimal threats in the no-agreement game, certified as best replies to each other.

    Raises
    ------
    UnsupportedGameError
        There are not two players, a lever on the table is continuous and lotteries are not allowed, or no deal matches
        some outcome of the no-agreement game.
    NotSolvedError
        The threats are not best replies to each other when deals cannot be mixed.

    References
    ----------
    Nash (1953), "Two-person cooperative games".
    """
    document = payoffs.document
    options = document.solve
    if len(document.player_names) == 2 and not options.lotteries and any(lever.continuous for lever in document.levers):
        raise UnsupportedGameError(
            "disagreement kind `threats` needs a frontier of finitely many corners: set solve.lotteries = true "
            "(levers on a range then stand on solve.grid levels), or give every lever finitely many levels"
        )
    start = payoffs.values(document.status_quo).tolist()
    problem = bargaining_problem(payoffs, start, lotteries=True, weights=document.weights, grid=options.grid)
    found = threats(game, frontier(problem).payoffs.tolist() if game.num_players == 2 else (), problem.weights)
    pure = bargaining_problem(payoffs, start, grid=options.grid) if not options.lotteries else problem
    deals = frontier(pure, distinct=True).payoffs
    checked = certify_threats(game, found.strategies, deals, problem.weights, lotteries=options.lotteries)
    if not checked.holds:
        other = checked.witness
        why = other if isinstance(other, str) else f"{other['player']} may do better with {other['action']!r}"
        raise NotSolvedError(
            "disagreement kind `threats`: threats that are optimal with lotteries over deals could not be shown to be "
            f"optimal without them ({why}); set solve.lotteries = true"
        )
    return _threat_point(found, document)


def _threat_point(found: Threats, document: Document) -> DisagreementPoint:
    game = found.game
    named = {
        player: {actions[a]: strategy[a] for a in np.flatnonzero(np.asarray(strategy, dtype=float))}
        for player, actions, strategy in zip(game.players, game.actions, found.strategies, strict=True)
    }
    words = "; ".join(
        f"{player} "
        + " + ".join(action if chance == 1 else f"{_share(chance)} {action}" for action, chance in mix.items())
        for player, mix in named.items()
    )
    values = tuple(float(payoff) for payoff in found.disagreement)
    profile = Profile(found.strategies, found.disagreement, 0)
    levels = _levels(game, profile, document)
    note = f"optimal threats: {words}; no other threat leads to a better deal"
    return DisagreementPoint("threats", values, levels, note, named)


def _share(chance: Fraction | float) -> str:
    return str(chance) if len(str(chance)) <= _SHORT else f"{float(chance):.4g}"


def _levels(game: NormalFormGame, chosen: Profile, document: Document) -> tuple[float, ...] | None:
    """Return the levels that stand in a pure profile; a mixed one has no single vector of levels."""
    if chosen.pure is None or game.action_levels is None:
        return None
    codes = list(document.status_quo)
    for actions, action in zip(game.action_levels, chosen.pure, strict=True):
        for lever, code in actions[action].items():
            codes[lever] = code
    return tuple(codes)
