"""All parameters of a run, and the rules that join several of them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from srgan_report.parameters import sections
from srgan_report.parameters.sections import Section
from srgan_report.storage.data_root import check_data_root

_SMALLEST_INNER = 16  # pixels that the discriminator, of four strides, sees at least


class Parameters(Section):
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
    def _data_root_can_be_used(self) -> Self:
        check_data_root(self.data_root)
        return self

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
