"""`metachron cite` without a study is about what the home has published."""

from __future__ import annotations

import duckdb

from flows.cli.main import main
from tests.analytics.warehouse_fixture import write_warehouse
from tests.disclosure.test_disclose import RELEASE, published


def test_without_a_study_the_paper_is_that_of_the_published_release(tmp_path, capsys):
    home = published(tmp_path / "home")
    file = home.releases / RELEASE / "warehouse.duckdb"
    file.unlink()
    with duckdb.connect(str(write_warehouse(file, scale=0.01))) as connection:
        connection.execute("create table study.study_paper as select 'A. Nother' as authors, 'T' as title, "
                           "'J' as journal, 2020 as year, '10.1000/another' as doi")  # fmt: skip
    main(["--home", str(home.root), "cite"])
    assert capsys.readouterr().out.count("10.1000/another") == 2
    with duckdb.connect(str(file)) as connection:
        connection.execute("delete from study.study_paper")
    main(["--home", str(home.root), "cite"])
    assert "doi" not in capsys.readouterr().out
