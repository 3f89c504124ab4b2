"""What the tests of one variant's training have in common: parameters, and networks that train in no time."""

import keras

from srgan_report.parameters.sections import (
    CropsParameters,
    DiscriminatorParameters,
    GeneratorParameters,
    PerceptualParameters,
    PerceptualScale,
    ProtocolParameters,
    TrainingParameters,
    VariantParameters,
)
from srgan_report.pipelines.training import starting_weights
from srgan_report.variants import VARIANTS

CROPS = CropsParameters(size=32, too_small="error", validation_per_photograph=1, downscaling="bilinear")
GENERATOR = GeneratorParameters(
    residual_blocks=1,
    activation="leaky_relu",
    activate_residual=True,
    skip_kernel_size=9,
    output_activation="tanh",
    batch_normalization_momentum=0.5,
    initialization="interpolating",
)
DISCRIMINATOR = DiscriminatorParameters(negative_slope=0.3, output="probability")
TRAINING = TrainingParameters(
    start_from="scratch",
    batch_size=2,
    epochs=2,
    steps_per_epoch=2,
    learning_rate=0.001,
    learning_rate_schedule="cosine",
    ema_momentum=None,
    shuffle=False,
    roll=False,
    adversarial_weight=0.001,
    total_variation_weight=0.0,
    lattice_weight=0.0,
    spectral_weight=0.0,
    chroma_weight=0.0,
    consistency_weight=0.0,
    adversarial_border=0,
    augment=False,
    precision="float32",
    jit_compile=False,
    strategy="default",
    synchronize_batch_normalization=True,
    resume=True,
    checkpoint_every=100,
    on_failure="stop",
)
PERCEPTUAL = PerceptualParameters(
    network="vgg16",
    formulation="article",
    preprocessing="network",
    scale=PerceptualScale(vgg19=0.5, vgg16=0.006),
)


def make_protocol(**changed):
    sections = {
        "crops": CROPS,
        "generator": GENERATOR,
        "discriminator": DISCRIMINATOR,
        "perceptual": PERCEPTUAL,
    }
    return ProtocolParameters(**{"seed": 1} | sections | changed)


def make_variant(name, training=TRAINING, **changed):
    variant = VARIANTS[name]
    return VariantParameters(
        name=name,
        content_loss=variant.content_loss,
        adversarial=variant.adversarial,
        training=training.model_copy(update=changed),
    )


def initialize(
    generator, *, name="srgan_mse", start_from="scratch", pretrained=None, mse=None, saved=None, seed=1
):
    variant = make_variant(name, start_from=start_from)
    protocol = make_protocol(generator=generator, seed=seed)
    return starting_weights.initialize_generator(variant, protocol, pretrained or {}, saved or {}, mse)


def build_tiny_generator(**kwargs):
    image = keras.Input((None, None, 3))
    mixed = keras.layers.Conv2D(3, 1, kernel_initializer=keras.initializers.GlorotUniform(1))(image)
    return keras.Model(image, keras.layers.UpSampling2D(4)(mixed))


def build_tiny_discriminator(**kwargs):
    crop = keras.Input((32, 32, 3))
    judge = keras.layers.Dense(1, "sigmoid", kernel_initializer=keras.initializers.GlorotUniform(2))
    return keras.Model(crop, judge(keras.layers.GlobalAveragePooling2D()(crop)))
