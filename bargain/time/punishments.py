r"""What a player gets once its breach is answered: reversion to an equilibrium, minmax, no agreement, or a snap-back.

A *reversion* says which levers move once a breach is answered, and where to: all levers, to an equilibrium of the
no-agreement game (``nash``) or to where they stand without a deal (``no_agreement``), or named levers only
(``snap_back``), the others standing as agreed.  Issue by issue only the levers of the broken issue move.  With
``minmax`` the others hold the player down as far as they can in the no-agreement game, or in the game of the broken
issue's levers alone.  Tested against payoffs computed lever by lever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import cast

import numpy as np

from bargain.equilibria.security import pure_levels, security_levels
from bargain.equilibria.selection import select
from bargain.errors import LimitError, NotSolvedError, UnsupportedGameError
from bargain.games.build import grid_levels
from bargain.games.normal_form import NormalFormGame
from bargain.payoffs.numeric import Payoffs
from bargain.payoffs.tensors import total_tensor
from bargain.results import DisagreementPoint, Equilibria, Profile
from bargain.results.equilibria import ContinuousEquilibria
from bargain.scenario.document import Document

__all__ = [
    "PUNISHMENTS",
    "Reversion",
    "minmax_reversion",
    "nash_reversion",
    "no_agreement_reversion",
    "smooth_nash_reversion",
    "snap_back_reversion",
]

PUNISHMENTS = ("nash", "minmax", "no_agreement", "snap_back")
"""The kinds of punishment."""

Codes = tuple[float, ...]
Number = float | Fraction
Draw = tuple[Codes, Number]
Parts = tuple[tuple[tuple[Mapping[int, float], Number], ...], Number]

MOST_DRAWS = 10_000
"""Pure profiles of a mixed equilibrium that are told apart."""


@dataclass(frozen=True, eq=False)
class Reversion:
    """Where levers go once a breach is answered.

    ``payoffs`` are the players' payoffs when all levers have gone there, None for a snap-back.  ``draws`` are level
    codes of all levers with their probabilities; empty when no levels stand for the payoffs.  ``levers`` are those that
    move.
    """

    kind: str
    note: str
    payoffs: tuple[Number, ...] | None
    draws: tuple[Draw, ...]
    levers: frozenset[int]

    def moving(self, document: Document, issue: str | None) -> frozenset[int]:
        """Return the levers that move when a breach of an issue (None: of any, linked) is answered."""
        if issue is None:
            return self.levers
        return frozenset(place for place in self.levers if document.levers[place].issue == issue)

    def draws_of(self, document: Document, issue: str | None) -> tuple[tuple[Mapping[int, float], Number], ...]:
        """Return the levels to which the moving levers go, with probabilities, equal ones put together."""
        moving = sorted(self.moving(document, issue))
        chances: dict[tuple[float, ...], Number] = {}
        for codes, chance in self.draws:
            key = tuple(codes[place] for place in moving)
            chances[key] = chances.get(key, 0) + chance
        return tuple((dict(zip(moving, key, strict=True)), chance) for key, chance in chances.items())

    def parts(self, payoffs: Payoffs, player: int, issue: str | None) -> Parts:
        """Return what a player gets a period once a breach is answered, as a function of the deal.

        Returns
        -------
        (tuple of (mapping, number) pairs, number)
            The payoff is the second number, and for every pair its chance times the payoff of the deal with the levers
            in the mapping moved to these level codes.

        Raises
        ------
        UnsupportedGameError
            The issue is answered on its own, and no levels stand for the payoffs; or minmax is asked of an issue that
            payoffs tie to others.
        """
        if issue is None and self.payoffs is not None:
            return (), self.payoffs[player]
        document = payoffs.document
        if self.kind == "minmax":
            stands = document.status_quo
            inside = {place: stands[place] for place in self.moving(document, issue)}
            if any((a in inside) != (b in inside) for a, b in payoffs.edges):
                raise UnsupportedGameError(
                    f"punishment `minmax` issue by issue over all deals needs issues that nothing ties together, and "
                    f"payoffs tie `{issue}` to others"
                )
            level = issue_security(payoffs, str(issue), stands)[player]
            return ((inside, 1),), float(level) - float(payoffs.values(stands)[player])
        if not self.draws:
            raise UnsupportedGameError(
                f"punishment `{self.kind}` issue by issue needs the levels to which each issue returns, and only "
                f"payoffs are known ({self.note})"
            )
        return self.draws_of(document, issue), 0

    def after(self, payoffs: Payoffs, deal: Codes, player: int, issue: str | None = None) -> Number:
        """Return what a player gets a period once a breach of a deal is answered; errors as in :meth:`parts`."""
        if self.kind == "minmax" and issue is not None:
            # For a single deal, issues may be tied: the other levers stand as agreed.
            return issue_security(payoffs, issue, deal)[player]
        draws, total = self.parts(payoffs, player, issue)
        for levels, chance in draws:
            codes = [levels.get(place, code) for place, code in enumerate(deal)]
            value = float(payoffs.values(codes)[player])
            total += value if chance == 1 else value * float(chance)
        return total


def _all(document: Document) -> frozenset[int]:
    return frozenset(range(len(document.levers)))


def nash_reversion(found: Equilibria, document: Document) -> Reversion:
    """Return reversion to the equilibrium of the no-agreement game that ``disagreement.select`` chooses.

    Raises
    ------
    NotSolvedError
        No equilibrium was found, or there are several and the scenario wants the only one.
    """
    if not len(found):
        raise NotSolvedError(
            f"punishment `nash`: no equilibrium of the no-agreement game was found ({found.reason}); "
            "use punishment `minmax` or `no_agreement`"
        )
    how = document.disagreement.select
    if how == "only" and len(found) > 1:
        raise NotSolvedError(
            f"punishment `nash` with select `only`: the no-agreement game has {len(found)} equilibria; "
            "choose one with disagreement.select"
        )
    chosen = select(found, how)
    note = "the equilibrium of the no-agreement game"
    if len(found) > 1:
        note = f"1 of {len(found)} equilibria of the no-agreement game: {how}"
    return Reversion("nash", note, tuple(chosen.payoffs), _draws(found.game, chosen, document), _all(document))


def _draws(game: NormalFormGame, chosen: Profile, document: Document) -> tuple[Draw, ...]:
    """Return the levels that an equilibrium draws, with their probabilities; nothing when they are too many."""
    supports = chosen.supports
    if game.action_levels is None or prod(map(len, supports)) > MOST_DRAWS:
        return ()
    draws: list[Draw] = []
    for actions in product(*supports):
        codes, chance = list(document.status_quo), cast("Number", 1)
        for levels, strategy, action in zip(game.action_levels, chosen.strategies, actions, strict=True):
            share = strategy[action]
            chance *= share if isinstance(share, Fraction) else float(share)
            for lever, code in levels[action].items():
                codes[lever] = code
        draws.append((tuple(codes), chance))
    return tuple(draws)


def smooth_nash_reversion(found: ContinuousEquilibria, document: Document) -> Reversion | None:
    """Return reversion to an equilibrium on the intervals of continuous levers; None when none was proved.

    Of several, the one with the largest (``welfare-worst``: the smallest) sum of payoffs, or of the largest least
    payoff (``egalitarian``); None for other criteria, which need the game on a grid.
    """
    proved = [profile for profile in found if profile.status == "proved"]
    how = document.disagreement.select
    keys = {
        "welfare-best": lambda profile: (sum(profile.payoffs),),
        "welfare-worst": lambda profile: (-sum(profile.payoffs),),
        "egalitarian": lambda profile: tuple(sorted(profile.payoffs)),
    }
    if not proved or (len(proved) > 1 and how not in keys):
        return None
    chosen = max(proved, key=keys.get(how, keys["welfare-best"]))
    codes = dict(zip((lever.name for lever in found.game.levers), chosen.levels, strict=True))
    stands = tuple(
        float(codes.get(lever.name, sq)) for lever, sq in zip(document.levers, document.status_quo, strict=True)
    )
    note = "the equilibrium of the no-agreement game on the levers' intervals"
    if len(proved) > 1:
        note = f"1 of {len(proved)} equilibria of the no-agreement game on the levers' intervals: {how}"
    return Reversion("nash", note, chosen.payoffs, ((stands, 1),), _all(document))


def minmax_reversion(game: NormalFormGame, document: Document) -> Reversion:
    """Return punishment at the security levels of the no-agreement game."""
    note = "security levels of the no-agreement game"
    if any(lever.continuous for lever in document.levers):
        note += f" on a grid of {document.solve.grid} levels"
    return Reversion("minmax", note, _levels(game), (), _all(document))


def no_agreement_reversion(point: DisagreementPoint, document: Document) -> Reversion:
    """Return reversion to what the players get without a deal."""
    draws: tuple[Draw, ...] = () if point.levels is None else ((point.levels, 1),)
    return Reversion("no_agreement", point.note or "the disagreement payoffs", point.payoffs, draws, _all(document))


def snap_back_reversion(point: DisagreementPoint, document: Document, names: Sequence[str]) -> Reversion:
    """Return the return of named levers to where they stand without a deal.

    Raises
    ------
    ValueError
        No lever is named.
    """
    if not names:
        raise ValueError("punishment `snap_back` needs the names of the levers that return: [enforcement] snap_back")
    places = frozenset(place for place, lever in enumerate(document.levers) if lever.name in names)
    levels = point.levels or document.status_quo
    note = f"{', '.join(names)} return to their levels without a deal, the others stay as agreed"
    return Reversion("snap_back", note, None, ((tuple(levels), 1),), places)


def issue_security(payoffs: Payoffs, issue: str, deal: Codes) -> tuple[Number, ...]:
    """Return what each player can be held to by the levers of one issue, all other levers standing as agreed.

    Levers of the issue that nobody sets return to their status quo.

    Raises
    ------
    LimitError
        The game of the issue's levers is too large.
    """
    document = payoffs.document
    own: list[list[int]] = [[] for _ in document.players]
    columns = [np.array([code]) for code in deal]
    for place, lever in enumerate(document.levers):
        if lever.issue != issue:
            continue
        stands = float(document.status_quo[place])
        columns[place] = np.array([stands])
        if lever.set_by is not None:
            columns[place] = grid_levels(lever, document.solve.grid, stands)
            own[document.player_names.index(lever.set_by)].append(place)
    order = [place for places in own for place in places]
    if prod(len(columns[place]) for place in order) > 2**22:
        raise LimitError(f"the game of the levers of `{issue}` is too large for security levels")
    terms = payoffs.tensors(columns)
    total = total_tensor(terms, [len(column) for column in columns], order)
    shape = [prod(len(columns[place]) for place in places) for places in own]
    players = document.player_names
    game = NormalFormGame.from_payoffs([table.reshape(shape) for table in total], players)
    return _levels(game)


def _levels(game: NormalFormGame) -> tuple[Number, ...]:
    """Return what each player can be held to, without rounding where pure strategies do it or the game is small.

    A linear program returns 0 as some 1e-15, and a player who gets 0 from the deal would seem to be better off once it
    is punished.
    """
    pure = pure_levels(game)
    if pure.minmax == pure.maxmin:
        return pure.minmax
    mixed = security_levels(game, exact=None)
    return tuple(
        high if high == low else level for high, low, level in zip(pure.minmax, pure.maxmin, mixed, strict=True)
    )
