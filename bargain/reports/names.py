"""How players, levers, levels, rules and deals are called in a report.

One place for the wording, so that the text, the tables and the machine formats call a thing by one name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bargain.reports.digits import level, number, number_format

if TYPE_CHECKING:
    from bargain.results import DisagreementPoint
    from bargain.scenario.document import Document, Issue, Level, Lever

__all__ = [
    "RULE_TITLES",
    "all_players",
    "counted",
    "disagreement_phrase",
    "issue_label",
    "joined",
    "lever_label",
    "level_format",
    "per_player",
    "rule_title",
    "source_name",
    "terms_phrase",
    "title",
    "weights_phrase",
    "with_unit",
]

Terms = Mapping[str, Mapping[str, "Level"]]

RULE_TITLES = {
    "nash": "Nash bargaining",
    "kalai-smorodinsky": "Kalai-Smorodinsky",
    "egalitarian": "Egalitarian",
    "utilitarian": "Utilitarian",
    "equal-area": "Equal area",
    "perles-maschler": "Perles-Maschler",
    "discrete-raiffa": "Discrete Raiffa",
    "continuous-raiffa": "Continuous Raiffa",
    "equal-loss": "Equal loss",
    "gupta-livne": "Gupta-Livne",
    "dictators-mean": "Dictators' mean",
}


def title(document: Document) -> str:
    """Return the scenario's title on one line."""
    return " ".join((document.title or document.id).split())


def rule_title(rule: str) -> str:
    """Return a rule's name as a heading."""
    return RULE_TITLES.get(rule, rule)


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return ``1 limit`` or ``2 limits``."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def joined(names: Iterable[str], last: str = "and") -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    *head, tail = names
    return f"{', '.join(head)} {last} {tail}" if head else tail


def all_players(count: int) -> str:
    """Return the heading of a sum over players."""
    return "Both" if count == 2 else "All"


def source_name(file: str) -> str:
    """Return how a scenario's file is named on a command line: a shipped one by its name, others as they were given."""
    path = Path(file)
    if path.suffix != ".toml" or len(path.parts) < 3:
        return file
    package = Path(__file__).parent.parent
    # As in bargain.catalog, which reports must not know: installed, or beside a checkout.
    shelves = {(package / "models").resolve(), (package.parent / "models").resolve()}
    return path.stem if path.resolve().parents[1] in shelves else file


def lever_label(lever: Lever) -> str:
    """Return what people read for a lever."""
    return lever.label or lever.name


def issue_label(issue: Issue) -> str:
    """Return what people read for an issue."""
    return issue.label or issue.name


def level_format(lever: Lever, levels: Iterable[Level], digits: int | None) -> str:
    """Return the number format for ``levels`` of one lever, shown side by side."""
    return number_format([value for value in levels if not isinstance(value, str)], digits)


def with_unit(lever: Lever, value: Level, digits: int | None) -> str:
    """Return a level with its unit, for a sentence."""
    text = level(value, level_format(lever, [value], digits))
    return f"{text} {lever.unit}" if lever.unit and not isinstance(value, str) else text


def terms_phrase(document: Document, terms: Terms, digits: int | None, only: Iterable[str] | None = None) -> str:
    """Return a deal as ``tariff 10 %, pledge 300 bn USD``, of all levers or of those named in ``only``."""
    shown = None if only is None else set(only)
    levers = [lever for lever in document.levers if shown is None or lever.name in shown]
    return ", ".join(f"{lever.name} {with_unit(lever, terms[lever.issue][lever.name], digits)}" for lever in levers)


def per_player(
    players: Sequence[str],
    values: Sequence[float],
    digits: int | None,
    *,
    signed: bool = False,
    spec: str | None = None,
) -> str:
    """Return ``US 9.60, JP 7.96``."""
    spec = number_format(values, digits)
    return ", ".join(
        f"{player} {number(value, spec, signed=signed)}" for player, value in zip(players, values, strict=True)
    )


def weights_phrase(players: Sequence[str], weights: Sequence[float] | None) -> str:
    """Return ``power US 0.55 / JP 0.45``, or ``equal power``."""
    if weights is None or max(weights) - min(weights) <= 1e-12 * max(weights):
        return "equal power"
    return "power " + " / ".join(f"{player} {weight:.3g}" for player, weight in zip(players, weights, strict=True))


def disagreement_phrase(point: DisagreementPoint) -> str:
    """Return what gains are measured over."""
    phrases = {
        "status_quo": "the status quo",
        "fixed": "the given disagreement point",
        "nash": "the equilibrium without agreement",
        "minmax": "the security levels",
        "threats": "the threats",
    }
    return phrases.get(point.kind, point.kind)
