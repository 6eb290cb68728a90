"""A published warehouse made without the pipeline: the marts' columns, the calibrated synthetic cohort.

The 64,611 patients without a second primary have the paper's exact margins by shuffling fixed multisets;
survival is Weibull with proportional hazards, scaled until the medians of the two eras are 26 and 48
months. The 18 with one are an artificial template. Nobody here exists. Counts scale with `scale`.
"""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from analytics.warehouse.mart_columns import COLUMNS

ERAS = (("1975-2002", 1975, 2002, 31_981), ("2003-2018", 2003, 2018, 32_630))
CUTOFF = date(2018, 12, 31)
REGISTRIES = ["1501", "1502", "1520", "1521", "1522", "1523", "1525", "1526", "1527"]

TEMPLATE = """
year,month,age,sex,race,marital,chemo,latency,age_second,chemo_second,after,died
1996,4,57,Female,White,Married,Yes,103,65,Yes,29,1
2002,1,48,Male,White,Married,Yes,140,59,No/Unknown,12,1
1987,5,66,Female,White,Other,No/Unknown,76,73,No/Unknown,10,1
1982,5,61,Male,White,Other,Yes,135,72,Yes,18,1
1999,5,55,Male,Black,Married,Yes,73,61,No/Unknown,6,1
1991,11,66,Female,White,Married,Yes,19,67,Yes,42,1
1981,12,48,Female,Other,Married,Yes,22,50,No/Unknown,17,1
1990,11,44,Male,Black,Married,Yes,39,47,Yes,147,1
2007,1,64,Male,Black,,Yes,30,66,Yes,110,1
2003,3,57,Female,White,Married,Yes,50,61,Yes,4,1
2004,3,61,Male,White,Married,Yes,51,65,Yes,15,1
2015,11,68,Female,Black,,Yes,21,70,Yes,16,0
2011,3,48,Female,White,Married,Yes,70,54,Yes,23,0
2006,9,66,Male,White,Married,No/Unknown,52,70,Yes,73,1
2004,12,47,Male,White,Married,Yes,106,55,Yes,62,0
2003,12,70,Male,White,Married,Yes,28,72,No/Unknown,6,1
2003,3,44,Male,Black,Other,Yes,150,56,Yes,39,0
2003,1,72,Female,White,Other,Yes,65,78,Yes,2,1
"""

HOSPITAL = """
patient_id;age_at_index_years;sex;mm_subtype;durie_salmon_stage;iss_stage;fish;induction;induction_response;\
had_asct;maintenance_drug;maintenance_months;relapsed;relapse_drug;relapse_weeks;latency_months;\
age_at_second_years;mm_active_at_second;lineage;cd10;cigm;karyotype;bcr_abl;mll;second_induction;\
second_response;survival_months_after_second;died
H1;67;Female;IgG lambda;IIIA;II;;CTD + M;CR;No;Thalidomide;51;Yes;Lenalidomide;2;65;73;Yes;B;+;;;Negative;\
Negative;VLP;CR;18;1
H2;58;Female;IgG lambda;IIIB;III;1q21 amplification;PADT, CTD;CR;No;Thalidomide;85;No;;;91;66;No;B;-;-;\
Normal;Negative;Negative;VDPC, MA;CR;37;0
H3;62;Male;IgG kappa;IIIA;III;;PAD, TAD;CR;No;Thalidomide;77;No;;;87;70;No;B;+;-;Trisomy 14;Negative;\
Negative;VDPC, MA;CR;42;1
"""

AGE_GROUPS = (
    (18, 29, 0.15),
    (30, 34, 0.35),
    (35, 39, 0.9),
    (40, 44, 1.9),
    (45, 49, 3.9),
    (50, 54, 6.3),
    (55, 59, 9.3),
    (60, 64, 12.4),
    (65, 69, 15.0),
    (70, 74, 16.4),
    (75, 79, 15.3),
    (80, 84, 11.1),
    (85, 85, 7.0),
)

ALL_RATE = ((20, 1.1), (25, 0.9), (30, 0.78), (50, 0.95), (55, 1.05), (60, 1.2), (65, 1.35), (70, 1.45),
            (75, 1.5), (80, 1.55), (85, 1.6), (200, 1.6))  # fmt: skip


NULLED = {
    "sex": ("sex",),
    "race": ("race",),
    "marital_status": ("marital_status",),
    "chemotherapy": ("chemotherapy_index", "chemotherapy_second"),
}
"""What nobody has where an item was not delivered."""


def write_warehouse(
    path: Path,
    *,
    scale: float = 1.0,
    seed: int = 1,
    reference_rates: bool = True,
    not_delivered: tuple[str, ...] = (),
    coverage: dict[str, str | None] | None = None,
    beyond_published: bool = False,
    people: pl.DataFrame | None = None,
) -> Path:
    """Write a warehouse file with every mart that the report reads; returns its path.

    people            others than the calibrated cohort, with the columns of `calibrated_people`
    not_delivered     items that no delivery holds: a covariate, or "second_cancer", which then nobody has
    coverage          state, reason and note of the reference rates, where they are not simply there or absent
    beyond_published  the corrected cohort has people whom rules 3, 5, 6 and 7 keep from the published one
    """
    patients = _patients(calibrated_people(scale, seed) if people is None else people)
    if "second_cancer" in not_delivered:
        patients = patients.filter(~pl.col("has_second_primary"))
    patients = patients.with_columns(
        pl.lit(None, pl.String).alias(column) for item in not_delivered for column in NULLED.get(item, ())
    )
    corrected = _corrected(patients, beyond_published)
    state = (coverage or {}).get("state") or ("value" if reference_rates else "not_delivered")
    connection = duckdb.connect(str(path))
    for schema in ("study", "staging", "marts"):
        connection.execute(f"create schema {schema}")
    tables = {
        "marts.index_patients": _flagged(patients),
        "marts.index_patients_corrected": with_first_event_flags(_flagged(corrected)),
        "marts.second_primaries": _flagged(patients.filter("has_second_primary")),
        "marts.person_time_by_era": _person_time_by_era(corrected.filter("is_at_risk")),
        **_deliveries(patients, reference_rates, not_delivered, coverage or {}),
        "marts.survival_intervals": _intervals(corrected.filter("is_at_risk")),
        "marts.second_primaries_by_era": _by_era(patients),
        "marts.cohort_flow": _flow(patients.height),
        "marts.second_primaries_by_definition": pl.DataFrame(
            {
                "definition": ["primary", "site_recode_35011", "broad"],
                "is_selected": [True, False, False],
                "n_second": [0, 0, 0] if "second_cancer" in not_delivered else [18, 19, 21],
            }
        ),
        **_institution(),
        **_study(),
    }
    if reference_rates:
        cells = _cells(corrected.filter("is_at_risk"))
        groups = _person_time_by_group(cells)
        sir = _sir(cells, groups)
        if state != "value":
            sir = sir.with_columns(expected=pl.lit(None, pl.Float64))
            groups = groups.with_columns(expected=pl.lit(None, EXPECTED), has_reference_rate=False)
        tables |= {"marts.sir": sir, "marts.person_time_by_group": groups}
    for name, frame in tables.items():
        connection.register("incoming", frame.to_arrow())
        connection.execute(f"create table {name} as select * from incoming")
        connection.unregister("incoming")
    connection.close()
    return path


def _flagged(patients: pl.DataFrame) -> pl.DataFrame:
    return patients.with_columns(
        is_followed=pl.col("survival_months").is_not_null() & pl.col("died").is_not_null(),
        is_followed_after_second=pl.col("months_after_second").is_not_null() & pl.col("died").is_not_null(),
    )


def with_first_event_flags(corrected: pl.DataFrame) -> pl.DataFrame:
    """The corrected cohort with what its mart says of the first event, the shortest latency being a year."""
    months = pl.col("months_to_first_event")
    return corrected.with_columns(
        first_event_is_known=months.is_not_null() & pl.col("first_event").is_not_null(),
        is_at_risk_after_latency=pl.col("is_at_risk") & (months >= 12).fill_null(False),
    )


EARLY = (2, 5, 7, 9, 11)
"""Latencies of second cancers that come too soon for rule 5, months."""


def _corrected(patients: pl.DataFrame, beyond_published: bool) -> pl.DataFrame:
    """The published cohort; beyond it five early second cancers, three followed by a third primary, one of
    unknown survival, and two people whose second cancer came first: copies of those who have one."""
    published = patients.with_columns(
        first_rule_failed=pl.lit(None, pl.Int32), is_at_risk=True, has_second_cancer="has_second_primary"
    )
    if not beyond_published:
        return published
    cases = published.filter("has_second_primary").sort("patient_id")
    early = cases.head(len(EARLY)).with_columns(
        first_rule_failed=pl.lit(5, pl.Int32), has_second_primary=False,
        latency_months=pl.Series(EARLY, dtype=pl.Int64),
    )  # fmt: skip
    early = early.with_columns(
        survival_months=pl.col("latency_months") + pl.col("months_after_second"),
        months_to_first_event=pl.col("latency_months").cast(pl.Float64),
    )
    third = cases[5:8].with_columns(first_rule_failed=pl.lit(6, pl.Int32))
    unknown = cases[8:9].with_columns(
        first_rule_failed=pl.lit(7, pl.Int32), survival_months=pl.lit(None, pl.Float64),
        died=pl.lit(None, pl.Boolean),
    )  # fmt: skip
    before = published.filter(~pl.col("has_second_primary")).head(2).with_columns(
        first_rule_failed=pl.lit(3, pl.Int32), is_at_risk=False
    )  # fmt: skip
    beyond = pl.concat([early, third, unknown, before]).with_row_index("row")
    renamed = beyond.with_columns(patient_id=pl.format("X{}", "row")).select(published.columns)
    return pl.concat([published, renamed])


def _shuffled(random: np.random.Generator, n: int, counts: dict) -> list:
    """Exactly the given shares, in a random order."""
    total = sum(counts.values())
    pool = [level for level, count in counts.items() for _ in range(round(n * count / total))]
    pool = (pool + [next(iter(counts))] * n)[:n]
    return [pool[i] for i in random.permutation(n)]


def calibrated_people(scale: float, seed: int) -> pl.DataFrame:
    """A row a person; latency and all that is of the second primary are null without one."""
    random = np.random.default_rng(seed)
    n = round(64_611 * scale)
    years = []
    for _, first, last, count in ERAS:
        span = np.arange(first, last + 1)
        share = np.exp(0.0270816 * (span - 1975))
        share = share / share.sum() * round(count * scale)
        whole = np.floor(share).astype(int)
        whole[np.argsort(-(share - whole))[: round(count * scale) - whole.sum()]] += 1
        years += np.repeat(span, whole).tolist()
    year = random.permutation(np.array(years)[:n])
    n = len(year)
    ages = np.array(_shuffled(random, n, {low: share for low, _, share in AGE_GROUPS}))
    width = {low: high - low + 1 for low, high, _ in AGE_GROUPS}
    age = ages + (random.random(n) * np.array([width[a] for a in ages])).astype(int)
    sex = np.array(_shuffled(random, n, {"Male": 35_067, "Female": 29_544}))
    race = _shuffled(random, n, {"White": 49_117, "Black": 11_296, "Other": 3_974, None: 224})
    marital = _shuffled(random, n, {"Married": 36_886, "Other": 23_843, None: 3_882})
    chemo = np.array(_shuffled(random, n, {"Yes": 40_197, "No/Unknown": 24_414}))
    month = random.integers(0, 12, n)
    married = np.array([m == "Married" for m in marital])
    eta = 0.03 * (age - 69) + 0.06 * (sex == "Male") - 0.12 * married - 0.22 * (chemo == "Yes")
    early = year < 2003
    shape = np.where(early, 0.86, 0.79)
    size = np.where(
        early,
        32.53985759549532 * np.exp(0.006 * (year - 1988)),
        61.156506463971596 * np.exp(0.02 * (year - 2010)),
    )
    uniform = np.empty(n)
    for era in (early, ~early):
        uniform[era] = (random.permutation(era.sum()) + random.random(era.sum())) / era.sum()
    months = size * (-np.log(uniform) / np.exp(eta)) ** (1 / shape)
    window = (2018 - year) * 12 + 11 - month + 0.5
    for era, target in ((early, 26.5), (~early, 48.5)):
        months[era] *= _scale_to_median(months[era], window[era], target)
    lost = random.random(n) < 0.03
    window = np.where(lost, window * random.random(n), window)
    died = months <= window
    recorded = np.floor(np.minimum(months, window)).astype(int)
    without = pl.DataFrame(
        {
            "sex": sex,
            "race": race,
            "marital_status": marital,
            "age_at_index_years": age,
            "index_year": year,
            "chemotherapy_index": chemo,
            "survival_months_recorded": recorded,
            "died": died,
            "latency_months": pl.Series([None] * n, dtype=pl.Int64),
            "chemotherapy_second": pl.Series([None] * n, dtype=pl.String),
            "age_at_second_years": pl.Series([None] * n, dtype=pl.Int64),
            "months_after_second": pl.Series([None] * n, dtype=pl.Float64),
        }
    )
    cases = pl.read_csv(io.StringIO(TEMPLATE.strip())).select(
        "sex",
        "race",
        pl.col("marital").alias("marital_status"),
        pl.col("age").alias("age_at_index_years"),
        pl.col("year").alias("index_year"),
        pl.col("chemo").alias("chemotherapy_index"),
        (pl.col("latency") + pl.col("after")).alias("survival_months_recorded"),
        pl.col("died").cast(pl.Boolean),
        pl.col("latency").alias("latency_months"),
        pl.col("chemo_second").alias("chemotherapy_second"),
        pl.col("age_second").alias("age_at_second_years"),
        pl.col("after").cast(pl.Float64).alias("months_after_second"),
    )
    return pl.concat([without, cases.select(without.columns)], how="vertical_relaxed")


def _patients(people: pl.DataFrame) -> pl.DataFrame:
    """marts.index_patients of these people."""
    second = pl.col("latency_months").is_not_null()
    return people.with_row_index("row", offset=1).select(
        pl.format("S{}", pl.col("row").cast(pl.String).str.zfill(7)).alias("patient_id"),
        pl.lit("seer").alias("source"),
        pl.lit("Iowa").alias("registry"),
        "sex",
        "race",
        "marital_status",
        "age_at_index_years",
        (pl.col("age_at_index_years") >= 85).alias("age_is_top_coded"),
        "index_year",
        pl.when(pl.col("index_year") < 2003)
        .then(pl.lit(ERAS[0][0]))
        .otherwise(pl.lit(ERAS[1][0]))
        .alias("era"),
        "chemotherapy_index",
        pl.max_horizontal(pl.col("survival_months_recorded").cast(pl.Float64), 0.5).alias("survival_months"),
        "survival_months_recorded",
        "died",
        second.alias("has_second_primary"),
        pl.lit(False).alias("had_prior_cancer"),
        "latency_months",
        pl.when(second).then(pl.lit("survival_months")).alias("latency_method"),
        pl.lit(False).alias("latency_is_uncertain"),
        pl.when(second).then(pl.lit("9811")).alias("second_histology_code"),
        "chemotherapy_second",
        "age_at_second_years",
        pl.when(pl.col("age_at_second_years") < 65)
        .then(pl.lit("18-64"))
        .when(pl.col("age_at_second_years") >= 65)
        .then(pl.lit("65+"))
        .alias("age_group_at_second"),
        "months_after_second",
        pl.when(second)
        .then(pl.col("latency_months").cast(pl.Float64))
        .otherwise(pl.max_horizontal(pl.col("survival_months_recorded").cast(pl.Float64), 0.5))
        .alias("months_to_first_event"),
        pl.when(second)
        .then(pl.lit("second_primary"))
        .when(pl.col("died"))
        .then(pl.lit("death"))
        .otherwise(pl.lit("none"))
        .alias("first_event"),
        pl.lit("0123456789abcdef").alias("load_id"),
        (pl.col("row") + 1).cast(pl.Int64).alias("source_line"),
        pl.when(second).then(pl.lit("0123456789abcdef")).alias("second_load_id"),
        pl.when(second).then((pl.col("row") + 2).cast(pl.Int64)).alias("second_source_line"),
    )


def _scale_to_median(months: np.ndarray, window: np.ndarray, target: float) -> float:
    """The factor that puts the product-limit median of the censored months at `target`."""
    factor = 1.0
    for _ in range(8):
        seen = np.minimum(months * factor, window)
        order = np.argsort(seen)
        died = (months * factor <= window)[order]
        at_risk = np.arange(len(seen), 0, -1)
        survival = np.cumprod(1 - died / at_risk)
        factor *= target / seen[order][np.argmax(survival <= 0.5)]
    return factor


def _intervals(patients: pl.DataFrame) -> pl.DataFrame:
    traits = ["sex", "race", "era", "index_year", "age_at_index_years", "chemotherapy_index"]
    known = patients.filter(pl.col("survival_months").is_not_null())
    second = known.filter("has_second_cancer")
    latency = pl.col("latency_months").cast(pl.Float64)
    stay = known.filter(~pl.col("has_second_cancer")).select(
        "patient_id", pl.lit(0.0).alias("start_months"), pl.col("survival_months").alias("stop_months"),
        pl.lit(False).alias("exposed"), "died", pl.lit(False).alias("second_cancer"), *traits,
    )  # fmt: skip
    before = second.select(
        "patient_id", pl.lit(0.0).alias("start_months"), latency.alias("stop_months"),
        pl.lit(False).alias("exposed"), pl.lit(False).alias("died"),
        pl.lit(True).alias("second_cancer"), *traits,
    )  # fmt: skip
    after = second.select(
        "patient_id", latency.alias("start_months"),
        pl.max_horizontal("survival_months", latency + 0.5).alias("stop_months"),
        pl.lit(True).alias("exposed"), "died", pl.lit(False).alias("second_cancer"), *traits,
    )  # fmt: skip
    return pl.concat([stay, before, after])


def _by_era(patients: pl.DataFrame) -> pl.DataFrame:
    return (
        patients.group_by("era")
        .agg(
            pl.len().alias("n_index"),
            pl.col("has_second_primary").sum().cast(pl.Int64).alias("n_second"),
            (pl.col("months_to_first_event") - 12).clip(lower_bound=0).sum().alias("person_months_at_risk"),
        )
        .sort("era")
    )


def _flow(n_left: int) -> pl.DataFrame:
    removed = [45_812, 3, 3, 0, 7, 4, 2]
    rules = [
        ("has an index cancer", "no malignant index cancer in the study's years and registries"),
        ("adult at index", "younger than 18 at index, or age unknown"),
        ("second cancer not first", "the second cancer came before or with the index cancer"),
        ("latency known", "latency not computable by any allowed method"),
        ("latency long enough", "latency shorter than 12 months"),
        ("no third primary", "more than two primaries (cases only)"),
        ("survival known", "survival unknown (cases only)"),
    ]
    n_in = n_left + sum(removed)
    rows = []
    for step, ((rule, reason), gone) in enumerate(zip(rules, removed, strict=True), start=1):
        rows.append((step, rule, reason, n_in, gone, n_in - gone))
        n_in -= gone
    return pl.DataFrame(rows, schema=["step", "rule", "reason", "n_in", "n_removed", "n_left"], orient="row")


def _study() -> dict[str, pl.DataFrame]:
    ranges = [
        ("index", "primary", "9732", "9732", None, None, None, None),
        ("second", "primary", "9811", "9819", "C420", "C421", None, None),
        ("second", "primary", "9811", "9819", "C424", "C424", None, None),
        ("second", "primary", "9835", "9836", None, None, None, None),
        ("second", "primary", "9837", "9837", "C420", "C421", None, None),
        ("second", "primary", "9837", "9837", "C424", "C424", None, None),
        ("second", "site_recode_35011", "9826", "9826", None, None, None, None),
        ("second", "broad", "9728", "9729", None, None, None, None),
    ]
    return {
        "study.study": pl.DataFrame(
            {
                "name": ["mm_sall"],
                "title": ["Acute lymphoblastic leukemia after multiple myeloma"],
                "index_label": ["multiple myeloma"],
                "index_short_label": ["MM"],
                "second_label": ["acute lymphoblastic leukemia"],
                "second_short_label": ["ALL"],
                "second_definition": ["primary"],
                "min_age_years": [18],
                "min_latency_months": [12],
                "max_primaries": [2],
                "apply_to_everyone": [False],
                "other_primaries": ["ignore"],
                "keep_nonqualifying_second": [False],
                "first_year": [1975],
                "last_year": [2018],
                "study_cutoff": [CUTOFF],
                "engine": ["spss25"],
                "min_at_risk": [5],
                "history": [None],
            },
            schema_overrides={"history": pl.String},
        ),
        "study.study_cancers": pl.DataFrame(
            ranges,
            schema={
                "role": pl.String, "definition": pl.String, "first_histology_code": pl.String,
                "last_histology_code": pl.String, "first_site_code": pl.String, "last_site_code": pl.String,
                "first_year": pl.Int64, "last_year": pl.Int64,
            },
            orient="row",
        ),
        "study.study_eras": pl.DataFrame(
            {
                "position": [1, 2],
                "era": [era[0] for era in ERAS],
                "first_year": [1975, 2003],
                "last_year": [2002, 2018],
            }
        ),
        "study.study_sources": pl.DataFrame(
            {
                "source": ["seer", "institution"],
                "first_year": [1975, 2010],
                "last_year": [2018, 2021],
                "study_cutoff": [CUTOFF, date(2022, 4, 1)],
            }
        ),
        "study.study_registries": pl.DataFrame(
            {"source": ["seer"] * 9, "registry_code": REGISTRIES}
        ),
        "study.study_landmarks": pl.DataFrame({"landmark_months": [24, 60, 120]}),
        "staging.stg_ledger__loads": pl.DataFrame(
            {
                "load_id": ["0123456789abcdef", "fedcba9876543210"],
                "source": ["seer", "institution"],
                "kind": ["seer_listing", "hospital_patients"],
                "file_name": ["seer9_listing.txt", "patients.csv"],
                "sha256": ["0" * 64, "f" * 64],
                "bytes": [22_000_000, 150_000],
                "rows_read": [121_728, 1_529],
                "rows_landed": [121_728, 1_529],
                "rows_rejected": [0, 0],
                "database_name": ["Synthetic SEER-9 twin", None],
                "submission_year": [2020, None],
                "is_synthetic": [True, True],
                "is_current": [True, True],
            }
        ),
    }  # fmt: skip


def _institution() -> dict[str, pl.DataFrame]:
    cases = pl.read_csv(io.StringIO(HOSPITAL.strip()), separator=";").with_columns(
        pl.col("died").cast(pl.Boolean),
        pl.col("survival_months_after_second").cast(pl.Float64),
        pl.col("relapse_weeks").cast(pl.Int64),
    )
    flow = _flow(1_529).with_columns(n_in=pl.lit(1_529), n_removed=pl.lit(0), n_left=pl.lit(1_529))
    return {
        "marts.institution_flow": flow,
        "marts.institution_summary": pl.DataFrame(
            {
                "n_index": [1_529],
                "n_second": [3],
                "first_year": [2010],
                "last_year": [2021],
                "second_is_looked_for": [True],
            }
        ),
        "marts.institution_cases": cases.with_columns(
            load_id=pl.lit("fedcba9876543210"), source_line=pl.int_range(2, 5), is_followed_after_second=True
        ),
    }


EXPECTED = pl.Decimal(28, 15)
TICKS_PER_YEAR = 24
"""Follow-up is in half months."""

IN_MONTHS = ((2, "12-23 months"), (5, "24-59 months"), (10, "60-119 months"), (15, "120-179 months"))


def _months_since_index() -> pl.Expr:
    years, name = pl.col("years_since_index"), pl.lit("180+ months")
    for limit, shorter in reversed(IN_MONTHS):
        name = pl.when(years < limit).then(pl.lit(shorter)).otherwise(name)
    return name


def _person_time_by_group(cells: pl.DataFrame) -> pl.DataFrame:
    """Person-time by all traits at once in the shape of the mart; whose race is unknown has no rate."""
    first_year = pl.col("years_since_index") < 1
    return (
        cells.group_by(
            pl.col("sex", "race", "chemotherapy_index").fill_null("Unknown"),
            "era",
            months_since_index=pl.when(first_year)
            .then(pl.lit("0-11 months"))
            .otherwise(_months_since_index()),
            months_since_index_band=pl.when(first_year).then(pl.lit("0-11 months")).otherwise("band"),
            counts_second_primaries=~first_year,
            attained_age="age_band",
            has_reference_rate=pl.col("race").is_not_null(),
        )
        .agg(
            pl.col("observed").sum(),
            person_ticks=(pl.col("person_years") * TICKS_PER_YEAR).round().cast(pl.Int64).sum(),
            ticks_per_year=pl.lit(TICKS_PER_YEAR),
            expected=pl.col("expected").cast(EXPECTED).sum(),
        )
        .with_columns(expected=pl.when("has_reference_rate").then("expected"))
        .select(*COLUMNS["marts.person_time_by_group"])
    )


def _sir(cells: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Observed over expected in the shape of the mart: sums of groups, with the persons of the cells."""
    at_risk = pl.col("counts_second_primaries")
    groupings = {
        "from_index": (pl.lit(True), pl.lit("all"), pl.lit("all")),
        "from_latency": (at_risk, pl.lit("all"), pl.lit("all")),
        "months_since_index": (at_risk, pl.col("months_since_index_band"), pl.col("band")),
        "attained_age": (at_risk, pl.col("attained_age"), pl.col("age_band")),
        "era": (at_risk, pl.col("era"), pl.col("era")),
        "sex": (at_risk, pl.col("sex"), pl.col("sex").fill_null("Unknown")),
        "race": (at_risk, pl.col("race"), pl.col("race").fill_null("Unknown")),
        "chemotherapy": (
            at_risk,
            pl.col("chemotherapy_index"),
            pl.col("chemotherapy_index").fill_null("Unknown"),
        ),
    }
    cells = cells.with_columns(counts_second_primaries=pl.col("years_since_index") >= 1)
    covered, unmatched = pl.col("has_reference_rate"), pl.col("race").is_null()
    years = pl.col("person_ticks").sum() / TICKS_PER_YEAR
    return pl.concat(
        groups.filter(rows)
        .group_by(level=level)
        .agg(
            pl.col("observed").sum(),
            pl.col("expected").filter(covered).sum().cast(pl.String).cast(pl.Float64),
            years.alias("person_years"),
            pl.col("observed").filter(~covered).sum().alias("observed_unmatched"),
            (pl.col("person_ticks").filter(~covered).sum() / TICKS_PER_YEAR).alias("person_years_unmatched"),
        )
        .join(
            cells.filter(rows)
            .group_by(level=level_of_cells)
            .agg(
                pl.col("patient_id").n_unique().cast(pl.Int64).alias("persons"),
                pl.col("patient_id").filter(unmatched).n_unique().cast(pl.Int64).alias("persons_unmatched"),
                pl.col("age_at_index_years").mean().alias("mean_age_at_index_years"),
                pl.col("age_at_second_years")
                .filter(pl.col("observed") > 0)
                .mean()
                .alias("mean_age_at_second_years"),
                unmatched.sum().cast(pl.Int64).alias("n_unmatched_cells"),
            ),
            on="level",
        )
        .with_columns(
            grouping=pl.lit(name),
            expected=pl.when(pl.col("person_years") > pl.col("person_years_unmatched")).then("expected"),
        )
        for name, (rows, level, level_of_cells) in groupings.items()
    ).sort("grouping", "level")


def _person_time_by_era(patients: pl.DataFrame) -> pl.DataFrame:
    """Events and years from the twelfth month on, by era, years since index and attained age."""
    at_risk = _cells(patients).filter(pl.col("years_since_index") >= 1)
    return (
        at_risk.with_columns(months_since_index=_months_since_index())
        .group_by("era", "months_since_index", attained_age="age_band")
        .agg(pl.col("observed").sum(), pl.col("person_years").sum())
        .sort("era", "months_since_index", "attained_age")
    )  # fmt: skip


def _deliveries(
    patients: pl.DataFrame,
    reference_rates: bool,
    not_delivered: tuple[str, ...],
    coverage: dict[str, str | None],
) -> dict[str, pl.DataFrame]:
    """What was delivered, and whether reference rates could be made of it."""
    items = [
        "sex",
        "race",
        "marital_status",
        "chemotherapy",
        "survival_months",
        "vital_status",
        *(f"second_cancer: {definition}" for definition in ("primary", "site_recode_35011", "broad")),
        "second_cancer",
    ]
    if "registry_listing" in not_delivered:
        not_delivered = (*not_delivered, *items)
    if "second_cancer" in not_delivered:
        not_delivered = (*not_delivered, *(item for item in items if item.startswith("second_cancer: ")))
    found = {
        "state": "value" if reference_rates else "not_delivered",
        "reason": None if reference_rates else "No population file was delivered: deliver one.",
        "note": None,
    } | coverage
    return {
        "marts.reference_coverage": pl.DataFrame(
            {
                **{name: [said] for name, said in found.items()},
                "n_registries_of_study": [9],
                "n_registries_in_tumors": [9],
                "n_registries_in_populations": [9 if reference_rates else 0],
                "n_registries_matched": [9 if reference_rates else 0],
                "first_year": [1975],
                "last_year": [2018],
                "n_cases": [2_543],
                "n_cases_without_index": [2_512],
                "n_population_rows_set_aside": [0],
            },
            schema_overrides={"reason": pl.String, "note": pl.String},
        ),
        "marts.delivered_items": pl.DataFrame(
            {
                "item": items,
                "is_delivered": [item not in not_delivered for item in items],
                "n_rows": [0 if "registry_listing" in not_delivered else patients.height] * len(items),
                "n_known": [0 if item in not_delivered else patients.height for item in items],
            }
        ),
    }


def _cells(patients: pl.DataFrame) -> pl.DataFrame:
    """One row per person and year since index."""
    pieces = []
    months = pl.col("months_to_first_event")
    for k in range(44):
        alive = patients.filter(months > 12 * k)
        if not alive.height:
            break
        pieces.append(
            alive.with_columns(
                years_since_index=pl.lit(k),
                attained=pl.col("age_at_index_years") + k,
                observed=((pl.col("first_event") == "second_primary") & (months <= 12 * (k + 1))).cast(
                    pl.Int64
                ),
                person_years=(pl.min_horizontal(months, 12.0 * (k + 1)) - 12.0 * k) / 12,
                band=pl.lit("12-59 months" if k < 5 else "60-119 months" if k < 10 else "120+ months"),
            )
        )
    rate = pl.lit(ALL_RATE[-1][1])
    for limit, value in reversed(ALL_RATE):
        rate = pl.when(pl.col("attained") // 5 * 5 < limit + 5).then(value).otherwise(rate)
    sex_factor = pl.when(pl.col("sex") == "Male").then(1.11).otherwise(0.89)
    age_band = pl.lit("80+")
    for limit, name in ((80, "70-79"), (70, "60-69"), (60, "50-59"), (50, "00-49")):
        age_band = pl.when(pl.col("attained") < limit).then(pl.lit(name)).otherwise(age_band)
    return pl.concat(pieces).with_columns(
        expected=pl.col("person_years") * rate * sex_factor / 1e5, age_band=age_band
    )


if __name__ == "__main__":
    import sys

    write_warehouse(Path(sys.argv[1]))
