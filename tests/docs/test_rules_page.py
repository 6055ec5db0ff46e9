"""The page on bargaining rules shows the table that the code has, and every rule has a page and an explanation."""

import tomllib
from pathlib import Path

import pytest

from bargain.solutions.rules import AXIOMS, RULES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explanation/bargaining-rules.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("| ").split("|")] for line in PAGE.splitlines() if line.startswith("|")]


def test_the_page_lists_every_rule_with_its_sets_players_weights_and_source():
    table = {row[0].partition("]")[0].lstrip("["): row[1:] for row in ROWS if row[0].startswith("[")}
    assert table == {
        name: [", ".join(rule.sets), "2 and more" if rule.many else "2", "yes" if rule.weighted else "no", rule.source]
        for name, rule in RULES.items()
    }


def test_the_page_shows_the_axioms_of_every_rule():
    table = {row[0]: row[1:] for row in ROWS if row[0] in AXIOMS}
    assert table == {axiom: ["yes" if axiom in rule.axioms else "·" for rule in RULES.values()] for axiom in AXIOMS}


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_a_page_and_an_explanation(name):
    page = "raiffa" if name.endswith("raiffa") else name
    text = (ROOT / f"docs/explanation/{page}.md").read_text(encoding="utf-8")
    assert f'"{name}"' in text
    assert "## Source" in text
    words = tomllib.loads((ROOT / "bargain/cli/explanations.toml").read_text(encoding="utf-8"))["words"]
    assert words[name]["reference"]
