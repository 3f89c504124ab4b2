"""The typed schema of all parameters: what a run accepts, checked once and where they enter."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from difflib import get_close_matches
from typing import Annotated, Any, Self, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from srgan_report.choices import (
    Activation,
    ContentLoss,
    Damaged,
    DiscriminatorOutput,
    Downscaling,
    Formulation,
    Initialization,
    JitCompile,
    OnFailure,
    OutputActivation,
    Precision,
    Preprocessing,
    Schedule,
    Source,
    StartFrom,
    StrategyName,
    TooSmall,
    VggName,
)
from srgan_report.errors import InputError
from srgan_report.storage.data_root import check_data_root
from srgan_report.variants import BASELINES, VARIANTS, Variant

PositiveInt = Annotated[int, Field(gt=0)]
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

_SMALLEST_INNER = 16  # pixels that the discriminator, of four strides, sees at least

# Parameters of training that say how to go about it, and nothing of what comes out.
RUNTIME_ONLY = frozenset(
    {"strategy", "synchronize_batch_normalization", "resume", "checkpoint_every", "on_failure"}
)


class _Section(BaseModel):
    """A group of parameters. Unknown names are errors, so that a typo is never ignored."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PhotographsParameters(_Section):
    """Where the photographs come from."""

    source: Source
    name: str | None = None
    path: str | None = None
    damaged: Damaged = "error"


class SplitParameters(_Section):
    """How many photographs, counted from the first, are left out, and how many after them held out."""

    leave_out: Annotated[int, Field(ge=0)]
    validation_size: PositiveInt


class CropsParameters(_Section):
    """How photographs become pairs of HR and LR crops."""

    size: Annotated[int, Field(ge=32, multiple_of=4)]  # LPIPS' network needs 31 pixels to pool twice
    too_small: TooSmall
    validation_per_photograph: PositiveInt
    downscaling: Downscaling


class GeneratorParameters(_Section):
    """Where the generators of article and paper differ, and what both leave open."""

    residual_blocks: PositiveInt
    activation: Activation
    activate_residual: bool
    skip_kernel_size: Annotated[int, Field(gt=0)]
    output_activation: OutputActivation
    batch_normalization_momentum: Annotated[float, Field(ge=0, lt=1)]
    initialization: Initialization


class DiscriminatorParameters(_Section):
    """Where the discriminators of article and paper differ."""

    negative_slope: Annotated[float, Field(ge=0, lt=1)]
    output: DiscriminatorOutput


class TrainingParameters(_Section):
    """How a variant is trained."""

    start_from: StartFrom
    batch_size: PositiveInt
    epochs: PositiveInt
    steps_per_epoch: PositiveInt | None
    learning_rate: Positive
    learning_rate_schedule: Schedule
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
    precision: Precision
    jit_compile: JitCompile
    strategy: StrategyName
    synchronize_batch_normalization: bool
    resume: bool
    checkpoint_every: PositiveInt
    on_failure: OnFailure


class PerceptualScale(_Section):
    """The weight of every feature map's mean squared difference, for each network its own."""

    vgg19: Positive
    vgg16: Positive


class PerceptualParameters(_Section):
    """How photographs are compared by the feature maps of a pretrained network."""

    network: VggName
    formulation: Formulation
    preprocessing: Preprocessing
    scale: PerceptualScale


class FiguresParameters(_Section):
    """What the figures show."""

    photographs: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1, max_length=4)]
    crops: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1, max_length=4)]


class BenchmarkSetsParameters(_Section):
    """Which benchmark sets are measured, and the folder that holds one subfolder for each.

    ``others`` names methods, and the folders of the pictures that they made of the same sets.
    """

    root: str | None
    sets: Annotated[list[str], Field(min_length=1)]
    others: dict[MethodName, str]


class UpscaleParameters(_Section):
    """Which of a user's own photographs are upscaled, by which variant and where to."""

    input: str | None
    output: str | None
    variant: VariantName
    blend: Annotated[float, Field(ge=0, le=1)]
    overwrite: bool
    preview: bool


class ExportParameters(_Section):
    """Which variant's generator is exported; ``None``: every one that is saved."""

    variant: VariantName | None


class VariantParameters(_Section):
    """What a variant is, which nobody sets, and all of its ``training``, its overrides merged in."""

    name: str
    content_loss: ContentLoss
    adversarial: bool
    training: TrainingParameters


class ProtocolParameters(_Section):
    """All that every variant is trained by alike: gathered from the parameters, and set by nobody."""

    seed: int
    crops: CropsParameters
    generator: GeneratorParameters
    discriminator: DiscriminatorParameters
    perceptual: PerceptualParameters


class Parameters(_Section):
    """All parameters of a run.

    Besides those that a user sets, ``variants`` holds what each variant is and its ``training``.
    """

    seed: Annotated[int, Field(ge=0, lt=2**31)]
    data_root: Annotated[str, Field(min_length=1)]
    photographs: PhotographsParameters
    split: SplitParameters
    crops: CropsParameters
    generator: GeneratorParameters
    discriminator: DiscriminatorParameters
    training: TrainingParameters
    perceptual: PerceptualParameters
    figures: FiguresParameters
    benchmark_sets: BenchmarkSetsParameters
    upscale: UpscaleParameters
    export: ExportParameters
    variants: dict[str, VariantParameters]

    @model_validator(mode="after")
    def _data_root_can_be_used(self) -> Self:
        check_data_root(self.data_root)
        return self

    @model_validator(mode="after")
    def _source_is_complete(self) -> Self:
        for source, field in (("tfds", "name"), ("folder", "path")):
            value = getattr(self.photographs, field)
            if self.photographs.source == source and not value:
                raise ValueError(
                    f"photographs.{field} must be set where photographs.source is {source}. "
                    f"Received: {value!r}."
                )
        return self

    @model_validator(mode="after")
    def _none_starts_from_itself(self) -> Self:
        for name, variant in self.variants.items():
            start = variant.training.start_from
            if start == name:
                raise ValueError(
                    f"{name}.training.start_from must be scratch, pretrained or saved. Received: {start!r}. "
                    "Only the other variants can start from it: set theirs, such as "
                    "srgan_mse.training.start_from."
                )
        return self

    @model_validator(mode="after")
    def _borders_leave_enough(self) -> Self:
        for name, variant in self.variants.items():
            left = self.crops.size - 2 * variant.training.adversarial_border
            if variant.adversarial and left < _SMALLEST_INNER:
                raise ValueError(
                    f"{name}.training.adversarial_border must leave at least {_SMALLEST_INNER} pixels of "
                    f"crops.size ({self.crops.size}). Received: {variant.training.adversarial_border}."
                )
        return self

    @model_validator(mode="after")
    def _figures_show_what_is_held_out(self) -> Self:
        if max(self.figures.photographs) >= self.split.validation_size:
            raise ValueError(
                "figures.photographs must be below the number of validation photographs "
                f"(split.validation_size={self.split.validation_size}). Received: {self.figures.photographs}."
            )
        return self

    @model_validator(mode="after")
    def _figures_show_what_is_cut(self) -> Self:
        crops = self.split.validation_size * self.crops.validation_per_photograph
        if max(self.figures.crops) >= crops:
            raise ValueError(
                f"figures.crops must be below {crops}, the number of validation crops (split.validation_size "
                f"times crops.validation_per_photograph). Received: {self.figures.crops}."
            )
        return self


def text_parameters() -> dict[str, bool]:
    """The dotted names of all parameters that hold text, and of each whether it is a list of it."""
    return dict(_find_texts(Parameters))


def _find_names(section: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The dotted names of a section's parameters and of their groups."""
    for name, field in section.model_fields.items():
        kinds = _flatten_type(field.annotation)
        if dict in kinds:  # the variants
            continue
        yield f"{prefix}{name}"
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _find_names(kind, f"{prefix}{name}.")


def _find_texts(section: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, bool]]:
    for name, field in section.model_fields.items():
        kinds = _flatten_type(field.annotation)
        if dict in kinds:  # the variants: what they are, nobody sets
            continue
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _find_texts(kind, f"{prefix}{name}.")
        if str in kinds:
            yield f"{prefix}{name}", list in kinds


def _flatten_type(annotation: Any) -> list[Any]:
    """A type, and those within it: of ``list[str] | None`` ``list``, ``str`` and ``NoneType``."""
    inner = [kind for each in get_args(annotation) for kind in _flatten_type(each)]
    return [get_origin(annotation) or annotation, *inner]


def check_parameters(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Checks all parameters, spreads ``training`` to each variant, and gathers the ``protocol`` of all.

    Args:
        raw: Parameters as the configuration files and ``--params`` give them. A variant's name may
            hold ``training`` with what differs for that variant.

    Returns:
        The same parameters; under each variant's name its ``VariantParameters``; and as ``protocol`` the
        ``ProtocolParameters``.

    Raises:
        InputError: A parameter is missing, unknown, of the wrong type or out of range, or a
            variant's content loss or discriminator is overridden; the message names it.
    """
    shared = {key: value for key, value in raw.items() if key not in VARIANTS}
    if "variants" in shared:
        raise InputError(_unknown("variants"))
    resolved = {name: _resolve(variant, raw.get(name), shared) for name, variant in VARIANTS.items()}
    try:
        checked = Parameters.model_validate(shared | {"variants": resolved})
    except ValidationError as error:
        raise InputError(_describe(error)) from error
    parameters = checked.model_dump()
    variants: dict[str, Any] = parameters.pop("variants")
    protocol = {name: parameters[name] for name in ProtocolParameters.model_fields}
    return parameters | variants | {"protocol": protocol}


def _resolve(variant: Variant, overrides: Any, shared: Mapping[str, Any]) -> dict[str, Any]:
    """A variant's parameters: its own over the shared ones, and what it is."""
    own = _group(variant.name, overrides)
    facts = asdict(variant) | {"name": variant.name}
    for fact in facts.keys() & own.keys():
        raise InputError(
            f"{variant.name}.{fact} can't be set: it is what {variant.name} means. "
            f"Choose another variant ({', '.join(VARIANTS)}), or add one in variants.py."
        )
    training = _group("training", shared.get("training"))
    training |= _group(f"{variant.name}.training", own.get("training"))
    return own | facts | {"training": training}


def _group(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping | None):
        raise InputError(_no_group(name, value))
    return dict(value or {})


def _no_group(name: str, value: Any) -> str:
    return f"{name} should hold parameters of its own. Received: {value!r}."


def _unknown(name: str) -> str:
    reason = f"Unknown parameter {name}."
    variant = name.partition(".")[0]
    names = [*_find_names(Parameters), *VARIANTS]
    if variant in VARIANTS:
        names = [f"{variant}.{each}" for each in _find_names(VariantParameters)]
    group, dot, last = name.rpartition(".")
    elsewhere = [each for each in names if each.rpartition(".")[2] == last]
    siblings = [each.removeprefix(group + dot) for each in names if each.rpartition(".")[0] == group]
    misspelt = [f"{group}{dot}{each}" for each in get_close_matches(last, siblings, n=1)]
    if meant := elsewhere or misspelt:
        reason += f" Did you mean {' or '.join(meant)}?"
    elif "." not in name:
        known = [field for field in Parameters.model_fields if field != "variants"]
        reason += f" Known: {', '.join([*known, *VARIANTS])}."
    return reason


def _describe(error: ValidationError) -> str:
    """One line: the first problem, named as a user types it, and the names of all others."""
    problems: dict[tuple[int | str, ...], ErrorDetails] = {}
    for problem in sorted(error.errors(), key=lambda problem: problem["loc"][:1] == ("variants",)):
        location = problem["loc"]
        if location[:1] == ("variants",):
            location = location[1:]
            # What is wrong in the shared training comes up again in each variant's: name it once.
            if any(location[1:end] in problems for end in range(2, len(location) + 1)):
                continue
        problems[location] = problem
    (first, *others) = (".".join(map(str, location)) for location in problems)
    reason = _reason(first, next(iter(problems.values())))
    return reason + (f" Also wrong: {', '.join(others)}." if others else "")


def _reason(name: str, problem: ErrorDetails) -> str:
    if problem["type"] == "extra_forbidden":
        return _unknown(name)
    if problem["type"] == "missing":
        return f"Parameter {name} is missing."
    if problem["type"] in ("model_type", "dict_type"):
        return _no_group(name, problem["input"])
    message = problem["msg"].removeprefix("Value error, ")
    if not name:  # a rule of several parameters, whose message names them
        return message
    # Pydantic says "Input should be …", or "List should have …".
    return f"{name} should {message.partition(' should ')[2] or message}. Received: {problem['input']!r}."
