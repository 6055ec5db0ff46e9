"""Payoffs on a grid of levels, term by term.

A term is computed on the grid of its own levers only, all terms and players in one call, by broadcasting; the tensor of
a whole game comes from adding terms along the axes that they do not read.  No profile is ever visited on its own, and
the memory needed is predicted before any is taken.  Tested against values point by point.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError
from bargain.payoffs.compiled import CompiledArray

__all__ = ["MEMORY_LIMIT", "TensorMask", "TensorTerm", "check_axes", "check_memory", "on_grid", "total_tensor"]

MEMORY_LIMIT = 2 * 1024**3
"""Bytes that the arrays of one call may take unless the caller allows more."""

_MOST_AXES = 60  # numpy's arrays have at most 64


@dataclass(frozen=True, eq=False)
class TensorTerm:
    """Payoffs of all players over the levels of some levers: ``payoffs[i, k, ...]``, one axis for each lever."""

    levers: tuple[int, ...]
    payoffs: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TensorMask:
    """Which combinations of levels of some levers the limits allow, one axis for each lever."""

    levers: tuple[int, ...]
    allowed: NDArray[np.bool_]


def check_memory(what: str, needed: int, limit: int) -> None:
    """Raise when arrays would not fit.

    Parameters
    ----------
    what : str
        What the arrays hold, for the message.
    needed : int
        Bytes that they will take, temporary ones included.
    limit : int
        Bytes allowed.

    Raises
    ------
    LimitError
        They need more than allowed.
    """
    if needed > limit:
        # The number may be larger than any float.
        gibibytes = f"{needed / 1024**3:,.1f}" if needed < 10**18 else f"10^{len(str(needed >> 30)) - 1}"
        raise LimitError(
            f"{what} would take {gibibytes} GiB, and {limit / 1024**3:,.1f} GiB are allowed; "
            "use fewer levels (a coarser grid), negotiate fewer linked issues at once, or raise the limit"
        )


def check_axes(lever_sets: Iterable[Sequence[int]]) -> None:
    """Raise when a part reads more levers than an array can have axes.

    Raises
    ------
    LimitError
        Levers with a single level count as well.
    """
    most = max(map(len, lever_sets), default=0)
    if most >= _MOST_AXES:
        raise LimitError(
            f"a payoff or limit ties {most} levers together, and a grid can have fewer than {_MOST_AXES}; "
            "negotiate fewer linked issues at once"
        )


def on_grid(
    array: CompiledArray, reads: Sequence[tuple[int, ...]], codes: Sequence[NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    """Evaluate each entry of a compiled array on the grid of the levers that it reads.

    Parameters
    ----------
    array : CompiledArray
        K entries.
    reads : sequence of tuple of int
        For each entry the levers for its axes; it reads no others.
    codes : sequence of ndarray
        For each lever the codes of its levels, in one dimension.

    Returns
    -------
    list of ndarray
        One array an entry, with one axis for each of its levers.
    """
    results: list[NDArray[np.float64]] = [np.empty(0)] * len(reads)
    together = len(codes) <= _MOST_AXES
    batches = [tuple(range(len(codes)))] if together else list(dict.fromkeys(reads))
    for axes in batches:
        mesh: list[Any] = [column[0] for column in codes]
        for axis, lever in enumerate(axes):
            mesh[lever] = codes[lever].reshape([-1 if other == axis else 1 for other in range(len(axes))])
        values = array.each(mesh)
        for entry, levers in enumerate(reads):
            if together or levers == axes:
                thin = [len(codes[lever]) if lever in levers else 1 for lever in axes]
                shape = [len(codes[lever]) for lever in levers]
                results[entry] = np.broadcast_to(values[entry], thin).reshape(shape)
    return results


def total_tensor(
    terms: Sequence[TensorTerm],
    sizes: Sequence[int] | Mapping[int, int],
    order: Sequence[int],
    limit: int = MEMORY_LIMIT,
) -> NDArray[np.float64]:
    """Add terms to one payoff tensor.

    Parameters
    ----------
    terms : sequence of TensorTerm
        At least one, for n players.
    sizes : sequence or mapping
        Number of levels of each lever.
    order : sequence of int
        The levers in the order of the axes; a lever that is left out must have one level.
    limit : int
        Bytes allowed.

    Returns
    -------
    ndarray, shape (n, sizes[order[0]], sizes[order[1]], ...)

    Raises
    ------
    LimitError
        The tensor needs more memory than allowed, or more axes than numpy has.
    ValueError
        A lever with several levels is not in ``order``.

    Examples
    --------
    >>> rows = TensorTerm((0,), np.array([[1.0, 2.0]]))
    >>> columns = TensorTerm((1,), np.array([[10.0, 20.0, 30.0]]))
    >>> total_tensor([rows, columns], [2, 3], [1, 0])[0]
    array([[11., 12.],
           [21., 22.],
           [31., 32.]])
    """
    players = len(terms[0].payoffs)
    shape = (players, *(sizes[lever] for lever in order))
    if len(shape) > _MOST_AXES:
        raise LimitError(f"a payoff tensor over {len(order)} levers has too many axes; fix or leave out some levers")
    # Sums of parts are gathered up to a quarter of the full size.
    check_memory("the payoff tensor", 10 * prod(shape), limit)
    places = {lever: axis for axis, lever in enumerate(order, start=1)}
    result = np.zeros(shape)
    for part in _gathered([_along(term, places, len(shape)) for term in terms], prod(shape)):
        result += part
    return result


def _along(term: TensorTerm, places: Mapping[int, int], axes: int) -> NDArray[np.float64]:
    """Return a term's payoffs with one axis for each axis of the tensor."""
    kept = [lever for lever in term.levers if lever in places]
    left_out = [size for lever, size in zip(term.levers, term.payoffs.shape[1:], strict=True) if lever not in places]
    if any(size != 1 for size in left_out):
        raise ValueError("a lever with several levels needs an axis")
    lengths = dict(zip(term.levers, term.payoffs.shape[1:], strict=True))
    payoffs = term.payoffs.reshape(len(term.payoffs), *(lengths[lever] for lever in kept))
    payoffs = payoffs.transpose(0, *(1 + kept.index(lever) for lever in sorted(kept, key=places.__getitem__)))
    thin = [1] * axes
    thin[0] = len(payoffs)
    for lever in kept:
        thin[places[lever]] = lengths[lever]
    return payoffs.reshape(thin)


def _gathered(parts: list[NDArray[np.float64]], full: int) -> list[NDArray[np.float64]]:
    """Add parts to each other while that stays well below the full size; what is left is added at full size.

    The smallest part goes to the one with which it makes the smallest sum.
    """
    kept: list[NDArray[np.float64]] = []
    waiting = sorted(parts, key=lambda part: part.size)
    while waiting:
        smallest = waiting.pop(0)
        sizes = [prod(map(max, smallest.shape, other.shape)) for other in waiting]
        place = min(range(len(sizes)), key=sizes.__getitem__, default=None)
        if place is None or 4 * sizes[place] > max(full, 4 * waiting[place].size):
            kept.append(smallest)
        else:
            insort(waiting, smallest + waiting.pop(place), key=lambda part: part.size)
    return kept
