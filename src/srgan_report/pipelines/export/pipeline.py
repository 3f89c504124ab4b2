"""The export of saved generators."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.export.nodes import export_generators, pack_generators


def create_pipeline() -> Pipeline:
    """Writes ``06_models/{variant}/export/{version}`` below the data root; trains nothing."""
    return Pipeline(
        [
            Node(
                export_generators,
                inputs=["generators", "params:export", "params:data_root"],
                outputs=None,
                name="export_generators",
            )
        ]
    )


def create_shipping_pipeline() -> Pipeline:
    """Packs what is saved below the data root to ``shipped_generators``; trains nothing."""
    return Pipeline(
        [
            Node(
                pack_generators,
                inputs=["generators", "validation_crops", "params:data_root"],
                outputs="shipped_generators",
                name="pack_generators",
            )
        ]
    )
