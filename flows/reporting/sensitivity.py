"""`metachron sensitivity`: the headline numbers under each setting, by rebuilding every mart.

Nothing is filtered in Python: each row is a `dbt run` over the same raw loads with the published study in
which one setting is changed. The study's own row is rebuilt too, so that rows differ by the setting alone,
and is held against the release table by table. A row is kept until deliveries, study or code change.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.building import run_dbt
from flows.building.build_file import discard
from flows.building.digest import digest
from flows.building.study_file import STUDIES, load_study
from flows.errors import InputRefused, UsageError
from flows.files.output_folder import files_added
from flows.home import Home
from flows.integrity import ledger, lock
from flows.integrity.durable import has_sha256, sha256_of
from flows.integrity.ledger_events import VARIED
from flows.publishing.code_version import code_version
from flows.publishing.evidence import is_recorded, recording_report, report_damaged
from flows.publishing.publish import HISTORY
from flows.publishing.releases import Release, is_guest
from flows.publishing.report_folder import REPORT, report_before_markers
from flows.terminal.progress import Progress, stage

if TYPE_CHECKING:
    from analytics.render.tables.table import Table
    from analytics.results.sensitivity import Sensitivity as Rows

FILE = "sensitivity.json"
LATENCIES_MONTHS = (2, 6, 12)
MOST_PRIMARIES = (2, 3)


@dataclass(frozen=True, slots=True)
class Variant:
    """A study that differs from the published one in one setting; `setting` is None for the published one."""

    setting: str | None
    value: Any
    study: dict[str, Any]

    @property
    def name(self) -> str:
        return "as the study defines it" if self.setting is None else f"{self.setting} = {self.value}"

    def key(self, release: Release, code: str) -> str:
        """Deliveries, study and code: what a row depends on."""
        made_of = [sorted(given["sha256"] for given in release.inputs), self.study, code]
        return hashlib.sha256(json.dumps(made_of, sort_keys=True, default=str).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Where it lies; how many rows were rebuilt now and how many had been before.

    table, figure  the same as CSV, and drawn as SVG with PNG and PDF beside it; None without a ratio to draw
    """

    file: str
    table: str
    figure: str | None
    release: str
    n_rebuilt: int
    n_kept: int
    document: dict[str, Any]

    def facts(self) -> dict[str, Any]:
        return asdict(self)

    def screen(self) -> str:
        """The table as blocks of lines: ten columns do not fit a terminal."""
        table = table_of(self.document)
        lines: list[str] = []
        for label, *numbers in table.rows:
            cells = zip(table.columns[1:], numbers, strict=True)
            lines += ["", label, *(f"  {name:<44}{number}" for name, number in cells)]
        lines += ["", f"sensitivity: {self.n_rebuilt} rebuilt, {self.n_kept} kept from before; {self.file}"]
        lines.append(f"table:  {self.table}")
        if self.figure:
            lines.append(f"figure: {self.figure} (PNG and PDF beside it)")
        return "\n".join([*lines, "`metachron report` shows both on the page."])


def variants(study: dict[str, Any]) -> Iterator[Variant]:
    """The published study, then each setting changed alone."""
    yield Variant(None, None, study)
    chosen = study["second"]["definition"]
    for definition in study["second"]["definitions"]:
        if definition != chosen:
            changed = copy.deepcopy(study)
            changed["second"]["definition"] = definition
            yield Variant("second_definition", definition, changed)
    settings = {"other_primaries": "ignore"} | study["settings"]
    values = {
        "min_latency_months": LATENCIES_MONTHS,
        "max_primaries": MOST_PRIMARIES,
        "other_primaries": ("ignore", "censor"),
        "apply_to_everyone": (False, True),
        "keep_nonqualifying_second": (False, True),
    }
    for setting, tried in values.items():
        for value in tried:
            if value != settings[setting]:
                changed = copy.deepcopy(study)
                changed["settings"][setting] = value
                leave_out_bands_within_the_latency(changed["settings"])
                yield Variant(setting, value, changed)


def leave_out_bands_within_the_latency(settings: dict[str, Any]) -> None:
    """A longer latency takes the place of the study's bands that would begin before its end."""
    settings["band_months"] = [
        months for months in settings["band_months"] if months > settings["min_latency_months"]
    ]


def sensitivity(home: Home, release: Release, study: Path | None = None) -> Sensitivity:
    """Rebuild under each setting and write the table beside the release's report.

    study  the definition the release was built with; by default the one in the project that has its name

    Raises UsageError when the raw tables hold other deliveries than the release, InputRefused when the
    definition is not the published one, and what a build raises.
    """
    definition = definition_of(release, study)
    tried, code = list(variants(definition)), code_version()
    rows: list[dict[str, Any]] = []
    differing: list[str] = []
    n_rebuilt = 0
    with lock.single_writer(home), stage("settings") as progress:
        # Whoever may write into the work folder may write numbers there.
        made_before = {e.facts["name"]: e.facts["sha256"] for e in ledger.read(home) if e.event == VARIED}
        for at, variant in enumerate(tried):
            kept = home.work / "sensitivity" / f"{variant.key(release, code)}.json"
            if not has_sha256(kept, made_before.get(kept.name, "")):
                table = rebuild_variant(
                    home, release, variant, study, part(progress, at, len(tried), variant.name)
                )
                write(kept, table)
                ledger.append(home, VARIED, name=kept.name, sha256=sha256_of(kept))
                n_rebuilt += 1
            table = json.loads(kept.read_text(encoding="utf-8"))
            rows.append({"setting": variant.setting, "value": variant.value, "headline": table["headline"]})
            differing += table["differing_tables"]
        document = {
            "study": release.study,
            "release": release.id,
            "code_version": code,
            "index_short_label": definition["index"]["short_label"],
            "second_short_label": definition["second"]["short_label"],
            "differing_tables": differing,
            "rows": rows,
        }
        folder = home.reports_of(release.study) / release.id
        with (
            recording_report(home, folder, release),
            files_added(folder, REPORT, older=report_before_markers) as draft,
        ):
            table_file, figure_file = write_drawn(draft, document, synthetic=release.is_synthetic)
    return Sensitivity(
        file=str(folder / FILE),
        table=str(folder / table_file),
        figure=str(folder / figure_file) if figure_file else None,
        release=release.id,
        n_rebuilt=n_rebuilt,
        n_kept=len(tried) - n_rebuilt,
        document=document,
    )


def kept_sensitivity(home: Home, release: Release) -> dict[str, Any] | None:
    """The table of one release, if it was made, and is not for the home's owner alone to read."""
    file = home.reports_of(release.study) / release.id / FILE
    if not os.access(file, os.R_OK):
        return None
    if not is_guest(home) and not is_recorded(home, ledger.read(home), file):
        raise report_damaged(f"{FILE} of the report {release.id} was altered", file)
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


def definition_of(release: Release, study: Path | None) -> dict[str, Any]:
    """The study definition of a release, from the file given or the project's file of its name."""
    files = [study] if study else [run_dbt.PROJECT / "dbt_project.yml", *sorted(STUDIES.glob("*.yml"))]
    for file in files:
        definition: dict[str, Any] = load_study(file)["study"]
        if definition.get("name") == release.study:
            return definition
    raise UsageError(
        "SEN-01",
        f"No definition here has the name of the published study, {release.study}",
        file=study,
        unchanged="",
    )


def rebuild_variant(
    home: Home, release: Release, variant: Variant, study: Path | None, progress: Progress
) -> dict[str, Any]:
    """The headline numbers of one variant, from a warehouse that is built for them and deleted."""
    from analytics.questions.headline import headline
    from analytics.results.json_file import plain
    from analytics.warehouse.marts import open_marts

    workshop = home.work / "sensitivity"
    workshop.mkdir(mode=0o700, parents=True, exist_ok=True)
    candidate = workshop / "build.duckdb"
    try:
        run_dbt.create_empty(candidate)
        results, words = run_dbt.run(home, candidate, {"study": variant.study}, progress, with_tests=False)
        if results is None or results.failures:
            raise run_dbt.refusal(results, words)
        run_dbt.close(candidate)
        refuse_other_deliveries(candidate, release)
        differing = differences(candidate, release, study) if variant.setting is None else []
        with open_marts(candidate) as marts:
            return {"headline": plain(headline(marts)), "differing_tables": differing}
    finally:
        discard(candidate)


def refuse_other_deliveries(build: Path, release: Release) -> None:
    """Rows are comparable with the release only if they come from the same bytes."""
    import duckdb

    with duckdb.connect(str(build), read_only=True) as connection:
        current = connection.execute(
            "select sha256 from staging.stg_ledger__loads where is_current"
        ).fetchall()
    if {row[0] for row in current} != {given["sha256"] for given in release.inputs}:
        raise UsageError(
            "SEN-02",
            f"The raw tables hold other deliveries than release {release.id}",
            unchanged="The published release and its report stay.",
        )


def differences(build: Path, release: Release, study: Path | None) -> list[str]:
    """Tables of a rebuild of the published study that differ from the release; none unless code changed.

    Raises InputRefused when those that state the study differ: then the definition is another one.
    """
    now, published = digest(build), digest(release.warehouse)
    both = now.keys() & published.keys() - {HISTORY}
    differing = sorted(table for table in both if now[table] != published[table])
    if stated := [table for table in differing if table.startswith("study.")]:
        raise InputRefused(
            "SEN-03",
            f"This definition of {release.study} is not the published one: {', '.join(stated)} would differ",
            file=study or run_dbt.PROJECT / "dbt_project.yml",
            unchanged="The published release and its report stay.",
        )
    return differing


def part(progress: Progress, at: int, of: int, name: str) -> Progress:
    """The progress of one of several equal parts."""

    def tell(fraction: float | None, text: str) -> None:
        progress((at + (fraction or 0)) / of, f"{name}: {text}")

    return tell


def write(file: Path, document: dict[str, Any]) -> None:
    """Written beside and renamed, so that a kill leaves the old file or the new."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}")
    draft.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draft.replace(file)


def write_drawn(folder: Path, document: dict[str, Any], *, synthetic: bool) -> tuple[Path, Path | None]:
    """sensitivity.json, its table and its figure, into a report's folder.

    Gives the paths of table and figure below it; no figure where no ratio could be estimated.
    """
    from analytics.render.figures.canvas import drawn
    from analytics.render.figures.tornado import TORNADO, has_ratio, tornado
    from analytics.render.tables.table import to_markdown
    from analytics.render.tables.tidy import to_csv

    write(folder / FILE, document)
    for part in ("tables", "figures"):
        (folder / part).mkdir(mode=0o700, exist_ok=True)
    table, rebuilt = table_of(document), rows_of(document)
    (folder / "tables/sensitivity.csv").write_text(to_csv(table, synthetic=synthetic), encoding="utf-8")
    (folder / "tables/sensitivity.md").write_text(to_markdown(table, synthetic=synthetic), encoding="utf-8")
    if not has_ratio(rebuilt):
        return Path("tables/sensitivity.csv"), None
    figure = drawn(TORNADO.id, tornado(rebuilt), is_synthetic=synthetic)
    files = {".svg": figure.svg.encode(), ".csv": figure.csv.encode()} | figure.for_print()
    for ending, content in files.items():
        (folder / f"figures/{TORNADO.id}{ending}").write_bytes(content)
    return Path("tables/sensitivity.csv"), Path(f"figures/{TORNADO.id}.svg")


def rows_of(document: dict[str, Any]) -> Rows:
    """sensitivity.json as the rows of the results."""
    from analytics.results.json_file import rows
    from analytics.results.sensitivity import Sensitivity as Rows

    return rows(Rows, document)


def table_of(document: dict[str, Any]) -> Table:
    """sensitivity.json as the report's table."""
    from analytics.render.tables.sensitivity import sensitivity as table

    return table(rows_of(document))
