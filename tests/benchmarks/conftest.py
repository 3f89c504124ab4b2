import pytest

_WORKER = """
import json, pathlib, sys

side, variant, size, batch_size = sys.argv[1:]
figures = {{"article": 4, "project": 2}}.get(side, 1)


def say(**answer):
    print(json.dumps(answer), flush=True)


say(resident_bytes=5_000_000, gpus=0, matrix_side=2048, versions={{side: "1.0"}}, gflop_per_image=10)
for request in sys.stdin:
    with open({log!r}, "a") as log:
        print(side, request.strip(), file=log)
    say(seconds=figures, losses={{"content_loss": {loss}}})
say(peak_bytes=5_000_000 + 1_000_000 * figures * int(batch_size))
"""


@pytest.fixture
def fake_workers(tmp_path, monkeypatch):
    """Workers that compute nothing: the article's takes 4 s and 4 MB a crop, the project's 2, others 1.

    Called, it puts them in place of the real ones; returns a function that reads who was asked for what.
    """
    from benchmarks.training_step import processes

    def replace(loss="0.5"):
        log, script = tmp_path / "requests.txt", tmp_path / "fake_worker.py"
        script.write_text(_WORKER.format(log=str(log), loss=loss))
        monkeypatch.setattr(processes, "WORKER", (str(script),))
        return lambda: log.read_text().splitlines()

    return replace
