r"""Where each key and value of a TOML text stands.

:mod:`tomllib` is the authority for values, but it gives no places, reads ``1e400`` as infinity, and takes seconds for
one overlong dotted key.  This scanner walks over the text first: it notes the spans, keeps the limits, and says in
plain words what is wrong where the grammar breaks.  Whatever it accepts, :mod:`tomllib` still has to accept.  The law
that tests it with random documents: the text at every value span parses to the value that :mod:`tomllib` gave.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

from bargain.scenario.scanner import MAX_PARTS, KeySpans, Path, Scanner, Span, TextError, shortened

__all__ = ["spans", "string_positions"]

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+")
_LINE_END = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_COMMA = re.compile(",")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WORD = re.compile(r"\w[^\s=\]#]*")
_BASIC = re.compile(r'"(?:[^"\\\n]++|\\[^\n])*+"')
_LITERAL = re.compile(r"'[^'\n]*+'")
_LONG_BASIC = re.compile(r'"""(?:[^"\\]++|\\.|"{1,2}(?!"))*+"{3,5}', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''(?:[^']++|'{1,2}(?!'))*+'{3,5}")
_ESCAPE = re.compile(r'\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[btnfr"\\]|[ \t]*\n|(?P<bad>.))', re.DOTALL)
_ESCAPE_HINT = r"write \\ for a backslash, or put the text in single quotes"
_DIGITS = r"[0-9](?:_?[0-9])*"
_NUMBER = re.compile(
    rf"[+-]?(?:0|[1-9](?:_?[0-9])*)(?:\.{_DIGITS})?(?:[eE][+-]?{_DIGITS})?|0x[0-9A-Fa-f_]+|0o[0-7_]+|0b[01_]+"
)
_NOT_FINITE = re.compile(r"[+-]?(?:inf|nan)", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[0-9]{2}:[0-9]{2}.*")
_WORDS_FOR_BOOLEANS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}


def spans(text: str) -> Mapping[Path, KeySpans]:
    r"""Return where the keys and values of a TOML text stand, by their paths.

    Parameters
    ----------
    text : str
        A document of TOML 1.0 whose lines end with ``\n``.

    Returns
    -------
    Mapping
        From a path such as ``("issues", "tariff", "range", 0)`` to its :class:`~bargain.scenario.scanner.KeySpans`.
        The key of an element of an array is the element itself; the key of ``[a.b]`` is the ``b`` of the header.

    Raises
    ------
    TextError
        ``BG004`` too long, deep or many; ``BG005`` not TOML; ``BG006`` a key given twice; ``BG007`` not a finite number
        or too long a one; ``BG008`` a date.

    Examples
    --------
    >>> text = "[players.US]\npower = 0.55"
    >>> found = spans(text)[("players", "US", "power")].value
    >>> text[found.start:found.end]
    '0.55'
    """
    return _Toml(text).scan()


class _Toml(Scanner):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.table: Path = ()
        self.headers: dict[Path, Span] = {}
        self.lengths: dict[Path, int] = {}

    def scan(self) -> dict[Path, KeySpans]:
        while self.take(_BLANK) and self.at < len(self.text):
            if self.peek() == "[":
                self.header()
            else:
                self.pair(self.table)
            if not self.take(_LINE_END):
                raise self.trailing()
        return self.found

    def trailing(self) -> TextError:
        self.take(_SPACE)
        extra = self.rest("#")
        hint = "write decimals with a point, for example 2.5" if self.peek() == "," else "one entry a line"
        return self.wrong(f"`{self.shown(extra)}` stands after the end of the entry", extra, hint)

    def shown(self, span: Span) -> str:
        return shortened(self.text[span.start : span.end])

    def header(self) -> None:
        """Read ``[a.b]`` or ``[[a.b]]`` and enter the table."""
        start = self.at
        mark = "[[" if self.text.startswith("[[", start) else "["
        self.at += len(mark)
        parts = self.key()
        closing = mark.replace("[", "]")
        if not self.text.startswith(closing, self.at):
            span = Span(start, max(self.at, start + 1))
            raise self.wrong(f"`{closing}` is missing after `{self.shown(span)}`", span)
        self.at += len(closing)
        *above, (name, span) = parts
        path: Path = ()
        for part, place in above:
            path = (*path, part)
            self.found.setdefault(path, KeySpans(place))
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
        path = (*path, name)
        if mark == "[[":
            position = self.lengths.get(path, 0)
            self.lengths[path] = position + 1
            self.found.setdefault(path, KeySpans(span))
            path = (*path, position)
        elif path in self.headers:
            raise self.twice(span, self.headers[path], "the table ")
        self.headers[path] = span
        self.table = path
        self.record(path, KeySpans(span))

    def twice(self, span: Span, first: Span, what: str = "") -> TextError:
        line = self.text.count("\n", 0, first.start) + 1
        message = f"{what}`{self.shown(span)}` is given twice; it stands in line {line} already"
        return self.wrong(message, span, "", "BG006")

    def key(self) -> list[tuple[str, Span]]:
        """Read a dotted key with the blanks around it and return its parts."""
        parts: list[tuple[str, Span]] = []
        while not parts or self.peek() == ".":
            if parts:
                self.at += 1
            self.take(_SPACE)
            parts.append(self.simple_key())
            self.take(_SPACE)
            if len(parts) > MAX_PARTS:
                message = f"this key has too many parts: at most {MAX_PARTS}, joined by dots"
                raise self.wrong(message, Span(parts[0][1].start, parts[-1][1].end), "", "BG004")
        return parts

    def simple_key(self) -> tuple[str, Span]:
        start = self.at
        if span := self.take(_BARE):
            self.limit_key(span.start, span.end)
            return self.text[span.start : span.end], span
        if span := self.take(_BASIC) or self.take(_LITERAL):
            self.limit_key(span.start, span.end)
            inner = self.text[span.start + 1 : span.end - 1]
            return (self.decoded(span) if "\\" in inner and self.text[start] == '"' else inner), span
        if self.peek() in ("", "\n", "=", "]", ".", ","):
            raise self.wrong("a key is missing here", Span(start, start + 1))
        if span := self.take(_WORD):
            raise self.wrong(f"the key `{self.shown(span)}` needs quotes", span, f'write "{self.shown(span)}"')
        raise self.wrong(f"`{self.peek()}` cannot begin a key", Span(start, start + 1))

    def decoded(self, span: Span) -> str:
        self.check_escapes(span)
        try:
            return str(tomllib.loads("key=" + self.text[span.start : span.end])["key"])
        except ValueError:
            raise self.wrong("this key has an escape that is no character", span) from None

    def pair(self, table: Path) -> None:
        """Read ``key = value``."""
        parts = self.key()
        whole = Span(parts[0][1].start, parts[-1][1].end)
        if self.peek() != "=":
            name = self.shown(whole)
            raise self.wrong(f"`=` is missing after `{name}`", whole, f"write `{name} = value`")
        self.at += 1
        path = table
        for name, span in parts:
            path = (*path, name)
            self.found.setdefault(path, KeySpans(span))
        last = parts[-1][1]
        first = self.found[path]
        if first.key != last:
            raise self.twice(last, first.key)
        self.take(_SPACE)
        self.record(path, KeySpans(last, self.value(path)))

    def value(self, path: Path) -> Span:
        start = self.at
        match self.peek():
            case '"' | "'":
                return self.string()
            case "[":
                self.array(path)
            case "{":
                self.inline_table(path)
            case _:
                self.scalar()
        return Span(start, self.at)

    def string(self) -> Span:
        quote = self.peek()
        patterns = (_LONG_BASIC, _BASIC) if quote == '"' else (_LONG_LITERAL, _LITERAL)
        long = self.text.startswith(quote * 3, self.at)
        span = self.take(patterns[0 if long else 1])
        if span is None:
            opening = Span(self.at, self.at + (3 if long else 1))
            raise self.wrong(f"the quotation mark {self.shown(opening)} is never closed", opening)
        if quote == '"' and "\\" in self.text[span.start : span.end]:
            self.check_escapes(span)
        return span

    def check_escapes(self, span: Span) -> None:
        for match in _ESCAPE.finditer(self.text, span.start, span.end):
            if match["bad"]:
                raise self.wrong("this backslash has no meaning", Span(match.start(), match.end()), _ESCAPE_HINT)

    def array(self, path: Path) -> None:
        opening = Span(self.at, self.at + 1)
        self.descend()
        self.at += 1
        count = 0
        while self.take(_BLANK) and self.peek() != "]":
            start = self.at
            value = self.value((*path, count))
            self.record((*path, count), KeySpans(value, value))
            count += 1
            self.take(_BLANK)
            if not self.take(_COMMA) and self.peek() != "]":
                if self.at >= len(self.text):
                    raise self.wrong("the bracket `[` is never closed", opening)
                raise self.wrong("a comma or `]` is missing after this", Span(start, value.end))
        self.at += 1
        self.ascend()

    def inline_table(self, path: Path) -> None:
        opening = Span(self.at, self.at + 1)
        self.descend()
        self.at += 1
        self.take(_SPACE)
        while self.peek() != "}":
            self.one_line(opening)
            self.pair(path)
            self.take(_SPACE)
            self.one_line(opening)
            if self.take(_COMMA):
                comma = Span(self.at - 1, self.at)
                self.take(_SPACE)
                if self.peek() == "}":
                    raise self.wrong("an entry is missing after this comma", comma, "leave the last comma out")
            elif self.peek() != "}":
                extra = self.rest(",}")
                raise self.wrong(f"a comma or `}}` is missing before `{self.shown(extra)}`", extra)
        self.at += 1
        self.ascend()

    def one_line(self, opening: Span) -> None:
        if self.peek() in ("", "\n", "#"):
            hint = "keep `{...}` on one line, or write a [table] of its own"
            raise self.wrong("the brace `{` is not closed on its line", opening, hint)

    def scalar(self) -> None:
        span = self.rest(",]}#")
        words = self.text[span.start : span.end].strip()
        if not words or words[0] in ",]}#":
            raise self.wrong("a value is missing here", Span(self.at, self.at + 1))
        if _NUMBER.fullmatch(words):
            self.limit_number(span.start, span.end)
        elif _NOT_FINITE.fullmatch(words):
            message = f"`{words}` is not a number that a scenario can use"
            raise self.wrong(message, span, "write a finite number", "BG007")
        elif _DATE.fullmatch(words):
            raise self.wrong("a scenario has no dates or times", span, f'write it as text, "{words}"', "BG008")
        elif words not in ("true", "false"):
            raise self.wrong(f"cannot read the value `{shortened(words)}`", span, _advice(words))
        self.at = span.end


def _advice(words: str) -> str:
    if words.lower() in _WORDS_FOR_BOOLEANS:
        return f'write {_WORDS_FOR_BOOLEANS[words.lower()]}, or "{words}" for text'
    if words[0] in "“”‘’«„":
        return "write straight quotes, as on the keyboard"
    if re.fullmatch(r"[+-]?0[0-9]+", words):
        return "write whole numbers without leading zeros, or text in quotes"
    if re.fullmatch(r"[+-]?(?:\.[0-9]+|[0-9]+\.)", words):
        return "write digits on both sides of the decimal point, for example 0.5"
    if number := re.match(r"[+-]?[0-9][0-9.]*(?=\s*[^\s0-9.eE_xob-])", words):
        return f'write {number.group()} alone; units stand in `unit = "..."`, formulas in quotes'
    return f'text, names and formulas stand in quotes: "{shortened(words)}"'


_SIMPLE_ESCAPE = r"\\[bfnrt\"/\\]"
_JOINT = r"(?P<joint>\\[ \t]*\n[ \t\n]*)"
_PIECE = re.compile(rf"{_SIMPLE_ESCAPE}|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}}|{_JOINT}|.", re.DOTALL)


def string_positions(source: str) -> tuple[int, ...]:
    r"""Return where in the source of a TOML string each character of its value stands, and where the value ends.

    Parameters
    ----------
    source : str
        The text of the string with its quotes: basic or literal, on one line or several.

    Examples
    --------
    >>> string_positions('"a\\tb"')
    (1, 2, 4, 5)
    """
    quotes = 3 if source[:3] in ('"""', "'''") else 1
    start = quotes + (1 if quotes == 3 and source[3:4] == "\n" else 0)
    end = len(source) - quotes
    if source[0] == "'":
        return tuple(range(start, end + 1))
    pieces = [match for match in _PIECE.finditer(source, start, end) if match["joint"] is None]
    return (*(match.start() for match in pieces), end)
