"""A number, not estimable, not delivered: what a reader of report.html is told in each state."""

from __future__ import annotations

import csv
import html
import json
import re
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Any

import duckdb
import jsonschema
import pytest

from analytics.disclosure.profiles import PROFILES, Profile
from analytics.disclosure.public_results import disclose, leaving
from analytics.disclosure.suppression import protect
from analytics.disclosure.tables import counts_of
from analytics.questions.deliveries import Deliveries, with_states
from analytics.questions.headline import headline
from analytics.questions.incidence_by_era import compare
from analytics.questions.registry import row_types
from analytics.render.page.public_report import page as public_page
from analytics.render.tables.all_tables import tables
from analytics.render.words import CANNOT_TELL, MOST_WORDS, Answer, answers
from analytics.report import write_report
from analytics.results.document import Results
from analytics.results.incidence import EraRatio
from analytics.results.json_file import read
from analytics.results.states import ReferenceRates
from analytics.summary import one_screen
from analytics.warehouse.marts import open_marts
from tests.analytics.another_study import ERAS, with_eras
from tests.analytics.empty_results import results_of_nobody
from tests.analytics.test_report import SCHEMA
from tests.analytics.warehouse_fixture import write_warehouse
from tests.analytics.whole_figures import faults
from tests.disclosure.test_ties import narrowest, without_the_ratio

INDEX_ONLY = "Only persons with the index cancer were delivered: deliver every tumour of the registries."
SET_ASIDE = "45 rows of registry 99 (not a SEER registry) were set aside."
THREE_OF_NINE = "The listing has 3 of the study's registries, the populations 9: deliver the same."
STATES: dict[str, dict[str, Any]] = {
    "everything": {},
    "note": {"coverage": {"note": SET_ASIDE}},
    "index_only": {"coverage": {"state": "not_delivered", "reason": INDEX_ONLY}},
    "three_registries": {"coverage": {"state": "not_estimable", "reason": THREE_OF_NINE}},
    "no_populations": {"reference_rates": False},
    "no_chemotherapy": {"not_delivered": ("chemotherapy",)},
    "no_sex_no_race": {"not_delivered": ("sex", "race", "marital_status"), "reference_rates": False},
    "no_second": {"not_delivered": ("second_cancer",)},
    "no_row_of_broad": {"not_delivered": ("second_cancer: broad",)},
    "true_zero": {},
    "one_era": {},
    "nobody_died": {},
    "no_hospital": {},
    "hospital_did_not_look": {},
    "hospital_says_nothing": {},
    "hospital_alone": {"not_delivered": ("registry_listing",), "reference_rates": False},
}


# A public report takes seconds to protect. In other states it is made with the ones alone hidden: the same
# page, with more numbers on it to be wrong.
FULLY_PROTECTED = {"everything", "no_second", "hospital_did_not_look"}
BARELY = Profile("barely", 2)


@dataclass(frozen=True, slots=True)
class Read:
    """A report as its readers have it."""

    document: dict[str, Any]
    text: str
    sections: dict[str, str]
    checklists: dict[str, str]
    screen: str
    public: str
    answers: tuple[Answer, ...]
    results: Results


@pytest.fixture(scope="module")
def reports(tmp_path_factory, run):
    """Each state once, when a test first asks for it."""
    made: dict[str, Read] = {}

    def of(state: str) -> Read:
        if state not in made:
            folder = tmp_path_factory.mktemp(state)
            warehouse = write_warehouse(folder / "w.duckdb", scale=0.01, **STATES[state])
            if state == "true_zero":
                nobody_fell_ill(warehouse)
            if state == "nobody_died":
                nobody_died(warehouse)
            if state == "one_era":
                with_eras(warehouse, ERAS[1])
            if state == "no_hospital":
                nobody_in_the_hospital(warehouse)
            if state in HOSPITAL_COVERS:
                without_the_second_cancer(warehouse, HOSPITAL_COVERS[state])
            written = write_report(warehouse, folder / "out", run=run)
            document = json.loads(written.results.read_text(encoding="utf-8"))
            results = read(written.results, row_types())
            profile = PROFILES["seer11"] if state in FULLY_PROTECTED else BARELY
            report, _, _ = disclose(results, "r1", profile=profile, synthetic=["a" * 64])
            page = written.page.read_text(encoding="utf-8")
            made[state] = Read(
                document, words_of(page), sections_of(page), answers_of(folder / "out" / "tables"),
                one_screen(results), public_page(report, results.study, "r1"), answers(results),
                results,
            )  # fmt: skip
        return made[state]

    return of


def nobody_fell_ill(warehouse) -> None:
    """The delivery holds the second cancer, in nobody of this cohort."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("delete from marts.index_patients where has_second_primary")
        connection.execute("delete from marts.index_patients_corrected where has_second_cancer")
        connection.execute("delete from marts.second_primaries")
        connection.execute("delete from marts.survival_intervals where second_cancer or exposed")
        connection.execute("update marts.second_primaries_by_era set n_second = 0, n_index = "
                           "(select count(*) from marts.index_patients as p where p.era = "
                           "second_primaries_by_era.era)")  # fmt: skip
        connection.execute("update marts.second_primaries_by_definition set n_second = 0")
        connection.execute("update marts.person_time_by_era set observed = 0")
        connection.execute("update marts.sir set observed = 0, observed_unmatched = 0")
        connection.execute("update marts.person_time_by_group set observed = 0")
        connection.execute("update marts.cohort_flow set n_left = (select count(*) from "
                           "marts.index_patients) where step = 7")  # fmt: skip
        connection.execute("update marts.cohort_flow set n_removed = n_in - n_left where step = 7")


def nobody_died(warehouse) -> None:
    """Everybody was alive when last seen."""
    with duckdb.connect(str(warehouse)) as connection:
        for mart in ("index_patients", "second_primaries", "survival_intervals", "index_patients_corrected"):
            connection.execute(f"update marts.{mart} set died = false")
        connection.execute("update marts.index_patients_corrected set first_event = 'none' "
                           "where first_event = 'death'")  # fmt: skip


def nobody_in_the_hospital(warehouse) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("delete from marts.institution_cases")
        connection.execute("update marts.institution_summary set n_index = 0, n_second = 0")


HOSPITAL_COVERS = {"hospital_did_not_look": "false", "hospital_says_nothing": "null"}


def without_the_second_cancer(warehouse, is_looked_for: str) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("delete from marts.institution_cases")
        connection.execute(
            f"update marts.institution_summary set n_second = 0, second_is_looked_for = {is_looked_for}"
        )


def words_of(page: str) -> str:
    """What a reader sees: no script, no style, no SQL."""
    for part in ("script", "style", 'details class="origins"'):
        page = re.sub(rf"<{part}.*?</{part.split()[0]}>", " ", page, flags=re.DOTALL)
    page = re.sub(r"</?abbr[^>]*>", "", page)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page))).strip()


def sections_of(page: str) -> dict[str, str]:
    """The words of each section, by its id."""
    found = re.findall(r'<section id="(\w+)".*?</section>', page, flags=re.DOTALL)
    texts = re.findall(r'<section id="\w+".*?</section>', page, flags=re.DOTALL)
    return dict(zip(found, map(words_of, texts), strict=True))


def answers_of(folder) -> dict[str, str]:
    """What answers each item of both checklists; RECORD's numbers have a point."""
    answers = {}
    for name in ("strobe", "record"):
        lines = (folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        rows = csv.reader(lines)
        answers |= {row[0]: row[3] for row in rows if row}
    return answers


@pytest.mark.parametrize("state", STATES)
def test_no_state_prints_an_empty_comparison_or_a_word_of_the_machine(reports, state):
    read = reports(state)
    for said in (read.text, read.screen, read.public):
        found = re.findall(r".{30}\b(?:0 of 0|nan|NaN|None|null|P = 1\.000|P = —|P —)(?!\w).{20}", said)
        assert found == []


@pytest.mark.parametrize("state", STATES)
def test_every_figure_shows_its_estimates_and_no_text_leaves_its_place(reports, state):
    """Each figure of the report with everything, and of the others each that is another there."""
    everything = reports("everything").results
    assert faults(reports(state).results, unlike=None if state == "everything" else everything) == []


@pytest.mark.parametrize("state", STATES)
def test_every_question_is_answered_in_few_words_and_never_by_a_paper_that_is_not_named(reports, state):
    read = reports(state)
    assert [said.about for said in read.answers] == [
        "age", "chemotherapy", "survival", "treatment_after", "incidence", "eras",
    ]  # fmt: skip
    for said in read.answers:
        assert said.paper == "" and said.data and said.why
        assert max(len(said.data.split()), len(said.why.split())) <= MOST_WORDS, said
        assert said.trust == CANNOT_TELL or said.data not in ("Not delivered.", "Not estimable.")
    assert "What the paper says" not in read.text


@pytest.mark.parametrize(("state", "about", "data"), [
    ("no_chemotherapy", "chemotherapy", "Not delivered."),
    ("no_chemotherapy", "treatment_after", "Not delivered."),
    ("no_second", "incidence", "Not delivered."),
    ("no_second", "survival", "Not delivered."),
    ("true_zero", "age", "Not estimable."),
    ("true_zero", "survival", "Not estimable."),
    ("nobody_died", "survival", "Not estimable."),
    ("nobody_died", "treatment_after", "Not estimable."),
    ("one_era", "eras", "Not estimable."),
])  # fmt: skip
def test_a_question_without_an_answer_says_in_which_state_it_is(reports, state, about, data):
    (said,) = (said for said in reports(state).answers if said.about == about)
    assert said.data == data and said.trust == CANNOT_TELL


@pytest.mark.parametrize("state", STATES)
def test_every_state_keeps_the_schema_and_has_a_reason_wherever_there_is_no_value(reports, state):
    document = reports(state).document
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    for key in ("table1", "table1_tests", "eras", "cox", "competing", "sir", "contrasts", "survival"):
        assert document[key] or key in ("cox",)
        assert all(bool(row["reason"]) == (row["state"] != "value") for row in document[key]), key


@pytest.mark.parametrize("state", STATES)
def test_the_box_at_the_top_lists_what_was_not_delivered_and_nothing_else(reports, state):
    read = reports(state)
    assert ("What was not delivered" in read.text) == bool(read.document["not_delivered"])
    for row in read.document["not_delivered"]:
        assert f"{row['reason']} {row['remedy']}" in read.text[: read.text.index("Patient selection")]


@pytest.mark.parametrize(("state", "reason"), [
    ("index_only", INDEX_ONLY), ("three_registries", THREE_OF_NINE),
    ("no_populations", "No population file was delivered: deliver one."),
])  # fmt: skip
def test_cases_and_populations_of_two_populations_have_a_sentence_for_a_ratio(reports, state, reason):
    read = reports(state)
    assert all(row["sir"] is row["expected"] is None for row in read.document["sir"])
    (line,) = re.findall(r"observed/expected  (.*)", read.screen)
    assert re.fullmatch(r"(\d+ observed; expected )?not (estimable|delivered) \(see the SIR section\)", line)
    assert read.sections["sir"].count(reason) == 1
    assert f"There is no ratio to the population: {reason}" in read.text
    assert reason in html.unescape(read.public)
    for told in ("times what the population", "SEER*Stat's MP-SIR session", "Observed / expected"):
        assert told not in read.text


def test_what_was_set_aside_is_said_beside_the_ratio(reports):
    read = reports("note")
    assert read.document["sir"][0]["sir"] > 1
    assert SET_ASIDE in " ".join(read.screen.split()) and SET_ASIDE in read.public
    assert read.text[: read.text.index("Patient selection")].count(SET_ASIDE) == 1
    assert SET_ASIDE in read.sections["sir"]
    assert SET_ASIDE not in reports("everything").text


def test_chemotherapy_that_nobody_delivered_is_in_no_table_test_or_model(reports):
    read = reports("no_chemotherapy")
    assert "Chemotherapy for MM not delivered not delivered" in read.sections["characteristics"]
    assert "HR no/unk. chemo not delivered" in " ".join(read.screen.split())
    document = read.document
    for key in ("table1", "table1_tests"):
        rows = [row for row in document[key] if row["variable"] == "chemotherapy"]
        assert rows and all(row["state"] == "not_delivered" for row in rows)
        assert all(row.get("p_value") is None and row.get("n_with") is None for row in rows)
    model = next(model for model in document["cox"] if model["id"] == "second_multivariable")
    assert model["n"] == 18 and {term["variable"] for term in model["terms"]} == {"sex", "race", "age", "era"}
    assert "Chemotherapy was not delivered and is no covariate here." in read.text
    assert document["misclassification"] is None and document["shrunken"] == []
    assert "By chemotherapy for MM (not delivered)" in read.text
    (treatment,) = (row for row in document["contrasts"] if "chemotherapy" in row["question"])
    assert (treatment["state"], treatment["estimate"]) == ("not_delivered", None)


def test_covariates_that_nobody_has_do_not_empty_a_model(reports):
    document = reports("no_sex_no_race").document
    model = next(model for model in document["cox"] if model["id"] == "second_multivariable")
    assert model["n"] == 18 and {term["variable"] for term in model["terms"]} == {
        "age", "era", "chemotherapy",
    }  # fmt: skip


def test_a_second_cancer_that_no_row_has_is_no_zero_no_rate_and_no_comparison(reports):
    read = reports("no_second")
    document = read.document
    assert document["cohort"]["n_second"] is document["cohort"]["n_without_second"] is None
    assert all(row["n_second"] is None and row["proportion"] is None for row in document["eras"])
    assert document["incidence_overall"]["rate_per_100k"] is None
    assert {(row["n_second"], row["state"]) for row in document["definitions"]} == {(None, "not_delivered")}
    assert "cannot be told from none delivered" in read.text and "per 100,000" not in read.screen
    for id, told in read.sections.items():
        if id not in ("hospital", "published", "checklists", "methods"):
            assert not re.search(r"per 100,000|developed|no evidence|hazard of death is|\b0 \(0", told), id
    assert "From MM, everybody All" in read.text
    assert "followed by" not in read.public


def test_a_second_cancer_in_nobody_of_the_cohort_is_a_true_zero_with_its_limit(reports):
    read = reports("true_zero")
    overall, whole = read.document["incidence_overall"], read.document["sir"][0]
    assert (overall["n_second"], overall["state"], whole["observed"], whole["sir"]) == (0, "value", 0, 0)
    assert whole["sir_ci"][1] == pytest.approx(3.688879 / whole["expected"])
    naive = next(model for model in read.document["cox"] if model["id"] == "index_naive")
    assert naive["state"] == "not_estimable"
    assert naive["reason"].startswith("Nobody is in the group “with ALL”.")
    adjusted = next(m for m in read.document["cox"] if m["id"] == "index_time_dependent_adjusted")
    assert adjusted["state"] == "not_estimable" and any(term["hr"] for term in adjusted["terms"])
    assert "time-dependent" not in read.sections["methods"]
    assert all(test["p_value"] is None for test in read.document["latency_tests"])
    assert "nobody had ALL" in read.sections["latency"]
    windows = [window["rate_ratio"] for window in read.document["fair_eras"]["windows"]]
    for ratio in (*read.document["era_ratios"], *windows):
        assert (ratio["estimate"], ratio["ci"], ratio["p_value"]) == (None, [None, None], None)
    assert all(horizon["difference"] is None for horizon in read.document["fair_eras"]["horizons"])
    assert all(row["reason"] == "There is no second primary to compare." for row in
               read.document["era_ratios"])  # fmt: skip
    assert "Survival by ALL later in life" not in read.text
    assert "What was not delivered" not in read.text


def test_no_event_is_no_certainty_that_there_is_none(reports):
    """An upper limit stands where 0 would read as an answer; a section of nothing but zeros is a sentence."""
    read = reports("true_zero")
    limit = read.document["incidence_overall"]["rate_ci"][1]
    (said,) = (said for said in read.answers if said.about == "incidence")
    assert said.data.startswith(f"No case: at most {limit:.1f} per 100,000 person-years; SIR at most ")
    assert said.trust == CANNOT_TELL and "upper limit" in said.why
    assert re.search(rf"at most {limit:.1f} ?, exact 97\.5% limit", read.text)
    assert "No case was seen where the population's rates would give" in read.sections["sir"]
    assert "0.00 times" not in read.sections["sir"]
    for section in ("eras", "competing"):
        assert "nobody under observation had ALL" in read.sections[section]
        assert not re.search(r"\b0\.0\b", read.sections[section])
    assert "not estimable , against 3 seen not estimable" in read.sections["hospital"]
    assert re.search(r"at least 0\.\d\d, exact 97\.5% limit", read.sections["hospital"])


def test_without_a_death_there_is_no_median_no_p_and_no_hazard_ratio(reports):
    read = reports("nobody_died")
    for section, told in (
        ("survival", "none of the 664 people with MM had died"),
        ("after", "none of the 18 people with ALL had died"),
    ):
        assert told in read.sections[section]
        assert not re.search(r"median not reached|P <|P =|Table 2|Figure", read.sections[section])
    assert "Conventional, one minus Kaplan-Meier" not in read.sections["competing"]
    for said in read.answers:
        assert not said.why[0].islower(), said


def test_one_era_is_not_shown_once_more_as_a_group(reports):
    assert "By year of MM diagnosis" not in reports("one_era").sections["competing"]
    assert "By year of MM diagnosis" in reports("everything").sections["competing"]


def test_a_definition_that_no_row_has_is_no_zero_and_the_others_are_counted(reports):
    read = reports("no_row_of_broad")
    rows = {row["definition"]: row for row in read.document["definitions"]}
    assert (rows["broad"]["n_second"], rows["broad"]["state"]) == (None, "not_delivered")
    assert "cannot be told from none delivered" in rows["broad"]["reason"]
    assert (rows["primary"]["n_second"], rows["primary"]["state"]) == (18, "value")
    assert read.document["not_delivered"] == []
    assert re.search(r"lymphoblastic lymphoma codes as well no not delivered", read.sections["included"])


def test_an_interval_around_no_event_is_said_to_have_one_limit(reports):
    said = "the interval is one-sided: from 0 to the exact upper 97.5% confidence limit"
    read = reports("true_zero")
    assert all(read.sections[section].count(said) == 1 for section in ("sir", "incidence"))
    assert all(row["rate_ci"][0] == 0 < row["rate_ci"][1] for row in read.document["eras"])
    assert said not in reports("everything").sections["incidence"]


def test_without_a_hospital_its_section_says_in_one_line_what_to_deliver(reports):
    section = reports("no_hospital").sections["hospital"]
    assert "deliver the hospital's list of patients and that of their second cancers." in section
    assert "Table" not in section and not re.search(r"\d", section)


def test_one_era_is_compared_with_nothing(reports):
    read = reports("one_era")
    (era,) = (row for row in read.document["contrasts"] if "last era" in row["question"])
    assert (era["state"], era["estimate"]) == ("not_estimable", None)
    assert read.document["era_ratios"] == [] and "First era against last" not in read.text
    tests = [row for row in read.document["table1_tests"] if row["variable"] == "era"]
    assert all(row["state"] == "not_estimable" and row["p_value"] is None for row in tests)
    assert {row["reason"] for row in tests} == {
        "Everybody known has the same level: there is nothing to compare."
    }


def test_methods_tell_only_what_was_done_on_these_data(reports):
    def said(state: str) -> str:
        return reports(state).sections["methods"]

    everything = said("everything")
    for told in (
        "Rules 3 to 7 are conventional", "other cancers do not end follow-up. ",
        "reference rates joined by registry and year", "else to the middle of the last month",
        "Kaplan-Meier curves keep completed months", "of those alive without the second cancer at month 12",
        "Each question has one primary estimate", "Simon-Makuch curves and the Mantel-Byar test from the "
        "first month with five exposed", "No patient is linked between sources", "Holm's adjustment",
    ):  # fmt: skip
        assert told in everything, told
    for state, left_out in {
        "index_only": ("observed over expected of the corrected cohort", "reference rates joined"),
        "no_chemotherapy": ("misclassification", "read with normal priors"),
        "no_second": (
            "Mantel-Byar",
            "Firth",
            "Aalen-Johansen",
            "primary one",
            "chi-squared",
            "Fine and Gray",
        ),
        "true_zero": ("Mantel-Byar", "Firth", "Gray's test", "Fisher's"),
        "one_era": ("fixed horizons", "Mantel-Haenszel", "equal windows", "unequal follow-up"),
        "no_hospital": ("The hospital", "linked"),
    }.items():
        for words in left_out:
            assert words not in said(state), (state, words)
    assert f"Not done: There is no ratio to the population. {INDEX_ONLY}" in said("index_only")
    assert "There is one era, so that nothing is compared" in said("one_era")


def test_checklists_claim_nothing_that_this_report_does_not_hold(reports):
    def answer(state: str, item: str) -> str:
        return reports(state).checklists[item]

    assert "Not in this report" not in answer("everything", "12b")
    for state in ("index_only", "no_populations", "three_registries"):
        assert answer(state, "12b").endswith("Not in this report: observed over expected")
    assert answer("no_second", "12b") == (
        "Not in this report: observed over expected, cumulative incidence with death competing"
    )
    assert answer("everything", "12e").endswith("a rebuild under other settings")
    assert answer("one_era", "9").endswith("Not in this report: eras on equal terms")
    assert answer("no_chemotherapy", "9").endswith("a correction of recorded chemotherapy")
    assert answer("everything", "1.3") == "Section “Methods”"
    assert answer("no_hospital", "1.3").startswith("Not addressed: no hospital has a patient in this study")


def test_what_the_report_refuses_to_claim_is_about_what_it_has(reports):
    for state, words in (
        ("one_era", "That latency became shorter"), ("no_chemotherapy", "That anybody was untreated"),
        ("no_hospital", "That the hospital confirms"),
    ):  # fmt: skip
        assert words in reports("everything").text and words not in reports(state).text


def test_a_ratio_to_an_era_without_events_keeps_its_lower_limit_and_its_p():
    """3 in 100 person-years against 0 in 100: 0.025 ** (1 / 3) is .2924, so the limit is .2924 / .7076."""
    ratio = EraRatio(**asdict(compare("rate", "late", "early", 3, 100.0, 0, 100.0)))
    found = Deliveries({}, ReferenceRates("value", None, None))
    (row,) = with_states(results_of_nobody(era_ratios=(ratio,)), found).era_ratios
    assert (row.state, row.estimate, row.ci[1]) == ("not_estimable", None, None)
    assert row.reason == "No second primary was seen in early to divide by."
    assert row.ci[0] == pytest.approx(0.2924 / 0.7076, abs=1e-3)
    assert row.p_value == pytest.approx(0.25)


def test_a_rebuild_under_another_setting_tells_no_zero_either(tmp_path):
    warehouse = write_warehouse(tmp_path / "w.duckdb", scale=0.01, not_delivered=("second_cancer",))
    with open_marts(warehouse) as marts:
        found = headline(marts)
    assert found.n_second is found.proportion is found.rate_per_100k is found.sir is None
    assert found.n_index and found.naive is not None and found.naive.hr is None
    assert "cannot be told from none delivered" in (found.sir_reason or "")


@pytest.mark.parametrize(
    ("state", "words"),
    [("hospital_did_not_look", "not looked for"), ("hospital_says_nothing", "not stated whether")],
)
def test_a_hospital_that_did_not_look_has_no_number_anywhere(state: str, words: str, reports):
    read_here = reports(state)
    hospital = read_here.document["institution"]
    assert (hospital["n_index"], hospital["n_second"], hospital["proportion"]) == (1_529, None, None)
    assert hospital["comparison"] is hospital["registry_ratio"] is None
    for text in (read_here.sections["hospital"], " ".join(read_here.screen.split()), read_here.public):
        assert words in text.lower()
        assert "0 of 1,529" not in text


WITH_RATIOS = ("everything", "no_chemotherapy")


@pytest.mark.parametrize("state", [*WITH_RATIOS, "no_populations", "index_only", "no_second"])
def test_person_time_can_be_added_up_by_what_was_delivered_where_there_are_ratios(reports, state):
    document = reports(state).document
    held = document.get("person_time")
    assert (held is not None) == (document["sir"][0]["state"] == "value") == (state in WITH_RATIOS)
    if held:
        names = {trait["name"] for trait in held["traits"]}
        assert ("chemotherapy" in names) == (state != "no_chemotherapy") and "race" in names


@pytest.mark.parametrize("state", ["everything", "no_chemotherapy", "one_era"])
def test_eras_and_the_ratio_give_no_small_count_away_at_any_threshold(reports, state):
    """Counts of incidence alone; whoever does not tie the two tables hides too little at some threshold."""
    said = replace(leaving(reports(state).results), survival=(), cox=(), table1_numeric=())
    counts = counts_of(said)
    for threshold in (2, 5, 10):
        assert narrowest(counts, protect(counts, Profile("any", threshold))) >= threshold
    cut = protect(without_the_ratio(counts), Profile("any", 5))
    assert narrowest(counts, cut) < 5


def test_a_table_without_a_term_to_show_is_not_shown(reports):
    made = tables(reports("true_zero").results)
    assert "table2" not in made and all(table.rows for table in made.values())


def test_who_is_in_which_cohort_is_said_where_patients_are_selected(reports):
    read = reports("everything")
    whole = read.results.incidence_overall
    assert f"{whole.observed} with ALL of {whole.n_index_at_risk:,} at risk" in read.sections["included"]
    assert "conventional cohort" in read.sections["included"]


def test_with_the_hospital_alone_nothing_is_told_of_a_registry(reports):
    read = reports("hospital_alone")
    said = (
        "No registry listing was delivered: nothing is said of the registry's patients. "
        "Deliver a case listing of the registry."
    )
    assert [row["item"] for row in read.document["not_delivered"]] == ["registry_listing"]
    assert read.document["cohort"]["n_index"] is None and read.document["attrition"] == []
    of_hospital = {"hospital", "published", "quality", "sensitivity", "methods", "refused", "checklists",
                   "provenance"}  # fmt: skip
    for section in read.sections.keys() - of_hospital:
        assert read.sections[section].endswith(said) and read.sections[section].count(".") == 2, section
    assert "Figure" not in read.text[: read.text.index("Hospital cases #")]
    assert "Sex was not delivered" not in read.text and "nobody looked" not in read.text
    assert "removed" not in read.sections["included"]
    assert "The hospital covers" in read.sections["methods"]
    assert "The registry covers" not in read.sections["methods"]
    assert read.sections["methods"].count(said) == 1
    assert read.sections["quality"].count(said) == 1
    assert re.search(r"1,529 .* Table 3", read.sections["hospital"])
    assert "0 with MM" not in read.screen and "registry           not delivered" in read.screen
    (cohort,) = (row for row in read.document["published"] if row["expression"] == "{cohort.n_index}")
    assert (cohort["recomputed"], cohort["verdict"]) == (None, "not_recomputable")
    assert "patients with multiple myeloma 64,629 not delivered" in read.sections["published"].lower()


@pytest.mark.parametrize("state", STATES)
def test_printed_numbers_add_up_on_page_and_screen(reports, state):
    read = reports(state)
    verdicts = Counter(row["verdict"] for row in read.document["published"])
    if not verdicts:
        assert "published" not in read.sections and "printed numbers" not in read.screen
        return
    told = re.findall(r"Of \d+ printed numbers, .*? recomputed", read.sections["published"])
    whole, *parts = map(int, re.findall(r"\b\d+\b", told[0]))
    assert whole == sum(parts) == sum(verdicts.values())
    assert parts[-1] == verdicts["not_recomputable"]
    line = re.search(r"printed numbers    (.*not recomputable)", re.sub(r"\n +", " ", read.screen)).group(1)
    assert list(map(int, re.findall(r"\d+", line))) == [
        whole, *(verdicts[name] for name in ("agrees", "differs", "impossible", "not_recomputable"))
    ]  # fmt: skip
