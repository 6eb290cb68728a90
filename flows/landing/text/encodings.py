"""Which encoding a text is in: what its first bytes say, else what it decodes to and how that reads.

Almost any bytes decode as Windows text, and most Western text decodes as GB18030 with letters eaten: Müller
becomes M黮ler. So a guess counts only if what comes out reads as words, and no other guess reads as well.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable
from functools import partial

UTF8_BOM = b"\xef\xbb\xbf"
GUESSES = ("cp1252", "gb18030", "big5")
# Python has codecs that are for names of hosts and for its own source text.
NO_TEXT = frozenset({"idna", "punycode", "utf-7", "unicode-escape", "raw-unicode-escape", "undefined"})
CALLED = {
    "utf-8": "UTF-8",
    "cp1252": "Windows text (cp1252)",
    "gb18030": "GB18030",
    "big5": "Big5",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 without a mark",
    "utf-16-be": "UTF-16 without a mark",
}
# The largest share of letters that may read badly, and how much better the best guess must read than another.
LARGEST_BAD_SHARE = 0.2
CLEARLY_BETTER = 0.1
# A character of the second, rarer block of a Chinese set counts for so much of a bad one.
RARE, BEYOND_GB2312 = 0.3, 0.5

OUTSIDE_ASCII = re.compile(r"[^\x00-\x7f]+")
QUOTES = "“”„‚«»‹›…¿¡"
OPENING = "„‚¿¡"  # never stand right behind a letter
JOINS = "’‘–—·•\xa0\xad"  # may stand within a word
FOREIGN_SIGNS = "¤¦¨¬¯¸¶†‡ˆ˜"
# A Chinese table has some of these. They also decide between two Chinese sets where a file has few letters.
FREQUENT = frozenset(
    "的一是不了人在有我他这這中大来來上国國个個到说說们們为為子和你地出道也时時年得就那要下以生会會自着著去之过過家学學对對可她里裡后後小"
    "男女性别別姓名号號岁歲龄齡月日期诊診断斷未详詳无無否阳陽阴陰病癌症型白血淋巴细細胞骨髓瘤多发發急慢原死亡存活治疗療化放手术術随隨访訪院"
    "科门門住编編患者民族汉漢婚已其他它分级級期部位左右肝肺胃肠腸乳腺甲状狀前列食管宫宮颈頸脑腦皮肤膚"
)  # fmt: skip


def utf16_of(start: bytes) -> str | None:
    """The kind of UTF-16 that a file's first bytes are, marked or not, or None."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    halves = start[: len(start) & ~1]
    is_high, is_low = any(halves[0::2]), any(halves[1::2])
    if len(halves) < 4 or is_high == is_low:
        return None
    return "utf-16-le" if is_high else "utf-16-be"


def is_encoding(name: str) -> bool:
    """Whether tables are written in it."""
    try:
        codec = codecs.lookup(name)
        return codec.name not in NO_TEXT and isinstance(b"a".decode(name), str)
    except (LookupError, ValueError):
        return utf16_named(name) is not None


def utf16_named(name: str | None) -> str | None:
    """The kind of UTF-16 that a name means, as Python calls it, or None."""
    try:
        codec = codecs.lookup(name or "ascii").name
    except LookupError:
        return None
    return codec if codec.startswith("utf-16") else None


def read_start(start: bytes, encoding: str | None = None) -> str:
    """The first bytes of a text as a person would read them, for telling what it is; never fails.

    encoding  what it is in, where somebody says so
    """
    whole = start.rsplit(b"\n", 1)[0]
    lines = [line for line in whole.split(b"\n") if not line.isascii()]
    names = (
        (encoding,) if encoding else ("utf-8-sig", choose(lines, filter(partial(decodes, whole), GUESSES)))
    )
    for name in names:
        if name is not None and decodes(whole, name):
            return whole.decode(name).removeprefix("\ufeff")
    return whole.decode("latin-1")


def decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def choose(sample: Iterable[bytes], possible: Iterable[str]) -> str | None:
    """The encoding in which lines read as words; None if none does, or two do alike.

    sample    lines, or parts of lines, that hold bytes above 127
    possible  the encodings that the whole text decodes in
    """
    lines = list(sample)
    texts = {name: b"\n".join(lines).decode(name, "replace") for name in possible}
    shares = sorted((bad_share(text, name), name) for name, text in texts.items())
    good = [
        (share, name)
        for share, name in shares
        if share <= LARGEST_BAD_SHARE and (name == "cp1252" or n_frequent(texts[name]))
    ]
    if not good:
        return None
    best, name = good[0]
    rivals = [other for share, other in good[1:] if share - best < CLEARLY_BETTER]
    if not rivals:
        return name
    if "cp1252" in (name, *rivals):
        return None
    frequent = sorted((n_frequent(texts[each]), each) for each in (name, *rivals))
    return frequent[-1][1] if frequent[-1][0] > frequent[-2][0] else None


def is_utf8_by_chance(lines: Iterable[bytes]) -> bool:
    """Whether lines that decode as UTF-8 read as Chinese in GB18030, and not as words in UTF-8.

    Some Chinese characters of two bytes are letters of UTF-8: 女 is Ů, 未知 is δ with a Hebrew mark.
    """
    sample = list(lines)
    text = b"\n".join(sample).decode("utf-8", "replace")
    runs = list(OUTSIDE_ASCII.finditer(text))
    for run in runs:
        before, after = text[max(run.start() - 1, 0) : run.start()], text[run.end() : run.end() + 1]
        if is_word_of_utf8(run[0], before, after):
            return False
    return (
        bool(runs) and choose(sample, filter(partial(decodes, b"\n".join(sample)), GUESSES[1:])) == "gb18030"
    )


def is_word_of_utf8(run: str, before: str, after: str) -> bool:
    """Letters of one script, or a part of a Latin word, or signs that tables hold."""
    if is_latin(before) or is_latin(after) or any(letter < "\u0100" or letter >= "\u0800" for letter in run):
        return True
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in run}
    return len(scripts) == 1 and scripts != {"LATIN"} and all(map(str.isalpha, run))


def bad_share(text: str, encoding: str) -> float:
    """How much of a text's letters beyond ASCII read badly, 0 to 1."""
    total, bad = 0, 0.0
    for run in OUTSIDE_ASCII.finditer(text):
        before, after = text[max(run.start() - 1, 0) : run.start()], text[run.end() : run.end() + 1]
        total += len(run[0])
        if encoding == "cp1252":
            bad += bad_in_western(run[0], before, after)
        else:
            bad += bad_in_chinese(run[0], before, after, encoding)
    return bad / total if total else 0.0


def bad_in_western(run: str, before: str, after: str) -> float:
    """How many letters of a run read badly: more than two together, or signs that no word has."""
    inner = run.strip(QUOTES + JOINS)
    if not inner:
        is_in_word = before.isalpha() and after.isalpha() and any(sign in QUOTES for sign in run)
        is_behind_letter = before.isalpha() and run[0] in OPENING
        return len(run) if is_in_word or is_behind_letter else 0
    start = run.index(inner)
    if any(sign in QUOTES for sign in run[:start]) and before.isalpha():
        return len(run)
    before = "" if start else before
    after = after if run.endswith(inner) else ""
    if any(sign in FOREIGN_SIGNS for sign in inner):
        return len(run)
    if len(inner) == 1:
        if inner.isupper() and before.isalpha() and after.islower():  # MŸller, of an old Macintosh
            return 1
        return 0 if inner.isalpha() or not (before.isalpha() and after.isalpha()) else 1
    is_lower = inner.islower() and (before.isalpha() or after.isalpha())
    is_upper = inner.isupper() and before.isupper() and after.isupper()
    return 0 if len(inner) == 2 and inner.isalpha() and (is_lower or is_upper) else len(inner)


def bad_in_chinese(run: str, before: str, after: str, encoding: str) -> float:
    """Characters of the common block, and no letter of a Latin word eaten as the second byte of one."""
    bad = 0.0
    for place, character in enumerate(run):
        code = character.encode(encoding, "replace")
        left = run[place - 1] if place else before
        right = run[place + 1] if place + 1 < len(run) else after
        bad += 1 if is_eaten(code, left, right) else badness(code, encoding)
    return bad


def is_eaten(code: bytes, left: str, right: str) -> bool:
    """Whether a character stands where a Latin word goes on, so that it is two of the word's letters."""
    second = chr(code[-1])
    is_left, is_right = is_latin(left), is_latin(right)
    if is_latin(second) and second.islower():
        return is_left or (is_right and right.islower())
    return is_left and is_right and (left.islower() or is_latin(second)) and right.islower() == left.islower()


def is_latin(letter: str) -> bool:
    return letter.isascii() and letter.isalpha()


def badness(code: bytes, encoding: str) -> float:
    """0 for the common block of a Chinese set and its signs, more for what few tables hold, at most 1."""
    first, second = code[0], code[-1]
    if len(code) != 2:
        return 1.0
    if encoding == "big5":
        return 0.0 if 0xA1 <= first <= 0xC6 else RARE if 0xC9 <= first <= 0xF9 else 1.0
    if second < 0xA1:
        return BEYOND_GB2312
    is_common = 0xA1 <= first <= 0xA3 or first == 0xA6 or 0xB0 <= first <= 0xD7
    return 0.0 if is_common else RARE if 0xD8 <= first <= 0xF7 else 1.0


def n_frequent(text: str) -> int:
    return sum(character in FREQUENT for character in text)
