"""The whole process: what it loads, how it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"numpy", "scipy", "sympy", "nashpy", "matplotlib", "hypothesis", "rich"}


SLOW = {"importlib.metadata", "pydantic_core", "flint", "numba", "llvmlite", "scipy", "sympy", "nashpy"}
"""What a small game needs nothing of, and what takes long to be loaded."""

PRISONERS = 'NFG 1 R "" { "A" "B" } { 2 2 }\n\n3 3 0 5 5 0 1 1\n'


def modules(*arguments):
    script = (
        "import sys\nfrom bargain.cli import main\n"
        f"try:\n    main({list(arguments)!r})\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    return set(done.stderr.split())


def loaded(*arguments):
    return {name.partition(".")[0] for name in modules(*arguments)}


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("solve", "--help"), ("explain", "nash"), ("catalog",)]
)
def test_help_explanations_and_catalog_load_no_numerical_library(arguments):
    assert not loaded(*arguments) & (HEAVY | {"pydantic"})


@pytest.mark.parametrize("command", ["check", "show"])
def test_checking_and_showing_load_no_numerical_library(command):
    assert not loaded(command, "us-japan-2025") & HEAVY


def test_a_small_game_is_solved_without_what_only_other_work_needs(tmp_path):
    path = tmp_path / "prisoners.nfg"
    path.write_text(PRISONERS, encoding="utf-8")
    names = modules("equilibria", str(path))
    assert "numpy" in names
    assert not {name for name in names if name in SLOW or name.partition(".")[0] in SLOW}
    assert "bargain.results.deals" not in names
    assert "bargain.cli.solve" not in names


@pytest.mark.parametrize("command", ["check", "show", "equilibria"])
def test_only_the_command_that_is_asked_for_is_loaded(command):
    names = modules(command, "--help")
    assert f"bargain.cli.{command}" in names
    assert not {f"bargain.cli.{other}" for other in ("solve", "linkage", "init", "explain", "convert")} & names


def test_the_checkout_runs_without_installation():
    done = subprocess.run([sys.executable, "cli.py", "--version"], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.startswith("bargain ")
    lines = (ROOT / "cli.py").read_text(encoding="utf-8").split("\n")
    assert [line for line in lines if line] == [
        "from bargain.cli import main",
        'if __name__ == "__main__":',
        '    main(prog_name="cli.py")',
    ]


def test_a_reader_who_stops_ends_the_program_quietly():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "cli.py", "explain"], stdout=writing, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False
    )
    os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 141


WAITING = """
import signal, sys, time
from bargain.cli import main

class Terminal:
    class buffer:
        @staticmethod
        def read(limit):
            print("waiting", flush=True)
            time.sleep(60)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.stdin = Terminal
main(["check", "-"])
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_ctrl_c_ends_the_program_quietly():
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (130, "", "")
