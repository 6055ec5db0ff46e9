"""SOURCE: a file, standard input, or a shipped scenario; otherwise one diagnostic with the nearest names."""

import sys

import pytest

from bargain import catalog
from bargain.cli.source import exists, resolve
from bargain.errors import ScenarioError


@pytest.fixture(autouse=True)
def _somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def refusal(source):
    with pytest.raises(ScenarioError) as caught:
        resolve(source)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def test_an_existing_file_comes_before_a_shipped_scenario(tmp_path):
    (tmp_path / "us-japan-2025").write_text("")
    assert resolve("us-japan-2025") == "us-japan-2025"


def test_a_folder_does_not_hide_a_shipped_scenario(tmp_path):
    (tmp_path / "us-japan-2025").mkdir()
    assert resolve("us-japan-2025") == str(catalog.find("us-japan-2025"))


def test_standard_input_is_passed_on():
    assert resolve("-") == "-"


def test_a_wrong_name_suggests_a_shipped_scenario():
    assert "`us-japan-2025`" in refusal("us-japn-2025").hint


def test_a_wrong_path_suggests_a_file_beside_it(tmp_path):
    (tmp_path / "my_talks.toml").write_text("")
    (tmp_path / "notes.txt").write_text("")
    assert refusal("my_talk.toml").hint == "did you mean `my_talks.toml`?"
    assert refusal("my_talks").hint == "did you mean `my_talks.toml`?"
    assert "notes.txt" not in refusal("notes.tx").hint


def test_a_folder_suggests_its_scenarios(tmp_path):
    (tmp_path / "talks").mkdir()
    (tmp_path / "talks" / "a.toml").write_text("")
    assert refusal("talks").hint == "did you mean `talks/a.toml`?"


@pytest.mark.parametrize("source", ["", "x" * 5000, "a\0b", "no/such/folder/file.toml", "/"])
def test_impossible_names_are_refused_quietly(source):
    assert refusal(source).code == "BG001"
    assert not exists(source)


def test_a_folder_is_called_one(tmp_path):
    (tmp_path / "talks").mkdir()
    assert refusal("talks").message == "`talks` is a folder, not a scenario file"


def test_a_closed_standard_input_is_said(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    assert refusal("-").message == "standard input is closed"
