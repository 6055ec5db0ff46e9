"""The disagreement point: what the players get when the talks fail.

Four kinds, as defined in the theory notes: payoffs at the status quo, given numbers, an equilibrium of the no-agreement
game (the choice among several is stated and reported; Nash 1950, 1953), and security levels (minmax).
Tested on the classic games in ``models/classic``.
"""

from __future__ import annotations

from bargain.equilibria import security_levels
from bargain.errors import NotSolvedError
from bargain.games.normal_form import NormalFormGame
from bargain.payoffs.numeric import Payoffs
from bargain.results import DisagreementPoint, Equilibria, Profile
from bargain.scenario.document import Document

__all__ = ["SELECTIONS", "equilibrium_point", "given_point", "security_point", "select", "status_quo_point"]

SELECTIONS = ("only", "welfare-best", "welfare-worst", "egalitarian")


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
            "choose one with select = `welfare-best`, `welfare-worst` or `egalitarian`"
        )
    chosen = select(found, how)
    note = "the equilibrium of the no-agreement game"
    if len(found) > 1:
        note = f"1 of {len(found)} equilibria of the no-agreement game: {how}"
    values = tuple(float(payoff) for payoff in chosen.payoffs)
    return DisagreementPoint("nash", values, _levels(found, chosen, document), note)


def select(found: Equilibria, how: str) -> Profile:
    """Return one equilibrium by its payoffs; the first in canonical order among equals."""
    if how == "welfare-worst":
        return min(found, key=lambda profile: sum(profile.payoffs))
    if how == "egalitarian":
        return max(found, key=lambda profile: sorted(profile.payoffs))
    return max(found, key=lambda profile: sum(profile.payoffs))


def _levels(found: Equilibria, chosen: Profile, document: Document) -> tuple[float, ...] | None:
    """Return the levels that stand in a pure equilibrium; a mixed one has no single vector of levels."""
    if chosen.pure is None or found.game.action_levels is None:
        return None
    codes = list(document.status_quo)
    for actions, action in zip(found.game.action_levels, chosen.pure, strict=True):
        for lever, code in actions[action].items():
            codes[lever] = code
    return tuple(codes)
