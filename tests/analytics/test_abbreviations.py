"""Abbreviations are explained once and marked everywhere; what is marked was escaped first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.render.abbreviations import Abbreviations
from tests.analytics.empty_results import STUDY

MYELOMA = replace(
    STUDY, index_label="multiple myeloma", index_short_label="MM",
    second_label="acute lymphoblastic leukaemia", second_short_label="sALL",
)  # fmt: skip


@pytest.fixture
def abbreviations():
    return Abbreviations(MYELOMA)


def test_every_use_is_marked_and_only_what_was_used_is_written_out(abbreviations):
    said = abbreviations.mark("HR 2.0 (95% CI 1.1 to 3.6) of sALL; MM")
    assert said == (
        '<abbr title="hazard ratio">HR</abbr> 2.0 (95% <abbr title="confidence interval">CI</abbr> 1.1 to '
        '3.6) of <abbr title="secondary acute lymphoblastic leukaemia">sALL</abbr>; '
        '<abbr title="multiple myeloma">MM</abbr>'
    )
    assert abbreviations.written_out() == (
        ("MM", "multiple myeloma"), ("sALL", "secondary acute lymphoblastic leukaemia"),
        ("CI", "confidence interval"), ("HR", "hazard ratio"),
    )  # fmt: skip


def test_what_only_tables_and_figures_use_is_written_out(abbreviations):
    assert abbreviations.written_out("<td>HR</td><text id='SD'>CI</text>") == (
        ("CI", "confidence interval"),
        ("HR", "hazard ratio"),
    )


@pytest.mark.parametrize("text", [
    "MMRF", "comm", "mm", "CIs", "MM-2018", "results/MM/latest", "THRU",
])  # fmt: skip
def test_a_part_of_another_word_is_none(abbreviations, text):
    assert "<abbr" not in abbreviations.mark(text)
    assert abbreviations.written_out() == ()


def test_what_a_file_says_stays_text(abbreviations):
    """A label of a hostile study, and a value of a hostile cell."""
    assert abbreviations.mark("<script>MM</script>").startswith("&lt;script&gt;<abbr")
    hostile = Abbreviations(replace(MYELOMA, index_label='"><script>', index_short_label="M&M"))
    assert hostile.mark("M&M") == "M&amp;M"
    hostile = Abbreviations(replace(MYELOMA, index_label='"><script>'))
    assert hostile.mark("MM") == '<abbr title="&#34;&gt;&lt;script&gt;">MM</abbr>'


def test_a_short_label_that_is_a_word_needs_no_explanation():
    plain = Abbreviations(replace(MYELOMA, index_label="breast cancer", index_short_label="breast"))
    assert plain.mark("after breast, MM") == "after breast, MM"
    same = Abbreviations(replace(MYELOMA, index_label="MGUS", index_short_label="MGUS"))
    assert same.mark("MGUS") == "MGUS"
