"""Hypothesis strategies for the objects of bargaining theory.

All strategies draw values, not seeds, so that failures shrink: to two players, one issue, small numbers, status quo
zero.  Degenerate cases (ties, duplicated actions, players who cannot gain, single actions) are drawn on purpose,
because games made of issues with few distinct payoffs are degenerate.  Numbers are small integers or dyadic fractions
unless asked otherwise: they are exact in floats, and sums of them stay exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from numpy.typing import NDArray

from bargain.games.bargaining import BargainingProblem
from bargain.games.normal_form import NormalFormGame
from bargain.pipeline import Scenario, load

__all__ = [
    "additive_problems",
    "bargaining_problems",
    "bimatrix_games",
    "deal_points",
    "dyadic",
    "formulas",
    "normal_form_games",
    "payoff_tables",
    "scenario_trees",
    "scenarios",
]

Floats = NDArray[np.float64]

_SHAPES = (
    *("({a} + {b})", "({a} - {b})", "{a}*{b}", "-({a})", "({a})^2", "min({a}, {b})", "max({a}, {b})", "abs({a})"),
    *("exp(-abs({a}))", "sqrt(abs({a}))", "log(1 + abs({a}))", "({a} if {a} > {b} else {b})"),
)


def dyadic(lowest: int = -8, highest: int = 8) -> SearchStrategy[float]:
    """Draw a number between the bounds that is a multiple of 1/8: exact in floats, and so are small sums."""
    return st.integers(8 * lowest, 8 * highest).map(lambda eighths: eighths / 8)


def payoff_tables(shape: Sequence[int], numbers: SearchStrategy[float] | None = None) -> SearchStrategy[Floats]:
    """Draw an array of payoffs of the given shape.

    Parameters
    ----------
    shape : sequence of int
        Shape of the array.
    numbers : strategy, optional
        Entries; the default draws from {0, 1}, {0, ..., 3} or multiples of 1/8, so that ties are frequent.
    """
    size = int(np.prod(shape))

    def table(entries: SearchStrategy[float]) -> SearchStrategy[Floats]:
        return st.lists(entries, min_size=size, max_size=size).map(lambda flat: np.array(flat, float).reshape(shape))

    if numbers is not None:
        return table(numbers)
    return st.one_of(table(st.integers(0, 1).map(float)), table(st.integers(0, 3).map(float)), table(dyadic()))


@st.composite
def normal_form_games(
    draw: DrawFn,
    players: int | SearchStrategy[int] = 2,
    max_actions: int = 4,
    numbers: SearchStrategy[float] | None = None,
    degenerate: bool | None = None,
) -> NormalFormGame:
    """Draw a finite game.

    Parameters
    ----------
    players : int or strategy of int
        Number of players.
    max_actions : int
        Each player has between 1 and this many actions.
    numbers : strategy, optional
        Payoffs, as in :func:`payoff_tables`.
    degenerate : bool, optional
        True repeats one action of one player; None leaves it to chance.
    """
    count = players if isinstance(players, int) else draw(players)
    shape = tuple(draw(st.integers(1, max_actions)) for _ in range(count))
    tables = [draw(payoff_tables(shape, numbers)) for _ in range(count)]
    if degenerate or (degenerate is None and draw(st.integers(0, 3)) == 3):
        player = draw(st.integers(0, count - 1))
        action = draw(st.integers(0, shape[player] - 1))
        tables = [np.concatenate([table, table.take([action], axis=player)], axis=player) for table in tables]
    return NormalFormGame.from_payoffs(tables)


def bimatrix_games(
    max_actions: int = 4, numbers: SearchStrategy[float] | None = None, degenerate: bool | None = None
) -> SearchStrategy[NormalFormGame]:
    """Draw a two-player game; see :func:`normal_form_games`."""
    return normal_form_games(2, max_actions, numbers, degenerate)


@st.composite
def deal_points(
    draw: DrawFn,
    players: int | SearchStrategy[int] = 2,
    max_deals: int = 12,
    numbers: SearchStrategy[float] | None = None,
    feasible: bool = False,
) -> tuple[Floats, Floats]:
    """Draw the payoffs of finitely many deals, as a (k, n) array, and a disagreement point, as an (n,) array.

    Parameters
    ----------
    players : int or strategy of int
        Number of players, 2 or more.
    max_deals : int
        At most about this many deals; some are repeated, and some players cannot gain from any.
    numbers : strategy, optional
        Payoffs; the default draws multiples of 1/8.
    feasible : bool
        Whether to add a deal from which everybody gains.
    """
    count = players if isinstance(players, int) else draw(players)
    entries = dyadic() if numbers is None else numbers
    deals = draw(st.lists(st.tuples(*[entries] * count), min_size=1, max_size=max_deals))
    disagreement = draw(st.tuples(*[entries] * count))
    if draw(st.integers(0, 4)) == 4:
        deals.append(deals[draw(st.integers(0, len(deals) - 1))])
    if draw(st.integers(0, 5)) == 5:
        idle = draw(st.integers(0, count - 1))
        deals = [tuple(disagreement[i] if i == idle else u for i, u in enumerate(deal)) for deal in deals]
    if feasible:
        deals.append(tuple(value + 1 for value in disagreement))
    return np.array(deals, float), np.array(disagreement, float)


@st.composite
def bargaining_problems(
    draw: DrawFn,
    players: int | SearchStrategy[int] = 2,
    max_deals: int = 12,
    numbers: SearchStrategy[float] | None = None,
    lotteries: bool | SearchStrategy[bool] = False,
    feasible: bool = False,
) -> BargainingProblem:
    """Draw a bargaining problem over finitely many deals, with or without lotteries; see :func:`deal_points`."""
    points, disagreement = draw(deal_points(players, max_deals, numbers, feasible))
    mixing = lotteries if isinstance(lotteries, bool) else draw(lotteries)
    return BargainingProblem.from_points(points, disagreement.tolist(), lotteries=mixing)


@st.composite
def additive_problems(
    draw: DrawFn, players: int | SearchStrategy[int] = 2, max_issues: int = 4, max_levels: int = 4
) -> BargainingProblem:
    """Draw a problem of separable issues: payoffs add up over issues, and level 0 of every issue is the status quo."""
    count = players if isinstance(players, int) else draw(players)
    levels = draw(st.lists(st.integers(1, max_levels), min_size=1, max_size=max_issues))
    issues = [draw(payoff_tables((size, count), dyadic())) for size in levels]
    disagreement = np.sum([issue[0] for issue in issues], axis=0)
    return BargainingProblem.additive(issues, disagreement)


@st.composite
def formulas(draw: DrawFn, names: Sequence[str], depth: int = 3) -> str:
    """Draw a formula over ``names`` that is defined for every value of them (no division, no log of a lever)."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from([*names, *(f"{value:g}" for value in (0, 1, 2, 0.5, 0.25))]))
    left, right = draw(formulas(names, depth - 1)), draw(formulas(names, depth - 1))
    return draw(st.sampled_from(_SHAPES)).format(a=left, b=right)


@st.composite
def scenario_trees(
    draw: DrawFn,
    players: int | SearchStrategy[int] = 2,
    max_issues: int = 3,
    linked: bool | SearchStrategy[bool] = False,
    max_levels: int = 4,
) -> dict[str, Any]:
    """Draw the tree of a valid scenario with finite levers; ``bargain.load`` takes it as it is.

    Parameters
    ----------
    players : int or strategy of int
        Number of players, 2 or more.
    max_issues : int
        Between 1 and this many issues of one lever each, owned by the players in turn.
    linked : bool or strategy of bool
        Whether players have ``joint`` payoffs that tie the first two issues together.
    max_levels : int
        Levels per lever; the status quo is level 0.
    """
    count = players if isinstance(players, int) else draw(players)
    names = [f"P{number}" for number in range(1, count + 1)]
    issues = [f"issue{number}" for number in range(1, draw(st.integers(1, max_issues)) + 1)]
    sizes = {issue: draw(st.integers(2, max_levels)) for issue in issues}
    tree: dict[str, Any] = {
        "format": 1,
        "scenario": {"id": "drawn", "title": "A scenario drawn at random", "illustrative": True},
        "players": {name: {"name": name} for name in names},
        "issues": {
            issue: {"set_by": names[k % count], "levels": [float(v) for v in range(sizes[issue])], "status_quo": 0.0}
            for k, issue in enumerate(issues)
        },
        "payoffs": {
            name: {
                issue: {f"{v}": 0.0 if v == 0 else draw(dyadic(-4, 4)) for v in range(sizes[issue])} for issue in issues
            }
            for name in names
        },
    }
    if len(issues) > 1 and (linked if isinstance(linked, bool) else draw(linked)):
        for name in names:
            tree["payoffs"][name]["joint"] = f"{draw(dyadic(-2, 2))}*{issues[0]}*{issues[1]}"
    return tree


def scenarios(
    players: int | SearchStrategy[int] = 2, max_issues: int = 3, linked: bool | SearchStrategy[bool] = False
) -> SearchStrategy[Scenario]:
    """Draw a scenario; see :func:`scenario_trees`."""
    return scenario_trees(players, max_issues, linked).map(load)
