"""NAACCR XML with its structure broken: refused with a code, or all that another parser sees is counted."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from flows.home import Home
from tests.landing.deliveries import ask
from tests.landing.test_fuzz import FEW, settled
from tests.landing.test_naaccr_xml import NAMESPACE, WHOLE, patient, tumor

BIG = WHOLE.replace("</NaaccrData>", patient("00000009", tumor()) + patient("00000011") + "</NaaccrData>")
NAMES = ("Item", "item", "Itme", "Tumor", "Tumour", "Patient", "NaaccrData", "x:Item", "x:Tumor", "Extra")
ATTRIBUTES = (
    ("naaccrId", "race3"), ("naaccrId", "sex"), ("naaccrId", "loadId"), ("naaccrId", "ourOwn"),
    ("naaccrId", ""), ("naaccrNum", "400"), ("naaccrNum", "9999"), ("naaccrNum", "x"), ("naacrId", "sex"),
    ("other", "1"),
)  # fmt: skip
VALUES = ("", " ", "1", "C421", "\n", "00000007", "<![CDATA[9]]>", "&amp;", "<!-- a -->2")


def written(element: ElementTree.Element) -> str:
    """An element as text again on a line of its own, whatever its name is now."""
    attributes = "".join(f' {name}="{value}"' for name, value in element.attrib.items())
    inner = (element.text or "") + "".join(written(child) for child in element)
    return f"\n<{element.tag}{attributes}>{inner}</{element.tag}>{element.tail or ''}"


def tree() -> ElementTree.Element:
    """The good document with plain names, as `written` writes it."""
    root = ElementTree.fromstring(BIG)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    root.attrib |= {"xmlns": NAMESPACE, "xmlns:x": "urn:x"}
    return root


def mutate(root: ElementTree.Element, data: st.DataObject) -> None:
    """Change one element: its name, an attribute, its value, its place, or how often it is there."""
    elements = list(root.iter())
    place = data.draw(st.integers(0, len(elements) - 1))
    element = elements[place]
    what = data.draw(st.sampled_from(["name", "attribute", "value", "move", "repeat", "remove", "unset"]))
    if what == "name":
        element.tag = data.draw(st.sampled_from(NAMES))
    elif what == "attribute":
        name, value = data.draw(st.sampled_from(ATTRIBUTES))
        element.set(name, value)
    elif what == "unset" and element.attrib:
        del element.attrib[data.draw(st.sampled_from(sorted(element.attrib)))]
    elif what == "value":
        element.text = data.draw(st.sampled_from(VALUES))
    elif element is not root:
        parent = next(each for each in elements if element in list(each))
        if what in ("move", "remove"):
            parent.remove(element)
        if what in ("move", "repeat"):
            inside = set(element.iter())
            target = data.draw(st.sampled_from([each for each in root.iter() if each not in inside]))
            target.insert(data.draw(st.integers(0, len(target))), element)


def seen_by_another_parser(text: str) -> tuple[int, int]:
    """Tumours and items of the document's own namespace outside elements of others."""
    tumors = items = 0
    root = ElementTree.fromstring(text)
    own = root.tag.rpartition("}")[0]
    waiting = [root]
    while waiting:
        element = waiting.pop()
        namespace, _, name = element.tag.rpartition("}")
        if namespace == own:
            tumors += name == "Tumor"
            items += name == "Item"
            waiting += list(element)
    return tumors, items


@FEW
@given(st.data())
def test_a_document_whose_structure_is_broken(data: st.DataObject):
    root = tree()
    for _ in range(data.draw(st.integers(0, 3))):
        mutate(root, data)
    text = written(root)
    with tempfile.TemporaryDirectory() as folder:
        inbox, home = Path(folder, "in"), Home.at(Path(folder, "home"))
        inbox.mkdir()
        (inbox / "cases.xml").write_text(text)
        settled(inbox, home)
        landed = ask(home, "select rows_read, header from raw.loads") if home.raw.exists() else []
    for rows_read, header in landed:
        counted = json.loads(header)["items"]
        assert (rows_read, counted["read"] + counted["left_in_vault"]) == seen_by_another_parser(text)
