"""The export of saved generators, and the upscaling of a user's own photographs."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.inference.nodes import export_generators, pack_generators, upscale_photographs


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


def create_shipping_pipeline() -> Pipeline:
    """Packs the saved ``generators`` to ``shipped_generators``; trains nothing."""
    return Pipeline(
        [
            Node(
                pack_generators,
                inputs=["generators", "validation_crops"],
                outputs="shipped_generators",
                name="pack_generators",
            )
        ]
    )


def create_upscale_pipeline() -> Pipeline:
    """Upscales the files of ``upscale.input`` with a saved or shipped generator; the user's are written."""
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
