"""Bad and hostile game files: one message with its place, soon, and nothing else happens."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.errors import BargainError, GameFileError, LimitError, ScenarioError
from bargain.games.interchange.files import FORMATS, read_game, read_game_text
from bargain.games.interchange.rationals import exact_number

HEAD = 'NFG 1 R "T" { "A" "B" } { 2 2 }\n'
TREE = 'EFG 2 R "T" { "A" "B" }\n'


def said(text, format, file="game"):
    with pytest.raises(GameFileError) as caught:
        read_game_text(text, format, file)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


CASES = [
    # (format, text, code, line, column, message)
    ("nfg", "FNG 1 R", "BG020", 1, 1, "`NFG` is missing at the beginning of a .nfg file; here stands `FNG`"),
    ("nfg", "NFG 2 R", "BG020", 1, 5, "version `2` is not known; NFG 1 is"),
    ("nfg", "NFG 1 Q", "BG020", 1, 7, "the kind of numbers is `Q`; it must be R or D"),
    ("nfg", "NFG 1 R title", "BG020", 1, 9, "the title is missing; here stands `title`"),
    ("nfg", 'NFG 1 R "T', "BG020", 1, 9, 'a text has no closing quote `"`'),
    ("nfg", 'NFG 1 R "T" "A"', "BG020", 1, 13, "`{` is missing before the players' names; here stands `A`"),
    ("nfg", 'NFG 1 R "T" { }', "BG022", 1, 13, "the game has no players"),
    ("nfg", 'NFG 1 R "T" { "A" "A" } { 1 1 } 1 2', "BG022", 1, 19, "two players are called `A`"),
    ("nfg", 'NFG 1 R "T" { "2" "" } { 1 1 } 1 2', "BG022", 1, 19, "two players are called `2`"),
    (
        "nfg",
        'NFG 1 R "T" { "A" }\n{ { "x" "y" "x" } } 1 2 3',
        "BG022",
        2,
        13,
        "two strategies of a player are called `x`",
    ),
    ("nfg", 'NFG 1 R "T" { "A" } { { } }', "BG022", 1, 23, "a player has no strategies"),
    ("nfg", 'NFG 1 R "T" { "A" "B" } { 2 }', "BG022", 1, 25, "strategies of 1 players for 2 players"),
    ("nfg", 'NFG 1 R "T" { "A" } { 0 }', "BG020", 1, 23, "the number of a player's strategies is 0; it must be at least 1"),
    (
        "nfg",
        'NFG 1 R "T" { "A" } { -2 }',
        "BG020",
        1,
        23,
        "the number of a player's strategies is missing; here stands `-2`",
    ),
    ("nfg", 'NFG 1 R "T" { "A" } { 999999999999 } 1', "BG022", 1, 38, "the body is too short for 999,999,999,999 profiles"),
    ("nfg", HEAD + "1 2 3 4 5 6 7", "BG022", 2, 13, "7 payoffs; 4 profiles of 2 players have 8"),
    ("nfg", HEAD + "1 2 3 4 5 6 7 8 9", "BG022", 2, 17, "9 payoffs; 4 profiles of 2 players have 8"),
    ("nfg", HEAD, "BG022", 1, 31, "0 payoffs; 4 profiles of 2 players have 8"),
    ("nfg", HEAD + "1 2 3 x 5 6 7 8", "BG021", 2, 7, "a payoff: `x` is not a number"),
    ("nfg", HEAD + "1 2 3 nan 5 6 7 8", "BG021", 2, 7, "a payoff: `nan` is not a number"),
    ("nfg", HEAD + "1 2 inf 3 5 6 7 8", "BG021", 2, 5, "a payoff: `inf` is not a number"),
    ("nfg", HEAD + "1 2 3 1e400 5 6 7 8", "BG021", 2, 7, "a payoff: `1e400` is too large for a float (above 1.8e308)"),
    ("nfg", HEAD + "1 2 3 1e999999999 5 6 7 8", "BG021", 2, 7, "a payoff: `1e999999999` is beyond what a float can hold"),
    (
        "nfg",
        HEAD + "1 2 3 1e-310 5 6 7 8",
        "BG021",
        2,
        7,
        "a payoff: `1e-310` is not zero, but too small for a float (below 1e-300)",
    ),
    ("nfg", HEAD + "1 2 3 1/0 5 6 7 8", "BG021", 2, 7, "a payoff: `1/0` divides by zero"),
    ("nfg", HEAD + "1 2 3 1_0 5 6 7 8", "BG021", 2, 7, "a payoff: `1_0` is not a number"),
    ("nfg", HEAD + "1 2 3 \u0661 5 6 7 8", "BG021", 2, 7, "a payoff: `\u0661` is not a number"),
    ("nfg", HEAD + "1 2 3 ,, 5 6 7 8", "BG020", 2, 8, "a payoff is missing; here stands `,`"),
    ("nfg", HEAD + "1e308 0 -1e308 0 0 0 0 0", "BG021", None, None, "payoffs range over more than a float can hold; choose a larger unit"),
    ("nfg", HEAD + '{ { "x" 1, 2 } } 1 1 1', "BG022", 2, 22, "3 outcome numbers for 4 profiles"),
    ("nfg", HEAD + '{ { "x" 1, 2 } } 1 1 1 1 1', "BG022", 2, 26, "more than 4 outcome numbers; there are 4 profiles"),
    ("nfg", HEAD + '{ { "x" 1, 2 } } 1 2 0 0', "BG022", 2, 20, "there is no outcome 2; there are 1"),
    ("nfg", HEAD + '{ { "x" 1 } } 1 1 0 0', "BG022", 2, 3, "1 payoffs for 2 players"),
    ("nfg", "", "BG002", None, None, "this file is empty"),
    ("nfg", HEAD + "\x00", "BG003", 2, 1, "the file has the control character U+0000"),
    ("nfg", 'NFG 1 R "T" { "' + "x" * 1001 + '" } { 1 } 1', "BG022", 1, 15, "a player's name or `}` has more than 1000 characters"),
    ("efg", 'EFG 1 R "T" { "A" }', "BG020", 1, 5, "version `1` is not known; EFG 2 is"),
    ("efg", TREE, "BG020", 2, 1, "a node is missing; here stands the end of the file"),
    ("efg", TREE + 'p "" 1 1 "" { "l" "r" } 0 t "" 0', "BG020", 2, 33, "a node is missing for action `r`; here stands the end of the file"),
    ("efg", TREE + 't "" 0\nt "" 0', "BG020", 3, 1, "the tree is complete, but `t` follows"),
    ("efg", TREE + 'p "" 3 1 "" { "l" } 0 t "" 0', "BG025", 2, 6, "there is no player 3; there are 2"),
    ("efg", TREE + 'p "" 0 1 "" { "l" } 0 t "" 0', "BG020", 2, 6, "the number of a player is 0; it must be at least 1"),
    ("efg", TREE + 'p "" 1 1 0 t "" 0', "BG020", 2, 8, "information set 1 is not known yet; its name and actions are missing"),
    ("efg", TREE + 'p "" 1 1 "" { } 0 t "" 0', "BG025", 2, 13, "an information set has no actions"),
    (
        "efg",
        TREE + 'p "" 1 1 "" { "l" } 0\np "" 1 1 "" { "l" "r" } 0',
        "BG025",
        3,
        8,
        "information set 1 was described differently before",
    ),
    ("efg", TREE + 'c "" 1 "" { "l" 1/2 "r" 1/3 } 0', "BG025", 2, 11, "the probabilities add up to 5/6, not to 1"),
    ("efg", TREE + 'c "" 1 "" { "l" 0.333 "r" 0.333 "s" 0.333 } 0', "BG025", 2, 11, "the probabilities add up to 999/1000, not to 1"),
    ("efg", TREE + 'c "" 1 "" { "l" -1 "r" 2 } 0', "BG025", 2, 17, "a probability is -1; it cannot be negative"),
    ("efg", TREE + 't "" 1', "BG025", 2, 6, "outcome 1 is not known yet; its payoffs are missing"),
    ("efg", TREE + 't "" 1 "" { 1 }', "BG022", 2, 11, "1 payoffs for 2 players"),
    ("efg", TREE + 't "" 0 "" { 1 2 }', "BG025", 2, 6, "outcome 0 pays nothing; give the outcome another number"),
    (
        "efg",
        TREE + 'p "" 1 1 "" { "l" "r" } 0\nt "" 1 "" { 1 2 }\nt "" 1 "" { 1 3 }',
        "BG025",
        4,
        6,
        "outcome 1 had other payoffs before",
    ),
    ("csv", ",l,r\n", "BG020", 1, 1, "this is not a table of payoffs"),
    ("csv", 'x,l,r\nu,"1, 2"\n', "BG022", 2, 1, "this row has 1 cells of payoffs; the first row names 2 columns"),
    ("csv", "x,l,r\nu,1,2,3,4\n", "BG022", 2, 1, "this row has 4 cells of payoffs; the first row names 2 columns"),
    ("csv", "x,l,r\nu,1,2\n", "BG022", 2, 3, "the cell `1` holds 1 numbers, not 2"),
    ("csv", 'x,l,r\nu,"1, 2, 3","1, 2"\n', "BG022", 2, 3, "the cell `1, 2, 3` holds 3 numbers, not 2"),
    ("csv", 'x,l,r\nu,"1, NaN","1, 2"\n', "BG021", 2, 3, "`NaN` is not a number"),
    ("csv", 'x,l,r\nu,"1, 1/0","1, 2"\n', "BG021", 2, 3, "`1/0` divides by zero"),
    ("csv", 'x,l,l\nu,"1, 2","1, 2"\n', "BG022", 1, 5, "a column is called `l`, and so is another"),
    ("csv", 'x,l\nu,"1, 2"\nu,"1, 2"\n', "BG022", 3, 1, "a row is called `u`, and so is another"),
    ("csv", 'x,l,\nu,"1, 2","1, 2"\n', "BG022", 1, 5, "a column has no name"),
    ("csv", 'A \\ A,l\nu,"1, 2"\n', "BG022", 1, 1, "both players are called `A`"),
    ("csv", 'x,l\nu,"1, 2\n', "BG020", 2, 3, 'a quote `"` has no end'),
    ("csv", 'x,l\nu,"1, 2"3\n', "BG020", 2, 9, "something follows the closing quote"),
    ("csv", ",l\nu,1\n\n,l\nv,1\n", "BG022", 4, 1, "the two tables name different actions"),
    ("csv", ",l\nu,1\n\n,l\nu,1\n\n,l\nu,1\n", "BG022", 7, 1, "a third table; a game has one, or one for each of two players"),
    ("csv", "A_action,B_action,payoff1\na,b,1\n", "BG022", 1, 1, "2 columns of actions and 1 of payoffs"),
    ("csv", "A_action,payoff1,B_action,payoff2\n", "BG020", 1, 10, "`payoff1` is not NAME_action"),
    ("csv", "A_action,B_action,payoff2,payoff1\n", "BG020", 1, 19, "`payoff2` is not the heading of the payoffs of player 1"),
    ("csv", "A_action,A_action,payoff1,payoff2\n", "BG022", 1, 10, "a player is called `A`, and so is another"),
    ("csv", "A_action,payoff1\na,1\na,2\n", "BG022", 3, 1, "the payoffs of these actions are given before"),
    ("csv", "A_action,payoff1\n,1\n", "BG022", 2, 1, "an action has no name"),
    ("csv", "A_action,payoff1\na,1,2\n", "BG022", 2, 1, "this row has 3 cells; the first row has 2"),
    (
        "csv",
        "A_action,B_action,payoff1,payoff2\na,b,1,2\nc,d,3,4\n",
        "BG022",
        None,
        None,
        "the payoffs of `a`, `d` are missing",
    ),
    ("csv", "A_action,payoff1\n", "BG022", None, None, "there is no row of payoffs"),
    ("csv", "A_action;payoff1\na;0,5\n", "BG022", 2, 3, "the cell `0,5` holds 2 numbers, not 1"),
]  # fmt: skip


@pytest.mark.parametrize(("format", "text", "code", "line", "column", "message"), CASES)
def test_a_mistake_is_said_with_its_place(format, text, code, line, column, message):
    diagnostic = said(text, format)
    assert diagnostic.message == message
    assert (diagnostic.code, diagnostic.line, diagnostic.column) == (code, line, column)
    assert diagnostic.file == "game"


def test_a_message_shows_the_line_and_what_would_be_right():
    assert said(HEAD + "3 3 0 5\n5 0 1/0 1", "nfg", "dilemma.nfg").render() == (
        "error[BG021]: a payoff: `1/0` divides by zero\n"
        "  --> dilemma.nfg:3:5\n"
        "   |\n"
        " 3 | 5 0 1/0 1\n"
        "   |     ^^^\n"
        "   = help: write a number such as 3, -0.25 or 2/3"
    )


def test_control_sequences_of_a_file_never_reach_the_terminal():
    for text in (HEAD + "1 2 \x1b[31m", HEAD + "\u202e1", 'NFG 1 R "T" { "\u202e" "\u202e" }'):
        shown = said(text, "nfg", "a\x1bb.nfg").render()
        assert all(character.isprintable() or character == "\n" for character in shown)


def many_players(count):
    return f'NFG 1 R "" {{ {" ".join(chr(34) + str(k) + chr(34) for k in range(count))} }} {{ {"1 " * count} }} {"1 " * count}'


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("nfg", many_players(31)),
        ("nfg", many_players(20_000)),
        ("nfg", 'NFG 1 R "" { "A" } { ' + "9" * 18 + " " + "9 " * 20_000),
        ("nfg", 'NFG 1 R "' + "\\" * 2_000_001),
        ("nfg", 'NFG 1 R "' + '\\"' * 400_000),
        ("nfg", "{" * 400_000),
        ("nfg", 'NFG 1 R "" { "A" } { 2000000 } ' + "1e400 " * 400_000),
        ("nfg", 'NFG 1 R "" { "A" } { 1 } ' + "9" * 5_000_000),
        ("nfg", 'NFG 1 R "" { "A" } { 1 } 1/' + "9" * 3990),
        ("efg", 'EFG 2 R "" { "A" } ' + 'p "" 1 1 "" { "a" } 0 ' * 10_000),
        ("efg", 'EFG 2 R "" { "A" } c "" 1 "" { "a" 1 } 0 ' + 'c "" 1 0 ' * 20_000),
        ("efg", 'EFG 2 R "" { "A" } c "" 1 "" { ' + '"a" 1 ' * 20_000),
        ("efg", 'EFG 2 R "" { "A" } ' + "".join(f'c "" {k} "" {{ "a" 1/{10**9 + k} "b" {10**9 + k - 1}/{10**9 + k} }} 0 ' for k in range(1, 800))
         + 't "" 1 "" { 1 } ' * 800),
        ("csv", '"' * 3_000_001),
        ("csv", "," * 3_000_000),
        ("csv", "a,b\nu," + " " * 3_000_000 + "x"),
        ("csv", "\\" * 3_000_000 + ",l\nu,1"),
        ("csv", "a,b\n" + "u\n" * 50_000),
        ("csv", "A_action,B_action,payoff1,payoff2\n" + "".join(f"a{k},b{k},1,1\n" for k in range(5_000))),
    ],
    ids=lambda value: None if value in FORMATS else f"{value[:30]!r}...",
)  # fmt: skip
def test_large_and_hostile_text_is_refused(format, text):
    with pytest.raises((GameFileError, LimitError)):
        read_game_text(text, format)


def test_garbage_of_ten_megabytes_is_refused(tmp_path):
    garbage = bytes(range(256)) * 40_000
    for format in FORMATS:
        path = tmp_path / f"garbage.{format}"
        path.write_bytes(garbage)
        with pytest.raises(ScenarioError, match="the file is not UTF-8 text: byte 0x80"):
            read_game(path)


GOOD = {
    "nfg": 'NFG 1 R "T" { "A" "B" } { { "u" "d" } { "l" "r" } }\n"c"\n{ { "x" 1, 2/3 } { "y" -0.5 1e2 } }\n1 2 0 1\n',
    "efg": TREE
    + 'c "" 1 "" { "g" 1/2 "b" 1/2 } 0 p "" 1 1 "" { "l" "r" } 1 "" { 1, 2 } t "" 0 t "" 2 "" { 3 4 } p "" 1 1 0 t "" 1 t "" 2',
    "csv": 'A \\ B,l,r\nu,"1, 2","3, 4"\nd,"1/3, 0","0.5, 1"\n',
}
scraps = st.one_of(
    st.sampled_from(
        ['"', "\\", "{", "}", ",", ";", "/", "\n", "\r", "\0", "-", "1e400", "1/0", "nan", "p", "t", "999", " "]
    ),
    st.text(max_size=3),
)


@given(
    st.sampled_from(FORMATS),
    st.lists(st.tuples(st.integers(0, 250), st.integers(0, 12), scraps), min_size=1, max_size=4),
)
def test_a_file_damaged_anywhere_is_read_or_refused_and_never_breaks_the_reader(format, damage):
    text = GOOD[format]
    for place, removed, added in damage:
        text = text[:place] + added + text[place + removed :]
    try:
        read_game_text(text, format, "damaged")
    except BargainError as error:
        for diagnostic in getattr(error, "diagnostics", ()):
            assert all(character.isprintable() or character in "\n\t" for character in diagnostic.render())
            if diagnostic.line is not None:
                rows = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
                assert 1 <= diagnostic.line <= len(rows)
                assert 1 <= diagnostic.column <= len(rows[diagnostic.line - 1]) + 1


numbers = st.from_regex(r"[+-]?([0-9]{0,4}\.?[0-9]{0,4}([eE][+-]?[0-9]{1,2})?|[0-9]{1,4}/[0-9]{1,4})", fullmatch=True)


@given(numbers)
def test_a_number_is_the_fraction_that_python_reads(text):
    try:
        expected = Fraction(text)
    except (ValueError, ZeroDivisionError):
        with pytest.raises(ValueError, match=r"not a number|divides by zero"):
            exact_number(text)
    else:
        assert exact_number(text) == expected
