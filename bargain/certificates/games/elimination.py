r"""A stored log of iterated dominance, replayed step by step in fractions.

Each action in the log must be dominated, by the mixture given, against the surviving actions of the others: strictly
(better against every profile of theirs) or weakly (never worse, somewhere better).  A round
eliminates for all players at once, so that what counts is what was left when it began, and a step by a single action
stands in the first round in which it is possible.  The actions not in the log must be the survivors, and no survivor
may be dominated by a single action.  That no mixture strictly dominates a survivor either is proved by a belief to
which it is a best reply (Pearce 1984): such a belief can be found among the vertices of the best-response polytope,
whose enumeration is exact.  For weak dominance by mixtures this is left open.
Tested by brute force and by changed logs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bargain.certificates.games.amounts import by_name, listed, mapping, names
from bargain.certificates.games.dominance import Survivors, rows_against
from bargain.certificates.games.pivots import vertices
from bargain.certificates.games.strategies import defect, read_strategy
from bargain.certificates.games.table import Strategy, Table
from bargain.certificates.games.verdicts import left_open, true
from bargain.certificates.games.work import FormError, TooLargeError, Work
from bargain.results import Certificate

__all__ = ["check_elimination"]

Step = tuple[int, int, Strategy, int]


def check_elimination(solution: Any, game: Table, work: Work) -> list[Certificate]:
    """Return the certificates of stored survivors and the log that led to them."""
    strict, pure = _kinds(solution)
    steps = [_step(entry, game) for entry in listed(solution["eliminated"], "the log")]
    stated = [
        tuple(labels.index(label) for label in names(own, "survivors"))
        for own, labels in zip(by_name(solution["survivors"], game.players, "survivors"), game.actions, strict=True)
    ]
    kept, wrong = _replay(game, steps, strict, work)
    mixed = [number for number, step in enumerate(steps, start=1) if len(step[2]) > 1]
    checks = [
        true("every step eliminates a dominated action", wrong is None, f"step {wrong}"),
        true("the survivors are the actions that are left", list(kept) == stated, str(kept)),
    ]
    if pure:
        checks.append(true("every step is by a pure action", not mixed, f"step {mixed[0]}" if mixed else None))
    left = _still_dominated(game, kept, strict, work)
    checks.append(true("no survivor is dominated by a pure action", left is None, left))
    if pure:
        return checks
    proof = _rationalisable(game, kept, strict, work)
    if solution.get("complete") is False:
        # The result does not claim what is not proved.
        proof = [check for check in proof if check.holds]
    return [*checks, *proof]


def _kinds(solution: Any) -> tuple[bool, bool]:
    if solution["kind"] not in ("strict", "weak") or solution["by"] not in ("pure", "mixed"):
        raise FormError("dominance is strict or weak, by pure or mixed strategies")
    return solution["kind"] == "strict", solution["by"] == "pure"


def _step(entry: Any, game: Table) -> Step:
    tree = mapping(entry, "a step")
    player = game.players.index(tree["player"])
    labels, number = game.actions[player], tree["round"]
    if isinstance(number, bool) or not isinstance(number, int):
        raise FormError("a round is a whole number")
    by = read_strategy(tree["by"], labels)
    return player, labels.index(tree["action"]), by, number


def _replay(game: Table, steps: Sequence[Step], strict: bool, work: Work) -> tuple[Survivors, int | None]:
    """Return the survivors and the first step that is wrong, counted from 1."""
    kept: Survivors = tuple(tuple(range(size)) for size in game.sizes)
    # What was left when a round began.
    begun = {0: kept, 1: kept}
    wrong, last = None, (0, len(game.players))
    for number, (player, action, by, turn) in enumerate(steps, start=1):
        follows = last <= (turn, player) and turn in (last[0], last[0] + 1)
        begun.setdefault(turn, kept)
        last = (turn, player)
        there = begun[turn]
        alive = action in kept[player] and action not in by and set(by) <= set(there[player]) and not defect(by)
        right = follows and alive and _dominates(game, player, action, by, there, strict, work)
        before = begun.get(turn - 1, kept)
        if right and turn > 1 and len(by) == 1 and set(by) <= set(before[player]):
            # A single action that dominated already in the round before would have been used there.
            right = not _dominates(game, player, action, by, before, strict, work)
        if not right:
            wrong = wrong or number
        kept = (*kept[:player], tuple(a for a in kept[player] if a != action), *kept[player + 1 :])
    return kept, wrong


def _dominates(
    game: Table, player: int, action: int, by: Strategy, others: Survivors, strict: bool, work: Work
) -> bool:
    """Whether a mixture dominates an action against all profiles of the others' actions."""
    own = tuple(sorted({action, *by}))
    rows = rows_against(game, player, (*others[:player], own, *others[player + 1 :]))
    work.spend(len(own) * len(rows[action]), game.bits)
    mixed = [sum(p * rows[a][k] for a, p in by.items()) for k in range(len(rows[action]))]
    gains = [mine - other for mine, other in zip(mixed, rows[action], strict=True)]
    return min(gains) > 0 if strict else min(gains) >= 0 and max(gains) > 0


def _still_dominated(game: Table, kept: Survivors, strict: bool, work: Work) -> str | None:
    for player, actions in enumerate(kept):
        rows = rows_against(game, player, kept)
        for weak in actions:
            for strong in actions:
                work.spend(len(rows[weak]))
                gains = [mine - other for mine, other in zip(rows[strong], rows[weak], strict=True)]
                if min(gains) > 0 or (not strict and min(gains) == 0 and max(gains) > 0):
                    return f"{game.players[player]}: {game.actions[player][weak]}"
    return None


def _rationalisable(game: Table, kept: Survivors, strict: bool, work: Work) -> list[Certificate]:
    """Prove that every survivor is a best reply to a belief."""
    words = "no survivor is dominated by a mixture"
    if not strict:
        return [left_open(words, "weak dominance by mixtures is not decided")]
    for player, actions in enumerate(kept):
        rows = list(rows_against(game, player, kept).values())
        lowest = min(map(min, rows))
        table = [[value - lowest + 1 for value in column] for column in zip(*rows, strict=True)]
        if len(actions) == 1:
            continue
        try:
            found = vertices(table, work)
        except TooLargeError as reason:
            return [left_open(words, f"too large: {reason}")]
        best = 0
        for mask in found:
            best |= mask >> len(table)
        never = [action for k, action in enumerate(actions) if not best >> k & 1]
        if never:
            return [true(words, False, f"{game.players[player]}: {game.actions[player][never[0]]}")]
    return [true(words, True, None, "beliefs at vertices of the best-response polytopes")]
