"""Output: whole files or none, no control characters, any console."""

import io
import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.cli.output import deliver, printable, write_file
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
