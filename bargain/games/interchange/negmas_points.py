"""Solution points that NegMAS stores beside a scenario (``_stats.yaml``, ``stats.json``), under NegMAS's names.

The names were read in ``negmas/preferences/ops.py`` (0.16): ``kalai`` is the egalitarian solution (largest least gain),
``ks`` the point of the frontier where the shares of the ideal gains differ least, ``max_welfare`` the largest sum of
utilities, ``modified_...`` the same without subtracting reserved values.  Where a reserved value is below a party's
least utility NegMAS takes that utility in its place.  Of YAML only what NegMAS writes here is read: keys, numbers, and
lists of lists.  Tested with files of both kinds.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, Literal

from bargain.games.interchange.domain import Domain, StoredPoint
from bargain.games.interchange.json_parts import stored_payoffs
from bargain.games.interchange.json_text import JsonFile, Written
from bargain.games.interchange.rationals import exact_number
from bargain.games.interchange.troubles import GameText

__all__ = ["is_stats", "negmas_points", "read_stats_yaml"]

Basis = Literal["reserved", "floor", "zero", "least"]

_POINTS: tuple[tuple[str, str | None, Basis, str], ...] = (
    ("nash", "nash", "floor", "NegMAS multiplies gains also where two are negative"),
    ("kalai", "egalitarian", "floor", "NegMAS's kalai is the egalitarian solution (Kalai 1977)"),
    (
        "ks",
        "kalai-smorodinsky",
        "floor",
        "NegMAS takes the least difference of the shares, ours the largest least share",
    ),
    ("max_welfare", "utilitarian", "least", "NegMAS adds up utilities and asks nobody to gain"),
    ("max_relative_welfare", None, "floor", "the largest sum of shares of the ideal gains: none of our rules"),
    ("modified_kalai", "egalitarian", "zero", "egalitarian in utilities, not gains"),
    ("modified_ks", None, "zero", "least difference of utilities over their maxima: none of our rules"),
)

_MOST_TIES = 5


def is_stats(tree: Any) -> bool:
    """Return whether a tree is the statistics of a NegMAS scenario."""
    return isinstance(tree, dict) and any(f"{name}_utils" in tree for name, *_ in _POINTS)


def negmas_points(stats: JsonFile, domain: Domain) -> tuple[tuple[StoredPoint, ...], tuple[str, ...]]:
    """Return the stored points, at most five of a kind, and remarks on them."""
    found: list[StoredPoint] = []
    notes = []
    if stats.at(("convex_hull",)) is True:
        notes.append("NegMAS's stored points are of the convex hull: lotteries over outcomes")
    for name, ours, basis, note in _POINTS:
        points = stats.at((f"{name}_utils",))
        count = len(points) if isinstance(points, list) else 0
        for k in range(min(count, _MOST_TIES)):
            payoffs = stored_payoffs(stats, (f"{name}_utils", k), len(domain.parties))
            if payoffs is not None:
                found.append(StoredPoint(name, ours, payoffs, _outcome(stats, name, k, domain), basis, note))
        if count > _MOST_TIES:
            notes.append(f"NegMAS stores {count} points called {name}; {_MOST_TIES} are shown")
    return tuple(found), tuple(notes)


def _outcome(stats: JsonFile, name: str, k: int, domain: Domain) -> tuple[int, ...] | None:
    outcome = stats.at((f"{name}_outcomes", k))
    if not isinstance(outcome, list) or len(outcome) != len(domain.issues):
        return None
    try:
        values = [Fraction(exact_number(str(v))) if isinstance(v, Written) else str(v) for v in outcome]
        return domain.indices({issue.name: value for issue, value in zip(domain.issues, values, strict=True)})
    except ValueError:
        return None


_KEY = re.compile(r"([a-z_]+):(?: (\S.*))?")
_ITEM = re.compile(r"((?:- ?)*)(.*)")
_NUMBER = re.compile(r"[+-]?[0-9.][0-9.eE+-]*")


def read_stats_yaml(source: GameText) -> JsonFile:
    """Return the tree of a ``_stats.yaml`` of NegMAS: keys with a scalar, or with a list of (lists of) scalars.

    Raises
    ------
    GameFileError
        A line is none of these.

    Examples
    --------
    >>> read_stats_yaml(GameText("nash_outcomes:\\n- - a\\n  - b\\n")).tree
    {'nash_outcomes': [['a', 'b']]}
    """
    tree: dict[str, Any] = {}
    rows: list[Any] = []
    place = 0
    for line in source.text.split("\n"):
        start, place = place, place + len(line) + 1
        if not line.strip() or line.startswith("#"):
            continue
        if found := _KEY.fullmatch(line):
            rows = []
            tree[found[1]] = rows if found[2] in (None, "[]") else _scalar(found[2])
            continue
        inner = line.startswith("  - ")
        marks, text = _ITEM.fullmatch(line.strip() if inner else line.rstrip()).groups()  # type: ignore[union-attr]
        depth = marks.count("-")
        if inner and depth == 1 and rows and isinstance(rows[-1], list):
            rows[-1].append(_scalar(text))
        elif not inner and depth == 2:
            rows.append([_scalar(text)])
        elif not inner and depth == 1:
            rows.append(_scalar(text))
        else:
            hint = "only keys, numbers and lists as NegMAS writes them are read; convert the file to stats.json"
            source.fail("BG020", "this line of YAML is not read", start, start + max(1, len(line)), hint)
    return JsonFile(source, tree, {})


def _scalar(text: str) -> Any:
    text = text.strip()
    if text in ("true", "false"):
        return text == "true"
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1].replace("''", "'") if text[0] == "'" else text[1:-1]
    return Written(text) if _NUMBER.fullmatch(text) else text
