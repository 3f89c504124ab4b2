"""The groups of parameters, typed: what a run accepts of each."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt

from srgan_report import choices
from srgan_report.variants import BASELINES, VARIANTS

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _known_variant(name: str) -> str:
    if name not in VARIANTS:
        raise ValueError(f"Input should be {', '.join(VARIANTS)}")
    return name


VariantName = Annotated[str, AfterValidator(_known_variant)]


def _not_ours(name: str) -> str:
    ours = {*BASELINES, *BASELINES.values(), *VARIANTS, *(variant.label for variant in VARIANTS.values())}
    if not name.strip() or name in ours:
        raise ValueError("Input should be a name that no method of this project has")
    return name


MethodName = Annotated[str, AfterValidator(_not_ours)]


class Section(BaseModel):
    """A group of parameters. Unknown names are errors, so that a typo is never ignored."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PhotographsParameters(Section):
    """Where the photographs come from."""

    source: choices.Source
    name: str | None = None
    path: str | None = None
    damaged: choices.Damaged = "error"


class SplitParameters(Section):
    """How many photographs, counted from the first, are left out, and how many after them held out."""

    leave_out: NonNegativeInt
    validation_size: PositiveInt


class CropsParameters(Section):
    """How photographs become pairs of HR and LR crops."""

    size: Annotated[int, Field(ge=32, multiple_of=4)]  # LPIPS' network needs 31 pixels to pool twice
    too_small: choices.TooSmall
    validation_per_photograph: PositiveInt
    downscaling: choices.Downscaling


class GeneratorParameters(Section):
    """Where the generators of article and paper differ, and what both leave open."""

    residual_blocks: PositiveInt
    activation: choices.Activation
    activate_residual: bool
    skip_kernel_size: PositiveInt
    output_activation: choices.OutputActivation
    batch_normalization_momentum: Annotated[float, Field(ge=0, lt=1)]
    initialization: choices.Initialization


class DiscriminatorParameters(Section):
    """Where the discriminators of article and paper differ."""

    negative_slope: Annotated[float, Field(ge=0, lt=1)]
    output: choices.DiscriminatorOutput


class TrainingParameters(Section):
    """How a variant is trained."""

    start_from: choices.StartFrom
    batch_size: PositiveInt
    epochs: PositiveInt
    steps_per_epoch: PositiveInt | None
    learning_rate: Positive
    learning_rate_schedule: choices.Schedule
    ema_momentum: Annotated[float, Field(gt=0, lt=1)] | None
    shuffle: bool
    roll: bool
    adversarial_weight: NonNegative
    total_variation_weight: NonNegative
    lattice_weight: NonNegative
    spectral_weight: NonNegative
    chroma_weight: NonNegative
    consistency_weight: NonNegative
    adversarial_border: Annotated[int, Field(ge=0, multiple_of=4)]
    augment: bool
    precision: choices.Precision
    jit_compile: choices.JitCompile
    strategy: choices.StrategyName
    synchronize_batch_normalization: bool
    resume: bool
    checkpoint_every: PositiveInt
    on_failure: choices.OnFailure


class PerceptualScale(Section):
    """The weight of every feature map's mean squared difference, for each network its own."""

    vgg19: Positive
    vgg16: Positive


class PerceptualParameters(Section):
    """How photographs are compared by the feature maps of a pretrained network."""

    network: choices.VggName
    formulation: choices.Formulation
    preprocessing: choices.Preprocessing
    scale: PerceptualScale


class FiguresParameters(Section):
    """What the figures show."""

    photographs: Annotated[list[NonNegativeInt], Field(min_length=1, max_length=4)]
    crops: Annotated[list[NonNegativeInt], Field(min_length=1, max_length=4)]


class BenchmarkSetsParameters(Section):
    """Which sets are measured, in subfolders of which root; by names of other methods, their folders."""

    root: str | None
    sets: Annotated[list[str], Field(min_length=1)]
    others: dict[MethodName, str]


class UpscaleParameters(Section):
    """Which of a user's own photographs are upscaled, by which variant and where to."""

    input: str | None
    output: str | None
    variant: VariantName
    blend: Annotated[float, Field(ge=0, le=1)]
    overwrite: bool
    preview: bool


class ExportParameters(Section):
    """Which variant's generator is exported; ``None``: every one that is saved."""

    variant: VariantName | None


class VariantParameters(Section):
    """What a variant is, which nobody sets, and all of its ``training``, its overrides merged in."""

    name: str
    content_loss: choices.ContentLoss
    adversarial: bool
    training: TrainingParameters


class ProtocolParameters(Section):
    """All that every variant is trained by alike: gathered from the parameters, and set by nobody."""

    seed: int
    crops: CropsParameters
    generator: GeneratorParameters
    discriminator: DiscriminatorParameters
    perceptual: PerceptualParameters
