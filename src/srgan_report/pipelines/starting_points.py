"""Where generators start from: the nodes that stand for it, and the pipelines that hold these nodes."""

from collections.abc import Mapping
from typing import Any

from srgan_report.variants import VARIANTS

# The node that makes a variant's initial generator, by the value of its training.start_from.
START_NODES = {
    "scratch": "initialize_generator",
    "shipped": "initialize_generator",
    "saved": "initialize_generator",
    "srresnet_mse": "continue_from_srresnet_mse",
}


def read_starts(catalog: Any) -> dict[str, str]:
    """Reads every variant's ``training.start_from`` from Kedro's catalog."""
    return {name: catalog.load(f"params:{name}.training.start_from") for name in VARIANTS}


# Which variants start from the trained SRResNet-MSE in each form of the pipeline of all variants.
FORMS: dict[str, frozenset[str]] = {
    "all_variants": frozenset(),
    "all_variants_from_mse": frozenset(name for name, variant in VARIANTS.items() if variant.adversarial),
    "all_variants_fine_tuned": frozenset(VARIANTS.keys() - {"srresnet_mse"}),
}


def choose_pipeline(name: str, starts: Mapping[str, str]) -> str:
    """Tells a pipeline that starts generators from scratch from its other forms.

    Args:
        name: ``all_variants``, a variant, or any other pipeline, which has one form alone.
        starts: Every variant's ``training.start_from``.

    Returns:
        The name of the form that suits ``starts``; ``all_variants`` where none of its forms does.
    """
    from_mse = _from_mse(starts)
    if name == "all_variants":
        return next((form for form, variants in FORMS.items() if variants == from_mse), name)
    return f"{name}_from_mse" if name in from_mse else name


def has_form(starts: Mapping[str, str]) -> bool:
    """Tells whether a pipeline of all variants suits every variant's ``training.start_from``."""
    return _from_mse(starts) in FORMS.values()


def _from_mse(starts: Mapping[str, str]) -> frozenset[str]:
    return frozenset(variant for variant, start in starts.items() if start == "srresnet_mse")
