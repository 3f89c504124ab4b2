"""The article's networks: a generator, a discriminator, and VGG feature maps to compare photographs by."""

from srgan_report.networks.discriminator import build_discriminator
from srgan_report.networks.fused.layers import Forward, accelerate
from srgan_report.networks.generator import build_generator
from srgan_report.networks.initialization import initialize
from srgan_report.networks.lpips import load_lpips
from srgan_report.networks.vgg import build_perceptual_network, load_vgg

__all__ = [
    "Forward",
    "accelerate",
    "build_discriminator",
    "build_generator",
    "build_perceptual_network",
    "initialize",
    "load_lpips",
    "load_vgg",
]
