"""Tables that take other tables' agreements as given, each solved once for what it depends on.

Payoffs are sums of terms, so that a table's gains depend on the levels elsewhere only through terms and limits that
read levers of both: its *neighbours*.  Answers are remembered by these.  Tested through the structures that use them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bargain.linkage.talks import Talks
from bargain.results import Solution
from bargain.solutions.answers import MAX_TIES

__all__ = ["Answer", "GivenTables", "Levels", "pure_only"]

Levels = tuple[float, ...]
Block = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a table agrees on: the codes of its own levers in every tied deal, the chosen one first, with its gains.

    ``listed`` is False when there may be tied deals that are not among ``choices``.
    """

    choices: tuple[Levels, ...]
    gains: tuple[float, ...]
    agreed: bool
    transfers: tuple[float, ...] | None
    listed: bool = True


@dataclass(frozen=True, eq=False)
class GivenTables:
    """The tables of one setting, with answers remembered."""

    talks: Talks
    _known: dict[tuple[Block, Levels], Answer] = field(default_factory=dict, repr=False)
    solved: list[int] = field(default_factory=lambda: [0], repr=False)

    @cached_property
    def _tied(self) -> tuple[frozenset[int], ...]:
        """Sets of levers that a payoff term or a limit reads together."""
        payoffs = self.talks.payoffs
        read = [*(term.levers for term in payoffs.terms), *(limit.levers for limit in payoffs.limits)]
        return tuple({frozenset(levers) for levers in read if len(levers) > 1})

    def own(self, block: Sequence[str]) -> tuple[int, ...]:
        """Return the levers of a table."""
        return tuple(place for place, lever in enumerate(self.talks.payoffs.levers) if lever.issue in block)

    def neighbours(self, block: Sequence[str]) -> tuple[int, ...]:
        """Return the levers elsewhere on which the table's answer may depend."""
        own = set(self.own(block))
        return tuple(sorted({lever for tied in self._tied if tied & own for lever in tied} - own))

    def answer(self, block: Block, standing: Sequence[float]) -> Answer:
        """Return what a table agrees on while all other levers stand at ``standing``."""
        key = block, tuple(standing[lever] for lever in self.neighbours(block))
        if key not in self._known:
            context = list(self.talks.fallback)
            for lever, level in zip(self.neighbours(block), key[1], strict=True):
                context[lever] = level
            self._known[key] = self._solved(block, tuple(context))
        return self._known[key]

    def _solved(self, block: Block, context: Levels) -> Answer:
        self.solved[0] += 1
        table = self.talks.table(block, context)
        own = self.own(block)
        codes = [table.lottery[0][0]]
        if table.agreed and table.solution.lottery is None:
            codes += [self._codes(tie.deal) for tie in table.solution.ties if tie.deal is not None]
        choices = dict.fromkeys(tuple(each[lever] for lever in own) for each in codes)
        return Answer(tuple(choices), table.gains, table.agreed, table.solution.transfers, _all_ties(table.solution))

    def all_listed(self, blocks: Sequence[Block]) -> bool:
        """Return whether every answer so far of these tables names all tied deals."""
        return all(answer.listed for (block, _), answer in self._known.items() if block in blocks)

    def _codes(self, deal: Mapping[str, Mapping[str, float | str]]) -> Levels:
        return tuple(lever.code(deal[lever.issue][lever.name]) for lever in self.talks.payoffs.levers)


def _all_ties(solution: Solution) -> bool:
    if solution.transfers is None or solution.certificate is None:
        return len(solution.ties) < MAX_TIES
    # With side payments one of several tied deals is given.
    return bool(solution.certificate.evidence.get("tied", 1) == 1)


def pure_only(talks: Talks) -> str:
    """Return why tables of this setting cannot take each other's levels as given, or nothing."""
    if talks.lotteries and talks.transfers is None:
        return "simultaneous and sequential tables take agreed levels as given, and lotteries have none: left out"
    return ""
