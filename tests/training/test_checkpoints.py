import gc
import json
import logging
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import tensorflow as tf

from srgan_report.errors import InputError
from srgan_report.training import checkpoint_files
from srgan_report.training.checkpoints import Checkpoints
from srgan_report.training.distribution import Replicas
from srgan_report.training.progress import Progress

IDENTITY = {"variant": "srgan_mse", "seed": 1, "training": {"learning_rate": 0.1, "epochs": 2}}


class Step:
    """What ``Checkpoints`` knows of a training step: everything in its variables is one number each."""

    replicas = Replicas()

    def __init__(self, network, optimizer, shape=(2, 3), name="SRGAN-MSE"):
        self.name = name
        self.network_variables = [tf.Variable(np.full(shape, network, np.float32))]
        self.optimizer_variables = [tf.Variable(np.full(shape, optimizer, np.float32))]

    def set(self, network, optimizer):
        for variables, value in ((self.network_variables, network), (self.optimizer_variables, optimizer)):
            variables[0].assign(np.full(variables[0].shape, value, np.float32))

    @property
    def values(self):
        return self.network_variables[0].numpy()[0, 0], self.optimizer_variables[0].numpy()[0, 0]


def make(folder, identity=IDENTITY, every=100, resume=True):
    return Checkpoints(folder, identity, Step(-1, -1), every=every, resume=resume)


def save(checkpoints, step):
    """Everything in a checkpoint is its step: networks the number itself, optimisers a tenth of it."""
    checkpoints._step.set(step, step / 10)
    with checkpoints.lock():
        checkpoints.save(Progress(step=step, seconds=0.1 + step))


def finish(checkpoints, step):
    checkpoints._step.set(step, -8)
    checkpoints.finish(Progress(step=step))


def restore(checkpoints):
    """What it resumes from, and the values of the networks and the optimisers then."""
    checkpoints._step.set(-1, -1)
    return checkpoints.restore(), *checkpoints._step.values


def assert_is(checkpoints, step):
    restored, network, optimizer = restore(checkpoints)
    assert restored == Progress(step=step, seconds=0.1 + step)
    assert (network, optimizer) == (step, np.float32(step / 10))


class TestRestore:
    def test_nothing_where_nothing_was_saved(self, tmp_path):
        assert restore(make(tmp_path / "none")) == (None, -1, -1)
        assert not (tmp_path / "none").exists()

    def test_the_last_one_to_the_last_bit(self, tmp_path):
        for step in (2, 9, 10):
            save(make(tmp_path), step)
        assert_is(make(tmp_path), 10)

    def test_of_other_parameters_none(self, tmp_path):
        save(make(tmp_path), 1)
        assert restore(make(tmp_path, IDENTITY | {"seed": 2}))[0] is None
        assert_is(make(tmp_path), 1)

    def test_the_order_of_parameters_does_not_matter(self, tmp_path):
        save(make(tmp_path), 1)
        assert_is(make(tmp_path, dict(reversed(IDENTITY.items()))), 1)

    def test_only_two_are_kept(self, tmp_path):
        for step in range(5):
            save(make(tmp_path), step)
        (folder,) = tmp_path.iterdir()
        steps = {path.name.partition(".")[0] for path in folder.glob("step-*")}
        assert steps == {"step-000000003", "step-000000004"}

    def test_numbers_that_are_no_numbers(self, tmp_path):
        checkpoints = make(tmp_path)
        with checkpoints.lock():
            checkpoints.save(Progress(step=1, sums={"psnr": float("inf")}))
        assert restore(checkpoints)[0] == Progress(step=1, sums={"psnr": float("inf")})

    @pytest.mark.parametrize("write", [save, finish])
    def test_warns_of_nothing_that_it_need_not_set(self, tmp_path, caplog, write):
        write(make(tmp_path), 1)
        assert restore(make(tmp_path))[0].step == 1
        gc.collect()  # TensorFlow warns where what has read is deleted
        assert not caplog.records


class TestAffordable:
    """Of a clock that stands still unless a checkpoint is written, which takes ``writing`` seconds."""

    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    def save_whenever_affordable(self, folder, monkeypatch, *, writing, steps):
        """Takes steps of a second each; gives those after which a checkpoint was written."""
        clock = self.Clock()
        checkpoints = make(folder, every=1)
        write = checkpoint_files.write

        def take_time(path, state, **variables):
            write(path, state, **variables)
            clock.now += writing

        monkeypatch.setattr("srgan_report.training.checkpoints.monotonic", clock)
        monkeypatch.setattr(checkpoint_files, "write", take_time)
        saved = []
        with checkpoints.lock():
            for step in range(steps):
                if checkpoints.is_due(step):
                    checkpoints.save(Progress(step=step))
                    saved.append(step)
                clock.now += 1.0
        return saved, clock.now

    def test_a_slow_writer_takes_less_than_a_twentieth_of_the_time(self, tmp_path, monkeypatch):
        saved, seconds = self.save_whenever_affordable(tmp_path, monkeypatch, writing=1.0, steps=100)
        assert saved == [0, 20, 40, 60, 80]
        assert (len(saved) - 1) * 1.0 / seconds < 0.05

    def test_a_fast_writer_is_never_skipped(self, tmp_path, monkeypatch):
        saved, _ = self.save_whenever_affordable(tmp_path, monkeypatch, writing=0.01, steps=5)
        assert saved == [0, 1, 2, 3, 4]


class TestFinish:
    def test_counts_more_than_any_step_and_replaces_them(self, tmp_path):
        checkpoints = make(tmp_path)
        save(checkpoints, 7)
        finish(checkpoints, 8)
        assert restore(make(tmp_path)) == (Progress(step=8, finished=True), 8, -1)
        assert [path.name for path in tmp_path.glob("*/*.index")] == ["finished.index"]

    def test_not_resumed_it_is_removed(self, tmp_path):
        checkpoints = make(tmp_path)
        save(checkpoints, 7)
        finish(checkpoints, 8)
        anew = make(tmp_path, resume=False)
        with anew.lock():
            assert restore(anew)[0] is None
        save(make(tmp_path), 1)
        assert_is(anew, 1)


class TestOtherNumbersOfEpochs:
    """Trainings of epochs of one step each."""

    @staticmethod
    def identity(epochs, schedule="constant", **others):
        training = {"learning_rate": 0.1, "epochs": epochs, "learning_rate_schedule": schedule}
        return IDENTITY | others | {"training": training}

    def train(self, folder, epochs, **others):
        checkpoints = make(folder, self.identity(epochs, **others))
        rows = [{"step": epoch} for epoch in range(1, epochs + 1)]
        with checkpoints.lock():
            for epoch in range(1, epochs + 1):
                checkpoints._step.set(epoch, epoch / 10)
                checkpoints.save(Progress(rows[:epoch]))
        checkpoints._step.set(-8, -8)
        checkpoints.finish(Progress(rows))
        return checkpoints

    def extend(self, folder, epochs, resume=True, **others):
        checkpoints = make(folder, self.identity(epochs, **others), resume=resume)
        with checkpoints.lock():
            progress = checkpoints.begin(epochs)
        assert not progress.finished
        return progress.epoch, *checkpoints._step.values

    def test_the_longest_that_is_no_longer_is_read_with_its_optimisers(self, tmp_path):
        for epochs in (2, 3, 12):
            self.train(tmp_path, epochs)
        assert self.extend(tmp_path, 5) == (3, 3, np.float32(0.3))
        assert self.extend(tmp_path, 11)[0] == 3  # of that of 12 nothing before its end is kept
        assert self.extend(tmp_path, 1)[0] == 0

    def test_nothing_else_may_differ(self, tmp_path):
        self.train(tmp_path, 2)
        assert self.extend(tmp_path, 3, seed=2)[0] == 0
        assert self.extend(tmp_path, 3, resume=False)[0] == 0

    def test_with_a_schedule_over_all_epochs_there_is_none(self, tmp_path):
        self.train(tmp_path, 2, schedule="cosine")
        assert [path.name for path in tmp_path.glob("*/*.index")] == ["finished.index"]
        assert self.extend(tmp_path, 3, schedule="cosine") == (0, -1, -1)

    def test_one_that_is_finished_keeps_its_last_checkpoint(self, tmp_path):
        checkpoints = self.train(tmp_path, 3)
        progress, *values = restore(checkpoints)
        assert (progress.epoch, progress.finished, values) == (3, True, [-8, -1])
        names = {path.name for path in tmp_path.glob("*/*.index")}
        assert names == {"finished.index", "step-000000003.index"}

    def test_what_is_damaged_is_passed_over(self, tmp_path):
        self.train(tmp_path, 2)
        for path in self.train(tmp_path, 3).folder.glob("step-*.data*"):
            path.write_bytes(b"")
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "identity.json").write_text("{")
        assert self.extend(tmp_path, 4)[0] == 2


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def empty(path):
    path.write_bytes(b"")


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


class TestDamage:
    @pytest.mark.parametrize("damage", [cut, empty, flip_a_bit, lambda path: path.unlink()])
    @pytest.mark.parametrize("part", ["step-000000002.index", "step-000000002.data-00000-of-00001"])
    def test_is_passed_over_with_a_warning(self, tmp_path, caplog, damage, part):
        checkpoints = make(tmp_path)
        save(checkpoints, 1)
        save(checkpoints, 2)
        damage(checkpoints.folder / part)
        with caplog.at_level(logging.WARNING):
            assert_is(make(tmp_path), 1)
        if (checkpoints.folder / "step-000000002.index").exists():
            assert "skipped the damaged checkpoint" in caplog.text
            assert "\n" not in caplog.records[-1].getMessage()

    def test_of_all_of_them_leaves_the_variables_alone(self, tmp_path):
        checkpoints = make(tmp_path)
        for step in (1, 2):
            save(checkpoints, step)
            flip_a_bit(checkpoints.folder / f"step-00000000{step}.data-00000-of-00001")
        assert restore(make(tmp_path)) == (None, -1, -1)

    def test_of_all_of_them_leaves_what_is_saved_after_it(self, tmp_path):
        checkpoints = make(tmp_path)
        for step in (8, 9):
            save(checkpoints, step)
            flip_a_bit(checkpoints.folder / f"step-00000000{step}.data-00000-of-00001")
        for step in (0, 1):
            save(checkpoints, step)
            assert_is(make(tmp_path), step)
        assert len(list(checkpoints.folder.glob("*.index"))) == 2

    def test_what_a_killed_process_left_half_written_counts_for_nothing(self, tmp_path):
        checkpoints = make(tmp_path)
        save(checkpoints, 1)
        temporary = checkpoints.folder / "step-000000002_temp"
        temporary.mkdir()
        (temporary / "part-00000-of-00001.data-00000-of-00001").write_bytes(b"half")
        (checkpoints.folder / "step-000000002.data-00000-of-00001").write_bytes(b"half")
        assert_is(make(tmp_path), 1)
        save(checkpoints, 2)
        assert_is(make(tmp_path), 2)


CHILD = """
    import sys
    from pathlib import Path
    import tensorflow as tf
    from srgan_report.training.checkpoints import Checkpoints
    from srgan_report.training.progress import Progress
    from tests.training.test_checkpoints import Step

    step = Step(0, 0, shape=(3_000, 1_000), name="child")
    checkpoints = Checkpoints(Path(sys.argv[1]), {}, step, every=100, resume=True)
    with checkpoints.lock():
        print("begins", flush=True)
        for number in range(1, 1000):
            step.set(number, -number)
            checkpoints.save(Progress(step=number))
"""


@pytest.fixture
def child(tmp_path):
    """A process that writes a checkpoint of 24 MB again and again."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout.readline() == "begins\n"
        yield process
        process.kill()


def is_there(folder, pattern):
    """Whether a file is there, while another process makes and removes such."""
    try:
        return any(folder.glob(pattern))
    except FileNotFoundError:  # its folder vanished meanwhile
        return False


class TestProcesses:
    @pytest.mark.parametrize("moment", ["*_temp", "*.data*", "*_temp/*.data*"])
    def test_killed_while_writing_leaves_the_last_whole_one(self, tmp_path, child, moment):
        folder = make(tmp_path, {}).folder
        while len(list(folder.glob("step-*.index"))) < 2 or not is_there(folder, moment):
            assert child.poll() is None
        child.kill()
        child.wait()
        step = Step(0, 0, shape=(3_000, 1_000))
        progress = Checkpoints(tmp_path, {}, step, every=100, resume=True).restore()
        assert progress.step >= 1
        (network,), (optimizer,) = step.network_variables, step.optimizer_variables
        np.testing.assert_array_equal(network, np.full((3_000, 1_000), progress.step, np.float32))
        np.testing.assert_array_equal(optimizer, np.full((3_000, 1_000), -progress.step, np.float32))

    def test_another_process_is_kept_out_until_it_dies(self, tmp_path, child):
        checkpoints = make(tmp_path, {})
        with pytest.raises(InputError, match=r"^SRGAN-MSE is being trained by another process"):
            checkpoints.lock().__enter__()
        child.kill()
        child.wait()
        with checkpoints.lock():
            pass


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a file system of a megabyte can't be mounted here: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


class TestWriteErrors:
    def test_a_full_disk_is_one_line_and_the_last_checkpoint_stays(self, small_disk):
        checkpoints = make(small_disk)
        save(checkpoints, 1)
        step = Step(0, 0, shape=(1_000, 1_000))
        larger = Checkpoints(small_disk, IDENTITY, step, every=100, resume=True)
        with (
            larger.lock(),
            pytest.raises(
                InputError, match=r"^SRGAN-MSE: can't write a checkpoint to .*same command"
            ) as error,
        ):
            larger.save(Progress(step=2))
        assert "\n" not in str(error.value)
        assert_is(make(small_disk), 1)
        assert not list(checkpoints.folder.glob("step-000000002*"))

    def test_a_file_where_the_folder_should_be(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(InputError, match="can't write a checkpoint"):
            make(tmp_path / "file").lock().__enter__()

    def test_who_is_kept_out_writes_nothing(self, tmp_path):
        first, second = make(tmp_path), make(tmp_path)
        with first.lock():
            identity = first.folder / "identity.json"
            before = identity.stat().st_mtime_ns
            with pytest.raises(InputError, match="is being trained by another process"):
                second.lock().__enter__()
            assert identity.stat().st_mtime_ns == before
            assert sorted(path.name for path in first.folder.iterdir()) == ["identity.json", "lock"]

    def test_a_lock_that_can_not_be_opened(self, tmp_path):
        checkpoints = make(tmp_path)
        (checkpoints.folder / "lock").mkdir(parents=True)
        with pytest.raises(InputError, match="can't write a checkpoint"):
            checkpoints.lock().__enter__()


class TestDescribeChange:
    def test_names_what_differs_from_the_last_training(self, tmp_path):
        with make(tmp_path).lock():
            pass
        changed = IDENTITY | {"seed": 2, "training": {"learning_rate": 0.1, "epochs": 3}}
        assert make(tmp_path, changed).describe_change() == "changed: seed, training.epochs"

    def test_nothing_where_there_was_no_other(self, tmp_path):
        assert make(tmp_path).describe_change() is None
        with make(tmp_path).lock():
            pass
        assert make(tmp_path).describe_change() is None

    def test_nothing_where_this_one_is_under_way(self, tmp_path):
        save(make(tmp_path), 1)
        with make(tmp_path, {"seed": 3}).lock():
            pass
        assert make(tmp_path).describe_change() is None

    def test_of_what_can_not_be_read(self, tmp_path):
        with make(tmp_path, {"seed": 3}).lock():
            pass
        (path,) = tmp_path.glob("*/identity.json")
        path.write_text("{")
        assert make(tmp_path).describe_change() == "parameters or data have changed"


def test_identity_lies_beside_the_checkpoints(tmp_path):
    save(make(tmp_path), 1)
    (path,) = tmp_path.glob("*/identity.json")
    assert json.loads(path.read_text()) == IDENTITY
    assert make(tmp_path).fingerprint.startswith(path.parent.name)


@pytest.mark.parametrize("name", ["[2026] project", "what? *"])
def test_a_folder_may_be_called_like_a_pattern(tmp_path, name):
    save(make(tmp_path / name), 3)
    assert_is(make(tmp_path / name), 3)
