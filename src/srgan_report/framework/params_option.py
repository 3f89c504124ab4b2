"""The option ``--params`` of ``kedro run``, as users type it."""

import re
from typing import Any

import click
from omegaconf import OmegaConf

from srgan_report.parameters.check import text_parameters

# What is between commas, except those within brackets: seed=1,figures.crops=[0,3]
_ITEM = re.compile(r"(?:\[[^\[\]]*\]|[^,])+")


def read_parameters(ctx: click.Context, param: click.Parameter, value: Any) -> dict[str, Any]:
    """Reads the option as Kedro does, but takes lists, and text as it is typed.

    Kedro's reads text as YAML: ``roll #2`` would be ``roll``, and the folder ``2024`` a number. Here only
    ``null`` is more than text: none.
    """
    if not isinstance(value, str):
        return value or {}  # of a file (--config)
    texts = text_parameters()
    parameters: dict[str, Any] = {}
    for item in filter(str.strip, _ITEM.findall(value)):
        name, equals, typed = item.partition("=")
        name = name.strip()
        if not (name and equals):
            raise click.BadParameter(f"it must be NAME=VALUE,NAME=VALUE. Received: {item!r}", ctx, param)
        if name not in texts:
            read: Any = OmegaConf.to_container(OmegaConf.from_dotlist([f"value={typed}"]))
            _put(parameters, name, read["value"])
        elif texts[name]:
            _put(parameters, name, _read_texts(typed.strip()))
        else:
            _put(parameters, name, None if typed == "null" else typed)
    return parameters


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
