"""The study these marts were built with, read from the warehouse and never from a configuration file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date

from analytics.warehouse.marts import Marts

RULES = (
    "min_age_years",
    "min_latency_months",
    "max_primaries",
    "apply_to_everyone",
    "keep_nonqualifying_second",
    "other_primaries",
    "engine",
)


@dataclass(frozen=True, slots=True)
class CodeRange:
    role: str
    definition: str
    first_histology_code: str
    last_histology_code: str
    first_site_code: str | None
    last_site_code: str | None
    first_year: int | None
    last_year: int | None


@dataclass(frozen=True, slots=True)
class Era:
    era: str
    first_year: int
    last_year: int


@dataclass(frozen=True, slots=True)
class Source:
    source: str
    first_year: int
    last_year: int
    study_cutoff: date


@dataclass(frozen=True, slots=True)
class Highlight:
    """What the paper says of one question, in our words.

    about  "age", "chemotherapy", "survival", "treatment_after", "incidence" or "eras"
    """

    about: str
    says: str


@dataclass(frozen=True, slots=True)
class Paper:
    """The paper that a study is after; its highlights in its own order."""

    authors: str
    title: str
    journal: str
    year: int
    doi: str
    highlights: tuple[Highlight, ...] = ()


@dataclass(frozen=True, slots=True)
class Study:
    """A study as its warehouse states it."""

    name: str
    title: str
    index_label: str
    index_short_label: str
    second_label: str
    second_short_label: str
    second_definition: str
    min_age_years: int
    min_latency_months: int
    max_primaries: int
    apply_to_everyone: bool
    keep_nonqualifying_second: bool
    other_primaries: str
    first_year: int
    last_year: int
    study_cutoff: date
    engine: str
    cancers: tuple[CodeRange, ...]
    eras: tuple[Era, ...]
    sources: tuple[Source, ...]
    registries: tuple[tuple[str, str], ...]
    landmarks: tuple[int, ...]
    min_at_risk: int = field(default=5, metadata={"absent_if_none": True})
    paper: Paper | None = field(default=None, metadata={"absent_if_none": True})

    @property
    def follows_spss(self) -> bool:
        """Whether the published analyses are computed as SPSS does; as R does otherwise."""
        return self.engine.startswith("spss")

    @property
    def ties(self) -> str:
        """How the published Cox models treat tied deaths."""
        return "breslow" if self.follows_spss else "efron"

    @property
    def median_of_flat_stretch(self) -> str:
        """Which time is the median where the curve stays at one half: SPSS takes the first, R the middle."""
        return "first" if self.follows_spss else "midpoint"

    @property
    def last_era(self) -> str:
        return self.eras[-1].era

    def codes(self, role: str, definition: str) -> tuple[CodeRange, ...]:
        """The code ranges of one role under one definition."""
        return tuple(c for c in self.cancers if c.role == role and c.definition == definition)

    @property
    def definition_hash(self) -> str:
        """SHA-256 of what decides a number: codes, years, registries, eras, rules. Names and words do not."""
        definition = {
            "index": [asdict(codes) for codes in self.codes("index", "primary")],
            "second": [asdict(codes) for codes in self.codes("second", self.second_definition)],
            "sources": [asdict(source) for source in self.sources],
            "registries": self.registries,
            "eras": [era.era for era in self.eras],
            "rules": {name: getattr(self, name) for name in RULES},
        }
        return hashlib.sha256(json.dumps(definition, default=str, sort_keys=True).encode()).hexdigest()


def read_study(marts: Marts) -> Study:
    """The one study of this warehouse."""
    rows = marts.study().to_dicts()
    if len(rows) != 1:
        raise ValueError(f"study.study has {len(rows)} rows; a warehouse holds exactly one study")
    row = rows[0]
    plain = {name: row[name] for name in Study.__slots__ if name in row}
    papers = marts.study_paper().to_dicts()
    highlights = tuple(
        Highlight(said["highlight"], said["says"]) for said in marts.study_highlights().to_dicts()
    )
    for name in ("apply_to_everyone", "keep_nonqualifying_second"):
        plain[name] = bool(row[name])
    return Study(
        **plain,
        cancers=tuple(
            CodeRange(**{name: cancer[name] for name in CodeRange.__slots__})
            for cancer in marts.study_cancers().to_dicts()
        ),
        eras=tuple(
            Era(era["era"], era["first_year"], era["last_year"]) for era in marts.study_eras().to_dicts()
        ),
        sources=tuple(
            Source(**{name: source[name] for name in Source.__slots__})
            for source in marts.study_sources().to_dicts()
        ),
        registries=tuple(marts.study_registries().rows()),
        landmarks=tuple(marts.study_landmarks()["landmark_months"].to_list()),
        paper=Paper(**papers[0], highlights=highlights) if papers else None,
    )
