"""The pipelines that ``kedro run --pipeline=…`` knows."""

from kedro.pipeline import Pipeline

from srgan_report.pipelines import data_preparation, evaluation, inference, reporting, training
from srgan_report.pipelines.starting_points import FORMS
from srgan_report.variants import VARIANTS, Variant


def register_pipelines() -> dict[str, Pipeline]:
    """Registers the project's pipelines.

    Returns:
        ``all_variants`` (the default): everything, from photographs to report.
        ``all_variants_from_mse``: the same, but SRGANs start from the trained SRResNet-MSE, as in the paper;
        ``all_variants_fine_tuned``: all other variants do.
        One by the name of each variant: split, crops, training and evaluation of that variant alone; of
        the others also ``{variant}_from_mse``, which starts from the saved SRResNet-MSE.
        ``data_split``: the split alone. ``preparation``: the split and what is cut by it, on which the
        namespace of each variant runs by itself. ``comparison``: baselines, table, figures and report of
        what is saved.
        ``benchmark_sets``: every saved variant on benchmark sets such as Set5.
        ``upscale``: a user's own photographs, enlarged by a saved variant. ``export``: saved generators in
        formats that other software reads. ``ship``: saved generators packed to come with the project.
    """
    preparation = data_preparation.create_pipeline()
    variants = {name: _create_variant_pipeline(variant) for name, variant in VARIANTS.items()}
    from_mse = {
        name: _create_variant_pipeline(variant, from_mse=True)
        for name, variant in VARIANTS.items()
        if name != "srresnet_mse"
    }
    compared = evaluation.create_comparison_pipeline() + reporting.create_pipeline()
    baselines = evaluation.create_baselines_pipeline()

    def compare_all(pipelines: dict[str, Pipeline]) -> Pipeline:
        return preparation + baselines + sum(pipelines.values(), Pipeline([])) + compared

    all_variants = {
        form: compare_all(variants | {name: from_mse[name] for name in started})
        for form, started in FORMS.items()
    }
    return {
        "__default__": all_variants["all_variants"],
        **all_variants,
        "data_split": data_preparation.create_split_pipeline(),
        "preparation": preparation,
        "comparison": baselines + compared,
        "benchmark_sets": evaluation.create_benchmark_sets_pipeline(),
        "upscale": inference.create_upscale_pipeline(),
        "export": inference.create_export_pipeline(),
        "ship": inference.create_shipping_pipeline(),
        **{name: preparation + pipeline for name, pipeline in variants.items()},
        **{f"{name}_from_mse": preparation + pipeline for name, pipeline in from_mse.items()},
    }


def _create_variant_pipeline(variant: Variant, *, from_mse: bool = False) -> Pipeline:
    return training.create_pipeline(variant, from_mse=from_mse) + evaluation.create_pipeline(variant)
