import io

import numpy as np
import pandas as pd

from srgan_report.evaluation.comparison import pack_results, unpack_results


def test_what_was_packed_comes_back_from_a_file_without_loss():
    table = pd.DataFrame(
        {
            "method": ["a", "a"],
            "photograph_id": ["0801", "b"],
            "position": [3, 4],
            "psnr": [0.1 + 0.2, np.inf],
        }
    )
    results = {
        "super_resolved": {"srgan_mse": np.arange(12, dtype=np.uint8).reshape(1, 2, 2, 3)},
        "upscaled_photograph": {"srgan_mse": np.zeros((1, 3, 3, 3), np.uint8)},
        "photograph_metrics": table,
        "metrics": {"srgan_mse": {"psnr": 1 / 3, "psnr_low": None, "status": "finished"}},
        "training_summary": {
            "status": "finished",
            "diverged": None,
            "parameters": {"training": {"roll": True}},
        },
        "training_history": pd.DataFrame({"epoch": [], "psnr": []}),
    }
    file = io.BytesIO()
    np.savez(file, **pack_results(results))
    file.seek(0)
    with np.load(file) as saved:  # which refuses objects
        back = unpack_results(dict(saved))
    assert back.keys() == results.keys()
    for name in ("super_resolved", "upscaled_photograph"):
        assert back[name].keys() == {"srgan_mse"}
        assert back[name]["srgan_mse"].dtype == np.uint8
        np.testing.assert_array_equal(back[name]["srgan_mse"], results[name]["srgan_mse"])
    pd.testing.assert_frame_equal(back["photograph_metrics"], table, check_exact=True)
    for name in ("metrics", "training_summary"):
        assert back[name] == results[name]
    assert list(back["training_history"]) == ["epoch", "psnr"]
    assert back["training_history"].empty
