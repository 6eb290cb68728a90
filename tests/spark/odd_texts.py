"""Rows on which engines disagree if they may: almost numbers, almost dates, blanks of other scripts, ties."""

from __future__ import annotations

from pathlib import Path

import duckdb

DATES = (
    "2011-08-15", "2011/8/15", "2011.8.15", "20110815", "2011年8月15日", "40770", "2011-08-15 10:00:00",
    "2011-8", "2011", "2011年8月", "20110015", "2011-02-29", "2012-02-29", "201108", "99999999", "20119999",
    "20110899", "2011－08－15", "２０１１-08-15", "2011-08-15T10:00", "1899-12-30", "0001-01-01",
    "99991231", "12345", "99999", "2011-08-15\n", "20110815\n", "40770\n", "20110815\t", "2011\r",
    "\u3000 2011-08-15 \u00a0", "2011--15", "--15", "-08-15", "2011-13-01", "2011-8-5x", "epoch", "today",
    "inf",
)  # fmt: skip
NUMBERS = (
    " 5 ", "12.5", "65.0", "1e3", "-0.5", "2.5", "-2.5", "+7", "１２", "1,5", "inf", "nan", "5d", "５",
    "0000", "00120", "2147483647", "2147483648", "-2147483649", "1e9", "1e10", ".5", "5.", "1e-3", "1E5",
    "1e", "e1", "+", "5\n", "5\r\n", "12345678901234567890123", "2 weeks", "3周", "4 w\n", "\u30006\u3000",
    "7 years",
)  # fmt: skip
WORDS = (
    "yes", "是", "无", "N/A", "-", "--", "é", "É ", "a  b     c", "it's", "back\\slash", "'",
    "\u3000\u3000", "\tx\t", "Male\u00a0", "男 ", "+", "阳性",
)  # fmt: skip


def add_odd_rows(raw: Path) -> int:
    """Add a hospital patient and a second cancer per odd text, and tumours that only their line tells apart.

    Some survival times are made unknown, and some populations given a decimal.

    The ledger counts them too, so that every row is still accounted for. Returns how many rows were added.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{raw}' as landed")
        connection.execute("use landed")
        connection.execute(
            "create temporary table odd (number integer, date varchar, figure varchar, word varchar)"
        )
        n = max(len(DATES), len(NUMBERS), len(WORDS))
        connection.executemany(
            "insert into odd values (?, ?, ?, ?)",
            [(i, DATES[i % len(DATES)], NUMBERS[i % len(NUMBERS)], WORDS[i % len(WORDS)]) for i in range(n)],
        )
        connection.execute(
            "insert into raw.hospital_patients by name"
            " select load_id, 900000 + number as source_line, ' odd-' || number as patient_key,"
            " '2012-02-29' as mm_dx_date, date as birth_date, figure as age_mm_years, word as sex,"
            " word as isotype, word as light_chain, word as asct,"
            " figure as maintenance_months, figure as relapse_duration,"
            " date as last_contact_date, 'Dead' as vital_status"
            " from odd cross join (select load_id from raw.loads where kind = 'hospital_patients')"
        )
        connection.execute(
            "insert into raw.hospital_second_cancers by name"
            " select load_id, 900000 + number as source_line, 'odd-' || number || '\u3000' as patient_key,"
            " '9811/3' as histology, word as cd10, 'C42.1' as site,"
            " date as sall_dx_date, figure as age_sall_years,"
            " case when number % 2 = 0 then figure end as latency_months, figure as survival_months"
            " from odd cross join (select load_id from raw.loads where kind = 'hospital_second_cancers')"
        )
        # The same patient, year and sequence again, with nothing but the line to say which comes first.
        connection.execute(
            "insert into raw.seer_listing by name"
            " select * replace (source_line + 900000 as source_line, '' as record_no, 'Unknown' as sequence,"
            " '' as month_dx, ' ' || registry as registry)"
            " from raw.seer_listing where source_line % 40 = 0"
        )
        # A latency that only months of diagnosis tell, and the decimal of the older population layout.
        connection.execute(
            "update raw.seer_listing set surv_months = 'Unknown', surv_days = '',"
            " month_dx = lpad(cast(1 + source_line % 12 as varchar), 2, '0')"
            " where patient_id in (select patient_id from raw.seer_listing where hist like '98%')"
            " and cast(patient_id as bigint) % 3 = 0"
        )
        connection.execute(
            "update raw.populations set population = replace(population, '.0', '.7')"
            " where source_line % 50 = 0"
        )
        added = 0
        for table in ("hospital_patients", "hospital_second_cancers", "seer_listing"):
            new = f"from raw.{table} where source_line >= 900000"
            connection.execute(
                "update raw.loads set rows_read = rows_read + n, rows_landed = rows_landed + n"
                f" from (select load_id as id, count(*) as n {new} group by 1) where load_id = id"
            )
            added += count(connection, new)
    return added


def count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(f"select count(*) from ({query})").fetchall()[0][0])
