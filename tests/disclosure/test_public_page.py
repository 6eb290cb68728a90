"""The public report in words: sections of the report, intervals of the counts as shown, nothing in code."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest

from analytics.disclosure.cells import HIDDEN, PrintedCount, print_exactly
from analytics.disclosure.profiles import PROFILES
from analytics.disclosure.public import PublicResults, PublicTable, number
from analytics.disclosure.public_results import PARTS, disclose
from analytics.questions.registry import ANALYSES
from analytics.render.figures.axes import ERA_PALETTE
from analytics.render.figures.canvas import COLOURS
from analytics.render.figures.public_curves import public_figures
from analytics.render.formats import sentence
from analytics.render.page.public_report import page, sections
from analytics.render.public_tables import PRESENTATIONS, for_page, rate_with_interval, ratio_with_interval
from analytics.render.public_words import answer, not_shown, rule
from analytics.results.ids import Cox, CoxId, SurvivalId
from tests.analytics.figure_readers import public_curves
from tests.analytics.svg_figures import read
from tests.disclosure.made_up import ERA_1, ERA_2, SHA, results

STUDY = results().study
ABOUT_25 = PrintedCount(25, 23, 27, 5)


@cache
def report() -> PublicResults:
    return disclose(results(), "0001", profile=PROFILES["seer11"], synthetic={SHA})[0]


def words() -> str:
    """What a reader sees of the page."""
    text = page(report(), STUDY, "0001")
    text = re.sub(r"<style>.*?</style>", " ", text, flags=re.S)
    return re.sub(r"<[^>]+>", " ", text)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        # Clopper and Pearson of 18 in 64,629; Garwood of 25 over 2.56 and of 13 over 91,008 person-years.
        (rate_with_interval(print_exactly(18), print_exactly(64_629), 100_000), "27.9 (16.5 to 44.0)"),
        (ratio_with_interval(ABOUT_25, 2.56), "9.77 (6.32 to 14.4)"),
        (ratio_with_interval(13, 91_008, 100_000), "14.3 (7.61 to 24.4)"),
        (rate_with_interval(HIDDEN, print_exactly(64_629), 100_000), "—"),
        (rate_with_interval(print_exactly(18), HIDDEN, 100_000), "—"),
        (ratio_with_interval(HIDDEN, 2.56), "—"),
        (ratio_with_interval(print_exactly(18), None), "—"),
    ],
)
def test_intervals_are_of_the_counts_as_shown(shown, expected):
    assert shown == expected


def test_sections_are_those_of_the_report_in_its_order():
    made = sections(report(), STUDY)
    known = [analysis.section for analysis in ANALYSES]
    shown = [section.id for section in made if section.id != "methods"]
    assert shown == [id for id in known if id in shown] and len(shown) >= 5
    placed = [laid.table.id for section in made for laid in section.tables]
    assert sorted(placed) == sorted(table.name for table in report().tables)
    drawn = [item.figure.id for section in made for item in section.figures]
    assert drawn == list(dict.fromkeys(f"public-{curve.analysis}" for curve in report().curves)) and drawn
    assert page(report(), STUDY, "0001").count("<svg") == len(drawn)


def test_every_part_has_its_words():
    made = {t.name for part in PARTS for t in part(results(), ANY, PROFILES["seer11"]).tables}
    assert made <= set(PRESENTATIONS) and len(made) >= 12
    shown_in = {PRESENTATIONS[name](STUDY).section for name in PRESENTATIONS}
    assert shown_in <= {analysis.section for analysis in ANALYSES}


class Anything(dict):
    def __missing__(self, key: str) -> PrintedCount:
        return print_exactly(5_000)

    def __contains__(self, key: object) -> bool:
        return True

    def get(self, key, default=None):  # as a printed count, too
        return self[key]


ANY = Anything()


def test_no_name_of_the_program_is_on_the_page():
    assert not re.findall(
        r"\b(?:os_\w+|index_\w+|second_\w+|table1\w*|chi2|\w+_primary\w*|logrank)\b", words()
    )


def test_the_second_cancer_has_one_name():
    assert "second primary" not in words() and "without ALL" in words()


def test_settings_are_in_words():
    assert "setting" not in words() and " = " not in words()


def test_abbreviations_are_written_out_once_and_the_report_says_how_to_cite_it():
    said = words()
    assert said.count("MM, multiple myeloma; ALL, acute lymphoblastic leukaemia") == 1
    assert f"{STUDY.title}. Public report 0001. Made by metachron {report().code_version}." in said


def test_what_only_the_title_abbreviates_is_written_out_too():
    title = "Second leukaemia after myeloma in SEER"
    assert "; SEER, Surveillance, Epidemiology" in page(report(), replace(STUDY, title=title), "0001")


@pytest.mark.parametrize(
    ("value", "decimals", "shown"), [(18.5, 0, 19), (17.5, 0, 18), (0.25, 1, 0.3), (68.06, 1, 68.1)]
)
def test_numbers_are_rounded_half_up(value, decimals, shown):
    assert number(value, decimals) == shown


def test_an_era_has_the_colour_that_it_has_in_the_report_even_alone():
    curves = [curve for curve in report().curves if curve.analysis == SurvivalId.BY_ERA]
    assert [curve.level for curve in curves] == [ERA_1, ERA_2]
    later = replace(report(), curves=(curves[1],))
    [(_, alone)] = public_figures(later, STUDY)
    hues = [COLOURS[colour] for colour in ERA_PALETTE[:2]]
    assert hues[1] in alone.svg and hues[0] not in alone.svg


def test_what_is_not_shown_is_named_with_its_reason():
    listed = dict(not_shown(report(), STUDY))
    assert ("The latency of each patient",) in listed.values()
    everything = " ".join(item for what in listed.values() for item in what)
    assert "Hazard ratios: Sex, alone" in everything
    assert "Tests between the groups' characteristics: Sex (Pearson's chi-squared" in everything
    assert len(listed) >= 5


def test_the_answer_says_that_a_number_is_hidden_and_no_more():
    eras = next(table for table in report().tables if table.name == "eras")
    rows = tuple((*row[:2], HIDDEN, None, *row[4:]) if row[0] == "all" else row for row in eras.rows)
    hidden = replace(report(), tables=(replace(eras, rows=rows),))
    (said,) = answer(hidden, STUDY)
    assert "64,629" in said and "is not shown" in said and "18" not in said
    assert "conventional exclusions" in answer(report(), STUDY)[-2]
    assert "18 of 64,629 adults with multiple myeloma" in " ".join(answer(report(), STUDY))


def test_what_is_not_shown_is_not_called_small_itself():
    sir = next(table for table in report().tables if table.name == "sir")
    rows = tuple((*row[:2], HIDDEN, None, None) if row[0] is None else row for row in sir.rows)
    (said,) = answer(replace(report(), tables=(replace(sir, rows=rows),)), STUDY)
    assert said.endswith("is not shown: the count behind it is small, or would reveal a small one.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sALL known by month 24", "sALL known by month 24"),
        ("sAML: with sAML", "sAML: with sAML"),
        ("without sALL", "Without sALL"),
        ("second primary", "Second primary"),
        ("", ""),
    ],
)
def test_an_abbreviation_keeps_its_letters_at_the_start(text, said):
    assert sentence(text) == said


def test_no_table_writes_the_second_cancer_in_other_letters():
    study = replace(STUDY, second_short_label="sALL")
    tables = [for_page(table, study) for table in report().tables]
    ids = (CoxId(Cox.LANDMARK, landmark_months=24), CoxId(Cox.ADJUSTED))
    rows = tuple((str(id), "", 5_000, 50) for id in ids)
    tables.append(for_page(PublicTable("compared", "", ("model", "group", "n", "events"), rows), study))
    said = "; ".join(cell for table in tables for row in (table.columns, *table.rows) for cell in row)
    assert "SALL" not in said and "sALL known by month 24" in said


def test_whole_numbers_of_tests_have_no_decimals():
    rows = (("age_at_index_years", "student_t", 3.69, 64_627.0, "<0.001"),
            ("age_at_index_years", "mann_whitney", 877_198.0, None, "<0.001"))  # fmt: skip
    made = for_page(PublicTable("table1_tests", "", ("", "", "", "", ""), rows), STUDY)
    assert [row[1:3] for row in made.rows[1:]] == [("3.69", "64,627"), ("877,198", "—")]


def test_definitions_are_in_words():
    made = for_page(next(table for table in report().tables if table.name == "definitions"), STUDY)
    assert [row[0] for row in made.rows] == ["Codes of the study (selected by default)", "Broad"]


def test_a_first_column_of_numbers_stands_under_its_heading():
    assert re.search(r'<th scope="row" class=number>1,529', page(report(), STUDY, "0001"))


def test_rows_stand_under_their_variable():
    table = for_page(next(t for t in report().tables if t.name == "table1"), STUDY)
    assert table.rows[0] == ("Sex", "", "") and 0 in table.groups
    assert table.rows[1] == ("Male", "35,067 (54.3%)", "*")


def test_a_drawn_curve_has_the_points_that_are_shown_and_no_other():
    """Read back from the SVG: steps at the shown months, the colour of each name, the counts as shown."""
    drawn = [figure for _, figure in public_figures(report(), STUDY)]
    assert drawn
    for figure in drawn:
        curves = [curve for curve in report().curves if f"public-{curve.analysis}" == figure.id]
        public_curves(read(figure.svg), curves, STUDY)


def test_the_rule_names_the_steps_to_which_counts_are_rounded():
    eras = next(table for table in report().tables if table.name == "eras")
    rows = tuple((*row[:5], PrintedCount(20, 10, 29, 20), *row[6:]) for row in eras.rows)
    assert "rounded to a multiple of 20," in rule(replace(report(), tables=(replace(eras, rows=rows),)))[0]
    exact = tuple((*row[:5], print_exactly(24), *row[6:]) for row in eras.rows)
    assert "rounded" not in rule(replace(report(), tables=(replace(eras, rows=exact),)))[0]
