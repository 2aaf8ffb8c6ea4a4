"""`site`, `publish` and `compare`: many results as one site, and two of them side by side."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from poolproof_reports.comparison import compare, show
from poolproof_reports.descriptions import Description, load_descriptions
from poolproof_reports.files import text_bytes, write_atomically
from poolproof_reports.findings import Finding, load_findings
from poolproof_reports.results import ResultError
from poolproof_reports.site.benchmarks import load_benchmark
from poolproof_reports.site.build import build
from poolproof_reports.site.collection import gather, result_files
from poolproof_reports.site.pages import Site, comparison_page
from poolproof_reports.site.publish import publish
from poolproof_reports.terminal import console
from poolproof_reports.words import plural

_RESULTS = "result files, or folders with a result.json somewhere in them"


def add_parsers(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the subcommands with their options."""
    site = commands.add_parser(
        "site",
        help="write one site of many results: tables, a page a rule and a pool, findings, plots",
    )
    site.add_argument("results", type=Path, nargs="+", metavar="RESULT", help=_RESULTS)
    site.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder, made if missing"
    )
    _add_sources(site)
    site.add_argument(
        "--benchmark",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="what a benchmark's --json wrote, or a folder of such files, as plots; repeatable",
    )
    site.add_argument(
        "--baseline",
        type=Path,
        action="append",
        default=[],
        metavar="RESULT",
        help="earlier results to compare with; repeatable",
    )
    site.set_defaults(act=write_site)
    public = commands.add_parser(
        "publish", help="keep results without this machine's folders, and make their site anew"
    )
    public.add_argument("folder", type=Path, metavar="DIR", help="where results are published")
    public.add_argument(
        "--add",
        nargs="+",
        action="append",
        default=[],
        metavar=("CELL", "RESULT"),
        help=f"the cell that results come from, and {_RESULTS}; repeatable",
    )
    _add_sources(public)
    public.set_defaults(act=publish_results)
    two = commands.add_parser(
        "compare", help="what changed between two results, new failures first; exit code 1 if any"
    )
    two.add_argument("old", type=Path, metavar="OLD", help=_RESULTS)
    two.add_argument("new", type=Path, metavar="NEW", help=_RESULTS)
    two.add_argument("--html", type=Path, metavar="FILE", help="write it as a page, too")
    two.set_defaults(act=show_comparison)


def _add_sources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rules",
        type=Path,
        metavar="FILE",
        help="what the rules demand, from: poolproof explain '*' --json",
    )
    parser.add_argument("--findings", type=Path, metavar="DIR", help="folder with findings.toml")
    parser.set_defaults(descriptions={})


def write_site(options: argparse.Namespace) -> int:
    """Write the site, and say where.

    `options.descriptions` tells what the rules demand where `--rules` does not.

    Raises:
        ResultError: a file is not what it should be.
        FindingError: a finding's record is wrong.
        OSError: a file cannot be read or written.
    """
    _build(_site(options, options.results, options.benchmark, options.baseline), options.out)
    return 0


def publish_results(options: argparse.Namespace) -> int:
    """Publish the results that are given, if any, and make the site of all that are published.

    Raises as `write_site`.
    """
    for cell, *results in options.add:
        if not results:
            raise ResultError(f"--add {cell}: no result, expected a cell and its results")
        for path in map(Path, results):
            for file in result_files(path):
                print(*publish(file, cell, options.folder), sep="\n")
    figures = options.folder / "benchmarks"
    site = _site(options, [options.folder / "results"], [figures] if figures.is_dir() else [], [])
    _build(site, options.folder / "site")
    return 0


def _build(site: Site, folder: Path) -> None:
    number = build(site, folder)
    print(f"{folder / 'index.html'} and {plural(number - 1, 'file')} beside it")


def _site(
    options: argparse.Namespace, results: list[Path], figures: list[Path], baseline: list[Path]
) -> Site:
    collection = gather(results)
    descriptions: Mapping[str, Description] = options.descriptions
    if options.rules is not None:
        descriptions = load_descriptions(options.rules)
    findings: Sequence[Finding] = ()
    if options.findings is not None:
        findings = load_findings(options.findings)
    files = [file for path in figures for file in _json_files(path)]
    return Site(
        collection,
        descriptions=descriptions,
        findings=findings,
        scripts={
            finding.slug: (options.findings / f"{finding.slug}.py").read_text("utf-8", "replace")
            for finding in findings
        },
        benchmarks=[load_benchmark(file) for file in files],
        comparison=compare(gather(baseline), collection) if baseline else None,
    )


def _json_files(path: Path) -> list[Path]:
    return sorted(path.glob("*.json")) if path.is_dir() else [path]


def show_comparison(options: argparse.Namespace) -> int:
    """Print what changed, and write it as a page if asked; 1 for new failures, else 0."""
    comparison = compare(gather([options.old]), gather([options.new]))
    if options.html is not None:
        options.html.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(options.html, text_bytes(comparison_page(comparison)))
    show(comparison, console())
    return 1 if comparison.failures else 0
