"""The six variants of the article, what each of them is, and what they are compared with."""

from collections.abc import Iterable
from dataclasses import dataclass

from srgan_report.choices import ContentLoss

SCALE = 4  # how many times smaller the low resolution is (article: crops of 128 pixels, copies of 32)


@dataclass(frozen=True)
class Variant:
    """One way to train the generator: a content loss, with or without an adversarial term.

    Attributes:
        content_loss: ``mse`` (pixel mean squared error), ``vgg22`` or ``vgg54`` (feature maps of
            a VGG network; Ledig et al. 2017, equation 5).
        adversarial: Whether a discriminator is trained against the generator (equation 6).
    """

    content_loss: ContentLoss
    adversarial: bool

    @property
    def name(self) -> str:
        """Its name in the catalog, in parameters and on the command line: ``srgan_vgg54``."""
        return f"{'srgan' if self.adversarial else 'srresnet'}_{self.content_loss}"

    @property
    def label(self) -> str:
        """Its name in figures and tables, as the paper writes it: ``SRGAN-VGG54``."""
        network = "SRGAN" if self.adversarial else "SRResNet"
        return f"{network}-{self.content_loss.upper()}"

    @property
    def perceptual(self) -> bool:
        """Whether its content loss compares feature maps of a pretrained network."""
        return self.content_loss != "mse"


# In the article's order.
VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for variant in (
        Variant("mse", adversarial=False),
        Variant("vgg22", adversarial=False),
        Variant("vgg54", adversarial=False),
        Variant("mse", adversarial=True),
        Variant("vgg22", adversarial=True),
        Variant("vgg54", adversarial=True),
    )
}

# What pictures are averaged of, from the share 0 to 1: the closest to the original, and the sharpest.
FAITHFUL, SHARP = "srresnet_mse", "srgan_vgg54"

# What variants are compared with: the names of the methods of interpolation, and how figures write them.
BASELINES: dict[str, str] = {"nearest": "Nearest", "bicubic": "Bicubic"}

# How figures and tables write all methods, baselines first.
METHOD_LABELS: dict[str, str] = BASELINES | {name: variant.label for name, variant in VARIANTS.items()}

# The namespaces of all that is compared.
COMPARED = ("baselines", *VARIANTS)


def name_datasets(names: Iterable[str]) -> str:
    """Names datasets of the catalog: ``split, srgan_mse.metrics``, or ``split, srgan_mse (7 datasets)``."""
    owners: dict[str, list[str]] = {}
    for name in names:
        owners.setdefault(name.partition(".")[0], []).append(name)
    parts = [
        f"{owner} ({len(of)} datasets)" if len(of) > 2 else ", ".join(of) for owner, of in owners.items()
    ]
    return ", ".join(parts)
