"""What a reader sees before anything is opened: few words a section, and nothing lost that is folded."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

WORD = re.compile(r"\S*\w\S*")
UNSEEN = {"script", "style", "svg", "table", "title"}
MOST = {"answer": 480, "survival": 220, "after": 200}
MOST_OF_ANOTHER, MOST_OF_ALL = 130, 2000


class Prose(HTMLParser):
    """Words outside tables and figures by section, of what is folded and of what is not."""

    def __init__(self) -> None:
        super().__init__()
        self.unfolded: dict[str, int] = {}
        self.folded = ""
        self._section, self._unseen, self._shut = "head", 0, 0
        self._in_summary = False

    def handle_starttag(self, tag, attrs) -> None:
        named = dict(attrs)
        if tag == "section" or named.get("id") == "answer":
            self._section = named["id"]
        elif tag in ("nav", "footer"):
            self._section = tag
        self._unseen += tag in UNSEEN
        self._shut += tag == "details" and "open" not in named
        self._in_summary = tag == "summary" or self._in_summary

    def handle_endtag(self, tag) -> None:
        self._unseen -= tag in UNSEEN
        self._shut -= tag == "details"
        self._in_summary = self._in_summary and tag != "summary"

    def handle_data(self, data) -> None:
        if self._unseen:
            return
        if self._shut and not self._in_summary:
            self.folded += data
        else:
            self.unfolded[self._section] = self.unfolded.get(self._section, 0) + len(WORD.findall(data))


@pytest.fixture(scope="module")
def prose(report) -> Prose:
    found = Prose()
    found.feed(report.page.read_text(encoding="utf-8"))
    return found


def test_no_section_says_more_than_a_reader_reads(prose):
    for section, words in prose.unfolded.items():
        assert words <= MOST.get(section, MOST_OF_ANOTHER), (section, words)
    assert sum(prose.unfolded.values()) < MOST_OF_ALL, prose.unfolded


def test_what_is_folded_is_there(prose):
    for said in ("Brookmeyer and Crowley's", "as in R's poisson.test", "Mantel-Haenszel", "Drawn to month"):
        assert said in prose.folded, said
