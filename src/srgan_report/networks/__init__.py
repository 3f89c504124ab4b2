"""The article's networks: a generator, a discriminator, and VGG feature maps to compare photographs by."""

from srgan_report.networks.discriminator import build_discriminator as build_discriminator
from srgan_report.networks.fused import Forward as Forward
from srgan_report.networks.fused import accelerate as accelerate
from srgan_report.networks.generator import build_generator as build_generator
from srgan_report.networks.initialization import initialize as initialize
from srgan_report.networks.lpips import load_lpips as load_lpips
from srgan_report.networks.vgg import build_perceptual_network as build_perceptual_network
from srgan_report.networks.vgg import load_vgg as load_vgg
