"""Which run's results are read together."""

import pytest
from kedro.io import DataCatalog, Version

from srgan_report.datasets import JSONDataset
from srgan_report.datasets.complete_runs import PREPARED, choose_run, choose_versions
from srgan_report.variants import VARIANTS

A, B, C, NOW = (f"2026-01-0{day}T00.00.00.000000Z" for day in (1, 2, 3, 9))
RESULTS = ("training_history", "training_summary", "super_resolved", "photograph_metrics", "metrics")
COMPARED = {f"{name}.{kind}" for name in VARIANTS for kind in RESULTS}


def nothing(run):
    return {}


class TestChooseRun:
    def test_is_the_latest_that_has_all(self):
        choice = choose_run({"x": [C, B, A], "y": [B, A], "z": [B, A]}, nothing)
        assert (choice.run, choice.complete, choice.passed_over) == (B, True, (C,))
        assert choice.versions == {"x": B, "y": B, "z": B}

    def test_of_runs_that_lack_something_none_is_complete(self):
        choice = choose_run({"x": [B], "y": [A]}, nothing)
        assert (choice.run, choice.complete, choice.passed_over) == (B, False, (B, A))
        assert choice.versions == {"x": B, "y": B}

    def test_a_run_that_completed_an_earlier_one_is_complete_with_it(self):
        saved = {"x": [B, A], "y": [C, A]}
        choice = choose_run(saved, {C: {"x": B}}.get)
        assert (choice.run, choice.complete) == (C, True)
        assert choice.versions == {"x": B, "y": C}

    def test_but_not_if_what_it_read_is_gone(self):
        choice = choose_run({"x": [A], "y": [C, A]}, lambda run: {"x": B} if run == C else {})
        assert choice.versions == {"x": A, "y": A}

    def test_nothing_saved_is_no_choice(self):
        assert choose_run({"x": [], "y": []}, nothing) is None


@pytest.fixture
def catalog(tmp_path):
    """Prepared, trained and evaluated by A; B was broken off in the evaluation of the second variant."""
    names = {*PREPARED, *COMPARED, "provenance"}
    catalog = DataCatalog(
        {name: JSONDataset(filepath=tmp_path / name, version=Version(None, None)) for name in names}
    )
    save(catalog, A, *PREPARED, *COMPARED)
    save(catalog, B, *PREPARED)
    for name in VARIANTS:
        save(catalog, B, f"{name}.training_history", f"{name}.training_summary")
    save(catalog, B, *(f"srresnet_mse.{kind}" for kind in RESULTS[2:]), "srresnet_vgg22.super_resolved")
    return catalog


def save(catalog, version, *names, data=None):
    for name in names:
        dataset = JSONDataset(filepath=catalog[name]._filepath, version=Version(None, version))
        dataset.save({} if data is None else data)


def versions(choices):
    return {name: version for choice in choices.values() for name, version in choice.versions.items()}


class TestChooseVersions:
    def test_a_broken_off_run_is_never_mixed_in(self, catalog):
        choices = choose_versions(catalog, COMPARED, until=NOW)
        expected = {name: B if name.startswith("srresnet_mse.") else A for name in COMPARED}
        assert versions(choices) == expected
        assert choices["srgan_mse"].passed_over == (B,)

    def test_what_was_saved_later_than_the_run_is_not_chosen(self, catalog):
        save(catalog, C, *COMPARED)
        assert set(versions(choose_versions(catalog, COMPARED, until=C)).values()) == {C}
        assert C not in versions(choose_versions(catalog, COMPARED, until=B[:-1])).values()

    def test_is_complete_by_the_measures_too_though_they_are_not_read(self, catalog):
        read = {"srgan_mse.training_history"}
        assert versions(choose_versions(catalog, read, until=NOW))["srgan_mse.training_history"] == A

    def test_variants_are_compared_on_what_the_newest_of_them_was_measured_on(self, catalog):
        save(catalog, C, *PREPARED)  # of other photographs, and nothing was trained on them
        choices = choose_versions(catalog, {*COMPARED, *PREPARED}, until=NOW)
        assert choices["preparation"].run == B
        assert choose_versions(catalog, PREPARED, until=NOW)["preparation"].run == C

    def test_a_preparation_that_was_broken_off_is_not_chosen(self, catalog):
        save(catalog, C, "split")
        assert choose_versions(catalog, PREPARED, until=NOW)["preparation"].run == B

    def test_a_run_that_evaluates_continues_the_one_that_trained(self, catalog):
        read = {"srresnet_vgg22.super_resolved", "srresnet_vgg22.training_summary"}
        made = {"srresnet_vgg22.photograph_metrics", "srresnet_vgg22.metrics"}
        choice = choose_versions(catalog, read, until=NOW, made=made)["srresnet_vgg22"]
        assert set(choice.versions.values()) == {B}
        save(catalog, C, *made)
        assert set(versions(choose_versions(catalog, COMPARED, until=NOW)).values()) == {A, B}
        save(catalog, C, "provenance", data={"chosen_versions": dict(choice.versions)})
        chosen = choose_versions(catalog, COMPARED, until=NOW)["srresnet_vgg22"]
        kinds = {f"srresnet_vgg22.{kind}": C if "metrics" in kind else B for kind in RESULTS}
        assert chosen.versions == kinds

    def test_of_what_is_asked_for_the_whole_run_is_chosen(self, catalog):
        asked = {"srresnet_mse.metrics": A, "split": A}
        choices = choose_versions(catalog, {*COMPARED, *PREPARED}, until=NOW, asked=asked)
        assert set(choices["srresnet_mse"].versions.values()) == {A}
        assert choices["preparation"].run == A

    def test_two_that_are_asked_for_are_what_was_asked_for(self, catalog):
        asked = {"srresnet_mse.metrics": A, "srresnet_mse.training_summary": B}
        chosen = versions(choose_versions(catalog, COMPARED, until=NOW, asked=asked))
        assert {name: chosen[name] for name in asked} == asked
