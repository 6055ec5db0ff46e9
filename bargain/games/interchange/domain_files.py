"""Negotiation domains by their files: which dialect they are in, what is read, and by which reader.

A domain is a folder or a list of files: GENIUS XML, GENIUS-style JSON (GeniusWeb), NegMAS ufun dumps, or NegoLog's
profiles.  What a file holds is told from its content, never from its name.  Files are read once, if they are regular
files of reasonable size in UTF-8, and nothing outside them is ever fetched.  Tested with a folder of every dialect and
with hostile ones.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bargain.errors import Diagnostic, GameFileError
from bargain.games.interchange import geniusweb, negmas, negolog
from bargain.games.interchange.domain import STEPS, Domain, Party
from bargain.games.interchange.findings import Findings
from bargain.games.interchange.genius import genius_domain
from bargain.games.interchange.json_text import JsonFile, read_json
from bargain.games.interchange.negmas_points import is_stats, negmas_points, read_stats_yaml
from bargain.games.interchange.troubles import GameText, quoted
from bargain.games.interchange.xml_text import XmlFile, read_xml
from bargain.scenario.remarks import printable
from bargain.scenario.text_file import CONTROL, decoded, read_bytes

__all__ = ["ENDINGS", "MAX_BYTES", "looks_like_domain", "read_domain"]

ENDINGS = (".xml", ".json", ".yaml", ".yml")
"""Names of files that may belong to a domain."""

MAX_BYTES = 32 * 2**20
"""The largest size of one file of a domain."""

_MOST_FILES = 200
_MOST_PARTIES = 100
_STATS = ("_stats.yaml", "_stats.yml")


@dataclass
class _Found:
    """What the files are: for each dialect its domain file (or None) and its parties' files."""

    xml_domain: list[XmlFile] = field(default_factory=list)
    xml_parties: list[XmlFile] = field(default_factory=list)
    spaces: list[JsonFile] = field(default_factory=list)
    ufuns: list[JsonFile] = field(default_factory=list)
    web_domains: list[JsonFile] = field(default_factory=list)
    web_parties: list[JsonFile] = field(default_factory=list)
    profiles: list[JsonFile] = field(default_factory=list)
    specs: list[JsonFile] = field(default_factory=list)
    stats: list[JsonFile] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def groups(self) -> dict[str, tuple[Sequence[XmlFile | JsonFile], Sequence[XmlFile | JsonFile]]]:
        """Return the files that state the domain and those of the parties, by dialect."""
        return {
            "GENIUS XML": (self.xml_domain, self.xml_parties),
            negmas.DIALECT: (self.spaces, self.ufuns),
            geniusweb.DIALECT: (self.web_domains, self.web_parties),
            negolog.DIALECT: ([], self.profiles),
        }


def looks_like_domain(path: str | os.PathLike[str]) -> bool:
    """Return whether a path may be a domain: an ``.xml`` file, or a folder that holds files of one.

    A folder with scenario files only is none; what is in the files is looked at when they are read.
    """
    place = Path(path)
    if place.suffix.lower() == ".xml":
        return True
    try:
        return place.is_dir() and any(entry.suffix.lower() in ENDINGS for entry in place.iterdir())
    except (OSError, ValueError):
        return False


def read_domain(*paths: str | os.PathLike[str], steps: int = STEPS, normalise_weights: bool = False) -> Domain:
    """Read a negotiation domain of another program.

    Parameters
    ----------
    *paths : str or path
        A folder, or the files: the domain's and one per party, in the order of the players.  In a folder the parties
        come in the order of their files' names.
    steps : int
        Values that stand for an issue on an interval.
    normalise_weights : bool
        GENIUS XML only: whether each party's weights are divided by their sum.

    Returns
    -------
    Domain
        With the numbers exactly as the files write them, and the name of the dialect.

    Raises
    ------
    GameFileError, ScenarioError
        All that is wrong in all files, each with its place; or the dialect is not known.
    ValueError
        ``steps`` is less than 2.

    See Also
    --------
    bargain.games.interchange.domain_writers.write_domain : The way back.

    Examples
    --------
    >>> import json, os, tempfile
    >>> A = {"reservationValue": 0.1, "issueWeights": {"price": 1}, "issues": {"price": {"low": 1, "high": 0.3}}}
    >>> B = {"reservationValue": 0.0, "issueWeights": {"price": 1}, "issues": {"price": {"low": 0.2, "high": 1}}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name, profile in (("profileA", A), ("profileB", B)):
    ...         with open(os.path.join(folder, f"{name}.json"), "w") as stream:
    ...             json.dump(profile, stream)
    ...     domain = read_domain(folder)
    >>> domain.dialect, domain.players, [str(u) for u in domain.utilities((1,))]
    ('NegoLog JSON', ('profileA', 'profileB'), ['3/10', '1'])
    """
    if steps < 2:
        raise ValueError(f"steps: an interval needs 2 values or more, not {steps}")
    if not paths:
        raise ValueError("a domain needs a folder or files")
    names = [os.fspath(path) for path in paths]
    folder = Path(names[0]) if len(names) == 1 and _is_folder(names[0]) else None
    files = _listing(folder, names[0]) if folder is not None else names
    found = _sorted(files, folder is not None)
    title = (folder if folder is not None else Path(names[0]).absolute().parent).resolve().name or "domain"
    domain = _read(found, names, title, steps, normalise_weights)
    notes = [f"not read, because it is no part of a domain: {Path(name).name}" for name in found.unknown]
    return replace(domain, notes=(*domain.notes, *notes))


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):
        return False


def _listing(folder: Path, name: str) -> list[str]:
    try:
        entries = [e for e in sorted(folder.iterdir()) if e.suffix.lower() in ENDINGS and not e.name.startswith(".")]
    except OSError as trouble:
        raise _whole(name, "BG001", f"the folder cannot be read: {trouble.strerror}") from None
    if len(entries) > _MOST_FILES:
        hint = "name the files of the domain"
        raise _whole(name, "BG004", f"the folder has more than {_MOST_FILES} XML, JSON and YAML files", hint)
    return [str(Path(name) / entry.name) for entry in entries if not entry.is_dir()]


def _whole(file: str, code: str, message: str, hint: str = "") -> GameFileError:
    return GameFileError([Diagnostic(code, printable(message), hint=printable(hint), file=printable(file))])


def _text(name: str) -> GameText:
    text = decoded(read_bytes(Path(name), name, MAX_BYTES), name, MAX_BYTES, "a file of a domain")
    source = GameText(text.removeprefix("\ufeff").replace("\r\n", "\n"), name)
    if not source.text.strip():
        source.fail_whole("BG002", "this file is empty")
    if found := CONTROL.search(source.text):
        message = f"the file has the control character U+{ord(found.group()):04X}"
        source.fail("BG003", message, found.start(), found.end(), "save it as plain UTF-8 text")
    return source


def _sorted(files: Sequence[str], in_folder: bool) -> _Found:
    """Return the files by what they hold; all that cannot be read is raised together."""
    found, findings = _Found(), Findings()
    for name in files:
        ending = Path(name).suffix.lower()
        if ending in (".yaml", ".yml"):
            if Path(name).name in _STATS:
                with findings.kept():
                    found.stats.append(read_stats_yaml(_text(name)))
            else:
                found.unknown.append(name)
            continue
        with findings.kept():
            source = _text(name)
            if source.text.lstrip()[:1] == "<":
                _put_xml(found, source)
            else:
                _put_json(found, read_json(source), in_folder)
    findings.stop()
    return found


def _put_xml(found: _Found, source: GameText) -> None:
    file = XmlFile(source, read_xml(source))
    if file.root.tag == "negotiation_template":
        found.xml_domain.append(file)
    elif file.root.tag == "utility_space":
        found.xml_parties.append(file)
    else:
        found.unknown.append(source.file)


def _put_json(found: _Found, file: JsonFile, in_folder: bool) -> None:
    kinds = (
        (negolog.is_profile, found.profiles),
        (negolog.is_specs, found.specs),
        (is_stats, found.stats),
        (geniusweb.is_domain, found.web_domains),
        (negmas.is_outcome_space, found.spaces),
        (negmas.is_ufun, found.ufuns),
        (geniusweb.is_utility_space, found.web_parties),
    )
    for is_kind, files in kinds:
        if is_kind(file.tree):
            files.append(file)
            return
    if in_folder:
        found.unknown.append(file.source.file)
        return
    shown = ", ".join(quoted(str(key)) for key in list(file.tree)[:6]) if isinstance(file.tree, dict) else "no object"
    message = f"this dialect of JSON is not known: the file has {shown}"
    file.source.fail("BG028", message, 0, 1, f"known are {', '.join(_known())}")


def _known() -> tuple[str, ...]:
    return ("GENIUS XML", geniusweb.DIALECT, negmas.DIALECT, negolog.DIALECT)


def _file(entry: XmlFile | JsonFile) -> str:
    return entry.source.file


def _read(found: _Found, names: Sequence[str], title: str, steps: int, normalise_weights: bool) -> Domain:
    groups = {dialect: group for dialect, group in found.groups().items() if group[0] or group[1]}
    shown = names[0] if len(names) == 1 else ", ".join(names)
    if not groups:
        raise _nothing(found, shown)
    if len(groups) > 1:
        listed = "; ".join(f"{dialect}: {Path(_file((*g[1], *g[0])[0])).name}" for dialect, g in groups.items())
        raise _whole(shown, "BG028", f"the files are of several dialects ({listed})", "name the files of one domain")
    ((dialect, (domains, parties)),) = groups.items()
    if len(domains) > 1:
        message = f"there are {len(domains)} domain files: {', '.join(Path(_file(d)).name for d in domains)}"
        raise _whole(shown, "BG028", message, "name the files of one domain")
    if not domains and dialect in ("GENIUS XML", negmas.DIALECT):
        hint = "`<negotiation_template>` with the issues" if dialect == "GENIUS XML" else "the outcome space"
        raise _whole(shown, "BG028", f"{dialect}: there are utilities, but no domain file", hint)
    if not 2 <= len(parties) <= _MOST_PARTIES:
        message = f"{dialect}: there are {len(parties)} files of parties; 2 to {_MOST_PARTIES} are needed"
        raise _whole(shown, "BG028", message, "name the domain's file and one file per party, or their folder")
    labels = _labels([_file(party) for party in parties])
    domain = _by_dialect(dialect, found, labels, title, steps, normalise_weights)
    domain = replace(domain, parties=_distinct(domain.parties, labels))
    if dialect != negolog.DIALECT and found.stats:
        points, notes = negmas_points(found.stats[0], domain)
        files = (*domain.files, found.stats[0].source.file)
        domain = replace(domain, points=points, notes=(*domain.notes, *notes), files=files)
    return domain


def _by_dialect(
    dialect: str, found: _Found, labels: Sequence[str], title: str, steps: int, normalise_weights: bool
) -> Domain:
    if dialect == "GENIUS XML":
        named = list(zip(labels, found.xml_parties, strict=True))
        return genius_domain(found.xml_domain[0], named, steps=steps, normalise_weights=normalise_weights)
    if dialect == negmas.DIALECT:
        return negmas.negmas_domain(found.spaces[0], list(zip(labels, found.ufuns, strict=True)), title, steps=steps)
    if dialect == geniusweb.DIALECT:
        space = found.web_domains[0] if found.web_domains else None
        return geniusweb.geniusweb_domain(space, list(zip(labels, found.web_parties, strict=True)), title)
    specs = found.specs[0] if found.specs else None
    return negolog.negolog_domain(title, list(zip(labels, found.profiles, strict=True)), specs)


def _nothing(found: _Found, shown: str) -> GameFileError:
    yaml = [name for name in found.unknown if Path(name).suffix.lower() in (".yaml", ".yml")]
    if yaml:
        message = f"YAML is not read ({', '.join(Path(name).name for name in yaml[:3])})"
        return _whole(shown, "BG028", message, "in NegMAS, `scenario.to_json(folder)` writes JSON")
    other = f" (there is {', '.join(Path(name).name for name in found.unknown[:3])})" if found.unknown else ""
    return _whole(shown, "BG028", f"there is no negotiation domain here{other}", f"read are {', '.join(_known())}")


def _labels(files: Sequence[str]) -> list[str]:
    """Return a name for every party from the files' names, all different."""
    stems = [printable(Path(file).stem) or f"party {k + 1}" for k, file in enumerate(files)]
    return stems if len(set(stems)) == len(stems) else [f"{stem} {k + 1}" for k, stem in enumerate(stems)]


def _distinct(parties: tuple[Party, ...], labels: Sequence[str]) -> tuple[Party, ...]:
    """Return the parties with the names of their files where two have the same name."""
    if len({party.name for party in parties}) == len(parties):
        return parties
    return tuple(replace(party, name=label) for party, label in zip(parties, labels, strict=True))
