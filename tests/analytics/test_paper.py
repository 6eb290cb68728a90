"""Titles that run along the edges of paper: text of the study, which is no style."""

from __future__ import annotations

import re

from analytics.render.page.assets import css_string


def test_nothing_of_a_title_can_leave_its_string():
    hostile = '"; } </style><script>\\ \n é'
    quoted = css_string(hostile)
    assert not re.search(r'["<>;{}\n]', quoted[1:-1])
    # Read as CSS reads it: a backslash, the code point, one blank.
    assert re.sub(r"\\([0-9a-f]+) ", lambda m: chr(int(m[1], 16)), quoted[1:-1]) == hostile


def test_the_study_and_the_release_run_along_the_edges(report):
    text = report.page.read_text(encoding="utf-8")
    edges = dict(re.findall(r"@(top-left|top-right|bottom-left) \{[^}]*content: (\"[^\"]*\");", text))
    study, run = report.document.study, report.document.run
    assert edges["top-left"] == css_string(study.title)
    assert edges["top-right"] == css_string("SYNTHETIC DATA")
    assert css_string(run.warehouse_release)[1:-1] in edges["bottom-left"]
