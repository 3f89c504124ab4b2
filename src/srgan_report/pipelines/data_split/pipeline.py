"""The data split."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.data_split.nodes import split_photographs


def create_pipeline(**kwargs: Any) -> Pipeline:
    """From ``photographs`` to ``split``."""
    return Pipeline(
        [
            Node(
                split_photographs,
                inputs=[
                    "photographs",
                    "params:split.validation_size",
                    "params:crops.size",
                    "params:crops.too_small",
                    "params:split.leave_out",
                ],
                outputs="split",
                name="split_photographs",
            )
        ]
    )
