"""Equal tables have equal digests, whatever the order of rows; unequal ones do not."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from flows.publishing import code_version
from flows.publishing.publish import digest

ROWS = "select i as patient_id, i / 3 as months, case when i % 2 = 0 then 'x' end as note"


def digest_of(folder: Path, sql: str) -> dict[str, str]:
    file = folder / "some.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"create schema marts; create table marts.t as {sql}")
    return digest(file)


def test_the_order_of_rows_does_not_matter(tmp_path):
    up = digest_of(tmp_path, f"{ROWS} from range(1000) as numbers (i) order by i")
    down = digest_of(tmp_path, f"{ROWS} from range(1000) as numbers (i) order by i desc")
    assert up == down and list(up) == ["marts.t"]


@pytest.mark.parametrize(
    "other",
    [
        f"{ROWS} from range(999) as numbers (i)",
        f"{ROWS} from (select i from range(1000) as numbers (i) union all select 5)",
        f"{ROWS} from (select if(i = 7, 8, i) as i from range(1000) as numbers (i))",
        f"{ROWS.replace('months', 'years')} from range(1000) as numbers (i)",
        f"{ROWS.replace('i / 3', '(i / 3)::float')} from range(1000) as numbers (i)",
        f"{ROWS.replace('end as', 'else chr(32) end as')} from range(1000) as numbers (i)",
        f"{ROWS.replace('end as', 'else chr(0) end as')} from range(1000) as numbers (i)",
        f"select if(i in (6, 9), 15 - i, i) as patient_id, * exclude (patient_id, i)"
        f" from (select i, {ROWS.removeprefix('select ')} from range(1000) as numbers (i))",
    ],
    ids=[
        "a row less",
        "a row twice",
        "one value",
        "a column's name",
        "a column's type",
        "blank for null",
        "a control character for null",
        "two patients changed places",
    ],
)
def test_every_other_difference_does(tmp_path, other):
    assert digest_of(tmp_path, f"{ROWS} from range(1000) as numbers (i)") != digest_of(tmp_path, other)


def test_values_belong_to_their_columns_and_rows(tmp_path):
    as_it_is = digest_of(tmp_path, "select 'a' as one, 'b' as other union all select 'c', 'd'")
    assert as_it_is != digest_of(tmp_path, "select 'b' as one, 'a' as other union all select 'c', 'd'")
    assert as_it_is != digest_of(tmp_path, "select 'a' as one, 'd' as other union all select 'c', 'b'")
    assert as_it_is != digest_of(tmp_path, "select 'ab' as one, '' as other union all select 'c', 'd'")


def test_a_pair_of_equal_rows_is_not_the_same_as_none(tmp_path):
    assert digest_of(tmp_path, "select 1 as a where false") != digest_of(
        tmp_path, "select 1 as a union all select 1"
    )


def test_the_code_version_follows_our_sources_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(code_version, "ROOT", tmp_path)
    monkeypatch.setattr(code_version, "__version__", "1.2.3")
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "one.py").write_text("1")
    first = code_version.code_version()
    assert first.startswith("1.2.3+")
    (tmp_path / "flows" / "__pycache__").mkdir()
    (tmp_path / "flows" / "__pycache__" / "one.py").write_text("made")
    (tmp_path / "flows" / "notes.txt").write_text("not code")
    assert code_version.code_version() == first
    (tmp_path / "flows" / "one.py").write_text("2")
    assert code_version.code_version() != first
