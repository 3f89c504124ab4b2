"""The export of saved generators, and the upscaling of a user's own photographs."""

from collections.abc import Callable
from typing import Any

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.inference.nodes import export_generators, prepare_pretrained, upscale_photographs


def create_export_pipeline() -> Pipeline:
    """From the saved ``generators`` to ``exported_generators``; trains nothing."""
    return _of_one_node(export_generators, ["generators", "params:export"], "exported_generators")


def create_pretrained_pipeline() -> Pipeline:
    """From the saved ``generators`` to ``pretrained_generators``; trains nothing."""
    return _of_one_node(prepare_pretrained, ["generators", "validation_crops"], "pretrained_generators")


def create_upscale_pipeline() -> Pipeline:
    """Upscales the files of ``upscale.input`` with a saved or pretrained generator."""
    return _of_one_node(upscale_photographs, ["generators", "pretrained_generators", "params:upscale"], None)


def _of_one_node(function: Callable[..., Any], inputs: list[str], output: str | None) -> Pipeline:
    return Pipeline([Node(function, inputs=inputs, outputs=output, name=function.__name__)])
