"""The report's skeleton: reading this file is reading the sections in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from analytics.questions import screening
from analytics.questions.analysis import Analysis
from analytics.questions.registry import on_the_page
from analytics.render.figures.canvas import Figure
from analytics.render.figures.captions import STANCE, captions
from analytics.render.formats import count, decimal, sentence, with_limits
from analytics.render.labels import setting_key
from analytics.render.page.difference import differences, excludes_one
from analytics.render.page.methods import methods, refusals
from analytics.render.page.section import Laid, Section, Shown
from analytics.render.tables.table import Table
from analytics.render.withheld import withheld
from analytics.results.document import Results
from analytics.results.run import RowsBehind


def sections(results: Results, tables: dict[str, Table], figures: dict[str, Figure]) -> tuple[Section, ...]:
    """Every section; one that has nothing to show says why."""
    study, said = results.study, differences(results)
    numbers = iter(range(1, 100))

    words = captions(study)

    def row(*ids: str) -> tuple[tuple[Shown, ...], ...]:
        shown = tuple(
            Shown(figures[id], words[id], next(numbers), STANCE.get(id, "")) for id in ids if id in figures
        )
        return (shown,) if shown else ()

    def laid(*ids: str, **how: Any) -> tuple[Laid, ...]:
        return tuple(Laid(tables[id], **how) for id in ids if id in tables)

    names = {
        "index": study.index_label, "second": study.second_short_label, "n_published": len(results.published),
    }  # fmt: skip
    made = [
        Section(
            each.section,
            each.title.format(**names),
            text=_text(each, results),
            difference=said.get(each.section, ""),
            figures=tuple(shown for ids in each.figures for shown in row(*ids)),
            tables=tuple(
                part
                for table in each.tables
                for part in laid(table.id, wrap=table.wrap, fold=table.fold.format(**names))
            ),
        )
        for each in on_the_page()
        if each.section not in ONLY_WHERE or ONLY_WHERE[each.section](results)
    ]
    nothing_in = withheld(results)
    made = [_or_reason(section, nothing_in) for section in made]
    made += [
        _sensitivity(results, laid),
        Section("methods", "Methods", text=methods(results)),
        Section("refused", "What this report refuses to claim", points=refusals(results)),
        _checklists(laid),
        _provenance(results, laid),
    ]
    return tuple(
        section if section.id in nothing_in else replace(section, origins=origins(results, section.id))
        for section in made
    )


def _or_reason(section: Section, nothing_in: dict[str, str]) -> Section:
    """The section, or its title over the sentence that says why it is empty."""
    if section.id not in nothing_in:
        return section
    return Section(section.id, section.title, text=(nothing_in[section.id],))


def _text(analysis: Analysis, results: Results) -> tuple[str, ...]:
    """What stands above the figures."""
    if analysis.section in TEXTS:
        return TEXTS[analysis.section](results)
    return (analysis.text,) if analysis.text else ()


def _screened(results: Results) -> tuple[str, ...]:
    """How the rules are read, and which of them could remove nobody."""
    if results.cohort.n_second is not None:
        return (screening.ANALYSIS.text,)
    second = results.study.second_short_label
    return (
        f"{screening.ANALYSIS.text} Rules on {second} could remove nobody: no row that was delivered has it.",
    )


def _set_aside(results: Results) -> tuple[str, ...]:
    """What was set aside in making the reference rates."""
    note = results.reference_rates.note
    return (note,) if note else ()


def missing(results: Results) -> tuple[tuple[str, str], ...]:
    """The box of what was not delivered: each item's reason and remedy."""
    return tuple((row.reason, row.remedy) for row in results.not_delivered)


def _sensitivity(results: Results, laid) -> Section:
    if results.sensitivity is None:
        text = (
            "Not computed for this release. “metachron sensitivity” rebuilds every mart under each setting; "
            "“metachron report” then shows the table here."
        )
    else:
        text = (
            "Every mart was rebuilt from the same deliveries with one setting changed at a time: what counts "
            "as the second cancer, the shortest latency, and whom the exclusions apply to."
        )
    return Section(
        "sensitivity", "What the answers depend on", text=(text,), tables=laid("sensitivity", wrap=True)
    )


def _checklists(laid) -> Section:
    return Section(
        "checklists",
        "Reporting checklists",
        text=("Filled from this run. Items that only an author can answer say so.",),
        tables=laid("strobe", wrap=True, fold="STROBE, item by item")
        + laid("record", wrap=True, fold="RECORD, item by item"),
    )


def origins(results: Results, section: str) -> tuple[RowsBehind, ...]:
    """What the rows of a section's numbers are, for its drawer."""
    return tuple(row for row in results.provenance if row.section == section)


def _hospital(results: Results) -> tuple[str, ...]:
    """Its proportion beside the registry's."""
    hospital, study = results.institution, results.study
    ratio = hospital.registry_ratio
    text = (
        f"{count(hospital.n_second)} of {count(hospital.n_index)} of the hospital's patients with "
        f"{study.index_label} developed {study.second_label}."
    )
    if ratio and hospital.comparison and ratio.estimate is not None:
        text += (
            f" That proportion is {with_limits(ratio.estimate, ratio.ci)} times the registry's, where "
            f"{decimal(hospital.comparison.expected, 2)} cases would be expected"
            + (": too far apart for either to confirm the other." if excludes_one(ratio.ci) else ".")
            + " The cases are described one by one and as a case series; nobody is linked between "
            "the two."
        )
    return (text,)


def _printed_numbers(results: Results) -> tuple[str, ...]:
    """How many of the paper's numbers agree, by what they were computed from."""
    verdicts = Counter((row.basis, row.verdict) for row in results.published)
    printed = verdicts["printed numbers", "agrees"], verdicts["printed numbers", "differs"]
    warehouse = verdicts["warehouse", "agrees"], verdicts["warehouse", "differs"]
    impossible = sum(row.verdict == "impossible" for row in results.published)
    text = [
        f"Every number that the paper prints, computed again. From its printed numbers alone {printed[0]} "
        f"agree and {printed[1]} differ; from this warehouse {warehouse[0]} agree and {warehouse[1]} "
        f"differ; {impossible} {'is' if impossible == 1 else 'are'} impossible beside the paper's other "
        f"numbers; {verdicts['none', 'not_recomputable']} cannot be recomputed."
    ]
    if results.data.is_synthetic:
        text.append(
            "Differences from the warehouse are expected here: the synthetic second cancers are close to "
            "the paper's on purpose, and not copies of them. Differences within the printed numbers are "
            "the paper's own."
        )
    return tuple(text)


TEXTS: dict[str, Callable[[Results], tuple[str, ...]]] = {
    "included": _screened,
    "sir": _set_aside,
    "hospital": _hospital,
    "published": _printed_numbers,
}
"""What stands above the figures where it depends on the numbers; else the analysis's own text."""

ONLY_WHERE: dict[str, Callable[[Results], bool]] = {
    "hospital": lambda results: bool(results.institution.n_index),
    "published": lambda results: bool(results.published),
}
"""Sections that are left out, and not merely empty, where these results have nothing of theirs."""


def _provenance(results: Results, laid) -> Section:
    run, study = results.run, results.study
    settings = (
        "second_definition",
        "min_age_years",
        "min_latency_months",
        "apply_to_everyone",
        "engine",
        "study_cutoff",
    )
    facts = [
        ("Release", run.warehouse_release),
        ("Run", run.id),
        ("Started", run.started_at),
        ("Code", run.code_version),
        *([("Ledger", run.ledger_head)] if run.ledger_head is not None else []),
        *((sentence(setting_key(name).replace("_", " ")), str(getattr(study, name))) for name in settings),
        ("Packages", ", ".join(f"{name} {version}" for name, version in sorted(run.packages.items()))),
    ]
    return Section(
        "provenance", "Where the numbers come from",
        text=("Rows read are landed or rejected, always. A hash is that of the delivered bytes.",),
        facts=tuple((name, str(value)) for name, value in facts),
        tables=laid("deliveries", wrap=True),
    )  # fmt: skip


def bodies(rows: tuple[tuple[str, ...], ...], groups: frozenset[int]) -> Iterator[dict[str, Any]]:
    """A table's rows as groups, each of which becomes a tbody."""
    edges = [*sorted({0, *groups}), len(rows)]
    for start, end in pairwise(edges):
        if start < end:
            yield {"rows": rows[start:end], "grouped": start in groups}
