"""What the server tells of itself and of its types, by the numbers of Flight SQL, ODBC and JDBC."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pyarrow as pa

IS_TEXT, IS_BIT, IS_LONG, IS_NUMBER, IS_TEXTS, IS_MAP = range(6)

YES = (3, 4, 506, 515, 516, *range(518, 522), 523, 524, 532, 539, 556)
NO = (5, 9, 10, *range(500, 503), 527, 536, 537, 563, 565, 566, *range(572, 577))
NO_LIMIT_IS_KNOWN = (*range(541, 556), *range(557, 562))
LISTS_THAT_NOBODY_KEEPS = range(508, 513)
NO_TRANSACTIONS_NO_LIFETIME_NO_CHANGES = (8, 100, 101, 533, 534, 535, 562, 568, 570, 571)
FIRST_TWO_OF_A_KIND = (522, 525, 526, 528, 540)

INFO: Mapping[int, tuple[int, Any]] = {
    0: (IS_TEXT, "metachron"),
    1: (IS_TEXT, version("metachron")),
    2: (IS_TEXT, pa.__version__),
    **dict.fromkeys(YES, (IS_BIT, True)),
    **dict.fromkeys(NO, (IS_BIT, False)),
    **dict.fromkeys(NO_LIMIT_IS_KNOWN, (IS_LONG, 0)),
    **dict.fromkeys(LISTS_THAT_NOBODY_KEEPS, (IS_TEXTS, [])),
    **dict.fromkeys(NO_TRANSACTIONS_NO_LIFETIME_NO_CHANGES, (IS_NUMBER, 0)),
    **dict.fromkeys(FIRST_TWO_OF_A_KIND, (IS_NUMBER, 3)),
    503: (IS_NUMBER, 1),  # case does not matter in names
    504: (IS_TEXT, '"'),
    505: (IS_NUMBER, 1),
    507: (IS_NUMBER, 3),  # NULL comes last
    513: (IS_TEXT, "\\"),
    514: (IS_TEXT, ""),
    517: (IS_MAP, []),
    529: (IS_TEXT, "schema"),
    530: (IS_TEXT, "procedure"),
    531: (IS_TEXT, "catalog"),
    538: (IS_NUMBER, 15),  # subqueries everywhere
    564: (IS_NUMBER, 1),
    567: (IS_NUMBER, 2),  # rows come once, in order
    569: (IS_NUMBER, 2),  # for reading
}

# DuckDB's name, the number that ODBC and JDBC know it by, its size in digits or letters, and their base.
TYPES = [
    ("TINYINT", -6, 3, 10), ("BIGINT", -5, 19, 10), ("BLOB", -3, None, None), ("DECIMAL", 3, 38, 10),
    ("INTEGER", 4, 10, 10), ("SMALLINT", 5, 5, 10), ("FLOAT", 7, 24, 2), ("DOUBLE", 8, 53, 2),
    ("VARCHAR", 12, None, None), ("BOOLEAN", 16, 1, None), ("DATE", 91, 10, None), ("TIME", 92, 15, None),
    ("TIMESTAMP", 93, 26, None),
]  # fmt: skip
QUOTED = {"BLOB", "VARCHAR", "DATE", "TIME", "TIMESTAMP"}
# ODBC names dates and times once together and once apart.
TOGETHER, APART = 9, {"DATE": 1, "TIME": 2, "TIMESTAMP": 3}


def type_info() -> list[dict[str, Any]]:
    """One row for each type that a column of a release may have."""
    return [
        {
            "type_name": name,
            "data_type": number,
            "column_size": size,
            "literal_prefix": "'" if name in QUOTED else None,
            "literal_suffix": "'" if name in QUOTED else None,
            "create_params": ["precision", "scale"] if name == "DECIMAL" else None,
            "nullable": 1,
            "case_sensitive": name == "VARCHAR",
            "searchable": 3,
            "unsigned_attribute": False if radix else None,
            "fixed_prec_scale": False,
            "auto_increment": False,
            "local_type_name": name,
            "minimum_scale": 0 if name == "DECIMAL" else None,
            "maximum_scale": 38 if name == "DECIMAL" else None,
            "sql_data_type": TOGETHER if name in APART else number,
            "datetime_subcode": APART.get(name),
            "num_prec_radix": radix,
            "interval_precision": None,
        }
        for name, number, size, radix in TYPES
    ]
