"""The small change of checking stored results: numbers, terms and lotteries read back, and how a claim is written.

Tested through :mod:`bargain.certificates.stored`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf, isfinite
from typing import Any

from bargain.certificates.replay import Codes, Replay
from bargain.results import Certificate

__all__ = [
    "BY_DEFINITION",
    "TOLERANCE",
    "Lottery",
    "Stored",
    "claim",
    "difference",
    "expected",
    "guarded",
    "lottery_of",
    "number",
    "paid_out",
    "row",
]

BY_DEFINITION = (
    "equal-area",
    "perles-maschler",
    "discrete-raiffa",
    "continuous-raiffa",
    "equal-loss",
    "gupta-livne",
    "dictators-mean",
)
"""The rules that are checked by the equation that defines them (:mod:`bargain.certificates.definitions`)."""

TOLERANCE = 1e-7
"""What recomputed numbers may differ by, and competitors may be better by, as a fraction of the payoffs' size."""

Stored = Mapping[str, Any]
Lottery = tuple[tuple[Codes, float], ...]


def claim(words: str, gap: float, witness: Any = None, method: str = "recomputed from the formulas") -> Certificate:
    """Return a claim that holds when the gap is within the tolerance."""
    return Certificate(words, float(gap), TOLERANCE, "fraction of the payoffs' size", witness, method)


def guarded(what: str, check: Callable[[], list[Certificate]]) -> list[Certificate]:
    """Return the certificates, or a refuted one when the stored data do not even have the form of the claim."""
    try:
        return check()
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as trouble:
        return [claim(f"{what} can be read", float("inf"), str(trouble))]


def number(value: Any) -> float:
    """Return a stored number; fractions are stored as "p/q".

    Examples
    --------
    >>> number("3/4"), number(2)
    (0.75, 2.0)
    """
    if isinstance(value, bool):
        raise ValueError("a number is needed, not true or false")
    if isinstance(value, str):
        above, _, below = value.partition("/")
    try:
        found = int(above) / int(below or 1) if isinstance(value, str) else float(value)
    except ArithmeticError:
        found = inf
    if not isfinite(found):
        # Comparisons with such numbers are neither true nor false, so that no claim about them could be refuted.
        raise ValueError("a finite number is needed")
    return found


def row(values: Stored, players: Sequence[str]) -> tuple[float, ...]:
    """Return the stored numbers of all players in order."""
    if set(values) != set(players):
        raise ValueError("a number for every player is needed")
    return tuple(number(values[player]) for player in players)


def difference(first: Iterable[float], second: Iterable[float]) -> float:
    """Return the largest difference, as a fraction of the larger size."""
    pairs = list(zip(first, second, strict=True))
    size = max([abs(value) for pair in pairs for value in pair] + [1e-300])
    return max([abs(a - b) for a, b in pairs] + [0.0]) / size


def lottery_of(replay: Replay, stored: Stored) -> Lottery:
    """Return a stored deal as a lottery over level codes."""
    if stored.get("lottery") is not None:
        return tuple((replay.codes(each["terms"]), number(each["probability"])) for each in stored["lottery"])
    return ((replay.codes(stored["terms"]), 1.0),)


def expected(replay: Replay, lottery: Lottery) -> tuple[float, ...]:
    """Return the expected payoff of every player."""
    rows = [(replay.payoffs(codes), chance) for codes, chance in lottery]
    return tuple(sum(values[i] * chance for values, chance in rows) for i in range(len(replay.document.players)))


def paid_out(replay: Replay, stored: Stored, lottery: Lottery) -> tuple[float, ...]:
    """Return the expected payoff of every player with the side payments that are stored beside the deal."""
    payoffs = expected(replay, lottery)
    if stored.get("transfers") is None:
        return payoffs
    paid = row(stored["transfers"], replay.document.player_names)
    return tuple(payoff + received for payoff, received in zip(payoffs, paid, strict=True))
