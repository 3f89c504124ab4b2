from dataclasses import replace

from srgan_report.reporting.text import provenance
from tests.reporting.text.reading import rows, tell


class TestProvenance:
    def test_of_the_run_that_made_everything(self, results):
        assert tell("provenance", results) == (
            "The following describes the run that started at 2026-01-31T12:00:01.000+00:00 "
            "(version 2026-01-31T12.00.00.000Z)."
        )

    def test_what_other_runs_made_is_said(self, results):
        results.versions["srgan_mse.training_summary"] = "v1"
        text = tell("provenance", results)
        assert "It did not train SRGAN-MSE. `provenance` of the runs that did" in text
        assert "comparison" not in text
        results.versions["comparison"] = "v1"
        assert "**It did not make the comparison above**" in tell("provenance", results)

    def test_that_is_not_saved_is_said(self, results):
        text = tell("provenance", replace(results, provenance=None))
        assert text.startswith("> **How these results came about is not recorded.**")

    def test_run(self, results):
        facts = dict(rows(provenance.run_table(results))[1:])
        assert facts == {
            "Kedro environment": "sample",
            "Asked for": 'pipeline_names=["all_variants"]',
            "--params": "data_root=…/data, training.epochs=2",
            "--load-versions": "none",
            "Commit": "c0ffee" * 6,
            "Code": "exactly as in this commit, which restores it",
            "Processor": "A Processor, 3 cores",
            "Platform": "Linux-6.1",
            "GPUs": "none",
            "Threads of TensorFlow": "2 within an operation, its default between operations",
            "Seed": "2017",
            "Fingerprint of the photographs": "abc123",
        }

    def test_run_of_which_less_is_known(self, results):
        recorded = results.provenance | {
            "code": {"commit": None, "clean": None},
            "tensorflow": None,
            "data_sha256": None,
        }
        facts = dict(rows(provenance.run_table(replace(results, provenance=recorded)))[1:])
        assert facts["Commit"] == "unknown: no git, or no repository"
        assert facts["Code"] == "unknown"
        assert facts["GPUs"] == "none"
        assert facts["Threads of TensorFlow"].startswith("none:")
        assert facts["Fingerprint of the photographs"].startswith("none:")

    def test_changed_code_and_gpus(self, results):
        results.provenance["code"]["clean"] = False
        results.provenance["tensorflow"]["gpus"] = ["A GPU", "A GPU"]
        facts = dict(rows(provenance.run_table(results))[1:])
        assert facts["Code"] == "changed since this commit, which alone does not restore it"
        assert facts["GPUs"] == "A GPU, A GPU"

    def test_wall_times_of_every_node_by_owner(self, results):
        table = provenance.wall_times_table(results)
        assert [[cell.replace("\xa0", " ") for cell in row] for row in rows(table)] == [
            ["Of", "Nodes", "Total"],
            ["all methods", "split_photographs 0.2 s", "0.2 s"],
            ["SRGAN-MSE", "train 1 min 15 s, evaluate 2.0 s", "1 min 17 s"],
        ]

    def test_wall_times_have_the_variants_in_the_articles_order(self, results):
        owners = "srgan_vgg22", "srgan_mse", "srresnet_vgg54", "figures", "srresnet_mse"
        seconds = {f"{owner}.train": 1.0 for owner in owners}
        body = rows(
            provenance.wall_times_table(
                replace(results, provenance=results.provenance | {"seconds": seconds})
            )
        )[1:]
        assert [row[0] for row in body] == [
            "figures",
            "SRResNet-MSE",
            "SRResNet-VGG54",
            "SRGAN-MSE",
            "SRGAN-VGG22",
        ]
