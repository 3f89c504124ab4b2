"""Writes what the training-step benchmark measured as Markdown."""

from collections.abc import Mapping
from typing import Any

from benchmarks.publishing.markdown_tables import to_digits, to_notes, to_table
from srgan_report.variants import VARIANTS

_SPEED = """\
Seconds are medians. "× article" is the article's time divided by the project's, the median of the ratios
within a repeat; likewise for the others and for the share of the bound. GFLOP are counted by direct
convolution. The bound is the speed at the rate of a matrix product of the same precision (on a GPU, TF32
for float32), timed in each repeat. The first step includes tracing and compiling."""
_MEMORY = """\
In MB (10^6 bytes): by how much two steps raise the process's peak memory. "Whole process" is the project's
peak in total."""


def to_markdown(result: Mapping[str, Any]) -> str:
    """Writes a table of speed, one of memory, and on what they were measured.

    Args:
        result: What ``training_step.json`` holds: ``speed`` by variant (see ``summarize_speed``), a list
            ``memory`` (see ``measure_memory``), and the facts of ``settings``, ``machine`` and ``versions``.
            Where nothing is measured, there is no table; a column that would be empty is left out.
    """
    parts = []
    if result["speed"]:
        parts += [to_table(_speed_rows(result["speed"])), _SPEED]
    if result["memory"]:
        parts += [to_table([_memory_row(measured) for measured in result["memory"]]), _MEMORY]
    return "\n\n".join([*parts, to_notes(result)])


def to_short_markdown(result: Mapping[str, Any]) -> str:
    """Writes a table of what matters most: how fast each variant trains, and how many times as fast.

    Args:
        result: As for ``to_markdown``; with all sides measured.
    """
    rows = []
    for variant, measured in result["speed"].items():
        exact, mixed = measured["ratios"]["project"], measured["ratios"]["project_bfloat16"]
        rows.append(
            {
                "images/s": VARIANTS[variant].label,
                "article": f"{measured['sides']['article']['images_per_second']:.1f}",
                "project": f"{measured['sides']['project']['images_per_second']:.1f}",
                "× article": f"{exact['article']:.2f}",
                "× article without oneDNN": f"{exact['article_without_onednn']:.2f}",
                "× PyTorch": f"{exact['pytorch']:.2f}",
                "bfloat16": f"{measured['sides']['project_bfloat16']['images_per_second']:.1f}",
                "bfloat16 × article": f"{mixed['article']:.2f}",
            }
        )
    return to_table(rows)


def _speed_rows(speed: Mapping[str, Any]) -> list[dict[str, str]]:
    rows = []
    for variant, measured in speed.items():
        label = VARIANTS[variant].label
        rows.append(_speed_row(label, measured, "project"))
        if "project_bfloat16" in measured["sides"]:
            rows.append(_speed_row(f"{label}, bfloat16", measured, "project_bfloat16"))
    return rows


def _speed_row(label: str, measured: Mapping[str, Any], ours: str) -> dict[str, str]:
    side, ratios = measured["sides"][ours], measured["ratios"][ours]
    prefix = "" if ours == "project" else "bfloat16_"
    bound = measured.get(f"{prefix}bound_images_per_second")  # bfloat16's was not measured earlier

    def ratio(other: str) -> str:
        return f"{ratios[other]:.2f}" if other in ratios else ""

    return {
        "variant": label,
        "GFLOP/image": f"{measured['gflop_per_image']:.1f}",
        "article s/step": to_digits(measured["sides"]["article"]["seconds"]),
        "project s/step": to_digits(side["seconds"]),
        "images/s": f"{side['images_per_second']:.2f}",
        "× article": ratio("article"),
        "× article without oneDNN": ratio("article_without_onednn"),
        "× PyTorch": ratio("pytorch"),
        "bound images/s": f"{bound:.2f}" if bound else "",
        "share of bound": f"{side['share_of_bound']:.0%}" if bound else "",
        "first step s": f"{side['first_step_seconds']:.1f}",
    }


def _memory_row(measured: Mapping[str, Any]) -> dict[str, str]:
    sides = measured["sides"]
    ratio = sides["project"].get("ratio_to_article")

    def step(side: str) -> str:
        return f"{sides[side]['step_mb']:.0f}" if side in sides else ""

    return {
        "variant": VARIANTS[measured["variant"]].label,
        "batch size": str(measured["batch_size"]),
        "article": step("article"),
        "article without oneDNN": step("article_without_onednn"),
        "project": step("project"),
        "share of article's": "" if ratio is None else f"{ratio:.2f}",
        "project, bfloat16": step("project_bfloat16"),
        "PyTorch": step("pytorch"),
        "whole process": f"{sides['project']['process_mb']:.0f}",
    }
