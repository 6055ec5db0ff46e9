"""Game files at the terminal: solved, checked, shown, converted; and what a cold start loads."""

import json
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from bargain.cli import main
from bargain.cli.options import GAME_FORMATS
from bargain.equilibria import methods
from bargain.games.interchange.files import FORMATS, read_game
from bargain.games.interchange.stored import game_from_tree

ROOT = Path(__file__).parents[2]

CHICKEN = """NFG 1 R "Chicken" { "Row" "Column" } { { "swerve" "straight" } { "swerve" "straight" } }
6 6 7 2 2 7 0 0
"""
POKER = """EFG 2 R "Poker" { "Fred" "Alice" } "one card"
c "" 1 "" { "Red" 1/2 "Black" 1/2 } 0
p "" 1 1 "" { "Raise" "Fold" } 0
p "" 2 1 "" { "Meet" "Pass" } 0
t "" 1 "" { 2, -2 }
t "" 2 "" { 1, -1 }
t "" 2
p "" 1 2 "" { "Raise" "Fold" } 0
p "" 2 1 0
t "" 3 "" { -2, 2 }
t "" 2
t "" 4 "" { -1, 1 }
"""
TABLE = 'A \\ B,l,r\nu,"1/3, 2","0, 0"\nd,"0, 0","1, 1"\n'


@pytest.fixture(autouse=True)
def _somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("chicken.nfg", CHICKEN), ("poker.efg", POKER), ("table.csv", TABLE)):
        Path(name).write_text(text, encoding="utf-8")


def run(*arguments, **options):
    return CliRunner().invoke(main, arguments, **options)


def test_the_static_list_of_formats_is_that_of_the_readers():
    assert GAME_FORMATS == FORMATS


def test_all_equilibria_exactly_as_json():
    result = run("equilibria", "chicken.nfg", "--all", "--exact", "--format", "json")
    assert result.exit_code == 0, result.output
    tree = json.loads(result.stdout)
    assert list(tree) == [
        *("schema", "command", "concept", "game", "equilibria", "components", "complete", "reason", "method", "exact"),
        *("notes", "certificate", "provenance"),
    ]
    assert (tree["schema"], tree["command"], tree["concept"]) == ("bargain-equilibria-1", "equilibria", "nash")
    assert tree["complete"] is True
    assert tree["exact"] is True
    assert tree["certificate"] is None
    assert tree["equilibria"][1] == {
        "profile": {"Row": {"swerve": "2/3", "straight": "1/3"}, "Column": {"swerve": "2/3", "straight": "1/3"}},
        "payoffs": {"Row": "14/3", "Column": "14/3"},
        "regret": "0",
    }
    assert tree["equilibria"][0]["profile"] == {"Row": {"swerve": "1"}, "Column": {"straight": "1"}}
    assert (game_from_tree(tree["game"]).exact == read_game("chicken.nfg").exact).all()
    assert tree["game"]["title"] == "Chicken"
    assert tree["provenance"]["argv"][:2] == ["equilibria", "chicken.nfg"]


def test_floats_are_json_numbers():
    tree = json.loads(run("equilibria", "chicken.nfg", "--format", "json").stdout)
    assert tree["equilibria"][1]["payoffs"]["Row"] == pytest.approx(14 / 3)
    assert tree["exact"] is False


def test_two_runs_give_the_same_bytes_apart_from_provenance():
    first, second = (json.loads(run("equilibria", "poker.efg", "--format", "json").stdout) for _ in range(2))
    assert first.pop("provenance") is not None
    second.pop("provenance")
    assert json.dumps(first) == json.dumps(second)


PAGE = """\
Poker
Game: 2 players, 4 x 2 actions. Method: {method}.

EQUILIBRIA  {complete}

  No.  Player  Action       Probability  Payoff  Regret
  -----------------------------------------------------
  1    Fred    Raise/Raise          1/3     1/3       0
               Raise/Fold           2/3
       Alice   Meet                 2/3    -1/3
               Pass                 1/3

  reduced normal form of a tree of 11 nodes
"""


def test_the_page_on_a_tree():
    page = run("equilibria", "poker.efg", "--exact").stdout
    opening, table = PAGE.split("{complete}")
    assert page.startswith(opening.partition("{method}")[0])
    assert table in page
    assert "1 equilibrium, all of them" in page
    assert "\nNext: bargain show poker.efg\n" in page
    assert page.isascii()


@pytest.mark.parametrize("format", ["text", "csv", "latex", "md", "json"])
@pytest.mark.parametrize("name", ["chicken.nfg", "poker.efg", "table.csv"])
def test_every_format_of_every_file_is_written(name, format):
    result = run("equilibria", name, "--format", format, "-o", "out.txt")
    assert (result.exit_code, result.stdout) == (0, "")
    assert Path("out.txt").read_text(encoding="utf-8").endswith("\n")


def test_csv_has_every_probability_and_payoff():
    rows = [
        line.split(",") for line in run("equilibria", "table.csv", "--exact", "--format", "csv").stdout.splitlines()
    ]
    assert rows[0] == ["game", "table", "item", "player", "entry", "quantity", "value"]
    mixed = [row for row in rows if row[1] == "equilibria" and row[2] == "2"]
    assert [row[3:] for row in mixed] == [
        ["A", "u", "probability", "1/3"],
        ["A", "d", "probability", "2/3"],
        ["B", "l", "probability", "3/4"],
        ["B", "r", "probability", "1/4"],
        ["A", "", "payoff", "1/4"],
        ["B", "", "payoff", "2/3"],
        ["", "", "regret", "0"],
    ]


def test_one_equilibrium_is_enough_when_asked():
    tree = json.loads(run("equilibria", "chicken.nfg", "--one", "--format", "json").stdout)
    assert len(tree["equilibria"]) == 1
    assert tree["complete"] is not True


def test_one_equilibrium_of_a_scenario():
    tree = json.loads(run("equilibria", "battle-of-the-sexes", "--one", "--format", "json").stdout)
    assert tree["schema"] == "bargain-result-1"
    assert len(tree["equilibria"]["profiles"]) == 1


def test_standard_input_needs_its_format():
    result = run("equilibria", "-", "--input-format", "csv", "--exact", input=TABLE)
    assert result.exit_code == 0, result.output
    assert "<stdin>" in result.stdout
    assert "Next:" not in result.stdout
    assert run("equilibria", "-", input=CHICKEN).exit_code == 2
    named = run("equilibria", "chicken.txt", "--input-format", "nfg")
    assert "there is no file `chicken.txt`" in named.stderr


@pytest.mark.parametrize("options", [("--set", "a=1"), ("--method", "nothing"), ("--input-format", "agg")])
def test_bad_usage(options):
    assert run("equilibria", "chicken.nfg", *options).exit_code == 2


def test_a_method_that_does_not_take_the_game_is_said():
    result = run("equilibria", "chicken.nfg", "--method", "zero-sum")
    assert result.exit_code == 2
    assert "BG402" in result.stderr


def test_mistakes_are_shown_with_their_place():
    Path("bad.nfg").write_text(CHICKEN.replace("7 0 0", "7 0 zero"), encoding="utf-8")
    for command in ("equilibria", "check", "show"):
        result = run(command, "bad.nfg")
        assert result.exit_code == 2
        assert "error[BG021]: a payoff: `zero` is not a number\n  --> bad.nfg:2:15\n" in result.stderr
    assert run("check", "--format", "github", "bad.nfg").stdout.startswith("::error file=bad.nfg,line=2,col=15,")
    tree = json.loads(run("check", "--format", "json", "bad.nfg", "chicken.nfg").stdout)
    assert [each["ok"] for each in tree["files"]] == [False, True]


def test_check_says_what_a_game_is():
    result = run("check", "chicken.nfg", "poker.efg", "table.csv")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1] == "poker.efg: ok (2 players, 4 x 2 actions)"


def test_show_prints_the_payoffs():
    page = run("show", "poker.efg").stdout
    assert "  Fred \\ Alice       Meet   Pass\n" in page
    assert "  Raise/Fold    1/2, -1/2   0, 0\n" in page
    assert run("show", "poker.efg", "--format", "latex").exit_code == 0
    three = " ".join(map(str, range(24)))
    Path("three.nfg").write_text(f'NFG 1 R "T" {{ "A" "B" "C" }} {{ 2 2 2 }} {three}', encoding="utf-8")
    assert "  2  1  2        15        16        17\n" in run("show", "three.nfg").stdout
    Path("large.nfg").write_text(f'NFG 1 R "" {{ "A" "B" }} {{ 30 30 }} {"1 " * 1800}', encoding="utf-8")
    assert "would have 900 cells" in run("show", "large.nfg").stdout


@pytest.mark.parametrize("command", ["solve", "linkage", "test"])
def test_a_game_file_is_no_scenario(command):
    result = run(command, "chicken.nfg")
    assert result.exit_code == 2
    assert "`chicken.nfg` is a game file, not a scenario" in result.stderr


def test_games_are_converted():
    assert run("convert", "poker.efg", "poker.nfg").exit_code == 0
    assert run("convert", "poker.nfg", "poker.csv").exit_code == 0
    game, again = read_game("poker.efg"), read_game("poker.csv")
    assert (again.players, again.actions) == (game.players, game.actions)
    assert (again.exact == game.exact).all()
    assert again.exact[0, 1, 0] == Fraction(1, 2)
    shown = run("convert", "battle-of-the-sexes", "-", "--to", "nfg").stdout
    assert shown.startswith('NFG 1 R "Battle of the sexes" { "A" "B" }')
    for arguments in (("poker.efg", "poker.efg"), ("poker.efg", "-"), ("none.nfg", "a.csv")):
        assert run("convert", *arguments).exit_code == 2
    Path("unnamed.nfg").write_text('NFG 1 R "\ttab" { "A" } { 1 } 1', encoding="utf-8")
    result = run("convert", "unnamed.nfg", "other.nfg")
    assert result.exit_code == 2
    assert "cannot write `other.nfg`" in result.stderr


# ---- Ctrl-C ----


@pytest.mark.parametrize("source", ["chicken.nfg", "battle-of-the-sexes"])
def test_what_a_solver_returns_after_ctrl_c_is_printed(source, monkeypatch):
    real = methods.equilibria

    def interrupted(game, **options):
        found = real(game, **options)
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            from dataclasses import replace

            return replace(found, profiles=found.profiles[:1], complete=None, reason="stopped")
        raise AssertionError("the signal did not arrive")

    monkeypatch.setattr(methods, "equilibria", interrupted)
    monkeypatch.setattr("bargain.solvable.find_equilibria", interrupted)
    before = signal.getsignal(signal.SIGINT)
    result = run("equilibria", source)
    assert result.exit_code == 130
    assert "1 equilibrium, there may be more: stopped" in result.stdout
    assert "interrupted: these are the equilibria that were proved until then" in result.stdout
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_that_no_solver_catches_ends_the_program_quietly(monkeypatch):
    def interrupted(game, **options):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(methods, "equilibria", interrupted)
    result = run("equilibria", "chicken.nfg")
    assert (result.exit_code, result.output) == (130, "")


# ---- cold start ----

HEAVY = {"scipy", "sympy", "numba", "nashpy", "pydantic", "matplotlib", "hypothesis", "quantecon", "pygambit"}


# bargain.games.reduction loads scipy's linear programs at its top; everything else is held to the rule.
REDUCTION = (ROOT / "bargain" / "games" / "reduction.py").read_text(encoding="utf-8")
STAND_IN = (
    "import sys, types\n"
    "scipy, optimize = types.ModuleType('scipy'), types.ModuleType('scipy.optimize')\n"
    "optimize.linprog = None\n"
    "sys.modules |= {'scipy': scipy, 'scipy.optimize': optimize}\n"
)


def loaded(*arguments):
    stand_in = STAND_IN if "\nfrom scipy" in REDUCTION else ""
    script = (
        f"{stand_in}import sys\nfrom bargain.cli import main\n"
        f"try:\n    main({list(arguments)!r})\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    modules = set(done.stderr.split()) - ({"scipy", "scipy.optimize"} if stand_in else set())
    return {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "poker.efg"),
        ("show", "table.csv"),
        ("convert", "poker.efg", "-", "--to", "csv"),
    ],
)
def test_reading_a_game_file_loads_no_solver(arguments):
    assert not loaded(*arguments) & (HEAVY | {"flint"})


@pytest.mark.parametrize("name", ["chicken.nfg", "poker.efg", "table.csv"])
def test_solving_a_small_game_file_loads_no_heavy_library(name):
    assert not loaded("equilibria", name, "--all", "--exact", "--format", "json", "-o", "out.json") & HEAVY
    assert json.loads(Path("out.json").read_text(encoding="utf-8"))["complete"] is True
