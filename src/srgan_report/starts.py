"""Where generators start from: the nodes that stand for it, and the pipelines that hold these nodes."""

from collections.abc import Mapping
from typing import Any

from srgan_report.variants import VARIANTS

# The node that makes a variant's initial generator, by the value of its training.start_from.
START_NODES = {"scratch": "initialize_generator", "srresnet_mse": "continue_from_srresnet_mse"}


def read_starts(catalog: Any) -> dict[str, str]:
    """Reads every variant's ``training.start_from`` from Kedro's catalog."""
    return {name: catalog.load(f"params:{name}.training.start_from") for name in VARIANTS}


def choose_pipeline(name: str, starts: Mapping[str, str]) -> str:
    """Tells a pipeline that starts generators from scratch from its other form.

    Args:
        name: ``all_variants``, a variant, or any other pipeline, which has one form alone.
        starts: Every variant's ``training.start_from``.

    Returns:
        The name of the form that suits ``starts``: with ``_from_mse`` behind it, or as it is.
    """
    involved = starts if name == "all_variants" else {name} & starts.keys()
    return f"{name}_from_mse" if "srresnet_mse" in {starts[variant] for variant in involved} else name
