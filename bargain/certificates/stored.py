"""A stored result, checked against the scenario inside it.

Every claim is recomputed from the definitions by :mod:`bargain.certificates.replay`: that the scenario is the one that
was hashed, that the terms give the gains, that nobody is worse off than without a deal, that limits are kept, that the
equilibria have no regret, that the parts of the value of linkage fit together, and that a search finds no better deal.
The search enumerates when there are few deals; otherwise it tries single changes and seeded random deals, which can
refute optimality but not prove it.  Tested by results that pass and by changed ones, which must fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import product
from math import log, prod
from typing import Any

from bargain.certificates.replay import Codes, Replay
from bargain.results import Certificate
from bargain.scenario.read import read_tree

__all__ = ["verify_stored"]

TOLERANCE = 1e-7
"""What recomputed numbers may differ by, and competitors may be better by, as a fraction of the payoffs' size."""

_FEW_DEALS = 20_000
_DRAWS = 2_000
_MOST_PROFILES = 20_000

Stored = Mapping[str, Any]
Lottery = tuple[tuple[Codes, float], ...]


def verify_stored(stored: Stored) -> tuple[Certificate, ...]:
    """Return a certificate for every claim of a JSON result that can be checked.

    Parameters
    ----------
    stored : mapping
        A result with ``"schema": "bargain-result-1"``.

    Raises
    ------
    ScenarioError
        The scenario inside the result cannot be read.
    """
    replay = Replay(read_tree(stored["inputs"]))
    players = replay.document.player_names
    digest = stored.get("scenario", {}).get("digest")
    checks = [_claim("the scenario is the one that was solved", 0.0 if digest == replay.document.digest else 1.0)]
    disagreement = _row(stored["disagreement"]["payoffs"], players)
    checks += _guarded("the disagreement point", lambda: _disagreement(replay, stored["disagreement"], disagreement))
    if stored.get("status") is not None:
        answers = [stored, *stored.get("alternatives", [])]
        for answer in answers:
            checks += _guarded(f"the {answer.get('rule')} deal", partial(_answer, replay, answer, disagreement))
    if stored.get("equilibria"):
        checks += _guarded("the equilibria", lambda: _equilibria(replay, stored["equilibria"]["profiles"]))
    if stored.get("linkage"):
        checks += _guarded("the value of linkage", lambda: _linkage(replay, stored, disagreement))
    return tuple(checks)


def _claim(claim: str, gap: float, witness: Any = None, method: str = "recomputed from the formulas") -> Certificate:
    return Certificate(claim, gap, TOLERANCE, "fraction of the payoffs' size", witness, method)


def _guarded(what: str, check: Callable[[], list[Certificate]]) -> list[Certificate]:
    """Return the certificates, or a refuted one when the stored data do not even have the form of the claim."""
    try:
        return check()
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as trouble:
        return [_claim(f"{what} can be read", float("inf"), str(trouble))]


def _number(value: Any) -> float:
    """Return a stored number; fractions are stored as "p/q"."""
    if isinstance(value, str):
        above, _, below = value.partition("/")
        return int(above) / int(below or 1)
    return float(value)


def _row(values: Stored, players: Sequence[str]) -> tuple[float, ...]:
    if set(values) != set(players):
        raise ValueError("a number for every player is needed")
    return tuple(_number(values[player]) for player in players)


def _difference(first: Iterable[float], second: Iterable[float]) -> float:
    """Return the largest difference, as a fraction of the larger size."""
    pairs = list(zip(first, second, strict=True))
    size = max([abs(value) for pair in pairs for value in pair] + [1e-300])
    return max(abs(a - b) for a, b in pairs) / size


def _disagreement(replay: Replay, stored: Stored, payoffs: Sequence[float]) -> list[Certificate]:
    document = replay.document
    checks = [
        _claim(
            "the disagreement point is of the kind in the scenario", float(stored["kind"] != document.disagreement.kind)
        )
    ]
    if document.disagreement.kind == "fixed":
        checks.append(_claim("the disagreement payoffs", _difference(payoffs, document.disagreement.payoffs or ())))
    elif stored["terms"] is not None:
        codes = replay.codes(stored["terms"])
        checks.append(_claim("the disagreement payoffs", _difference(payoffs, replay.payoffs(codes))))
        if document.disagreement.kind == "status_quo":
            checks.append(_claim("the no-agreement levels are the status quo", _difference(codes, document.status_quo)))
    return checks


def _lottery(replay: Replay, stored: Stored) -> Lottery:
    if stored.get("lottery") is not None:
        return tuple((replay.codes(each["terms"]), _number(each["probability"])) for each in stored["lottery"])
    return ((replay.codes(stored["terms"]), 1.0),)


def _expected(replay: Replay, lottery: Lottery) -> tuple[float, ...]:
    rows = [(replay.payoffs(codes), chance) for codes, chance in lottery]
    return tuple(sum(row[i] * chance for row, chance in rows) for i in range(len(replay.document.players)))


def _answer(replay: Replay, stored: Stored, disagreement: Sequence[float]) -> list[Certificate]:
    """Check one rule's answer: a deal, a lottery, or no deal."""
    players, rule = replay.document.player_names, stored["rule"]
    payoffs, gains = _row(stored["payoffs"], players), _row(stored["gains"], players)
    size = max([abs(value) for value in (*payoffs, *disagreement)] + [1e-300])
    differences = (abs(u - d - v) / size for u, d, v in zip(payoffs, disagreement, gains, strict=True))
    checks = [_claim(f"{rule}: gains are payoffs less disagreement payoffs", max(differences))]
    if stored["status"] == "no_deal":
        checks.append(_claim(f"{rule}: without a deal nobody gains", max(abs(gain) for gain in gains) / size))
        return [*checks, _no_better(replay, stored, ((replay.document.status_quo, 1.0),), disagreement, gains)]
    lottery = _lottery(replay, stored)
    broken = [codes for codes, _ in lottery if not (replay.possible(codes) and replay.allowed(codes))]
    total = abs(sum(chance for _, chance in lottery) - 1) + sum(-min(chance, 0.0) for _, chance in lottery)
    shortfall = max(0.0, *(-gain for gain in gains)) / size
    return [
        *checks,
        _claim(f"{rule}: the terms give these payoffs", _difference(payoffs, _expected(replay, lottery)) + total),
        _claim(f"{rule}: levels are possible and limits are kept", float(len(broken)), broken[0] if broken else None),
        _claim(f"{rule}: nobody is worse off than without a deal", shortfall),
        _no_better(replay, stored, lottery, disagreement, gains),
    ]


def _no_better(
    replay: Replay, stored: Stored, lottery: Lottery, disagreement: Sequence[float], gains: Sequence[float]
) -> Certificate:
    """Return how much better, by the rule's own objective, the best deal is that a search finds."""
    count = replay.count()
    everything = count is not None and count <= _FEW_DEALS
    deals = replay.every_deal() if everything else replay.some_deals(lottery[0][0], _DRAWS)
    rivals = [
        (deal, tuple(u - d for u, d in zip(replay.payoffs(deal), disagreement, strict=True)))
        for deal in deals
        if replay.allowed(deal)
    ]
    spans = [max([abs(row[i]) for _, row in rivals] + [abs(gains[i]), 1e-300]) for i in range(len(gains))]
    weights = [_number(value) for value in (stored.get("weights") or dict.fromkeys(range(len(gains)), 1.0)).values()]
    better = _betterment(stored, gains, spans, weights, len(lottery) > 1 or stored.get("lottery") is not None)
    deal, gap = max(((deal, better(row)) for deal, row in rivals), key=lambda pair: pair[1], default=(None, 0.0))
    how = "all deals enumerated" if everything else f"single changes and {_DRAWS} random deals; not a proof"
    return _claim(f"{stored['rule']}: no better deal was found", max(0.0, gap), deal, how)


def _betterment(
    stored: Stored, gains: Sequence[float], spans: Sequence[float], weights: Sequence[float], mixed: bool
) -> Callable[[Sequence[float]], float]:
    """Return a function that says by how much a rival's gains are better (0 or less: not better)."""

    def dominates(row: Sequence[float]) -> float:
        steps = [(rival - gain) / span for rival, gain, span in zip(row, gains, spans, strict=True)]
        return max(steps) if min(steps) >= 0 else 0.0

    def rational(row: Sequence[float]) -> bool:
        return min(row) >= 0

    if stored["status"] == "no_deal":
        return dominates
    if stored["rule"] == "nash" and min(gains) > 0:
        if mixed:
            # The product of gains is log-concave, so its tangent bounds what any mixture with the rival could add.
            return lambda row: sum(w * (r - v) / v for w, r, v in zip(weights, row, gains, strict=True))
        return lambda row: (
            sum(w * log(r / v) for w, r, v in zip(weights, row, gains, strict=True)) if min(row) > 0 else 0.0
        )
    if stored["rule"] == "utilitarian":
        scale = sum(w * span for w, span in zip(weights, spans, strict=True))
        return lambda row: (
            sum(w * (r - v) for w, r, v in zip(weights, row, gains, strict=True)) / scale if rational(row) else 0.0
        )
    if stored["rule"] == "egalitarian" and not mixed:
        shares = [gain / weight for gain, weight in zip(gains, weights, strict=True)]
        return lambda row: (min(r / w for r, w in zip(row, weights, strict=True)) - min(shares)) / max(spans)
    return dominates


def _equilibria(replay: Replay, profiles: Sequence[Stored]) -> list[Certificate]:
    """Recompute payoffs and regret of every profile of the no-agreement game from the definition."""
    checks = []
    for number, profile in enumerate(profiles, start=1):
        mixes = [
            [(_action(replay, each["action"]), _number(each["probability"])) for each in strategy]
            for strategy in profile["strategies"].values()
        ]
        stated = _row(profile["payoffs"], replay.document.player_names)
        label = f"equilibrium {number}"
        if prod(len(mix) for mix in mixes) > _MOST_PROFILES:
            continue
        sums = [abs(sum(chance for _, chance in mix) - 1) for mix in mixes]
        payoffs = _play(replay, mixes)
        checks.append(_claim(f"{label}: the strategies give these payoffs", _difference(stated, payoffs) + max(sums)))
        checks += _no_deviation(replay, label, mixes, payoffs)
    return checks


Mix = list[tuple[dict[int, float], float]]


def _action(replay: Replay, label: str) -> dict[int, float]:
    """Return the levels that an action such as ``tariff=25, host=1.4`` stands for, by lever number."""
    if label == "-":
        return {}
    places = {lever.name: k for k, lever in enumerate(replay.levers)}
    levels = {}
    for part in label.split(", "):
        name, _, level = part.partition("=")
        lever = replay.levers[places[name]]
        levels[places[name]] = lever.code(level if lever.named else float(level))
    return levels


def _play(replay: Replay, mixes: Sequence[Mix]) -> tuple[float, ...]:
    status_quo, lottery = replay.document.status_quo, []
    for draw in product(*mixes):
        codes = list(status_quo)
        for levels, _ in draw:
            for k, code in levels.items():
                codes[k] = code
        lottery.append((tuple(codes), prod(chance for _, chance in draw)))
    return _expected(replay, tuple(lottery))


def _no_deviation(replay: Replay, label: str, mixes: Sequence[Mix], payoffs: Sequence[float]) -> list[Certificate]:
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
    return [_claim(f"{label}: no player gains by deviating alone", worst / spread, witness)]


def _choices(replay: Replay, lever: int, mix: Mix) -> list[float]:
    """Return the levels to try; of a continuous lever those that every grid has: its ends and the status quo."""
    codes = replay.levers[lever].codes
    if codes is not None:
        return list(codes)
    ends = {replay.levers[lever].lower, replay.levers[lever].upper, replay.document.status_quo[lever]}
    return sorted(ends | {levels[lever] for levels, _ in mix})


def _linkage(replay: Replay, stored: Stored, disagreement: Sequence[float]) -> list[Certificate]:
    """Check that every sub-package's terms give its gains, and that values and attribution add up."""
    players, linkage = replay.document.player_names, stored["linkage"]
    package, separate = (_row(linkage[part]["gains"], players) for part in ("package", "separate"))
    size = max([abs(value) for value in (*package, *separate)] + [1e-300])
    value = _row(linkage["value"], players)
    sums = max(abs(p - s - v) for p, s, v in zip(package, separate, value, strict=True)) / size
    checks = [_claim("linkage: value is package less separate", sums)]
    checks.append(_claim("linkage: the total adds up", abs(sum(value) - _number(linkage["total"])) / size))
    if linkage["attribution"]:
        shares = sum(_number(share) for share in linkage["attribution"].values())
        checks.append(_claim("linkage: the attribution adds up to the joint gain", abs(shares - sum(package)) / size))
    settled = [each for each in (linkage["package"], *linkage["subpackages"]) if each["status"] != "no_deal"]
    if any(separate):
        # When no table agrees, separate talks end at the disagreement point, whatever levels stand.
        settled.append(linkage["separate"])
    worst = 0.0
    for each in settled:
        payoffs = _expected(replay, _lottery(replay, each))
        gains = _row(each["gains"], players)
        scale = max([abs(value) for value in (*payoffs, *disagreement)] + [1e-300])
        found = max(abs(u - d - v) for u, d, v in zip(payoffs, disagreement, gains, strict=True)) / scale
        worst = max(worst, found)
    return [*checks, _claim("linkage: the terms of every structure give its gains", worst)]
