"""What files of tables, labels and the panel of a pressed number say, under both verdicts."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import docx
import pytest

from analytics.questions.contrasts import CORRECTED, SURVIVAL
from analytics.render.cells import of
from analytics.render.files.docx import to_word
from analytics.render.files.latex import to_latex
from analytics.render.labels import definition_label
from analytics.render.page.section import Laid, Section
from analytics.render.printed_values import with_printed
from analytics.render.public_tables import _hazard_ratio
from analytics.render.tables.table import SYNTHETIC, Table
from analytics.render.traceable import PressableNumbers
from analytics.results.contrasts import Contrast
from analytics.results.ids import ADJUSTED, AnswerId, Block
from analytics.results.published import PrintedNumber
from analytics.warehouse.study import CodeRange
from tests.analytics.empty_results import STUDY, results_of_nobody
from tests.analytics.test_words import model

GROUPED = Table(
    "Survival", ("Group", "Ratio"), (("Sex", ""), ("Male", "0.48"), ("Era", "0.02")),
    groups=frozenset({0, 2}), id="survival",
)  # fmt: skip
"""A heading over its rows, and a row that opens a group and has a number of its own."""


# Files for authors


@pytest.mark.parametrize("synthetic", [True, False])
def test_a_word_document_of_made_up_data_says_so_below_its_title_and_below_each_table(synthetic):
    section = Section("survival", "Survival", "Who lives?", tables=(Laid(GROUPED),))
    document = docx.Document(io.BytesIO(to_word([section], STUDY, synthetic=synthetic)))
    said = [SYNTHETIC] * synthetic
    words = [paragraph.text for paragraph in document.paragraphs if paragraph.text]
    assert words == [STUDY.title, *said, "Survival", "Survival", *said]
    assert document.core_properties.comments == "".join(said)


def test_a_heading_spans_its_table_in_word_and_a_row_with_a_number_does_not():
    section = Section("survival", "Survival", "Who lives?", tables=(Laid(GROUPED),))
    (table,) = docx.Document(io.BytesIO(to_word([section], STUDY, synthetic=False))).tables
    assert [len(row._tr.tc_lst) for row in table.rows] == [2, 1, 2, 2]
    assert [[tc.grid_span for tc in row._tr.tc_lst] for row in table.rows] == [[1, 1], [2], [1, 1], [1, 1]]


def test_a_heading_spans_its_table_in_latex_and_a_row_with_a_number_does_not():
    lines = to_latex(GROUPED, synthetic=False).splitlines()
    assert lines[lines.index(r"\endlastfoot") + 1 : -1] == [
        r"\multicolumn{2}{l}{\textbf{Sex}} \\", r"Male & 0.48 \\",
        r"\addlinespace", r"\textbf{Era} & 0.02 \\",
    ]  # fmt: skip


# Labels


def test_definitions_are_those_of_leukaemia_where_the_study_is_of_it():
    codes = CodeRange("second", "site_recode_35011", "9826", "9826", None, None, None, None)
    of_leukaemia = replace(STUDY, cancers=(codes,))
    names = ("primary", "broad", "site_recode_35011")
    assert [definition_label(of_leukaemia, name) for name in names] == [
        "Lymphoid leukaemia codes of the study (selected by default)",
        "Broad: lymphoblastic lymphoma codes as well",
        "The registry's site recode 35011",
    ]
    of_another = replace(STUDY, cancers=(replace(codes, definition="broad"),))
    assert [definition_label(of_another, name) for name in names[:2]] == [
        "Codes of the study (selected by default)", "Broad",
    ]  # fmt: skip


@pytest.mark.parametrize(("limits", "said"), [
    ((1.2, 3.4), "2.0 (1.2 to 3.4)"),
    ((1.2, None), "2.0 (1.2 to not reached)"),
    ((None, 3.4), "2.0 (— to 3.4)"),
])  # fmt: skip
def test_an_upper_limit_of_the_public_report_may_not_be_reached(limits, said):
    assert _hazard_ratio(2.0, *limits) == said


# What a paper prints


def ledger(**printed: str) -> tuple[PrintedNumber, ...]:
    """Numbers of a paper about one row of the results, by the field or the limit that each is of."""
    places = {"low": "row.ci[0]", "high": "row.ci[1]"}
    return tuple(
        PrintedNumber("Table 2", name, text, 1.0, "differs", None, expression=f"{{{places.get(name, name)}}}")
        for name, text in printed.items()
    )


@pytest.mark.parametrize(("printed", "said"), [
    ({"row.hr": "13.840", "low": "1.807", "high": "106.010"}, "13.840 (1.807 to 106.010)"),
    ({"low": "1.807", "high": "106.010"}, "1.807 to 106.010"),
    ({"row.hr": "13.840", "low": "1.807"}, "13.840"),
    ({"row.hr": "13.840"}, "13.840"),
])  # fmt: skip
def test_an_interval_that_the_paper_prints_is_in_brackets_behind_its_estimate(printed, said):
    row = {"hr": 12.7, "ci": (1.7, 95.4)}
    table = Table("T", ("HR",), ((of("12.7 (1.70 to 95.4)", row, "hr", "ci"),),))
    made = with_printed(table, results_of_nobody(published=ledger(**printed)), {id(row): "row"})
    assert made.rows == (("12.7 (1.70 to 95.4)", said),)


# A number that is pressed


def test_a_number_was_estimated_from_rows_or_computed_from_such_numbers():
    """A hazard ratio; the contrast that repeats it; and the paper's counterpart of it."""
    fitted = model(ADJUSTED, 2.0, (1.2, 3.4))
    repeated = Contrast(
        SURVIVAL, "Cox", CORRECTED, "hazard ratio", 2.0, (1.2, 3.4), 0.01, AnswerId(Block.COX, ADJUSTED)
    )
    place = f"cox[id={ADJUSTED}].terms[variable=second_primary,level=with].hr"
    printed = PrintedNumber(
        "Table 2", "hazard ratio", "2.1", 2.0, "differs", None, id="1", basis="warehouse", decimals=1,
        expression=f"{{{place}}}",
    )  # fmt: skip
    page = PressableNumbers(results_of_nobody(cox=(fitted,), contrasts=(repeated,), published=(printed,)))
    page.mark(of("2.0", fitted.terms[0], "hr"))
    page.mark(of("2.0", repeated, "estimate"))
    page.mark(of("2.1", printed, "printed"))
    held = json.loads(page.embedded())
    assert [(number[0], held["texts"][number[4]]) for number in held["numbers"]] == [
        (place, "the number was estimated from them"),
        ("contrasts[0].estimate", "the number was computed from them"),
        ("published[id=1].printed", "printed in the paper, Table 2"),
        ("published[id=1].recomputed", "the recomputed number was computed from them"),
    ]
