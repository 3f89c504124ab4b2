"""Parameters checked once, where they enter: rules that join several groups, and messages that name them."""

from collections.abc import Mapping
from dataclasses import asdict
from difflib import get_close_matches
from typing import Annotated, Any, Self, get_args, get_origin

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from srgan_report.errors import InputError
from srgan_report.parameters import sections
from srgan_report.storage.paths import check_data_root
from srgan_report.variants import VARIANTS, Variant

_SMALLEST_INNER = 16  # pixels that the discriminator, of four strides, sees at least


class Parameters(sections.Section):
    """All parameters of a run, and as ``variants`` what each variant is and its ``training``."""

    seed: Annotated[int, Field(ge=0, lt=2**31)]
    data_root: Annotated[str, Field(min_length=1)]
    photographs: sections.PhotographsParameters
    split: sections.SplitParameters
    crops: sections.CropsParameters
    generator: sections.GeneratorParameters
    discriminator: sections.DiscriminatorParameters
    training: sections.TrainingParameters
    perceptual: sections.PerceptualParameters
    figures: sections.FiguresParameters
    benchmark_sets: sections.BenchmarkSetsParameters
    upscale: sections.UpscaleParameters
    export: sections.ExportParameters
    variants: dict[str, sections.VariantParameters]

    @model_validator(mode="after")
    def _source_is_complete(self) -> Self:
        source = self.photographs.source
        field = {"tfds": "name", "folder": "path"}.get(source)
        if field and not (value := getattr(self.photographs, field)):
            raise ValueError(
                f"photographs.{field} must be set where photographs.source is {source}. Received: {value!r}."
            )
        return self

    @model_validator(mode="after")
    def _variants_can_train(self) -> Self:
        for name, variant in self.variants.items():
            start, border = variant.training.start_from, variant.training.adversarial_border
            if start == name:
                raise ValueError(
                    f"{name}.training.start_from must be scratch, pretrained or saved. Received: {start!r}. "
                    "Only the other variants can start from it: set theirs, such as "
                    "srgan_mse.training.start_from."
                )
            if variant.adversarial and self.crops.size - 2 * border < _SMALLEST_INNER:
                raise ValueError(
                    f"{name}.training.adversarial_border must leave at least {_SMALLEST_INNER} pixels of "
                    f"crops.size ({self.crops.size}). Received: {border}."
                )
        return self

    @model_validator(mode="after")
    def _figures_show_what_is_held_out(self) -> Self:
        photographs = self.split.validation_size
        if max(self.figures.photographs) >= photographs:
            raise ValueError(
                "figures.photographs must be below the number of validation photographs "
                f"(split.validation_size={photographs}). Received: {self.figures.photographs}."
            )
        crops = photographs * self.crops.validation_per_photograph
        if max(self.figures.crops) >= crops:
            raise ValueError(
                f"figures.crops must be below {crops}, the number of validation crops (split.validation_size "
                f"times crops.validation_per_photograph). Received: {self.figures.crops}."
            )
        return self


def check_parameters(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Checks all parameters, spreads ``training`` to each variant, and gathers the ``protocol`` of all.

    They are as files and ``--params`` give them: a variant's name may hold ``training`` with what differs.

    Returns:
        The same parameters; under each variant's name its ``VariantParameters``; and as ``protocol`` the
        ``ProtocolParameters``.

    Raises:
        InputError: A parameter is missing, unknown, of the wrong type or out of range, or overrides what a
            variant is; the message names it.
    """
    shared = {key: value for key, value in raw.items() if key not in VARIANTS}
    if "variants" in shared:
        raise InputError(_unknown("variants"))
    resolved = {name: _resolve(variant, raw.get(name), shared) for name, variant in VARIANTS.items()}
    try:
        checked = Parameters.model_validate(shared | {"variants": resolved})
    except ValidationError as error:
        raise InputError(_describe(error)) from error
    check_data_root(checked.data_root)
    parameters = checked.model_dump()
    variants: dict[str, Any] = parameters.pop("variants")
    protocol = {name: parameters[name] for name in sections.ProtocolParameters.model_fields}
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
    names = [*_find_types(Parameters), *VARIANTS]
    if variant in VARIANTS:
        names = [f"{variant}.{each}" for each in _find_types(sections.VariantParameters)]
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


def text_parameters() -> dict[str, bool]:
    """The dotted names of all parameters that hold text, and of each whether it is a list of it."""
    return {name: list in types for name, types in _find_types(Parameters).items() if str in types}


def _find_types(section: type[BaseModel]) -> dict[str, list[Any]]:
    """The types that each parameter of a section, and each group of them, is made of, by dotted names."""
    found = {}
    for name, field in section.model_fields.items():
        types = _flatten_type(field.annotation)
        if dict not in types:  # names that users choose, and the variants
            found[name] = types
        if isinstance(group := field.annotation, type) and issubclass(group, BaseModel):
            found |= {f"{name}.{inner}": types for inner, types in _find_types(group).items()}
    return found


def _flatten_type(annotation: Any) -> list[Any]:
    """A type, and those within it: of ``list[str] | None`` ``list``, ``str`` and ``NoneType``."""
    inner = [kind for each in get_args(annotation) for kind in _flatten_type(each)]
    return [get_origin(annotation) or annotation, *inner]
