"""Sphinx: Markdown pages, and a reference that is made of the project's own records."""

from __future__ import annotations

import sys
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

sys.path.insert(0, str(Path(__file__).parent))

import records

project = "poolproof and forkless"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "poolproof"
html_copy_source = False


class Records(SphinxDirective):
    """`{records} NAME`: the Markdown that `records.NAME()` makes."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        text: str = getattr(records, self.arguments[0])()
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("records", Records)
    return {"parallel_read_safe": True}
