"""The end of every report: what is certified, which expectations hold, and how to get the same numbers again."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from bargain.reports.names import source_name
from bargain.reports.tables import Section

if TYPE_CHECKING:
    from bargain.results import Certificate, Report, Solution

__all__ = ["certificate_section", "expectation_lines", "run_section", "without_clock"]

_CLOCK = re.compile(r" \| \d+\.\d s$")


def certificate_section(report: Report) -> Section:
    """Return whether the headline deal is certified, and what was not proved."""
    solution = report.solution
    if solution is None:
        return Section("")
    title, remark = _verdict(solution)
    claims = [_claim(certificate) for certificate in (solution.certificate,) if certificate is not None]
    subtitle = "; ".join([*claims, *([remark] if remark else [])])
    lines = tuple(f"  {line}" for line in expectation_lines(report))
    return Section(title, subtitle, lines, "certificate")


def _verdict(solution: Solution) -> tuple[str, str]:
    certificate = solution.certificate
    if solution.status in ("failed", "limit") or (certificate is not None and not certificate.holds):
        remarks = {"failed": "no answer was found", "limit": "stopped at a limit; the best answer so far"}
        return "Not certified", remarks.get(str(solution.status), "the claim was not confirmed")
    if solution.status == "no_deal":
        return (
            "Certified" if certificate is not None else "No deal",
            "" if certificate is not None else "found by search",
        )
    if certificate is None:
        return "Not checked", f"status {solution.status}"
    if solution.status == "converged":
        return "Certified", "locally optimal; a better deal elsewhere is not excluded"
    return "Certified", "proved"


def _claim(certificate: Certificate) -> str:
    relation = "<=" if certificate.holds else ">"
    method = f", {certificate.method}" if certificate.method else ""
    gap = f"gap {certificate.gap:.2g} {relation} {certificate.tolerance:.2g}, {certificate.unit}"
    return f"{certificate.claim} ({gap}{method})"


def expectation_lines(report: Report) -> list[str]:
    """Return a line on the ``[[expect]]`` rules, with the names of those that fail."""
    results = report.expectations
    if not results:
        return []
    failed = [result for result in results if not result.holds]
    if failed and report.provenance.get("changes"):
        # In a what-if, what the file expects of the unchanged scenario is beside the point.
        verb = "holds" if len(failed) == 1 else "hold"
        return [f"{len(failed)} of {len(results)} expectations of the file no longer {verb}."]
    line = f"Expectations: {len(results) - len(failed)} of {len(results)} hold."
    if not failed:
        return [line]
    names = [f'"{result.name}"' + (f" (line {result.line})" if result.line is not None else "") for result in failed]
    return [line, f"FAILED {', '.join(names)}: bargain test shows the numbers."]


def without_clock(line: str) -> str:
    """Return the line of :func:`run_section` without the seconds, for pages that are kept and compared."""
    return _CLOCK.sub("", line)


def run_section(report: Report, command: str) -> Section:
    """Return the line that says how to get the same numbers again, and what to ask next."""
    known = report.provenance
    parts = [f"scenario {report.document.digest[:8]}"]
    parts = [f"seed {known['seed']}", *parts] if "seed" in known else parts
    parts += [f"bargain {known['bargain']}"] if "bargain" in known else []
    parts += [f"{known['seconds']:.1f} s"] if "seconds" in known else []
    file = source_name(report.document.file)
    others = [name for name in ("solve", "linkage", "show", "equilibria") if name != command][:2]
    following = " | ".join(f"bargain {name} {shlex.quote(file)}" for name in others)
    # What came from standard input cannot be read again.
    again = (f"Next: {following}",) if file and not file.startswith("<") else ()
    return Section("", body=(" | ".join(parts), *again), key="run")
