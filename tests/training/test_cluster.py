import json

import pytest

from srgan_report.errors import InputError
from srgan_report.training.cluster import read_task


def config(index=0, kind="worker", cluster=None):
    cluster = cluster or {"worker": ["host1:2222", "host2:2222"]}
    return json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})


@pytest.mark.parametrize("index", [0, 1])
def test_reads_which_worker_this_is(monkeypatch, index):
    monkeypatch.setenv("TF_CONFIG", config(index))
    assert read_task() == index


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "no JSON",
        "[]",
        "{}",
        config(2),
        config("first"),
        config(None),
        config(kind="evaluator"),
        config(cluster={"chief": ["host0:2222"], "worker": ["host1:2222"]}),
        config(cluster={"worker": None}),
    ],
)
def test_says_what_is_needed(monkeypatch, text):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if text is not None:
        monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(InputError, match="needs the environment variable TF_CONFIG, such as") as refused:
        read_task()
    assert str(refused.value).endswith(f"Received: {text or 'none'}.")
