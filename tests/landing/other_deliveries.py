"""The other forms in which registries deliver, written by hand."""
# ruff: noqa: E501 -- records and layouts read best unbroken

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flows.landing.forms.seer_ascii.sas_program import SHARED

# One invented person with a myeloma and a leukaemia (registry_formats 2.5), as codes.
MYELOMA = {
    "PUBCSNUM": "00000007", "REG": "0000001502", "MAR_STAT": "2", "SEX": "2", "AGE_DX": "061", "YR_BRTH": "1940",
    "SEQ_NUM": "01", "MDXRECMP": "03", "YEAR_DX": "2001", "PRIMSITE": "C421", "HISTO3V": "9732", "BEHO3V": "3",
    "GRADE": "9", "DX_CONF": "1", "REPT_SRC": "1", "REC_NO": "01", "SITERWHO": "34000", "RAC_RECA": "1",
    "RAC_RECY": "1", "FIRSTPRM": "1", "CODPUB": "35011", "STAT_REC": "4", "VSRTSADX": "0", "ODTHCLASS": "0",
    "SRV_TIME_MON": "0104", "SRV_TIME_MON_FLAG": "1", "MALIGCOUNT": "02", "BENBORDCOUNT": "00",
}  # fmt: skip
LEUKAEMIA = MYELOMA | {
    "AGE_DX": "068", "SEQ_NUM": "02", "MDXRECMP": "05", "YEAR_DX": "2008", "HISTO3V": "9836", "GRADE": "6",
    "REC_NO": "02", "SITERWHO": "35011", "FIRSTPRM": "0", "SRV_TIME_MON": "0018",
}  # fmt: skip
BREAST = MYELOMA | {
    "PUBCSNUM": "00000008", "PRIMSITE": "C504", "HISTO3V": "8500", "SITERWHO": "26000", "SEQ_NUM": "00",
    "MALIGCOUNT": "01", "STAT_REC": "1", "MAR_STAT": " ",
}  # fmt: skip
STARTS = {
    "PUBCSNUM": 1, "REG": 9, "MAR_STAT": 19, "SEX": 24, "AGE_DX": 25, "YR_BRTH": 28, "SEQ_NUM": 35, "MDXRECMP": 37,
    "YEAR_DX": 39, "PRIMSITE": 43, "HISTO3V": 53, "BEHO3V": 57, "GRADE": 58, "DX_CONF": 59, "REPT_SRC": 60,
    "REC_NO": 176, "SITERWHO": 199, "RAC_RECA": 233, "RAC_RECY": 234, "FIRSTPRM": 245, "CODPUB": 255,
    "STAT_REC": 265, "VSRTSADX": 272, "ODTHCLASS": 273, "SRV_TIME_MON": 301, "SRV_TIME_MON_FLAG": 305,
    "MALIGCOUNT": 359, "BENBORDCOUNT": 361,
}  # fmt: skip
WIDTHS = {name: SHARED.get(start, 2) for name, start in STARTS.items()}
LENGTH = 362


def program(starts: dict[str, int] = STARTS, length: int = LENGTH) -> str:
    """A SAS input program with the irregularities that real ones have."""
    lines = [
        "filename seer9 './yr1973_2015.seer9/*.TXT';",
        "data in;",
        f"  infile seer9 lrecl={length};",
        "  input",
    ]
    for number, (name, start) in enumerate(starts.items()):
        word = "$Char" if number == 2 else "$char"
        comment = ["/* what it is */", "/* what it is*/", "/* what it is"][number % 3]
        blanks = " " * (number % 4)
        lines.append(f"    @ {start:<4}{name}{blanks} {word}{WIDTHS[name]}. {comment}{blanks}")
    return "\n".join([*lines, "    ;", ""])


def record(values: dict[str, str], starts: dict[str, int] = STARTS, length: int = LENGTH) -> str:
    """One record: each value at its place, blanks elsewhere."""
    cells = list(" " * length)
    for name, start in starts.items():
        cells[start - 1 : start - 1 + WIDTHS[name]] = values[name].rjust(WIDTHS[name])
    return "".join(cells)


def write_release(folder: Path, files: dict[str, Sequence[str]], line_end: str = "\r\n") -> Path:
    """A release: its program, and each file of the seer9 directory as records; the program's path."""
    (folder / "yr1973_2015.seer9").mkdir(parents=True, exist_ok=True)
    for name, records in files.items():
        content = "".join(each + line_end for each in records)
        (folder / "yr1973_2015.seer9" / name).write_bytes(content.encode())
    written = folder / "read.seer.research.nov2017.sas"
    written.write_text(program())
    return written


XML = """<?xml version="1.0" encoding="UTF-8"?>
<NaaccrData baseDictionaryUri="http://naaccr.org/naaccrxml/naaccr-dictionary-240.xml" recordType="A"
            specificationVersion="1.7" xmlns="http://naaccr.org/naaccrxml" xmlns:other="urn:other">
  <!-- SYNTHETIC: no patient -->
  <Item naaccrId="registryId">0000001502</Item>
  <other:Extra><other:Item naaccrId="sex">9</other:Item></other:Extra>
  <Patient>
    <Item naaccrId="patientIdNumber" naaccrNum="20">00000007</Item>
    <Item naaccrNum="220">2</Item>
    <Item naaccrId="dateOfLastContact">20161130</Item>
    <Item naaccrId="vitalStatus">0</Item>
    <Tumor>
      <Item naaccrId="tumorRecordNumber">01</Item>
      <Item naaccrId="dateOfDiagnosis">20010312</Item>
      <Item naaccrId="histologicTypeIcdO3">9732</Item>
      <Item naaccrId="behaviorCodeIcdO3">3</Item>
      <Item naaccrId="primarySite">C421</Item>
      <Item naaccrId="rxSummChemo">02</Item>
      <Item naaccrId="medicalRecordNumber">12345</Item>
    </Tumor>
    <Tumor>
      <Item naaccrId="tumorRecordNumber">02</Item>
      <Item naaccrId="dateOfDiagnosis">200805</Item>
      <Item naaccrId="histologicTypeIcdO3">9836</Item>
      <Item naaccrId="behaviorCodeIcdO3">3</Item>
      <Item naaccrId="primarySite">C421</Item>
    </Tumor>
  </Patient>
  <Patient><Item naaccrId="patientIdNumber">00000009</Item></Patient>
</NaaccrData>
"""

SURVIVAL_DICTIONARY = """[System]
Output filename=C:\\a\\survival.txt
Database name=Incidence - SEER Research Data, 9 Registries, Nov 2020 Sub (1975-2018) - Linked
[Session Options]
Type=Survival
RatesDisplayedAs=Percents
[Export Options]
Variable format=numeric
Field delimiter=tab
Missing character=period
Variable names included=true
Fields with delimiter in quotes=false
[Life Page Variables]
Var1Name=Sex
Var1Dimension=Page
Var2Name=Interval
Var2Dimension=Row
Var3Name=Alive at Start
Var4Name=Relative Survival (Cum)
[Format=Sex]
0=Male and female
1="  Male"
[Format=Interval]
1=<1 yr
2=1-<2 yr
"""
SURVIVAL_TABLE = (
    '"Sex"\t"Interval"\t"Alive at Start"\t"Relative Survival (Cum)"\n0\t1\t1,234\t81.2\n1\t2\t600\t.\n'
)

LISTING_PROGRAM = """filename in1 'C:\\study\\export.txt';
proc format;
  value Sexf
    0 = "  Male"
    1 = "  Female"
    ;
  value Seqf 0 = "One primary only" 1 = "1st of 2 or more primaries" 2 = "2nd of 2 or more primaries";
  value Racef 0 = "White" 1 = "Black" 9 = "Unknown" ;
  value Behf 2 = "In situ" 3 = "Malignant" ;
  value Vitalf 0 = "Alive" 1 = "Dead" ;
run;
data in; /* delimiter is a tab */
  infile in1 LRECL = 32000 delimiter = '09'X TERMSTR = CRLF;
  input Patient_ID
        Record_number_recode Sequence_number Year_of_diagnosis Sex
        RacerecodeWhiteBlackOther Agerecodewithsingleagesand85 Primary_Site
        Histologic_Type_ICD_O_3 Behavior_code_ICD_O_3 Survival_months Vitalstatusrecodestudycutoffus
        ;
  label Patient_ID = "Patient ID"
        Sequence_number = "Sequence number"
        RacerecodeWhiteBlackOther = "Race recode (White, Black, Other)"
        Vitalstatusrecodestudycutoffus = "Vital status recode (study cutoff used)"
        ;
  format Sex Sexf. Sequence_number Seqf. RacerecodeWhiteBlackOther Racef. Behavior_code_ICD_O_3 Behf.
         Vitalstatusrecodestudycutoffus Vitalf. ;
run;
"""
