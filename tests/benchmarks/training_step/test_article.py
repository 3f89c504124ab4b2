import numpy as np
import pytest
import tensorflow as tf

from benchmarks.training_step import article, worker
from srgan_report.training import step
from srgan_report.variants import VARIANTS


def test_generator_has_the_articles_parameters():
    assert article.build_generator().count_params() == 1_030_531


def test_discriminator_has_the_articles_parameters():
    assert article.build_discriminator(128).count_params() == 38_249_281


@pytest.mark.parametrize(("gpus", "uses_xla"), [([], False), (["GPU:0"], True)])
def test_xla_compiles_the_projects_step_on_a_gpu(monkeypatch, gpus, uses_xla):
    monkeypatch.setattr(worker, "GPU_MATRIX_SIDE", 16)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus)
    made = []
    monkeypatch.setattr(step, "TrainingStep", lambda *args, **options: made.append(options) or StubStep())
    side = worker.build_project("srresnet_mse", 16, 2)
    assert made[0]["jit_compile"] is uses_xla
    assert side.facts["matrix_side"] == (16 if uses_xla else 2048)


class StubStep:
    take = None


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
