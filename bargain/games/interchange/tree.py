"""Game trees: nodes in prefix order, information sets and outcomes, as Gambit's ``.efg`` files list them.

Reading needs no recursion, so that a tree may be as deep as it likes.  The first node that names an information set or
an outcome defines it; later ones may leave the definition out or repeat it word for word.  Probabilities of chance are
exact and add up to exactly 1.  Tested with trees whose strategic forms are known, and with hostile files.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bargain.games.interchange.nfg import gambit_header, read_players
from bargain.games.interchange.rationals import Exact
from bargain.games.interchange.tokens import Token, Tokens
from bargain.games.interchange.troubles import GameText, quoted

__all__ = ["CHANCE", "MAX_NODES", "InformationSet", "Node", "Tree", "read_tree"]

CHANCE = -1
"""The player that draws by lot."""

MAX_NODES = 200_000


@dataclass(frozen=True, slots=True)
class InformationSet:
    """Nodes that their player cannot tell apart; ``chances`` are the probabilities when chance moves."""

    player: int
    number: int
    name: str
    actions: tuple[str, ...]
    chances: tuple[Exact, ...] = ()

    @property
    def shown(self) -> str:
        """How the information set is called in messages."""
        return f"{quoted(self.name)} (number {self.number})" if self.name else f"number {self.number}"


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its information set (None at the end of play), where it hangs, and its outcome (0 for none)."""

    information_set: int | None
    parent: int
    branch: int
    outcome: int
    start: int
    end: int


@dataclass
class Tree:
    """A game tree; ``nodes`` are in prefix order, the root first."""

    source: GameText
    title: str
    comment: str
    players: tuple[str, ...]
    information_sets: list[InformationSet] = field(default_factory=list)
    outcomes: dict[int, tuple[Exact, ...]] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)


def read_tree(source: GameText) -> Tree:
    """Read a game tree.

    Raises
    ------
    GameFileError
        The text is not a tree, with the place.

    Examples
    --------
    >>> text = 'EFG 2 R "Take or leave" { "A" } p "" 1 1 "" { "take" "leave" } 0 t "" 1 "" { 1 } t "" 0'
    >>> [node.parent for node in read_tree(GameText(text)).nodes]
    [-1, 0, 0]
    """
    tokens = Tokens(source)
    title = gambit_header(tokens, "EFG", "2")
    players = read_players(tokens)
    comment = tokens.take().text if tokens.here.kind == "text" else ""
    reader = _Reader(tokens, Tree(source, title, comment, players))
    reader.read()
    return reader.tree


class _Reader:
    def __init__(self, tokens: Tokens, tree: Tree) -> None:
        self.tokens = tokens
        self.tree = tree
        self.known: dict[tuple[int, int], int] = {}

    def read(self) -> None:
        """Read all nodes; ``open`` holds the nodes that still wait for children, and how many they have."""
        opened: list[list[int]] = []
        nodes = self.tree.nodes
        while not nodes or opened:
            parent, branch = opened[-1] if opened else (-1, -1)
            if len(nodes) >= MAX_NODES:
                self.tokens.fail(f"the tree has more than {MAX_NODES:,} nodes", code="BG024")
            nodes.append(self.node(parent, branch))
            if opened:
                opened[-1][1] += 1
            if nodes[-1].information_set is not None:
                opened.append([len(nodes) - 1, 0])
            while opened and opened[-1][1] == len(self.actions(opened[-1][0])):
                opened.pop()
        if self.tokens.here.kind != "end":
            self.tokens.fail(f"the tree is complete, but {self.tokens.shown()} follows")

    def actions(self, node: int) -> tuple[str, ...]:
        place = self.tree.nodes[node].information_set
        assert place is not None
        return self.tree.information_sets[place].actions

    def node(self, parent: int, branch: int) -> Node:
        tokens = self.tokens
        first = tokens.here
        if not any(tokens.at(kind) for kind in ("c", "p", "t")):
            missing = "" if parent < 0 else f" for action {quoted(self.actions(parent)[branch])}"
            hint = "a node begins with c (chance), p (a player) or t (the end of play)"
            tokens.fail(f"a node is missing{missing}; here stands {tokens.shown()}", hint)
        kind = tokens.take().text
        tokens.text("the node's name")
        place = None if kind == "t" else self.information_set(first, kind == "c")
        return Node(place, parent, branch, self.outcome(), first.start, first.end)

    def information_set(self, first: Token, chance: bool) -> int:
        tokens, tree = self.tokens, self.tree
        player = CHANCE
        if not chance:
            token = tokens.here
            player = tokens.whole("the number of a player", 1) - 1
            if player >= len(tree.players):
                tokens.fail(f"there is no player {player + 1}; there are {len(tree.players)}", "", token, "BG025")
        mark = tokens.here
        number = tokens.whole("the number of an information set", 1)
        key = (player, number)
        if tokens.here.kind != "text":
            if key not in self.known:
                tokens.fail(f"information set {number} is not known yet; its name and actions are missing", "", mark)
            return self.known[key]
        found = self.definition(player, number, chance)
        if key not in self.known:
            self.known[key] = len(tree.information_sets)
            tree.information_sets.append(found)
        elif tree.information_sets[self.known[key]] != found:
            hint = "name, actions and probabilities must be the same, or be left out"
            message = f"information set {number} was described differently before"
            tokens.fail(message, hint, mark, "BG025")
        return self.known[key]

    def definition(self, player: int, number: int, chance: bool) -> InformationSet:
        tokens = self.tokens
        name = tokens.name("the name of an information set").text
        opening = tokens.expect("{", "before the actions")
        names, chances = [], []
        while not tokens.at("}"):
            names.append(tokens.name("an action's name or `}`").text)
            if chance:
                token = tokens.here
                chances.append(tokens.number("a probability"))
                if chances[-1] < 0:
                    tokens.fail(f"a probability is {token.text}; it cannot be negative", "", token, "BG025")
                if tokens.at(","):
                    tokens.take()
        closing = tokens.take()
        span = opening._replace(end=closing.end)
        if not names:
            tokens.fail("an information set has no actions", token=span, code="BG025")
        if chance and sum(chances) != 1:
            total = sum(chances)
            shown = f"{total}" if len(str(total)) < 20 else f"{float(total):.17g}"
            hint = "write fractions, such as 1/3: numbers are taken as they stand"
            tokens.fail(f"the probabilities add up to {shown}, not to 1", hint, span, "BG025")
        plain = all(names) and len(set(names)) == len(names)
        actions = tuple(names) if plain else tuple(str(k) for k in range(1, len(names) + 1))
        return InformationSet(player, number, name, actions, tuple(chances))

    def outcome(self) -> int:
        tokens, tree = self.tokens, self.tree
        mark = tokens.here
        number = tokens.whole("the number of an outcome")
        if tokens.here.kind == "text":
            tokens.take()
        if not tokens.at("{"):
            if number and number not in tree.outcomes:
                tokens.fail(f"outcome {number} is not known yet; its payoffs are missing", "", mark, "BG025")
            return number
        payoffs = tokens.numbers(len(tree.players), "payoff")
        if not number and any(payoffs):
            tokens.fail("outcome 0 pays nothing; give the outcome another number", "", mark, "BG025")
        if number and tree.outcomes.setdefault(number, payoffs) != payoffs:
            tokens.fail(f"outcome {number} had other payoffs before", "", mark, "BG025")
        return number
