import json

import pandas as pd
import pytest

from benchmarks import seeds, settings_study


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with the start, whose runs save metrics, and a list of their commands."""
    start = tmp_path / "data" / "flagship" / "06_models" / "srresnet_mse"
    (start / "generator.keras" / "v1").mkdir(parents=True)
    (start / "generator.keras" / "v1" / "generator.keras").touch()
    commands = []

    def run(command, cwd, check):
        assert (cwd, check) == (tmp_path, True)
        commands.append(command[command.index("run") + 1 :])
        if "--pipelines=preparation" in command:
            (tmp_path / "root" / "prepared" / "02_intermediate").mkdir(parents=True)
            (tmp_path / "root" / "prepared" / "03_primary").mkdir(parents=True)
            (tmp_path / "root" / "prepared" / "03_primary" / "crops").touch()
            return
        variant, seed = "srgan_vgg54", 2018
        folder = tmp_path / "root" / variant / str(seed)
        assert (folder / "03_primary" / "crops").exists()  # the crops are those of the flagship's seed
        assert (folder / "06_models" / "srresnet_mse" / "generator.keras").exists()
        metrics = folder / "07_model_output" / variant / "metrics.json" / "v1"
        metrics.mkdir(parents=True)
        content = {variant: {"psnr": 24.0, "ssim": 0.5, "lpips": 0.125, "psnr_y": 25.0}}
        (metrics / "metrics.json").write_text(json.dumps(content))

    monkeypatch.setattr(settings_study, "PROJECT", tmp_path)
    monkeypatch.setattr(settings_study, "START", start)
    monkeypatch.setattr(seeds.subprocess, "run", run)
    return commands


def test_trains_from_the_same_start_on_the_same_crops_and_once(project):
    expected = {"variant": "srgan_vgg54", "seed": 2018, "psnr": 24.0, "ssim": 0.5, "lpips": 0.125}
    root = settings_study.PROJECT / "root"
    assert seeds.measure("srgan_vgg54", 2018, root) == expected
    assert [command[1] for command in project] == [
        "--pipelines=preparation",
        "--pipelines=all_variants_from_mse",
    ]
    assert "seed=2018" in project[1][-1]
    assert "seed" not in project[0][-1].partition("data_root")[2].replace(str(root), "")
    assert seeds.measure("srgan_vgg54", 2018, root) == expected
    assert len(project) == 2


def test_table_has_the_mean_and_the_range():
    table = pd.DataFrame(
        {
            "variant": ["srgan_vgg54"] * 3,
            "seed": [1, 2, 3],
            "psnr": [22.9, 23.5, 23.5],
            "ssim": [0.631, 0.64, 0.649],
            "lpips": [0.15, 0.14, 0.13],
        }
    )
    assert seeds.to_markdown(table).splitlines()[2] == (
        "| SRGAN-VGG54 | 3 | 23.30 (22.90 to 23.50) | 0.6400 (0.6310 to 0.6490) | 0.1400 (0.1300 to 0.1500) |"
    )
