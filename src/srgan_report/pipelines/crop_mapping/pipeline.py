"""The validation crops, and a photograph to show. Training crops are mapped in each variant's namespace."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.crop_mapping.nodes import choose_photograph, cut_validation_crops


def create_pipeline(**kwargs: Any) -> Pipeline:
    """From ``photographs`` and ``split`` to ``validation_crops`` and ``figure_photograph``."""
    return Pipeline(
        [
            Node(
                cut_validation_crops,
                inputs=[
                    "photographs",
                    "split",
                    "params:crops.size",
                    "params:crops.too_small",
                    "params:crops.validation_per_photograph",
                    "params:crops.downscaling",
                    "params:seed",
                ],
                outputs="validation_crops",
                name="cut_validation_crops",
            ),
            Node(
                choose_photograph,
                inputs=[
                    "photographs",
                    "split",
                    "params:crops.size",
                    "params:crops.too_small",
                    "params:crops.downscaling",
                    "params:figures.photograph",
                ],
                outputs="figure_photograph",
                name="choose_photograph",
            ),
        ]
    )
