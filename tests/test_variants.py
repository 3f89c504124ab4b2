import dataclasses

import pytest

from srgan_report.variants import VARIANTS, Variant, name_datasets


class TestVariants:
    def test_the_six_of_the_article_in_its_order(self):
        assert list(VARIANTS) == [
            "srresnet_mse",
            "srresnet_vgg22",
            "srresnet_vgg54",
            "srgan_mse",
            "srgan_vgg22",
            "srgan_vgg54",
        ]

    def test_names_say_what_each_stands_for(self):
        assert VARIANTS["srresnet_mse"] == Variant("mse", adversarial=False)
        assert VARIANTS["srgan_vgg54"] == Variant("vgg54", adversarial=True)
        assert all(VARIANTS[name].name == name for name in VARIANTS)


class TestVariant:
    @pytest.mark.parametrize(
        ("variant", "label"),
        [
            (Variant("mse", adversarial=False), "SRResNet-MSE"),
            (Variant("vgg22", adversarial=False), "SRResNet-VGG22"),
            (Variant("vgg54", adversarial=True), "SRGAN-VGG54"),
        ],
    )
    def test_label_is_the_papers(self, variant, label):
        assert variant.label == label

    @pytest.mark.parametrize(
        ("content_loss", "perceptual"), [("mse", False), ("vgg22", True), ("vgg54", True)]
    )
    def test_perceptual_where_feature_maps_are_compared(self, content_loss, perceptual):
        assert Variant(content_loss, adversarial=True).perceptual is perceptual

    def test_can_not_be_changed(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            VARIANTS["srgan_mse"].adversarial = False


def test_datasets_are_named_together_where_one_variant_has_many():
    few = ["split", "srgan_mse.generator", "srgan_mse.metrics"]
    assert name_datasets(few) == "split, srgan_mse.generator, srgan_mse.metrics"
    many = [*few, "srgan_mse.super_resolved", "srgan_vgg54.metrics"]
    assert name_datasets(many) == "split, srgan_mse (3 datasets), srgan_vgg54.metrics"
