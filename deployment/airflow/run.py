"""Starts Airflow, has it run one DAG to its end, and stops it. Airflow's own Python runs this.

Everything listens on 127.0.0.1 alone. `airflow standalone` would not do: its scheduler and triggerer serve
their logs on all of the machine's addresses.
"""

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

AIRFLOW = Path(sys.executable).with_name("airflow")
SERVICES = {
    "api-server": ["api-server", "--host=127.0.0.1"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
}
# Seconds
STARTING = 300  # until Airflow must be up and know the DAG
SILENCE = 300  # for which its server may fail to answer, busy as the machine is
STOPPING = 60  # until a service that was told to end is killed, with the task that it waits for
POLLING = 5
WAITING = (None, "scheduled", "queued")


def main() -> int:
    """Runs the DAG; the status says whether it succeeded."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dag_id")
    parser.add_argument("--home", type=Path, required=True, help="Airflow's folder, with dags/ in it")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--params", default="", help="as for kedro run --params, for all tasks")
    parser.add_argument("--data-root", help="where to save (default: a folder for this run)")
    asked = parser.parse_args()
    home = asked.home.resolve()
    environment = os.environ | settings(home, asked.port)
    require_free(asked.port)
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM)
    )  # which ends the services as well
    subprocess.run([AIRFLOW, "db", "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
    # What the database knows of the DAG is of the last time.
    subprocess.run([AIRFLOW, "dags", "reserialize"], env=environment, check=True, stdout=subprocess.DEVNULL)
    with services(home, environment) as check_services:
        api = Api(f"http://127.0.0.1:{asked.port}", asked.dag_id, check_services)
        run_id = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S")
        conf = {"params": asked.params, "data_root": asked.data_root}
        api.wait_until_ready()
        give_up_unfinished(api)
        api.post("dagRuns", {"dag_run_id": run_id, "logical_date": None, "conf": conf})
        state = follow(api, run_id)
    print(f"{asked.dag_id}, run {run_id}: {state}. Logs: {home / 'logs'}")
    return 0 if state == "success" else 1


def settings(home: Path, port: int) -> dict[str, str]:
    """Airflow's configuration, where it is not the default."""
    return {
        "AIRFLOW_HOME": str(home),
        "NO_PROXY": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",  # whoever reaches this machine's loopback
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }


def require_free(port: int) -> None:
    """Ends the program where something listens already, which would be taken for Airflow."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            sys.exit(f"--port must be free on 127.0.0.1. Received: {port}, on which something listens.")


@contextlib.contextmanager
def services(home: Path, environment: dict[str, str]) -> Iterator[Callable[[], None]]:
    """Has Airflow's processes run, each with a log in ``home``, and ends them.

    Yields:
        What ends the program if one of them has ended.
    """
    processes: dict[str, subprocess.Popen[bytes]] = {}

    def check() -> None:
        for name, process in processes.items():
            if process.poll() is not None:
                sys.exit(f"Airflow's {name} ended with status {process.returncode}: {home / name}.log")

    with contextlib.ExitStack() as stack:
        for name, command in SERVICES.items():
            log = stack.enter_context((home / f"{name}.log").open("w"))
            processes[name] = subprocess.Popen([AIRFLOW, *command], env=environment, stdout=log, stderr=log)
            stack.callback(stop, processes[name])
        yield check


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a process, in good order if it can."""
    process.terminate()
    try:
        process.wait(STOPPING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Api:
    """Airflow's REST API, about one DAG."""

    def __init__(self, url: str, dag_id: str, check_services: Callable[[], None]) -> None:
        """Knows where, and what to do before anything is asked; asks nothing yet."""
        self._check_services = check_services
        self._open = urllib.request.build_opener(
            urllib.request.ProxyHandler({})
        ).open  # 127.0.0.1, no proxy's
        self._url = url
        self._dag = f"{url}/api/v2/dags/{dag_id}"
        self._headers = {"Content-Type": "application/json"}

    def wait_until_ready(self) -> None:
        """Waits for the server, and until it knows the DAG."""
        end = time.monotonic() + STARTING
        while True:
            self._check_services()
            try:
                self._log_in()
                self._call("GET", self._dag)
                return
            except OSError:
                if time.monotonic() > end:
                    sys.exit(f"Airflow did not load {self._dag} within {STARTING} s: see its logs.")
                time.sleep(1)

    def get(self, path: str) -> dict[str, Any]:
        """Asks for something of the DAG's, again where the server fails to answer for a while."""
        end = time.monotonic() + SILENCE
        while True:
            self._check_services()
            try:
                return self._call("GET", f"{self._dag}/{path}")
            except OSError as error:
                status = error.code if isinstance(error, urllib.error.HTTPError) else None
                refused = status is not None and status < HTTPStatus.INTERNAL_SERVER_ERROR
                if time.monotonic() > end or (refused and status != HTTPStatus.UNAUTHORIZED):
                    raise
            time.sleep(POLLING)
            with contextlib.suppress(OSError):
                self._log_in()  # a token lasts a day

    def post(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        """Adds something to the DAG's."""
        return self._call("POST", f"{self._dag}/{path}", content)

    def patch(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        """Changes something of the DAG's."""
        return self._call("PATCH", f"{self._dag}/{path}", content)

    def _log_in(self) -> None:
        token = self._call("GET", f"{self._url}/auth/token")["access_token"]
        self._headers["Authorization"] = f"Bearer {token}"

    def _call(self, method: str, url: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(url, data, self._headers, method=method)
        with self._open(request, timeout=30) as response:
            return json.load(response)


def give_up_unfinished(api: Api) -> None:
    """Has earlier runs that were stopped end as failed: Airflow would resume them before ours."""
    for run in api.get("dagRuns?state=running&state=queued")["dag_runs"]:
        api.patch(f"dagRuns/{run['dag_run_id']}", {"state": "failed"})
        print(f"Run {run['dag_run_id']} was unfinished and is abandoned.", flush=True)


def follow(api: Api, run_id: str) -> str:
    """Prints when each task starts and ends until the run is over, and returns how it ended."""
    seen: dict[str, str | None] = {}
    while True:
        state = api.get(f"dagRuns/{run_id}")["state"]
        for task in api.get(f"dagRuns/{run_id}/taskInstances")["task_instances"]:
            if seen.get(task["task_id"]) != task["state"] and task["state"] not in WAITING:
                seen[task["task_id"]] = task["state"]
                duration = f", {task['duration']:.0f} s" if task["duration"] else ""
                print(f"{datetime.now():%H:%M:%S} {task['task_id']}: {task['state']}{duration}", flush=True)
        if state in ("success", "failed"):
            return state
        time.sleep(POLLING)


if __name__ == "__main__":
    sys.exit(main())
