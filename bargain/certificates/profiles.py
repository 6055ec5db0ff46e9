"""The stored equilibria of the no-agreement game, checked from the definition.

Payoffs and regret of every profile are recomputed.  In a small game every pure profile is tried, so that no strict pure
equilibrium can be missing from a list that is said to be complete; mixed ones are looked for by
:mod:`bargain.certificates.missing`.  Tested by changed profiles and by lists from which one was taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

from bargain.certificates.claims import Stored, claim, difference, expected, number, row
from bargain.certificates.missing import none_missing, rounded_game
from bargain.certificates.replay import Codes, Replay
from bargain.results import Certificate

__all__ = ["check_equilibria"]

_MOST_PROFILES = 20_000

_MOST_PURE = 5_000


def check_equilibria(replay: Replay, stored: Stored) -> list[Certificate]:
    """Recompute payoffs and regret of every profile of the no-agreement game from the definition."""
    checks = []
    for place, profile in enumerate(stored["profiles"], start=1):
        mixes = [
            [(_action(replay, player, each["action"]), number(each["probability"])) for each in strategy]
            for player, strategy in _in_order(profile["strategies"], replay.document.player_names)
        ]
        stated = row(profile["payoffs"], replay.document.player_names)
        label = f"equilibrium {place}"
        if prod(len(mix) for mix in mixes) > _MOST_PROFILES:
            continue
        sums = [abs(sum(p for _, p in mix) - 1) + sum(-min(p, 0.0) for _, p in mix) for mix in mixes]
        payoffs = _play(replay, mixes)
        checks.append(claim(f"{label}: the strategies give these payoffs", difference(stated, payoffs) + max(sums)))
        checks += _no_deviation(replay, label, mixes, payoffs, number(profile["regret"]))
    if stored["complete"]:
        checks += _none_missing(replay, stored["profiles"])
    return checks


def _in_order(strategies: Stored, players: Sequence[str]) -> list[tuple[str, Sequence[Stored]]]:
    if set(strategies) != set(players):
        raise ValueError("a strategy for every player is needed")
    return [(player, strategies[player]) for player in players]


def _none_missing(replay: Replay, profiles: Sequence[Stored]) -> list[Certificate]:
    """Try every pure profile of a small game; each that is an equilibrium must be listed."""
    players = replay.document.player_names
    owned = [[k for k, lever in enumerate(replay.levers) if lever.set_by == player] for player in players]
    stands = replay.document.status_quo
    actions = [list(product(*(replay.laid(k, stands[k], grid=True) or () for k in levers))) for levers in owned]
    if prod(len(each) for each in actions) > _MOST_PURE:
        return []
    values = {}
    for chosen in product(*actions):
        levels = [dict(zip(levers, codes, strict=True)) for levers, codes in zip(owned, chosen, strict=True)]
        values[chosen] = _play(replay, [[(each, 1.0)] for each in levels])
    listed = set()
    for profile in profiles:
        pure = [_action(replay, name, s[0]["action"]) for name, s in profile["strategies"].items() if len(s) == 1]
        if len(pure) == len(players):
            listed.add(tuple(tuple(action[k] for k in k_s) for action, k_s in zip(pure, owned, strict=True)))
    size = max(abs(value) for payoffs in values.values() for value in payoffs) + 1e-300
    mixed = none_missing(
        rounded_game(players, actions, list(values.values())), _as_places(replay, profiles, owned, actions)
    )
    missing = None
    for chosen, payoffs in values.items():
        if chosen not in listed and all(
            values[(*chosen[:i], other, *chosen[i + 1 :])][i] <= payoffs[i] - (1e-9 * size if other != chosen[i] else 0)
            for i in range(len(players))
            for other in actions[i]
        ):
            missing = chosen
    words = "no strict pure equilibrium is missing"
    return [claim(words, float(missing is not None), missing, "all profiles tried"), *mixed]


def _as_places(
    replay: Replay, profiles: Sequence[Stored], owned: Sequence[Sequence[int]], actions: Sequence[Sequence[Codes]]
) -> list[list[dict[int, float]]]:
    """Return the listed profiles as probabilities by the places of actions."""
    listed = []
    for profile in profiles:
        strategies = _in_order(profile["strategies"], replay.document.player_names)
        mixes = []
        for (name, strategy), levers, own in zip(strategies, owned, actions, strict=True):
            mix: dict[int, float] = {}
            for each in strategy:
                levels = _action(replay, name, each["action"])
                # Off the grid of a continuous lever there is no place; what is listed there matches nothing.
                codes = tuple(levels[k] for k in levers)
                mix[own.index(codes) if codes in own else -1] = number(each["probability"])
            mixes.append(mix)
        listed.append(mixes)
    return listed


Mix = list[tuple[dict[int, float], float]]


def _action(replay: Replay, player: str, label: str) -> dict[int, float]:
    """Return the levels that an action such as ``tariff=25, host=1.4`` stands for, by lever number.

    Raises
    ------
    ValueError
        The action does not set just the levers of the player, or to a level that there is not.
    """
    own = [k for k, lever in enumerate(replay.levers) if lever.set_by == player]
    if label == "-" and not own:
        return {}
    places = {lever.name: k for k, lever in enumerate(replay.levers)}
    levels = {}
    for part in label.split(", "):
        name, _, level = part.partition("=")
        lever = replay.levers[places[name]]
        levels[places[name]] = lever.code(level if lever.named else float(level))
        code = levels[places[name]]
        if not (lever.lower <= code <= lever.upper and (lever.codes is None or code in lever.codes)):
            raise ValueError(f"{name} cannot be {level}")
    if sorted(levels) != own:
        raise ValueError(f"{player} does not set just the levers in {label}")
    return levels


def _play(replay: Replay, mixes: Sequence[Mix]) -> tuple[float, ...]:
    status_quo, lottery = replay.document.status_quo, []
    for draw in product(*mixes):
        codes = list(status_quo)
        for levels, _ in draw:
            for k, code in levels.items():
                codes[k] = code
        lottery.append((tuple(codes), prod(chance for _, chance in draw)))
    return expected(replay, tuple(lottery))


def _no_deviation(
    replay: Replay, label: str, mixes: Sequence[Mix], payoffs: Sequence[float], stated: float
) -> list[Certificate]:
    """Try every level of every single lever, and every action that some player's levers allow when they are few."""
    worst, witness, spread = 0.0, None, 1e-300
    for player, name in enumerate(replay.document.player_names):
        own = [k for k, lever in enumerate(replay.levers) if lever.set_by == name]
        choices = [_choices(replay, k, mixes[player]) for k in own]
        if prod(len(each) for each in choices) * prod(len(mix) for mix in mixes) > _MOST_PROFILES:
            base = mixes[player][0][0]
            actions = [{**base, k: code} for k, codes in zip(own, choices, strict=True) for code in codes]
        else:
            actions = [dict(zip(own, codes, strict=True)) for codes in product(*choices)]
        for action in actions:
            value = _play(replay, [*mixes[:player], [(action, 1.0)], *mixes[player + 1 :]])[player]
            spread = max(spread, abs(value - payoffs[player]), abs(value), abs(payoffs[player]))
            if value - payoffs[player] > worst:
                worst, witness = value - payoffs[player], f"{name}: {action}"
    regret = max(abs(stated), worst) / spread
    return [claim(f"{label}: no player gains by deviating alone, and the regret stated says so", regret, witness)]


def _choices(replay: Replay, lever: int, mix: Mix) -> list[float]:
    """Return the levels to try; of a continuous lever those that every grid has: its ends and the status quo."""
    codes = replay.levers[lever].codes
    if codes is not None:
        return list(codes)
    ends = {replay.levers[lever].lower, replay.levers[lever].upper, replay.document.status_quo[lever]}
    return sorted(ends | {levels[lever] for levels, _ in mix})
