"""Laws over random scenarios: what is solved can be verified, read back and printed in every format."""

import json

from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bargain.cli import main
from bargain.reports import FORMATS, render
from bargain.reports.json import dumps, result_tree
from bargain.reports.text import PAGE
from bargain.testing.strategies import scenario_trees


def run(*arguments, **options):
    return CliRunner().invoke(main, arguments, **options)


@given(scenario_trees(players=st.integers(2, 4), linked=st.booleans()))
def test_whatever_is_solved_is_verified(tree):
    result = run("solve", "-", "--format", "json", input=json.dumps(tree))
    assert result.exit_code in (0, 1), result.output
    stored = json.loads(result.stdout)
    assert (result.exit_code == 1) == (stored["status"] == "no_deal")
    verdict = run("verify", "-", input=result.stdout)
    assert verdict.exit_code == 0, verdict.output


@given(scenario_trees(players=st.integers(2, 4), linked=st.booleans()))
def test_every_format_prints_every_scenario(tree):
    from bargain.pipeline import load
    from bargain.pipeline import run as solve

    report = solve(load(tree), attribution=True)
    for command in ("solve", "linkage", "equilibria"):
        for format in FORMATS:
            page = render(report, format, command)
            assert page.endswith("\n")
            assert "np.float64" not in page
        assert max(len(line) for line in render(report, "text", command).splitlines()) <= PAGE
    again = solve(load(tree), attribution=True)
    first, second = (result_tree(each) | {"provenance": None} for each in (report, again))
    assert dumps(first) == dumps(second)
