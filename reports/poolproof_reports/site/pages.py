"""The pages of a site, each as the text of a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from poolproof_reports.badges import badge
from poolproof_reports.comparison import Comparison
from poolproof_reports.decoding import JsonObject
from poolproof_reports.descriptions import Description
from poolproof_reports.findings import Finding
from poolproof_reports.site import benchmarks, grid, parts
from poolproof_reports.site.benchmarks import Benchmark
from poolproof_reports.site.collection import Collection, Heading, collect
from poolproof_reports.site.naming import stems
from poolproof_reports.summary import Cell, Standing, count
from poolproof_reports.templating import draw, page
from poolproof_reports.words import stopped

STYLES = ("report.css", "site/site.css")
BREAKS = {
    Standing.FAILED: "Broken, and it fails the run",
    Standing.WARNED: "Broken, but no MUST rule",
    Standing.KNOWN: "Broken as expected",
}
CHIPS = {
    Standing.HELD: "held",
    Standing.FAILED: "failed",
    Standing.WARNED: "no MUST",
    Standing.KNOWN: "known",
    Standing.UNJUDGED: "not judged",
}
_POOLS = {"distributed": "dask"}  # of packages that are called otherwise


@dataclass(frozen=True)
class Site:
    """All that a site is made of, and how its pages are called."""

    collection: Collection
    descriptions: Mapping[str, Description] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    scripts: Mapping[str, str] = field(default_factory=dict)  # of the findings
    benchmarks: Sequence[Benchmark] = ()
    comparison: Comparison | None = None

    @cached_property
    def rule_pages(self) -> dict[str, str]:
        names = stems(heading.rule for heading in self.collection.rules)
        return {name: f"rule-{stem}.html" for name, stem in names.items()}

    @cached_property
    def pool_pages(self) -> dict[str, str]:
        return {name: f"pool-{stem}.html" for name, stem in self._pool_stems.items()}

    @cached_property
    def anchors(self) -> dict[str, str]:
        """Of a pool on the page of a rule."""
        return {name: f"pool-{stem}" for name, stem in self._pool_stems.items()}

    @cached_property
    def badges(self) -> dict[str, str]:
        return {name: f"badge-{stem}.svg" for name, stem in self._pool_stems.items()}

    @cached_property
    def _pool_stems(self) -> dict[str, str]:
        return stems(self.collection.pools)

    @cached_property
    def navigation(self) -> list[tuple[str, str]]:
        """Title and file of each page that every page links to."""
        pages = [("Table", "index.html", True)]
        pages += [("Findings", "findings.html", bool(self.findings))]
        pages += [("Benchmarks", "benchmarks.html", bool(self.benchmarks))]
        pages += [("Comparison", "comparison.html", self.comparison is not None)]
        return [(title, file) for title, file, exists in pages if exists]

    @cached_property
    def groups(self) -> tuple[str, ...]:
        return grid.groups(self.collection)

    @cached_property
    def sums(self) -> tuple[grid.Sum, ...]:
        return grid.sums(self.collection)

    def findings_of(self, pool: str) -> list[Finding]:
        return [each for each in self.findings if pool in (each.pool, _POOLS.get(each.pool))]

    @property
    def runs(self) -> int:
        return len(self.collection.runs)


def pages(site: Site) -> Iterator[tuple[str, str]]:
    """Name and text of every file of the site."""
    yield "index.html", _index(site)
    yield "table.svg", draw("table.svg.j2", groups=site.groups, sums=site.sums)
    yield "site.json", json.dumps(twin(site), indent=1)
    for heading in site.collection.rules:
        yield site.rule_pages[heading.rule], _rule(site, heading)
    for pool in site.collection.pools:
        yield site.pool_pages[pool], _pool(site, pool)
        yield site.badges[pool], badge(_whole(site, pool))
    if site.findings:
        yield "findings.html", _page(site, "findings", findings=site.findings, sources=site.scripts)
    if site.benchmarks:
        plots = site.benchmarks
        yield "benchmarks.html", _page(site, "benchmarks", benchmarks=plots, PLOT=benchmarks)
    if site.comparison is not None:
        yield "comparison.html", comparison_page(site.comparison, site)


def twin(site: Site) -> JsonObject:
    """The table for programs: every verdict, as in the table rules by pools."""
    return {
        "schema": 1,
        "rules": [
            {"rule": h.rule, "title": h.title, "group": h.group, "level": h.level.value}
            for h in site.collection.rules
        ],
        "subjects": [
            {
                "cell": one.run.cell,
                "pool": one.subject.pool,
                "version": one.subject.version,
                "start_method": one.subject.start_method,
                "outcomes": {rule.rule: rule.outcome.value for rule in one.subject.rules},
            }
            for one in site.collection.seen
        ],
        "findings": [finding.slug for finding in site.findings],
    }


def comparison_page(comparison: Comparison, site: Site | None = None) -> str:
    """The page of a comparison: of a site, or one that stands alone."""
    return _page(
        site or Site(collect(())),
        "comparison",
        comparison=comparison,
        verdict=Standing.FAILED if comparison.failures else Standing.HELD,
    )


def _page(site: Site, name: str, **context: Any) -> str:
    return page(f"site/{name}.html.j2", STYLES, (), site=site, here=f"{name}.html", **context)


def _index(site: Site) -> str:
    collection = site.collection
    return page(
        "site/index.html.j2",
        STYLES,
        ("site/table.js",),
        site=site,
        here="index.html",
        collection=collection,
        cells=list(dict.fromkeys(run.cell for run in collection.runs)),
        verdicts=sum(len(one.subject.rules) for one in collection.seen),
        unfinished=sum(bool(stopped(run.result)) for run in collection.runs),
        groups=site.groups,
        sums=site.sums,
        lines=grid.lines(collection),
        packed=grid.packed(collection),
        LETTERS=grid.LETTERS,
        CHIPS=CHIPS,
    )


def _rule(site: Site, heading: Heading) -> str:
    found = parts.of_rule(site.collection, heading)
    return _page(
        site,
        "rule",
        heading=heading,
        description=site.descriptions.get(heading.rule),
        broken=[part for part in found if part.cell.standing in BREAKS],
        kept=[part for part in found if part.cell.standing is Standing.HELD],
        unjudged=[part for part in found if part.cell.standing is Standing.UNJUDGED],
        findings=[finding for finding in site.findings if heading.rule in finding.rules],
    )


def _pool(site: Site, pool: str) -> str:
    collection = site.collection
    seen = [one.subject for one in collection.seen if one.subject.pool == pool]
    found = parts.of_pool(collection, pool)
    by_standing = {s: [part for part in found if part.cell.standing is s] for s in Standing}
    return _page(
        site,
        "pool",
        pool=pool,
        badge=site.badges[pool],
        versions=sorted({subject.version for subject in seen} - {""}),
        seen=seen,
        notes=list(dict.fromkeys(subject.note for subject in seen if subject.note)),
        groups=site.groups,
        sums=[line for line in site.sums if line.pool == pool],
        capabilities=sorted({name for subject in seen for name in subject.capabilities}),
        broken=[(title, by_standing[s]) for s, title in BREAKS.items() if by_standing[s]],
        held=by_standing[Standing.HELD],
        unjudged=by_standing[Standing.UNJUDGED],
        findings=site.findings_of(pool),
        plots=[each.name for each in site.benchmarks if each.is_about(pool)],
    )


def _whole(site: Site, pool: str) -> Cell:
    """All rules of the pool, each by its worst verdict."""
    verdicts = (site.collection.of(heading.rule, pool) for heading in site.collection.rules)
    return count(grid.worst(v.rule for v in found) for found in verdicts if found)
