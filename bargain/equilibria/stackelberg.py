r"""Stackelberg equilibria: one player commits to a strategy first, and the others reply to what they have seen.

With two players the leader commits to an action, or to a mixed strategy :math:`x` that the follower sees before the
dice fall.  The follower plays a best reply; when it has several, the leader hopes for the best one (*strong*) or fears
the worst one (*weak*).  The best mixed commitment is found with one linear program for every action :math:`j` of the
follower: the leader's payoff is maximised over the region :math:`X(j)` of strategies to which :math:`j` is a best
reply (Conitzer and Sandholm 2006).  In the weak case only the regions with an interior count, since there the follower
can be led to :math:`j`, and what is maximised is the leader's payoff from the worst of the actions that pay the
follower the same as :math:`j` throughout (von Stengel and Zamir 2010); the supremum need not be attained, and the
result says whether it is.  Tested by enumerating the vertices of all regions in exact fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.commitment import solve_commitment
from bargain.errors import UnsupportedGameError
from bargain.games.normal_form import NormalFormGame

__all__ = ["COMMITMENTS", "EXACT_SIZE", "TIES", "Stackelberg", "stackelberg"]

COMMITMENTS = ("pure", "mixed")
TIES = ("strong", "weak")

EXACT_SIZE = 400
"""Profiles up to which a mixed commitment is computed in fractions unless asked otherwise."""

_REMARKS: dict[bool | None, tuple[str, ...]] = {
    True: (),
    False: ("no commitment attains the supremum; strategies near the one shown come close",),
    None: ("the payoff is a supremum; whether a commitment attains it is decided in fractions only (exact)",),
}
_ROUNDED = "computed in floats: replies that differ by less than 1e-9 of the follower's range count as tied (exact)"

Number = float | Fraction


@dataclass(frozen=True, slots=True)
class Stackelberg:
    """The leader's commitment and the reply to it.

    ``strategy`` is the leader's (tuple of Fractions, or array of floats when not ``exact``), ``reply`` the action of
    every player that follows (the leader's own place holds None), ``payoffs`` what the two give.  When ``attained`` is
    False no commitment gives the leader ``payoffs[leader]``, but strategies near ``strategy`` give as much of it as one
    likes; None means that this was not decided, because the answer was computed in floats.
    """

    game: NormalFormGame
    leader: int
    commitment: str
    ties: str
    strategy: Any
    reply: tuple[int | None, ...]
    payoffs: tuple[Number, ...]
    attained: bool | None
    exact: bool
    notes: tuple[str, ...] = ()

    @property
    def value(self) -> Number:
        """The leader's payoff."""
        return self.payoffs[self.leader]


def stackelberg(
    game: NormalFormGame,
    leader: int | str = 0,
    commitment: str = "mixed",
    ties: str = "strong",
    exact: bool | None = None,
) -> Stackelberg:
    """Return the best commitment of a leader.

    Parameters
    ----------
    game : NormalFormGame
        Two players with a choice; with more, the commitment must be ``pure`` and the followers must have a pure
        equilibrium after every action of the leader.
    leader : int or str
        Place or name of the player that moves first.
    commitment : {"mixed", "pure"}
        What the leader can commit to.
    ties : {"strong", "weak"}
        Whether the follower breaks ties for the leader or against it.
    exact : bool, optional
        Whether a mixed commitment is computed in fractions; by default up to 400 profiles.  Pure ones are always exact.

    Raises
    ------
    ValueError
        The leader, commitment or ties are not known.
    UnsupportedGameError
        The answer is not defined for this game.
    LimitError
        There are too many profiles.

    References
    ----------
    von Stackelberg (1934); Conitzer and Sandholm (2006), "Computing the optimal strategy to commit to"; von Stengel and
    Zamir (2010), "Leadership games with convex strategy sets".

    Examples
    --------
    Committing to a fair coin pays more than any equilibrium:

    >>> game = NormalFormGame.from_payoffs([[[2, 4], [1, 3]], [[1, 0], [0, 1]]])
    >>> found = stackelberg(game)
    >>> [str(p) for p in found.strategy], str(found.value)
    (['1/2', '1/2'], '7/2')
    """
    place = _place(game, leader)
    _known("commitment", commitment, COMMITMENTS)
    _known("ties", ties, TIES)
    if game.num_players < 2:
        raise UnsupportedGameError("a commitment needs a player who follows; this game has one player")
    followers = [i for i, size in enumerate(game.num_actions) if size > 1 and i != place]
    if len(followers) > 1:
        if commitment == "mixed":
            raise UnsupportedGameError(
                f"mixed commitment is defined for one follower with a choice; here {len(followers)} have; "
                "use commitment `pure`"
            )
        return _pure(game, place, ties, followers)
    if commitment == "pure":
        return _pure(game, place, ties, followers)
    return _mixed(game, place, ties, followers, exact)


def _pure(game: NormalFormGame, leader: int, ties: str, followers: Sequence[int]) -> Stackelberg:
    """Compare the leader's actions, each with the equilibrium of the followers that ties lead to."""
    ranks = np.moveaxis(game.ordinal(leader), leader, 0).reshape(game.num_actions[leader], -1)
    others = tuple(size for i, size in enumerate(game.num_actions) if i != leader)
    stable = np.ones((game.num_actions[leader], *others), dtype=bool)
    for follower in followers:
        own = np.moveaxis(game.ordinal(follower), leader, 0)
        axis = 1 + follower - (follower > leader)
        stable &= own == own.max(axis=axis, keepdims=True)
    settled = stable.reshape(len(ranks), -1)
    if not settled.any(axis=1).all():
        action = game.actions[leader][int(np.flatnonzero(~settled.any(axis=1))[0])]
        raise UnsupportedGameError(
            f"after {game.players[leader]} plays {action!r} the followers have no pure equilibrium, "
            "so that the leader's payoff from it is not defined"
        )
    choose: Callable[..., int] = max if ties == "strong" else min
    replies = [choose(np.flatnonzero(row).tolist(), key=ranks[a].__getitem__) for a, row in enumerate(settled)]
    best = max(range(len(replies)), key=lambda a: ranks[a, replies[a]])
    told = list(np.unravel_index(replies[best], others)) if others else []
    reply = tuple(None if i == leader else int(told[i - (i > leader)]) for i in range(game.num_players))
    places = [[best] if action is None else [action] for action in reply]
    payoffs = tuple(table.item() for table in game.exact_block(None, places))
    strategy = tuple(Fraction(int(a == best)) for a in range(len(ranks)))
    several = " in the followers' equilibria" if len(followers) > 1 else ""
    tied = sum(int(row.sum()) > 1 for row in settled)
    notes = (f"the followers have several replies{several} to {tied} of {len(ranks)} actions",) if tied else ()
    return Stackelberg(game, leader, "pure", ties, strategy, reply, payoffs, True, True, notes)


def _mixed(game: NormalFormGame, leader: int, ties: str, followers: Sequence[int], exact: bool | None) -> Stackelberg:
    follower = followers[0] if followers else next((i for i in range(game.num_players) if i != leader), None)
    shape = (game.num_actions[leader], 1 if follower is None else game.num_actions[follower])
    fractions = prod(game.num_actions) <= EXACT_SIZE if exact is None else exact
    kept = [range(size) for size in game.num_actions]
    tables: NDArray[Any] = game.exact_block(None, kept) if fractions else game.normalised()
    pair = []
    for player in (leader, leader if follower is None else follower):
        table = (
            tables[player] if follower is None or leader < follower else np.swapaxes(tables[player], leader, follower)
        )
        pair.append(table.reshape(shape))
    found = solve_commitment(pair[0], pair[1], weak=ties == "weak")
    reply = tuple(None if i == leader else found.reply if i == follower else 0 for i in range(game.num_players))
    strategies = [_point(size, action) for size, action in zip(game.num_actions, reply, strict=True)]
    strategies[leader] = found.strategy
    payoffs = game.expected_payoffs(strategies)
    notes = (*_REMARKS[found.attained], *(() if fractions else (_ROUNDED,)))
    return Stackelberg(
        game, leader, "mixed", ties, found.strategy, reply, payoffs, found.attained, bool(fractions), notes
    )


def _point(size: int, action: int | None) -> tuple[Fraction, ...]:
    return tuple(Fraction(int(a == action)) for a in range(size))


def _place(game: NormalFormGame, leader: int | str) -> int:
    if isinstance(leader, str):
        if leader not in game.players:
            raise ValueError(f"there is no player {leader!r}; the players are {', '.join(game.players)}")
        return game.players.index(leader)
    if not 0 <= leader < game.num_players:
        raise ValueError(f"leader is {leader}; the game has {game.num_players} players, counted from 0")
    return leader


def _known(what: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{what} is {value!r}; it must be one of {', '.join(choices)}")
