"""What the pages tell the reader to type is typed here, and does what they say."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from poolproof import cli

DOCS = Path(__file__).parent
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
WITHIN_S = 300


@dataclass
class Block:
    """A piece of code on a page; `output` is what the page says that it prints."""

    language: str
    caption: str
    text: str
    output: list[str] = field(default_factory=list)


def blocks(page: str) -> Iterator[Block]:
    """The code of a page, each with the text block that follows it."""
    found: list[Block] = []
    for token in MarkdownIt().parse((DOCS / page).read_text(encoding="utf-8")):
        if token.type != "fence":
            continue
        if token.info == "text":
            found[-1].output.append(token.content)
            continue
        options, _, text = token.content.partition("\n\n")
        if options.startswith(":caption: "):
            caption = options.removeprefix(":caption: ")
            found.append(Block(token.info.split()[-1], caption, text))
        else:
            found.append(Block(token.info, "", token.content))
    return iter(found)


def run(command: list[str], folder: Path) -> str:
    """What the command prints; whether it succeeds is for the page to say."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=WITHIN_S,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def commands(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Program and arguments of each line."""
    for line in block.text.splitlines():
        program, *arguments = shlex.split(line)
        yield program, arguments


def check(block: Block, got: str) -> None:
    flags = ELLIPSIS | NORMALIZE_WHITESPACE
    for want in block.output:
        assert OutputChecker().check_output(f"...{want.strip()}...", got, flags), (
            f"{block.text}\nThe page says:\n{want}\nIt printed:\n{got}"
        )


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    typed = 0
    for block in blocks("tutorial.md"):
        if block.language == "python":
            (tmp_path / block.caption).write_text(block.text, encoding="utf-8")
        else:
            assert block.language == "sh"
            printed = ""
            for program, arguments in commands(block):
                assert program == "poolproof"
                printed += run([sys.executable, "-m", program, *arguments], tmp_path)
                typed += 1
            check(block, printed)
    assert typed >= 6
    assert (tmp_path / "site" / "index.html").exists()
    assert (tmp_path / "poolproof-report" / "report.html").exists()


def test_the_example_of_a_history_prints_what_the_page_says(tmp_path: Path) -> None:
    (block,) = [each for each in blocks("explanation/histories.md") if each.language == "python"]
    check(block, run([sys.executable, "-c", block.text], tmp_path))


def test_the_race_that_is_explained_is_judged_and_drawn_as_the_page_shows(tmp_path: Path) -> None:
    shown = DOCS / "explanation"
    shutil.copy(shown / "semaphore-race.json", tmp_path)
    _, block = [b for b in blocks("explanation/a-race-explained.md") if b.language == "sh"]
    ((_, arguments),) = commands(block)
    check(block, run([sys.executable, "-m", "poolproof", *arguments], tmp_path))
    drawn = (tmp_path / "semaphore-race.svg").read_bytes()
    assert drawn == (shown / "semaphore-race.svg").read_bytes()


@pytest.mark.parametrize("page", PAGES)
def test_every_command_on_a_page_is_one_that_there_is(page: str) -> None:
    extensions = entry_points(group=cli.EXTENSIONS)
    for block in blocks(page):
        for program, arguments in commands(block) if block.language == "sh" else ():
            assert program in ("poolproof", "python", "pytest")
            if program == "poolproof":
                cli._parser(arguments, extensions).parse_args(arguments)


@pytest.mark.parametrize("page", PAGES)
def test_all_python_on_a_page_is_python(page: str) -> None:
    for block in blocks(page):
        if block.language == "python":
            compile(block.text, page, "exec")
