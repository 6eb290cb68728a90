"""What a journal is sent: the width that it prints, text that stays text, enough dots."""

from __future__ import annotations

import csv
import re

import pytest
from PIL import Image

from analytics.render.figures.canvas import DOTS, WIDTHS_MM, draw
from analytics.render.figures.survival import AFTER_SECOND


def of(printed, ending: str) -> list:
    found = [path for path in printed.figures if path.name.endswith(ending)]
    assert len(found) >= 10
    return found


@pytest.mark.parametrize(("name", "width_mm"), WIDTHS_MM.items())
def test_a_pdf_is_as_wide_as_its_name_says_and_carries_its_fonts_as_truetype(printed, name, width_mm):
    for path in of(printed, f"_{name}.pdf"):
        content = path.read_bytes()
        (box,) = re.findall(rb"/MediaBox \[ ?([\d. ]+)\]", content)
        left, _, right, _ = map(float, box.split())
        assert (right - left) / 72 * 25.4 == pytest.approx(width_mm, abs=0.05), path.name
        assert b"/FontFile2" in content and b"/Type3" not in content, path.name


@pytest.mark.parametrize(("name", "width_mm"), WIDTHS_MM.items())
def test_a_png_has_600_dots_an_inch_of_its_width(printed, name, width_mm):
    assert DOTS == 600
    for path in of(printed, f"_{name}.png"):
        with Image.open(path) as picture:
            assert picture.info["dpi"] == pytest.approx((600, 600), abs=0.1), path.name
            assert picture.width == pytest.approx(width_mm / 25.4 * 600, abs=1), path.name
        assert path.stat().st_size < 2_000_000, path.name


@pytest.mark.parametrize(("name", "width_mm"), WIDTHS_MM.items())
def test_an_svg_is_as_wide_as_its_name_says(printed, name, width_mm):
    for path in of(printed, f"_{name}.svg"):
        width = re.search(r'<svg [^>]*\bwidth="([\d.]+)pt"', path.read_text(encoding="utf-8"))[1]
        assert float(width) / 72 * 25.4 == pytest.approx(width_mm, abs=0.05), path.name


def test_files_are_named_by_the_number_on_the_page_and_what_they_show(printed):
    names = {path.name for path in printed.figures if path.suffix != ".pptx"}
    figures = {re.fullmatch(r"(figure_\d+_[a-z_]+?)(_174mm|_85mm)?\.\w+", name)[1] for name in names}
    assert "figure_2_incidence" in figures
    endings = [".svg", ".csv", *(f"_{width}.{kind}" for width in WIDTHS_MM for kind in ("svg", "pdf", "png"))]
    assert names == {f"{figure}{ending}" for figure in figures for ending in endings}


def test_the_data_of_a_figure_have_one_value_a_column(printed):
    for path in of(printed, ".csv"):
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        assert rows and {row["synthetic"] for row in rows} == {"true"}, path.name
        for name, value in ((name, value) for row in rows for name, value in row.items()):
            # No interval, no count with its share, no path: text is what names a row.
            assert not re.fullmatch(r"[\d.,]+ \(.*\)|[\d.]+ (to|of) [\d.]+|.*[/\\]\w+[/\\].*", value), (
                path,
                name,
            )


def test_a_figure_drawn_twice_has_the_same_bytes(printed, results):
    again = draw(AFTER_SECOND, results).for_print()
    (number,) = {path.name.split("_")[1] for path in printed.figures if f"_{AFTER_SECOND.id}_" in path.name}
    folder, name = printed.figures[0].parent, f"figure_{number}_{AFTER_SECOND.id}"
    assert again == {ending: (folder / f"{name}{ending}").read_bytes() for ending in again}
    assert len(again) == 6
