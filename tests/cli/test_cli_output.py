"""Output: whole files or none, no control characters, any console."""

import io
import os
import stat
import sys
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.cli.output import deliver, printable, progress_line, write_file
from bargain.errors import ScenarioError


def test_a_file_is_written_whole_in_utf8_with_plain_newlines(tmp_path):
    target = tmp_path / "deal.txt"
    deliver("関税\n", str(target))
    assert target.read_bytes() == "関税\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["deal.txt"]


def test_an_interrupted_write_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    target = tmp_path / "deal.txt"
    target.write_text("old")

    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(str(target), "new")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["deal.txt"]


def test_an_existing_file_keeps_its_permissions_and_a_link_its_target(tmp_path):
    target = tmp_path / "deal.txt"
    target.write_text("old")
    target.chmod(0o640)
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    write_file(str(link), "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_device_is_written_to_and_not_replaced():
    write_file(os.devnull, "gone")
    assert Path(os.devnull).is_char_device()


@pytest.mark.parametrize("place", ["missing/deal.txt", "."])
def test_a_place_that_cannot_be_written_is_an_error_of_the_user(tmp_path, place, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError, match=r"error\[BG090\]: cannot write"):
        write_file(place, "text")
    assert list(tmp_path.iterdir()) == []


@given(st.text())
def test_nothing_printable_moves_the_cursor_or_turns_the_text(text):
    shown = printable(text)
    assert not any(ord(c) < 32 and c not in "\n\t" for c in shown)
    assert not set(shown) & set("\x7f\x9b\u202e\u2067")
    if text.isprintable():
        assert shown == text


def test_a_console_that_lacks_a_character_gets_an_escape(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp1252"))
    deliver("tariff 関\n")
    sys.stdout.flush()
    assert raw.getvalue().replace(b"\r\n", b"\n") == b"tariff \\u95a2\n"


def test_a_path_that_leads_in_a_circle_is_an_error_of_the_user(tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for place in (str(loop), "", "a\0b"):
        with pytest.raises(ScenarioError, match=r"error\[BG090\]"):
            write_file(place, "text")


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path, monkeypatch):
    target = tmp_path / "deal.txt"
    target.write_text("old")
    target.chmod(0o444)
    # The tests may run as a user to whom everything is allowed.
    monkeypatch.setattr(os, "access", lambda path, mode: not (Path(path) == target and mode & os.W_OK))
    with pytest.raises(ScenarioError, match="Permission denied"):
        write_file(str(target), "new")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["deal.txt"]


def test_a_closed_standard_output_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(ScenarioError, match="standard output is closed"):
        deliver("text\n")
    deliver("text\n", str(tmp_path / "deal.txt"))


def test_progress_is_shown_and_wiped_without_control_sequences(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with click.Context(click.Command("solve")):
        show = progress_line()
    show(1, 2)
    show(2, 2)
    assert stream.getvalue().startswith("\r1 of 2 solved\r2 of 2 solved\r ")
    assert stream.getvalue().endswith(" \r")
    assert "\x1b" not in stream.getvalue()
