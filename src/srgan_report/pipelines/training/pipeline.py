"""The training of one variant, within the variant's namespace."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.data_preparation.nodes import map_training_crops
from srgan_report.pipelines.training import nodes
from srgan_report.variants import Variant

_PARAMETERS = {"variant": "params:variant", "protocol": "params:protocol"}


def create_pipeline(variant: Variant, *, from_mse: bool = False) -> Pipeline:
    """Creates the training of one variant, from the split to its trained networks.

    Args:
        variant: Decides which networks are needed; all else is the same for all variants.
        from_mse: Whether it reads the trained SRResNet-MSE, to start from where parameters say so.
    """
    starts = {"shipped_generators": "shipped_generators", "saved_generators": "generators"}
    if from_mse:
        starts["srresnet_mse"] = "srresnet_mse.generator"
    networks = {"generator": "initial_generator"}
    if variant.adversarial:
        networks["discriminator"] = "initial_discriminator"
    if variant.perceptual:
        networks["perceptual_network"] = "perceptual_network"
    trained = {name: name for name in networks if name != "perceptual_network"}
    steps = [
        Node(
            map_training_crops,
            inputs=_PARAMETERS | {name: name for name in ("photographs", "split")},
            outputs="training_crops",
            name="map_training_crops",
        ),
        Node(
            nodes.initialize_generator,
            inputs=_PARAMETERS | starts,
            outputs="initial_generator",
            name="initialize_generator",
        ),
        *_other_networks(variant),
        _identify(variant),
        _train(networks, trained),
        _summarize(trained),
    ]
    return Pipeline(
        steps,
        namespace=variant.name,
        inputs={"photographs", "split", "validation_crops", "local_folder", *starts.values()},
        parameters={"variant": variant.name, "protocol": "protocol", "photographs": "photographs"},
    )


def _other_networks(variant: Variant) -> list[Node]:
    """What makes the networks that not every variant has."""
    discriminator = Node(
        nodes.initialize_discriminator,
        inputs=_PARAMETERS,
        outputs="initial_discriminator",
        name="initialize_discriminator",
    )
    perceptual_network = Node(
        nodes.load_perceptual_network,
        inputs=_PARAMETERS,
        outputs="perceptual_network",
        name="load_perceptual_network",
    )
    return [discriminator] * variant.adversarial + [perceptual_network] * variant.perceptual


def _identify(variant: Variant) -> Node:
    decides = ["split", "validation_crops", "initial_generator"]
    decides += ["perceptual_network"] * variant.perceptual
    return Node(
        nodes.identify_training,
        inputs=_PARAMETERS | {name: name for name in decides},
        outputs="training_identity",
        name="identify_training",
    )


def _train(networks: dict[str, str], trained: dict[str, str]) -> Node:
    return Node(
        nodes.train,
        inputs=networks
        | {
            "variant": "params:variant",
            "identity": "training_identity",
            "training_crops": "training_crops",
            "validation_crops": "validation_crops",
            "local_folder": "local_folder",
        },
        outputs=trained | {name: name for name in ("training_history", "training_outcome")},
        name="train",
    )


def _summarize(trained: dict[str, str]) -> Node:
    return Node(
        nodes.summarize_training,
        inputs=trained
        | {
            "identity": "training_identity",
            "training_outcome": "training_outcome",
            "training_history": "training_history",
            "training_crops": "training_crops",
            "photographs": "params:photographs",
        },
        outputs="training_summary",
        name="summarize_training",
    )
