"""The training of one variant, within the variant's namespace."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.data_preparation.nodes import map_training_crops
from srgan_report.pipelines.starting_points import START_NODES
from srgan_report.pipelines.training import nodes
from srgan_report.variants import Variant


def create_pipeline(variant: Variant, *, from_mse: bool = False) -> Pipeline:
    """Creates the training of one variant, from the split to its trained networks.

    Args:
        variant: Decides which networks are needed; all else is the same for all variants.
        from_mse: Whether its generator starts from the trained SRResNet-MSE instead of from scratch.
    """
    starts = {"srresnet_mse.generator"} if from_mse else {"shipped_generators", "generators"}
    inputs = {"photographs", "split", "validation_crops", *starts}
    networks = {"generator": "initial_generator"}
    trained = {
        "generator": "generator",
        "training_history": "training_history",
        "training_outcome": "training_outcome",
    }
    summarized = {"trained_generator": "generator"}
    identified = {"initial_generator": "initial_generator"}
    steps = [
        Node(
            map_training_crops,
            inputs={
                "photographs": "photographs",
                "split": "split",
                "size": "params:crops.size",
                "too_small": "params:crops.too_small",
                "batch_size": "params:training.batch_size",
                "steps_per_epoch": "params:training.steps_per_epoch",
                "shuffle": "params:training.shuffle",
                "augment": "params:training.augment",
                "downscaling": "params:crops.downscaling",
                "seed": "params:seed",
            },
            outputs="training_crops",
            name="map_training_crops",
        ),
        _start_from_srresnet_mse() if from_mse else _start_from_scratch(),
    ]
    if variant.adversarial:
        steps.append(
            Node(
                nodes.initialize_discriminator,
                inputs={
                    "crops": "params:crops",
                    "generator": "params:generator",
                    "discriminator": "params:discriminator",
                    "border": "params:training.adversarial_border",
                    "seed": "params:seed",
                },
                outputs="initial_discriminator",
                name="initialize_discriminator",
            )
        )
        networks["discriminator"] = "initial_discriminator"
        trained["discriminator"] = "discriminator"
        summarized["trained_discriminator"] = "discriminator"
    if variant.perceptual:
        steps.append(
            Node(
                nodes.load_perceptual_network,
                inputs={"perceptual": "params:perceptual", "content_loss": "params:content_loss"},
                outputs="perceptual_network",
                name="load_perceptual_network",
            )
        )
        networks["perceptual_network"] = "perceptual_network"
        identified["perceptual_network"] = "perceptual_network"
    steps += [
        Node(
            nodes.identify_training,
            inputs=identified
            | {
                "name": "params:name",
                "split": "split",
                "validation_crops": "validation_crops",
                "seed": "params:seed",
                "crops": "params:crops",
                "generator": "params:generator",
                "discriminator": "params:discriminator",
                "training": "params:training",
                "perceptual": "params:perceptual",
            },
            outputs="training_identity",
            name="identify_training",
        ),
        Node(
            nodes.train,
            inputs=networks
            | {
                "identity": "training_identity",
                "training_crops": "training_crops",
                "validation_crops": "validation_crops",
                "training": "params:training",
                "perceptual": "params:perceptual",
                "discriminator_output": "params:discriminator.output",
                "data_root": "params:data_root",
            },
            outputs=trained,
            name="train",
        ),
        Node(
            nodes.summarize_training,
            inputs=summarized
            | {
                "identity": "training_identity",
                "training_outcome": "training_outcome",
                "training_history": "training_history",
                "training_crops": "training_crops",
                "photographs": "params:photographs",
            },
            outputs="training_summary",
            name="summarize_training",
        ),
    ]
    return Pipeline(
        steps,
        namespace=variant.name,
        inputs=inputs,
        parameters={
            "seed",
            "data_root",
            "photographs",
            "crops",
            "crops.size",
            "crops.too_small",
            "crops.downscaling",
            "generator",
            "discriminator",
            "discriminator.output",
            "perceptual",
        },
    )


def _start_from_scratch() -> Node:
    return Node(
        nodes.initialize_generator,
        inputs={
            "name": "params:name",
            "generator": "params:generator",
            "start_from": "params:training.start_from",
            "shipped_generators": "shipped_generators",
            "saved_generators": "generators",
            "seed": "params:seed",
        },
        outputs="initial_generator",
        name=START_NODES["scratch"],
    )


def _start_from_srresnet_mse() -> Node:
    return Node(
        nodes.continue_from_srresnet_mse,
        inputs={
            "trained_generator": "srresnet_mse.generator",
            "generator": "params:generator",
            "seed": "params:seed",
        },
        outputs="initial_generator",
        name=START_NODES["srresnet_mse"],
    )
