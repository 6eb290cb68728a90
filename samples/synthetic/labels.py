"""The words SEER*Stat writes for each code, by variable.

Codes are those of the fixed-width files; a case listing exported as labels shows the words.
"""

from __future__ import annotations

from samples.synthetic.kinds import kinds
from samples.synthetic.population import AGE_GROUPS
from samples.synthetic.records import CAUSE_OF_SITE

SYNTHETIC_NOTE = "SYNTHETIC - no patient"
BLANK, UNKNOWN = "Blank(s)", "Unknown"

REGISTRY = {
    1501: "California",
    1502: "Connecticut",
    1520: "Metropolitan Detroit",
    1521: "Hawaii",
    1522: "Iowa",
    1523: "New Mexico",
    1525: "Seattle (Puget Sound)",
    1526: "Utah",
    1527: "Georgia",
}
NO_YES = {0: "No", 1: "Yes"}
SEX = {1: "Male", 2: "Female"}
RACE_3 = {
    1: "White",
    2: "Black",
    3: "Other (American Indian/AK Native, Asian/Pacific Islander)",
    9: UNKNOWN,
}
RACE_4 = {
    1: "White",
    2: "Black",
    3: "American Indian/Alaska Native",
    4: "Asian or Pacific Islander",
    9: UNKNOWN,
}
ORIGIN = {0: "Non-Spanish-Hispanic-Latino", 1: "Spanish-Hispanic-Latino"}
MARITAL = {
    1: "Single (never married)",
    2: "Married (including common law)",
    3: "Separated",
    4: "Divorced",
    5: "Widowed",
    6: "Unmarried or Domestic Partner",
    9: UNKNOWN,
}
SEQUENCE_SPECIALS = {
    0: "One primary only",
    60: "Only one state registry-defined neoplasm",
    88: "Unknown seq num - state registry-defined neoplasms",
    99: "Unknown seq num - federally required in situ or malig tumors",
}
BEHAVIOR = {0: "Benign", 1: "Borderline malignancy", 2: "In situ", 3: "Malignant"}
GRADE = {
    1: "Well differentiated; Grade I",
    2: "Moderately differentiated; Grade II",
    3: "Poorly differentiated; Grade III",
    4: "Undifferentiated; anaplastic; Grade IV",
    5: "T-cell",
    6: "B-cell; pre-B; B-precursor",
    7: "Null cell; non T-non B",
    8: "NK cell; natural killer cell (1995+)",
    9: UNKNOWN,
}
CONFIRMATION = {
    1: "Positive histology",
    2: "Positive exfoliative cytology, no positive histology",
    3: "Pos hist AND immunophenotyping AND/OR pos genetic studies",
    4: "Positive microscopic confirm, method not specified",
    5: "Positive laboratory test/marker study",
    6: "Direct visualization without microscopic confirmation",
    7: "Radiography without microscopic confirm",
    8: "Clinical diagnosis only",
    9: UNKNOWN,
}
REPORTED_BY = {
    1: "Hospital inpatient/outpatient or clinic",
    2: "Radiation treatment/medical oncology center (2006+)",
    3: "Laboratory only",
    4: "Physicians office/private medical practitioner",
    5: "Nursing/convalescent home/hospice",
    6: "Autopsy only",
    7: "Death certificate only",
    8: "Other hospital outpatient unit/surgery center (2006+)",
}
CHEMO = {0: "No/Unknown", 1: "Yes"}
RADIATION = {
    0: "None/Unknown",
    1: "Beam radiation",
    2: "Radioactive implants (includes brachytherapy) (1988+)",
    3: "Radioisotopes (1988+)",
    4: "Combination of beam with implants or isotopes",
    5: "Radiation, NOS  method or source not specified",  # two blanks, as SEER*Stat has it
    6: "Other than beam radiation (1973-1987 cases only)",
    7: "Refused (1988+)",
    8: "Recommended, unknown if administered",
}
SURVIVAL_FLAG = {
    0: "Complete dates are available and there are 0 days of survival",
    1: "Complete dates are available and there are more than 0 days of survival",
    2: "Incomplete dates are available and there could be zero days of follow-up",
    3: "Incomplete dates are available and there cannot be zero days of follow-up",
    8: "Not calculated because a Death Certificate Only or Autopsy Only case",
    9: UNKNOWN,
}
VITAL = {0: "Dead", 1: "Alive"}
CAUSE_SPECIFIC = {
    0: "Alive or dead of other cause",
    1: "Dead (attributable to this cancer dx)",
    8: "Dead (missing/unknown COD)",
    9: "N/A not first tumor",
}
OTHER_CAUSE = {
    0: "Alive or dead due to cancer",
    1: "Dead (attributable to causes other than this cancer dx)",
    8: "Dead (missing/unknown COD)",
    9: "N/A not first tumor",
}
OTHER_CAUSES_OF_DEATH = {
    0: "Alive",
    50030: "Septicemia",
    50050: "Diabetes Mellitus",
    50060: "Diseases of Heart",
    50080: "Cerebrovascular Diseases",
    50120: "Pneumonia and Influenza",
    50130: "Chronic Obstructive Pulmonary Disease and Allied Cond",
    50160: "Nephritis, Nephrotic Syndrome and Nephrosis",
    50210: "Accidents and Adverse Effects",
    50300: "Other Cause of Death",
}
COARSER_CAUSES = {
    21040: "Colon excluding Rectum",
    21050: "Rectum and Rectosigmoid Junction",
    33010: "Hodgkin Lymphoma",
    33040: "Non-Hodgkin Lymphoma",
}


def cause_of_death() -> dict[int, str]:
    """COD to site recode: cancers by their site's words, other causes, and the living."""
    table = kinds()
    sites = {
        int(code): name
        for code, name in zip(table.site_recode_code, table.site_recode, strict=True)
        if code not in CAUSE_OF_SITE
    }
    return OTHER_CAUSES_OF_DEATH | COARSER_CAUSES | sites


def site_recode() -> dict[int, str]:
    table = kinds()
    return {int(code): name for code, name in zip(table.site_recode_code, table.site_recode, strict=True)}


def age_group() -> dict[int, str]:
    """Age recode with <1 year olds: 00, 01-04, 05-09, ..., 85+."""
    stops = [*AGE_GROUPS[1:], None]
    words = {
        number: f"{start:02d}+ years"
        if stop is None
        else (f"{start:02d} years" if stop == start + 1 else f"{start:02d}-{stop - 1:02d} years")
        for number, (start, stop) in enumerate(zip(AGE_GROUPS, stops, strict=True))
    }
    return words | {99: UNKNOWN}


def single_age() -> dict[int, str]:
    """Age recode with single ages and 85+; -1 is unknown."""
    return {age: f"{age:02d} years" for age in range(85)} | {85: "85+ years", -1: UNKNOWN}


def sequence(code: int) -> str:
    """Label of a sequence number: 00 to 59 reportable everywhere, 60 to 88 by the state, 99 unknown."""
    if code in SEQUENCE_SPECIALS:
        return SEQUENCE_SPECIALS[code]
    place, family = (code, "primaries") if code < 60 else (code - 60, "state registry-defined neoplasms")
    return f"{ordinal(place)} of {max(place, 2)} or more {family}"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
