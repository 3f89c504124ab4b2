"""What parameters choose between, named once: for the schema, and for what takes them."""

from typing import Literal

ContentLoss = Literal["mse", "vgg22", "vgg54"]

Source = Literal["tfds", "folder", "sample"]
TooSmall = Literal["error", "skip"]
Damaged = Literal["error", "skip"]
Downscaling = Literal["bilinear", "antialiased_bicubic"]

Activation = Literal["leaky_relu", "prelu"]
OutputActivation = Literal["tanh", "linear"]
Initialization = Literal["default", "interpolating", "interpolating_icnr"]
DiscriminatorOutput = Literal["probability", "logit"]

VggName = Literal["vgg19", "vgg16"]
Formulation = Literal["article", "all_layers", "paper"]
Preprocessing = Literal["none", "network"]

StartFrom = Literal["scratch", "pretrained", "saved", "srresnet_mse"]
Schedule = Literal["constant", "cosine", "step"]
JitCompile = Literal["auto", True, False]
Precision = Literal["float32", "mixed_bfloat16", "mixed_float16"]
StrategyName = Literal["default", "mirrored", "multi_worker_mirrored"]
OnFailure = Literal["stop", "continue"]
