"""The pipelines that ``kedro run --pipeline=…`` knows."""

from kedro.pipeline import Pipeline

from srgan_report.pipelines import comparison, crop_mapping, data_split, evaluation, figures, report, training
from srgan_report.variants import VARIANTS, Variant


def register_pipelines() -> dict[str, Pipeline]:
    """Registers the project's pipelines.

    Returns:
        ``all_variants`` (the default): everything, from photographs to report.
        One by the name of each variant: split, crops, training and evaluation of that variant alone.
        ``data_split``: the split alone. ``comparison``: table, figures and report of what is saved.
    """
    preparation = data_split.create_pipeline() + crop_mapping.create_pipeline()
    variants = {name: _create_variant_pipeline(variant) for name, variant in VARIANTS.items()}
    compared = comparison.create_pipeline() + figures.create_pipeline() + report.create_pipeline()
    baselines = evaluation.create_baselines_pipeline()
    all_variants = preparation + baselines + sum(variants.values(), Pipeline([])) + compared
    return {
        "__default__": all_variants,
        "all_variants": all_variants,
        "data_split": data_split.create_pipeline(),
        "comparison": baselines + compared,
        **{name: preparation + pipeline for name, pipeline in variants.items()},
    }


def _create_variant_pipeline(variant: Variant) -> Pipeline:
    return training.create_pipeline(variant) + evaluation.create_pipeline(variant)
