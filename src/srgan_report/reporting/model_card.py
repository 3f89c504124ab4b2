"""The model card next to an exported generator: what it is, what it was trained on, how good, how to use."""

import math
import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import yaml

from srgan_report.evaluation.metric_names import METRICS
from srgan_report.reporting.templates import render
from srgan_report.variants import Variant

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
    facts: Mapping[str, Any],
    *,
    differences: Mapping[str, float] | None = None,
    checksums: Mapping[str, str] | None = None,
) -> str:
    """Writes the model card of a generator that is exported, or that comes with the project: Markdown.

    Args:
        variant: What was trained.
        facts: The generator's ``version``; where these are saved with it, ``summary`` (its
            ``training_summary``), and on the validation crops its ``metrics`` and those of ``bicubic``
            interpolation; of a pretrained one all that ``PretrainedGenerator`` has.
        differences: For each exported file or folder, its largest difference from the generator; ``None``: it
            comes with the project.
        checksums: SHA-256 of each exported file, by its path.
    """
    summary, metrics, bicubic = (facts.get(name) for name in ("summary", "metrics", "bicubic"))
    loss = (
        f"a perceptual loss on feature maps ({variant.content_loss})" if variant.perceptual else "pixel MSE"
    )
    measures = [
        (METRICS[name].label, _tell(metrics or {}, name), _tell(bicubic, name) if bicubic else "not saved")
        for name in (METRICS if metrics else ())
    ]
    return render(
        "model_card.md.j2",
        variant=variant,
        version=facts["version"],
        loss=loss,
        summary=summary,
        source=_name_source(summary["photographs"]) if summary else None,
        parameters=yaml.safe_dump(summary["parameters"], sort_keys=False).strip() if summary else None,
        metrics=metrics,
        measures=measures,
        pretrained=facts if differences is None else None,
        differences=differences,
        checksums=checksums,
        usage=USAGE,
        made_with={file: _tell_versions(file) for file in differences or ()},
    )


def _name_source(photographs: Mapping[str, Any]) -> str:
    source, name = photographs["source"], str(photographs["name"])
    if source in _SOURCES:
        return _SOURCES[source]  # and not the path of a folder, which is nobody else's business
    licence = _LICENCES.get(name.partition(":")[0], "see there for its licence")
    return f"{name} of TensorFlow Datasets ({licence})"


def _tell(metrics: Mapping[str, Any], name: str) -> str:
    values = [metrics[name + end] for end in ("_low", "", "_high")]
    low, mean, high = (
        f"{value:.{METRICS[name].digits}f}" if value is not None and math.isfinite(value) else "—"
        for value in values
    )
    return mean if "—" in (low, high) else f"{mean} ({low} to {high})"


def _tell_versions(file: str) -> str:
    names = re.findall(r"{(\w+)}", _MADE_WITH[file])
    return _MADE_WITH[file].format(**{name: version(name) for name in names})
