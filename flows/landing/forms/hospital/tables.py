"""The raw tables of a hospital's files, and the columns that they always have."""

from __future__ import annotations

HOSPITAL_PATIENTS = (
    "patient_key",
    "mm_dx_date",
    "birth_date",
    "age_mm_years",
    "sex",
    "isotype",
    "light_chain",
    "durie_salmon",
    "iss",
    "fish",
    "induction",
    "induction_response",
    "asct",
    "maintenance_drug",
    "maintenance_months",
    "relapse",
    "relapse_drug",
    "relapse_duration",
    "last_contact_date",
    "vital_status",
    "data_note",
)
HOSPITAL_SECOND_CANCERS = (
    "patient_key",
    "histology",
    "behavior",
    "site",
    "sall_dx_date",
    "age_sall_years",
    "latency_months",
    "mm_active_at_sall",
    "lineage",
    "cd10",
    "cigm",
    "karyotype",
    "bcr_abl",
    "mll",
    "sall_induction",
    "sall_response",
    "survival_months",
    "vital_status",
    "data_note",
)
TABLES = {"hospital_patients": HOSPITAL_PATIENTS, "hospital_second_cancers": HOSPITAL_SECOND_CANCERS}
