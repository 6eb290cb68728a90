"""Encodings: what each text is taken for, that it can be named, and that letters that carry nothing go."""
# ruff: noqa: E501 -- tables read best with a case a line

from __future__ import annotations

from pathlib import Path

import pytest

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from flows.landing.text.encodings import GUESSES, bad_share, choose, decodes, is_utf8_by_chance
from tests.landing.deliveries import HEADERS, ROWS, Listing, ask
from tests.landing.injections import POPULATION
from tests.landing.other_deliveries import XML
from tests.landing.test_hospital import MAPPING
from tests.landing.test_naaccr_flat import record as flat_record

WESTERN = (
    "Müller", "Größe", "José", "Renée", "Élan vital", "Ärzte", "MÜLLER", "naïve à Paris", "15–19 years",
    "“Größe”", "Übergröße", "Günther\nJäger\nWeiß", "Straße", "Håkan Ångström", "L’été", "5 °C ± 2", "coração",
    "BRÜCKNER", "cœur", "Noël", "Müller, Jürgen; Köln", "Señorita María José Nuñez",
)  # fmt: skip
SIMPLIFIED = (
    "男", "男\n女", "患者编号,性别,诊断日期", "未知", "IgG型", "M蛋白", "急性淋巴细胞白血病", "多发性骨髓瘤",
    "上海交通大学医学院附属瑞金医院", "MM确诊日期", "是\n否", "ISS分期", "del17p阳性", "（未做）", "朱镕基 男",
)  # fmt: skip
TRADITIONAL = (
    "患者編號,性別,診斷日期", "急性淋巴細胞白血病", "多發性骨髓瘤", "陳大文 女性", "血癌", "陽性", "長庚紀念醫院", "病歷號", "M蛋白",
)  # fmt: skip
OTHERS = {
    "cp1250": ("Władysław", "Łódź", "Říha"), "cp1251": ("мужской", "пол,возраст", "Иванов"),
    "shift_jis": ("患者番号", "男性", "田中"), "cp850": ("Müller", "Größe"), "iso8859_7": ("Άνδρας",),
}  # fmt: skip


def chosen(text: str, encoding: str) -> str | None:
    content = text.encode(encoding)
    return choose(
        [line for line in content.split(b"\n") if not line.isascii()],
        filter(lambda each: decodes(content, each), GUESSES),
    )


@pytest.mark.parametrize(
    ("encoding", "texts"), [("cp1252", WESTERN), ("gb18030", SIMPLIFIED), ("big5", TRADITIONAL)]
)
def test_short_texts_are_taken_for_what_they_are(encoding: str, texts: tuple[str, ...]):
    assert {text: chosen(text, encoding) for text in texts} == dict.fromkeys(texts, encoding)


@pytest.mark.parametrize("encoding", OTHERS)
def test_a_text_that_reads_as_no_words_is_taken_for_nothing(encoding: str):
    assert {text: chosen(text, encoding) for text in OTHERS[encoding]} == dict.fromkeys(OTHERS[encoding])


@pytest.mark.parametrize("text", ["女", "未知", "女\n未知"])
def test_chinese_that_decodes_as_utf8_by_chance_is_refused_until_it_is_named(
    text: str, home: Home, inbox: Path
):
    rows = "".join(f"A{number},2011-03-02,F,{word}\n" for number, word in enumerate(text.split("\n")))
    (inbox / "h.mapping.yml").write_text(
        "metachron_mapping: 1\nfiles:\n- table: hospital_patients\n  recognise: [id, dx]\n"
        "  columns: {patient_key: id, mm_dx_date: dx, sex: sex, fish: fish}\n"
    )
    (inbox / "p.csv").write_bytes(f"id,dx,sex,fish\n{rows}".encode("gb18030"))
    with pytest.raises(InputRefused, match="could be GB18030 or UTF-8") as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.line) == ("IN-02", 2)
    land.load([inbox], home, encoding="gb18030")
    said = ask(home, "select fish from raw.hospital_patients order by source_line")
    assert [word for (word,) in said] == text.split("\n")


@pytest.mark.parametrize("text", ["Müller", "κ", "δ", "λ κ", "мужской", "זכר", "女", "µ", "nő", "Ødegård"])
def test_words_of_utf8_are_no_chance(text: str):
    assert not is_utf8_by_chance(text.encode().split(b"\n"))


@pytest.mark.parametrize(("text", "encoding"), [("Müller", "mac_roman"), ("José", "cp850")])
def test_letters_of_old_machines_are_no_windows_text(text: str, encoding: str):
    assert bad_share(text.encode(encoding).decode("cp1252"), "cp1252") == 1


REMARKS = {"cp1252": "überprüft von José", "gb18030": "急性淋巴细胞白血病", "big5": "急性淋巴細胞白血病", "utf-16": "überprüft 患者", "utf-16-be": "checked"}  # fmt: skip


@pytest.mark.parametrize("encoding", REMARKS)
def test_a_listing_and_its_dictionary_are_read_in_every_encoding(encoding: str, home: Home, inbox: Path):
    remark = REMARKS[encoding]
    listing = Listing(
        headers=[*HEADERS, f"Remark {remark}"], rows=[(*row, remark) for row in ROWS], encoding=encoding
    )
    dictionary = listing.write(inbox).with_suffix(".dic")
    dictionary.write_bytes(listing.dictionary().decode().encode(encoding))
    (result,) = land.load([inbox], home)
    [(columns,)] = ask(home, "select header from raw.loads")
    assert f'"Remark {remark}"' in columns
    name = next(each for each in column_names(home) if "remark" in each)
    assert ask(home, f'select distinct "{name}" from raw.seer_listing') == [(remark,)]
    assert "read as " in result.line()


def column_names(home: Home) -> list[str]:
    return [
        name
        for (name,) in ask(home, "select column_name from duckdb_columns() where table_name = 'seer_listing'")
    ]


@pytest.mark.parametrize("encoding", ["cp1252", "gb18030", "big5", "utf-16"])
def test_a_hospital_table_is_read_in_every_encoding(encoding: str, home: Home, inbox: Path):
    remark = REMARKS[encoding]
    (inbox / "h.mapping.yml").write_text(
        MAPPING.replace("病案号", "id")
        .replace("确诊日期", "dx")
        .replace("性别", "sex")
        .replace("FISH结果", "fish")
    )
    (inbox / "p.csv").write_bytes(f"id,dx,sex,fish\nA1,2011-03-02,F,{remark}\n".encode(encoding))
    (result,) = land.load([inbox], home)
    assert ask(home, "select fish from raw.hospital_patients") == [(remark,)]
    assert "read as " in result.line()


POLISH = Listing(
    headers=[*HEADERS, "Remark"], rows=[(*row, "Władysław, żona") for row in ROWS], encoding="cp1250"
)


def test_an_encoding_that_is_not_clear_is_refused_until_it_is_named_and_then_remembered(
    home: Home, inbox: Path
):
    POLISH.write(inbox)
    with pytest.raises(InputRefused, match="could be Windows text") as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.line) == ("IN-02", 2)
    (result,) = land.load([inbox], home, encoding="latin2")
    assert result.rows_landed == 4
    assert ask(home, "select encoding from raw.loads") == [("iso8859-2",)]
    assert [each.already_loaded for each in land.load([inbox], home)] == [True]
    # Under another encoding it is another text.
    assert [each.already_loaded for each in land.load([inbox], home, encoding="cp1250")] == [False]
    assert [each.already_loaded for each in land.load([inbox], home, encoding="cp1250")] == [True]


def test_naming_what_is_guessed_anyway_loads_nothing_twice(home: Home, inbox: Path):
    Listing(headers=[*HEADERS, "Remark"], rows=[(*row, "José") for row in ROWS], encoding="cp1252").write(
        inbox
    )
    land.load([inbox], home)
    assert [each.already_loaded for each in land.load([inbox], home, encoding="windows-1252")] == [True]


def test_a_text_that_is_not_in_the_named_encoding_is_refused(home: Home, inbox: Path):
    POLISH.write(inbox)
    with pytest.raises(InputRefused, match="not utf-8, in which"):
        land.load([inbox], home, encoding="utf-8")


@pytest.mark.parametrize("letters", ["张三", "Jürgen", "Władysław"])
def test_letters_in_a_path_refuse_nothing(letters: str, home: Home, inbox: Path):
    data = Listing().write(inbox)
    dictionary = (
        Listing()
        .dictionary()
        .replace(b"C:\\study", b"C:\\Users\\" + letters.encode("gb18030" if letters == "张三" else "cp1250"))
    )
    data.with_suffix(".dic").write_bytes(dictionary)
    (result,) = land.load([inbox], home)
    assert result.rows_landed == 4


@pytest.mark.parametrize("letter", ["\ufeff", "\u200b", "\u200d", "\u2060", "\u202a", "\xad"])
def test_letters_that_nobody_sees_make_no_second_patient(letter: str, home: Home, inbox: Path):
    """Two exports joined: the second's byte-order mark stood before a patient number, and split the patient."""
    rows = [list(row) for row in ROWS]
    rows[1][0] = letter + rows[1][0]
    Listing(rows=rows).write(inbox)
    (result,) = land.load([inbox], home)
    assert ask(home, "select count(distinct patient_id) from raw.seer_listing") == [(3,)]
    assert "1 invisible letter left out" in result.line()


@pytest.mark.parametrize("blank", ["\xa0", "\u3000", "\u202f"])
def test_odd_blanks_make_no_second_patient(blank: str, home: Home, inbox: Path):
    rows = [list(row) for row in ROWS]
    rows[1][0] += blank
    Listing(rows=rows).write(inbox)
    (result,) = land.load([inbox], home)
    assert ask(home, "select count(distinct trim(patient_id)) from raw.seer_listing") == [(3,)]
    assert "1 odd blank (as from a web page) read as a blank" in result.line()


@pytest.mark.parametrize("content", [POPULATION, b"%s\r\n" % flat_record().encode()])
def test_a_byte_order_mark_hides_no_kind_of_file(content: bytes, home: Home, inbox: Path):
    (inbox / "file.txt").write_bytes(b"\xef\xbb\xbf" + content)
    (result,) = land.load([inbox], home)
    assert (result.rows_landed, "a byte-order mark before it left out" in result.line()) == (1, True)


def test_joiners_that_join_letters_stay(home: Home, inbox: Path):
    Listing(headers=[*HEADERS, "Remark"], rows=[(*row, "می\u200cخواهم") for row in ROWS]).write(inbox)
    land.load([inbox], home)
    [(name,)] = [(each,) for each in column_names(home) if "remark" in each]
    assert ask(home, f'select distinct "{name}" from raw.seer_listing') == [("می\u200cخواهم",)]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        *((each, each) for each in ("windows-1252", "iso-8859-1", "gb18030", "big5", "utf-16", "utf-8")),
        ("utf-8", "UTF-16"),
        ("windows-1252", "ucs-2"),
        ("utf-16", "UTF-8"),
    ],
)
def test_an_xml_document_is_read_in_the_encoding_that_it_declares_unless_it_cannot_be(
    encoding: str, declared: str, home: Home, inbox: Path
):
    remark = "白血病" if encoding in ("gb18030", "big5") else "überprüft"
    document = XML.replace('encoding="UTF-8"', f'encoding="{declared}"').replace(
        "<Tumor>", f'<Tumor><Item naaccrId="remark">{remark}</Item>'
    )
    (inbox / "cases.xml").write_bytes(document.encode(encoding))
    (result,) = land.load([inbox], home)
    assert result.rows_landed == 2
    assert ("which it is not" in result.line()) == (declared in ("UTF-16", "ucs-2"))
    [(name,)] = ask(home, "select column_name from duckdb_columns() where column_name like '%remark'")
    assert ask(home, f"select distinct {name} from raw.naaccr_tumors") == [(remark,)]


def test_an_xml_document_of_an_encoding_that_there_is_not_is_refused(home: Home, inbox: Path):
    (inbox / "cases.xml").write_text(XML.replace('encoding="UTF-8"', 'encoding="klingon"'))
    with pytest.raises(InputRefused, match="declares an encoding that there is not"):
        land.load([inbox], home)
