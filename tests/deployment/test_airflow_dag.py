"""The DAG that Airflow is given: its tasks, their order and commands. Airflow itself need not be there."""

import os
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import jinja2
import pytest

from srgan_report.pipeline_registry import register_pipelines
from srgan_report.variants import VARIANTS

PROJECT = Path(__file__).parents[2]
FORMS = {"all_variants": (), "all_variants_from_mse": VARIANTS.keys() - {"srresnet_mse"}}
TEMPLATE = PROJECT / "deployment" / "airflow" / "dag.py.j2"


class Dag:
    """Takes Airflow's place: keeps what a DAG and its tasks are made with."""

    latest: "Dag"

    def __init__(self, **arguments):
        self.arguments = arguments
        self.tasks = {}
        Dag.latest = self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


class Task:
    def __init__(self, task_id, **arguments):
        self.arguments = arguments
        self.before = set()
        self.task_id = task_id
        Dag.latest.tasks[task_id] = self

    def set_upstream(self, others):
        self.before |= {other.task_id for other in others}

    def __rshift__(self, others):
        for other in others:
            other.set_upstream([self])
        return others

    def __rrshift__(self, others):  # a list's, which has no >> of its own
        self.set_upstream(others)
        return self


@pytest.fixture(scope="module")
def pipelines():
    return register_pipelines()


def render(pipelines, env, form, project="/project", **params) -> str:
    """As kedro-airflow does with --group-by=namespace."""
    template = jinja2.Environment(
        autoescape=True, lstrip_blocks=True, loader=jinja2.FileSystemLoader(TEMPLATE.parent)
    ).get_template(TEMPLATE.name)
    return template.render(
        package_name="srgan_report",
        env=env,
        pipeline_name=form,
        node_objs=pipelines[form].group_nodes_by(group_by="namespace"),
        project=project,
        **params,
    )


@pytest.fixture
def execute(monkeypatch):
    """Executes a DAG's source with what it imports of Airflow replaced, and returns the DAG."""
    modules = {
        "airflow.sdk": {"DAG": Dag, "Param": lambda default, **_: default},
        "airflow.providers.standard.operators.bash": {"BashOperator": Task},
    }
    for name, content in modules.items():
        module = ModuleType(name)
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, module)
    for parent in ("airflow", "airflow.providers", "airflow.providers.standard"):
        monkeypatch.setitem(sys.modules, parent, ModuleType(parent))
    monkeypatch.setitem(sys.modules, "airflow.providers.standard.operators", ModuleType("operators"))

    def run(source):
        exec(compile(source, "dag.py", "exec"), {})
        return Dag.latest

    return run


@pytest.mark.parametrize("form", FORMS)
def test_every_variant_waits_for_what_it_starts_from(pipelines, execute, form):
    tasks = execute(render(pipelines, "sample", form)).tasks
    assert set(tasks) == {"preparation", "comparison", *VARIANTS}
    assert tasks["preparation"].before == set()
    assert tasks["comparison"].before == set(VARIANTS)
    for name in VARIANTS:
        started = {"srresnet_mse"} if name in FORMS[form] else set()
        assert tasks[name].before == {"preparation"} | started


@pytest.mark.parametrize("form", FORMS)
def test_tasks_together_run_every_node_of_the_pipeline(pipelines, form):
    parts = [pipelines["preparation"], pipelines["comparison"]]
    parts += [pipelines[form].filter(node_namespaces=[name]) for name in VARIANTS]
    assert {node for part in parts for node in part.nodes} == set(pipelines[form].nodes)
    assert sum(len(part.nodes) for part in parts) == len(pipelines[form].nodes)  # and none twice


def test_commands_are_kedros_own(pipelines, execute):
    tasks = execute(render(pipelines, "paper", "all_variants_from_mse")).tasks
    run = ["exec", ".venv/bin/kedro", "run", "--env=paper"]
    for name, asked in {
        "preparation": ["--pipelines=preparation"],
        "srgan_mse": ["--pipelines=all_variants_from_mse", "--namespaces=srgan_mse"],
        "comparison": ["--pipelines=comparison"],
    }.items():
        command = shlex.split(tasks[name].arguments["bash_command"])
        assert command[:-1] == run + asked
        assert tasks[name].arguments["cwd"] == "/project"


def test_a_projects_folder_may_have_any_name(pipelines, execute):
    folder = '/it\'s a "place" & <more> {1}\\n 😀 größe'
    tasks = execute(render(pipelines, "sample", "all_variants", project=folder)).tasks
    assert {task.arguments["cwd"] for task in tasks.values()} == {folder}


def test_the_command_is_what_it_is_told(pipelines, execute):
    kedro = "/opt/a\\ &\\ b/'😀 {x}'/\"kedro\""
    for task in execute(render(pipelines, "sample", "all_variants", kedro=kedro)).tasks.values():
        words = shlex.split(task.arguments["bash_command"])
        assert words[:3] == ["exec", "/opt/a & b/😀 {x}/kedro", "run"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ("", "--params=data_root=a place"),
        ("seed=1,crops.size=32", "--params=data_root=a place,seed=1,crops.size=32"),
        ('"; touch hacked; "$(touch hacked)', '--params=data_root=a place,"; touch hacked; "$(touch hacked)'),
    ],
)
def test_all_tasks_are_given_the_same_parameters_as_one_word(pipelines, execute, tmp_path, params, expected):
    for task in execute(render(pipelines, "sample", "all_variants")).tasks.values():
        command = task.arguments["bash_command"].replace("exec .venv/bin/kedro", "printf '%s\\n'")
        environment = os.environ | {"DATA_ROOT": "a place", "PARAMS": params}
        told = subprocess.run(
            ["bash", "-c", command], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert told.stdout.splitlines()[-1] == expected
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("data_root", "expected"),
    [(None, "data/airflow/manual__2026-01-31T120000.123_0000"), ("data/sample", "data/sample")],
)
def test_each_run_has_a_data_root_of_its_own_unless_it_is_told_one(pipelines, execute, data_root, expected):
    dag = execute(render(pipelines, "sample", "all_variants"))
    assert dag.arguments["params"] == {"data_root": None, "params": ""}
    context = {"run_id": "manual__2026-01-31T12:00:00.123+00:00", "params": {"data_root": data_root}}
    for task in dag.tasks.values():
        assert jinja2.Template(task.arguments["env"]["DATA_ROOT"]).render(context) == expected


def test_two_tasks_run_at_once_and_each_is_tried_again(pipelines, execute):
    arguments = execute(render(pipelines, "sample", "all_variants")).arguments
    assert (arguments["max_active_tasks"], arguments["max_active_runs"]) == (2, 1)
    assert arguments["default_args"]["retries"] == 1
    assert arguments["schedule"] is None


@pytest.mark.skipif(
    find_spec("kedro_airflow") is None, reason="kedro-airflow is not installed: pip install -e '.[airflow]'"
)
def test_kedro_airflow_writes_the_same(pipelines, tmp_path):
    subprocess.run(
        [
            *(Path(sys.executable).with_name("kedro"), "airflow", "create", "--env=sample"),
            *("--pipelines=all_variants", "--group-by=namespace", f"--jinja-file={TEMPLATE}"),
            *(f"--target-dir={tmp_path}", "--params=project=/project"),
        ],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    written = (tmp_path / "srgan_report_sample_all_variants_dag.py").read_text()
    assert written == render(pipelines, "sample", "all_variants")
