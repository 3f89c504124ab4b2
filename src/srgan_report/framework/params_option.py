"""The option ``--params`` of ``kedro run``, as users type it."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

import click
import yaml

from srgan_report.parameters.check import text_parameters

# A parameter whose value is a list: figures.crops=[0,3]
_LIST = re.compile(r"[^,=]+=\[[^\[\]]*\]")

Callback = Callable[[click.Context, click.Parameter, Any], Any]


def take_as_typed(kedros: Callback) -> Callback:
    """Does what Kedro's callback of ``--params`` does, but takes lists, and text as it is typed.

    Kedro's reads text as YAML: ``roll #2`` would be ``roll``, and the folder ``2024`` a number. Here only
    ``null`` is more than text: none.
    """

    def call(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        if not isinstance(value, str):
            return kedros(ctx, param, value)
        texts = text_parameters()
        others, read = [], {}
        for item in _split_items(value, [name for name, is_list in texts.items() if not is_list]):
            name, _, typed = item.partition("=")
            name = name.strip()
            if name in texts:
                read[name] = _read_texts(typed) if texts[name] else None if typed == "null" else typed
            elif _LIST.fullmatch(item):
                read[name] = yaml.safe_load(typed)
            else:
                others.append(item)
        parameters = kedros(ctx, param, ",".join(others))
        for name, content in read.items():
            _put(parameters, name, content)
        return parameters

    return call


def _split_items(value: str, texts: Collection[str]) -> Iterator[str]:
    """Splits the value of ``--params`` at its commas, except within lists; text has no lists."""
    while value:
        name = value.partition("=")[0].strip()
        found = None if name in texts else _LIST.match(value)
        item = found[0] if found else value.partition(",")[0]
        yield item
        value = value[len(item) :].lstrip().removeprefix(",")


def _read_texts(typed: str) -> Any:
    """A list of texts, each as it is typed or in quotes."""
    if not typed.startswith("["):
        return typed
    texts = [text.strip() for text in typed[1:-1].split(",")]
    return [text[1:-1] if text[0] == text[-1] and text[0] in "'\"" else text for text in texts if text]


def _put(parameters: dict[str, Any], name: str, content: Any) -> None:
    *groups, last = name.split(".")
    for group in groups:
        if not isinstance(parameters.get(group), dict):
            parameters[group] = {}
        parameters = parameters[group]
    parameters[last] = content
