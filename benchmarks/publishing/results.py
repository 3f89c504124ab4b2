"""Publishes what runs of all variants found: in docs/results/ENVIRONMENT, and where documents quote it.

Copies an environment's latest tables, and those figures that README.md and docs/results.md show, and renews
there whatever stands between ``<!-- results: NAME -->`` and ``<!-- end -->``: no number there is typed in. A
block whose results are not published yet is left as it is. The flagship's whole report goes to docs/report.
"""

import json
import re
import shutil
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks import seeds, settings_study
from benchmarks.publishing import report
from benchmarks.publishing.markdown_tables import renew_tables, to_table
from srgan_report.reporting.text.published import PAPER, of_paper
from srgan_report.variants import METHOD_LABELS, VARIANTS

PROJECT = Path(__file__).parents[2]
RESULTS = PROJECT / "docs" / "results"
DOCUMENTS = (
    PROJECT / "README.md",
    PROJECT / "docs" / "results.md",
    PROJECT / "docs" / "checkerboards.md",
)

TABLES = ("comparison.csv", "power_spectra.csv", "lattice_peaks.csv", "benchmark_comparison.csv")
_OPTIONAL = "benchmark_comparison.csv"

_CONTENT_LOSSES = {"mse": "pixel MSE", "vgg22": "VGG, φ<sub>2,2</sub>", "vgg54": "VGG, φ<sub>5,4</sub>"}


def renew(document: str, results: Path) -> str:
    """Renews the tables in a Markdown document.

    Args:
        document: Its text.
        results: The folder that holds one for each environment, and one for the studies of settings.
    """

    def write(name: str) -> str | None:
        environment, _, kind = name.partition(" ")
        source, to_markdown = _KINDS[kind]
        path = results / environment / source
        return to_markdown(path) if path.exists() else None

    return renew_tables(document, "results", write)


def _comparison(path: Path) -> str:
    """Metrics, and what the training took."""
    table = pd.read_csv(path)
    rows = [
        {"": row.label}
        | metrics
        | {
            "PSNR over bicubic": f"{row.psnr_over_bicubic:+.2f}",
            "steps": f"{row.steps:,.0f}" if pd.notna(row.steps) else "—",
            "minutes": f"{row.training_seconds / 60:.1f}" if pd.notna(row.training_seconds) else "—",
        }
        for row, metrics in zip(table.itertuples(), _rank(table), strict=True)
    ]
    return to_table(rows)


def _pretrained(path: Path) -> str:
    """What the losses of the pretrained weights are, and their metrics."""
    table = pd.read_csv(path)
    pretrained = json.loads((PROJECT / "data" / "pretrained" / "pretrained.json").read_text())
    rows = []
    for row, metrics in zip(table.itertuples(), _rank(table), strict=True):
        content, weight = "—", "—"
        if variant := VARIANTS.get(row.method):
            content = _CONTENT_LOSSES[variant.content_loss]
            training = pretrained[row.method]["facts"]["summary"]["parameters"]["training"]
            weight = str(training["adversarial_weight"]) if variant.adversarial else "—"
        rows.append({"": row.label, "content loss": content, "adversarial weight": weight} | metrics)
    return to_table(rows, left=2)


def _rank(table: pd.DataFrame, channel: str = "") -> list[dict[str, str]]:
    """The metrics of each row (``_y``: on Y): the best of each in bold, the second best underlined."""
    suffix = channel.replace("_", "-").upper()
    metrics = {
        f"psnr{channel}": (f"PSNR{suffix}, dB ↑", ".2f"),
        f"ssim{channel}": (f"SSIM{suffix} ↑", ".4f"),
        "lpips": ("LPIPS ↓", ".4f"),
    }
    columns = {
        title: _mark(table[metric], form, lowest=title.endswith("↓"))
        for metric, (title, form) in metrics.items()
    }
    return pd.DataFrame(columns).to_dict("records")


def _mark(values: pd.Series, form: str, *, lowest: bool) -> list[str]:
    texts = [format(value, form) for value in values]
    best, second, *_ = values.reset_index(drop=True).sort_values(ascending=lowest, kind="stable").index
    texts[best], texts[second] = f"**{texts[best]}**", f"<u>{texts[second]}</u>"
    return texts


def _benchmark(path: Path) -> str:
    published = of_paper(pd.read_csv(PROJECT / "data" / "published_results.csv"))
    rows = []
    for name, measured in pd.read_csv(path).groupby("set", sort=False):
        for row, metrics in zip(measured.itertuples(), _rank(measured, "_y"), strict=True):
            theirs = published[(published["set"] == name) & (published["method"] == row.label)]["psnr_db"]
            paper = f"{theirs.iloc[0]:.2f}" if len(theirs) and pd.notna(theirs.iloc[0]) else "—"
            rows.append({"set": name, "": row.label} | metrics | {f"PSNR-Y in {PAPER}, dB": paper})
    return to_table(rows, left=2)


def _spectra(path: Path) -> str:
    """How far power is from the originals': in the upper half, at the lattice, and at any frequency."""
    spectra = pd.read_csv(path)
    upper = spectra[spectra["frequency"].between(0.25, 0.5, inclusive="right")]
    power = upper.pivot_table(index="method", columns="frequency", values="power_db")
    excess = (power - power.loc["high_resolution"]).mean(axis="columns")
    peaks = pd.read_csv(path.with_name("lattice_peaks.csv")).groupby("method")["excess_db"].max()
    highest = spectra.groupby("method")["beyond_db"].max()
    rows = [
        (
            METHOD_LABELS[method],
            f"{excess[method]:+z.1f}",
            f"{peaks[method]:+z.1f}",
            f"{highest[method]:+z.1f}",
        )
        for method in METHOD_LABELS
        if method in power.index
    ]
    rows.append(("Originals (HR)", "0.0", f"{peaks['high_resolution']:+.1f}", "0.0"))
    titles = (
        "",
        "power above 1/4 cycles per pixel, dB from HR",
        "largest lattice peak, dB over its neighbours",
        "highest power at any frequency, dB from HR",
    )
    return to_table([dict(zip(titles, row, strict=True)) for row in rows])


def _study(path: Path) -> str:
    return settings_study.to_markdown(pd.read_csv(path))


def _lattice(path: Path) -> str:
    """What each setting does for each variant: PSNR, LPIPS and the highest power beyond the originals'."""
    columns = {}
    for study, planned in settings_study.STUDIES.items():
        if study.endswith("_lattice"):
            results = pd.read_csv(path.with_name(f"{study}.csv")).set_index("setting")
            weight = planned.settings["lattice loss"]["training.lattice_weight"]
            columns[f"{VARIANTS[planned.variant].label}, weight {weight}"] = [
                f"{row.psnr:.2f} / {row.lpips:.3f} / {row.beyond_db:+z.1f}" for row in results.itertuples()
            ]
    rows = pd.DataFrame(columns, index=results.index).rename_axis("").reset_index()
    return to_table(rows.to_dict("records"))


def _seeds(path: Path) -> str:
    return seeds.to_markdown(pd.read_csv(path))


_KINDS: dict[str, tuple[str, Callable[[Path], str]]] = {
    "comparison": ("comparison.csv", _comparison),
    "pretrained": ("comparison.csv", _pretrained),
    "benchmark": ("benchmark_comparison.csv", _benchmark),
    "spectra": ("power_spectra.csv", _spectra),
    "seeds": ("seeds.csv", _seeds),
    "lattice": ("srgan_vgg54_lattice.csv", _lattice),  # the last of its studies
    **{study: (f"{study}.csv", _study) for study in settings_study.STUDIES},
}


def find_figures(environment: str, documents: Iterable[str]) -> list[str]:
    """Finds which figures of an environment the texts of documents show: their names, sorted."""
    shown = re.compile(rf"\(\S*results/{re.escape(environment)}/(\S+\.png)\)")
    return sorted({name for document in documents for name in shown.findall(document)})


def publish(data_root: Path, folder: Path, figures: Iterable[str]) -> None:
    """Copies the latest tables and figures of an environment.

    Args:
        data_root: What its runs wrote.
        folder: Where to.
        figures: The names of those that are to be copied.

    Raises:
        SystemExit: Some are not there.
    """
    find = partial(_find_latest, data_root / "08_reporting")
    found = {name: find(name) for name in TABLES} | {name: find(f"figures/{name}") for name in figures}
    missing = [name for name, path in found.items() if path is None and name != _OPTIONAL]
    if missing:
        raise SystemExit(
            f"Results can only be published after a run of all variants. Missing in {data_root}: "
            f"{', '.join(missing)}. Make them with: kedro run --pipelines=all_variants --env={data_root.name}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in found.items():
        if path is None:
            (folder / name).unlink(missing_ok=True)  # that of an earlier run
        else:
            shutil.copy(path, folder / name)


def _find_latest(reporting: Path, name: str) -> Path | None:
    return max((reporting / name).glob(f"*/{Path(name).name}"), default=None)


def main(arguments: Sequence[str] | None = None) -> None:
    """Publishes the results of some environments and renews the documents."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("environments", nargs="*", help="such as sample; read from data/ENVIRONMENT")
    documents = [document.read_text() for document in DOCUMENTS]
    for environment in parser.parse_args(arguments).environments:
        figures = find_figures(environment, documents)
        saved = [name for name in figures if name not in report.DRAWN]
        publish(PROJECT / "data" / environment, RESULTS / environment, saved)
        report.draw(environment, RESULTS / environment, sorted(set(figures) - set(saved)))
        if environment == "flagship":
            report.write_report(environment, report.FOLDER)
    for document in DOCUMENTS:
        document.write_text(renew(document.read_text(), RESULTS))


if __name__ == "__main__":
    main()
