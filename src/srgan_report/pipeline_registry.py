"""The pipelines that ``kedro run --pipelines=…`` knows."""

from kedro.pipeline import Pipeline

from srgan_report.pipelines.data_preparation import pipeline as data_preparation
from srgan_report.pipelines.evaluation import pipeline as evaluation
from srgan_report.pipelines.inference import pipeline as inference
from srgan_report.pipelines.reporting import pipeline as reporting
from srgan_report.pipelines.starting_points import FROM_MSE
from srgan_report.pipelines.training import pipeline as training
from srgan_report.variants import VARIANTS, Variant


def register_pipelines() -> dict[str, Pipeline]:
    """Registers the project's pipelines.

    Returns:
        ``all_variants`` (the default): everything, from photographs to report.
        ``all_variants_from_mse``: the same, but all other variants can start from the trained SRResNet-MSE
        (``training.start_from``), as the paper's SRGANs do.
        One by the name of each variant: preparation, training and evaluation of that variant alone.
        ``preparation``: the split and what is cut by it, on which the namespace of each variant runs by
        itself. ``comparison``: baselines, table, figures and report of what is saved.
        ``benchmark_sets``: every saved variant on benchmark sets such as Set5.
        ``upscale``: a user's own photographs, upscaled by a saved variant. ``export``: saved generators in
        formats that other software reads. ``save_pretrained``: saved generators, to come with the
        project.
    """
    preparation = data_preparation.create_pipeline()
    variants = {name: _create_variant_pipeline(variant) for name, variant in VARIANTS.items()}
    from_mse = {
        name: _create_variant_pipeline(variant, from_mse=name != "srresnet_mse")
        for name, variant in VARIANTS.items()
    }
    compared = evaluation.create_comparison_pipeline() + reporting.create_pipeline()
    comparison = evaluation.create_baselines_pipeline() + compared
    all_variants = preparation + sum(variants.values(), comparison)
    return {
        "__default__": all_variants,
        "all_variants": all_variants,
        FROM_MSE: preparation + sum(from_mse.values(), comparison),
        "preparation": preparation,
        "comparison": comparison,
        "benchmark_sets": evaluation.create_benchmark_sets_pipeline(),
        "upscale": inference.create_upscale_pipeline(),
        "export": inference.create_export_pipeline(),
        "save_pretrained": inference.create_pretrained_pipeline(),
        **{name: preparation + pipeline for name, pipeline in variants.items()},
    }


def _create_variant_pipeline(variant: Variant, *, from_mse: bool = False) -> Pipeline:
    trained = training.create_pipeline(variant, from_mse=from_mse) + evaluation.create_pipeline(variant)
    return trained + reporting.create_variant_pipeline(variant.name)
