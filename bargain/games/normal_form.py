r"""Finite games in normal form: the definitions of payoff, best response, regret and equilibrium.

A game has players :math:`i = 1, \dots, n`; player :math:`i` has actions :math:`A_i = \{0, \dots, m_i - 1\}` and a
payoff function :math:`u_i : A_1 \times \dots \times A_n \to \mathbb{R}`.  A *strategy* :math:`\sigma_i` is a
probability distribution over :math:`A_i`, a *profile* :math:`\sigma` is one strategy per player, and

.. math:: u_i(\sigma) = \sum_{a} \sigma_1(a_1) \cdots \sigma_n(a_n) \, u_i(a_1, \dots, a_n) .

An action is a *best response* of player :math:`i` to :math:`\sigma_{-i}` when it attains
:math:`\max_{a_i} u_i(a_i, \sigma_{-i})`.  The *regret* of player :math:`i` is
:math:`\max_{a_i} u_i(a_i, \sigma_{-i}) - u_i(\sigma)`, and :math:`\sigma` is a *Nash equilibrium* when nobody has any
(Nash 1951).

Payoffs are stored as one array ``payoffs[i, a_1, ..., a_n]``: the first axis is the player, then there is one axis per
player, always in the players' order, never with one's own action first.  Algorithms live in other modules.  Tested by
brute force from these definitions, and by the laws of affine invariance and relabelling.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.games.entries import Entries, check_labels, frozen, payoff_range, read_entries, taken
from bargain.games.whole_numbers import WholeNumbers, as_fractions, contract, is_exact, whole_strategy, whole_table

__all__ = ["ROUNDING", "GamePart", "NormalFormGame"]

Floats = NDArray[np.float64]
Fractions = NDArray[np.object_]
Number = float | Fraction

ROUNDING = 4 * float(np.finfo(float).eps)
"""Float payoffs of a player that differ by at most this fraction of its largest absolute payoff differ by rounding."""

_CACHED = 200_000
"""Whole numbers are kept for games with at most this many payoffs."""


@dataclass(frozen=True, eq=False, repr=False)
class NormalFormGame:
    """A finite game with named players and actions.

    Parameters
    ----------
    players : tuple of str
        Names, one per player.
    actions : tuple of tuple of str
        Names of every player's actions.
    payoffs : array of shape (n, m_1, ..., m_n)
        ``payoffs[i, a_1, ..., a_n]`` is what player i gets.  A writeable array is copied.
    fractions : object array of the same shape, optional
        The payoffs as Fractions, when floats cannot hold the numbers as given.
    rational : bool
        Whether the payoffs were given as ints or Fractions, so that ties are meant and compared exactly.
    parts : tuple of GamePart, optional
        Separable components whose payoffs add up to this game's, up to a constant per player.
    action_levels : tuple of tuple of mapping, optional
        In a game made from a scenario, ``action_levels[i][a]`` gives {lever index: level code} for action a.

    Examples
    --------
    Battle of the sexes:

    >>> game = NormalFormGame.from_payoffs([[[2, 0], [0, 1]], [[1, 0], [0, 2]]], players=["Pat", "Alex"])
    >>> game
    NormalFormGame(Pat, Alex; 2 x 2 actions)
    >>> game.expected_payoffs([[2 / 3, 1 / 3], [1 / 3, 2 / 3]])
    (0.6666666666666666, 0.6666666666666666)
    """

    players: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    payoffs: Floats
    fractions: Fractions | None = None
    rational: bool = False
    parts: tuple[GamePart, ...] | None = None
    action_levels: tuple[tuple[Mapping[int, float], ...], ...] | None = None

    def __post_init__(self) -> None:
        players = tuple(str(name) for name in self.players)
        actions = tuple(tuple(str(label) for label in labels) for labels in self.actions)
        for name, value in {"players": players, "actions": actions, "payoffs": frozen(self.payoffs, float)}.items():
            object.__setattr__(self, name, value)
        if self.fractions is not None:
            object.__setattr__(self, "fractions", frozen(self.fractions, object))
        check_labels(players, actions)
        shape = (len(players), *map(len, actions))
        if self.payoffs.shape != shape:
            raise ValueError(f"payoffs have shape {self.payoffs.shape}; players and actions ask for {shape}")
        if self.fractions is not None and self.fractions.shape != shape:
            raise ValueError(f"fractions have shape {self.fractions.shape}, payoffs have {shape}")
        if not np.isfinite(self.payoffs).all():
            raise ValueError("payoffs must be finite numbers")
        if not all(np.isfinite(payoff_range(table)) for table in self.payoffs):
            raise ValueError("payoffs range over more than a float can hold; choose a larger unit")
        if self.action_levels is not None and tuple(map(len, self.action_levels)) != self.num_actions:
            raise ValueError("action_levels must have one entry per action of every player")
        if self.parts is not None:
            object.__setattr__(self, "parts", tuple(self.parts))
            _check_parts(self)

    @classmethod
    def from_payoffs(
        cls,
        payoffs: Sequence[Any],
        players: Sequence[str] | None = None,
        actions: Sequence[Sequence[str]] | None = None,
    ) -> NormalFormGame:
        """Return the game with the given payoffs, one array per player.

        Parameters
        ----------
        payoffs : sequence of n array_like of shape (m_1, ..., m_n)
            Ints, floats, Fractions, or strings such as ``"1/3"``.  The first axis is the first player's action in every
            array.
        players : sequence of str, optional
            Names; the default is "1", "2", ...
        actions : sequence of sequence of str, optional
            Names of every player's actions; the default is "0", "1", ...

        Raises
        ------
        ValueError
            Arrays are ragged, empty, of different shapes or of the wrong number of axes, or an entry is not finite.

        Examples
        --------
        >>> from fractions import Fraction
        >>> NormalFormGame.from_payoffs([[["1/3", 0]], [[1, 2]]]).exact[0, 0, 0]
        Fraction(1, 3)
        """
        count = len(payoffs)
        if count == 0:
            raise ValueError("no payoffs: give one array per player")
        names = tuple(str(k) for k in range(1, count + 1)) if players is None else tuple(players)
        if len(names) != count:
            raise ValueError(f"{count} arrays of payoffs for {len(names)} players; give one array per player")
        entries = [read_entries(table, f"player {name}") for name, table in zip(names, payoffs, strict=True)]
        shape = entries[0].floats.shape
        for name, table in zip(names, entries, strict=True):
            if table.floats.shape != shape:
                raise ValueError(f"payoffs of player {name} have shape {table.floats.shape}, others have {shape}")
        if len(shape) != count:
            raise ValueError(f"{count} arrays of payoffs need {count} axes each; they have {len(shape)}")
        labels = tuple(tuple(map(str, range(size))) for size in shape) if actions is None else actions
        return cls(
            players=names,
            actions=tuple(tuple(each) for each in labels),
            payoffs=np.stack([table.floats for table in entries]),
            fractions=_joint_fractions(entries),
            rational=all(table.rational for table in entries),
        )

    def __repr__(self) -> str:
        sizes = " x ".join(map(str, self.num_actions))
        return f"NormalFormGame({', '.join(self.players)}; {sizes} actions)"

    @property
    def num_players(self) -> int:
        """The number of players n."""
        return len(self.players)

    @property
    def num_actions(self) -> tuple[int, ...]:
        """The number of actions of every player."""
        return tuple(map(len, self.actions))

    @cached_property
    def exact(self) -> Fractions | None:
        """The payoffs as Fractions when they were given as exact numbers, else None."""
        if self.fractions is not None:
            return self.fractions if self.rational else None
        return self.exact_block(None, [range(size) for size in self.num_actions]) if self.rational else None

    @cached_property
    def spans(self) -> tuple[float, ...]:
        """Every player's payoff range: the largest payoff less the smallest, as given."""
        exact = [None] * self.num_players if self.fractions is None else self.fractions
        return tuple(map(payoff_range, self.payoffs, exact))

    @cached_property
    def rounding(self) -> tuple[float, ...]:
        """Below this difference two payoffs of a player may be the same number, rounded; 0 for exact payoffs."""
        return tuple(
            0.0 if self.rational else min(ROUNDING * float(np.abs(table).max()), span / 2)
            for table, span in zip(self.payoffs, self.spans, strict=True)
        )

    def exact_block(self, player: int | None, kept: Sequence[Iterable[int]]) -> Fractions:
        """Return the payoffs of some profiles as Fractions of the numbers as given (a float is a dyadic rational).

        Parameters
        ----------
        player : int or None
            Whose payoffs; None for all players, as the first axis.
        kept : sequence of iterable of int
            The actions of every player that are wanted.
        """
        places = np.ix_(*[np.fromiter(actions, dtype=np.intp) for actions in kept])
        source = self.payoffs if self.fractions is None else self.fractions
        if player is not None:
            return as_fractions(source[player][places])
        return np.stack([as_fractions(table[places]) for table in source])

    def ordinal(self, player: int) -> NDArray[Any]:
        """Return numbers that compare as the player's payoffs do, exactly: the floats, or ranks of the Fractions."""
        if self.fractions is None:
            floats: Floats = self.payoffs[player]
            return floats
        table: NDArray[Any] = self.fractions[player]
        values = table.ravel().tolist()
        place = {value: rank for rank, value in enumerate(sorted(set(values)))}
        return np.array([place[value] for value in values], dtype=np.int64).reshape(table.shape)

    def restrict(self, kept: Sequence[Sequence[int]]) -> NormalFormGame:
        """Return the game in which every player has only some of its actions (indices, in the order given)."""
        axes = [np.arange(self.num_players), *(np.asarray(actions, dtype=np.intp) for actions in kept)]
        payoffs = taken(self.payoffs, axes)
        # The new game may have the array to itself.
        payoffs.setflags(write=False)
        return NormalFormGame(
            players=self.players,
            actions=tuple(tuple(names[a] for a in chosen) for names, chosen in zip(self.actions, kept, strict=True)),
            payoffs=payoffs,
            fractions=None if self.fractions is None else taken(self.fractions, axes),
            rational=self.rational,
        )

    def deviation_payoffs(self, player: int, strategies: Sequence[Any]) -> NDArray[Any]:
        """Return what each action of a player pays against the others' strategies.

        Parameters
        ----------
        player : int
            Who deviates; its own strategy is not used.
        strategies : sequence of n sequences of float or Fraction
            One strategy per player.  When none contains a float the result is exact.

        Returns
        -------
        array of shape (m_player,)
            Floats, or Fractions when all strategies are exact.
        """
        _check_profile(self, strategies)
        supports = [np.flatnonzero(np.asarray(strategy, dtype=bool)) for strategy in strategies]
        if all(map(is_exact, strategies)):
            values, denominator = self._whole_values(player, strategies, supports)
            return as_fractions(values, denominator)
        weights = [
            np.asarray(strategy, dtype=float)[support] for strategy, support in zip(strategies, supports, strict=True)
        ]
        return contract(self.payoffs[player][np.ix_(*self._kept(player, supports))], player, weights)

    def _kept(self, player: int, supports: Sequence[NDArray[np.intp]]) -> list[NDArray[np.intp]]:
        return [np.arange(size) if i == player else supports[i] for i, size in enumerate(self.num_actions)]

    def _whole_values(
        self, player: int, strategies: Sequence[Any], supports: Sequence[NDArray[np.intp]]
    ) -> WholeNumbers:
        """Return the exact deviation payoffs as whole numbers."""
        places = np.ix_(*self._kept(player, supports))
        if self.payoffs.size <= _CACHED:
            table, denominator = self._whole[player][0][places], self._whole[player][1]
        else:
            source = self.payoffs if self.fractions is None else self.fractions
            table, denominator = whole_table(source[player][places])
        weights = [whole_strategy(strategy, support) for strategy, support in zip(strategies, supports, strict=True)]
        shared = denominator * prod(each.denominator for i, each in enumerate(weights) if i != player)
        return WholeNumbers(contract(table, player, [each.numerators for each in weights]), shared)

    @cached_property
    def _whole(self) -> tuple[WholeNumbers, ...]:
        return tuple(whole_table(table) for table in (self.payoffs if self.fractions is None else self.fractions))

    def expected_payoffs(self, strategies: Sequence[Any]) -> tuple[Number, ...]:
        """Return every player's expected payoff; Fractions when all strategies are exact, else floats."""
        return self.payoffs_and_regrets(strategies)[0]

    def regrets(self, strategies: Sequence[Any]) -> tuple[Number, ...]:
        """Return the most that each player could gain by deviating alone, in payoff units.

        Examples
        --------
        >>> dilemma = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
        >>> dilemma.regrets([[1, 0], [1, 0]])
        (Fraction(2, 1), Fraction(2, 1))
        """
        return self.payoffs_and_regrets(strategies)[1]

    def payoffs_and_regrets(self, strategies: Sequence[Any]) -> tuple[tuple[Number, ...], tuple[Number, ...]]:
        """Return :meth:`expected_payoffs` and :meth:`regrets` together."""
        _check_profile(self, strategies)
        exact = all(map(is_exact, strategies))
        pairs = [
            _exact_pair(self, i, strategies) if exact else _float_pair(self, i, strategies)
            for i in range(len(strategies))
        ]
        return tuple(payoff for payoff, _ in pairs), tuple(gain for _, gain in pairs)

    def best_responses(self, player: int, strategies: Sequence[Any]) -> tuple[int, ...]:
        """Return the player's best responses; with floats, actions within rounding of the best are best too."""
        values = self.deviation_payoffs(player, strategies)
        slack = 0 if values.dtype == object else self.rounding[player]
        return tuple(int(a) for a in np.flatnonzero(values >= values.max() - slack))

    def normalised(self) -> Floats:
        """Return the payoffs shifted and scaled to [0, 1] for every player; zeros for a player with constant payoffs.

        The smallest payoff is subtracted before anything else, in Fractions when floats do not hold the payoffs, so
        that a large common offset costs no digits that the input still had.
        """
        made = np.zeros(self.payoffs.shape)
        for player, table in enumerate(self.payoffs):
            if self.fractions is not None:
                exact = self.fractions[player]
                lowest, highest = min(exact.flat), max(exact.flat)
                if highest > lowest:
                    made[player] = ((exact - lowest) / (highest - lowest)).astype(float)
            elif self.spans[player] > 0:
                made[player] = (table - table.min()) / self.spans[player]
        return made


@dataclass(frozen=True, eq=False)
class GamePart:
    """A separable component of a game.

    Parameters
    ----------
    game : NormalFormGame
        The component as a game of its own, with the same players.
    digits : tuple of int arrays of shape (m_i,)
        ``digits[i][a]`` is player i's action in the component when it plays action a of the whole game.
    """

    game: NormalFormGame
    digits: tuple[NDArray[np.intp], ...]

    def __post_init__(self) -> None:
        digits = tuple(frozen(np.asarray(each), np.intp) for each in self.digits)
        object.__setattr__(self, "digits", digits)


def _joint_fractions(entries: Sequence[Entries]) -> Fractions | None:
    if all(table.fractions is None for table in entries):
        return None
    tables = [as_fractions(t.floats) if t.fractions is None else t.fractions for t in entries]
    return np.stack(tables)


def _exact_pair(game: NormalFormGame, player: int, strategies: Sequence[Any]) -> tuple[Number, Number]:
    """Return a player's payoff and regret."""
    supports = [np.flatnonzero(np.asarray(strategy, dtype=bool)) for strategy in strategies]
    values, denominator = game._whole_values(player, strategies, supports)
    own = whole_strategy(strategies[player], supports[player])
    mean = sum((p * u for p, u in zip(own.numerators, values[supports[player]], strict=True)), 0)
    shared = denominator * own.denominator
    return Fraction(mean, shared), Fraction(max(values) * own.denominator - mean, shared)


def _float_pair(game: NormalFormGame, player: int, strategies: Sequence[Any]) -> tuple[Number, Number]:
    values = game.deviation_payoffs(player, strategies)
    mean = float(values @ np.asarray(strategies[player], dtype=float))
    return mean, max(0.0, float(values.max()) - mean)


def _check_profile(game: NormalFormGame, strategies: Sequence[Any]) -> None:
    sizes = tuple(len(strategy) for strategy in strategies)
    if sizes != game.num_actions:
        raise ValueError(f"strategies over {sizes} actions for a game with {game.num_actions}")


def _check_parts(game: NormalFormGame) -> None:
    """Check that every combination of the parts' actions is exactly one action of the game."""
    assert game.parts is not None
    for i, size in enumerate(game.num_actions):
        code = np.zeros(size, dtype=np.int64)
        for part in game.parts:
            count = part.game.num_actions[i]
            if part.game.num_players != game.num_players or part.digits[i].shape != (size,):
                raise ValueError("every part needs the same players and one digit per action")
            if part.digits[i].min() < 0 or part.digits[i].max() >= count:
                raise ValueError(f"digits of player {game.players[i]} point outside the part's actions")
            code = code * count + part.digits[i]
        full = prod(part.game.num_actions[i] for part in game.parts)
        if size != full or np.unique(code).size != size:
            raise ValueError(f"actions of player {game.players[i]} are not all combinations of the parts' actions")
