"""Text is UTF-8, whatever the locale."""

import os
import subprocess
import sys

import pytest

TEXT = "größe × 花 … ±"
PROGRAM = f"""
import locale, sys
import pandas as pd
from srgan_report import datasets

text = {TEXT!r}
assert locale.getpreferredencoding(False) == "ANSI_X3.4-1968"
data = dict(CSVDataset=pd.DataFrame({{"id": [text]}}), JSONDataset={{"id": text}}, TextDataset=text)
kind = sys.argv[1]
dataset = getattr(datasets, kind)(filepath=sys.argv[2])
dataset.save(data[kind])
loaded = dataset.load()
assert (loaded["id"][0] if kind == "CSVDataset" else loaded) == (text if kind == "CSVDataset" else data[kind])
"""


@pytest.mark.parametrize("kind", ["CSVDataset", "JSONDataset", "TextDataset"])
def test_what_is_saved_is_read_in_any_other(tmp_path, kind):
    ascii = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    path = tmp_path / "saved"
    program = [sys.executable, "-c", PROGRAM.replace(TEXT, ascii_literal(TEXT)), kind, path]
    run = subprocess.run(program, env={**os.environ, **ascii}, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    saved = path.read_text(encoding="utf-8")
    assert TEXT in (saved if kind != "JSONDataset" else saved.encode().decode("unicode-escape"))


def ascii_literal(text):
    """As a program in ASCII writes it."""
    return text.encode("unicode-escape").decode()
