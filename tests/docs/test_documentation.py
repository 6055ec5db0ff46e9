"""Every command shown in the README and the documentation is run, and its output is what the page says.

A block ``toml`` whose first line is ``# file: NAME`` is written to the page's own folder, and so is a block ``text`` after
``<!-- file: NAME -->``.  In a block ``console``, lines
that begin with ``$ bargain`` are run there; the text up to the next command is the expected output, in which ``...``
stands for anything (no text: anything goes).  ``<!-- exit: 1 -->`` before a block is the expected exit code.
"""

import doctest
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from bargain.cli import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"(?:<!-- (?:exit: (?P<exit>\d+)|file: (?P<file>\S+)) -->\n)?```(?P<kind>console|toml|text)\n(?P<text>.*?)^```",
    re.S | re.M,
)
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def commands(text):
    """Yield (command line, expected output) pairs of a console block."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        line, _, output = part.partition("\n")
        yield line, output


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_page_shows_what_the_program_does(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        text = block["text"]
        if block["kind"] == "toml":
            if name := re.match(r"# file: (\S+)\n", text):
                (tmp_path / name[1]).write_text(text, encoding="utf-8")
            continue
        if block["kind"] == "text":
            if block["file"]:
                (tmp_path / block["file"]).write_text(text, encoding="utf-8")
            continue
        for line, expected in commands(text):
            program, *arguments = shlex.split(line, comments=True)
            assert program == "bargain", f"{page.name}: only `bargain` commands are run, not `{program}`"
            result = CliRunner().invoke(main, arguments)
            assert result.exit_code == int(block["exit"] or 0), f"{line}\n{result.output}"
            if expected.strip():
                matches = doctest.OutputChecker().check_output(expected, result.output, OPTIONS)
                assert matches, f"{page.name}: `{line}` printed\n{result.output}\nthe page says\n{expected}"


def marked(name):
    found = re.search(rf"<!-- {name} -->\n```bash\n(.*?)```\n<!-- end -->", (ROOT / "README.md").read_text(), re.S)
    assert found
    return found[1]


def test_readme_has_its_two_commands_and_ci_runs_the_tests_one():
    assert "bargain solve us-japan-2025" in marked("solve-command")
    assert "-m pytest" in marked("test-command")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "<!-- test-command -->" in script
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=False).returncode == 0
