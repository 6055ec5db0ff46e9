"""What people do at a terminal: follow the examples, try a what-if, paste the next command, close a stream."""

import json
import os
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner

from bargain import catalog
from bargain.cli import main
from bargain.cli.program import COMMANDS
from bargain.pipeline import load
from bargain.pipeline import run as solved
from bargain.reports import render

TALKS = """\
format = 1
[scenario]
id = "talks"
title = "Talks"
[players.A]
[players.B]
[issues.tariff]
levels = ["high", "low"]
status_quo = "high"
[issues.pledge]
levels = [0, 10]
status_quo = 0
[payoffs.A]
tariff = { high = 0, low = -1 }
pledge = "0.2*pledge"
[payoffs.B]
tariff = { high = 0, low = 3 }
pledge = "-0.1*pledge"
"""

RULES = """
[[expect]]
name = "Nash gives A one"
rule = "gain.A == 1"
[[expect]]
name = "both gain"
rule = "gain.A > 0 and gain.B > 0"
"""


@pytest.fixture(autouse=True)
def _somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "talks.toml").write_text(TALKS, encoding="utf-8")
    (tmp_path / "ruled.toml").write_text(TALKS + RULES, encoding="utf-8")


def run(*arguments, **options):
    return CliRunner().invoke(main, arguments, **options)


def examples():
    """Return the example commands of all help pages that name a shipped scenario."""
    for name in COMMANDS:
        for line in (main.get_command(None, name).help or "").splitlines():
            words = line.split()
            if words[:2] == ["bargain", name] and len(words) > 2 and words[2] in catalog.names():
                yield " ".join(words[1:])


@pytest.mark.parametrize("line", sorted(examples()))
def test_every_example_of_the_help_works(line):
    result = run(*shlex.split(line))
    assert result.exit_code == 0, result.output


def test_a_what_if_counts_the_expectations_that_fail_and_does_not_list_them():
    page = run("solve", "ruled.toml", "--set", "payoffs.A.pledge=0.3*pledge").stdout
    assert "\n  1 of 2 expectations of the file no longer holds.\n" in page
    assert "FAILED" not in page
    assert "Expectations: 2 of 2 hold." in run("solve", "ruled.toml", "--set", "scenario.title=New").stdout
    Path("wrong.toml").write_text((TALKS + RULES).replace("gain.A == 1", "gain.A == 2"), encoding="utf-8")
    assert 'FAILED "Nash gives A one"' in run("solve", "wrong.toml").stdout
    assert "FAILED  Nash gives A one" in run("test", "wrong.toml", "--set", "scenario.title=New").stdout


@pytest.mark.parametrize("options", [("--solution", "utilitarian"), ("--lotteries",)])
def test_another_rule_and_lotteries_are_what_ifs_too(options):
    Path("ruled.toml").write_text((TALKS + RULES).replace("gain.A > 0 and gain.B > 0", "status == 'failed'"))
    assert "no longer hold" in run("solve", "ruled.toml", *options).stdout
    tree = json.loads(run("solve", "ruled.toml", *options, "--format", "json").stdout)
    assert len(tree["provenance"]["changes"]) == 1


def test_equilibria_record_where_they_come_from():
    tree = json.loads(run("equilibria", "talks.toml", "--format", "json").stdout)
    assert set(tree["provenance"]) >= {"bargain", "numpy", "scipy", "nashpy", "platform", "started", "seconds", "argv"}


def test_a_limit_of_time_that_is_no_number_is_bad_usage():
    result = run("equilibria", "talks.toml", "--time-limit", "nan")
    assert result.exit_code == 2
    assert "nan is not a number of seconds" in result.stderr


def test_the_command_that_follows_init_can_be_pasted():
    result = run("init", "my talks/new.toml")
    place = Path("my talks/new.toml")
    assert result.stdout == f"{place}\n"
    assert f"bargain solve {shlex.quote(str(place))} | " in result.stderr


def test_test_writes_a_file_and_says_when_there_is_nothing_to_test():
    assert run("test", "talks.toml").stdout == "talks.toml: no [[expect]] rules to check\n"
    result = run("test", "ruled.toml", "-o", "rules.txt")
    assert (result.exit_code, result.stdout) == (0, "")
    assert Path("rules.txt").read_text().startswith("ruled.toml: 2 of 2 rules hold\n")


@pytest.mark.parametrize("command", ["verify", "solve", "check"])
def test_a_closed_standard_input_is_no_mistake_of_the_program(command, monkeypatch):
    for module in map(import_module, ("bargain.cli.source", "bargain.cli.verify")):
        monkeypatch.setattr(module, "sys", type("Closed", (), {"stdin": None}))
    result = run(command, "-")
    assert result.exit_code == 2, result.output
    assert "standard input is closed" in result.stderr


def test_a_result_is_read_from_standard_input_as_utf8(monkeypatch):
    stored = run("solve", "talks.toml", "--format", "json").stdout
    result = run("verify", "-", input=b"\xef\xbb\xbf" + stored.encode())
    assert result.exit_code == 0, result.output


def test_a_shipped_scenario_is_called_by_its_name_however_it_was_loaded(tmp_path):
    for name in catalog.names()[:2]:
        report = solved(load(catalog.find(name)))
        assert re.search(rf"^Next: bargain linkage {name} \| bargain show {name}$", render(report), re.M)
    copied = tmp_path / "models" / "deals" / "us-japan-2025.toml"
    copied.parent.mkdir(parents=True)
    copied.write_text(TALKS, encoding="utf-8")
    assert f"Next: bargain linkage {copied} |" in render(solved(load(copied)))


def test_a_line_break_in_a_file_name_does_not_begin_a_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "b\n::warning::planted.toml"
    (tmp_path / name).write_text("", encoding="utf-8")
    for form in ("text", "github"):
        result = CliRunner().invoke(main, ["check", "--format", form, name])
        assert result.exit_code == 2
        assert not any(line.startswith("::warning::planted") for line in result.output.splitlines())


def test_verify_refuses_what_is_not_a_regular_file(tmp_path):
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    result = CliRunner().invoke(main, ["verify", str(fifo)])
    assert result.exit_code == 2
    assert "not a regular file" in result.output
