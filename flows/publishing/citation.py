"""How to cite metachron, and the paper that a study is after; `python -m` this module prints CITATION.cff."""

from __future__ import annotations

import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from flows import __version__
from flows.home import Home

FACTS = Path(__file__).with_name("citation.yml")
ASKS = "If you use metachron, please cite it with its version, and the paper whose study you repeat."


@dataclass(frozen=True, slots=True)
class Software:
    """What citation.yml says, with the version of this package."""

    title: str
    abstract: str
    authors: str
    year: int
    license: str
    keywords: tuple[str, ...]
    version: str = __version__

    def sentence(self, version: str) -> str:
        """As a list of references has it; `version` tells the sources exactly."""
        return f"{self.authors} ({self.year}). {self.title} (version {version}) [Computer software]."

    def bibtex(self, version: str) -> str:
        facts = {
            "author": f"{{{self.authors}}}",
            "title": f"{{{self.title}}}",
            "year": str(self.year),
            "version": version,
            "note": "Computer software",
        }
        return entry("software", "metachron", facts)

    def document(self) -> dict[str, Any]:
        """CITATION.cff, in version 1.2.0 of its format."""
        return {
            "cff-version": "1.2.0",
            "message": ASKS,
            "type": "software",
            "title": self.title,
            "abstract": self.abstract,
            "authors": [{"name": self.authors}],
            "version": self.version,
            "license": self.license,
            "keywords": list(self.keywords),
        }


def software() -> Software:
    facts = yaml.safe_load(FACTS.read_text(encoding="utf-8"))
    return Software(**{**facts, "keywords": tuple(facts["keywords"])})


def cite_paper(paper: dict[str, Any]) -> str:
    """The paper of a study definition as a list of references has it."""
    authors = paper["authors"].rstrip(".")
    return f"{authors}. {paper['title']}. {paper['journal']} {paper['year']}. doi:{paper['doi']}"


def paper_of(home: Home, study: Path | None) -> dict[str, Any] | None:
    """The paper that a study definition is after; without one, of the study that the home has published.

    A home that has published nothing is about the default study. None where the study is after no paper.
    """
    from flows.building.run_dbt import read_definition
    from flows.publishing.releases import current_release

    release = current_release(home) if study is None else None
    if release is None:
        paper: dict[str, Any] | None = read_definition(study)["study"].get("paper")
        return paper
    # They bring polars, which whoever has no home need not wait for.
    from analytics.warehouse.marts import open_marts
    from analytics.warehouse.study import read_study

    with open_marts(release.warehouse) as marts:
        published = read_study(marts).paper
    return asdict(published) if published else None


def paper_bibtex(paper: dict[str, Any]) -> str:
    first = re.sub(r"\W", "", paper["authors"].split()[0]).lower()
    authors = re.sub(r" et al\.?$", " and others", paper["authors"])
    facts = {name: f"{{{paper[name]}}}" for name in ("title", "journal")}
    return entry(
        "article",
        f"{first}{paper['year']}",
        {"author": authors, **facts, "year": str(paper["year"]), "doi": paper["doi"]},
    )


def entry(kind: str, key: str, facts: dict[str, str]) -> str:
    fields = ",\n".join(f"  {name} = {{{value}}}" for name, value in facts.items())
    return f"@{kind}{{{key},\n{fields}\n}}"


if __name__ == "__main__":
    sys.stdout.write("# Made from flows/publishing/citation.yml by `python -m flows.publishing.citation`.\n")
    yaml.safe_dump(software().document(), sys.stdout, sort_keys=False, allow_unicode=True, width=100)
