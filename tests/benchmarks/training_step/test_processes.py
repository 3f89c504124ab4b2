import signal
import sys

import pytest

from benchmarks.training_step import processes, worker


def test_only_the_side_without_onednn_is_told_about_it(monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")  # as importing the project's package does
    switches = {
        side: processes.worker_environment(side).get("TF_ENABLE_ONEDNN_OPTS") for side in worker.BUILDERS
    }
    assert switches == dict.fromkeys(worker.BUILDERS) | {"article_without_onednn": "0"}


class TestWorkerThatEnds:
    def test_before_it_is_ready(self):
        with (
            processes.start_worker(sys.executable, "no_such_side", "srresnet_mse", 16, 2) as started,
            pytest.raises(processes.WorkerError, match=r"(?s)no_such_side.* ended with status 1.*KeyError"),
        ):
            started.ready()

    @pytest.mark.parametrize(
        "ask", [processes.Worker.step, processes.Worker.multiply, processes.Worker.peak_bytes]
    )
    def test_when_it_is_asked(self, ask, tmp_path, monkeypatch):
        script = tmp_path / "worker.py"
        script.write_text("import os; print('{}', flush=True); os.kill(os.getpid(), 9)")
        monkeypatch.setattr(processes, "WORKER", (str(script),))
        with processes.start_worker(sys.executable, "article", "srresnet_mse", 16, 2) as started:
            started.ready()
            with pytest.raises(processes.WorkerError, match=r"status -9 .*memory runs out"):
                ask(started)

    def test_leaving_the_block_ends_one_that_would_go_on(self, tmp_path, monkeypatch):
        script = tmp_path / "worker.py"
        script.write_text("import time; print('{}', flush=True); time.sleep(60)")
        monkeypatch.setattr(processes, "WORKER", (str(script),))
        with processes.start_worker(sys.executable, "article", "srresnet_mse", 16, 2) as started:
            started.ready()
            assert started.process.poll() is None
        assert started.process.poll() == -signal.SIGKILL
