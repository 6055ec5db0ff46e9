"""Game trees: normal forms that are known, and an evaluation of every profile that shares no code with the reader."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.equilibria.methods import equilibria
from bargain.errors import GameFileError, LimitError
from bargain.games.interchange.files import read_game_text


def read(text):
    return read_game_text(text, "efg").game


ENTRY = """EFG 2 R "Entry" { "Entrant" "Incumbent" }
p "" 1 1 "" { "out" "in" } 0
t "" 1 "stays out" { 0, 2 }
p "" 2 1 "" { "fight" "yield" } 0
t "" 2 "war" { -1, -1 }
t "" 3 "peace" { 1, 1 }
"""

# After Myerson (1991), section 2.1: one card, Fred sees it, Alice does not.
POKER = """EFG 2 R "Poker" { "Fred" "Alice" } "one card"
c "" 1 "card" { "Red" 1/2 "Black" 1/2 } 0
p "" 1 1 "red" { "Raise" "Fold" } 0
p "" 2 1 "raised" { "Meet" "Pass" } 0
t "" 1 "Win big" { 2, -2 }
t "" 2 "Win" { 1, -1 }
t "" 2
p "" 1 2 "black" { "Raise" "Fold" } 0
p "" 2 1 0
t "" 3 "Lose big" { -2, 2 }
t "" 2 "Win" { 1, -1 }
t "" 4 "Lose" { -1, 1 }
"""

# After von Stengel (2002), figure 1: player 1 moves again only after L.
TWICE = """EFG 2 R "" { "1" "2" }
p "" 1 1 "first" { "L" "R" } 0
p "" 2 1 "" { "l" "r" } 0
p "" 1 2 "second" { "S" "T" } 0
t "" 1 "" { 0, 1 }
t "" 2 "" { 1, 0 }
t "" 3 "" { 3, 3 }
t "" 4 "" { 2, 2 }
"""

# Outcomes on the way add up.
TOLL = """EFG 2 R "Toll" { "A" "B" }
p "" 1 1 "" { "pay" "walk" } 1 "toll" { -1/3, 0 }
c "" 1 "" { "rain" 0.25, "sun" 0.75 } 2 "tip" { 0, 1 }
t "" 3 "wet" { 1 2 }
t "" 0
t "" 1
"""


def test_entry():
    game = read(ENTRY)
    assert game.players == ("Entrant", "Incumbent")
    assert game.actions == (("out", "in"), ("fight", "yield"))
    assert game.exact.tolist() == [[[0, 0], [-1, 1]], [[2, 2], [-1, 1]]]


def test_poker_of_myerson():
    game = read(POKER)
    assert game.actions == (("Raise/Raise", "Raise/Fold", "Fold/Raise", "Fold/Fold"), ("Meet", "Pass"))
    half = Fraction(1, 2)
    assert game.exact[0].tolist() == [[0, 1], [half, 0], [-half, 1], [0, 0]]
    assert (game.exact[1] == -game.exact[0]).all()
    (only,) = equilibria(game, exact=True)
    assert only.payoffs == (Fraction(1, 3), Fraction(-1, 3))
    assert only.strategies == ((Fraction(1, 3), Fraction(2, 3), 0, 0), (Fraction(2, 3), Fraction(1, 3)))


def test_what_an_own_action_rules_out_is_starred_and_listed_once():
    game = read(TWICE)
    assert game.actions == (("L/S", "L/T", "R/*"), ("l", "r"))
    assert game.exact[0].tolist() == [[0, 3], [1, 3], [2, 2]]
    assert game.exact[1].tolist() == [[1, 3], [0, 3], [2, 2]]


def test_outcomes_at_interior_nodes_and_chance_add_up():
    game = read(TOLL)
    assert game.exact[:, :, 0].tolist() == [
        [Fraction(-1, 3) + Fraction(1, 4), Fraction(-2, 3)],
        [1 + Fraction(1, 2), 0],
    ]
    assert game.actions == (("pay", "walk"), ("-",))


def test_a_tree_of_one_node_pays_its_outcome():
    assert read('EFG 2 R "" { "A" } t "" 1 "" { 7 }').exact[0].tolist() == [7]


def test_actions_without_names_of_their_own_are_numbered():
    assert read('EFG 2 R "" { "A" } p "" 1 1 "" { "x" "x" } 0 t "" 0 t "" 0').actions == (("1", "2"),)
    slashes = 'EFG 2 R "" { "A" } c "" 1 "" { "l" 1/2 "r" 1/2 } 0 '
    slashes += 'p "" 1 1 "" { "a" "a/b" } 0 t "" 0 t "" 0 p "" 1 2 "" { "b/c" "c" } 0 t "" 0 t "" 0'
    assert read(slashes).actions == (("1/1", "1/2", "2/1", "2/2"),)


DRIVER = """EFG 2 R "Absent-minded driver" { "Driver" }
p "" 1 1 "crossing" { "exit" "on" } 0
t "" 1 "" { 0 }
p "" 1 1 "crossing" { "exit" "on" } 0
t "" 2 "" { 4 }
t "" 3 "" { 1 }
"""
FORGETS = """EFG 2 R "" { "A" "B" }
p "" 1 1 "first" { "l" "r" } 0
p "" 1 2 "" { "L" "R" } 0
t "" 0
t "" 0
p "" 1 2 "" { "L" "R" } 0
t "" 0
t "" 0
"""


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (
            DRIVER,
            (4, 1),
            "player `Driver` forgets, at information set `crossing` (number 1), whether it was there before",
        ),
        (FORGETS, (6, 1), "player `A` forgets, at information set number 2, what it did before"),
    ],
)
def test_imperfect_recall_is_refused_with_the_information_set(text, place, words):
    with pytest.raises(GameFileError) as caught:
        read(text)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == ("BG023", words)
    assert (diagnostic.line, diagnostic.column) == place


# ---- random trees, evaluated by brute force ----

CHANCES = [(Fraction(1),), (Fraction(1, 3), Fraction(2, 3)), (Fraction(1, 4), Fraction(1, 4), Fraction(1, 2))]


@st.composite
def trees(draw):
    """Draw (number of players, tree) with perfect recall; a node is (kind, payoffs or None, ...) with its children."""
    count = draw(st.integers(1, 3))
    sets = {}

    def payoffs():
        if draw(st.integers(0, 2)) == 0:
            return None
        return tuple(Fraction(draw(st.integers(-4, 4)), draw(st.sampled_from([1, 1, 2, 3]))) for _ in range(count))

    def node(depth, histories):
        kind = draw(st.integers(-1, count)) if depth < 4 else count
        if kind == count:
            return ("t", payoffs())
        if kind == -1:
            chances = draw(st.sampled_from(CHANCES))
            return ("c", payoffs(), chances, [node(depth + 1, histories) for _ in chances])
        width = draw(st.integers(1, 3 if depth < 2 else 2))
        key = (kind, histories[kind], draw(st.integers(0, 1)), width)
        place = sets.setdefault(key, len(sets) + 1)
        children = []
        for a in range(width):
            after = tuple(h if i != kind else (*h, (place, a)) for i, h in enumerate(histories))
            children.append(node(depth + 1, after))
        return ("p", payoffs(), kind, place, children)

    return count, node(0, ((),) * count)


def text_of(count, tree):
    lines = [f'EFG 2 R "random" {{ {" ".join(chr(34) + "P" + str(i) + chr(34) for i in range(count))} }}']
    numbers = iter(range(1, 10**6))
    todo = [tree]
    while todo:
        node = todo.pop()
        paid = "0" if node[1] is None else f'{next(numbers)} "" {{ {", ".join(map(str, node[1]))} }}'
        if node[0] == "t":
            lines.append(f't "" {paid}')
        elif node[0] == "c":
            listed = " ".join(f'"c{k}" {p}' for k, p in enumerate(node[2]))
            lines.append(f'c "" {next(numbers)} "" {{ {listed} }} {paid}')
        else:
            listed = " ".join(f'"h{node[3]}a{a}"' for a in range(len(node[4])))
            lines.append(f'p "" {node[2] + 1} {node[3]} "" {{ {listed} }} {paid}')
        if node[0] != "t":
            todo.extend(reversed(node[-1]))
    return "\n".join(lines)


def sets_of(tree):
    """Return {information set: (player, width)} in the order of the file."""
    found = {}

    def visit(node):
        if node[0] == "p":
            found.setdefault(node[3], (node[2], len(node[4])))
        for child in node[-1] if node[0] != "t" else ():
            visit(child)

    visit(tree)
    return found


def value(node, choice, count):
    """Return the expected payoffs when every information set's action is chosen, by walking the tree."""
    paid = node[1] or (Fraction(0),) * count
    if node[0] == "c":
        parts = [[p * u for u in value(child, choice, count)] for p, child in zip(node[2], node[3], strict=True)]
    elif node[0] == "p":
        parts = [value(node[4][choice[node[3]]], choice, count)]
    else:
        parts = []
    return tuple(u + sum(part[i] for part in parts) for i, u in enumerate(paid))


def reached(node, player, choice):
    """Return the player's information sets that its own choices do not rule out."""
    if node[0] == "t":
        return set()
    if node[0] == "p" and node[2] == player:
        return {node[3]} | reached(node[4][choice[node[3]]], player, choice)
    return set().union(*(reached(child, player, choice) for child in node[-1]))


@given(trees())
def test_every_profile_pays_what_a_walk_through_the_tree_pays(drawn):
    count, tree = drawn
    sets = sets_of(tree)
    total = 1
    for _, width in sets.values():
        total *= width
    if total > 300:
        return
    game = read(text_of(count, tree))
    seen = [set() for _ in range(count)]
    for actions in product(*(range(width) for _, width in sets.values())):
        choice = dict(zip(sets, actions, strict=True))
        names = []
        for i in range(count):
            there = reached(tree, i, choice)
            own = [h for h, (player, _) in sets.items() if player == i]
            names.append("/".join(f"h{h}a{choice[h]}" if h in there else "*" for h in own) or "-")
            seen[i].add(names[-1])
        place = tuple(game.actions[i].index(name) for i, name in enumerate(names))
        assert tuple(game.exact[(slice(None), *place)]) == value(tree, choice, count)
    # And there are no other strategies.
    assert [set(names) for names in game.actions] == seen


def centipede(rounds):
    lines = ['EFG 2 R "Centipede" { "A" "B" }']
    for k in range(rounds):
        lines += [f'p "" {k % 2 + 1} {k // 2 + 1} "" {{ "take" "pass" }} 0', f't "" {k + 1} "" {{ {k} {k % 2} }}']
    return "\n".join([*lines, f't "" {rounds + 1} "" {{ {rounds} 0 }}'])


def test_a_deep_tree_is_no_trouble():
    game = read(centipede(400))
    assert game.num_actions == (201, 201)
    assert game.actions[0][0] == "take" + "/*" * 199
    assert game.payoffs[0, 3, 5] == 6
    deep = 'EFG 2 R "" { "A" }' + ' p "" 1 1 "" { "a" } 0' * 3 + ' t "" 0'
    with pytest.raises(GameFileError, match="forgets"):
        read(deep)
    chain = 'EFG 2 R "" { "A" } c "" 1 "" { "a" 1 } 0' + ' c "" 1 0' * 20_000 + ' t "" 1 "" { 3 }'
    assert read(chain).exact[0].tolist() == [3]


def test_a_tree_whose_normal_form_is_too_large_is_refused_before_it_is_made():
    sets = 40
    chances = " ".join(f'"c{k}" 1/{sets}' for k in range(sets))
    nodes = "".join(f'p "" 1 {k + 1} "" {{ "a" "b" }} 0 t "" 0 t "" 0\n' for k in range(sets))
    with pytest.raises(LimitError, match=r"player `A` has more than 500,000 strategies over its 40 information sets"):
        read(f'EFG 2 R "" {{ "A" }} c "" 1 "" {{ {chances} }} 0\n{nodes}')
    lines = ['EFG 2 R "" { "A" "B" "C" }']
    for k in range(1500):
        lines += [f'p "" {k % 3 + 1} {k // 3 + 1} "" {{ "take" "pass" }} 0', 't "" 0']
    with pytest.raises(LimitError, match=r"501 x 501 x 501 .* would need .* GiB"):
        read("\n".join([*lines, 't "" 0']))
