import pandas as pd
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from srgan_report.pipelines import comparison
from srgan_report.variants import VARIANTS


def test_reads_what_is_saved_of_every_method_and_makes_the_table():
    pipeline = comparison.create_pipeline()
    assert pipeline.outputs() == {"comparison"}
    assert pipeline.inputs() == {
        "baselines.metrics",
        *(f"{name}.{dataset}" for name in VARIANTS for dataset in ("metrics", "training_summary")),
    }


def test_table_holds_each_methods_own_numbers():
    def measures(psnr):
        return {"psnr": psnr, "ssim": psnr / 100, "crops": 2, "photographs": 1}

    saved = {"baselines.metrics": {"nearest": measures(20.0), "bicubic": measures(22.0)}}
    for rank, name in enumerate(VARIANTS):
        saved[f"{name}.metrics"] = {name: measures(23.0 + rank)}
        saved[f"{name}.training_summary"] = {
            "steps": 10 + rank,
            "images": 80,
            "seconds": 1.5,
            "parameters": {"training": {"epochs": 2}},
        }
    catalog = DataCatalog({name: MemoryDataset(data) for name, data in saved.items()})
    table = SequentialRunner().run(comparison.create_pipeline(), catalog)["comparison"].load()
    assert isinstance(table, pd.DataFrame)
    assert table["method"].tolist() == ["nearest", "bicubic", *VARIANTS]
    assert table["psnr"].tolist() == [20.0, 22.0, 23.0, 24.0, 25.0, 26.0, 27.0, 28.0]
    assert table["steps"].tolist()[2:] == [10, 11, 12, 13, 14, 15]
