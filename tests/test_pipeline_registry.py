from pathlib import Path

import pytest
from kedro.io import DataCatalog

from srgan_report.framework.config_loader import CheckedConfigLoader
from srgan_report.pipeline_registry import register_pipelines
from srgan_report.settings import CONFIG_LOADER_ARGS
from srgan_report.variants import VARIANTS

CONF = Path(__file__).parents[1] / "conf"
ALL = ("all_variants", "all_variants_from_mse")
PERCEPTUAL = [name for name in VARIANTS if "vgg" in name]
OTHERS = [name for name in VARIANTS if name != "srresnet_mse"]
ADVERSARIAL = [name for name in VARIANTS if name.startswith("srgan")]


@pytest.fixture(scope="module")
def pipelines():
    return register_pipelines()


@pytest.fixture(scope="module")
def order(pipelines):
    """The names of all nodes, as they run one after another."""
    return [node.name for node in pipelines["all_variants"].nodes]


@pytest.fixture(scope="module")
def configuration():
    return CheckedConfigLoader(str(CONF), **CONFIG_LOADER_ARGS)


def datasets_of(pipeline):
    return {name for name in pipeline.datasets() if not name.startswith("params:")}


class TestNames:
    def test_of_the_registered_pipelines(self, pipelines):
        assert set(pipelines) == {
            "__default__",
            "all_variants",
            "all_variants_from_mse",
            "benchmark_sets",
            "preparation",
            "comparison",
            "upscale",
            "export",
            "save_pretrained",
            *VARIANTS,
        }
        assert len(pipelines) == 1 + 14

    def test_default_is_all_variants(self, pipelines):
        assert pipelines["__default__"] is pipelines["all_variants"]

    def test_every_node_has_a_name_and_a_docstring(self, pipelines):
        for pipeline in pipelines.values():
            for node in pipeline.nodes:
                assert node._name, node.func
                assert node.func.__doc__, node.name


class TestAllVariants:
    def test_holds_every_other_pipeline_that_starts_from_scratch(self, pipelines):
        nodes = set(pipelines["all_variants"].nodes)
        for name, pipeline in pipelines.items():
            if name not in (
                "all_variants_from_mse",
                "benchmark_sets",
                "upscale",
                "export",
                "save_pretrained",
            ):
                assert set(pipeline.nodes) <= nodes, name

    def test_starts_from_the_photographs_alone(self, pipelines):
        inputs = pipelines["all_variants"].inputs()
        assert {name for name in inputs if not name.startswith("params:")} == {
            "local_folder",
            "photographs",
            "published_results",
            "notebooks",
            "pretrained_generators",
            "generators",
        }

    def test_makes_what_others_rely_on(self, pipelines):
        each = ["generator", "training_history", "super_resolved", "photograph_metrics", "metrics"]
        assert pipelines["all_variants"].all_outputs() >= {
            "split",
            "validation_crops",
            "baselines.super_resolved",
            "baselines.photograph_metrics",
            "baselines.metrics",
            "comparison",
            "report",
            *(f"{name}.{dataset}" for name in VARIANTS for dataset in each),
            *(f"{name}.discriminator" for name in ADVERSARIAL),
        }

    def test_trains_no_discriminator_where_there_is_no_adversary(self, pipelines):
        outputs = pipelines["all_variants"].all_outputs()
        assert {name for name in outputs if name.endswith(".discriminator")} == {
            f"{name}.discriminator" for name in ADVERSARIAL
        }

    def test_pretrained_weights_are_loaded_before_anything_trains(self, order, pipelines):
        first_training = min(order.index(f"{name}.train") for name in VARIANTS)
        assert max(order.index(f"{name}.prepare_training") for name in VARIANTS) < first_training
        from_mse = [node.name for node in pipelines["all_variants_from_mse"].nodes]
        loads = [from_mse.index(f"{name}.prepare_training") for name in PERCEPTUAL]
        assert max(loads) < from_mse.index("srresnet_mse.train")

    def test_photographs_are_split_and_cut_before_anything_trains(self, order):
        first_training = min(order.index(f"{name}.train") for name in VARIANTS)
        assert order.index("cut_validation_crops") < first_training

    def test_report_comes_last(self, order):
        assert order[-1] == "comparison.render_report"

    def test_variants_can_be_run_by_namespace(self, pipelines):
        for name in VARIANTS:
            alone = pipelines["all_variants"].filter(node_namespaces=[name])
            assert f"{name}.generator" in alone.all_outputs()
            assert all(node.namespace == name for node in alone.nodes)


class TestAllVariantsFromMse:
    def test_differs_by_the_arrows_from_srresnet_mse_alone(self, pipelines):
        scratch, from_mse = ({node.name: node for node in pipelines[name].nodes} for name in ALL)
        assert scratch.keys() == from_mse.keys()
        for name, node in from_mse.items():
            beyond = set(node.inputs) - set(scratch[name].inputs)
            starts = name in {f"{other}.initialize_generator" for other in OTHERS}
            assert beyond == ({"srresnet_mse.generator"} if starts else set())

    def test_srresnet_mse_is_trained_before_those_that_may_start_from_it(self, pipelines):
        order = [node.name for node in pipelines["all_variants_from_mse"].nodes]
        for name in OTHERS:
            assert order.index("srresnet_mse.train") < order.index(f"{name}.initialize_generator")

    def test_starts_from_the_photographs_alone(self, pipelines):
        inputs = pipelines["all_variants_from_mse"].inputs()
        assert {name for name in inputs if not name.startswith("params:")} == {
            "local_folder",
            "photographs",
            "published_results",
            "notebooks",
            "pretrained_generators",
            "generators",
        }


class TestVariantPipelines:
    @pytest.mark.parametrize("name", VARIANTS)
    def test_have_nodes_of_their_own_and_of_the_preparation_alone(self, pipelines, name):
        shared = {node.name for node in pipelines[name].nodes if node.namespace != name}
        assert shared == {"split_photographs", "cut_validation_crops", "choose_photograph"}

    @pytest.mark.parametrize("name", VARIANTS)
    def test_touch_nothing_of_another_variant(self, pipelines, name):
        names = {dataset.removeprefix("params:") for dataset in pipelines[name].datasets()}
        for other in VARIANTS.keys() - {name}:
            assert not {dataset for dataset in names if dataset.startswith(f"{other}.")}

    @pytest.mark.parametrize("name", VARIANTS)
    def test_differ_by_their_namespace_and_their_networks_alone(self, pipelines, name):
        """What a variant has beyond SRResNet-MSE is a discriminator or a perceptual network."""

        def steps(variant):
            nodes = pipelines[variant].nodes
            return {node.name.removeprefix(f"{variant}."): node.func for node in nodes}

        assert steps(name) == steps("srresnet_mse")
        made = {
            variant: {each.removeprefix(f"{variant}.") for each in pipelines[variant].all_outputs()}
            for variant in (name, "srresnet_mse")
        }
        assert made[name] - made["srresnet_mse"] == {
            *(["initial_discriminator", "discriminator"] if name in ADVERSARIAL else []),
            *(["perceptual_network"] if name in PERCEPTUAL else []),
        }

    def test_train_and_evaluate(self, pipelines):
        assert pipelines["srgan_mse"].all_outputs() >= {"srgan_mse.discriminator", "srgan_mse.metrics"}


class TestOtherPipelines:
    def test_preparation_makes_what_variants_and_comparison_share(self, pipelines):
        shared = {"split", "validation_crops", "figure_photograph"}
        assert pipelines["preparation"].all_outputs() == shared
        variants = [pipelines["all_variants"].filter(node_namespaces=[name]) for name in VARIANTS]
        made = shared.union(*(variant.all_outputs() for variant in variants))
        given = {
            "local_folder",
            "photographs",
            "pretrained_generators",
            "generators",
            "published_results",
            "notebooks",
            "parameters",
        }
        for pipeline in [*variants, pipelines["comparison"]]:
            inputs = {name for name in pipeline.inputs() if not name.startswith("params:")}
            assert inputs <= made | given

    def test_comparison_trains_nothing(self, pipelines):
        pipeline = pipelines["comparison"]
        assert not [node.name for node in pipeline.nodes if "train." in f"{node.name}."]
        assert {
            "comparison",
            "report",
            "figures.comparison_grid",
            "figures.training_curves",
        } <= pipeline.all_outputs()
        assert {f"{name}.results" for name in VARIANTS} <= pipeline.inputs()

    @pytest.mark.parametrize(
        ("name", "datasets"),
        [
            ("export", {"generators", "exported_generators"}),
            ("upscale", {"generators", "pretrained_generators"}),
            ("save_pretrained", {"generators", "validation_crops", "pretrained_generators"}),
        ],
    )
    def test_those_of_saved_generators_read_little_else(self, pipelines, name, datasets):
        assert datasets_of(pipelines[name]) == datasets


class TestCatalog:
    def test_has_an_entry_for_every_dataset(self, pipelines, configuration):
        catalog = DataCatalog.from_config(configuration["catalog"])
        missing = {
            name for pipeline in pipelines.values() for name in datasets_of(pipeline) if name not in catalog
        }
        assert not missing

    def test_has_no_entry_that_no_pipeline_uses(self, pipelines, configuration):
        used = {dataset for pipeline in pipelines.values() for dataset in datasets_of(pipeline)}
        used.add("provenance")  # saved by a hook
        for name in configuration["catalog"]:
            namespace, _, ending = name.rpartition("}")
            assert any(dataset.endswith(ending) if namespace else dataset == name for dataset in used), name

    def test_keeps_every_result_in_versioned_files(self, pipelines, configuration):
        catalog = DataCatalog.from_config(configuration["catalog"])
        for name in pipelines["all_variants"].all_outputs() | pipelines["benchmark_sets"].all_outputs():
            dataset = catalog.get(name)
            in_memory = name.rpartition(".")[2] in (
                "training_crops",
                "initial_generator",
                "initial_discriminator",
                "perceptual_network",
                "training_outcome",
            )
            assert (type(dataset).__name__ == "MemoryDataset") is in_memory, name
            assert in_memory or dataset._version is not None, name

    def test_every_parameter_that_a_node_reads_exists(self, pipelines, configuration):
        parameters = configuration["parameters"]
        for pipeline in pipelines.values():
            for name in pipeline.inputs():
                if name.startswith("params:"):
                    value = parameters
                    for key in name.removeprefix("params:").split("."):
                        value = value[key]
