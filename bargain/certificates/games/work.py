"""How much work a check may do: steps are counted, not timed, so that the same result always gives the same verdict.

Tested by results that are too large, which must be called "not checked", and never "holds".
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MOST_WORK", "FormError", "TooLargeError", "Work"]

MOST_WORK = 100_000_000
"""Operations on numbers of one machine word that are spent on one result: some 20 seconds."""

_WORD = 64
"""An operation on numbers of so many bits takes about twice as long as one on small numbers."""


class FormError(ValueError):
    """The stored data do not have the form of the claim."""


class TooLargeError(Exception):
    """A check would need more work than it may do."""


@dataclass(slots=True)
class Work:
    """A counter of operations that refuses to go beyond its limit.

    Examples
    --------
    >>> work = Work(10)
    >>> work.spend(8)
    >>> work.spend(8)
    Traceback (most recent call last):
    bargain.certificates.games.work.TooLargeError: more than 10 operations
    """

    limit: int = MOST_WORK
    spent: int = 0

    def spend(self, count: int, bits: int = 0) -> None:
        """Count operations on numbers of so many bits.

        Raises
        ------
        TooLargeError
            The limit is exceeded.
        """
        self._add(count * (1 + bits // _WORD))

    def reduce(self, count: int, bits: int) -> None:
        """Count sums of fractions, which are reduced by their common divisor: the time grows with the square of bits.

        Raises
        ------
        TooLargeError
            The limit is exceeded.
        """
        self._add(count * (4 + (bits // _WORD) ** 2 // 4))

    def _add(self, count: int) -> None:
        self.spent += count
        if self.spent > self.limit:
            raise TooLargeError(f"more than {self.limit:,} operations")
