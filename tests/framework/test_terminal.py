"""What `kedro run` prints: of a real run in a pipe and in a terminal, and of runs that never were."""

import json
import logging
import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset, Version
from kedro.pipeline import Node, Pipeline

from srgan_report.datasets import TextDataset
from srgan_report.framework.terminal import TerminalHooks
from srgan_report.pipeline_registry import register_pipelines
from srgan_report.variants import VARIANTS
from tests.running import own_lines

PROJECT = Path(__file__).parents[2]
KEDRO = Path(sys.executable).with_name("kedro")
TENSORBOARD = Path(sys.executable).with_name("tensorboard")
TINY = (
    "crops.size=32,crops.validation_per_photograph=1,figures.crops=[0],generator.residual_blocks=1,"
    "training.start_from=scratch,training.learning_rate=0.001,training.batch_size=2,training.epochs=2,"
    "training.steps_per_epoch=2"
)
LINE = re.compile(r"\d\d:\d\d:\d\d (INFO   |WARNING|ERROR  ) \S.*")
NOISE = re.compile(r"oneDNN|cuda|cuInit|absl|logging configuration|Loading data|Saving data|Completed", re.I)


def start(data_root, *arguments, pipeline="srresnet_mse", **streams):
    # Narrow: no line may depend on how wide a terminal is.
    environment = {key: value for key, value in os.environ.items() if key != "KEDRO_ENV"} | {"COLUMNS": "60"}
    command = [KEDRO, "run", f"--pipelines={pipeline}", *arguments, f"--params=data_root={data_root},{TINY}"]
    return subprocess.Popen(command, cwd=PROJECT, env=environment, **streams)


def shorten(path):
    """As one types it in the project's folder."""
    return path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path


def table_of(lines):
    """The table's rows by method: what stands in each column."""
    header, *rows = (re.split(r"\s{2,}", line) for line in lines)
    assert header == ["Method", "PSNR dB", "SSIM", "LPIPS", "Training", "Status"]
    return {row[0]: row[1:] for row in rows}


def saved_numbers(data_root, name):
    """What the table must say of a variant, by what is saved, read without Kedro."""
    (path,) = data_root.glob(f"07_model_output/{name}/metrics.json/*/metrics.json")
    metrics = json.loads(path.read_text())[name]
    return [f"{metrics['psnr']:.2f}", f"{metrics['ssim']:.4f}", f"{metrics['lpips']:.4f}"]


class TestPipe:
    @pytest.fixture(scope="class")
    def data_root(self, tmp_path_factory):
        return tmp_path_factory.mktemp("piped")

    @pytest.fixture(scope="class")
    def output(self, data_root):
        """Both streams of one run, line by line."""
        process = start(data_root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        stdout, stderr = process.communicate()
        assert process.returncode == 0, stderr
        return stdout.splitlines(), own_lines(stderr)

    def test_log_is_whole_plain_lines_on_stderr(self, output):
        assert [line for line in output[1] if not LINE.fullmatch(line)] == []

    def test_says_nothing_that_is_of_no_use(self, output):
        assert not NOISE.search("\n".join(output[0] + output[1]))

    def test_names_phases_variant_and_epochs(self, output):
        said = [line.split(maxsplit=2)[2] for line in output[1]]
        assert said[0] == "Preparing 8 photographs"
        assert said[1] == "Training 1/1 SRResNet-MSE"
        for line, epoch in zip(said[2:4], (1, 2), strict=True):
            assert re.fullmatch(rf"SRResNet-MSE  epoch {epoch}/2  PSNR \d\d\.\d\d dB  \d+ s", line)
        assert said[4] == "Measuring"
        assert re.fullmatch(r"Finished in 0:\d\d:\d\d", said[5])
        assert len(said) == 6

    def test_fits_on_a_hundred_columns(self, output):
        assert max(map(len, output[1])) <= 100

    def test_summary_says_what_is_saved_and_where(self, output, data_root):
        stdout = output[0]
        (row,) = table_of(stdout[:2]).values()
        *numbers, seconds, status = row
        assert numbers == saved_numbers(data_root, "srresnet_mse")
        assert re.fullmatch(r"0:00:\d\d", seconds)
        assert status == "finished"
        assert stdout[2:] == [
            "",
            f"Models: {data_root}/06_models",
            f"Training curves: {shorten(TENSORBOARD)} --logdir {data_root}/08_reporting/tensorboard",
        ]


class TestTerminal:
    def test_has_a_bar_and_no_colours(self, tmp_path):
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, 60))
        process = start(tmp_path, stdout=theirs, stderr=theirs, stdin=theirs)
        os.close(theirs)
        output = b""
        try:
            while chunk := os.read(ours, 4096):
                output += chunk
        except OSError:  # Linux' way to say that the other end is closed
            pass
        assert process.wait() == 0
        text = output.decode()
        assert not NOISE.search("\n".join(own_lines(text)))
        assert "\x1b" not in text
        assert re.search(r"\rSRResNet-MSE  50%\|█+ *\| 2/4 \[", text)
        # The bar is wiped before a line of the log is written.
        assert re.search(r"\r +\r\d\d:\d\d:\d\d INFO    SRResNet-MSE  epoch 1/2  .*\r\n", text)
        assert list(table_of(text.split("\r\n")[-6:-4])) == ["SRResNet-MSE"]
        assert text.startswith("Loading TensorFlow\r\n")


class TestError:
    def test_of_a_node_is_one_line_after_the_log(self, tmp_path):
        for name in ("a", "b", "c"):
            (tmp_path / f"{name}.jpg").write_text("Not a photograph.")
        folder = (
            f"--params=data_root={tmp_path / 'data'},photographs.source=folder,photographs.path={tmp_path}"
        )
        done = subprocess.run(
            [KEDRO, "run", "--pipeline=preparation", folder], cwd=PROJECT, capture_output=True, text=True
        )
        assert done.returncode == 1
        phase, error = own_lines(done.stderr)
        assert phase.endswith("INFO    Preparing 3 photographs")
        assert error.startswith("Error: 3 of 3 photographs can't be read")
        assert done.stdout == ""


class TestVerbose:
    def test_shows_kedros_own_lines(self, tmp_path):
        process = start(
            tmp_path,
            "--verbose",
            pipeline="preparation",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        stdout, stderr = process.communicate()
        assert process.returncode == 0, stderr
        for line in (
            "Loading data from photographs (PhotographsDataset)...",
            "Running node: split_photographs",
            "Node 1 of 3: split_photographs",
            "Saving data to split (CSVDataset)...",
            "Completed 1 out of 3 tasks",
        ):
            assert line in stderr
        assert stdout == ""


class TestPhases:
    def said_of(self, caplog, pipeline, *, level=logging.INFO, nodes=None):
        hooks = TerminalHooks()
        hooks.before_pipeline_run(pipeline=pipeline)
        with caplog.at_level(level, logger="srgan_report.framework.terminal"):
            for node in nodes or pipeline.nodes:
                inputs = dict.fromkeys(node.inputs, ["a photograph"] * 7)
                hooks.before_node_run(node=node, inputs=inputs)
        return caplog.messages

    def test_of_all_variants(self, caplog):
        said = self.said_of(caplog, register_pipelines()["all_variants"])
        assert said[0] == "Preparing 7 photographs"
        trained = [re.fullmatch(r"Training (\d)/6 (.*)", line) for line in said[1:7]]
        assert [match[1] for match in trained] == list("123456")
        assert {match[2] for match in trained} == {variant.label for variant in VARIANTS.values()}
        assert said[7:] == ["Measuring", "Writing the report"]

    @pytest.mark.parametrize(
        ("pipeline", "phases"),
        [
            ("preparation", ["Preparing 7 photographs"]),
            ("comparison", ["Measuring", "Writing the report"]),
            ("benchmark_sets", ["Measuring on benchmark sets"]),
            ("export", ["Exporting generators"]),
            ("upscale", []),  # which says itself what it does
        ],
    )
    def test_of_other_pipelines(self, caplog, pipeline, phases):
        assert self.said_of(caplog, register_pipelines()[pipeline]) == phases

    def test_nodes_are_for_those_who_ask(self, caplog):
        pipeline = Pipeline([Node(len, "a", "b", name="first"), Node(abs, "b", "c", name="second")])
        said = self.said_of(caplog, pipeline, level=logging.DEBUG, nodes=pipeline.nodes[1:])
        assert said == ["Node 2 of 2: second"]

    def test_a_run_says_nothing_of_the_nodes_of_another(self, caplog):
        pipeline = Pipeline([Node(len, "a", "b", name="first")])
        other = Node(abs, "b", "c", name="second")
        assert self.said_of(caplog, pipeline, level=logging.DEBUG, nodes=[other]) == []


class TestMissingGpu:
    @pytest.mark.parametrize("lacks", [False, True])
    def test_is_one_line(self, caplog, monkeypatch, lacks):
        monkeypatch.setattr("srgan_report.framework.terminal.lacks_gpu", lambda: lacks)
        TerminalHooks().before_pipeline_run(pipeline=Pipeline([]))
        assert [line.partition(" and computes")[0] for line in caplog.messages] == [
            "There is an NVIDIA driver, but TensorFlow finds no GPU"
        ] * lacks


class TestRetracing:
    def test_is_no_warning_but_others_of_tensorflow_are(self, caplog):
        TerminalHooks().before_pipeline_run(pipeline=Pipeline([]))
        logger = logging.getLogger("tensorflow")
        logger.addHandler(caplog.handler)
        logger.warning("%d out of the last %d calls to %s triggered tf.function retracing.", 5, 5, "<lambda>")
        logger.warning("Gradients do not exist.")
        logger.removeHandler(caplog.handler)
        assert "retracing" not in caplog.text
        assert "Gradients do not exist." in caplog.text


class TestSummary:
    METRICS: ClassVar = {"psnr": 25.346, "ssim": 0.71239, "lpips": 0.2}

    @pytest.fixture
    def catalog(self, tmp_path):
        """All variants are trained; SRGAN-MSE diverged."""
        catalog = {
            "params:data_root": MemoryDataset("data/sample"),
            "baselines.metrics": MemoryDataset({"nearest": self.METRICS, "bicubic": self.METRICS}),
            "report": TextDataset(
                filepath=str(tmp_path / "data" / "report.html"), version=Version(None, "v1")
            ),
        }
        for name in VARIANTS:
            diverged = name == "srgan_mse"
            # As JSON gives back what is not a number.
            measures = dict.fromkeys(self.METRICS) if diverged else self.METRICS
            summary = {"seconds": 3723.4, "status": "diverged" if diverged else "finished"}
            catalog[f"{name}.metrics"] = MemoryDataset({name: measures})
            catalog[f"{name}.training_summary"] = MemoryDataset(summary)
        return DataCatalog(catalog)

    @pytest.fixture
    def summarize(self, capsys, catalog, tmp_path):
        def summarize(*outputs, project=tmp_path):
            pipeline = Pipeline([Node(len, "start", output) for output in outputs])
            hooks = TerminalHooks()
            hooks.before_pipeline_run(pipeline=pipeline)
            hooks.after_pipeline_run(
                run_params={"project_path": str(project)}, pipeline=pipeline, catalog=catalog
            )
            captured = capsys.readouterr()
            assert captured.err == ""
            return captured.out.splitlines()

        return summarize

    def test_of_a_comparison_has_all_methods(self, summarize):
        table = table_of(summarize("comparison")[:9])
        assert list(table) == ["Nearest", "Bicubic", *(variant.label for variant in VARIANTS.values())]
        assert table["Bicubic"] == ["25.35", "0.7124", "0.2000", "-", "-"]
        assert table["SRGAN-VGG54"] == ["25.35", "0.7124", "0.2000", "1:02:03", "finished"]

    def test_a_variant_that_diverged_has_no_numbers(self, summarize):
        assert table_of(summarize("srgan_mse.metrics")[:2]) == {
            "SRGAN-MSE": ["-", "-", "-", "1:02:03", "diverged"]
        }

    def test_is_aligned(self, summarize):
        assert summarize("baselines.metrics")[:3] == [
            "Method   PSNR dB    SSIM   LPIPS  Training  Status",
            "Nearest    25.35  0.7124  0.2000         -  -",
            "Bicubic    25.35  0.7124  0.2000         -  -",
        ]

    def test_fits_on_sixty_columns(self, summarize):
        assert max(map(len, summarize("comparison")[:9])) <= 60

    def test_ends_with_the_new_report_to_click_on(self, summarize, catalog, tmp_path):
        catalog.save("report", "<html>")
        url = f"file://{tmp_path}/data/report.html/v1/report.html"
        assert summarize("comparison", "report")[-1] == f"Report: {url}"

    def test_says_so_from_the_folder_where_one_is(self, summarize, catalog, tmp_path, monkeypatch):
        (tmp_path / "notebooks").mkdir()
        monkeypatch.chdir(tmp_path / "notebooks")
        catalog.save("report", "<html>")
        lines = summarize("comparison", "report")
        assert "Models: ../data/sample/06_models" in lines

    def test_gives_whole_paths_outside_the_project(self, summarize, catalog, tmp_path):
        catalog.save("report", "<html>")
        lines = summarize("comparison", "report", project=tmp_path / "project")
        assert "Models: data/sample/06_models" in lines

    def test_gives_urls_and_what_is_on_the_local_disk(self, summarize, catalog):
        catalog["params:data_root"] = MemoryDataset("memory:///results")
        catalog["report"] = TextDataset(filepath="memory:///results/report.html", version=Version(None, "v1"))
        catalog.save("report", "<html>")
        assert summarize("comparison", "report")[-3:] == [
            "Models: memory:///results/06_models",
            f"Training curves: {TENSORBOARD} --logdir data/memory/results/08_reporting/tensorboard",
            "Report: memory:///results/report.html/v1/report.html",
        ]

    def test_says_of_no_report_where_none_was_made(self, summarize, catalog):
        catalog.save("report", "<html>")
        assert "Report: " not in "\n".join(summarize("comparison"))

    def test_says_of_no_report_where_the_catalog_has_another_librarys(self, summarize, catalog):
        catalog["report"] = MemoryDataset("<html>")
        assert "Report: " not in "\n".join(summarize("comparison", "report"))

    def test_there_is_none_of_a_run_that_trained_and_compared_nothing(self, summarize):
        assert summarize("split", "figure") == []

    def test_low_resolution_that_was_made_is_said(self, summarize, catalog):
        row = {"set": "Set5", "label": "Bicubic", "psnr_y": 28.4, "ssim_y": 0.8, "lpips": 0.3}
        row["low_resolution"] = "made by bicubic interpolation with antialiasing"
        catalog["benchmark_comparison"] = MemoryDataset(pd.DataFrame([row]))
        _, line, *_ = summarize("benchmark_metrics", "benchmark_comparison")
        assert line.endswith("  Set5 (LR made by bicubic interpolation with antialiasing)")

    def test_benchmark_sets_are_a_table_of_their_own(self, summarize, catalog):
        rows = [
            {"set": name, "label": label, "psnr_y": psnr, "ssim_y": 0.81239, "lpips": 0.3}
            | {"low_resolution": "stored"}
            for name, label, psnr in (("Set5", "Bicubic", 28.431), ("Set14", "SRGAN-MSE", 26.5))
        ]
        catalog["benchmark_comparison"] = MemoryDataset(pd.DataFrame(rows))
        assert summarize("benchmark_metrics", "benchmark_comparison") == [
            "Method     PSNR-Y dB  SSIM-Y   LPIPS  Set",
            "Bicubic        28.43  0.8124  0.3000  Set5",
            "SRGAN-MSE      26.50  0.8124  0.3000  Set14",
            "",
            "A report with these, in the same environment (--env): kedro run --pipelines=comparison",
        ]
