"""Solution concepts other than Nash equilibrium by name: one entry to all, with answers that call things by name.

Each concept has its own module with a function for use in Python; this one turns their answers into
:class:`bargain.results.ConceptAnswer`, which reports and stored results share.  Tested by every concept on small games.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from inspect import signature
from itertools import chain
from typing import Any

import numpy as np

from bargain.equilibria.quantal_response import quantal_branch, quantal_response
from bargain.equilibria.rationalisable import rationalisable
from bargain.equilibria.security import independent_bounds, pure_levels, security_levels
from bargain.equilibria.stackelberg import stackelberg
from bargain.errors import UnsupportedGameError
from bargain.games.normal_form import NormalFormGame
from bargain.results import ConceptAnswer

__all__ = ["CONCEPTS", "solve_concept"]

Tree = dict[str, Any]
Solver = Callable[..., ConceptAnswer]


def solve_concept(game: NormalFormGame, concept: str, **options: Any) -> ConceptAnswer:
    """Return what a solution concept says about a game.

    Parameters
    ----------
    game : NormalFormGame
        The game.
    concept : str
        A key of :data:`CONCEPTS`.
    **options
        ``objective`` for the correlated ones; ``leader``, ``commitment``, ``ties`` and ``exact`` for stackelberg;
        ``rationality`` (without it the whole branch is followed) and ``unit`` for quantal-response; ``exact`` for
        security.

    Raises
    ------
    ValueError
        The concept is not known, or an option is wrong.
    TypeError
        The concept does not have such an option.

    Examples
    --------
    >>> hunt = NormalFormGame.from_payoffs([[[4, 0], [3, 3]], [[4, 3], [0, 3]]])
    >>> solve_concept(hunt, "rationalisable").solution["survivors"]
    {'1': ['0', '1'], '2': ['0', '1']}
    """
    if concept not in CONCEPTS:
        near = get_close_matches(concept, CONCEPTS, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"unknown concept {concept!r}; known are {', '.join(CONCEPTS)}{hint}")
    return CONCEPTS[concept](game, **options)


def _by_stackelberg(game: NormalFormGame, **options: Any) -> ConceptAnswer:
    found = stackelberg(game, **options)
    leader = game.players[found.leader]
    solution = {
        "leader": leader,
        "commitment": found.commitment,
        "ties": found.ties,
        "leader_strategy": _mix(game, found.leader, found.strategy),
        "reply": {
            name: actions[action]
            for name, actions, action in zip(game.players, game.actions, found.reply, strict=True)
            if action is not None
        },
        "payoffs": _per_player(game, found.payoffs),
        "attained": found.attained,
    }
    return ConceptAnswer(game, "stackelberg", solution, found.notes)


def _by_quantal_response(game: NormalFormGame, rationality: float | None = None, unit: str = "payoff") -> ConceptAnswer:
    if rationality is not None:
        point = quantal_response(game, rationality, unit)
        solution = {
            "lambda": point.rationality,
            "unit": unit,
            "profile": _profile(game, point.strategies),
            "payoffs": _per_player(game, point.payoffs),
            "residual": point.residual,
            "branch": None,
        }
        return ConceptAnswer(game, "quantal-response", solution, point.notes)
    branch = quantal_branch(game, unit)
    last = [each[-1] for each in branch.strategies]
    solution = {
        "lambda": float(branch.rationality[-1]),
        "unit": unit,
        "profile": _profile(game, last),
        "payoffs": _per_player(game, [float(u) for u in game.expected_payoffs(last)]),
        "residual": branch.residual,
        "branch": np.column_stack([branch.rationality, *branch.strategies]).tolist(),
        "columns": ["lambda", *chain.from_iterable(_columns(game))],
        "turns": list(branch.turns),
        "limit": {
            "profile": _profile(game, branch.limit.strategies),
            "payoffs": _per_player(game, branch.limit.payoffs),
            "regret": branch.limit.regret,
        },
    }
    return ConceptAnswer(game, "quantal-response", solution, branch.notes)


def _columns(game: NormalFormGame) -> list[list[str]]:
    return [
        [f"{player}: {action}" for action in actions]
        for player, actions in zip(game.players, game.actions, strict=True)
    ]


def _by_rationalisability(game: NormalFormGame) -> ConceptAnswer:
    found = rationalisable(game)
    solution = {
        "survivors": {
            player: [game.actions[i][a] for a in found.survivors[i]] for i, player in enumerate(game.players)
        },
        "eliminated": [
            {
                "player": game.players[step.player],
                "action": game.actions[step.player][step.action],
                "by": {game.actions[step.player][a]: weight for a, weight in step.by},
                "round": step.round,
            }
            for step in found.log
        ],
        "kind": "strict",
        "by": "mixed",
        "complete": found.complete,
    }
    return ConceptAnswer(game, "rationalisable", solution, found.notes)


def _by_security(game: NormalFormGame, exact: bool | None = None) -> ConceptAnswer:
    levels, pure = security_levels(game, exact), pure_levels(game)
    solution: Tree = {
        "minmax": _per_player(game, levels.minmax),
        "maxmin": _per_player(game, levels.maxmin),
        "maxmin_strategies": _profile(game, levels.maxmin_strategies),
        "punishments": {
            player: _joint(game, table, i) for i, (player, table) in enumerate(_named(game, levels.punishments))
        },
        "pure_minmax": _per_player(game, pure.minmax),
        "pure_maxmin": _per_player(game, pure.maxmin),
    }
    notes: tuple[str, ...] = ()
    if sum(size > 1 for size in game.num_actions) > 2:
        bounds = [independent_bounds(game, i) for i in range(game.num_players)]
        solution["independent_minmax_bounds"] = {player: list(each) for player, each in _named(game, bounds)}
        notes = (
            "minmax lets the others correlate their actions; for others who mix independently only bounds are known",
        )
    return ConceptAnswer(game, "security", solution, notes)


def _by_correlation(game: NormalFormGame, concept: str, **options: Any) -> ConceptAnswer:
    # scipy, which solves these, is loaded only here.
    solve = getattr(import_module("bargain.equilibria.correlation"), concept.replace("-", "_"), None)
    if solve is None:
        raise UnsupportedGameError(f"{concept} equilibria are not computed by this version; use `correlated`")
    if "exact" in options and "exact" not in signature(solve).parameters:
        raise UnsupportedGameError(f"{concept} equilibria are not computed in fractions by this version")
    objective = options.pop("objective", "welfare")
    found = solve(game, objective, **options)
    solution = {
        "objective": objective,
        "distribution": _joint(game, found.distribution),
        "payoffs": _per_player(game, found.payoffs),
        "value": found.value,
        "violation": found.violation,
    }
    if hasattr(found, "bound"):
        solution |= {"bound": found.bound, "multipliers": _multipliers(game, found.multipliers)}
    if getattr(found, "shares", None) is not None:
        solution["shares"] = _per_player(game, found.shares)
    return ConceptAnswer(game, concept, solution, tuple(getattr(found, "notes", ())))


def _multipliers(game: NormalFormGame, multipliers: Sequence[Any] | None) -> Tree | None:
    """Return what proves the bound: per player, the weights of not playing one action when told another."""
    if multipliers is None:
        return None
    return {
        player: [
            {
                "told": None if each.told is None else actions[each.told],
                "instead": actions[each.instead],
                "weight": each.weight,
            }
            for each in mine
        ]
        for player, actions, mine in zip(game.players, game.actions, multipliers, strict=True)
    }


def _named(game: NormalFormGame, values: Sequence[Any]) -> list[tuple[str, Any]]:
    return list(zip(game.players, values, strict=True))


def _per_player(game: NormalFormGame, values: Sequence[Any]) -> Tree:
    return dict(_named(game, [value if isinstance(value, int) else value + 0 for value in values]))


def _mix(game: NormalFormGame, player: int, strategy: Any) -> Tree:
    """Return a strategy's support, by the names of the actions."""
    return {game.actions[player][a]: strategy[a] for a in range(len(strategy)) if strategy[a] > 0}


def _profile(game: NormalFormGame, strategies: Sequence[Any]) -> Tree:
    return {player: _mix(game, i, strategy) for i, (player, strategy) in enumerate(_named(game, strategies))}


def _joint(game: NormalFormGame, table: Any, left_out: int | None = None) -> list[Tree] | None:
    """Return the support of a distribution over profiles, or over those of all players but one."""
    if table is None:
        return None
    who = [i for i in range(game.num_players) if i != left_out]
    return [
        {
            "profile": {game.players[i]: game.actions[i][a] for i, a in zip(who, place, strict=True)},
            "probability": table[tuple(place)],
        }
        for place in np.argwhere(np.asarray(table) > 0).tolist()
    ]


CONCEPTS: Mapping[str, Solver] = {
    "correlated": partial(_by_correlation, concept="correlated"),
    "coarse-correlated": partial(_by_correlation, concept="coarse-correlated"),
    "stackelberg": _by_stackelberg,
    "quantal-response": _by_quantal_response,
    "rationalisable": _by_rationalisability,
    "security": _by_security,
}
"""The concepts by name, with the functions that answer."""
