"""The whole synthetic registry: everyone, put together, and the records that follow."""

from __future__ import annotations

from samples.synthetic.cases import case_patients
from samples.synthetic.leukemia import leukemia_patients
from samples.synthetic.messy import messy_records
from samples.synthetic.myeloma import myeloma_patients
from samples.synthetic.other import background_patients, plasma_cell_patients
from samples.synthetic.records import Records, records_of
from samples.synthetic.registry import Registry


def synthetic_registry(
    seed: int,
    scale: float,
    *,
    messy: bool = False,
    all_cancers: bool = False,
    every_case: bool = False,
) -> Registry:
    """Everyone, in codes that belong to no export format; the messy registry has more on the rules' edges.

    all_cancers   with everyone who has another cancer; else only people with a plasma cell neoplasm or
                  acute lymphoblastic leukaemia, whatever else they have
    every_case    the cases and those on the rules' edges whole at any scale
    """
    edges = ["removed_cases.csv", "messy_cases.csv"] if messy else ["removed_cases.csv"]
    with_myeloma = Registry.joined(
        [
            *case_patients(seed, edges, scale, every_case=every_case),
            myeloma_patients(seed, scale, every_case=every_case),
        ]
    )
    selected = [
        with_myeloma,
        plasma_cell_patients(seed, scale),
        leukemia_patients(seed, scale, already=with_myeloma),
    ]
    if all_cancers:
        selected.append(background_patients(seed, scale, already=with_myeloma))
    return Registry.joined(selected)


def synthetic_records(
    seed: int,
    scale: float,
    *,
    messy: bool = False,
    all_cancers: bool = False,
    every_case: bool = False,
) -> Records:
    """The registry's rows."""
    registry = synthetic_registry(seed, scale, messy=messy, all_cancers=all_cancers, every_case=every_case)
    records = records_of(registry, seed)
    return messy_records(records, seed) if messy else records
