"""The whole synthetic registry: everyone, put together, and the records that follow."""

from __future__ import annotations

from samples.synthetic.cases import case_patients, edge_patients, young_patients
from samples.synthetic.leukemia import leukemia_patients
from samples.synthetic.messy import messy_records
from samples.synthetic.myeloma import myeloma_patients
from samples.synthetic.other import background_patients, plasma_cell_patients
from samples.synthetic.records import Records, records_of
from samples.synthetic.registry import Registry


def synthetic_registry(seed: int, scale: float, *, messy: bool = False) -> Registry:
    """Everyone, in codes that belong to no export format; the messy registry has more on the rules' edges."""
    edges = ["removed_cases.csv", "messy_cases.csv"] if messy else ["removed_cases.csv"]
    with_myeloma = Registry.joined(
        [
            case_patients(seed),
            *(edge_patients(seed, file_name) for file_name in edges),
            young_patients(seed),
            myeloma_patients(seed, scale),
        ]
    )
    return Registry.joined(
        [
            with_myeloma,
            plasma_cell_patients(seed, scale),
            background_patients(seed, scale),
            leukemia_patients(seed, scale, already=with_myeloma),
        ]
    )


def synthetic_records(seed: int, scale: float, *, messy: bool = False) -> Records:
    """The registry's rows."""
    records = records_of(synthetic_registry(seed, scale, messy=messy), seed)
    return messy_records(records, seed) if messy else records
