"""What is said when a payoff or a limit has no finite value: whose, under which heading, at which levels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bargain.errors import BargainError
from bargain.scenario.document import Lever

__all__ = ["PayoffDomainError", "described"]


class PayoffDomainError(BargainError, ValueError):
    """A payoff or a limit on deals has no finite value at some levels, or a level does not exist."""


def described(levers: Sequence[Lever], codes: Iterable[float]) -> str:
    """Return levels as text, for example ``tariff = 25, support = high``."""
    return ", ".join(f"{lever.name} = {_level(lever, float(code))}" for lever, code in zip(levers, codes, strict=True))


def _level(lever: Lever, code: float) -> str:
    if lever.named and code in (lever.codes or ()):
        return str(lever.level(code))
    return f"{code:.12g}"
