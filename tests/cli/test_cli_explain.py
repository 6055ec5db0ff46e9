"""Every code that the program can print, and every word it uses, has an explanation."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bargain.cli import main
from bargain.cli.explain import explanations
from bargain.cli.options import METHODS

ROOT = Path(__file__).parents[2]
ENTRIES = explanations()
CODES = {
    code
    for path in (ROOT / "bargain").rglob("*.py")
    for code in re.findall(r"\bBG\d{3}\b", path.read_text(encoding="utf-8"))
    if (path.name != "explain.py" and path.parts[-2] != "cli") or path.name in ("program.py", "output.py")
}  # fmt: skip
WORDS = (
    "nash", "kalai-smorodinsky", "egalitarian", "utilitarian", "disagreement", "linkage", "status quo", "regret",
    "support", "lottery", "shapley", "certificate", "gap", "shadow price", "gain", "package", "equilibrium", "tie",
)  # fmt: skip


def explain(*words):
    return CliRunner().invoke(main, ["explain", *words])


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_of_the_program_has_an_entry(code):
    entry = ENTRIES[code]
    assert entry["title"]
    assert entry["text"]
    assert entry["fix"]


def test_no_entry_explains_a_code_that_does_not_exist():
    everywhere = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bargain").rglob("*.py"))
    assert not [name for name in ENTRIES if name.startswith("BG") and name not in everywhere]


@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_the_reports_has_an_entry(word):
    result = explain(*word.split())
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) >= 3
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert result.stdout.isascii()


def test_rules_have_a_formula_and_a_reference():
    for rule in ("nash", "kalai-smorodinsky", "egalitarian", "utilitarian"):
        assert ENTRIES[rule]["formula"]
        assert re.search(r"\(1\d{3}\)", ENTRIES[rule]["reference"])


def test_references_between_entries_lead_somewhere():
    known = set(ENTRIES) | {alias for entry in ENTRIES.values() for alias in entry.get("aliases", ())}
    for entry in ENTRIES.values():
        assert set(entry.get("see", ())) <= known, entry["name"]


def test_spelling_does_not_matter():
    assert explain("shadow-price").stdout == explain("Shadow", "price").stdout == explain("SHADOW_PRICE").stdout
    assert explain("bg401").stdout == explain("BG401").stdout


def test_an_unknown_word_suggests():
    result = explain("egaliterian")
    assert result.exit_code == 2
    assert "Did you mean 'egalitarian'" in result.stderr


def test_without_a_word_all_are_listed():
    listed = explain().stdout
    assert all(name in listed for name in ENTRIES)


@pytest.mark.parametrize(
    ("word", "name"), [("levels", "level"), ("strategies", "strategy"), ("parameters", "parameter"), ("ties", "tie")]
)
def test_the_plural_of_a_word_is_known(word, name):
    assert explain(word).stdout.startswith(f"{name.upper()}  ")


@pytest.mark.parametrize(
    "word",
    [
        *("player", "status", "table", "set_by", "issue by issue", "at lower limit", "seed", "digest", "grid", "units"),
        *("tolerance", "scaled residual", "witness", "claim", "commitment", "failed", "not certified", *METHODS),
    ],
)
def test_words_that_stand_in_pages_and_options_are_explained(word):
    assert explain(*word.split()).exit_code == 0


def test_every_word_of_the_glossary_is_explained():
    text = (ROOT / "docs" / "reference" / "glossary.md").read_text(encoding="utf-8")
    words = re.findall(r"^([a-z -]+)\n:", text, re.M) + re.findall(r"(?<![*])\*([A-Za-z -]+)\*(?![*])", text)
    assert len(words) > 20
    assert [word for word in words if explain(*word.split()).exit_code] == []
