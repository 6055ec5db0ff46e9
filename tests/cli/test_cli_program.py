"""The program around the commands: every error has one message and one exit code, and none has a traceback."""

import click
import pytest
from click.testing import CliRunner

from bargain import __version__
from bargain.cli import main
from bargain.cli.program import Program
from bargain.errors import CertificateError, Diagnostic, LimitError, NotSolvedError, ScenarioError, UnsupportedGameError

COMMANDS = (
    *("solve", "linkage", "deadline", "offers", "compare", "enforce", "commit"),
    *("equilibria", "show", "check", "test", "verify"),
    *("convert", "domain", "init", "catalog", "explain", "schema"),
)


def run(*arguments, **options):
    return CliRunner().invoke(main, arguments, **options)


def failing(trouble):
    @click.group(cls=Program)
    @click.option("--debug", is_flag=True)
    @click.pass_context
    def program(ctx, debug):
        ctx.meta["debug"] = debug

    @program.command()
    def work():
        raise trouble

    return program


def test_help_names_every_command_in_order():
    text = run("--help").stdout
    places = [text.index(f"\n  {name} ") for name in COMMANDS]
    assert places == sorted(places)
    assert main.list_commands(None) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example_and_short_and_long_option(name):
    result = run(name, "-h")
    assert result.exit_code == 0
    example = result.stdout.partition("Example:\n")[2].partition("\n\n")[0]
    assert f"    bargain {name}" in example
    assert result.stdout == run(name, "--help").stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert main.get_command(None, name).get_short_help_str(80).endswith(".")
    for option in ("--quiet", "--color", "--debug"):
        assert option in result.stdout


def test_version():
    assert run("--version").stdout == f"bargain {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        (["slove"], "Did you mean 'solve'?"),
        (["solve", "x", "--formt", "json"], "--format"),
        (["solve", "x", "--format", "jsn"], "Did you mean 'json'?"),
        (["solve", "x", "--solution", "nahs"], "Did you mean 'nash'?"),
        (["equilibria", "x", "--method", "extrme"], "Did you mean 'extreme'?"),
        (["init", "--template", "matrx"], "Did you mean 'matrix'?"),
        (["explain", "nahs"], "Did you mean 'nash'?"),
        (["solve", "x", "--set", "novalue"], "'novalue' is not PATH=VALUE"),
        (["solve"], "Missing argument 'SOURCE'"),
    ],
)
def test_bad_usage_gets_a_suggestion_and_exit_code_2(arguments, suggestion):
    result = run(*arguments)
    assert result.exit_code == 2
    assert suggestion in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("trouble", "code", "said"),
    [
        (ScenarioError([Diagnostic("BG301", "first"), Diagnostic("BG201", "second", hint="third")]), 2, "error[BG301]: first"),
        (LimitError("needs 3 GiB"), 3, "error[BG401]: needs 3 GiB"),
        (MemoryError(), 3, "error[BG401]"),
        (UnsupportedGameError("two players only"), 2, "error[BG402]: two players only"),
        (NotSolvedError("no equilibrium"), 3, "error[BG403]: no equilibrium"),
        (CertificateError("not true"), 1, "error[BG404]: not true"),
        (OSError(28, "No space left on device"), 2, "error[BG090]: the result cannot be written: No space left"),
        (KeyError("oops"), 70, "mistake in bargain"),
        (RecursionError("deep"), 70, "mistake in bargain"),
    ],
)  # fmt: skip
def test_errors_have_a_message_and_an_exit_code_and_no_traceback(trouble, code, said):
    result = CliRunner().invoke(failing(trouble), ["work"])
    assert result.exit_code == code
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_all_diagnostics_are_shown():
    trouble = ScenarioError([Diagnostic("BG301", "first"), Diagnostic("BG201", "second", hint="third")])
    assert CliRunner().invoke(failing(trouble), ["work"]).stderr == (
        "error[BG301]: first\n\nerror[BG201]: second\n   = help: third\n\n"
    )


def test_debug_shows_the_traceback_of_an_error_in_the_program():
    result = CliRunner().invoke(failing(KeyError("oops")), ["--debug", "work"])
    assert "Traceback" in result.stderr
    assert result.exit_code == 70
    assert "--debug" in CliRunner().invoke(failing(KeyError("oops")), ["work"]).stderr


def test_an_interrupt_ends_quietly_with_130():
    result = CliRunner().invoke(failing(KeyboardInterrupt()), ["work"])
    assert (result.exit_code, result.output) == (130, "")


@pytest.mark.parametrize(
    ("arguments", "environment", "colored"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "0"}, False),
    ],
)
def test_colour_follows_the_option_then_the_environment(arguments, environment, colored):
    clean = {"NO_COLOR": None, "FORCE_COLOR": None, **environment}
    result = run("explain", "nash", *arguments, env=clean)
    assert ("\x1b[" in result.stdout) is colored


def test_a_dumb_terminal_gets_no_colour():
    result = CliRunner().invoke(main, ["explain", "nash"], env={"TERM": "dumb", "FORCE_COLOR": None}, color=True)
    assert "\x1b[" not in result.stdout
    result = CliRunner().invoke(main, ["explain", "nash"], env={"TERM": "xterm", "NO_COLOR": None}, color=True)
    assert "\x1b[" in result.stdout
