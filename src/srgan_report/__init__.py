"""A reproducible Kedro report on the losses of SRResNet and SRGAN."""

import os

__version__ = "0.2.0.dev0"

# TensorFlow reads these as it is imported, which must therefore come after this package.
# On CPUs without AVX512-VNNI or the like it leaves its faster kernels (oneDNN) off: a step of SRResNet-MSE
# then takes more than twice as long.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# On GPUs it takes all memory at once, unless told to take what it needs.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
# Errors alone, once its libraries are loaded: it warns of colour profiles with every photograph.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
