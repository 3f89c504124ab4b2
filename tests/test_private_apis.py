"""What is used of other packages without their promise: an upgrade that changes it fails here, by name."""

import inspect

import keras
import pytest
import tensorflow as tf
from kedro.config import OmegaConfigLoader
from kedro.framework.context import KedroContext
from kedro_datasets import json, matplotlib, pandas, text


def test_a_context_makes_a_catalog_of_given_versions():
    """KedroContext.catalog takes none; pipelines/reporting/results.py needs them."""
    assert "load_versions" in inspect.signature(KedroContext._get_catalog).parameters


def test_a_context_validates_parameters_for_the_pipelines_that_it_is_told():
    """pipelines/reporting/results.py tells it none: types of nodes would import TensorFlow."""
    assert "self._pipelines_to_validate" in inspect.getsource(KedroContext)


def test_a_configuration_loader_makes_its_filesystem_in_one_place():
    """framework/config_loader.py puts one in its place whose patterns don't begin with the folder."""
    made = inspect.getsource(OmegaConfigLoader.__init__)
    assert "self._fs, self._protocol = self._initialise_filesystem_and_protocol(conf_source)" in made


@pytest.mark.parametrize("how", ["load", "save"])
@pytest.mark.parametrize(
    "dataset", [json.JSONDataset, matplotlib.MatplotlibDataset, pandas.CSVDataset, text.TextDataset]
)
def test_a_dataset_keeps_what_kedro_wraps(dataset, how):
    """datasets/atomic_datasets.py calls it, to see errors before they are DatasetErrors."""
    wrapped = getattr(dataset, how).__wrapped__
    assert next(iter(inspect.signature(wrapped).parameters)) == "self"


def test_an_activation_keeps_its_logits():
    """training/losses.py computes the losses of probabilities from these."""
    logits = tf.constant([[0.5]])
    assert keras.activations.sigmoid(logits)._keras_logits is logits


def test_an_optimizer_sums_gradients_in_one_method():
    """training/optimizer.py overrides it: the step has summed them already."""
    assert hasattr(keras.optimizers.Adam, "_all_reduce_sum_gradients")
