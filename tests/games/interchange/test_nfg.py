"""Gambit's strategic games: both bodies, all ways to write a number and a name, and round trips."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.errors import GameFileError
from bargain.games.interchange.files import game_text, read_game, read_game_text, write_game
from bargain.games.normal_form import NormalFormGame

names = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff"), min_size=1, max_size=8)
fractions = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**6)
numbers = st.one_of(st.integers(-3, 3), st.integers(-(10**20), 10**20), fractions)


@st.composite
def games(draw, entries=numbers, labels=names):
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    players = draw(st.lists(labels, min_size=len(sizes), max_size=len(sizes), unique=True))
    actions = [draw(st.lists(labels, min_size=size, max_size=size, unique=True)) for size in sizes]
    count = int(np.prod(sizes))
    payoffs = [np.array(draw(st.lists(entries, min_size=count, max_size=count)), dtype=object) for _ in sizes]
    return NormalFormGame.from_payoffs([table.reshape(sizes) for table in payoffs], players, actions)


def same(one, other):
    assert one.players == other.players
    assert one.actions == other.actions
    assert (one.payoffs == other.payoffs).all()
    assert one.rational == other.rational
    assert (one.exact == other.exact).all()


@given(games(), st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff")))
def test_what_was_written_is_read_back_exactly(game, title):
    file = read_game_text(game_text(game, "nfg", title), "nfg")
    same(file.game, game)
    assert file.title == title


@given(games(st.floats(-1e300, 1e300).filter(lambda x: x == 0 or abs(x) > 1e-290)))
def test_floats_are_read_back_as_the_same_floats(game):
    assert (read_game_text(game_text(game, "nfg"), "nfg").game.payoffs == game.payoffs).all()


def outcome_body(game):
    """Write a game with one outcome for every profile, in reversed order, and the null outcome where nothing is paid."""
    exact = game.exact.transpose((*range(game.num_players, 0, -1), 0)).reshape(-1, game.num_players)
    outcomes = [row for row in exact.tolist() if any(row)][::-1]
    listed = "\n".join(f'{{ "" {", ".join(map(str, row))} }}' for row in outcomes)
    head = game_text(game, "nfg").partition('\n""\n')[0]
    indices = " ".join(str(outcomes.index(row) + 1 if any(row) else 0) for row in exact.tolist())
    return f'{head}\n"a comment"\n{{ {listed} }}\n{indices}\n'


@given(games())
def test_both_bodies_say_the_same(game):
    file = read_game_text(outcome_body(game), "nfg")
    same(file.game, game)
    assert file.comment == "a comment"


def test_the_first_players_strategy_runs_fastest_in_a_game_that_is_not_square():
    game = read_game_text('NFG 1 R "" { "A" "B" "C" } { 2 3 2 }' + " ".join(map(str, range(36))), "nfg").game
    for a in range(2):
        for b in range(3):
            for c in range(2):
                place = a + 2 * b + 6 * c
                assert game.payoffs[:, a, b, c].tolist() == [3 * place, 3 * place + 1, 3 * place + 2]
    assert game.actions == (("1", "2"), ("1", "2", "3"), ("1", "2"))


def test_numbers_are_kept_as_they_are_written():
    body = "0.1 -.5 2/6 +7 1e-3 1E2 5. 9007199254740993"
    game = read_game_text(f'NFG 1 D "" {{ "A" }} {{ 8 }} {body}', "nfg").game
    expected = ["1/10", "-1/2", "1/3", "7", "1/1000", "100", "5", "9007199254740993"]
    assert game.exact[0].tolist() == [Fraction(word) for word in expected]


def test_commas_blanks_and_comments_do_not_matter():
    plain = 'NFG 1 R "T" { "A" "B" } { 2 1 } 1 2 3 4'
    spread = 'NFG\n1 R\t"T"\n{"A""B"}{{"1" "2"}{"1"}}\n"Comment, with \\"quotes\\""\n1,2\n3,\n4\n'
    same(read_game_text(plain, "nfg").game, read_game_text(spread, "nfg").game)
    assert read_game_text(spread, "nfg").comment == 'Comment, with "quotes"'


def test_a_backslash_stands_for_itself_unless_it_escapes():
    game = read_game_text(r'NFG 1 R "" { "a\b" "c\\" "d\"" } { 1 1 1 } 1 2 3', "nfg").game
    assert game.players == ("a\\b", "c\\", 'd"')


def test_players_and_strategies_without_names_are_numbered():
    game = read_game_text('NFG 1 R "" { "" "B" } { { "up" "" } { "" } } 1 2 3 4', "nfg").game
    assert game.players == ("1", "B")
    assert game.actions == (("up", "2"), ("1",))


def test_a_file_is_written_and_read(tmp_path):
    game = NormalFormGame.from_payoffs([[["1/3", 0]], [[1, 2]]], ["Ann", "関税"], [["up"], ["left", "right"]])
    write_game(game, tmp_path / "game.nfg", title="Small")
    same(read_game(tmp_path / "game.nfg"), game)
    write_game(game, str(tmp_path / "other.txt"), "nfg")
    same(read_game(tmp_path / "other.txt", "nfg"), game)
    crlf = (tmp_path / "game.nfg").read_bytes().replace(b"\n", b"\r\n")
    (tmp_path / "windows.NFG").write_bytes(b"\xef\xbb\xbf" + crlf)
    same(read_game(tmp_path / "windows.NFG"), game)


def test_formats_and_names_that_cannot_be_written_are_refused(tmp_path):
    game = NormalFormGame.from_payoffs([[1, 2]], ["A\nB"])
    with pytest.raises(ValueError, match="holds a character that cannot be written"):
        write_game(game, tmp_path / "game.nfg")
    with pytest.raises(ValueError, match=r"should end with \.nfg, \.csv"):
        write_game(game, tmp_path / "game.efg")
    with pytest.raises(ValueError, match=r"should end with \.nfg, \.efg, \.csv"):
        read_game(tmp_path / "game.txt")
    with pytest.raises(ValueError, match="unknown format 'agg'"):
        read_game(tmp_path / "game.txt", "agg")
    assert not list(tmp_path.iterdir())


def test_a_missing_file_is_said():
    with pytest.raises(Exception, match="there is no such file"):
        read_game("no-such-folder/game.nfg")


def test_an_error_is_both_a_value_error_and_a_scenario_error():
    with pytest.raises(GameFileError) as caught:
        read_game_text("NFG 2", "nfg")
    assert isinstance(caught.value, ValueError)
    assert caught.value.diagnostics[0].column == 5
