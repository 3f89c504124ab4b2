"""The training of one variant, within the variant's namespace."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.training import nodes
from srgan_report.pipelines.training.records import summarize_training
from srgan_report.pipelines.training.starting_weights import initialize_generator
from srgan_report.variants import Variant

_PARAMETERS = {"variant": "params:variant", "protocol": "params:protocol"}


def create_pipeline(variant: Variant, *, from_mse: bool = False) -> Pipeline:
    """Creates the training of one variant, from the split to its trained networks.

    Args:
        variant: Decides which networks are needed; all else is the same for all variants.
        from_mse: Whether it reads the trained SRResNet-MSE, to start from where parameters say so.
    """
    starts = {"pretrained_generators": "pretrained_generators", "saved_generators": "generators"}
    if from_mse:
        starts["srresnet_mse"] = "srresnet_mse.generator"
    discriminator = {"discriminator": "initial_discriminator"} if variant.adversarial else {}
    perceptual = _same("perceptual_network") if variant.perceptual else {}
    trained = _same("generator", *discriminator)
    steps = [
        Node(
            nodes.prepare_training,
            inputs=_PARAMETERS | _same("photographs", "split"),
            outputs=_same("training_crops") | discriminator | perceptual,
            name="prepare_training",
        ),
        Node(initialize_generator, _PARAMETERS | starts, "initial_generator", name="initialize_generator"),
        Node(
            nodes.train,
            inputs=_PARAMETERS
            | {"generator": "initial_generator", **discriminator, **perceptual}
            | _same("split", "training_crops", "validation_crops", "local_folder"),
            outputs=trained | _same("training_history", "training_outcome"),
            name="train",
        ),
        Node(
            summarize_training,
            inputs={"photographs": "params:photographs"}
            | trained
            | _same("training_outcome", "training_history", "training_crops"),
            outputs="training_summary",
            name="summarize_training",
        ),
    ]
    return Pipeline(
        steps,
        namespace=variant.name,
        inputs={"photographs", "split", "validation_crops", "local_folder", *starts.values()},
        parameters={"variant": variant.name, "protocol": "protocol", "photographs": "photographs"},
    )


def _same(*names: str) -> dict[str, str]:
    """Arguments or results of a node that go by their names in the catalog."""
    return {name: name for name in names}
