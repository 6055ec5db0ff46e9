r"""The words of Gambit's files: braces, commas, texts in quotes, and what stands between blanks.

In a text, ``\"`` is a quote and ``\\`` a backslash; any other backslash stands for itself, as it
does in Gambit.  There are no comments besides the text after the header.  Tested through both readers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from bargain.games.interchange.rationals import Exact, exact_number
from bargain.games.interchange.troubles import GameText, quoted

__all__ = ["MAX_NAME", "Token", "Tokens", "distinct", "quote"]

MAX_NAME = 1000
"""Characters that the name of a player, a strategy or an action may have."""

# Possessive, so that a text without an end is given up at once.
_TOKEN = re.compile(r'\s*(?:([{}])|(,)|("[^"\\]*+(?:\\.[^"\\]*+)*+")|([^\s{},"]+)|(")|($))', re.DOTALL)
_KINDS = ("brace", "comma", "text", "word", "open", "end")
_ESCAPE = re.compile(r'\\(["\\])')


class Token(NamedTuple):
    """One word: ``kind`` is brace, comma, text, word or end; ``text`` is what it says, without quotes."""

    kind: str
    text: str
    start: int
    end: int


@dataclass
class Tokens:
    """The words of a file, one after the other; ``here`` is the next one."""

    source: GameText
    position: int = 0
    here: Token = field(init=False)

    def __post_init__(self) -> None:
        self.here = self._read()

    def take(self) -> Token:
        """Return the next word and go on to the one after it."""
        taken = self.here
        self.here = self._read()
        return taken

    def _read(self) -> Token:
        found = _TOKEN.match(self.source.text, self.position)
        if found is None or found.lastindex is None:  # pragma: no cover - the pattern takes everything
            raise AssertionError("a character that is no part of a word")
        kind = _KINDS[found.lastindex - 1]
        start, end = found.span(found.lastindex)
        if kind == "open":
            self.source.fail("BG020", 'a text has no closing quote `"`', start, end)
        self.position = end
        body = found[found.lastindex]
        if kind == "text":
            body = _ESCAPE.sub(r"\1", body[1:-1]) if "\\" in body else body[1:-1]
        return Token(kind, body, start, end)

    def fail(self, message: str, hint: str = "", token: Token | None = None, code: str = "BG020") -> NoReturn:
        """Raise a mistake at a word; the default is the next one."""
        at = self.here if token is None else token
        self.source.fail(code, message, at.start, at.end, hint)

    def at(self, text: str) -> bool:
        """Return whether the next word is this brace, comma or bare word."""
        return self.here.text == text and self.here.kind != "text"

    def expect(self, text: str, purpose: str) -> Token:
        """Take a brace or a bare word, or say that it is missing."""
        if not self.at(text):
            self.fail(f"`{text}` is missing {purpose}; here stands {self.shown()}")
        return self.take()

    def shown(self) -> str:
        """Return the next word for a message."""
        return "the end of the file" if self.here.kind == "end" else quoted(self.here.text)

    def text(self, what: str) -> Token:
        """Take a text in quotes."""
        if self.here.kind != "text":
            self.fail(f"{what} is missing; here stands {self.shown()}", "texts stand in double quotes")
        return self.take()

    def name(self, what: str) -> Token:
        """Take a text in quotes that is short enough for a name."""
        token = self.text(what)
        if len(token.text) > MAX_NAME:
            self.fail(f"{what} has more than {MAX_NAME} characters", token=token, code="BG022")
        return token

    def whole(self, what: str, lowest: int = 0) -> int:
        """Take a whole number that is at least ``lowest``."""
        token = self.here
        if token.kind != "word" or not re.fullmatch(r"[0-9]{1,18}", token.text):
            self.fail(f"{what} is missing; here stands {self.shown()}", "write a whole number, such as 1")
        if int(token.text) < lowest:
            self.fail(f"{what} is {token.text}; it must be at least {lowest}")
        self.take()
        return int(token.text)

    def number(self, what: str) -> Exact:
        """Take an exact number."""
        token = self.here
        if token.kind != "word":
            self.fail(f"{what} is missing; here stands {self.shown()}")
        try:
            value = exact_number(token.text)
        except ValueError as trouble:
            self.fail(f"{what}: {trouble}", "write a number such as 3, -0.25 or 2/3", token, "BG021")
        self.take()
        return value

    def numbers(self, count: int, what: str) -> tuple[Exact, ...]:
        """Take ``{ a, b, ... }`` with ``count`` numbers; the commas may be left out."""
        opening = self.expect("{", f"before the {what}s")
        values: list[Exact] = []
        while not self.at("}"):
            values.append(self.number(f"a {what}"))
            if self.at(","):
                self.take()
        closing = self.take()
        if len(values) != count:
            span = Token("brace", "", opening.start, closing.end)
            self.fail(f"{len(values)} {what}s for {count} players", "give one for every player", span, "BG022")
        return tuple(values)


def distinct(tokens: Tokens, names: list[Token], what: str) -> tuple[str, ...]:
    """Return the names, an empty one replaced by its number; two that are alike are a mistake."""
    seen: set[str] = set()
    made = []
    for number, token in enumerate(names, start=1):
        name = token.text or str(number)
        if name in seen:
            tokens.fail(f"two {what} are called {quoted(name)}", "give each a name of its own", token, "BG022")
        seen.add(name)
        made.append(name)
    return tuple(made)


def quote(name: str) -> str:
    r"""Return a name as a text in quotes.

    Examples
    --------
    >>> print(quote('the "best" one'))
    "the \"best\" one"
    """
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
