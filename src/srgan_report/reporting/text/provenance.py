"""Where the report's numbers come from, in sentences of Markdown."""

from srgan_report.reporting.figures import METHOD_LABELS
from srgan_report.reporting.templates import say
from srgan_report.reporting.text.results import Results
from srgan_report.variants import VARIANTS


def describe_provenance(results: Results) -> str:
    """Says what is known of the run that made the report, and what other runs made."""
    run = results.provenance
    if run is None:
        return f"> {say('provenance', run=None)}"
    version = results.versions["provenance"]
    others = [name for name in VARIANTS if results.versions.get(f"{name}.training_summary") != version]
    return say(
        "provenance",
        run=run,
        version=version,
        other_comparison=results.versions.get("comparison") != version,
        others=[METHOD_LABELS[name] for name in others],
    )
