"""Which form of the pipeline of all variants suits where generators start from (``training.start_from``)."""

from typing import Any

from srgan_report.variants import VARIANTS

FROM_MSE = "all_variants_from_mse"


def read_starts(catalog: Any) -> dict[str, str]:
    """Reads every variant's ``training.start_from`` from Kedro's catalog."""
    return {name: catalog.load(f"params:{name}.training.start_from") for name in VARIANTS}


def choose_pipeline(name: str, catalog: Any) -> str:
    """Gives the pipeline to run instead of ``name``, where that has no SRResNet-MSE to start from."""
    from_mse = {variant for variant, start in read_starts(catalog).items() if start == "srresnet_mse"}
    return FROM_MSE if name in from_mse or (name == "all_variants" and from_mse) else name
