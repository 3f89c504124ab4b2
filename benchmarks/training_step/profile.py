"""Tells where the time of the project's training step goes, by kind of operation, with TensorFlow's profiler.

Operations run one after another for it (each on all cores), so that their times add up to the step's.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.command import CROP_SIZE, POSITIVE, Benchmark, a_variant, describe, save
from srgan_report.variants import VARIANTS

# The first that an operation's name holds decides: gradients' names hold those of what they are gradients of.
_KINDS = {
    "BackpropFilter": "convolutions, gradient by weights",
    "BackpropInput": "convolutions, gradient by inputs",
    "Conv2D": "convolutions, forward",
    "BatchNorm": "BatchNorm, forward and gradient",
    "Relu": "activations, forward and gradient",
    "Pool": "pooling, forward and gradient",
    "MatMul": "dense layers, forward and gradient",
    "ApplyAdam": "Adam",
    "L2Loss": "losses of feature maps",
}
_REST = "everything else"


def profile(variant: str, size: int, batch_size: int) -> dict[str, float]:
    """Profiles one step.

    Returns:
        Milliseconds of each kind of operation, the largest first, ``everything else``, and the ``step``.
    """
    import tensorflow as tf

    from benchmarks.training_step.worker import BUILDERS

    if not tf.config.threading.get_inter_op_parallelism_threads():
        tf.config.threading.set_inter_op_parallelism_threads(1)
    side = BUILDERS["project"](variant, size, batch_size)
    for _ in range(3):  # the first traces
        side.train()
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        started = time.perf_counter()
        side.train()
        step = 1000 * (time.perf_counter() - started)
        tf.profiler.experimental.stop()
        (events,) = Path(folder).rglob("*.xplane.pb")
        kinds = _sum_by_kind(events.read_bytes())
    kinds[_REST] = step - kinds.total()
    return dict(sorted(kinds.items(), key=lambda kind: -kind[1])) | {"step": step}


def _sum_by_kind(events: bytes) -> Counter[str]:
    # Comes with TensorFlow and is no part of its public interface; TensorBoard's plugin would need a browser.
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    milliseconds: Counter[str] = Counter()
    for plane in xplane_pb2.XSpace.FromString(events).planes:
        names = {key: value.name for key, value in plane.event_metadata.items()}
        for line in plane.lines:
            for event in line.events:
                _, separator, operation = names[event.metadata_id].rpartition(":_Mkl")
                if not separator:
                    _, separator, operation = names[event.metadata_id].rpartition(":")
                kind = next((kind for part, kind in _KINDS.items() if separator and part in operation), None)
                if kind:
                    milliseconds[kind] += event.duration_ps / 1e9
    return milliseconds


def to_markdown(result: dict[str, Any]) -> str:
    """Writes a row for each kind of operation, a column for each variant, in percent of the step."""
    profiles = result["variants"]
    kinds = [*_KINDS.values(), _REST]
    lines = [
        f"| | {' | '.join(VARIANTS[name].label for name in profiles)} |",
        "| --- |" + " ---: |" * len(profiles),
    ]
    for kind in kinds:
        shares = [f"{100 * spent.get(kind, 0) / spent['step']:.0f}%" for spent in profiles.values()]
        lines.append(f"| {kind} | {' | '.join(shares)} |")
    steps = [f"{spent['step'] / 1000:.2f} s" for spent in profiles.values()]
    return "\n".join([*lines, f"| step | {' | '.join(steps)} |"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Profiles, prints and saves."""
    parser = Benchmark(__doc__)
    default = ["srresnet_mse", "srresnet_vgg54", "srgan_vgg54"]
    parser.add_argument("variants", type=a_variant, nargs="*", default=default, help="which to profile")
    parser.add_argument("--size", type=CROP_SIZE, default=128, help="pixels of an HR crop's side")
    parser.add_argument("--batch-size", type=POSITIVE, default=16, help="crops in a step")
    options = parser.parse_args(arguments)
    result = describe(size=options.size, batch_size=options.batch_size)
    result["variants"] = {name: profile(name, options.size, options.batch_size) for name in options.variants}
    save(options.output, "profile", result, table := to_markdown(result))
    print(table)


if __name__ == "__main__":
    main()
