"""No label, column, figure or sentence may say of chemotherapy "No" where the registry says "No/Unknown"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from analytics.results.json_file import plain

ALONE = re.compile(
    r"chemotherapy\W{1,6}no\b(?!\s*/\s*unknown)(?!\s+\w)|\bno\b\s+chemotherapy|without\s+chemotherapy|untreated",
    re.IGNORECASE,
)
DISCLAIMERS = (
    "not a group known to be untreated",
    "not a group known to have had no chemotherapy",
    "That anybody was untreated:",
)
"""Sentences that say so in order to deny it."""


def says_no(text: str) -> list[str]:
    for disclaimer in DISCLAIMERS:
        text = text.replace(disclaimer, "")
    return [match.group() for match in ALONE.finditer(re.sub(r"\s+", " ", text))]


def test_the_search_finds_what_it_must():
    assert says_no("Chemotherapy: No") and says_no("chemotherapy=No,") and says_no("18 untreated patients")
    assert says_no("| Chemotherapy | No |")
    assert not says_no("Chemotherapy: No/Unknown") and not says_no("no/unknown chemotherapy, multivariable")


def levels(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text that stands under a key, with the key."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from levels(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from levels(item, key)
    elif isinstance(value, str):
        yield key, value


def test_no_level_of_results_json_is_no(results):
    own = {key: value for key, value in plain(results).items() if key not in ("institution", "published")}
    named = [
        (key, text)
        for key, text in levels(own)
        if key in ("level", "reference", "variable", "group", "chemotherapy")
    ]
    assert len(named) > 50
    assert not [text for _, text in named if text.strip().lower() == "no"]
    registrys = {"Yes", "No/Unknown"}
    assert {row.level for row in results.table1 if row.variable == "chemotherapy"} == registrys
    strata = [row.stratum for row in results.sir]
    assert {stratum["chemotherapy"] for stratum in strata if "chemotherapy" in stratum} == registrys
    for key, text in levels(own):
        assert not says_no(f"{key}: {text}"), (key, text)


def test_no_table_figure_or_sentence_of_the_report_says_no(report):
    """The table of printed numbers quotes and discusses the paper, which does say so."""
    for path in (*report.tables, *report.figures):
        if path.suffix not in (".png", ".pdf", ".docx", ".pptx", ".xlsx") and not path.stem.startswith(
            "claims"
        ):
            assert not says_no(path.read_text(encoding="utf-8")), path.name
    page = unescape(report.page.read_text(encoding="utf-8"))
    page = re.sub(r'<section id="published".*?</section>', "", page, flags=re.DOTALL)
    for printed in report.document.published:
        page = page.replace(printed.what, "")
    assert not says_no(re.sub(r"<[^>]+>", " ", page))
    assert not re.search(r"<th[^>]*>\s*No\s*</th>", page)


def test_every_table_about_chemotherapy_has_the_registrys_words(report):
    for name in ("table1", "table2", "competing_risks", "standardised_incidence", "misclassification"):
        text = (report.page.parent / "tables" / f"{name}.csv").read_text(encoding="utf-8")
        assert "No/Unknown" in text, name
