"""Writes what was reckoned for the paper's scale as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.publishing.markdown_tables import to_digits, to_notes, to_table


def to_markdown(
    name: str, rows: Sequence[Mapping[str, Any]], measured: Mapping[str, Any] | None = None
) -> str:
    """Writes the table of one block of the document, and where it was measured, on what."""
    table = to_table([_WRITERS[name](row) for row in rows], left=2 if name.startswith("cost_") else 1)
    if measured is None:
        return table
    return f"{table}\n\n{to_notes(measured)}"


def _write_data(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "": row["photographs"],
        "photographs": f"{row['number']:,}",
        "GB": f"{row['gigabytes']:.1f}",
        "kB each": f"{row['kilobytes_each']:.0f}",
        "passes of an SRResNet": f"{row['passes_of_srresnet']:,.1f}",
        "split.csv, MB": f"{row['split_csv_megabytes']:.1f}",
        "inspection, core-hours": f"{row['inspection_cpu_hours']:.2f}",
    }


def _write_network(row: Mapping[str, Any]) -> dict[str, str]:
    crops = row["validation_crops_megabytes"].items()
    return {
        "": f"{row['networks']}, crops of {row['crop_size']}",
        "generator": f"{row['generator_parameters']:,}",
        "discriminator": f"{row['discriminator_parameters']:,}",
        "checkpoint of SRResNet, MB": f"{row['srresnet_checkpoint_megabytes']:.1f}",
        "of SRGAN, MB": f"{row['srgan_checkpoint_megabytes']:.1f}",
        **{f"{number} validation crops, MB": f"{megabytes:,.0f}" for number, megabytes in crops},
    }


def _write_all_reduce(row: Mapping[str, Any]) -> dict[str, str]:
    rates = row["gigabits_per_second"].items()
    return {
        "": row["training"],
        "gradients, MB": f"{row['gradient_megabytes']:.1f}",
        "sent by each, MB": f"{row['megabytes_sent']:.1f}",
        **{f"Gbit/s at {seconds} s a step": f"{rate:,.1f}" for seconds, rate in rates},
    }


def _write_input(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "seconds a step": f"{row['step_seconds']:g}",
        "images/s": f"{row['images_per_second']:,.0f}",
        "MB/s of JPEGs": f"{row['megabytes_per_second']:.1f}",
        "cores": f"{row['cores']:.2f}",
    }


def _write_cost(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "": row["variant"],
        "precision": row["precision"] + ", XLA" * row["jit_compile"],
        "GFLOP/image": to_digits(row["gflop_per_image"]),
        "ms/step": to_digits(1000 * row["seconds"]),
        "first step, s": to_digits(row["first_step_seconds"]),
        "images/s": to_digits(row["images_per_second"]),
        "TFLOP/s": to_digits(row["teraflops"]),
        "cores for its crops": to_digits(row["input_cores"]),
        "steps": f"{row['steps']:,}",
        "hours": to_digits(row["hours"]),
    }


def _write_many_records(row: Mapping[str, Any]) -> dict[str, str]:
    resident = row["resident_mb"]
    middle = len(resident) // 2
    return {
        "records": f"{row['records']:,}",
        "MB before": f"{row['before_mb']:.0f}",
        "+ split": f"{row['split_mb']:.0f}",
        "+ at its peak": f"{row['split_peak_mb']:.0f}",
        "MB after epoch 1": f"{resident[0]:.0f}",
        f"epoch {middle}": f"{resident[middle - 1]:.0f}",
        f"epoch {len(resident)}": f"{resident[-1]:.0f}",
        "images/s": f"{row['images_per_second']:.0f}",
        "CPU ms/image": f"{row['cpu_ms_per_image']:.2f}",
        "first batch, s": f"{row['first_batch_seconds']:.2f}",
        "split, s": f"{row['split_seconds']:.1f}",
        "its fingerprint, s": f"{row['fingerprint_seconds']:.1f}",
    }


_WRITERS = {
    "data": _write_data,
    "networks": _write_network,
    "all_reduce": _write_all_reduce,
    "input": _write_input,
    "cost_cpu": _write_cost,
    "cost_gpu": _write_cost,
    "many_records": _write_many_records,
}
