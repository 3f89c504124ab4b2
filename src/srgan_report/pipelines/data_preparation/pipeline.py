"""From photographs to the split, the validation crops, and photographs to show.

Training crops are mapped in each variant's namespace.
"""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.data_preparation.nodes import (
    choose_photograph,
    cut_validation_crops,
    split_photographs,
)


def create_pipeline() -> Pipeline:
    """From ``photographs`` to ``split``, ``validation_crops`` and ``figure_photograph``."""
    return Pipeline(
        [
            Node(
                split_photographs,
                inputs=["photographs", "params:split", "params:crops", "params:photographs.damaged"],
                outputs="split",
                name="split_photographs",
            ),
            Node(
                cut_validation_crops,
                inputs=["photographs", "split", "params:crops", "params:seed"],
                outputs="validation_crops",
                name="cut_validation_crops",
            ),
            Node(
                choose_photograph,
                inputs=["photographs", "split", "params:crops", "params:figures.photographs"],
                outputs="figure_photograph",
                name="choose_photograph",
            ),
        ]
    )
