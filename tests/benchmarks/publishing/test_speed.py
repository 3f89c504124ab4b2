import json
import shutil

import pytest

from benchmarks.publishing import speed


@pytest.mark.parametrize("document", speed.DOCUMENTS, ids=lambda document: document.name)
def test_documents_quote_the_saved_results(document):
    text = document.read_text()
    assert "<!-- benchmark: training_step" in text
    assert speed.renew(text, speed.RESULTS) == text


def test_a_new_number_reaches_the_document(tmp_path):
    shutil.copytree(speed.RESULTS, tmp_path / "speed")
    path = tmp_path / "speed" / "training_step.json"
    result = json.loads(path.read_text())
    result["speed"]["srresnet_mse"]["ratios"]["project"]["article"] = 98.76
    path.write_text(json.dumps(result))
    document = "Before\n<!-- benchmark: training_step, short -->\nold\n<!-- end -->\nAfter\n"
    renewed = speed.renew(document, tmp_path / "speed")
    assert "| 98.76 |" in renewed
    assert "old" not in renewed
    assert renewed.startswith("Before\n<!-- benchmark")
    assert renewed.endswith("<!-- end -->\nAfter\n")


def test_missing_results_are_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        speed.main([f"--results={tmp_path}"])
    assert capsys.readouterr().err.startswith("--results must hold results.")


def test_results_that_others_publish_are_enough(monkeypatch, tmp_path):
    (tmp_path / "paper_step_cpu.json").write_text("{}")
    monkeypatch.setattr(speed, "DOCUMENTS", [])
    before = {path.name: path.read_bytes() for path in speed.RESULTS.iterdir()}
    speed.main([f"--results={tmp_path}"])
    assert {path.name: path.read_bytes() for path in speed.RESULTS.iterdir()} == before


def test_what_was_not_measured_anew_stays(monkeypatch, tmp_path):
    published, measured = tmp_path / "published", tmp_path / "measured"
    shutil.copytree(speed.RESULTS, published)
    measured.mkdir()
    new = json.loads((published / "training_step_gpu.json").read_text())
    new["speed"]["srresnet_mse"]["ratios"]["project"]["pytorch"] = 98.76
    (measured / "training_step_gpu.json").write_text(json.dumps(new))
    document = tmp_path / "speed.md"
    before = (speed.PROJECT / "docs" / "speed.md").read_text()
    document.write_text(before)
    monkeypatch.setattr(speed, "RESULTS", published)
    monkeypatch.setattr(speed, "DOCUMENTS", [document])
    speed.main([f"--results={measured}"])
    (changed,) = set(document.read_text().splitlines()) - set(before.splitlines())
    assert "| 98.76 |" in changed
