"""One variant trained by real processes together, as machines would."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

PROJECT = Path(__file__).parents[2]
KEDRO = Path(sys.executable).with_name("kedro")
VARIANT = "srgan_mse"
TINY = (
    "crops.size=32,figures.crops=[0],generator.residual_blocks=1,"
    "training.start_from=scratch,training.learning_rate=0.0002,training.batch_size=8,training.epochs=2"
)
SECONDS = 300  # what anything here may take; a worker that waits for another would wait for ever


def start(data_root, logs, workers, parameters="training.steps_per_epoch=3", own=(), chief=(KEDRO,)):
    """Starts as many workers, each with parameters of its own; of 0 one process that trains by itself."""
    cluster = {"worker": [f"127.0.0.1:{port}" for port in find_ports(workers)]}
    environment = {key: value for key, value in os.environ.items() if key not in ("KEDRO_ENV", "TF_CONFIG")}
    strategy = "multi_worker_mirrored" if workers else "default"
    shared = f"data_root={data_root},training.strategy={strategy},{TINY},{parameters}"
    processes = []
    for index in range(max(workers, 1)):
        task = json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})
        params = ",".join([shared, *own[index : index + 1]])
        with (logs / f"{index}.log").open("w") as output:
            process = subprocess.Popen(
                [*([KEDRO] if index else chief), "run", f"--pipelines={VARIANT}", f"--params={params}"],
                cwd=PROJECT,
                env=environment | ({"TF_CONFIG": task} if workers else {}),
                stdout=output,
                stderr=output,
            )
        processes.append(process)
    return processes


def wait_until(is_so, processes, log):
    deadline = time.monotonic() + SECONDS
    while not is_so():
        states = [process.poll() for process in processes]
        said = [path.read_text()[-5000:] for path in sorted(log.glob("*.log"))]
        assert states == [None] * len(processes), said
        assert time.monotonic() < deadline, said
        time.sleep(0.1)


def find_ports(number):
    sockets = [socket.socket() for _ in range(number)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def finish(processes, log):
    """Their exit codes and logs."""
    try:
        codes = [process.wait(SECONDS) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return codes, [(log / f"{index}.log").read_text() for index in range(len(processes))]


def read_history(data_root):
    [path] = data_root.glob(f"06_models/{VARIANT}/training_history.csv/*/*.csv")
    return pd.read_csv(path)


@pytest.fixture(scope="module", params=[1, 2, 4])
def trained_together(request, tmp_path_factory):
    root, log = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("logs")
    codes, logs = finish(start(root, log, request.param), log)
    assert codes == [0] * request.param, [text[-5000:] for text in logs]
    return root, logs


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    root, log = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("logs")
    codes, logs = finish(start(root, log, 0), log)
    assert codes == [0], logs[0][-5000:]
    return read_history(root)


class TestTogether:
    def test_losses_are_those_of_one_process(self, trained_together, alone, assert_same_history):
        assert_same_history(read_history(trained_together[0]).to_dict("list"), alone.to_dict("list"))

    def test_the_chief_alone_evaluates_and_saves(self, trained_together):
        root, (chief, *others) = trained_together
        assert not [log[-5000:] for log in (chief, *others) if "stopped sending heartbeats" in log]
        rows = [line for line in chief.splitlines() if line.startswith("SRGAN-MSE ")]
        assert rows[-1].endswith("finished")
        for log in others:
            assert "Training 1/1 SRGAN-MSE\n" in log
            assert "evaluate" not in log
            assert "split.csv" not in log
        for file in ("06_models/srgan_mse/generator.keras", "08_reporting/provenance.json"):
            assert len(list((root / file).iterdir())) == 1
        assert len(list(root.glob("06_models/srgan_mse/checkpoints/*"))) == 1
        assert len(list(root.glob("08_reporting/tensorboard/srgan_mse/*/*tfevents*"))) == 1


class TestLeaving:
    """While the chief evaluates, which is stopped just before it."""

    @pytest.fixture
    def two(self, tmp_path):
        """The chief, and a worker that waits for it."""
        pausing = Path(__file__).with_name("pausing.py")
        place = (sys.executable, pausing, f"{VARIANT}.evaluate", tmp_path)
        processes = start(tmp_path / "data", tmp_path, 2, chief=place)
        waits = "Waiting for the chief"
        wait_until(lambda: waits in (tmp_path / "1.log").read_text(), processes, tmp_path)
        wait_until((tmp_path / "reached").exists, processes, tmp_path)
        return processes

    def test_no_worker_looks_crashed(self, two, tmp_path):
        with pytest.raises(subprocess.TimeoutExpired):
            two[1].wait(15)  # after 10 seconds without a sign of life TensorFlow takes a worker for crashed
        (tmp_path / "go").touch()
        codes, logs = finish(two, tmp_path)
        assert codes == [0, 0], [text[-5000:] for text in logs]
        assert not [text[-5000:] for text in logs if "stopped sending heartbeats" in text]

    def test_no_worker_waits_for_a_chief_that_was_killed(self, two, tmp_path):
        two[0].kill()
        codes, logs = finish(two, tmp_path)
        assert codes == [-signal.SIGKILL, 1], logs[1][-5000:]
        assert "stopped, or can't be reached, before the chief was done" in logs[1].splitlines()[-1]
        assert "Traceback" not in logs[1]

    def test_a_worker_that_waits_can_be_stopped(self, two, tmp_path):
        two[1].terminate()
        assert two[1].wait(SECONDS) == 128 + signal.SIGTERM
        (tmp_path / "go").touch()
        codes, logs = finish(two, tmp_path)
        assert codes[0] == 0, logs[0][-5000:]
        assert "Traceback" not in "".join(logs)


class TestStopped:
    STEPS = "training.steps_per_epoch=30,training.checkpoint_every=2"

    def test_a_killed_worker_stops_the_chief_and_a_restart_goes_on(self, tmp_path):
        root = tmp_path / "data"
        chief, worker = processes = start(root, tmp_path, 2, self.STEPS)
        checkpoints = root / "06_models" / VARIANT / "checkpoints"
        wait_until(lambda: list(checkpoints.glob("*/step-*[1-9]*.index")), [chief], tmp_path)
        worker.kill()
        codes, logs = finish(processes, tmp_path)
        assert codes == [1, -signal.SIGKILL], logs[0][-5000:]
        assert "SRGAN-MSE: another worker of TF_CONFIG has stopped" in logs[0]
        assert "Traceback" not in logs[0]

        codes, logs = finish(start(root, tmp_path, 2, self.STEPS), tmp_path)
        assert codes == [0, 0], [text[-5000:] for text in logs]
        assert all(re.search(r"SRGAN-MSE: resuming at step [1-9]\d* of 60", text) for text in logs)
        assert read_history(root)["step"].to_list() == [30, 60]

    def test_workers_with_other_parameters_are_refused(self, tmp_path):
        processes = start(tmp_path / "data", tmp_path, 2, own=["seed=1", "seed=2"])
        codes, logs = finish(processes, tmp_path)
        assert codes == [1, 1], [text[-5000:] for text in logs]
        assert "all workers must train with the same parameters" in logs[1]

    def test_several_variants_are_refused(self, tmp_path):
        [port] = find_ports(1)
        config = {"cluster": {"worker": [f"127.0.0.1:{port}"]}, "task": {"type": "worker", "index": 0}}
        finished = subprocess.run(
            [KEDRO, "run", f"--params=training.strategy=multi_worker_mirrored,data_root={tmp_path}"],
            cwd=PROJECT,
            env=os.environ | {"TF_CONFIG": json.dumps(config)},
            capture_output=True,
            text=True,
        )
        assert finished.returncode == 1
        assert "With training.strategy=multi_worker_mirrored, a run trains one variant." in finished.stderr
        assert not list(tmp_path.iterdir())
