"""The validation crops. Training crops are mapped in each variant's own namespace."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.crop_mapping.nodes import cut_validation_crops


def create_pipeline(**kwargs: Any) -> Pipeline:
    """From ``photographs`` and ``split`` to ``validation_crops``."""
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
            )
        ]
    )
