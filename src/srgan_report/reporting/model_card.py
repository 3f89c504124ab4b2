"""The model card next to an exported generator: what it is, what it was trained on, how good, how to use."""

import math
import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import yaml

from srgan_report.evaluation.metric_names import MEASURES
from srgan_report.variants import Variant

_NOT_SAVED = "Not saved with this version."

_SOURCES = {
    "sample": "photographs that scikit-image and scikit-learn carry, under the licences given there",
    "folder": "a folder of the trainer's own photographs, under whatever licence these have",
}
_LICENCES = {"tf_flowers": "CC BY 2.0"}  # of datasets of TensorFlow Datasets

# How to load each file and upscale `images`, (batch, height, width, 3) float32 in [0, 1].
USAGE = {
    "generator.keras": """\
import keras
model = keras.models.load_model("generator.keras")
upscaled = model([images], training=False).numpy()""",
    "saved_model": """\
import tensorflow as tf
model = tf.saved_model.load("saved_model")
upscaled = model.serve(images).numpy()""",
    "generator.tflite": """\
import tensorflow as tf  # without it: from ai_edge_litert.interpreter import Interpreter
interpreter = tf.lite.Interpreter("generator.tflite")
source = interpreter.get_input_details()[0]["index"]
interpreter.resize_tensor_input(source, images.shape)
interpreter.allocate_tensors()
interpreter.set_tensor(source, images)
interpreter.invoke()
upscaled = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])""",
    "generator.onnx": """\
import onnxruntime
session = onnxruntime.InferenceSession("generator.onnx")
upscaled = session.run(None, {session.get_inputs()[0].name: images})[0]""",
}

# With what each file was made, and what is known to load it.
_MADE_WITH = {
    "generator.keras": "Keras {keras}; tried with Keras 3.3.3, 3.8.0, 3.12.4, 3.14.1 and {keras}",
    "saved_model": "TensorFlow {tensorflow}",
    "generator.tflite": "TensorFlow {tensorflow}",
    "generator.onnx": "tf2onnx {tf2onnx}, opset 15; tried with onnxruntime {onnxruntime}",
}


def write_card(
    variant: Variant,
    version: str,
    *,
    summary: Mapping[str, Any] | None,
    metrics: Mapping[str, Any] | None,
    bicubic: Mapping[str, Any] | None,
    differences: Mapping[str, float],
    checksums: Mapping[str, str],
) -> str:
    """Writes the model card of one exported generator. Its numbers are those that were saved with it.

    Args:
        variant: What was trained.
        version: The generator's.
        summary: The ``training_summary`` of that version; ``None`` where none is saved.
        metrics: Its ``metrics`` on the validation crops; ``None`` where none are saved.
        bicubic: Those of bicubic interpolation on the same crops; ``None`` where none are saved.
        differences: For each exported file or folder, its largest difference from the generator.
        checksums: SHA-256 of each file, by its path.

    Returns:
        Markdown.
    """
    parts = [
        f"# {variant.label}\n\n{_describe(variant)}\n\nVersion: {version}.",
        f"## Training\n\n{_describe_training(summary)}",
        f"## Measures\n\n{_describe_measures(metrics, bicubic)}",
        f"## Limits\n\n{_describe_limits(variant)}",
        f"## Files\n\n{_describe_files(differences)}",
        f"## Checksums\n\nSHA-256:\n\n{_list_checksums(checksums)}",
    ]
    return "\n\n".join(parts) + "\n"


def write_shipped_card(variant: Variant, facts: Mapping[str, Any]) -> str:
    """Writes the model card of a generator that comes with the project.

    Args:
        variant: What was trained.
        facts: What ``shipped.Shipment`` has of it.

    Returns:
        Markdown.
    """
    use = (
        f"    kedro upscale INPUT OUTPUT --variant={variant.name}\n\n"
        f"The weights are {facts['dtype']}, which changes images of validation crops by "
        f"{facts['levels']:.3f} of 256 levels at most. `shipped.json` has their SHA-256. They are under the "
        "MIT licence, as the code is."
    )
    parts = [
        f"# {variant.label}\n\n{_describe(variant)}\n\nVersion: {facts['version']}.",
        f"## Training\n\n{_describe_training(facts['summary'])}",
        f"## Measures\n\n{_describe_measures(facts['metrics'], facts['bicubic'])}",
        f"## Limits\n\n{_describe_limits(variant)}",
        f"## Use\n\n{use}",
    ]
    return "\n\n".join(parts) + "\n"


def _describe(variant: Variant) -> str:
    loss = (
        "pixel MSE"
        if not variant.perceptual
        else f"a perceptual loss on feature maps ({variant.content_loss})"
    )
    rest = " and an adversarial loss" if variant.adversarial else ""
    return (
        "A generator that upscales photographs four times: SRResNet (Ledig et al. 2017, arXiv 1609.04802), "
        f"trained with {loss}{rest}.\n\n"
        "Input: `(batch, height, width, 3)` float32, sRGB in [0, 1], of any size. Output: `(batch, 4 height, "
        "4 width, 3)` float32 in about [-1, 1]; `(output + 1) / 2`, clipped to [0, 1], is the image. "
        "The code that made it is under the MIT licence."
    )


def _describe_training(summary: Mapping[str, Any] | None) -> str:
    if summary is None:
        return _NOT_SAVED
    parameters = yaml.safe_dump(summary["parameters"], sort_keys=False).strip()
    ending = " The training diverged: this is its last good state." if summary["status"] == "diverged" else ""
    return (
        f"On {_name_source(summary['photographs'])}: {summary['training_photographs']:,} photographs, "
        f"{summary['steps']:,} steps, {summary['images']:,} crops, seed {summary['seed']}.{ending}\n\n"
        f"Split (SHA-256): `{summary['data_sha256']}`. Weights (SHA-256): `{summary['generator_sha256']}`, "
        f"{summary['generator_parameters']:,} parameters.\n\n```yaml\n{parameters}\n```"
    )


def _name_source(photographs: Mapping[str, Any]) -> str:
    source, name = photographs["source"], str(photographs["name"])
    if source in _SOURCES:
        return _SOURCES[source]  # and not the path of a folder, which is nobody else's business
    licence = _LICENCES.get(name.partition(":")[0], "see there for its licence")
    return f"{name} of TensorFlow Datasets ({licence})"


def _describe_measures(metrics: Mapping[str, Any] | None, bicubic: Mapping[str, Any] | None) -> str:
    if metrics is None:
        return _NOT_SAVED
    of_bicubic = {name: _tell(bicubic, name) if bicubic else "not saved" for name in MEASURES}
    rows = [f"| {MEASURES[name].label} | {_tell(metrics, name)} | {of_bicubic[name]} |" for name in MEASURES]
    left_out = metrics.get("left_out", 0)
    exact = f" Crops that are left out, because a method reproduces them exactly: {left_out}." * bool(
        left_out
    )
    return (
        f"Means over {metrics['photographs']} held-out photographs ({metrics['crops']} crops), rounded to 8 "
        f"bits, with 95% bootstrap intervals from ten photographs on; of LPIPS lower is better.{exact}\n\n"
        "| measure | mean | bicubic interpolation |\n| --- | --- | --- |\n" + "\n".join(rows)
    )


def _tell(metrics: Mapping[str, Any], name: str) -> str:
    values = [metrics[name + end] for end in ("_low", "", "_high")]
    low, mean, high = (
        f"{value:.{MEASURES[name].digits}f}" if value is not None and math.isfinite(value) else "—"
        for value in values
    )
    return mean if "—" in (low, high) else f"{mean} ({low} to {high})"


def _describe_limits(variant: Variant) -> str:
    invents = (
        "- It invents detail that looks likely, which need not be what was there.\n"
        if variant.adversarial or variant.perceptual
        else "- It averages over what is likely: fine texture comes out smooth.\n"
    )
    return (
        "- Four times, nothing else; for sRGB photographs of 8 bits.\n"
        "- It learnt to undo the downscaling of clean photographs (`crops.downscaling` above): noise, blur "
        "and compression of its input come out upscaled, or worse.\n"
        f"{invents}"
        "- Nothing that it shows is evidence: not for medicine, identification or measurement."
    )


def _describe_files(differences: Mapping[str, float]) -> str:
    rows = [
        f"| `{file}` | {difference:.1e} | {_tell_versions(file)} |"
        for file, difference in differences.items()
    ]
    usage = [f"`{file}`:\n\n```python\n{USAGE[file]}\n```" for file in differences]
    return (
        "Largest difference of an output value from the trained generator's, for random images:\n\n"
        "| file | difference | made with |\n| --- | ---: | --- |\n" + "\n".join(rows) + "\n\n"
        "With `images` as above:\n\n" + "\n\n".join(usage)
    )


def _tell_versions(file: str) -> str:
    names = re.findall(r"{(\w+)}", _MADE_WITH[file])
    return _MADE_WITH[file].format(**{name: version(name) for name in names})


def _list_checksums(checksums: Mapping[str, str]) -> str:
    return "| file | SHA-256 |\n| --- | --- |\n" + "\n".join(
        f"| `{path}` | `{digest}` |" for path, digest in checksums.items()
    )
