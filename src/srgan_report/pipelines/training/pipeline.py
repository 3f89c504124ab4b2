"""The training of one variant, within the variant's namespace."""

from kedro.pipeline import Node, Pipeline

from srgan_report.pipelines.crop_mapping.nodes import map_training_crops
from srgan_report.pipelines.training import nodes
from srgan_report.variants import Variant


def create_pipeline(variant: Variant) -> Pipeline:
    """Creates the training of one variant, from the split to its trained networks.

    Args:
        variant: Decides which networks are needed; all else is the same for all variants.
    """
    networks = {"generator": "initial_generator"}
    trained = {"generator": "generator", "training_history": "training_history"}
    summarized = {"trained_generator": "generator"}
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
                "seed": "params:seed",
            },
            outputs="training_crops",
            name="map_training_crops",
        ),
        Node(
            nodes.initialize_generator,
            inputs={"generator": "params:generator", "seed": "params:seed"},
            outputs="initial_generator",
            name="initialize_generator",
        ),
    ]
    if variant.adversarial:
        steps.append(
            Node(
                nodes.initialize_discriminator,
                inputs={"crops": "params:crops", "generator": "params:generator", "seed": "params:seed"},
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
    steps += [
        Node(
            nodes.train,
            inputs=networks
            | {
                "name": "params:name",
                "training_crops": "training_crops",
                "validation_crops": "validation_crops",
                "training": "params:training",
                "perceptual": "params:perceptual",
                "data_root": "params:data_root",
            },
            outputs=trained,
            name="train",
        ),
        Node(
            nodes.summarize_training,
            inputs=summarized
            | {
                "name": "params:name",
                "training_history": "training_history",
                "training_crops": "training_crops",
                "seed": "params:seed",
                "photographs": "params:photographs",
                "crops": "params:crops",
                "generator": "params:generator",
                "training": "params:training",
                "perceptual": "params:perceptual",
            },
            outputs="training_summary",
            name="summarize_training",
        ),
    ]
    return Pipeline(
        steps,
        namespace=variant.name,
        inputs={"photographs", "split", "validation_crops"},
        parameters={
            "seed",
            "data_root",
            "photographs",
            "crops",
            "crops.size",
            "crops.too_small",
            "generator",
            "perceptual",
        },
    )
