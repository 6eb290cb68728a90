"""The report's skeleton: reading this file is reading the sections in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from analytics.questions import screening
from analytics.questions.analysis import Analysis
from analytics.questions.registry import ANALYSES
from analytics.render.cells import fill, join, of
from analytics.render.figures.all_figures import figures_of
from analytics.render.figures.canvas import Figure, ReportFigure
from analytics.render.formats import count, decimal, excludes_one, sentence, with_limits
from analytics.render.labels import names_of, setting_key
from analytics.render.page.difference import differences
from analytics.render.page.methods import methods, refusals
from analytics.render.page.quality import quality
from analytics.render.page.section import Laid, PlacedFigure, Section
from analytics.render.page.sensitivity import sensitivity_section
from analytics.render.tables.all_tables import tables_of
from analytics.render.tables.cross_checks import second_opinion
from analytics.render.tables.hospital import second_not_looked_for
from analytics.render.tables.parametric_survival import describe_fit
from analytics.render.tables.table import Table
from analytics.render.withheld import withheld
from analytics.results.document import Results
from analytics.results.run import RowsBehind


def sections(results: Results, tables: dict[str, Table], figures: dict[str, Figure]) -> tuple[Section, ...]:
    """Every section; one that has nothing to show says why."""
    sentences, nothing_in = differences(results), withheld(results)
    built = [
        Section(
            each.section,
            each.title.format(**names_of(results)),
            each.question.format(**names_of(results)),
            text=_text(each, results)[:1],
            folded=_text(each, results)[1:],
            difference=sentences.get(each.section, ""),
        )
        for each in ANALYSES
        if each.is_part(results)
    ]
    built += [
        sensitivity_section(results),
        _methods(results),
        Section(
            "refused",
            "What this report does not claim",
            "What can these data not show?",
            points=refusals(results),
        ),
        CHECKLISTS,
        _provenance(results),
    ]
    numbers = iter(range(1, 100))
    return tuple(
        # Only its title, over the sentence that says why it is empty.
        Section(section.id, section.title, section.question, text=(nothing_in[section.id],))
        if section.id in nothing_in
        else replace(
            section,
            figures=_figures(section.id, results, figures, numbers),
            tables=_tables(section.id, results, tables),
            origins=origins(results, section.id),
        )
        for section in built
    )


def _methods(results: Results) -> Section:
    return Section(
        "methods",
        "Methods",
        "How was each question answered?",
        text=("Each question has one primary, corrected estimate; the conventional one stands second.",),
        folded=methods(results),
        fold="The methods in full, to copy into a paper",
    )


def _figures(
    section: str, results: Results, figures: dict[str, Figure], numbers: Iterator[int]
) -> tuple[PlacedFigure, ...]:
    """A section's figures, numbered in the order of the page."""
    return tuple(
        PlacedFigure(figures[each.id], _caption(each, figures[each.id], results), next(numbers), each.stance)
        for each in figures_of(section)
        if each.id in figures
    )


def _caption(record: ReportFigure, figure: Figure, results: Results) -> str:
    """What the record says under each figure, then what this one leaves out."""
    return " ".join(filter(None, (record.caption.format(**names_of(results)), figure.remark)))


def _tables(section: str, results: Results, tables: dict[str, Table]) -> tuple[Laid, ...]:
    return tuple(
        Laid(tables[each.id], wrap=each.wrap, fold=each.fold.format(**names_of(results)))
        for each in tables_of(section)
        if each.id in tables
    )


def _text(analysis: Analysis, results: Results) -> tuple[str, ...]:
    """What stands above the figures."""
    if analysis.section in TEXTS:
        return TEXTS[analysis.section](results)
    return (analysis.text,) if analysis.text else ()


def _screened(results: Results) -> tuple[str, ...]:
    """How the rules are read, and which of them could remove nobody."""
    if results.cohort.n_second is not None:
        return (join(screening.ANALYSIS.text, *_which_cohort(results), between=" "),)
    second = results.study.second_short_label
    return (
        f"{screening.ANALYSIS.text} Rules on {second} could remove nobody: no row that was delivered has it.",
    )


def _which_cohort(results: Results) -> tuple[str, ...]:
    """That the rules make the conventional cohort, and how many the corrected one has."""
    study, whole = results.study, results.incidence_overall
    if whole.observed is None:
        return ()
    seen = of(count(whole.observed), whole, "observed")
    at_risk = of(count(whole.n_index_at_risk), whole, "n_index_at_risk")
    return (
        fill(
            "All rules together make the conventional cohort. The corrected one has everybody who passes "
            f"the first two: {{}} with {study.second_short_label} of {{}} at risk from month "
            f"{study.min_latency_months} on.",
            seen,
            at_risk,
        ),
    )


def _set_aside(results: Results) -> tuple[str, ...]:
    """What was set aside in making the reference rates."""
    note = results.reference_rates.note
    return (note,) if note else ()


def missing(results: Results) -> tuple[tuple[str, str], ...]:
    """The box of what was not delivered: each item's reason and remedy."""
    return tuple((row.reason, row.remedy) for row in results.not_delivered)


CHECKLISTS = Section(
    "checklists",
    "Reporting checklists",
    "Where does this report answer each item?",
    text=("Filled from this run; items for the authors say so.",),
)


def origins(results: Results, section: str) -> tuple[RowsBehind, ...]:
    """What the rows of a section's numbers are, for its drawer."""
    return tuple(row for row in results.provenance if row.section == section)


def _hospital(results: Results) -> tuple[str, ...]:
    """Its proportion beside the registry's."""
    hospital, study = results.institution, results.study
    ratio = hospital.registry_ratio
    if hospital.n_second is None:
        return (f"{sentence(second_not_looked_for(results))}. This is no zero.",)
    text = (
        f"{count(hospital.n_second)} of {count(hospital.n_index)} of the hospital's patients with "
        f"{study.index_label} developed {study.second_label}."
    )
    if ratio and hospital.comparison and ratio.estimate is not None:
        text += (
            f" That proportion is {with_limits(ratio.estimate, ratio.ci)} times the registry's, where "
            f"{decimal(hospital.comparison.expected, 2)} cases would be expected"
            + (": too far apart for either to confirm the other." if excludes_one(ratio.ci) else ".")
        )
    return (text,)


def _printed_numbers(results: Results) -> tuple[str, ...]:
    """How many of the paper's numbers agree, by what they were computed from."""
    verdicts = Counter((row.basis, row.verdict) for row in results.published)
    printed = verdicts["printed numbers", "agrees"], verdicts["printed numbers", "differs"]
    warehouse = verdicts["warehouse", "agrees"], verdicts["warehouse", "differs"]
    impossible = sum(row.verdict == "impossible" for row in results.published)
    not_again = sum(row.verdict == "not_recomputable" for row in results.published)
    not_here = verdicts["warehouse", "not_recomputable"]
    text = [
        f"Of {len(results.published)} printed numbers, from the paper's printed numbers alone {printed[0]} "
        f"agree and {printed[1]} differ; from this warehouse {warehouse[0]} agree and {warehouse[1]} "
        f"differ; {impossible} {'is' if impossible == 1 else 'are'} impossible beside the paper's other "
        f"numbers; {not_again} cannot be recomputed"
        + (f", {not_here} of them because this warehouse does not hold what they need." if not_here else ".")
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
    "smooth": describe_fit,
    "hospital": _hospital,
    "published": _printed_numbers,
    "quality": quality,
}
"""What stands above the figures where it depends on the numbers; else the analysis's own text."""


def _provenance(results: Results) -> Section:
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
        *([("Second program", said)] if (said := second_opinion(results)) else []),
        *((sentence(setting_key(name).replace("_", " ")), str(getattr(study, name))) for name in settings),
    ]
    return Section(
        "provenance", "Provenance", "Where do the numbers come from?",
        text=("Every row read was landed or rejected. Hashes are of the delivered bytes.",),
        folded=(", ".join(f"{name} {version}" for name, version in sorted(run.packages.items())),),
        fold="Packages, run and settings",
        facts=tuple((name, str(value)) for name, value in facts),
    )  # fmt: skip


def bodies(rows: tuple[tuple[str, ...], ...], groups: frozenset[int]) -> Iterator[dict[str, Any]]:
    """A table's rows as groups, each of which becomes a tbody."""
    edges = [*sorted({0, *groups}), len(rows)]
    for start, end in pairwise(edges):
        if start < end:
            yield {"rows": rows[start:end], "grouped": start in groups}
