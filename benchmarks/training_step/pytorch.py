"""The article's networks and training step in PyTorch: what the project has to be faster than.

Written as PyTorch is fast: convolutions in the memory layout ``channels_last``, activations in place, one
fused Adam, no gradient that nobody needs, and graphs given up once they have been walked back; on a GPU,
networks are compiled.
Padding, BatchNorm, slopes and learning rates are Keras'; initial weights are PyTorch's own, which cost the
same. Everywhere ``lr`` is a batch ``(batch, 3, height, width)`` in [0, 1]; ``hr`` and ``sr`` are four times
as high and wide, in [-1, 1]. Needs PyTorch 2.6 or newer, and neither TensorFlow nor the project.
With the article's weights copied, both compute the same losses. PyTorch's threads spin where they wait for
each other: it is many times slower where other programs keep the cores busy.
"""

import math
from collections.abc import Callable, Iterable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

Loss = Callable[[Tensor, Tensor], Tensor]
Step = Callable[[Tensor, Tensor], dict[str, Tensor]]

# VGG19's convolutions, which of them follow a pooling, and how many the article's losses walk through.
_VGG_CHANNELS = (64,) * 2 + (128,) * 2 + (256,) * 4 + (512,) * 8
_VGG_POOLED = (2, 4, 8, 12)
_VGG_COMPARED = {"vgg22": 5, "vgg54": 16}


class _Convolution(nn.Conv2d):
    """A convolution that pads as Keras' ``same`` does: where a side gets one more, it is the far one."""

    def __init__(self, inputs: int, outputs: int, size: int, stride: int = 1) -> None:
        super().__init__(inputs, outputs, size, stride, padding=0 if stride > 1 else size // 2)

    def forward(self, x: Tensor) -> Tensor:
        if (stride := self.stride[0]) > 1:
            totals = [self.kernel_size[0] - ((side - 1) % stride + 1) for side in (x.shape[3], x.shape[2])]
            x = functional.pad(x, [pad for total in totals for pad in (total // 2, total - total // 2)])
        return super().forward(x)


def _leaky_relu() -> nn.Module:
    return nn.LeakyReLU(0.3, inplace=True)


def _normalize(channels: int) -> nn.Module:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


def _convolution_block(inputs: int, outputs: int, stride: int = 1) -> list[nn.Module]:
    return [_Convolution(inputs, outputs, 3, stride), _normalize(outputs), _leaky_relu()]


class Generator(nn.Module):
    """The generator."""

    def __init__(self) -> None:
        """Makes the layers (article, "Model definition")."""
        super().__init__()
        self.first = nn.Sequential(_Convolution(3, 64, 9), _leaky_relu())
        blocks = (_convolution_block(64, 64) + _convolution_block(64, 64) for _ in range(5))
        self.blocks = nn.ModuleList(nn.Sequential(*block) for block in blocks)
        self.skip = nn.Sequential(_Convolution(64, 64, 9), _normalize(64))
        upsample = ([_Convolution(64, 256, 3), nn.PixelShuffle(2), _leaky_relu()] for _ in range(2))
        self.upsample = nn.Sequential(*(layer for layers in upsample for layer in layers))
        self.last = nn.Sequential(_Convolution(64, 3, 9), nn.Tanh())

    def forward(self, lr: Tensor) -> Tensor:
        """From ``lr`` to ``sr``."""
        x = first = self.first(lr)
        for block in self.blocks:
            x = x + block(x)
        return self.last(self.upsample(self.skip(x) + first))


def build_discriminator(size: int) -> nn.Module:
    """Builds the discriminator, from ``hr`` or ``sr`` to logits ``(batch, 1)``.

    The article's ends in a sigmoid, which Keras undoes where it computes the loss.
    """
    layers: list[nn.Module] = [_Convolution(3, 64, 3), _leaky_relu()]
    channels = 64
    for filters, stride in ((64, 2), (128, 1), (128, 2), (256, 1), (256, 2), (512, 1), (512, 2)):
        layers += _convolution_block(channels, filters, stride)
        channels = filters
    side = math.ceil(size / 16)  # of the last map: each of four strides halves it, rounding up
    dense = [nn.Flatten(), nn.Linear(512 * side**2, 1024), _leaky_relu(), nn.Linear(1024, 1)]
    return nn.Sequential(*layers, *dense)


class Vgg(nn.Module):
    """VGG19 as far as the article's loss walks, with random weights that stay as they are."""

    def __init__(self, content_loss: str) -> None:
        """Makes the layers for ``vgg22`` or ``vgg54`` (article, "Losses")."""
        super().__init__()
        self.layers = nn.ModuleList()
        for index, channels in enumerate(_VGG_CHANNELS[: _VGG_COMPARED[content_loss]]):
            pooling = [nn.MaxPool2d(2)] if index in _VGG_POOLED else []
            convolution = nn.Conv2d((3, *_VGG_CHANNELS)[index], channels, 3, padding=1)
            self.layers.append(nn.Sequential(*pooling, convolution, nn.ReLU(inplace=True)))
        self.requires_grad_(False)

    def forward(self, images: Tensor) -> list[Tensor]:
        """From ``hr`` or ``sr`` to the map behind each convolution's ReLU, shallow ones first."""
        maps = []
        for layer in self.layers:
            images = layer(images)
            maps.append(images)
        return maps


def pixel_mse(hr: Tensor, sr: Tensor) -> Tensor:
    """Mean squared error."""
    return functional.mse_loss(sr, hr)


def vgg_loss(maps: Vgg, hr: Tensor, sr: Tensor) -> Tensor:
    """Adds up the mean squared differences of the feature maps."""
    with torch.no_grad():
        hr_maps = maps(hr)
    pairs = zip(hr_maps, maps(sr), strict=True)
    return 0.006 * torch.stack([pixel_mse(hr_map, sr_map) for hr_map, sr_map in pairs]).sum()


def make_batch(size: int, batch_size: int) -> tuple[Tensor, Tensor]:
    """Makes random crops, ``hr`` of ``size`` pixels and their bilinear copies ``lr``."""
    hr = 2 * torch.rand(batch_size, 3, size, size).contiguous(memory_format=torch.channels_last) - 1
    return functional.interpolate((hr + 1) / 2, scale_factor=0.25, mode="bilinear"), hr


def compile_networks(networks: Iterable[nn.Module]) -> None:
    """Has ``torch.compile`` compile networks, forward and backward, when they are first called."""
    # The discriminator's graph is walked back twice, which compiled graphs refuse if they reuse buffers.
    torch._functorch.config.donated_buffer = False
    for network in networks:
        network.compile()


def build_step(generator: nn.Module, maps: Vgg | None = None, discriminator: nn.Module | None = None) -> Step:
    """Makes the step that updates the networks by one batch of ``lr`` and ``hr``.

    The content loss is by VGG's ``maps``, or else by pixels. The step's results: ``content_loss``, ``psnr``
    (in dB, of the whole batch, with a peak of 1) and, where there is a discriminator, ``adversarial_loss``
    and ``discriminator_loss``, neither of them weighted.
    """
    content_loss: Loss = pixel_mse if maps is None else partial(vgg_loss, maps)
    generator_optimizer = _adam(generator)
    discriminator_optimizer = None if discriminator is None else _adam(discriminator)

    def step(lr: Tensor, hr: Tensor) -> dict[str, Tensor]:
        sr = generator(lr)
        losses = {"content_loss": content_loss(hr, sr)}
        # The losses are walked back to SR one by one, which frees VGG's maps before the discriminator makes
        # its own; the walk through the generator comes last, once for all of them.
        (gradient,) = torch.autograd.grad(losses["content_loss"], sr)
        if discriminator is not None and discriminator_optimizer is not None:
            real, fake = discriminator(hr), discriminator(sr)
            losses["adversarial_loss"] = _cross_entropy(fake, 1.0)
            losses["discriminator_loss"] = _cross_entropy(real, 1.0) + _cross_entropy(fake, 0.0)
            (adversarial,) = torch.autograd.grad(losses["adversarial_loss"], sr, retain_graph=True)
            gradient.add_(adversarial, alpha=0.001)
            losses["discriminator_loss"].backward(inputs=list(discriminator.parameters()))
            _descend(discriminator_optimizer)
        sr.backward(gradient)
        _descend(generator_optimizer)
        with torch.no_grad():
            return losses | {"psnr": -10 * torch.log10(pixel_mse(hr, sr))}

    return step


def _cross_entropy(logits: Tensor, label: float) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def _adam(network: nn.Module) -> torch.optim.Optimizer:
    optimizer = torch.optim.Adam(network.parameters(), 0.001, fused=True)
    # PyTorch makes the moments in the first step; here they are made before it, as on the other sides, so
    # that the memory of a step is the same things' everywhere.
    state = optimizer.state_dict()
    state["state"] = {
        index: {
            "step": torch.tensor(0.0),
            "exp_avg": torch.zeros_like(weights),
            "exp_avg_sq": torch.zeros_like(weights),
        }
        for index, weights in enumerate(network.parameters())
    }
    optimizer.load_state_dict(state)
    return optimizer


def _descend(optimizer: torch.optim.Optimizer) -> None:
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
