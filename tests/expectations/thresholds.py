"""Both sides of each limit: SQL after which an expectation just holds, and after which it just does not."""

from __future__ import annotations

from typing import NamedTuple

from tests.expectations.defects import (
    CONFORMED,
    COVERAGE,
    FIRST_CASE,
    FIRST_PATIENT,
    HOSPITAL,
    INTERVALS,
    LINKED,
    LOADS,
    ONE,
    PATIENTS,
    PERSON_TIME,
    SECONDS,
    SIR,
    STAGED_LOADS,
    TUMORS,
)


class Limit(NamedTuple):
    """An expectation's sentence, and what to do to the build on either side of its limit."""

    says: str
    inside: tuple[str, ...]
    outside: tuple[str, ...]


def resized(table: str, n_rows: int) -> tuple[str, ...]:
    """The table with exactly this number of rows, repeated from its own."""
    return (
        f"create or replace table build.main.resized as select kept.* from {table} as kept,"
        f" range({n_rows}) as repeats (i) limit {n_rows}",
        f"drop table {table}",
        f"create table {table} as from build.main.resized",
    )


def first_rows(table: str, n_rows: int, change: str, of_others: str) -> str:
    """The first rows of a table are made one thing, the rest another."""
    column = change.partition(" = ")[0]
    return f"update {table} set {column} = if(rowid < {n_rows}, {change.partition(' = ')[2]}, {of_others})"


def share(says: str, table: str, change: str, of_others: str, most: int, beyond: int | None = None) -> Limit:
    """A limit on how many rows of a table may be so: `most` may, one more may not."""
    return Limit(
        says,
        (first_rows(table, most, change, of_others),),
        (first_rows(table, most + 1 if beyond is None else beyond, change, of_others),),
    )


def value(says: str, table: str, column: str, last: str, beyond: str, who: str = "true") -> Limit:
    """A limit of a value: the last that may be, and the first that may not."""
    return Limit(
        says,
        (f"update {table} set {column} = {last} where {who}",),
        (f"update {table} set {column} = {beyond} where {who}",),
    )


def two_years(n_before: int, n_now: int) -> tuple[str, ...]:
    """Tumours of two years following each other, so many in each."""
    return (
        *resized(TUMORS, n_before + n_now),
        f"update {TUMORS} set diagnosis_year = if(rowid < {n_before}, 1990, 1991)",
    )


def numbers(n_known: int, primaries: int) -> tuple[str, ...]:
    """So many patients whose number of primaries the registry tells; of the others it tells nothing."""
    return (
        f"update {CONFORMED} set sequence_total = null, lifetime_primaries = if(patient_id in"
        f" (select patient_id from {PATIENTS} order by patient_id limit {n_known}), {primaries}, null)"
        " where source = 'seer'",
    )


CASES = f"(select patient_id from {SECONDS} order by patient_id limit {{}})"
OTHER_PATIENTS = (
    f"(select patient_id from {PATIENTS} where not has_second_primary order by patient_id limit {{}})"
)
NOBODY_TELLS = f"update {CONFORMED} set sequence_total = 1, lifetime_primaries = 1 where source = 'seer'"
NO_SECOND_CANCERS = (f"delete from {CONFORMED} where sequence_number = 2", f"delete from {LINKED}")


def telling(n_cases: int, n_others: int) -> tuple[str, ...]:
    """So many patients with a second cancer, and without one, of whom the registry tells another primary."""
    return (
        NOBODY_TELLS,
        f"update {CONFORMED} set lifetime_primaries = 2 where patient_id in {CASES.format(n_cases)}"
        f" or patient_id in {OTHER_PATIENTS.format(n_others)}",
    )


DELIVERED = "Where the registry counts another primary, its row was delivered"
MOST = "Most of the other primaries that the registry counts were delivered"
REFUSED = "No delivery had more than one row in a hundred rejected"
YEARS = "The number of tumours changes by less than 40% to 60% from one year to the next"
EXPECTED = "Where ten or more second cancers are expected, at least a tenth of them are there"
DEAD = "Some patients have died and some have not"
VALID = "Haematopoietic codes occur only in the years in which they were valid"
ADULTS = "The median age at diagnosis is that of a disease of adults, from 30 to 90 years"
POSSIBLE = "Ages are possible, and nobody is younger at the second cancer than at the first"
ONE_CASE = f"patient_id = {FIRST_CASE}"
ONE_PATIENT = f"patient_id = {FIRST_PATIENT}"
ONE_TUMOR = f"patient_id = {ONE}"


def rejected(n_rows: int) -> tuple[str, ...]:
    """So many rejected rows of a delivery of 400."""
    return (
        f"update {LOADS} set rows_read = 400 where source = 'seer'",
        "delete from landed.raw.rejects",
        "insert into landed.raw.rejects select load_id, i, 'sex', 'unknown_label', 'not a label', 'raw'"
        f" from {LOADS}, range({n_rows}) as lines (i) where source = 'seer'",
    )


def valid(code: str, year: int, beyond: int) -> Limit:
    made = f"update {TUMORS} set icdo3_histology_code = '{code}', diagnosis_year = {{}} where {ONE_TUMOR}"
    others = f"delete from {TUMORS} where not ({ONE_TUMOR})"
    return Limit(VALID, (others, made.format(year)), (made.format(beyond),))


def tumours(says: str, column: str, last: str, beyond: str, who: str = ONE_TUMOR) -> Limit:
    return value(says, TUMORS, column, last, beyond, who)


SURVIVAL = "Survival lies between 0 and 720 months"
AGES = "Ages lie between 0 and 120 years"
HISTOLOGIES = "Histologies are ICD-O-3 codes from 8000 to 9999"
SITES = "Primary sites are topography codes from C00.0 to C80.9"
RACE = "Race is unknown for at most one tumour in twenty"
IN_ORDER = "Birth, diagnosis and last contact follow in this order"
SHARES = (
    share("At most one patient in twenty has unknown survival", PATIENTS, "survival_months = null", "1", 5),
    share(
        "At most one patient in five has a top-coded age", PATIENTS, "age_is_top_coded = true", "false", 20
    ),
    share(
        "At most one hospital patient in ten has no known follow-up",
        HOSPITAL,
        "vital_status = null",
        "'dead'",
        2,
    ),
    share("At most a tenth of person-time has no expected count", PERSON_TIME, "expected = null", "1", 1),
    share("Every tumour has a year of diagnosis", TUMORS, "diagnosis_year = null", "2000", 0),
    share("Sex is unknown for at most one tumour in a thousand", TUMORS, "sex_code = null", "'1'", 1),
    share(
        "Age is unknown for at most five tumours in a thousand",
        TUMORS,
        "age_at_diagnosis_years = null",
        "60",
        5,
    ),
    share(RACE, TUMORS, "race_code = '9'", "'1'", 50),
    share(
        "Marital status is unknown for at most 15% of tumours",
        TUMORS,
        "marital_status_code = '9'",
        "'1'",
        150,
    ),
    share("Survival is unknown for at most one tumour in twenty", TUMORS, "survival_months = null", "1", 50),
    share(
        "Behaviour is unknown for at most one tumour in a thousand",
        TUMORS,
        "icdo3_behavior_code = null",
        "'3'",
        1,
    ),
)
THOUSAND_TUMOURS = resized(TUMORS, 1000)

# What to do to a copy of the build first, and limits that can be tried on it together.
ROUNDS: dict[str, tuple[tuple[str, ...], tuple[Limit, ...]]] = {
    "shares": (
        (
            *THOUSAND_TUMOURS,
            *resized(PATIENTS, 100),
            *resized(HOSPITAL, 20),
            *resized(PERSON_TIME, 10),
            f"update {PERSON_TIME} set person_years = 1",
        ),
        SHARES,
    ),
    "few rows, and the last of each value": (
        (),
        (
            Limit(REFUSED, rejected(4), rejected(5)),
            Limit(
                "No delivery is a fifth smaller than the one before it",
                (
                    f"insert into {STAGED_LOADS} select * replace (false as is_current, 0 as load_sequence,"
                    f" 1000 as rows_landed) from {STAGED_LOADS} where source = 'seer'",
                    f"update {STAGED_LOADS} set rows_landed = 800 where source = 'seer' and is_current",
                ),
                (f"update {STAGED_LOADS} set rows_landed = 799 where source = 'seer' and is_current",),
            ),
            Limit("Some index patients have another primary", numbers(99, 1), numbers(100, 1)),
            Limit(
                EXPECTED,
                (f"update {SIR} set expected = 9.999, observed = 0",),
                (f"update {SIR} set expected = 10",),
            ),
            value("Everyone in the cohort is of the study's age", PATIENTS, "age_at_index_years", "18", "17"),
            value(
                "Every second primary came after the study's shortest latency",
                PATIENTS,
                "latency_months",
                "12",
                "11",
                ONE_CASE,
            ),
            value(SURVIVAL, PATIENTS, "survival_months", "720", "721", ONE_PATIENT),
            tumours(AGES, "age_at_diagnosis_years", "120", "121"),
            tumours(HISTOLOGIES, "icdo3_histology_code", "'9999'", "'99991'"),
            tumours(SITES, "icdo3_site_code", "'C809'", "'C810'"),
            tumours(
                "Every year of diagnosis lies within the years that the database names",
                "diagnosis_year",
                "2018",
                "2019",
            ),
            Limit(
                "At least as many registries sent tumours as the study names",
                (f"update {TUMORS} set registry = 'registry ' || rowid % 9",),
                (f"update {TUMORS} set registry = 'registry ' || rowid % 8",),
            ),
            value(
                "Tumours and populations are of all the study's registries",
                COVERAGE,
                "n_registries_matched",
                "9",
                "8",
            ),
            value(
                "Nobody lives longer after the second cancer than after the first",
                SECONDS,
                "months_after_second",
                "survival_months",
                "survival_months + 1",
                ONE_CASE,
            ),
            value(
                "Every interval of follow-up goes forward",
                INTERVALS,
                "stop_months",
                "start_months + 0.5",
                "start_months",
                ONE_PATIENT,
            ),
            value(IN_ORDER, HOSPITAL, "last_contact_date", "diagnosis_date", "diagnosis_date - 1"),
            Limit(
                "Person-time by stratum and by era is the same",
                (f"update {PERSON_TIME} set person_years = person_years * (1 + 0.9e-6)",),
                (f"update {PERSON_TIME} set person_years = person_years * (1 + 0.2e-6)",),
            ),
        ),
    ),
    "few rows, and the first of each value": (
        (),
        (
            Limit("Some index patients have one primary only", numbers(19, 2), numbers(20, 2)),
            Limit(
                EXPECTED,
                (f"update {SIR} set expected = 20, observed = 2",),
                (f"update {SIR} set observed = 1",),
            ),
            value(ADULTS, PATIENTS, "age_at_index_years", "30", "29"),
            value(SURVIVAL, PATIENTS, "survival_months", "0", "-1", ONE_PATIENT),
            tumours(AGES, "age_at_diagnosis_years", "0", "-1"),
            tumours(HISTOLOGIES, "icdo3_histology_code", "'8000'", "'7999'"),
            tumours(SITES, "icdo3_site_code", "'C000'", "'C00'"),
            tumours(
                "Nobody is followed beyond the study cutoff",
                "survival_months",
                "12 * (2018 - diagnosis_year + 1)",
                "12 * (2018 - diagnosis_year + 1) + 1",
            ),
            value(IN_ORDER, HOSPITAL, "birth_date", "diagnosis_date", "diagnosis_date + 1"),
        ),
    ),
    "half of those who tell": (
        (f"delete from {LINKED}",),
        (
            Limit(DELIVERED, telling(5, 5), telling(5, 6)),
            Limit(MOST, (), ()),
            value(ADULTS, PATIENTS, "age_at_index_years", "90", "91"),
            Limit(
                "Observed, expected and person-time of each ratio are the sums of their cells",
                (f"update {SIR} set person_years = person_years * (1 + 0.9e-6)",),
                (f"update {SIR} set person_years = person_years * (1 + 0.2e-6)",),
            ),
        ),
    ),
    "five who tell": (
        NO_SECOND_CANCERS,
        (Limit(DELIVERED, telling(4, 0), telling(5, 0)), Limit(MOST, (), ())),
    ),
    "half of the rows of another kind": (
        (),
        (
            Limit(
                DELIVERED,
                (
                    *telling(12, 13),
                    f"update {LINKED} set second_tumor_id = 'x' where patient_id in {CASES.format(5)}",
                ),
                (f"update {LINKED} set second_tumor_id = 'x' where patient_id in {CASES.format(6)}",),
            ),
            value(
                POSSIBLE,
                PATIENTS,
                "age_at_second_years",
                "age_at_index_years + 2018 - index_year + 1",
                "age_at_index_years + 2018 - index_year + 2",
                ONE_CASE,
            ),
        ),
    ),
    "the oldest": (
        (),
        (
            value(
                POSSIBLE,
                PATIENTS,
                "age_at_index_years",
                "125",
                "126",
                f"not has_second_primary and {ONE_PATIENT}",
            ),
        ),
    ),
    "no younger": (
        (),
        (
            value(
                POSSIBLE,
                PATIENTS,
                "age_at_second_years",
                "age_at_index_years",
                "age_at_index_years - 1",
                ONE_CASE,
            ),
        ),
    ),
    "the fewest dead": (
        resized(PATIENTS, 300),
        (share(DEAD, PATIENTS, "died = true", "false", 3, beyond=2),),
    ),
    "the fewest alive": (
        (*resized(PATIENTS, 1000), *THOUSAND_TUMOURS),
        (
            share(DEAD, PATIENTS, "died = true", "false", 999),
            share(RACE, TUMORS, "race_code = null", "'1'", 50),
        ),
    ),
    "a column of one value": (
        (f"update {TUMORS} set chemotherapy = 'yes'",),
        (
            Limit(
                "No column of substance holds a single value throughout",
                resized(TUMORS, 999),
                THOUSAND_TUMOURS,
            ),
        ),
    ),
    "200 tumours the year before": ((), (Limit(YEARS, two_years(199, 1), two_years(200, 1)),)),
    "six tenths of them": ((), (Limit(YEARS, two_years(200, 120), two_years(200, 119)),)),
    "sixteen tenths of them": ((), (Limit(YEARS, two_years(200, 320), two_years(200, 321)),)),
    "the last year of a code": ((), (valid("9836", 2009, 2010),)),
    "the first year of a code": ((), (valid("9811", 2010, 2009),)),
    "the first year of another": ((), (valid("9819", 2021, 2020),)),
}
