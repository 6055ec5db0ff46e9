"""XML of a stranger, read into elements with their places: no document type, no entities, nothing from outside.

The parser is expat from the standard library with every handler that could expand or fetch something set to refuse,
which is what the package defusedxml does; and it counts elements, attributes and depth before it keeps them.  Text
between tags is not kept: no format here has any.  Tested with the classic attacks and with places in files with
characters of several bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from bargain.games.interchange.troubles import GameText

__all__ = ["MAX_DEPTH", "MAX_ELEMENTS", "Element", "XmlFile", "read_xml"]

MAX_DEPTH = 32
MAX_ELEMENTS = 500_000
MAX_ATTRIBUTES = 64


@dataclass(slots=True)
class Element:
    """A tag with its attributes, its children, and the characters ``[start, end)`` of its opening tag."""

    tag: str
    attributes: dict[str, str]
    start: int
    end: int
    children: list[Element] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        """Return the children with a tag."""
        return [child for child in self.children if child.tag == tag]

    def first(self, tag: str) -> Element | None:
        """Return the first child with a tag, or None."""
        return next((child for child in self.children if child.tag == tag), None)

    def span(self, source: GameText, attribute: str | None = None) -> tuple[int, int]:
        """Return the characters of the opening tag, or of an attribute's value."""
        if attribute is not None:
            pattern = re.compile(rf"\s{re.escape(attribute)}\s*=\s*(\"[^\"]*\"|'[^']*')")
            if found := pattern.search(source.text, self.start, self.end):
                return found.start(1) + 1, max(found.end(1) - 1, found.start(1) + 2)
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class XmlFile:
    """An XML file with its root element."""

    source: GameText
    root: Element


class _Builder:
    def __init__(self, source: GameText) -> None:
        self.source = source
        self.content = source.text.encode()
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = 0
        self.known = (0, 0)
        self.parser = parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.finish
        parser.StartDoctypeDeclHandler = self.document_type
        parser.EntityDeclHandler = self.entity
        parser.UnparsedEntityDeclHandler = self.entity
        parser.ExternalEntityRefHandler = self.outside
        parser.SkippedEntityHandler = self.entity

    def place(self) -> int:
        """Return the character at which the parser stands; it goes forward, so that text is decoded once."""
        byte, character = self.known
        now = self.parser.CurrentByteIndex
        if now < byte:
            byte, character = 0, 0
        character += len(self.content[byte:now].decode("utf-8", "replace"))
        self.known = (now, character)
        return character

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        place = self.place()
        closing = self.source.text.find(">", place)
        end = closing + 1 if closing >= 0 else len(self.source.text)
        self.count += 1
        if self.count > MAX_ELEMENTS:
            self.source.fail("BG004", f"the file has more than {MAX_ELEMENTS:,} elements", place, end)
        if len(self.open) >= MAX_DEPTH:
            message = f"elements are nested too deeply: at most {MAX_DEPTH} levels"
            self.source.fail("BG004", message, place, end)
        if len(attributes) > MAX_ATTRIBUTES:
            self.source.fail("BG004", f"an element has more than {MAX_ATTRIBUTES} attributes", place, end)
        element = Element(tag, attributes, place, end)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def finish(self, tag: str) -> None:
        self.open.pop()

    def document_type(self, *_: object) -> None:
        self.refuse("a document type (DTD) is not read")

    def entity(self, *_: object) -> None:
        self.refuse("entities are not read")

    def outside(self, *_: object) -> int:
        self.refuse("entities are not read")

    def refuse(self, what: str) -> NoReturn:
        place = self.place()
        hint = "leave `<!DOCTYPE ...>` and `<!ENTITY ...>` out; a domain needs neither"
        self.source.fail("BG026", what, place, place + 2, hint)


def read_xml(source: GameText) -> Element:
    """Return the root element of an XML text.

    Raises
    ------
    GameFileError
        The text is not XML that we take; with the place.

    Examples
    --------
    >>> root = read_xml(GameText('<a><b name="x"/><b/></a>'))
    >>> [child.attributes for child in root.all("b")]
    [{'name': 'x'}, {}]
    """
    builder = _Builder(source)
    try:
        builder.parser.Parse(builder.content, True)
    except expat.ExpatError as trouble:
        builder.known = (0, 0)
        place = min(builder.place(), max(len(source.text) - 1, 0))
        reason = expat.ErrorString(trouble.code) or "not well-formed"
        if trouble.code == expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]:
            source.fail("BG026", "entities are not read", place, place + 1, "write the character itself")
        source.fail("BG020", f"this is not XML: {reason}", place, place + 1, "every tag must be closed, as in <a/>")
    assert builder.root is not None
    return builder.root
