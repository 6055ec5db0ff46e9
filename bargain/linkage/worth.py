"""Where the gain of the package comes from: the trade, the issues at the margin, the linkage terms, the cross-effects.

Payoffs are sums of terms.  A *linkage term* reads levers of two or more issues; it is switched off by dropping it from
the payoffs and from the disagreement payoffs, and the package is bargained over again.  Tested by sums that must add
up (trade, Shapley shares), by separable payoffs, whose terms and cross-differences are none, and by hand.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np

from bargain.linkage.shares import shapley
from bargain.linkage.talks import Talks
from bargain.results import CrossDifference, SubPackage, TermWorth, Trade
from bargain.scenario.document import Document
from bargain.scenario.expression import Expression, Sum, names

__all__ = [
    "MAX_SHAPLEY_TERMS",
    "cross_differences",
    "linkage_terms",
    "marginal_values",
    "smallest_packages",
    "term_worths",
    "trade_of",
]

MAX_SHAPLEY_TERMS = 5
"""Five terms need 32 packages for their Shapley values."""

MAX_TERMS = 40
"""More linkage terms are not switched off one by one."""

Solved = Mapping[tuple[str, ...], SubPackage]


def trade_of(talks: Talks, package: SubPackage) -> Trade:
    """Return what each player concedes and gains under every heading of its payoffs (expected, for a lottery)."""
    payoffs = talks.payoffs
    before = payoffs.by_heading(talks.fallback)
    changes = {heading: np.zeros(len(payoffs.players)) for heading in before}
    for levels, chance in package.lottery:
        for heading, after in payoffs.by_heading(levels).items():
            changes[heading] += chance * (np.array(after) - np.array(before[heading]))
    rows = tuple((heading, tuple(change.tolist())) for heading, change in changes.items())
    offset = talks.offset if package.agreed else np.zeros(len(payoffs.players))
    return Trade(rows, package.solution.transfers, tuple(offset.tolist()))


def marginal_values(talks: Talks, solved: Solved) -> dict[str, tuple[float, float]] | None:
    """Return what each issue adds to the joint gain first (alone) and last (to all others), where both were solved."""
    everything = talks.issues
    found = {}
    for name in everything:
        rest = tuple(other for other in everything if other != name)
        if (name,) not in solved or (rest and rest not in solved) or everything not in solved:
            return None
        without = solved[rest].total if rest else 0.0
        found[name] = (solved[(name,)].total, solved[everything].total - without)
    return found


def smallest_packages(talks: Talks, solved: Solved) -> tuple[tuple[str, ...], ...] | None:
    """Return the packages of fewest issues that find a deal; None when a package as small was not solved."""
    issues = talks.issues
    for size in range(1, len(issues) + 1):
        wanted = list(combinations(issues, size))
        if any(each not in solved for each in wanted):
            return None
        agreed = tuple(each for each in wanted if solved[each].agreed)
        if agreed:
            return agreed
    return ()


def cross_differences(talks: Talks, package: SubPackage) -> tuple[CrossDifference, ...]:
    """Return for every two issues what their deals are worth together over what each is worth alone, at the deal.

    With all other issues as agreed, this is u(both) - u(first) - u(second) + u(neither), where an issue that is left
    out stands at its no-agreement levels.  Pairs that nothing ties together are left out.
    """
    levels = package.levels
    if levels is None or not package.agreed:
        return ()
    payoffs, levers = talks.payoffs, talks.payoffs.levers
    tied = {frozenset((levers[a].issue, levers[b].issue)) for a, b in payoffs.edges}

    def value(*without: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        pairs = zip(levers, levels, talks.fallback, strict=True)
        mixed = [fallen if lever.issue in without else agreed for lever, agreed, fallen in pairs]
        return np.asarray(payoffs.values(mixed))

    found = []
    for first, second in combinations(talks.issues, 2):
        if frozenset((first, second)) not in tied:
            continue
        parts = (value(), value(first), value(second), value(first, second))
        size = np.max(np.abs(parts), axis=0)
        cross = parts[0] - parts[1] - parts[2] + parts[3]
        cross = np.where(np.abs(cross) <= 1e-13 * size, 0.0, cross)
        found.append(CrossDifference((first, second), tuple(cross.tolist())))
    return tuple(found)


def linkage_terms(talks: Talks) -> tuple[int, ...]:
    """Return the places of the payoff terms that read levers of two or more issues."""
    levers = talks.payoffs.levers
    return tuple(
        place
        for place, term in enumerate(talks.payoffs.terms)
        if len({levers[lever].issue for lever in term.levers}) > 1
    )


def term_worths(talks: Talks, package: SubPackage) -> tuple[TermWorth, ...] | None:
    """Return what every linkage term is worth to the package, or None when there are more than :data:`MAX_TERMS`."""
    places = linkage_terms(talks)
    if len(places) > MAX_TERMS:
        return None
    known: dict[frozenset[int], SubPackage] = {frozenset(): package}

    def without(off: Collection[int]) -> SubPackage:
        key = frozenset(off)
        if key not in known:
            known[key] = _switched_off(talks, key).package()
        return known[key]

    names = tuple(map(str, places))
    shares: dict[str, float] | None = None
    if 0 < len(places) <= MAX_SHAPLEY_TERMS:
        subsets = [each for size in range(1, len(names) + 1) for each in combinations(names, size)]
        none = without(places).total
        worth = {each: without(set(places) - set(map(int, each))).total - none for each in subsets}
        shares = shapley(names, worth)
    found = []
    for place, name in zip(places, names, strict=True):
        term, off = talks.payoffs.terms[place], without([place])
        first = without(set(places) - {place}).total - without(places).total
        last = tuple(with_all - lost for with_all, lost in zip(package.gains, off.gains, strict=True))
        issues = tuple(dict.fromkeys(talks.payoffs.levers[lever].issue for lever in term.levers))
        player = talks.payoffs.players[term.player]
        share = None if shares is None else shares[name]
        found.append(TermWorth(player, term.heading, issues, _text(talks, place), first, sum(last), share, last))
    return tuple(found)


def _switched_off(talks: Talks, places: Collection[int]) -> Talks:
    payoffs = talks.payoffs.without(places)
    default = payoffs.values(talks.fallback) - talks.offset
    return replace(talks, payoffs=payoffs, disagreement=replace(talks.disagreement, payoffs=tuple(map(float, default))))


def _text(talks: Talks, place: int) -> str:
    """Return a term as the user wrote it, or, where it was taken apart, with numbers in place of parameters."""
    payoffs = talks.payoffs
    term, player = payoffs.terms[place], payoffs.players[payoffs.terms[place].player]
    if term.expression is None:
        return "table"
    reads = _Readers(payoffs.document)
    parts = [
        (sign, _written(entry.source, part))
        for entry in payoffs.document.payoffs
        if (entry.player, entry.heading) == (player, term.heading) and entry.expression is not None
        for sign, part in _summands(entry.expression)
        if reads.levers(part) == set(term.levers)
    ]
    if parts:
        whole = "".join(f" {'-' if sign < 0 else '+'} {text}" for sign, text in parts)
        return whole[3:] if parts[0][0] > 0 else f"-{whole[3:]}"
    named = re.sub(r"\bx(\d+)\b", lambda found: payoffs.levers[int(found[1])].name, str(term.expression))
    return re.sub(r"\d+\.\d{5,}(?:e[+-]?\d+)?", lambda found: f"{float(found[0]):.4g}", named)


def _summands(expression: Expression) -> tuple[tuple[int, Expression], ...]:
    """Return the parts of a sum with their signs."""
    if isinstance(expression, Sum):
        return tuple(zip(expression.signs, expression.items, strict=True))
    return ((1, expression),)


def _written(source: str, part: Expression) -> str:
    """Return a part of a formula as it was written, in brackets where a sign stands before it."""
    text = source[part.start : part.end] or source
    return f"({text})" if isinstance(part, Sum) else text


class _Readers:
    """Which levers the names of a document stand for."""

    def __init__(self, document: Document) -> None:
        self._known = {lever.name: {place} for place, lever in enumerate(document.levers)}
        for each in document.definitions:
            self._known[each.name] = self.levers(each.expression)

    def levers(self, expression: Expression) -> set[int]:
        """Return the levers that an expression reads."""
        return {lever for each in names(expression) for lever in self._known.get(each.name, ())}
