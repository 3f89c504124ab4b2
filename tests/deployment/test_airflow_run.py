"""What starts Airflow and follows its runs, against a server that answers as Airflow does."""

import importlib.util
import json
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "deployment" / "airflow" / "run.py"
DAG = "/api/v2/dags/a_dag"
RUN = f"{DAG}/dagRuns/run"


@pytest.fixture
def module(monkeypatch):
    spec = importlib.util.spec_from_file_location("airflow_run", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "POLLING", 0)
    return module


class Server:
    """Answers each request by the next of the answers to it; the last one stays."""

    def __init__(self):
        self.answers = {"GET /auth/token": [{"access_token": "first"}], f"GET {DAG}": [{}]}
        self.asked = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("Content-Length", 0))
                content = json.loads(self.rfile.read(length)) if length else None
                request = f"{self.command} {self.path}"
                server.asked.append((request, content, self.headers.get("Authorization")))
                answers = server.answers.get(request, [404])
                found = answers.pop(0) if len(answers) > 1 else answers[0]
                self.send_response(found if isinstance(found, int) else 200)
                self.end_headers()
                self.wfile.write(json.dumps({} if isinstance(found, int) else found).encode())

            do_GET = do_POST = do_PATCH = answer

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # which must not be asked
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def api(module, server):
    return module.Api(f"http://127.0.0.1:{server.port}", "a_dag", lambda: None)


def repeat(check):
    while True:
        check()


def tasks(*states):
    rows = [
        {"task_id": f"task {k}", "state": state, "duration": 12.3 if state == "success" else None}
        for k, state in enumerate(states)
    ]
    return {"task_instances": rows}


class TestFollow:
    @pytest.mark.parametrize("end", ["success", "failed"])
    def test_tells_once_when_tasks_start_and_end(self, module, server, api, capsys, end):
        server.answers[f"GET {RUN}"] = [{"state": "running"}] * 3 + [{"state": end}]
        server.answers[f"GET {RUN}/taskInstances"] = [
            tasks("queued", None),
            tasks("running", "scheduled"),
            tasks("running", "running"),
            tasks("success", end),
        ]
        assert module.follow(api, "run") == end
        lines = [line.split(" ", 1)[1] for line in capsys.readouterr().out.splitlines()]
        last = f"task 1: {end}" + (", 12 s" if end == "success" else "")
        assert lines == ["task 0: running", "task 1: running", "task 0: success, 12 s", last]

    def test_logs_in_again_and_waits_for_a_server_that_is_busy(self, module, server, api):
        api.wait_until_ready()
        server.answers["GET /auth/token"] = [{"access_token": "second"}]
        server.answers[f"GET {RUN}"] = [401, 500, 503, {"state": "success"}]
        server.answers[f"GET {RUN}/taskInstances"] = [tasks("success")]
        assert module.follow(api, "run") == "success"
        assert server.asked[-1] == (f"GET {RUN}/taskInstances", None, "Bearer second")

    def test_does_not_wait_for_ever(self, module, server, api, monkeypatch):
        monkeypatch.setattr(module, "SILENCE", -1)
        server.answers[f"GET {RUN}"] = [500]
        with pytest.raises(OSError, match="500"):
            module.follow(api, "run")

    def test_ends_where_a_service_has_ended(self, module, server):
        def check():
            raise SystemExit("ended")

        with pytest.raises(SystemExit, match="ended"):
            module.follow(module.Api(f"http://127.0.0.1:{server.port}", "a_dag", check), "run")


class TestApi:
    def test_waits_until_the_dag_is_known(self, module, server, api, monkeypatch):
        monkeypatch.setattr(module.time, "sleep", lambda _: None)
        server.answers[f"GET {DAG}"] = [404, 404, {}]
        api.wait_until_ready()
        assert [request for request, *_ in server.asked].count(f"GET {DAG}") == 3
        assert server.asked[-1][2] == "Bearer first"

    def test_says_that_it_has_waited_in_vain(self, module, server, api, monkeypatch):
        monkeypatch.setattr(module, "STARTING", -1)
        server.answers[f"GET {DAG}"] = [404]
        with pytest.raises(SystemExit, match=r"Airflow did not load .*/a_dag"):
            api.wait_until_ready()

    def test_gives_up_runs_that_were_stopped(self, module, server, api, capsys):
        server.answers[f"GET {DAG}/dagRuns?state=running&state=queued"] = [
            {"dag_runs": [{"dag_run_id": "old"}]}
        ]
        server.answers[f"PATCH {DAG}/dagRuns/old"] = [{}]
        module.give_up_unfinished(api)
        assert server.asked[-1][:2] == (f"PATCH {DAG}/dagRuns/old", {"state": "failed"})
        assert capsys.readouterr().out == "Run old was unfinished and is abandoned.\n"


class TestServices:
    @pytest.fixture
    def stand_in(self, module, monkeypatch):
        """Has the services be what Python executes."""

        def have(**programs):
            monkeypatch.setattr(module, "AIRFLOW", sys.executable)
            monkeypatch.setattr(module, "SERVICES", {name: ["-c", code] for name, code in programs.items()})

        return have

    def test_are_stopped_at_the_end_and_killed_where_they_resist(
        self, module, stand_in, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(module, "STOPPING", 0.5)
        started = []
        popen = subprocess.Popen
        monkeypatch.setattr(
            module.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1]
        )
        resist = (
            "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
        )
        stand_in(obeys="import time; time.sleep(600)", resists=resist)
        with module.services(tmp_path, {}) as check:
            while not (tmp_path / "resists.log").read_text():
                check()
        assert [process.poll() for process in started] == [-15, -9]

    def test_one_that_ends_is_named_with_its_log(self, module, stand_in, tmp_path):
        stand_in(scheduler="import sys; sys.exit('no')")
        with module.services(tmp_path, {}) as check:
            ended = r"Airflow's scheduler ended with status 1: .*/scheduler\.log"
            with pytest.raises(SystemExit, match=ended):
                repeat(check)


def test_a_port_in_use_is_refused(module):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        with pytest.raises(SystemExit, match=rf"must be free on 127\.0\.0\.1\. Received: {port},"):
            module.require_free(port)
    module.require_free(port)
