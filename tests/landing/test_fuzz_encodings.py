"""Broken and mixed encodings: whatever is delivered is read as it was written, or refused with a code."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from flows.errors import InputRefused
from flows.home import Home
from flows.landing.text.delivered_text import PATHS, as_utf8
from flows.landing.text.encodings import is_encoding
from flows.landing.vault import Content, receive
from tests.landing.deliveries import HEADERS, ROWS, Listing
from tests.landing.test_encodings import SIMPLIFIED, TRADITIONAL, WESTERN
from tests.landing.test_fuzz import FEW, MANY, broken, settled

NAMED = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "gb18030", "big5", "cp1251", "shift_jis")
WORDS = st.lists(
    st.sampled_from([*WESTERN, *SIMPLIFIED, *TRADITIONAL, "myeloma", "1", ""]), min_size=1, max_size=9
)


def content_of(folder: str, content: bytes, encoding: str | None = None) -> Content:
    path = Path(folder, "x")
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return Content("x", path, digest, len(content), path, digest, content.isascii(), encoding=encoding)


@MANY
@given(WORDS, st.sampled_from(NAMED), st.booleans())
def test_a_named_encoding_gives_every_letter_back(words: list[str], encoding: str, has_path: bool):
    text = "".join(f"{word}\r\n" for word in words)
    content = text.encode(encoding, "replace")
    with tempfile.TemporaryDirectory() as folder:
        received = content_of(folder, content, encoding)
        read = as_utf8(received, unread=PATHS if has_path else None)
        assert read.path.read_bytes().decode() == content.decode(encoding)


@MANY
@given(WORDS, st.sampled_from(NAMED))
def test_a_guess_gives_every_letter_back_or_is_no_guess_at_all(words: list[str], encoding: str):
    """Of texts in the encodings that are guessed none is read as another; of others, no line goes missing."""
    text = "".join(f"{word}\n" for word in words)
    content = text.encode(encoding, "replace")
    with tempfile.TemporaryDirectory() as folder:
        try:
            read = as_utf8(content_of(folder, content))
        except InputRefused as refusal:
            assert refusal.code == "IN-02"
            return
        assert read.path.read_bytes().count(b"\n") == len(text.split("\n")) - 1
        assert read.encoding == "ascii" or is_encoding(read.encoding)


@FEW
@given(st.data())
def test_listings_in_every_encoding(data: st.DataObject):
    encoding = data.draw(st.sampled_from(["utf-16", "utf-16-be", "cp1252", "gb18030", "big5"]))
    remark = data.draw(st.sampled_from(["checked", "überprüft", "患者", "陽性"]))
    rows = [(*row, remark.encode(encoding, "replace").decode(encoding)) for row in ROWS]
    listing = Listing(headers=[*HEADERS, "Remark"], rows=rows, encoding=encoding)
    with tempfile.TemporaryDirectory() as folder:
        listing.write(Path(folder, "in")).write_bytes(data.draw(broken(listing.data())))
        settled(Path(folder, "in"), Home.at(Path(folder, "home")))


@MANY
@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_refused(content: bytes):
    with tempfile.TemporaryDirectory() as folder:
        home = Home.at(Path(folder, "home"))
        path = Path(folder, "x")
        path.write_bytes(content)
        try:
            read = as_utf8(receive(path, home))
        except InputRefused as refusal:
            assert refusal.code in ("IN-02", "IN-08", "IN-09")
            return
        read.path.read_bytes().decode()
