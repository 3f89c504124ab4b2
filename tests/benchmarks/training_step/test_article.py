import numpy as np
import pytest

from benchmarks.training_step import article, worker
from srgan_report.variants import VARIANTS


def test_generator_has_the_articles_parameters():
    assert article.build_generator().count_params() == 1_030_531


def test_discriminator_has_the_articles_parameters():
    assert article.build_discriminator(128).count_params() == 38_249_281


# The second step's losses also tell whether the first one updated the weights alike; not to the same number
# of digits, as Adam's first step takes the sign alone of gradients however small.
@pytest.mark.parametrize("variant", ["srresnet_mse", "srgan_vgg22"])
def test_project_step_has_the_articles_losses(variant):
    article, project = worker.build_article(variant, 16, 2), worker.build_project(variant, 16, 2)
    for name in article.networks.keys() - {"maps"}:  # both draw VGG's random weights from one seed
        article.networks[name].set_weights(project.networks[name].get_weights())
    for tolerance in (1e-4, 1e-3):
        theirs, ours = article.train(), project.train()
        pairs = [(ours["content_loss"], theirs["reconstruction"])]
        if VARIANTS[variant].adversarial:
            pairs.append((0.001 * ours["adversarial_loss"], theirs["adv_g"]))
            pairs.append((ours["discriminator_loss"], theirs["adv_d"]))
        np.testing.assert_allclose(*zip(*pairs, strict=True), rtol=tolerance)
