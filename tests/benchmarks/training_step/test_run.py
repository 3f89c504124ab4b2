import json
import shutil
import sys

import pytest

from benchmarks.training_step import run, tables
from srgan_report.variants import VARIANTS


class TestMain:
    @pytest.fixture(scope="class")
    def saved(self, tmp_path_factory):
        output = tmp_path_factory.mktemp("benchmarks")
        sizes = ["--size=32", "--batch-size=2", "--repeats=1", "--largest-batch-size=2"]
        options = ["--no-bfloat16", f"--output={output}", "--memory-batch-sizes"]  # none
        run.main(["srresnet_mse", *sizes, *options])
        return output

    def test_speed(self, saved):
        result = json.loads((saved / "training_step.json").read_text())
        measured = result["speed"]["srresnet_mse"]
        assert list(measured["sides"]) == ["article", "article_without_onednn", "project"]
        for side, figures in measured["sides"].items():
            assert measured["repeats"][side] == [figures["seconds"]]
            assert figures["images_per_second"] == pytest.approx(2 / figures["seconds"])
            assert figures["first_step_seconds"] > 0
        assert measured["gflop_per_image"] == pytest.approx(
            10.4 / 16, rel=0.01
        )  # at 128 pixels 16 times that
        assert measured["matrix_product_gflops"] > 0

    def test_memory(self, saved):
        (measured,) = json.loads((saved / "training_step.json").read_text())["memory"]
        assert (measured["variant"], measured["batch_size"]) == ("srresnet_mse", 2)
        assert list(measured["sides"]) == ["project"]
        assert 0 < measured["sides"]["project"]["step_mb"] < measured["sides"]["project"]["process_mb"]

    def test_facts(self, saved):
        result = json.loads((saved / "training_step.json").read_text())
        assert set(result["versions"]) == {"TensorFlow", "Keras", "Python"}
        assert result["machine"]["cpu"]
        assert result["machine"]["cores"] >= 1
        assert result["machine"]["gpus"] >= 0
        assert "random weights" in result["settings"]["perceptual_network"]

    def test_markdown_is_of_the_json(self, saved):
        result = json.loads((saved / "training_step.json").read_text())
        assert (saved / "training_step.md").read_text() == tables.to_markdown(result) + "\n"


def test_what_was_measured_before_a_worker_ended_is_saved(tmp_path, fake_workers, monkeypatch):
    fake_workers()
    plan = [({"project": shutil.which("false")}, "srresnet_mse", 4)]
    monkeypatch.setattr(run, "plan_memory", lambda options, sides: iter(plan))
    with pytest.raises(SystemExit, match=r"The worker for project, srresnet_mse, 4 crops .* status 1"):
        run.main(["srresnet_mse", "--repeats=1", f"--output={tmp_path}"])
    result = json.loads((tmp_path / "training_step.json").read_text())
    assert result["speed"]["srresnet_mse"]["ratios"]["project"]["article"] == 2
    assert result["memory"] == []


class TestPlanMemory:
    @pytest.fixture
    def plan(self, tmp_path):
        def plan(*arguments):
            options = run.parse_arguments([*arguments, f"--output={tmp_path}"])
            sides = {"article": "python", "project": "python"}
            planned = run.plan_memory(options, sides)
            return [(len(chosen), variant, size) for chosen, variant, size in planned]

        return plan

    def test_all_variants_at_the_first_batch_size_and_two_at_the_next(self, plan):
        first = [(2, variant, 16) for variant in VARIANTS]
        second = [(2, "srresnet_mse", 64), (2, "srgan_vgg54", 64)]
        assert plan() == [*first, *second, (1, "srresnet_mse", 128)]

    def test_chosen_variants(self, plan):
        arguments = [
            "srgan_mse",
            "srgan_mse",
            "--memory-batch-sizes",
            "2",
            "3",
            "--memory-variants",
            "srgan_mse",
        ]
        assert plan(*arguments) == [(2, "srgan_mse", 2), (2, "srgan_mse", 3)]

    def test_none(self, plan):
        assert plan("--largest-batch-size=0", "--memory-batch-sizes") == []


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--no-bfloat16"], ["article", "article_without_onednn", "project"]),
        (["--bfloat16"], ["article", "article_without_onednn", "project", "project_bfloat16"]),
    ],
)
def test_sides(arguments, names, tmp_path):
    options = run.parse_arguments([*arguments, f"--output={tmp_path}"])
    assert run.choose_sides(options) == dict.fromkeys(names, sys.executable)
    options.pytorch = "other/python"
    assert run.choose_sides(options)["pytorch"] == "other/python"


def test_on_a_gpu(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "has_gpu", lambda: True)
    options = run.parse_arguments([f"--output={tmp_path}"])
    assert options.batch_size == 128
    assert list(run.choose_sides(options)) == ["article", "project", "project_bfloat16"]
    assert list(run.plan_memory(options, {"project": "python"})) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["srresnet"], f"variants: must be among {', '.join(VARIANTS)}. Received: srresnet."),
        (["--memory-variants", "x"], f"--memory-variants: must be among {', '.join(VARIANTS)}. Received: x."),
        (["--size=34"], "--size: must be an integer, at least 32 and a multiple of 4. Received: 34."),
        (["--repeats=1.5"], "--repeats: must be an integer, at least 1. Received: 1.5."),
        (
            ["--memory-batch-sizes", "4", "0"],
            "--memory-batch-sizes: must be an integer, at least 1. Received: 0.",
        ),
        (["--largest-batch-size=-1"], "--largest-batch-size: must be an integer, at least 0. Received: -1."),
        (
            ["--pytorch=no/python"],
            "--pytorch: must be the Python of an environment that has PyTorch. Received: no/python.",
        ),
        (
            ["--output=/dev/null/x"],
            "--output: must be a folder that can be written to. "
            "Received: [Errno 20] Not a directory: '/dev/null/x'.",
        ),
    ],
)
def test_bad_argument_gets_one_line(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        run.main(arguments)
    assert capsys.readouterr().err == f"argument {message}\n"


@pytest.mark.parametrize(("gpus", "name"), [(0, "training_step"), (1, "training_step_gpu")])
def test_what_a_gpu_measures_has_files_of_its_own(gpus, name):
    assert run.name_result({"gpus": gpus}) == name
