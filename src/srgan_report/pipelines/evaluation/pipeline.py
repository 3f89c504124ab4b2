"""The evaluation of each variant and of the baselines, their comparison, and benchmark sets."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from srgan_report.evaluation.benchmark_sets import average_by_set
from srgan_report.pipelines.evaluation import nodes
from srgan_report.reporting.figures import FIGURES, parameters
from srgan_report.variants import COMPARED, FAITHFUL, SHARP, Variant

_IMAGES = ["validation_crops", "figure_photograph"]
_UPSCALED = ["super_resolved", "upscaled_photograph"]
_MEASURED = ["photograph_metrics", "metrics", "upscaled_photograph_metrics"]


def create_pipeline(variant: Variant) -> Pipeline:
    """Creates the evaluation of one variant's trained generator."""
    super_resolve = Node(
        nodes.super_resolve,
        inputs=["params:name", "generator", *_IMAGES],
        outputs=_UPSCALED,
        name="super_resolve",
    )
    return _evaluate(variant.name, super_resolve, ["training_summary"], ["training_history", "article_rows"])


def create_baselines_pipeline() -> Pipeline:
    """Creates the evaluation of nearest-neighbour and bicubic interpolation.

    A namespace within the comparison's: nothing else reads it.
    """
    interpolate = Node(nodes.interpolate_all, inputs=_IMAGES, outputs=_UPSCALED, name="interpolate")
    baselines = _evaluate("baselines", interpolate)
    return Pipeline(
        baselines,
        namespace="comparison",
        inputs=set(_IMAGES),
        outputs=baselines.all_outputs(),
        parameters={"seed"},
    )


def _evaluate(owner: str, upscale: Node, summary: Sequence[str] = (), also: Sequence[str] = ()) -> Pipeline:
    """Measures what a node upscales, and gathers all that comparison and figures read of it.

    In Kedro-Viz this is the one dataset by which the namespace of each is joined to the comparison.
    """
    evaluate = Node(
        nodes.evaluate,
        inputs=[*_IMAGES, *_UPSCALED, "params:seed", *summary],
        outputs=_MEASURED,
        name="evaluate",
    )
    gather = Node(
        nodes.gather_results,
        inputs={name: name for name in (*_UPSCALED, *_MEASURED, *summary, *also)},
        outputs="results",
        name="gather_results",
    )
    steps = [upscale, evaluate, gather]
    return Pipeline(steps, namespace=owner, inputs=set(_IMAGES), parameters={"seed"})


def create_comparison_pipeline() -> Pipeline:
    """Creates the comparison of all variants and baselines from the results of each."""
    results = {name: f"{name}.results" for name in COMPARED}
    compare = Node(
        nodes.compare_all,
        inputs={"seed": "params:seed"} | results,
        outputs=["comparison", "differences"],
        name="compare",
    )
    blend = Node(
        nodes.measure_blends,
        inputs=["validation_crops", results[FAITHFUL], results[SHARP]],
        outputs="blends",
        name="measure_blends",
    )
    return Pipeline(
        [compare, blend],
        namespace="comparison",
        inputs={"validation_crops", *results.values()},
        outputs={"comparison", "differences"},
        parameters={"seed"},
    )


def create_benchmark_sets_pipeline() -> Pipeline:
    """From ``benchmark_images`` and saved or pretrained generators to tables and figures."""
    return Pipeline(
        [
            Node(
                nodes.measure_on_benchmark_sets,
                inputs=[
                    *("benchmark_images", "generators", "pretrained_generators"),
                    "params:benchmark_sets.others",
                ],
                outputs=["benchmark_metrics", "benchmark_blends"],
                name="measure_on_benchmark_sets",
            ),
            Node(
                average_by_set,
                inputs=["benchmark_metrics", "params:seed"],
                outputs="benchmark_comparison",
                name="compare_on_benchmark_sets",
            ),
            *(
                Node(FIGURES[name], inputs=parameters(name), outputs=f"figures.{name}", name=f"draw_{name}")
                for name in ("benchmark", "benchmark_planes")
            ),
        ]
    )
