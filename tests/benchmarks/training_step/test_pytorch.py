import sys
from copy import deepcopy

import pytest

from benchmarks.training_step import worker

torch = pytest.importorskip("torch", reason="PyTorch is no dependency of the project: this needs it")

from benchmarks.training_step import pytorch  # noqa: E402


def count(network):
    return sum(weights.numel() for weights in network.parameters())


# The article's, less the mean and variance of each BatchNorm channel, which PyTorch counts as no parameters.
def test_generator_has_the_articles_parameters():
    assert count(pytorch.Generator()) == 1_030_531 - 2 * 11 * 64


def test_discriminator_has_the_articles_parameters():
    channels = 64 + 2 * 128 + 2 * 256 + 2 * 512
    assert count(pytorch.build_discriminator(128)) == 38_249_281 - 2 * channels


def test_vgg_has_vgg19s_parameters():
    assert count(pytorch.Vgg("vgg54")) == 20_024_384  # keras.applications.VGG19's without its top


# Keras pads an even side by one pixel at the far end, an odd one by one at each end.
@pytest.mark.parametrize(("side", "pixels_seen"), [(8, [3, 3, 3, 2]), (9, [2, 3, 3, 3, 2])])
def test_strided_convolution_pads_as_keras(side, pixels_seen):
    convolution = pytorch._Convolution(1, 1, 3, stride=2)
    torch.nn.init.ones_(convolution.weight)
    torch.nn.init.zeros_(convolution.bias)
    image = torch.zeros(1, 1, side, side)
    image[..., 0] = 1  # the first column, which the first column of outputs sees
    assert convolution(image)[0, 0, :, 0].tolist() == pixels_seen


@pytest.mark.parametrize("variant", ["srresnet_mse", "srresnet_vgg22"])
def test_learns_without_tensorflow(variant, monkeypatch):
    for name in ("tensorflow", "keras", "srgan_report"):
        monkeypatch.setitem(sys.modules, name, None)
    torch.manual_seed(0)
    side = worker.build_pytorch(variant, 32, 2)
    losses = [side.train()["content_loss"] for _ in range(15)]
    assert losses[-1] < 0.9 * losses[0]


@pytest.mark.parametrize("compiled", [False, True])
def test_step_is_the_textbooks(compiled):
    torch.manual_seed(0)
    generator, discriminator = pytorch.Generator(), pytorch.build_discriminator(32)
    maps = pytorch.Vgg("vgg22")
    copies = [deepcopy(network) for network in (generator, discriminator, maps)]
    if compiled:
        networks = [generator, discriminator, maps]
        pytorch.compile_networks(networks)
        assert all(network._compiled_call_impl for network in networks)
    batch = pytorch.make_batch(32, 2)
    step = pytorch.build_step(generator, maps, discriminator)
    plain = textbook_step(*copies)
    for tolerance in (1e-5, 1e-3):  # Adam's first step takes the sign alone of gradients however small
        losses = {name: loss.item() for name, loss in step(*batch).items()}
        assert losses == pytest.approx(plain(*batch) | {"psnr": losses["psnr"]}, rel=tolerance)


def textbook_step(generator, discriminator, maps):
    """One backward pass for each network, by the sum of its losses, with every gradient there is."""
    optimizers = [torch.optim.Adam(network.parameters(), 1e-3) for network in (generator, discriminator)]
    cross_entropy = torch.nn.BCELoss()

    def step(lr, hr):
        sr = generator(lr)
        real, fake = discriminator(hr).sigmoid(), discriminator(sr).sigmoid()
        ones, zeros = torch.ones_like(fake), torch.zeros_like(fake)
        pairs = zip(maps(hr), maps(sr), strict=True)
        content = 0.006 * sum(torch.nn.functional.mse_loss(a, b) for a, b in pairs)
        adversarial = cross_entropy(fake, ones)
        loss = cross_entropy(real, ones) + cross_entropy(fake, zeros)
        (content + 0.001 * adversarial).backward(retain_graph=True)
        discriminator.zero_grad()
        loss.backward(inputs=list(discriminator.parameters()))
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        losses = {"content_loss": content, "adversarial_loss": adversarial, "discriminator_loss": loss}
        return {name: value.item() for name, value in losses.items()}

    return step
