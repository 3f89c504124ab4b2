import json
import logging
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import tensorflow as tf

from srgan_report.errors import InputError
from srgan_report.training.checkpoints import Checkpoints

IDENTITY = {"variant": "srgan_mse", "seed": 1, "training": {"learning_rate": 0.1, "epochs": 2}}


def make(folder, identity=IDENTITY, **kwargs):
    return Checkpoints(folder, identity, "SRGAN-MSE", **kwargs)


def variables(*values):
    return [tf.Variable(np.full((2, 3), value, np.float32)) for value in values]


def save(checkpoints, step):
    """Everything in a checkpoint is its step: networks the number itself, optimisers a tenth of it."""
    with checkpoints.lock():
        checkpoints.save(step, variables(step), variables(step / 10), {"step": step, "loss": 0.1 + step})


def restore(checkpoints):
    networks, optimizers = variables(-1), variables(-1)
    restored = checkpoints.restore(networks, optimizers)
    return restored, networks[0].numpy()[0, 0], optimizers[0].numpy()[0, 0]


def assert_is(checkpoints, step):
    restored, network, optimizer = restore(checkpoints)
    assert restored == ({"step": step, "loss": 0.1 + step}, False)
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
            checkpoints.save(1, variables(1), variables(1), {"psnr": float("inf")})
        assert restore(checkpoints)[0] == ({"psnr": float("inf")}, False)


class TestAffordable:
    """Of a clock that stands still unless a checkpoint is written, which takes ``writing`` seconds."""

    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    def save_whenever_affordable(self, folder, monkeypatch, *, writing, steps):
        """Takes steps of a second each; gives those after which a checkpoint was written."""
        clock = self.Clock()
        checkpoints = make(folder, clock=clock)
        write = checkpoints._write

        def take_time(name, content):
            write(name, content)
            clock.now += writing

        monkeypatch.setattr(checkpoints, "_write", take_time)
        saved = []
        with checkpoints.lock():
            for step in range(steps):
                if checkpoints.affordable:
                    checkpoints.save(step, variables(step), variables(step), {})
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
        checkpoints.finish(variables(8), {"step": 8})
        assert restore(make(tmp_path)) == (({"step": 8}, True), 8, -1)
        assert [path.name for path in tmp_path.glob("*/*.index")] == ["finished.index"]

    def test_not_resumed_it_is_removed(self, tmp_path):
        checkpoints = make(tmp_path)
        save(checkpoints, 7)
        checkpoints.finish(variables(8), {"step": 8})
        anew = make(tmp_path, resume=False)
        with anew.lock():
            assert restore(anew)[0] is None
            anew.save(1, variables(1), variables(0.1), {"step": 1, "loss": 1.1})
            assert_is(anew, 1)


class TestOtherNumbersOfEpochs:
    """A state's ``step`` stands for how far it is: here trainings get as far as they have epochs."""

    @staticmethod
    def identity(epochs, schedule="constant", **others):
        training = {"learning_rate": 0.1, "epochs": epochs, "learning_rate_schedule": schedule}
        return IDENTITY | others | {"training": training}

    def train(self, folder, epochs, **others):
        checkpoints = make(folder, self.identity(epochs, **others))
        for step in range(1, epochs + 1):
            save(checkpoints, step)
        checkpoints.finish(variables(-8), {"step": epochs})
        return checkpoints

    def extend(self, folder, epochs, resume=True, **others):
        checkpoints = make(folder, self.identity(epochs, **others), resume=resume)
        networks, optimizers = variables(-1), variables(-1)
        restored = checkpoints.restore(networks, optimizers, lambda state: state["step"] <= epochs)
        return restored and restored[0]["step"], networks[0].numpy()[0, 0], optimizers[0].numpy()[0, 0]

    def test_the_longest_that_is_no_longer_is_read_with_its_optimisers(self, tmp_path):
        for epochs in (2, 3, 12):
            self.train(tmp_path, epochs)
        assert self.extend(tmp_path, 5) == (3, 3, np.float32(0.3))
        assert self.extend(tmp_path, 11)[0] == 3  # of that of 12 nothing before its end is kept
        assert self.extend(tmp_path, 1)[0] is None

    def test_nothing_else_may_differ(self, tmp_path):
        self.train(tmp_path, 2)
        assert self.extend(tmp_path, 3, seed=2)[0] is None
        assert self.extend(tmp_path, 3, resume=False)[0] is None

    def test_with_a_schedule_over_all_epochs_there_is_none(self, tmp_path):
        self.train(tmp_path, 2, schedule="cosine")
        assert self.extend(tmp_path, 3, schedule="cosine") == (None, -1, -1)
        assert [path.name for path in tmp_path.glob("*/*.index")] == ["finished.index"]

    def test_one_that_is_finished_keeps_its_last_checkpoint(self, tmp_path):
        checkpoints = self.train(tmp_path, 3)
        assert restore(checkpoints) == (({"step": 3}, True), -8, -1)
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
    import numpy as np, tensorflow as tf
    from srgan_report.training.checkpoints import Checkpoints

    checkpoints = Checkpoints(Path(sys.argv[1]), {}, "child")
    networks, optimizers = ([tf.Variable(np.zeros(3_000_000, np.float32))] for _ in range(2))
    with checkpoints.lock():
        print("begins", flush=True)
        for step in range(1, 1000):
            networks[0].assign_add(tf.ones(3_000_000))
            optimizers[0].assign_sub(tf.ones(3_000_000))
            checkpoints.save(step, networks, optimizers, {"step": step})
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
        networks, optimizers = ([tf.Variable(tf.zeros(3_000_000))] for _ in range(2))
        state, finished = make(tmp_path, {}).restore(networks, optimizers)
        assert not finished
        assert state["step"] >= 1
        np.testing.assert_array_equal(networks[0], np.full(3_000_000, state["step"], np.float32))
        np.testing.assert_array_equal(optimizers[0], np.full(3_000_000, -state["step"], np.float32))

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
        too_much = [tf.Variable(tf.zeros(1_000_000))]
        with (
            checkpoints.lock(),
            pytest.raises(
                InputError, match=r"^SRGAN-MSE: can't write a checkpoint to .*same command"
            ) as error,
        ):
            checkpoints.save(2, too_much, variables(2), {"step": 2})
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
