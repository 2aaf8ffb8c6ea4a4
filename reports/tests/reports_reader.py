"""Reads the project's pages strictly, as no browser does: what is not well formed is an error."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "img", "hr", "wbr"}
FETCHING = ("src", "srcset", "href", "action", "formaction", "data", "poster", "background", "ping")


class Reader(HTMLParser):
    """Reads a page strictly: every tag closed in order, every id once."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []
        assert len(self.ids) == len(set(self.ids))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in {tag}: {attrs}"
        given_attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given_attributes))
        self.ids += [given_attributes["id"]] if "id" in given_attributes else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["style"], ["script"]):
            self.text += data


def shape(reader: Reader) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag, tuple(sorted(attributes))) for tag, attributes in reader.tags]
