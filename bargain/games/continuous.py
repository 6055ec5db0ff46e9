"""Deals over continuous levers: the image of a box under smooth payoffs, cut down by limits.

A :class:`ContinuousDeals` holds functions, not numbers: payoffs and limits with their first and second derivatives, on
a box of lever levels.  Some coordinates may be finite (mixed problems).  It is made from compiled payoffs, with the
levers on the table free and all others fixed, or by hand from any callables.  Tested against the payoffs it is made of,
and by finite differences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bargain.errors import UnsupportedGameError
from bargain.games.deal_formulas import DealFormulas

if TYPE_CHECKING:
    from bargain.payoffs.numeric import Payoffs

__all__ = ["ContinuousDeals", "DealLimit"]

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

KINDS = ("inequality", "equality", "condition")


@dataclass(frozen=True, slots=True)
class DealLimit:
    """A rule that deals obey: its value is at least 0 ("inequality", "condition") or exactly 0 ("equality").

    ``line`` is where the rule stands in the scenario file.
    """

    name: str
    kind: str = "inequality"
    line: int | None = None


def _plain(x: Array) -> tuple[float, ...]:
    return tuple(float(level) for level in x)


@dataclass(frozen=True, eq=False)
class ContinuousDeals:
    """A feasible set given by functions on a box of L lever levels, for n players.

    Parameters
    ----------
    lower, upper : array of shape (L,)
        Ends of each lever's range; equal ends fix the lever.
    values : callable
        Payoffs: levels of shape (..., L) to payoffs of shape (..., n).
    gradient, hessian : callable
        At levels of shape (L,): derivatives of shape (n, L) and (n, L, L).
    limits : sequence of DealLimit
        The c limits, in the order of ``limit_values``.
    limit_values, limit_gradient, limit_hessian : callable
        Limits as functions of the levels, with shapes (..., c), (c, L) and (c, L, L); needed when there are limits.
    finite : mapping of int to array
        Coordinates that take only the listed levels.
    names : sequence of str
        Names of the levers.
    status_quo : array of shape (L,), optional
        Levels that stand without a deal: one of the places where a search starts.
    describe : callable
        Levels of shape (L,) to the deal as a user sees it; a tuple of numbers by default.
    formulas : callable, optional
        Gives payoffs and limits as formulas with rigorous bounds.  Without it nothing global can be proved about deals.

    Raises
    ------
    ValueError
        The box is empty, not finite or not one-dimensional, or a limit is incomplete.

    Examples
    --------
    Two players divide a dollar; the lever is the first player's share.

    >>> import numpy as np
    >>> dollar = ContinuousDeals(
    ...     lower=[0.0], upper=[1.0],
    ...     values=lambda x: np.concatenate([x, 1 - x], axis=-1),
    ...     gradient=lambda x: np.array([[1.0], [-1.0]]),
    ...     hessian=lambda x: np.zeros((2, 1, 1)),
    ...     names=["share"],
    ... )
    >>> dollar.values(np.array([0.25]))
    array([0.25, 0.75])
    >>> dollar.describe(np.array([0.25]))
    (0.25,)
    """

    lower: Array
    upper: Array
    values: Function
    gradient: Function
    hessian: Function
    limits: tuple[DealLimit, ...] = ()
    limit_values: Function | None = None
    limit_gradient: Function | None = None
    limit_hessian: Function | None = None
    finite: Mapping[int, Array] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    status_quo: Array | None = None
    describe: Callable[[Array], Any] = _plain
    formulas: Callable[[], DealFormulas] | None = None

    def __post_init__(self) -> None:
        lower, upper = _vector(self.lower, "lower"), _vector(self.upper, "upper")
        if lower.shape != upper.shape:
            raise ValueError(f"lower has {lower.size} levels, upper has {upper.size}")
        if np.any(lower > upper):
            place = int(np.argmax(lower > upper))
            raise ValueError(f"lever {place}: lower end {lower[place]:g} is above upper end {upper[place]:g}")
        names = tuple(self.names) or tuple(f"x{place}" for place in range(lower.size))
        if len(names) != lower.size:
            raise ValueError(f"{len(names)} names for {lower.size} levers")
        finite = {int(place): _vector(levels, f"finite[{place}]") for place, levels in sorted(self.finite.items())}
        if any(not 0 <= place < lower.size or not levels.size for place, levels in finite.items()):
            raise ValueError("finite: every key is the position of a lever, with at least one level")
        status_quo = None if self.status_quo is None else _vector(self.status_quo, "status_quo")
        if status_quo is not None and status_quo.shape != lower.shape:
            raise ValueError(f"status_quo has {status_quo.size} levels for {lower.size} levers")
        made = {"lower": lower, "upper": upper, "names": names, "finite": finite, "limits": tuple(self.limits)}
        for name, value in {**made, "status_quo": status_quo}.items():
            object.__setattr__(self, name, value)
        self._check_limits()

    def _check_limits(self) -> None:
        if self.limits and None in (self.limit_values, self.limit_gradient, self.limit_hessian):
            raise ValueError("limits need limit_values, limit_gradient and limit_hessian")
        for limit in self.limits:
            if limit.kind not in KINDS:
                raise ValueError(f"limit `{limit.name}`: kind {limit.kind!r} is not one of {', '.join(KINDS)}")

    @property
    def num_levers(self) -> int:
        """The number of coordinates, finite ones included."""
        return int(self.lower.size)

    @classmethod
    def from_payoffs(
        cls, payoffs: Payoffs, free: Sequence[int], fixed: Sequence[float] | None = None
    ) -> ContinuousDeals:
        """Return the deals over some levers of a scenario, with all other levers fixed.

        Parameters
        ----------
        payoffs : Payoffs
            Compiled payoffs and limits of all L levers.
        free : sequence of int
            The levers on the table.  One that no payoff and no limit reads stays at its fixed level.
        fixed : sequence of float, optional
            Level codes of all L levers; the default is the status quo.

        Raises
        ------
        UnsupportedGameError
            A limit that is only true or false (``or``, ``not``, ``!=`` …) reads a continuous lever.
        """
        stands = np.array(payoffs.document.status_quo if fixed is None else fixed, dtype=float)
        read = {lever for term in payoffs.terms for lever in term.levers}
        read |= {lever for limit in payoffs.limits for lever in limit.levers}
        kept = [lever for lever in free if lever in read]
        levers = [payoffs.levers[place] for place in kept]
        continuous = {place for place, lever in zip(kept, levers, strict=True) if lever.continuous}
        chosen, limits, broken = _limits_of(payoffs, kept, continuous, stands)
        view = _View(payoffs, np.array(kept, dtype=int), stands, np.array(chosen, dtype=int), broken)
        finite = {k: np.array(lever.codes) for k, lever in enumerate(levers) if lever.codes is not None}
        lower = [lever.lower if k not in finite else finite[k].min() for k, lever in enumerate(levers)]
        upper = [lever.upper if k not in finite else finite[k].max() for k, lever in enumerate(levers)]
        return cls(
            lower=np.array(lower, dtype=float),
            upper=np.array(upper, dtype=float),
            values=view.values,
            gradient=view.gradient,
            hessian=view.hessian,
            limits=limits,
            limit_values=view.limit_values,
            limit_gradient=view.limit_gradient,
            limit_hessian=view.limit_hessian,
            finite=finite,
            names=tuple(lever.name for lever in levers),
            status_quo=stands[kept],
            describe=view.describe,
            formulas=view.formulas,
        )


def _vector(levels: ArrayLike, name: str) -> Array:
    vector = np.array(levels, dtype=float)
    if vector.ndim != 1 or not np.all(np.isfinite(vector)):
        raise ValueError(f"{name} must be a list of finite numbers, one per lever")
    vector.setflags(write=False)
    return vector


def _limits_of(
    payoffs: Payoffs, free: Sequence[int], continuous: set[int], fixed: Array
) -> tuple[list[int], tuple[DealLimit, ...], list[int]]:
    """Return the limits that matter: their places, what they are, and which of them the fixed levels break."""
    broken = {mask.levers for mask in payoffs.masks([np.array([code]) for code in fixed]) if not mask.allowed.all()}
    chosen: list[int] = []
    kinds: list[DealLimit] = []
    hopeless: list[int] = []
    for place, limit in enumerate(payoffs.limits):
        moved = continuous.intersection(limit.levers)
        if limit.kind == "condition" and moved:
            names = ", ".join(f"`{payoffs.levers[lever].name}`" for lever in sorted(moved))
            where = f" (line {limit.line})" if limit.line is not None else ""
            raise UnsupportedGameError(
                f"constraint `{limit.name}`{where} is only true or false, so it cannot guide a search over the "
                f"continuous lever {names}; give the lever `steps`, or write the rule with `<=`, `>=`, `==` and `and`"
            )
        if set(free).intersection(limit.levers):
            kinds.append(DealLimit(limit.name, limit.kind, limit.line))
        elif tuple(limit.levers) in broken:
            hopeless.append(len(chosen))
            kinds.append(DealLimit(limit.name, "condition", limit.line))
        else:
            continue
        chosen.append(place)
    return chosen, tuple(kinds), hopeless


@dataclass(frozen=True, eq=False)
class _View:
    """Payoffs and limits of some levers with all others fixed."""

    payoffs: Payoffs
    free: NDArray[np.int_]
    fixed: Array
    limits: NDArray[np.int_]
    broken: Sequence[int] = ()

    def full(self, x: Array) -> Array:
        levels = np.empty((*x.shape[:-1], self.fixed.size))
        levels[...] = self.fixed
        levels[..., self.free] = x
        return levels

    def values(self, x: Array) -> Array:
        return self.payoffs.values(self.full(x))

    def gradient(self, x: Array) -> Array:
        return self.payoffs.gradient(self.full(x))[:, self.free]

    def hessian(self, x: Array) -> Array:
        return self.payoffs.hessian(self.full(x))[:, self.free[:, None], self.free]

    def limit_values(self, x: Array) -> Array:
        found: Array = self.payoffs.limit_values(self.full(x))[..., self.limits]
        # A limit that the fixed levels break stays broken, whatever the sign of its value.
        found[..., self.broken] = -1.0
        return found

    def limit_gradient(self, x: Array) -> Array:
        return self.payoffs.limit_gradient(self.full(x))[self.limits][:, self.free]

    def formulas(self) -> DealFormulas:
        gaps = [self.payoffs.limits[place].gap is not None for place in self.limits]
        wanted = [
            int(place) if smooth and k not in self.broken else None
            for k, (place, smooth) in enumerate(zip(self.limits, gaps, strict=True))
        ]
        return DealFormulas.from_document(self.payoffs.document, self.free.tolist(), self.fixed.tolist(), wanted)

    def limit_hessian(self, x: Array) -> Array:
        return self.payoffs.limit_hessian(self.full(x))[self.limits][:, self.free[:, None], self.free]

    def describe(self, x: Array) -> dict[str, dict[str, float | str]]:
        return self.payoffs.document.terms(tuple(float(code) for code in self.full(np.asarray(x, dtype=float))))
