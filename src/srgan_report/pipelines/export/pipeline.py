"""The export of saved generators."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.export.nodes import export_generators


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
