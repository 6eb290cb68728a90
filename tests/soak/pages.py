"""Reports of eleven deliveries and studies, each on four kinds of screen, read by a real browser.

METACHRON_SCREENS=DIR keeps a picture of each page as it opens, and each on paper as PDF.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import yaml
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import chromium
from tests.browser.faults import faults_in_every_view
from tests.pipeline.command import PROJECT, metachron

SCREENS = {
    "1280": {"viewport": {"width": 1280, "height": 900}},
    "390": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "paper": {"viewport": {"width": 794, "height": 1123}},
}
SCALE = "0.1"
CHEMOTHERAPY = "Chemotherapy recode (yes, no/unk)"
LYMPHOBLASTIC = re.compile(r"\t98(1[1-8]|3[5-7])\t")


def without_hospital(inbox: Path) -> None:
    for path in inbox.glob("hospital*"):
        path.unlink()


def without_populations(inbox: Path) -> None:
    for path in inbox.glob("*populations*"):
        path.unlink()


def without_chemotherapy(inbox: Path) -> None:
    """The column leaves the listing and its dictionary."""
    (dictionary,) = inbox.glob("*.dic")
    words = dictionary.read_text(encoding="utf-8")
    at = next(int(n) for n, name in re.findall(r"Var(\d+)Name=(.*)", words) if name == CHEMOTHERAPY)
    kept = re.sub(rf"Var{at}Name=.*\n", "", words)
    renumbered = re.sub(r"Var(\d+)Name", lambda it: f"Var{int(it[1]) - (int(it[1]) > at)}Name", kept)
    dictionary.write_text(renumbered, encoding="utf-8")
    rewrite(inbox, lambda lines: (
        "\t".join(cell for n, cell in enumerate(line.split("\t"), 1) if n != at) for line in lines
    ))  # fmt: skip


def without_second_cancers(inbox: Path) -> None:
    rewrite(inbox, lambda lines: (line for line in lines if not LYMPHOBLASTIC.search(line)))


def rewrite(inbox: Path, change: Callable[[Iterable[str]], Iterable[str]]) -> None:
    """The session file goes: it tells how many rows the listing had."""
    for session in inbox.glob("*.session.txt"):
        session.unlink()
    (listing,) = inbox.glob("seer*.txt")
    changed = listing.with_suffix(".changed")
    with (
        listing.open(encoding="utf-8", newline="") as lines,
        changed.open("w", encoding="utf-8", newline="") as out,
    ):
        out.writelines(change(lines))
    changed.replace(listing)


def with_eras(folder: Path, *first_years: int) -> Path:
    """The default study with an era from each of these years on."""
    project = yaml.safe_load((PROJECT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))
    study = project["vars"]["study"]
    lasts = [*(year - 1 for year in first_years[1:]), 2018]
    study["eras"] = [{"first_year": f, "last_year": last} for f, last in zip(first_years, lasts, strict=True)]
    study["name"] = f"eras_{len(lasts)}"
    path = folder / f"{study['name']}.yml"
    path.write_text(yaml.safe_dump({"study": study}, sort_keys=False), encoding="utf-8")
    return path


def reports(folder: Path) -> Iterable[tuple[str, Path]]:
    """Each state's name and its report, made by the commands of a user."""

    def made(home: str, *study: str | Path) -> Path:
        inbox = folder / home
        ran = metachron(folder / f"{home}.home", "run", "--inbox", inbox, *study)
        assert ran.returncode == 0, f"{home}: {ran.stderr}"
        return max((folder / f"{home}.home" / "reports").glob("*/latest/report.html"), key=os.path.getmtime)

    def delivered(home: str, *how: str) -> Path:
        metachron(folder, "synth", folder / home, *how).check_returncode()
        return folder / home

    delivered("twin")
    yield "default twin", made("twin")
    shutil.rmtree(folder / "twin.home")
    delivered("messy", "--variant", "messy")
    yield "messy", made("messy")
    delivered("small", "--scale", "0.02")
    yield "scale 0.02", made("small")
    for name, change in (
        ("no hospital", without_hospital), ("no populations", without_populations),
        ("no chemotherapy column", without_chemotherapy), ("no second cancer", without_second_cancers),
    ):  # fmt: skip
        home = name.replace(" ", "_")
        change(delivered(home, "--scale", SCALE, "--every-case"))
        yield name, made(home)
    delivered("eras", "--scale", SCALE, "--every-case")
    for name, years in {
        "one era": (1975,), "three eras": (1975, 1990, 2003), "five eras": (1975, 1985, 1995, 2003, 2010),
    }.items():  # fmt: skip
        yield name, made("eras", "--study", with_eras(folder, *years))
    delivered("all", "--cancers", "all")
    yield "the second study", made("all", "--study", PROJECT / "studies" / "aml_after_breast.yml")


def open_page(page: Page, report: Path, screen: str) -> list[str]:
    """The faults of one report on one kind of screen."""
    said: list[str] = []
    page.on("console", lambda message: said.append(f"on the console: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"on the console: {error}"))
    page.on("request", lambda request: None if request.url == report.as_uri() else said.append(request.url))
    page.goto(report.as_uri())
    if screen == "paper":
        page.emulate_media(media="print")
    return [*said, *faults_in_every_view(page)]


def soak() -> str:
    kept = os.environ.get("METACHRON_SCREENS")
    found, n_pages = [], 0
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for state, report in reports(Path(made)):
            for screen, how in SCREENS.items():
                with browser.new_context(**how) as context:
                    page = context.new_page()
                    found += [
                        f"{state}, {screen}: {fault}" for fault in open_page(page, report.resolve(), screen)
                    ]
                    n_pages += 1
                    if kept:
                        picture = Path(kept) / f"{state.replace(' ', '_')}_{screen}.png"
                        picture.parent.mkdir(parents=True, exist_ok=True)
                        page.reload()
                        if screen == "paper":
                            page.pdf(path=picture.with_suffix(".pdf"), format="A4", prefer_css_page_size=True)
                        else:
                            page.screenshot(path=picture, full_page=True)
        browser.close()
    assert not found, "\n  ".join([f"{len(found)} faults", *found])
    return f"{n_pages} pages of {n_pages // len(SCREENS)} reports, faults 0"
