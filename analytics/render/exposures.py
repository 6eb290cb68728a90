"""Every table and figure of the report as an exposure of dbt, which tells whom a change of a mart reaches.

python -m analytics.render.exposures > dbt_project/models/marts/_report__exposures.yml
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from typing import Any

from analytics.provenance.origins import DRAWERS, ORIGINS
from analytics.questions.registry import ANALYSES
from analytics.render.figures.all_figures import FIGURES
from analytics.render.figures.canvas import ReportFigure
from analytics.render.tables.all_tables import all_tables
from analytics.render.tables.table import ReportTable

HEAD = """\
# What is shown of the marts: every table and figure of the report, so that a change of a mart says
# whom it reaches (dbt ls --select +exposure:*; dbt build --select +exposure:report_table_table1). Written by
# python -m analytics.render.exposures > dbt_project/models/marts/_report__exposures.yml
exposures:
"""


def exposures() -> str:
    """The YAML file."""
    parts = [
        *(_of_record(f"report_table_{table.id}", table, table.make) for table in all_tables()),
        *(_of_record(f"report_figure_{figure.id}", figure, figure.drawing) for figure in FIGURES),
        _exposure("report", "dashboard", "report.html and results.json of the published release.", EVERY),
    ]
    return HEAD + "\n".join(parts)


EVERY = {drawer.mart for drawer in DRAWERS} | {origin.mart for origin in ORIGINS}


def _of_record(name: str, record: ReportTable | ReportFigure, make: Callable[..., Any]) -> str:
    about = str(getattr(make, "func", make).__doc__).partition("\n")[0]
    return _exposure(name, "analysis", about, _marts_of(record))


def _marts_of(record: ReportTable | ReportFigure) -> set[str]:
    """Of the keys that a record names; of those that repeat other numbers, every mart."""
    marts = {origin.mart for origin in ORIGINS if re.split(r"\W", origin.place)[0] in record.made_of}
    of_analyses = {analysis.section for analysis in ANALYSES}
    if not marts and record.section not in of_analyses:
        marts = {drawer.mart for drawer in DRAWERS if drawer.section == record.section}
    return marts or EVERY


def _exposure(name: str, kind: str, description: str, marts: set[str]) -> str:
    depends_on = ", ".join(f"ref('{mart.rpartition('.')[2]}')" for mart in sorted(marts))
    return (
        f"  - name: {name}\n"
        f"    type: {kind}\n"
        "    maturity: high\n"
        "    owner: {name: whoever runs the study}\n"
        f"    description: {json.dumps(description, ensure_ascii=False)}\n"
        "    config: {tags: [report]}\n"
        f"    depends_on: [{depends_on}]\n"
    )


if __name__ == "__main__":
    sys.stdout.write(exposures())
