"""What the content losses compared, in words."""

from collections.abc import Mapping
from typing import Any

from srgan_report.variants import VARIANTS

Summaries = Mapping[str, Mapping[str, Any]]

# As networks/perceptual.py builds them. Of each network: how many convolutions it has, and the last of them.
_CONVOLUTIONS = {"vgg19": ("sixteen", "block5_conv4"), "vgg16": ("thirteen", "block5_conv3")}

_LOSSES = {
    ("article", "vgg22"): "feature maps of {network}: its first five convolutions, to block3_conv1 (“2.2”)",
    ("article", "vgg54"): "feature maps of {network}: all its {number} convolutions, to {last} (“5.4”)",
    ("paper", "vgg22"): "one feature map of {network}: block2_conv2 (“2.2”)",
    ("paper", "vgg54"): "one feature map of {network}: {last} (“5.4”)",
    ("all_layers", "vgg22"): "pixels and feature maps of {network}: all its layers (no different from “5.4”)",
    ("all_layers", "vgg54"): "pixels and feature maps of {network}: all its layers (no different from “2.2”)",
}

_FORMULATIONS = {
    "article": (
        "The article's loss adds up what differs after every convolution on its way: “2.2” the first five, "
        "up to `block3_conv1`, which both networks have; “5.4” all of them, thirteen up to `block5_conv3`, "
        "which stands in for VGG19's sixteenth, `block5_conv4`."
    ),
    "paper": (
        "As in the paper, each loss compares a single feature map: “2.2” that of `block2_conv2`, which both "
        "networks have; “5.4” that of `block5_conv3`, the last convolution, which stands in for VGG19's "
        "`block5_conv4`."
    ),
    "all_layers": (
        "The article's first version of its loss adds up what differs after every layer, poolings included, "
        "and between the pixels themselves. It knows no “2.2” and “5.4”: the variants named so were trained "
        "with one and the same content loss."
    ),
}


def describe_content_loss(name: str, summary: Mapping[str, Any]) -> str:
    """Says what the content loss of a variant compared, in a few words.

    Args:
        name: The variant's name.
        summary: Its ``training_summary``.
    """
    perceptual = summary["parameters"]["perceptual"]
    if not perceptual:
        return "pixel mean squared error"
    number, last = _CONVOLUTIONS[perceptual["network"]]
    text = _LOSSES[_formulation(perceptual), VARIANTS[name].content_loss]
    return text.format(network=perceptual["network"].upper(), number=number, last=last)


def describe_perceptual_network(summaries: Summaries) -> str:
    """Says which network stands in for VGG19, and what of it was compared; nothing where none does.

    Args:
        summaries: Each variant's ``training_summary``.
    """
    settings = [summary["parameters"]["perceptual"] for summary in summaries.values()]
    used = [perceptual for perceptual in settings if perceptual and perceptual["network"] == "vgg16"]
    if not used:
        return ""
    raw = used[0]["preprocessing"] == "none"
    fed = "fed raw on [-1, 1], as the article feeds VGG19" if raw else "fed as it was trained"
    formulations = dict.fromkeys(_formulation(perceptual) for perceptual in used)
    return (
        "> **VGG16 instead of VGG19.** The paper and the article compare feature maps of VGG19. Here they "
        f"are VGG16's, trained on the same ImageNet and {fed}. "
        + " ".join(_FORMULATIONS[formulation] for formulation in formulations)
    )


def _formulation(perceptual: Mapping[str, Any]) -> str:
    return perceptual.get("formulation", "article")  # before there was a choice, it was the article's
