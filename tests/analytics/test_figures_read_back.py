"""Every figure is read back from its file: what stands on its axes is what its results say."""

from __future__ import annotations

import pytest

from analytics.render.figures.all_figures import FIGURES
from analytics.render.figures.canvas import draw
from tests.analytics.figure_readers import READERS
from tests.analytics.svg_figures import read
from tests.analytics.test_sensitivity_shown import latency, numbers, results_with

REBUILT = "sensitivity"


def test_every_figure_has_a_reader():
    assert list(READERS) == [figure.id for figure in FIGURES]


def svgs(report) -> dict[str, str]:
    """The files of the figures by the id of each."""
    paths = [path for path in report.figures if path.suffix == ".svg"]
    return {path.stem.split("_", 2)[2]: path.read_text(encoding="utf-8") for path in paths}


@pytest.mark.parametrize("id", [id for id in READERS if id != REBUILT])
def test_a_figure_of_the_default_study_shows_its_results(id, report):
    READERS[id](read(svgs(report)[id]), report.document)


@pytest.mark.parametrize("id", [figure.id for figure in FIGURES if figure.has_narrow])
def test_so_does_what_a_phone_is_shown(id, results):
    (figure,) = [figure for figure in FIGURES if figure.id == id]
    READERS[id](read(draw(figure, results).narrow), results)


def test_figures_of_another_study_of_three_eras_show_theirs(report_of):
    report = report_of(3)
    found = svgs(report)
    assert {"survival_by_era", "fair_eras", "latency"} < found.keys()
    for id, svg in found.items():
        READERS[id](read(svg), report.document)


def test_a_bar_goes_from_the_studys_own_ratio_to_that_under_a_setting():
    results = results_with(
        latency(2, numbers(sir=(2.2, (1.6, 3.0)))),
        latency(6, numbers(sir=(0.0, (0.0, 1.6)), adjusted=(0.4, (0.1, 2.7)))),
        latency(9, numbers(firth=(40.0, (0.5, 900.0)))),
    )
    (figure,) = [figure for figure in FIGURES if figure.id == REBUILT]
    READERS[REBUILT](read(draw(figure, results).svg), results)
