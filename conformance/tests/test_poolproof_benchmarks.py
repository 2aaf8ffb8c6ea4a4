"""The benchmark of the checkers runs, finds its own histories right, and plots what it measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "checkers.py"


def test_every_checker_is_measured_and_plotted(tmp_path: Path) -> None:
    rows, image = tmp_path / "rows.json", tmp_path / "plot.svg"
    command = [sys.executable, str(SCRIPT), "--most", "3000"]
    subprocess.run([*command, "--json", str(rows), "--svg", str(image)], check=True, timeout=120)
    measured = json.loads(rows.read_text())
    names = list(dict.fromkeys(row["checker"] for row in measured))
    assert [(row["checker"], row["operations"]) for row in measured] == [
        (name, size) for name in names for size in (1000, 3000)
    ]
    drawn = ElementTree.fromstring(image.read_text())
    assert {"happens-before", *names} <= {text.text for text in drawn.iter() if text.text}
