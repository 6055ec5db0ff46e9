r"""Talks with a deadline as a game tree in Gambit's ``.efg``, for other programs to solve.

A round is a move of the proposer (a deal, or to wait), then of each responder in turn (accept or refuse), then, after a
refusal, of every responder with an outside option (stay or leave), then of chance where talks may break down.  Payoffs
at the ends are what the course of play is worth when talks begin.  The tree has perfect information, and grows with
the number of deals to the power of the number of rounds: its size is counted before it is made.  Tested by backward
induction on the exported text, by a reader of the test's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from bargain.errors import LimitError, UnsupportedProblemError
from bargain.games.alternating_offers import AlternatingOffers
from bargain.games.finite_deals import FiniteDeals

__all__ = ["MOST_NODES", "deadline_tree_size", "offers_efg"]

MOST_NODES = 500_000
"""Trees with more nodes are not written."""


def deadline_tree_size(game: AlternatingOffers, deals: int) -> int:
    """Return the number of nodes of the tree of some talks over so many deals.

    Examples
    --------
    >>> from bargain.games.bargaining import BargainingProblem
    >>> coins = BargainingProblem.from_points([(1, 0), (0, 1)], (0, 0))
    >>> [deadline_tree_size(AlternatingOffers(coins, discount=0.9, rounds=T), 2) for T in (1, 2, 3)]
    [8, 29, 92]
    """
    following = 1
    assert game.rounds is not None
    for number in reversed(range(game.rounds)):
        turns = range(game.num_players) if game.protocol == "random" else (game.proposer(number),)
        sizes = [_round_size(game, deals, proposer, following) for proposer in turns]
        following = sizes[0] if len(sizes) == 1 else 1 + sum(sizes)
    return following


def _round_size(game: AlternatingOffers, deals: int, proposer: int, following: int) -> int:
    responders = game.num_players - 1
    leaving = sum(option is not None for k, option in enumerate(game.outside) if k != proposer)
    refused = 2 * leaving + (2 if game.breakdown else 0) + following
    return 1 + deals * (responders * (1 + refused) + 1) + refused


def offers_efg(game: AlternatingOffers, title: str = "Alternating offers before a deadline") -> str:
    """Return talks with a deadline as the text of an ``.efg`` file.

    Parameters
    ----------
    game : AlternatingOffers
        Over finitely many deals, without lotteries, with a number of rounds.
    title : str
        What the file calls the game.

    Raises
    ------
    UnsupportedProblemError
        The levers are continuous, lotteries are allowed, or there is no deadline.
    LimitError
        The tree would have more than :data:`MOST_NODES` nodes; the message says how many.
    """
    deals = game.problem.feasible
    if not isinstance(deals, FiniteDeals) or game.problem.lotteries:
        what = "continuous levers" if not isinstance(deals, FiniteDeals) else "lotteries"
        raise UnsupportedProblemError(
            f"a game tree needs finitely many offers, and this problem has {what}; give the levers `steps`, or leave "
            "out lotteries"
        )
    if game.rounds is None:
        raise UnsupportedProblemError("a game tree needs a last round: give the number of rounds")
    size = deadline_tree_size(game, deals.num_combinations)
    if size > MOST_NODES:
        raise LimitError(
            f"the tree of {deals.num_combinations} deals in {game.rounds} rounds has {_large(size)} nodes (limit "
            f"{MOST_NODES:,}); take fewer rounds or coarser levels"
        )
    names = " ".join(_quoted(player) for player in game.problem.players)
    return "\n".join([f"EFG 2 R {_quoted(title)} {{ {names} }}", '""', "", *_Writer(game, deals).lines()]) + "\n"


def _large(size: int) -> str:
    return f"{size:,}" if size < 10**9 else f"about 10^{len(str(size)) - 1}"


class _Writer:
    """Writes a tree node by node, children after their parent."""

    def __init__(self, game: AlternatingOffers, deals: FiniteDeals) -> None:
        self.game = game
        shape = [max(1, size) for size in deals.sizes]
        rows = np.indices(shape).reshape(len(shape), -1).T if shape else np.zeros((1, 0), np.intp)
        rows = rows[deals.allowed(rows)]
        self.names = [_quoted(_deal_name(deals.describe(row.tolist()))) for row in rows]
        if game.exact:
            self.payoffs: list[tuple[Any, ...]] = [deals.exact_payoffs(row.tolist()) for row in rows]
        else:
            self.payoffs = [tuple(row) for row in deals.payoffs(rows).tolist()]
        self._sets = [0] * (game.num_players + 1)
        self._ends = 0
        self._factors: dict[Any, list[Any]] = {}

    def lines(self) -> Iterator[str]:
        """Yield the lines of all nodes."""
        yield from self._round(0)

    def _round(self, number: int) -> Iterator[str]:
        game = self.game
        if game.protocol == "alternating":
            yield from self._proposal(number, game.proposer(number))
            return
        pairs = zip(game.problem.players, game.powers, strict=True)
        yield self._chance([(f"{name} proposes", power) for name, power in pairs])
        for proposer in range(game.num_players):
            yield from self._proposal(number, proposer)

    def _proposal(self, number: int, proposer: int) -> Iterator[str]:
        yield self._move(proposer, [*self.names, '"wait"'])
        for payoffs in self.payoffs:
            yield from self._answers(number, proposer, payoffs, 1)
        yield from self._no_deal(number, proposer)

    def _answers(self, number: int, proposer: int, payoffs: Sequence[Any], step: int) -> Iterator[str]:
        count = self.game.num_players
        if step == count:
            yield self._end(self._from_start(payoffs, number))
            return
        yield self._move((proposer + step) % count, ['"accept"', '"refuse"'])
        yield from self._answers(number, proposer, payoffs, step + 1)
        yield from self._no_deal(number, proposer)

    def _no_deal(self, number: int, proposer: int, step: int = 1) -> Iterator[str]:
        game = self.game
        count = game.num_players
        while step < count and game.outside[(proposer + step) % count] is None:
            step += 1
        if step < count:
            pairs = zip(game.outside, game.disagreement, strict=True)
            left = tuple(d if o is None else o for o, d in pairs)
            yield self._move((proposer + step) % count, ['"stay"', '"leave"'])
            yield from self._no_deal(number, proposer, step + 1)
            yield self._end(self._from_start(left, number))
            return
        wait = game.last_wait if number + 1 == game.rounds else 1
        if game.breakdown:
            yield self._chance([("break down", game.breakdown), ("go on", 1 - game.breakdown)])
            yield self._end(self._from_start(game.disagreement, number + wait))
        if number + 1 == game.rounds:
            yield self._end(self._from_start(game.default, number + wait))
        else:
            yield from self._round(number + 1)

    def _from_start(self, payoffs: Sequence[Any], time: Any) -> list[Any]:
        """Return what payoffs that begin at a time are worth at the start."""
        game = self.game
        if time not in self._factors:
            when = int(time) if game.exact else time
            self._factors[time] = [factor**when for factor in game.discount]
        factors = self._factors[time]
        return [(1 - f) * m + f * u for f, m, u in zip(factors, game.meanwhile, payoffs, strict=True)]

    def _move(self, player: int, actions: Sequence[str]) -> str:
        self._sets[player] += 1
        return f'p "" {player + 1} {self._sets[player]} "" {{ {" ".join(actions)} }} 0'

    def _chance(self, branches: Sequence[tuple[str, Any]]) -> str:
        self._sets[-1] += 1
        # Chances in floats seldom add up to one exactly, which readers insist on: the last is what is left.
        chances = [Fraction(str(float(chance))) if isinstance(chance, float) else chance for _, chance in branches[:-1]]
        chances.append(1 - sum(chances, start=Fraction(0)))
        words = " ".join(
            f"{_quoted(name)} {_written(chance)}" for (name, _), chance in zip(branches, chances, strict=True)
        )
        return f'c "" {self._sets[-1]} "" {{ {words} }} 0'

    def _end(self, payoffs: Sequence[Any]) -> str:
        self._ends += 1
        return f't "" {self._ends} "" {{ {", ".join(map(_written, payoffs))} }}'


def _written(value: Any) -> str:
    if isinstance(value, Fraction):
        return str(value)
    # Readers of decimals want neither an exponent nor a rounded number.
    text = format(Decimal(repr(float(value))), "f")
    return text.removesuffix(".0")


def _deal_name(deal: Any) -> str:
    if not isinstance(deal, dict):
        return str(deal)
    return " ".join(f"{lever}={level}" for levels in deal.values() for lever, level in levels.items())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
