"""report.html: one file that opens offline. Everything is escaped but the figures, which we drew.

The page is whole without its script. The one script it may run is ours, inlined, and named by its hash in the
page's own policy, so that nothing that slipped into the page could run; it can reach no host.
"""

from __future__ import annotations

import base64
import hashlib

from jinja2 import Environment

from analytics.render.abbreviations import Abbreviations
from analytics.render.figures import interactive
from analytics.render.page import person_time
from analytics.render.page.assets import make_environment, script, style
from analytics.render.page.cards import cards
from analytics.render.page.section import Section
from analytics.render.page.sections import bodies, missing, origins
from analytics.render.page.sensitivity import crossings
from analytics.render.traceable import PressableNumbers
from analytics.render.words import answers
from analytics.results.document import Results


def page(results: Results, sections: tuple[Section, ...]) -> str:
    """The report as HTML; the same results give the same bytes."""
    environment: Environment = make_environment()
    environment.filters["bodies"] = bodies
    abbreviations = Abbreviations(results.study)
    numbers = PressableNumbers(results)
    environment.filters["abbr"] = lambda text: numbers.mark(text, abbreviations.mark)
    environment.filters["numbered"] = numbers.mark
    our_script = script()
    return environment.get_template("report.html.j2").render(
        study=results.study,
        run=results.run,
        abbreviations=abbreviations,
        synthetic=results.data.is_synthetic,
        style=style(),
        script=our_script,
        script_hash=base64.b64encode(hashlib.sha256(our_script.encode()).digest()).decode(),
        curves=interactive.embedded(results),
        person_time=person_time.embedded(results),
        numbers=numbers,
        answers=answers(results),
        crossings=crossings(results),
        cards=cards(results),
        missing=missing(results),
        origins=origins(results, "answer"),
        sections=sections,
        folds_notes=True,
    )
