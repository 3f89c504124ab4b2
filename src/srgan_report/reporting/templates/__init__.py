"""What the report says and shows, as Jinja templates: numbers come from saved results, prose is here."""

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from srgan_report.errors import MAX_NAMED
from srgan_report.evaluation.significance import LEVEL, MIN_PHOTOGRAPHS
from srgan_report.evaluation.spectra import PEAK
from srgan_report.reporting import words
from srgan_report.variants import VARIANTS

# Also in a notebook, which has no style sheet of the page's.
_RED = '> <span style="color: #b3001b">{}</span>'

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    autoescape=select_autoescape(["html.j2"], default=False),
)
_FILTERS = [words.as_code, words.as_text, words.count, words.part_of, words.sides, words.span]
_ENVIRONMENT.filters |= {function.__name__: function for function in _FILTERS}
_ENVIRONMENT.filters |= {"enumerate": words.join, "in_red": _RED.format}
_ENVIRONMENT.globals.update(
    LEVEL=LEVEL, MAX_NAMED=MAX_NAMED, MIN_PHOTOGRAPHS=MIN_PHOTOGRAPHS, PEAK=PEAK, VARIANTS=VARIANTS
)


def say(name: str, /, **facts: Any) -> str:
    """Writes a block of ``sentences.md.j2``, each of its paragraphs and list items on one line."""
    template: Template = _ENVIRONMENT.get_template("sentences.md.j2")
    written = "".join(template.blocks[name](template.new_context(facts)))
    paragraphs = (
        re.split(r"\n(?=(?:> )?- )", paragraph.strip()) for paragraph in re.split(r"\n\n+", written)
    )
    lines = ("\n".join(" ".join(item.split()) for item in items) for items in paragraphs)
    return "\n\n".join(filter(None, lines))


def render(template: str, **facts: Any) -> str:
    """Writes a whole template."""
    return _ENVIRONMENT.get_template(template).render(facts)
