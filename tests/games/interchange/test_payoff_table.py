"""Payoff tables in CSV: the layouts that people use, and round trips."""

import csv
import io
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.games.interchange.cells import csv_line, rows_of
from bargain.games.interchange.files import game_text, read_game_text
from bargain.games.interchange.payoff_table import csv_text
from bargain.games.interchange.troubles import GameText
from bargain.games.normal_form import NormalFormGame

MATRIX = NormalFormGame.from_payoffs(
    [[[3, "1/3"], [0, 1], [-2, "0.5"]], [[2, 0], [0, 1], [4, 5]]], ["Ann", "Bob"], [["u", "m", "d"], ["l", "r"]]
)


def read(text):
    return read_game_text(text, "csv").game


def same(one, other, players=True):
    assert one.players == other.players or not players
    assert one.actions == other.actions
    assert (one.exact == other.exact).all()


PAIRS = 'Ann \\ Bob,l,r\nu,"3, 2","1/3, 0"\nm,"0,0","1, 1"\nd,"(-2, 4)","0.5 5"\n'
SEMICOLONS = "Ann \\ Bob;l;r\nu;3, 2;1/3, 0\nm;0,0;1|1\nd;-2, 4;0.5, 5\n"
TABS = "Ann \\ Bob\tl\tr\nu\t3, 2\t1/3, 0\nm\t0,0\t1, 1\nd\t-2, 4\t0.5, 5\n"
BLOCKS = "Ann \\ Bob,l,r\nu,3,1/3\nm,0,1\nd,-2,0.5\n,,\n,l,r\nu,2,0\nm,0,1\nd,4,5\n"
LONG = "Ann_action,Bob_action,payoff1,payoff2\nu,l,3,2\nu,r,1/3,0\nm,l,0,0\nm,r,1,1\nd,l,-2,4\nd,r,0.5,5\n"
NAMED = LONG.replace("payoff1", "Ann_payoff").replace("payoff2", "Bob_payoff").replace(",", ";")


@pytest.mark.parametrize("text", [PAIRS, SEMICOLONS, TABS, BLOCKS, LONG, NAMED])
@pytest.mark.parametrize(
    "change", [str, lambda text: "\ufeff" + text.replace("\n", "\r\n"), lambda text: text + "\n\n"]
)
def test_every_layout_gives_the_same_game(text, change):
    same(read(change(text)), MATRIX)


def test_players_without_names_are_numbered():
    assert read(PAIRS.replace("Ann \\ Bob", "")).players == ("1", "2")
    assert read("player1_action,player2_action,payoff1,payoff2\na,b,1,2\n").players == ("player1", "player2")


def test_rows_of_a_long_table_may_stand_in_any_order_and_name_the_actions():
    lines = LONG.splitlines()
    game = read("\n".join([lines[0], *reversed(lines[1:])]))
    assert game.actions == (("d", "m", "u"), ("r", "l"))
    assert game.exact[0, 2, 0] == Fraction(1, 3)


def test_three_players():
    heading = "A_action,B_action,C_action,payoff1,payoff2,payoff3\n"
    rows = [(a, b, c) for a in range(2) for b in range(3) for c in range(2)]
    game = read(heading + "".join(f"a{a},b{b},c{c},{a},{10 * b},{100 * c + a}\n" for a, b, c in rows))
    assert game.num_actions == (2, 3, 2)
    for a, b, c in rows:
        assert game.payoffs[:, a, b, c].tolist() == [a, 10 * b, 100 * c + a]


names = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff"), min_size=1, max_size=8)
entries = st.one_of(st.integers(-(10**20), 10**20), st.fractions(max_denominator=1000, min_value=-50, max_value=50))


@st.composite
def games(draw):
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    players = draw(st.lists(names, min_size=len(sizes), max_size=len(sizes), unique=True))
    actions = [draw(st.lists(names, min_size=size, max_size=size, unique=True)) for size in sizes]
    count = int(np.prod(sizes))
    tables = [np.array(draw(st.lists(entries, min_size=count, max_size=count)), dtype=object) for _ in sizes]
    return NormalFormGame.from_payoffs([table.reshape(sizes) for table in tables], players, actions)


@given(games(), st.sampled_from(["auto", "long"]))
def test_what_was_written_is_read_back_exactly(game, layout):
    game_text(game, "csv")
    same(read(csv_text(game, layout)), game)


def test_layouts_that_do_not_fit_are_refused():
    three = NormalFormGame.from_payoffs([[[[1]]], [[[1]]], [[[1]]]])
    for game in (three, NormalFormGame.from_payoffs([[[1]], [[1]]], ["c", "a \\ b"])):
        with pytest.raises(ValueError, match="takes two players"):
            csv_text(game, "matrix")
        same(read(csv_text(game)), game)
    with pytest.raises(ValueError, match="unknown layout 'wide'"):
        csv_text(three, "wide")
    with pytest.raises(ValueError, match="without a name"):
        csv_text(NormalFormGame.from_payoffs([[1, 2]], ["A"], [["", "b"]]))


cells = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=5) | st.sampled_from(
    ['a"b', "a,b", " a ", "", '"', "a;b"]
)


@given(st.lists(st.lists(cells, min_size=1, max_size=4), min_size=1, max_size=4))
def test_cells_are_those_of_the_csv_module(rows):
    rows = [["a", "b", "c", "d"], *rows]
    text = "".join(map(csv_line, rows))
    assert [[cell.text for cell in row] for row in rows_of(GameText(text))] == rows
    assert list(csv.reader(io.StringIO(text))) == rows
    for row in rows_of(GameText(text)):
        for cell in row:
            assert text[cell.start : cell.end].strip().strip('"').replace('""', '"').strip('"') == cell.text.strip('"')
