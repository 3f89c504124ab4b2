import base64
import html.parser
import io
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from kedro.framework import project
from kedro.pipeline import Pipeline
from PIL import Image

from srgan_report.errors import InputError
from srgan_report.networks import build_generator, initialize
from srgan_report.parameters.check import text_parameters
from srgan_report.pipeline_registry import register_pipelines
from srgan_report.pipelines.evaluation.pipeline import create_comparison_pipeline
from srgan_report.pipelines.reporting.nodes import FIGURES as FIGURE_NAMES
from srgan_report.pipelines.reporting.nodes import render_report
from srgan_report.pipelines.reporting.pipeline import create_pipeline
from srgan_report.pipelines.reporting.results import (
    REPORT_DATASETS,
    SPECTRA,
    describe_session,
    load_results,
    open_catalog,
)
from srgan_report.variants import VARIANTS

ROOT = Path(__file__).parents[3]
FIGURES = [
    "perception_distortion",
    "photographs",
    "spectra",
    "crop_pairs",
    "training_curves",
    "gains_over_bicubic",
    "comparison_grid",
    "error_maps",
    *(f"article_rows_{name}" for name in VARIANTS),
]


def find_figures(page):
    return re.findall(r'<figure id="([^"]+)"', page)


MEASURED = "2026-01-30T12.00.00.000Z"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run whose data lie in an empty folder of their own; this process opens its catalog."""
    run = {
        "environment": "sample",
        "runtime_params": {"data_root": str(tmp_path / "data"), "figures": {"crops": [2, 1]}},
    }
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("KEDRO_LOGGING_CONFIG", str(Path(project.__file__).parent / "default_logging.yml"))
    for name, value in describe_session(run).items():
        monkeypatch.setenv(name, value)
    return run


@pytest.fixture
def saved(run, results):
    """The same, with results saved; returns what was saved."""
    save_results(open_catalog(), results)
    return replace(results, crops=[2, 1])


def save_results(catalog, results):
    """Saves all that a report must have."""
    metrics = results.photograph_metrics
    for name in ("split", "validation_crops", "figure_photograph", "comparison", "differences", *SPECTRA):
        catalog.save(name, getattr(results, name))
    catalog.save("comparison.blends", results.blends)
    for owner, methods in (
        {"baselines": ["nearest", "bicubic"]} | {name: [name] for name in VARIANTS}
    ).items():
        for kind in ("super_resolved", "upscaled_photograph", "upscaled_photograph_metrics"):
            images = getattr(results, kind)
            catalog.save(f"{owner}.{kind}", {name: images[name] for name in methods})
        catalog.save(f"{owner}.photograph_metrics", metrics[metrics["method"].isin(methods)])
    for name in VARIANTS:
        catalog.save(f"{name}.training_history", results.histories[name])
        catalog.save(f"{name}.training_summary", results.summaries[name])
        catalog.save(f"{name}.metrics", {})


@pytest.fixture
def measured(saved, make_benchmark):
    """The same with benchmark sets measured, and one generator saved since."""
    catalog = open_catalog()
    benchmark = make_benchmark(version=saved_version(catalog))
    benchmark.loc[benchmark["method"] == "srgan_mse", "generator_version"] = MEASURED
    catalog.save("benchmark_comparison", benchmark)
    return saved


def saved_version(catalog):
    """The version of all that ``saved`` has saved."""
    return catalog["comparison"].resolve_load_version()


def put(name, data):
    """Saves data as that run's, in place of what it has saved."""
    dataset = (catalog := open_catalog())[name]
    dataset.at(dataset._get_versioned_path(saved_version(catalog))).save(data)


def test_report_comes_after_the_table_and_the_figures():
    pipeline = create_comparison_pipeline() + create_pipeline()
    assert pipeline.nodes[-1].name == "comparison.render_report"


def test_report_comes_last_in_every_pipeline_that_makes_it():
    """It shows how long every other node took."""
    pipelines = [each for each in register_pipelines().values() if "report" in each.all_outputs()]
    assert len(pipelines) == 4
    assert {pipeline.nodes[-1].name for pipeline in pipelines} == {"comparison.render_report"}


def test_report_comes_after_all_that_it_reads():
    """Tables and figures are made of the results, and these of what a variant has saved."""
    pipeline: Pipeline = create_pipeline().only_nodes("comparison.render_report")
    figures = {f"figures.{name}" for name in FIGURE_NAMES}
    assert pipeline.inputs() >= figures | {"params:run", "comparison", "differences", *SPECTRA}
    everything = register_pipelines()["all_variants"].to_nodes("comparison.render_report")
    assert everything.datasets() >= set(REPORT_DATASETS)
    assert pipeline.outputs() == {"report"}


def test_catalog_is_that_of_the_run(run, tmp_path):
    catalog = open_catalog()
    assert catalog.load("params:run").items() >= run.items()
    assert catalog.load("params:figures.crops") == [2, 1]
    assert str(catalog["split"]._filepath).startswith(str(tmp_path / "data"))


def test_catalog_of_another_environment(run):
    assert open_catalog(env="article").load("params:run")["environment"] == "article"


def test_by_hand_the_catalog_is_that_of_the_default_environment(run, monkeypatch):
    for name in describe_session(run):
        monkeypatch.delenv(name)
    monkeypatch.chdir(ROOT / "notebooks")
    catalog = open_catalog()
    own = {"environment": "sample", "conf_source": str(ROOT / "conf"), "runtime_params": {}}
    assert catalog.load("params:run") == own
    assert str(catalog["split"]._filepath).startswith(str(ROOT / "data" / "sample"))


def test_outside_of_the_project_there_is_no_catalog(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="within the project's directory"):
        open_catalog()


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_earlier_versions_can_be_loaded(run, results, monkeypatch, how):
    first = open_catalog()
    first.save("split", results.split)
    version = first["split"].resolve_load_version()
    open_catalog().save("split", results.split.head(1))
    assert len(open_catalog().load("split")) == 1
    if how == "environment":
        for name, value in describe_session(run | {"load_versions": {"split": version}}).items():
            monkeypatch.setenv(name, value)
    catalog = open_catalog(versions={"split": version} if how == "argument" else None)
    assert len(catalog.load("split")) == len(results.split)


class TestVersion:
    """Two runs: a comparison and a split of the first, another comparison of the second."""

    OLD, NEW = "2026-01-31T12.00.00.000Z", "2026-02-28T12.00.00.000Z"

    @pytest.fixture
    def runs(self, saved):
        datasets = open_catalog()
        for dataset, versions in (("comparison", (self.OLD, self.NEW)), ("lattice_peaks", (self.NEW,))):
            shutil.rmtree(datasets[dataset]._filepath)
            for rank, version in enumerate(versions):
                path = Path(datasets[dataset]._filepath) / version / f"{dataset}.csv"
                path.parent.mkdir(parents=True)
                getattr(saved, dataset).assign(run=rank).to_csv(path, index=False)

    @pytest.mark.parametrize("version", [OLD, "2026-01-31", "2026-01", "2026-02-28T11.59"])
    def test_loads_the_newest_that_is_not_later(self, runs, version):
        catalog = open_catalog(version=version)
        assert set(catalog.load("comparison")["run"]) == {0}
        assert not catalog.exists("lattice_peaks")

    @pytest.mark.parametrize("version", [NEW, "2026-02", "2026", "2027-01-01"])
    def test_of_a_later_run_is_what_that_run_saved(self, runs, version):
        catalog = open_catalog(version=version)
        assert set(catalog.load("comparison")["run"]) == {1}
        assert catalog.exists("lattice_peaks")

    def test_single_versions_go_before_it(self, runs):
        catalog = open_catalog(version=self.OLD, versions={"comparison": self.NEW})
        assert set(catalog.load("comparison")["run"]) == {1}

    def test_what_came_later_is_not_saved_yet(self, runs):
        with pytest.raises(InputError, match=r"needs data that is not saved yet .*: split, validation_crops"):
            load_results(open_catalog(version=self.OLD))

    def test_earlier_than_all_is_one_line_that_names_what_there_is(self, runs):
        expected = rf"Received: 2025\. Saved: {self.NEW}, {self.OLD}\.$"
        with pytest.raises(InputError, match=expected):
            open_catalog(version="2025")

    @pytest.mark.parametrize("version", ["nonsense", "2026-1", "latest", ""])
    def test_what_is_no_start_of_a_version_is_one_line(self, runs, version):
        with pytest.raises(InputError, match=rf"^version must be the start of one.*Received: {version}\.$"):
            open_catalog(version=version)

    def test_where_nothing_is_saved_is_one_line_too(self, run):
        with pytest.raises(InputError, match=r"Received: 2026\. Saved: none\.$"):
            open_catalog(version="2026")


def test_session_is_described_in_plain_text():
    described = describe_session(
        {"environment": "article", "runtime_params": {"seed": 1, "data_root": "a=b, c"}}
    )
    assert json.loads(described["SRGAN_REPORT_RUN"])["runtime_params"] == {"seed": 1, "data_root": "a=b, c"}


def test_results_are_loaded_as_they_were_saved(saved):
    loaded = load_results(open_catalog())
    assert loaded.environment == "sample"
    assert loaded.crops == [2, 1]
    assert loaded.summaries == saved.summaries
    assert list(loaded.super_resolved) == ["nearest", "bicubic", *VARIANTS]
    assert (loaded.super_resolved["srgan_mse"] == saved.super_resolved["srgan_mse"]).all()
    photographs = loaded.upscaled_photograph, saved.upscaled_photograph
    assert list(photographs[0]) == list(photographs[1])
    assert loaded.upscaled_photograph_metrics == saved.upscaled_photograph_metrics
    assert (photographs[0]["srgan_mse"] == photographs[1]["srgan_mse"]).all()
    assert loaded.photograph_metrics["psnr"].tolist() == saved.photograph_metrics["psnr"].tolist()
    assert set(loaded.versions) == set(REPORT_DATASETS)
    assert all(loaded.versions.values())


def test_provenance_is_optional(saved):
    loaded = load_results(open_catalog())
    assert loaded.provenance is None
    assert "provenance" not in loaded.versions


def test_provenance_is_that_of_the_version_that_the_run_names(saved):
    catalog = open_catalog()
    catalog.save("provenance", {"seed": 1})
    version = catalog["provenance"].resolve_save_version()
    assert load_results(open_catalog(versions={"provenance": version})).provenance == {"seed": 1}
    assert load_results(open_catalog(versions={"provenance": "another"})).provenance is None


def test_measures_of_what_diverged_are_left_out(measured, diverged):
    put("srgan_mse.training_summary", diverged.summaries["srgan_mse"])
    loaded = load_results(open_catalog())
    assert loaded.diverged == ["srgan_mse"]
    for table in (loaded.comparison, loaded.benchmark_comparison):
        assert set(table.loc[table["psnr"].isna(), "method"]) == {"srgan_mse"}


def test_published_results_come_with_the_project(saved):
    published = load_results(open_catalog()).published_results
    assert len(published) == 41
    assert published["psnr_db"].max() == float("inf")  # HR's own


def test_benchmarks_are_optional(saved):
    loaded = load_results(open_catalog())
    assert loaded.benchmark_comparison is None
    assert "benchmark_comparison" not in loaded.versions


def test_benchmarks_are_loaded_where_they_are_saved(measured):
    loaded = load_results(open_catalog())
    assert loaded.benchmark_comparison["psnr_y"].head(3).tolist() == [22.0, 23.0, 24.0]
    assert loaded.versions["benchmark_comparison"]


class TestBrokenOff:
    """What a later run has left that was killed while it trained."""

    @pytest.fixture
    def broken_off(self, saved):
        catalog = open_catalog()
        for name in ("split", "validation_crops", "srresnet_mse.training_history"):
            catalog.save(name, catalog.load(name))
        catalog.save("srgan_mse.training_history", catalog.load("srgan_mse.training_history").head(1))
        return saved_version(catalog)

    def test_is_not_shown_by_hand(self, broken_off):
        loaded = load_results(open_catalog())
        assert set(loaded.versions.values()) == {broken_off, "not versioned"}
        assert len(loaded.histories["srgan_mse"]) == 2

    def test_a_comparison_that_was_broken_off_is_not_shown(self, broken_off):
        catalog = open_catalog()
        catalog.save("comparison", catalog.load("comparison"))
        assert saved_version(open_catalog()) == broken_off

    def test_is_shown_if_it_is_asked_for(self, broken_off):
        later = max(path.name for path in Path(open_catalog()["split"]._filepath).iterdir())
        catalog = open_catalog(versions={"srgan_mse.training_history": later})
        assert len(catalog.load("srgan_mse.training_history")) == 1


def test_results_that_are_not_saved_are_named_with_the_run_that_makes_them(run):
    with pytest.raises(
        InputError, match=r"environment sample: split, .*kedro run --pipelines=all_variants --env=sample"
    ):
        load_results(open_catalog())


def test_results_open_without_tensorflow(saved):
    code = (
        "import sys; from srgan_report.pipelines.reporting.results import load_results, open_catalog; "
        "load_results(open_catalog()); print('tensorflow' in sys.modules)"
    )
    opened = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert opened.stdout == "False\n"  # and no line of log


def test_the_notebook_renders_to_one_page(run, saved, assert_self_contained):
    page = render_report(run | {"project": str(ROOT)}, ROOT / "notebooks")
    assert_self_contained(page)
    assert "<title>Which loss gives the best super-resolution?</title>" in page
    answer = "<strong>SRGAN-VGG54</strong> is best in PSNR (27.00 dB, bicubic 21.00 dB)"
    assert answer in " ".join(page.split())
    assert "were not tested: 2 photographs are too few" in page
    assert "<strong>One training run per variant cannot establish a ranking.</strong>" in page
    assert "variants were not measured on benchmark sets" in page
    assert ">SelfExSR</td>" in page
    assert "<strong>Undertrained.</strong>" in page
    assert "<strong>VGG16 instead of VGG19</strong>" in page
    assert find_figures(page) == FIGURES
    order = ["The answer", "Compare", "Metrics", "Perception and distortion", "All methods side by side"]
    order += ["Checkerboards", "How far to trust this"]
    assert re.findall(r"<h2[^>]*>([^<]+)", page) == order  # all else is folded
    assert len(page) < 4_000_000
    assert load_results(open_catalog()).versions["srgan_mse.training_summary"] in page
    assert "open_catalog" not in page
    assert str(run["runtime_params"]["data_root"]) not in page


def test_the_notebook_says_that_nothing_is_known_of_the_run(run, saved):
    page = render_report(run | {"project": str(ROOT)}, ROOT / "notebooks")
    assert "How these results came about is not recorded." in page
    assert "Nodes</th>" not in page


def test_the_notebook_shows_provenance_divergence_and_mixed_protocols(run, saved, diverged):
    put("provenance", saved.provenance)
    put("srgan_mse.training_summary", diverged.summaries["srgan_mse"] | {"seed": 1})
    put("srgan_mse.training_history", diverged.histories["srgan_mse"])
    put("differences", saved.differences.head(0))
    page = render_report(run | {"project": str(ROOT)}, ROOT / "notebooks")
    red = '<span style="color: #b3001b"><strong>'
    assert page.count(f"{red}Diverged: SRGAN-MSE in step 1,234") == 1
    assert page.count(f"{red}Mixed protocols.") == 1
    assert page.index("Mixed protocols.") < page.index("The answer</h2>")
    assert "diverged in step 1,234" in page
    assert saved.provenance["code"]["commit"] in page
    assert "Nodes</th>" in page
    versions = load_results(open_catalog()).versions
    sources = page.count("Source: <code>")
    assert sources == page.count("<table") - 1 + len(find_figures(page))  # the datasets' versions are a table
    assert f'<code>comparison</code> of <span style="white-space: nowrap">{versions["comparison"]}' in page


def test_the_notebook_shows_benchmarks_where_they_are_measured(run, measured, assert_self_contained):
    page = render_report(run | {"project": str(ROOT)}, ROOT / "notebooks")
    assert_self_contained(page)
    assert "<caption>Set5, 5 images</caption>" in page
    assert f"SRGAN-MSE (measured: {MEASURED}; now: {saved_version(open_catalog())})" in page
    assert find_figures(page).count("benchmark") == 1
    assert page.count("<h1") == 1


def test_the_notebook_uses_a_saved_generator(run, saved):
    put("srgan_vgg54.metrics", {"srgan_vgg54": {"psnr": 27.125, "lpips": 0.25}})
    generator = build_generator(
        residual_blocks=1,
        activation="leaky_relu",
        activate_residual=True,
        skip_kernel_size=3,
        output_activation="tanh",
        batch_normalization_momentum=0.9,
        seed=0,
    )
    put("srgan_vgg54.generator", initialize(generator, "interpolating"))
    page = render_report(run | {"project": str(ROOT)}, ROOT / "notebooks")
    version = saved_version(open_catalog())
    assert f"Version {version}: PSNR 27.12 dB" in page
    images = [re.search(rf'<img[^>]*alt="{title}"[^>]*>', page)[0] for title in ("before", "after")]
    shown = [re.search('src="([^"]+)"', image)[1] for image in images]
    sizes = [Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).size for uri in shown]
    assert sizes == [(4, 4), (16, 16)]
    assert "generator.predict" in re.sub("<[^>]+>", "", page)


HOSTILE = (
    "a`<img src=x onerror=alert(1)> \"'><svg onload=alert(2)> [b](javascript:c) ![d](javascript:e)<script>f"
)


class TestHostileNames:
    """Whatever a user, or whoever named the files, calls something is text in the report."""

    @pytest.fixture
    def run(self, tmp_path):
        """A run with such a text in every parameter that holds some, its data root included."""
        asked = {}
        for name, is_list in text_parameters().items():
            if name.endswith(".variant"):  # one of six
                continue
            *groups, last = name.split(".")
            section = asked
            for group in groups:
                section = section.setdefault(group, {})
            section[last] = [HOSTILE] if is_list else HOSTILE
        asked["photographs"]["source"] = "folder"
        asked["figures"] = {"crops": [2, 1]}
        asked["data_root"] = str(tmp_path / HOSTILE)
        return {"environment": "sample", "runtime_params": asked}

    @pytest.fixture
    def page(self, run, results, make_benchmark, monkeypatch):
        monkeypatch.chdir(ROOT)
        for name, value in describe_session(run).items():
            monkeypatch.setenv(name, value)
        for crops in (results.validation_crops, results.figure_photograph):
            crops["photograph_id"] = np.array([HOSTILE] * len(crops["photograph_id"]))
        for name, summary in results.summaries.items():
            summary["photographs"] = {"source": "folder", "name": HOSTILE, "path": HOSTILE}
            summary["damaged_photographs"] = [HOSTILE]
            if name == "srgan_mse":
                reason = {"step": 1, "last_good_step": 0, "reason": HOSTILE}
                summary |= {"status": "diverged", "diverged": reason, "warnings": [HOSTILE]}
        catalog = open_catalog()
        metrics = results.photograph_metrics.assign(photograph_id=HOSTILE)
        save_results(catalog, replace(results, photograph_metrics=metrics))
        catalog.save("benchmark_comparison", make_benchmark(sets=(HOSTILE,), version=HOSTILE))
        told = {"environment", "machine", "packages", "seconds", "asked", "runtime_params", "parameters"}
        renamed = {key: _renamed(results.provenance[key]) for key in told}
        catalog.save("provenance", results.provenance | renamed | {"parameters": run["runtime_params"]})
        return render_report(run | {"project": str(ROOT)}, ROOT / "notebooks")

    def test_are_no_markup(self, page, assert_self_contained):
        assert_self_contained(page)
        assert "onerror" in page  # as text
        parsed = _Attributes(page)
        assert [name for name, _ in parsed.attributes if name.startswith("on")] == []
        addresses = [value for name, value in parsed.attributes if name in ("href", "src", "action")]
        assert [value for value in addresses if "javascript:" in value.lower()] == []
        assert "svg" not in parsed.tags


def _renamed(value):
    """The same with every text in it replaced; names that are looked up stay."""
    if isinstance(value, dict):
        return {key: _renamed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each) for each in value]
    return HOSTILE if isinstance(value, str) else value


class _Attributes(html.parser.HTMLParser):
    """The tags of a page, and all of their attributes."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes = set(), []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes
