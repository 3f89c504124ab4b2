"""What a run says in the terminal: how far it is, and in the end its results and where they are."""

import logging
import math
import os
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from kedro.framework.hooks import hook_impl
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from srgan_report.framework.provenance import Catalog
from srgan_report.provenance.facts import lacks_gpu
from srgan_report.storage.paths import is_url, local_root
from srgan_report.ticking import TICKER
from srgan_report.variants import COMPARED, VARIANTS

Row = tuple[str, ...]

_HEADER = ("Method", "PSNR dB", "SSIM", "LPIPS", "Training", "Status")
_BENCHMARK_HEADER = ("Method", "PSNR-Y dB", "SSIM-Y", "LPIPS", "Set")
_BENCHMARK_HINT = "A report with these, in the same environment (--env): kedro run --pipelines=comparison"
_NOTHING = "-"
_NO_GPU = (
    "There is an NVIDIA driver, but TensorFlow finds no GPU and computes on the CPU. If CUDA's libraries are "
    "missing: pip install -e '.[gpu]'. CUDA_VISIBLE_DEVICES=-1 chooses the CPU, without this warning."
)

_MEASURING = "Measuring"
# What begins with a node, unless it prepares photographs, trains or compares.
_PHASES = {
    "super_resolve": _MEASURING,
    "evaluate": _MEASURING,
    "measure_on_benchmark_sets": "Measuring on benchmark sets",
    "export_generators": "Exporting generators",
    "prepare_pretrained": "Preparing pretrained generators",
}
# They show by a bar how far they are.
_WITH_BARS = {"split_photographs", "train", "measure_on_benchmark_sets", "upscale_photographs"}

logger = logging.getLogger(__name__)


class TerminalHooks:
    """Logs each phase of a run as it begins, with ``--verbose`` each node; prints a summary in the end."""

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline) -> None:
        logging.getLogger("tensorflow").addFilter(_is_no_retracing)
        if lacks_gpu():
            logger.warning(_NO_GPU)
        self._started = time.monotonic()
        self._nodes = [node.name for node in pipeline.nodes]  # with those that --only-missing-outputs skips
        self._trainings = sum(node.endswith(".train") for node in self._nodes)
        self._trained, self._phase = 0, ""

    @hook_impl
    def before_node_run(self, node: Node, inputs: dict[str, Any]) -> None:
        if node.name not in self._nodes:  # a node of another run
            return
        number = self._nodes.index(node.name) + 1
        logger.debug("Node %d of %d: %s", number, len(self._nodes), node.name)
        name = node.name.rpartition(".")[2]
        phase = self._find_phase(name, node.namespace or "", inputs)
        if phase and phase != self._phase:
            TICKER.stop()
            logger.info(phase)
            self._phase = phase
        if name in _WITH_BARS:
            TICKER.stop()
        else:
            label = VARIANTS[node.namespace].label if node.namespace in VARIANTS else ""
            TICKER.show(f"{self._phase}  {label}".rstrip())

    def _find_phase(self, name: str, owner: str, inputs: dict[str, Any]) -> str | None:
        if name == "train":
            self._trained += 1
            return f"Training {self._trained}/{self._trainings} {VARIANTS[owner].label}"
        if owner == "comparison.baselines":
            return None if self._trainings else _MEASURING  # they are done while photographs are prepared
        if owner == "comparison":
            return None if name == "measure_blends" else "Writing the report"  # it may come before or after
        if "photographs" in inputs:
            return f"Preparing {len(inputs['photographs'])} photographs"
        return _PHASES.get(name)

    @hook_impl
    def on_pipeline_error(self) -> None:
        TICKER.stop()

    @hook_impl
    def after_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: Catalog) -> None:
        TICKER.stop()
        logger.info("Finished in %s", timedelta(seconds=round(time.monotonic() - self._started)))
        outputs = pipeline.all_outputs()
        if rows := list(_rows(outputs, catalog)):
            project = Path(run_params["project_path"])
            _print(_HEADER, rows, "\n".join(_places(outputs, catalog, project)))
        if "benchmark_comparison" in outputs:
            _print(_BENCHMARK_HEADER, list(_benchmark_rows(catalog)), _BENCHMARK_HINT)


def _is_no_retracing(record: logging.LogRecord) -> bool:
    """Drops TensorFlow's warnings about retracing: each generator has its own tf.function."""
    return "triggered tf.function retracing" not in record.getMessage()


def _rows(outputs: set[str], catalog: Catalog) -> Iterator[Row]:
    """A row for each method that the run measured or compared, by its saved metrics."""
    for name in COMPARED:
        if not {f"{name}.metrics", "comparison"} & outputs:
            continue
        metrics = catalog[f"{name}.metrics"].load()
        if name in VARIANTS:
            summary = catalog[f"{name}.training_summary"].load()
            training = (str(timedelta(seconds=round(summary["seconds"]))), summary["status"])
            yield VARIANTS[name].label, *_format(metrics[name]), *training
        else:
            for method, values in metrics.items():
                yield method.capitalize(), *_format(values), _NOTHING, _NOTHING


def _benchmark_rows(catalog: Catalog) -> Iterator[Row]:
    """A row for each set and method, as they were averaged."""
    for row in catalog["benchmark_comparison"].load().to_dict("records"):
        made = "" if row["low_resolution"] == "stored" else f" (LR {row['low_resolution']})"
        yield row["label"], *_format(row, ("psnr_y", "ssim_y", "lpips")), f"{row['set']}{made}"


def _format(metrics: dict[str, float], names: tuple[str, ...] = ("psnr", "ssim", "lpips")) -> Row:
    values = [math.nan if metrics[name] is None else metrics[name] for name in names]  # as JSON has it
    pairs = zip(values, (2, 4, 4), strict=True)
    return tuple(f"{value:.{digits}f}" if math.isfinite(value) else _NOTHING for value, digits in pairs)


def _print(header: Row, rows: list[Row], below: str) -> None:
    """Prints a table: methods and how their training ended to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for method, *numbers, status in (header, *rows):
        cells = [cell.rjust(width) for cell, width in zip(numbers, widths[1:-1], strict=True)]
        click.echo("  ".join([method.ljust(widths[0]), *cells, status]))
    click.echo(f"\n{below}")


def _places(outputs: set[str], catalog: Catalog, project: Path) -> Iterator[str]:
    """Where models and TensorBoard's event files are, and the report, to open in a browser."""
    data_root = catalog["params:data_root"].load()
    results = data_root.rstrip("/") if is_url(data_root) else str(project / data_root)
    yield f"Models: {_shorten(results, project)}/06_models"
    local = _shorten(str(project / local_root(data_root)), project)
    tensorboard = _shorten(str(Path(sys.executable).with_name("tensorboard")), project)
    yield f"Training curves: {tensorboard} --logdir {local}/08_reporting/tensorboard"
    report: Any = catalog["report"] if "report" in outputs else None
    if hasattr(report, "locate"):  # users may have one of another library's
        place = report.locate()
        yield f"Report: {place if is_url(place) else Path(place).absolute().as_uri()}"


def _shorten(place: str, project: Path) -> str:
    """A path as one would type it in the project's folder, or below it where one is there; a URL as it is."""
    here = Path.cwd() if Path.cwd().is_relative_to(project) else project
    return os.path.relpath(place, here) if Path(place).is_relative_to(project) else place
