"""The export of saved generators, and the upscaling of a user's own photographs."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.inference.nodes import export_generators, prepare_pretrained, upscale_photographs


def create_export_pipeline() -> Pipeline:
    """From the saved ``generators`` to ``exported_generators``; trains nothing."""
    return Pipeline(
        [
            Node(
                export_generators,
                inputs=["generators", "params:export"],
                outputs="exported_generators",
                name="export_generators",
            )
        ]
    )


def create_pretrained_pipeline() -> Pipeline:
    """From the saved ``generators`` to ``pretrained_generators``; trains nothing."""
    return Pipeline(
        [
            Node(
                prepare_pretrained,
                inputs=["generators", "validation_crops"],
                outputs="pretrained_generators",
                name="prepare_pretrained",
            )
        ]
    )


def create_upscale_pipeline() -> Pipeline:
    """Upscales the files of ``upscale.input`` with a saved or pretrained generator."""
    return Pipeline(
        [
            Node(
                upscale_photographs,
                inputs=["generators", "pretrained_generators", "params:upscale"],
                outputs=None,
                name="upscale_photographs",
            )
        ]
    )
