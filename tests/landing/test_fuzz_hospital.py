"""Hospital tables of every order: patients with a date land, whatever else stands there; nothing is lost."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from tests.landing.deliveries import ask
from tests.landing.test_fuzz import FEW

MAPPING = """metachron_mapping: 1
files:
  - table: hospital_second_cancers
    recognise: [pid, dx]
    columns: {patient_key: pid, sall_dx_date: dx, site: site}
"""
HEADER = ["pid", "dx", "site"]
NUMBERS = st.one_of(
    st.integers(1, 99).map("HM{:02d}".format), st.sampled_from(["Total", "sum 3", "合计", "*", "7", ""])
)
DATES = st.sampled_from(["2001-02-03", "3/2/01", "12", "", "unknown"])
ROWS = st.lists(
    st.one_of(
        st.tuples(NUMBERS, DATES, st.sampled_from(["", "C421", "3"])).map(list),
        st.sampled_from([HEADER, ["pid", "site", "dx"], ["", "", ""], ["HM01"]]),
    ),
    min_size=1,
    max_size=12,
)


@FEW
@given(ROWS, st.sampled_from(["", "sep=;\n", "A list of the ward;;\n"]))
def test_patients_with_a_date_land_whatever_stands_between_them(rows: list[list[str]], above: str):
    with tempfile.TemporaryDirectory() as folder:
        inbox, home = Path(folder, "in"), Home.at(Path(folder, "home"))
        inbox.mkdir()
        (inbox / "h.mapping.yml").write_text(MAPPING)
        (inbox / "p.csv").write_text(above + "".join(f"{';'.join(row)}\n" for row in [HEADER, *rows]))
        try:
            (result,) = land.load([inbox], home)
        except InputRefused as refusal:
            assert refusal.code in ("IN-01", "IN-18", "IN-25")
            assert (refusal.code == "IN-25") == (["pid", "site", "dx"] in rows)
            return
        assert result.rows_read == result.rows_landed + result.rows_rejected
        landed = ask(home, "select patient_key, sall_dx_date, site from raw.hospital_second_cancers")
        patients = {tuple(row) for row in rows if len(row) == 3 and row[0][:2] == "HM" and row[1][2:]}
        assert patients <= set(landed) and not {"", "pid"} & {number for number, *_ in landed}
        assert not {"Total", "合计"} & {number for number, *_ in landed}
