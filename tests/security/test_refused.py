"""Malformed and hostile files are refused, each with exactly the message that stands beside it.

For ``refused/NAME.toml`` (or ``.json``) the expected text is ``refused/NAME.toml.txt``: every diagnostic with its place,
as a user sees it.  The word SENTINEL in a file stands for a path that must never come into being.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.errors import ScenarioError
from bargain.scenario.read import MAX_BYTES, read, read_text

FOLDER = Path(__file__).parent / "refused"
FILES = sorted(path for path in FOLDER.iterdir() if path.suffix != ".txt")
YARDSTICKS = 40


def refused(path):
    """Return what is said about a file, with the file's name alone."""
    with pytest.raises(ScenarioError) as caught:
        read(path)
    return "\n\n".join(diagnostic.in_file(path.name).render() for diagnostic in caught.value.diagnostics)


def test_there_are_many_files_and_each_has_its_message():
    assert len(FILES) >= 65
    expected = {path.name.removesuffix(".txt") for path in FOLDER.iterdir() if path.suffix == ".txt"}
    assert expected == {path.name for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_is_refused_with_its_message_in_time_and_nothing_runs(path, tmp_path, monkeypatch, bounded):
    monkeypatch.chdir(tmp_path)
    started = time.process_time()
    said = refused(path)
    bounded(time.process_time() - started, YARDSTICKS)
    assert said + "\n" == (FOLDER / f"{path.name}.txt").read_text(encoding="utf-8")
    assert not list(tmp_path.iterdir())
    # Nothing that steers a terminal or turns the direction of writing is repeated.
    assert all(character.isprintable() or character == "\n" for character in said)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_message_is_a_traceback_or_the_words_of_a_library(path):
    said = (FOLDER / f"{path.name}.txt").read_text(encoding="utf-8")
    assert re.match(r"error\[BG\d{3}\]: \S", said)
    assert not re.search(r"Traceback|pydantic|tomllib|JSONDecodeError|Input should|Field required|Error:", said)


def test_nothing_is_called_while_hostile_files_are_read(tmp_path):
    # An audit hook sees every file that is opened, every process that is started, every text that is compiled.
    script = f"""
import sys
from pathlib import Path
from bargain.errors import ScenarioError
from bargain.scenario.read import read
files = sorted(p for p in Path({str(FOLDER)!r}).iterdir() if p.suffix != ".txt")
seen = []
def hook(event, arguments):
    if event == "open" and Path(str(arguments[0])).suffix not in (".toml", ".json"):
        seen.append((event, arguments))
    if event.split(".")[0] in ("exec", "import", "subprocess", "socket", "shutil", "ctypes") or event.startswith("os."):
        seen.append((event, arguments))
    if event == "compile" and arguments[1] != "<unknown>":
        seen.append((event, arguments))
for path in files:
    try:
        read(path)
    except ScenarioError:
        pass
sys.addaudithook(hook)
for path in files:
    try:
        read(path)
    except ScenarioError:
        pass
print(len(files), seen)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.stdout == f"{len(FILES)} []\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_other_kinds_of_file_are_refused(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, message in (
        (pipe, "this is not a regular file"),
        (Path("/dev/zero"), "this is not a regular file"),
        (tmp_path, "this is a folder, not a file"),
        (tmp_path / "none.toml", "there is no such file"),
        ("no\0name", "the file cannot be read: the name is not usable"),
        ("n" * 5000, "the file cannot be read: File name too long"),
    ):
        with pytest.raises(ScenarioError) as caught:
            read(path)
        (diagnostic,) = caught.value.diagnostics
        assert (diagnostic.code, diagnostic.message) == ("BG001", message)


def test_a_large_file_is_refused_without_being_parsed(tmp_path):
    path = tmp_path / "large.toml"
    path.write_bytes(b"#" * MAX_BYTES + b"\n")
    assert refused(path) == (
        "error[BG004]: the file is too large\n  --> large.toml\n   = help: a scenario has at most 1024 KiB"
    )


HEAD = 'format = 1\n[scenario]\nid = "x"\ntitle = "x"\n[players.A]\n[players.B]\n'


def unproved():
    issues = "".join(f"[issues.x{k}]\nrange = [0, 10]\nstatus_quo = 1\n" for k in range(60))
    formulas = "".join(f'x{k} = "1/(x{k} - 3.3 + 0.001*x{(k + 1) % 60}*x{(k + 2) % 60})"\n' for k in range(60))
    players = "".join(f"[players.P{k}]\n" for k in range(12))
    payoffs = "".join(f"[payoffs.P{k}]\n{formulas}" for k in range(12))
    return HEAD + players + issues + payoffs + "[payoffs.A]\nx0 = 'y'\n"


def chained():
    definitions = "".join(f'd{k} = "1/(d{k - 1} - x)"\n' for k in range(1, 1000))
    return (
        HEAD + f"[issues.x]\nrange = [0, 1]\nstatus_quo = 0\n[define]\nd0 = 'x'\n{definitions}[payoffs.A]\nx = 'd999'\n"
    )


def empty_tables():
    levers = "".join(f"{name} = {{ range = [0, 10_000], steps = 10_001, status_quo = 0 }}\n" for name in "ab")
    cells = ",".join(f"{k} = {{}}" for k in range(10_001))
    return HEAD + f"[issues.x.levers]\n{levers}[payoffs.A]\nx = {{ {cells} }}\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD + "".join(f"titel{k} = 1\n" for k in range(30_000)), id="30000-unknown-keys"),
        pytest.param("".join(f"a{k} = 1\n" for k in range(60_000)), id="60000-entries"),
        pytest.param("a = [" + "1," * 60_000 + "]", id="60000-items"),
        pytest.param('a = "' + "\\u0041" * 160_000 + '"', id="160000-escapes"),
        pytest.param("a" + "[" * 500_000, id="brackets"),
        pytest.param('"""' * 300_000, id="quotes"),
        pytest.param("[a]\n" * 200_000, id="repeated-table"),
        pytest.param("".join(f"[[a.b{k}.c]]\n" for k in range(24_000)), id="arrays-of-tables"),
        pytest.param('{"a": "' + "\\n" * 400_000 + '"}', id="json-escapes"),
        pytest.param('{"a": ' + "[" * 500_000, id="json-brackets"),
        pytest.param(unproved(), id="formulas-that-cannot-be-proved"),
        pytest.param(chained(), id="thousand-definitions"),
        pytest.param(empty_tables(), id="a-hundred-million-cells"),
        pytest.param(
            HEAD + "[define]\n" + "".join(f"undefined{k} = 'undefine{k}'\n" for k in range(999)), id="suggestions"
        ),
    ],
)
def test_large_and_hostile_text_is_refused_in_time(text, bounded):
    started = time.process_time()
    with pytest.raises(ScenarioError):
        read_text(text, "large.toml" if text[0] != "{" else "large.json")
    bounded(time.process_time() - started, YARDSTICKS)


GOOD = (FOLDER.parents[1] / "scenario" / "fixtures" / "us_japan_ux.toml").read_text(encoding="utf-8")
scraps = st.one_of(
    st.sampled_from(
        ['"', "'", '"""', "[", "]", "{", "}", "=", ".", ",", "#", "\\", "\n", "\r", "\0", "-", "^", "(", ")", "1e400"]
    ),
    st.sampled_from(
        ["tariff", "log", "__import__", "inf", "true", "levers", "levels", "joint", "joint = 1", "steps = 3", "\u202e"]
    ),
    st.text(max_size=3),
)


@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), scraps), min_size=1, max_size=3))
def test_a_file_damaged_anywhere_is_read_or_refused_and_never_breaks_the_reader(damage):
    text = GOOD
    for place, removed, added in damage:
        text = text[:place] + added + text[place + removed :]
    try:
        read_text(text, "damaged.toml")
    except ScenarioError as error:
        said = error.diagnostics
    else:
        said = ()
    for diagnostic in said:
        assert all(character.isprintable() or character in "\n\t" for character in diagnostic.render())
        if diagnostic.line is not None:
            rows = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
            assert 1 <= diagnostic.line <= len(rows)
            assert 1 <= diagnostic.column <= len(rows[diagnostic.line - 1]) + 1
