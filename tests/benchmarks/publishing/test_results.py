import re
import shutil

import pandas as pd
import pytest

from benchmarks.publishing import results as publish_results

FIGURES = ("spectra.png", "training_curves.png")
VERSIONS = ("2026-01-01T00.00.00.000Z", "2026-01-02T00.00.00.000Z")


@pytest.fixture
def data_root(tmp_path):
    """What two runs wrote, the second with other numbers and without benchmark sets."""
    reporting = tmp_path / "data" / "sample" / "08_reporting"
    for version, psnr in zip(VERSIONS, (20.0, 25.0), strict=True):

        def save(name, rows, version=version):
            path = reporting / name / version / name
            path.parent.mkdir(parents=True)
            pd.DataFrame(rows).to_csv(path, index=False)

        row = {"label": "Bicubic", "psnr": psnr, "psnr_over_bicubic": 0.0, "ssim": 0.5, "lpips": 0.25}
        trained = row | {"label": "SRGAN-MSE", "psnr": psnr + 1.5, "psnr_over_bicubic": 1.5}
        budget = {"steps": 2000, "training_seconds": 90.0}
        save("comparison.csv", [row, trained | budget])
        save(
            "power_spectra.csv",
            [
                {"method": method, "frequency": frequency, "power_db": power, "beyond_db": beyond}
                for method, powers in (("high_resolution", (50, 9, 11, 30)), ("bicubic", (49, 4, 5, 31)))
                for frequency, power, beyond in zip(
                    (0.2, 0.4, 0.5, 0.6), powers, (-1, 0, 2.5, 1), strict=True
                )
            ],
        )
        save(
            "lattice_peaks.csv",
            [
                {"method": method, "direction": "horizontal", "frequency": 0.25, "excess_db": excess}
                for method, excess in (("high_resolution", 0.5), ("bicubic", 1.25), ("bicubic", -3.0))
            ],
        )
        for name in FIGURES:
            path = reporting / "figures" / name / version / name
            path.parent.mkdir(parents=True)
            path.write_bytes(f"{name} of {version}".encode())
    benchmark = {"set": "Set5", "label": "Bicubic", "psnr_y": 28.5, "ssim_y": 0.8, "lpips": 0.3}
    path = reporting / "benchmark_comparison.csv" / VERSIONS[0] / "benchmark_comparison.csv"
    path.parent.mkdir(parents=True)
    ours = benchmark | {"label": "SRResNet-MSE", "psnr_y": 31.5, "lpips": 0.2}
    rows = [each | {"set": name} for name in ("Set5", "Set14") for each in (benchmark, ours)]
    pd.DataFrame(rows).to_csv(path, index=False)
    return tmp_path / "data" / "sample"


@pytest.fixture
def results(data_root, tmp_path):
    publish_results.publish(data_root, tmp_path / "results" / "sample", FIGURES)
    return tmp_path / "results"


def quote(results, name):
    document = f"Before\n<!-- results: {name} -->\nold\n<!-- end -->\nAfter\n"
    renewed = publish_results.renew(document, results)
    assert renewed.startswith(f"Before\n<!-- results: {name} -->\n")
    assert renewed.endswith("<!-- end -->\nAfter\n")
    return renewed.splitlines()[2:-2]


class TestDocuments:
    @pytest.mark.parametrize("document", publish_results.DOCUMENTS, ids=lambda document: document.name)
    def test_quote_the_published_results(self, document):
        text = document.read_text()
        assert "<!-- results: " in text
        assert publish_results.renew(text, publish_results.RESULTS) == text

    @pytest.mark.parametrize("document", publish_results.DOCUMENTS, ids=lambda document: document.name)
    def test_show_pictures_that_are_there(self, document):
        pictures = re.findall(r"\]\(([^)]+\.(?:png|webp))\)", document.read_text())
        assert pictures
        assert [name for name in pictures if not (document.parent / name).exists()] == []

    def test_show_all_pictures_that_are_published(self):
        texts = [document.read_text() for document in publish_results.DOCUMENTS]
        for folder in publish_results.RESULTS.iterdir():
            pictures = sorted(path.name for path in folder.glob("*.png"))
            assert publish_results.find_figures(folder.name, texts) == pictures


class TestPublish:
    def test_the_latest_version_counts(self, results):
        assert quote(results, "sample comparison")[2:] == [
            "| Bicubic | <u>25.00</u> | **0.5000** | **0.2500** | +0.00 | — | — |",
            "| SRGAN-MSE | **26.50** | <u>0.5000</u> | <u>0.2500</u> | +1.50 | 2,000 | 1.5 |",
        ]

    def test_pretrained_weights_have_their_losses_and_the_same_metrics(self):
        lines = {
            name: quote(publish_results.RESULTS, f"flagship {name}") for name in ("pretrained", "comparison")
        }
        cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines["pretrained"][2:]]
        assert [row[:3] for row in cells[1:]] == [
            ["Bicubic", "—", "—"],
            ["SRResNet-MSE", "pixel MSE", "—"],
            ["SRResNet-VGG22", "VGG, φ<sub>2,2</sub>", "—"],
            ["SRResNet-VGG54", "VGG, φ<sub>5,4</sub>", "—"],
            ["SRGAN-MSE", "pixel MSE", "0.001"],
            ["SRGAN-VGG22", "VGG, φ<sub>2,2</sub>", "0.02"],
            ["SRGAN-VGG54", "VGG, φ<sub>5,4</sub>", "0.001"],
        ]
        for line, (name, *_, psnr, ssim, lpips) in zip(lines["comparison"][2:], cells, strict=True):
            assert line.startswith(f"| {name} | {psnr} | {ssim} | {lpips} |")

    def test_spectra_are_compared_with_the_originals(self, results):
        # From 0.25 to 0.5 5 and 6 dB less than the originals; the larger one of two peaks; the highest.
        assert quote(results, "sample spectra")[2:] == [
            "| Bicubic | -5.5 | +1.2 | +2.5 |",
            "| Originals (HR) | 0.0 | +0.5 | 0.0 |",
        ]

    def test_studies_of_the_lattice_loss_stand_side_by_side(self, tmp_path):
        folder = tmp_path / "settings_study"
        folder.mkdir()
        names = ("srresnet_vgg22", "srresnet_vgg54", "srgan_mse", "srgan_vgg54")
        for number, name in enumerate(names):
            rows = [
                {"setting": setting, "psnr": 25 + number, "lpips": lpips, "beyond_db": 2.345}
                for setting, lpips in (("reference", 0.25), ("lattice loss", 0.1254))
            ]
            pd.DataFrame(rows).to_csv(folder / f"{name}_lattice.csv", index=False)
        table = quote(tmp_path, "settings_study lattice")
        assert table[0] == (
            "|  | SRResNet-VGG22, weight 240 | SRResNet-VGG54, weight 30 | SRGAN-MSE, weight 30 "
            "| SRGAN-VGG54, weight 30 |"
        )
        assert (
            table[3]
            == "| lattice loss | "
            + " | ".join(f"{number}.00 / 0.125 / +2.3" for number in (25, 26, 27, 28))
            + " |"
        )

    def test_benchmark_sets_stand_beside_the_papers(self, results):
        # 28.43 dB is what the paper has of bicubic interpolation on Set5. Each set has its own best.
        assert quote(results, "sample benchmark")[2:] == [
            "| Set5 | Bicubic | <u>28.50</u> | **0.8000** | <u>0.3000</u> | 28.43 |",
            "| Set5 | SRResNet-MSE | **31.50** | <u>0.8000</u> | **0.2000** | 32.05 |",
            "| Set14 | Bicubic | <u>28.50</u> | **0.8000** | <u>0.3000</u> | 25.99 |",
            "| Set14 | SRResNet-MSE | **31.50** | <u>0.8000</u> | **0.2000** | 28.49 |",
        ]

    def test_what_is_not_published_is_left_as_it_is(self, results):
        assert quote(results, "flagship comparison") == ["old"]

    def test_figures_are_those_of_the_latest_run(self, data_root, results):
        for name in FIGURES:
            saved = data_root / "08_reporting" / "figures" / name / VERSIONS[1] / name
            assert (results / "sample" / name).read_bytes() == saved.read_bytes()

    def test_benchmark_sets_of_an_earlier_run_go(self, data_root, results):
        shutil.rmtree(data_root / "08_reporting" / "benchmark_comparison.csv")
        publish_results.publish(data_root, results / "sample", FIGURES)
        assert not (results / "sample" / "benchmark_comparison.csv").exists()

    def test_missing_results_are_one_line(self, data_root, tmp_path):
        shutil.rmtree(data_root / "08_reporting" / "comparison.csv")
        with pytest.raises(SystemExit, match=r"Missing in .*sample: comparison\.csv\. .* --env=sample$"):
            publish_results.publish(data_root, tmp_path / "other", FIGURES)
        assert not (tmp_path / "other").exists()
