"""Which of the machines that train one variant together this process is. Knows nothing of TensorFlow.

Source: TensorFlow's guide "Multi-worker training with Keras", "TF_CONFIG".
"""

import json
import os

from srgan_report.errors import InputError

MULTI_WORKER = "multi_worker_mirrored"
VARIABLE = "TF_CONFIG"


def read_task() -> int:
    """Reads from the environment variable ``TF_CONFIG`` which worker this process is; 0 is the chief.

    Raises:
        InputError: It is missing, no JSON, or names no such worker.
    """
    text = os.environ.get(VARIABLE, "")
    try:
        config = json.loads(text)
        workers, task = config["cluster"]["worker"], config["task"]
        # Of other kinds than workers (parameter servers, evaluators) this strategy makes no use.
        if config["cluster"].keys() == {"worker"} and task["type"] == "worker":
            return range(len(workers))[int(task["index"])]
    except (ValueError, KeyError, IndexError, TypeError):
        pass
    raise InputError(
        f"training.strategy={MULTI_WORKER} needs the environment variable {VARIABLE}, such as "
        '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}, '
        f"with a different index for each worker. Received: {text or 'none'}."
    )
