"""Flags of stored results: what is said to be complete has all that belongs to it, and words are ones that there are.

Counted from the issues alone: every package that the attribution needs, every partition, every order of the tables.
What a note says was left out is not asked for.  Tested by changed results.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import factorial

from bargain.certificates.claims import Stored, claim
from bargain.certificates.replay import Replay
from bargain.results import Certificate

__all__ = ["check_flags", "check_structure_flags"]

_STATUSES = ("solved", "none", "cycle", "limit")
_STOPPED = "interrupted"


def check_flags(replay: Replay, linkage: Stored) -> list[Certificate]:
    """Return the certificate that a complete comparison has every package that it speaks of."""
    if "complete" not in linkage:
        # Early results did not say.
        return []
    issues = [issue.name for issue in replay.document.issues]
    packages = [tuple(each["issues"]) for each in linkage["subpackages"]]
    structures = linkage.get("structures")
    notes = [*linkage["notes"], *(structures["notes"] if structures else [])]
    wrong = len(set(packages)) != len(packages)
    known = [tuple(issue for issue in issues if issue in each) for each in packages]
    wrong = wrong or known != packages
    if linkage["complete"]:
        every = 2 ** len(issues) - 1
        needed = every if linkage["attribution"] else len({1, len(issues) - 1, len(issues)} - {0})
        wrong = wrong or (bool(linkage["attribution"]) and len(packages) != needed)
        wrong = wrong or any(_STOPPED in note for note in notes)
        wrong = wrong or not {*((name,) for name in issues), tuple(issues)} <= set(packages)
    else:
        wrong = wrong or not any(_STOPPED in note for note in notes)
    wrong = wrong or (structures is not None and bool(linkage["complete"]) and not structures["complete"])
    return [claim("linkage: what is said to be complete is complete", float(wrong))]


def check_structure_flags(replay: Replay, found: Stored) -> list[Certificate]:
    """Return the certificate that structures said to be complete are all there, and that their flags make sense."""
    issues = [issue.name for issue in replay.document.issues]
    notes = " ".join(found["notes"])
    wrong = bool(found["complete"]) == (_STOPPED in notes)
    if found["complete"]:
        wrong = wrong or _too_few(found, len(issues), notes)
    wrong = wrong or any(not _sensible(kind, each) for kind in _KINDS for each in found[kind])
    return [claim("structures: what is said to be complete is complete", float(wrong))]


_KINDS = ("partitions", "simultaneous", "sequences")


def _too_few(found: Stored, issues: int, notes: str) -> bool:
    """Whether partitions or orders are missing that no note leaves out."""
    counts = {kind: len({_seats(each, kind) for each in found[kind]}) for kind in _KINDS}
    if any(counts[kind] != len(found[kind]) for kind in _KINDS):
        return True
    left_out = "left out" in notes or "are known" in notes or "too many" in notes or "with more than" in notes
    if left_out:
        return False
    partitions, together = counts["partitions"], counts["simultaneous"]
    if partitions not in (0, _bell(issues)) or together not in (0, 1, _bell(issues) - 1):
        return True
    tables = {len(each["tables"]) for each in found["sequences"]}
    return bool(tables) and counts["sequences"] != 2 * factorial(max(tables))


def _seats(each: Stored, kind: str) -> tuple[object, ...]:
    tables = [tuple(table) for table in each["tables"]]
    return (each["kind"], *(tables if kind == "sequences" else sorted(tables)))


def _bell(count: int) -> int:
    """Return the number of partitions of a set."""
    line = [1]
    for _ in range(count - 1):
        following = [line[-1]]
        for value in line:
            following.append(following[-1] + value)
        line = following
    return line[-1]


def _sensible(kind: str, each: Stored) -> bool:
    """Whether status, completeness and feasibility of a structure go together."""
    if each["status"] not in _STATUSES or not isinstance(each["feasible"], bool):
        return False
    if not isinstance(each["transfers"], Mapping | None):
        return False
    if kind != "simultaneous":
        # All partitions and sequences have exactly one outcome.
        return each["complete"] is None and each["status"] == "solved" and (bool(each["agreed"]) or each["feasible"])
    if not isinstance(each["complete"], bool) or (each["status"] == "none" and not each["complete"]):
        return False
    return bool(each["agreed"]) or each["feasible"]
