"""Tables 3 and 4, printed numbers and the deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analytics.render.cells import of
from analytics.render.formats import NOTHING, STATES, count, decimal, months, p_value, sentence
from analytics.render.tables.table import ReportTable, Table
from analytics.render.withheld import lacks_registry
from analytics.results.document import Results
from analytics.results.hospital import HospitalCase
from analytics.results.published import PrintedNumber
from analytics.results.states import NOT_DELIVERED

VERDICTS = {
    "agrees": "agrees",
    "differs": "differs",
    "impossible": "impossible",
    "not_recomputable": "not recomputable",
}

SIGNS = {"+": "positive", "-": "negative"}
"""In words, because a dash in these tables is a value not given."""

OF_INDEX = {
    "age_at_index_years": "Age at {index}, years",
    "sex": "Sex",
    "mm_subtype": "Subtype",
    "durie_salmon_stage": "Durie-Salmon stage",
    "iss_stage": "ISS stage",
    "fish": "FISH",
    "induction": "Induction",
    "induction_response": "Response to induction",
    "had_asct": "Autologous transplant",
    "maintenance_drug": "Maintenance",
    "maintenance_months": "Maintenance, months",
    "relapsed": "Relapse",
    "relapse_drug": "Treatment of relapse",
    "relapse_weeks": "Treatment of relapse, weeks",
}
OF_SECOND = {
    "latency_months": "Latency, months",
    "age_at_second_years": "Age at {second}, years",
    "mm_active_at_second": "{index} active at {second}",
    "lineage": "Lineage",
    "cd10": "CD10",
    "cigm": "Cytoplasmic IgM",
    "karyotype": "Karyotype",
    "bcr_abl": "BCR-ABL",
    "mll": "MLL rearrangement",
    "second_induction": "Induction",
    "second_response": "Response",
    "survival_months_after_second": "Survival after {second}, months",
    "died": "Status at last contact",
}


def has_cases(results: Results) -> bool:
    return bool(results.institution.cases)


def table3(results: Results) -> Table:
    """The hospital's cases: the index cancer and its treatment."""
    index = results.study.index_label
    return _cases(results, f"Table 3. The hospital's cases: {index} and its treatment", OF_INDEX)


TABLE_3 = ReportTable("table3", "hospital", table3, made_of=("institution",), when=has_cases)


def table4(results: Results) -> Table:
    """The hospital's cases: the second primary."""
    second = results.study.second_label
    return _cases(results, f"Table 4. The hospital's cases: {second}", OF_SECOND)


TABLE_4 = ReportTable("table4", "hospital", table4, made_of=("institution",), when=has_cases)


def _cases(results: Results, title: str, fields: dict[str, str]) -> Table:
    study, cases = results.study, results.institution.cases
    names = {"index": study.index_short_label, "second": study.second_short_label}
    return Table(
        title=title,
        columns=("Characteristic", *(f"Case {at}" for at in range(1, len(cases) + 1))),
        rows=tuple(
            (label.format(**names), *(of(_shown(field, getattr(case, field)), case, *_number(case, field))
                                      for case in cases))
            for field, label in fields.items()
        ),
        footnotes=("A dash is a value that the hospital's file does not give.",),
    )  # fmt: skip


def _number(case: HospitalCase, field: str) -> tuple[str, ...]:
    """The field, if it holds a number."""
    value = getattr(case, field)
    return (field,) if isinstance(value, int | float) and not isinstance(value, bool) else ()


def _shown(field: str, value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    if field == "died":
        return "dead" if value else "alive"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in SIGNS:
        return SIGNS[value]
    return months(value) if isinstance(value, int | float) else str(value)


def has_printed_numbers(results: Results) -> bool:
    return bool(results.published)


def printed_numbers(results: Results) -> Table:
    """Every printed number beside the same computed again."""
    return _printed_numbers("Printed in the paper, and computed again", results.published, results)


PRINTED_NUMBERS = ReportTable(
    "claims",
    "published",
    printed_numbers,
    made_of=("published",),
    when=has_printed_numbers,
    fold="All {n_published} printed numbers",
    wrap=True,
)


def own_differences(results: Results) -> Table:
    """The numbers that the paper's other numbers contradict: no registry data are needed to see these."""
    rows = [
        row
        for row in results.published
        if row.verdict in ("differs", "impossible") and row.basis != "warehouse"
    ]
    return _printed_numbers("Where the paper's own numbers contradict each other", rows, results)


OWN_DIFFERENCES = ReportTable(
    "claims_own", "published", own_differences, made_of=("published",), when=has_printed_numbers, wrap=True
)


def _printed_numbers(title: str, rows: Sequence[PrintedNumber], results: Results) -> Table:
    of_registry = STATES[NOT_DELIVERED] if lacks_registry(results) else NOTHING
    return Table(
        title=title,
        columns=("No.", "Where", "What", "Printed", "Recomputed", "From", "Verdict", "Note"),
        rows=tuple(
            (row.id, row.where, sentence(row.what), of(_printed(row.printed), row, "printed"),
             of(_again(row, of_registry), row, "recomputed"),
             row.basis, VERDICTS[row.verdict], row.note or "")
            for row in rows
        ),
        numeric=frozenset({3, 4}),
        footnotes=(
            "A number agrees if the recomputed one, rounded as the paper rounds, can be the printed one. "
            "It is impossible if no data could give it beside the paper's other numbers; recomputed is then "
            "the bound.",
        ),
    )  # fmt: skip


def _printed(text: str) -> str:
    """As in the paper, whose large counts have commas that the file leaves out."""
    return count(int(text)) if text.isdigit() else text


def _again(row: PrintedNumber, of_registry: str) -> str:
    """One digit more than printed, so that a reader sees how the rounding falls; else why there is none."""
    value = row.recomputed
    if value is None:
        return of_registry if row.basis == "warehouse" and "{institution." not in row.expression else NOTHING
    if isinstance(value, str):
        return value
    if row.printed.startswith("<"):
        return p_value(value)
    digits = row.decimals or 0
    return decimal(value, digits + 1 if digits else 0 if float(value).is_integer() else 1)


def deliveries(results: Results) -> Table:
    """The files that this release was built from."""
    rows = results.run.inputs
    return Table(
        title="Deliveries of this release",
        columns=("File", "Kind", "Rows read", "Landed", "Rejected", "SHA-256"),
        rows=tuple(
            (str(row["path"]), str(row.get("kind") or NOTHING),
             *(of(count(row.get(name)), row, name) for name in ("rows_read", "rows_landed", "rows_rejected")),
             str(row.get("sha256") or NOTHING))
            for row in rows
        ),
        numeric=frozenset({2, 3, 4}),
    )  # fmt: skip


DELIVERIES = ReportTable("deliveries", "provenance", deliveries, made_of=("run",), wrap=True)
