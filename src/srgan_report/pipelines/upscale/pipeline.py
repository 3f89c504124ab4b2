"""The enlargement of a user's own photographs."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.upscale.nodes import upscale_photographs


def create_pipeline() -> Pipeline:
    """Enlarges the files of ``upscale.input`` with a saved or shipped generator; the user's are written."""
    return Pipeline(
        [
            Node(
                upscale_photographs,
                inputs=["generators", "shipped_generators", "params:upscale"],
                outputs=None,
                name="upscale_photographs",
            )
        ]
    )
