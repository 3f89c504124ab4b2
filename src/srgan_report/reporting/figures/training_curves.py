"""How the losses and the PSNR of all variants went while they were trained."""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from srgan_report.evaluation.comparison import find_start
from srgan_report.reporting.figures import style
from srgan_report.reporting.figures.panels import draw_note
from srgan_report.variants import METHOD_LABELS, VARIANTS

Histories = dict[str, pd.DataFrame]

# A panel: its title, and of each history a column as a solid line, and perhaps another one, dashed.
_Curves = tuple[str, Histories, tuple[str, ...]]

_START = "srresnet_mse"
_RATIO = "gradient_ratio"
_ADVERSARIAL = {
    "Adversarial loss of the generator": "adversarial_loss",
    "Loss of the discriminator": "discriminator_loss",
    "Content : adversarial gradient": _RATIO,
}
_MIN_EPOCHS = 3  # epochs that make a curve
_COLUMNS = 3
_MARKERS = 10  # about so many on a line, however many epochs it has

_SECOND: dict[str, Any] = {"linestyle": "--", "markerfacecolor": "white"}


def draw_training_curves(histories: Histories, summaries: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Draws the training of all variants together.

    Validation PSNR, each content loss in a panel of its own (their scales have nothing in common), the
    two adversarial losses, and which loss drove the generator. Every point is a mean over one epoch. What
    was fine-tuned from SRResNet-MSE starts at that one's last step and PSNR.

    Of a history of fewer than three epochs there is no curve. What columns mean: ``TrainingStep.step``.
    """
    histories = {
        name: _from_start(histories[name], histories.get(_START))
        if find_start(summaries[name], summaries.get(_START, {})) == _START
        else histories[name]
        for name in VARIANTS
        if len(histories.get(name, ())) >= _MIN_EPOCHS
    }
    if not histories:
        return draw_note(f"No variant was trained for {_MIN_EPOCHS} epochs, the fewest that make a curve.")
    panels = list(_panels(histories))
    columns = min(_COLUMNS, len(panels))
    rows = ceil(len(panels) / columns)
    figure = style.new_figure(style.WIDTH, 0.5 + 2.5 * rows)
    grid = figure.add_gridspec(rows, columns)
    for place, curves in enumerate(panels):
        _draw_panel(figure.add_subplot(grid[divmod(place, columns)]), *curves)
    look = {"frameon": False, "fontsize": style.SMALL_TEXT_SIZE}
    figure.legend(handles=_legend(histories), loc="outside lower center", ncols=4, **look)
    return figure


def _from_start(history: pd.DataFrame, first: pd.DataFrame | None) -> pd.DataFrame:
    """A history of what was fine-tuned, its steps counted on from SRResNet-MSE's, whose PSNR comes first."""
    if first is None or first.empty:
        return history
    start = first[["step", "validation_psnr"]].tail(1)
    shifted = history.assign(step=history["step"] + start["step"].item())
    return pd.concat([start, shifted], ignore_index=True)


def _panels(histories: Histories) -> Iterator[_Curves]:
    yield "Validation PSNR (dB)", histories, ("validation_psnr",)
    for loss in dict.fromkeys(VARIANTS[name].content_loss for name in histories):
        shown = {name: history for name, history in histories.items() if VARIANTS[name].content_loss == loss}
        yield f"Content loss: {loss.upper()}", shown, ("content_loss", "validation_content_loss")
    adversarial = {name: history for name, history in histories.items() if VARIANTS[name].adversarial}
    for title, column in _ADVERSARIAL.items() if adversarial else ():
        yield title, adversarial, (column,)


def _draw_panel(axes: Axes, title: str, histories: Histories, columns: tuple[str, ...]) -> None:
    if _RATIO in columns:
        axes.set_yscale("log", nonpositive="mask")
        # Both pull alike; above the grid.
        axes.axhline(1, color=style.MUTED_COLOUR, linewidth=0.8, zorder=1.9)
    for column, line in zip(columns, ({}, _SECOND), strict=False):
        for name, history in histories.items():
            every = ceil(len(history) / _MARKERS)
            axes.plot(history["step"], history[column], markevery=every, **style.line_look(name), **line)
    style.set_title(axes, title)
    axes.set_xlabel("training step", **style.SMALL_TEXT)
    style.plain_axes(axes, grid="y")
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def _legend(histories: Histories) -> list[Line2D]:
    # A legend fills its columns first: by content loss, SRResNets stand in its first row and SRGANs below.
    losses = [variant.content_loss for variant in VARIANTS.values()]
    by_loss = sorted(histories, key=lambda name: losses.index(VARIANTS[name].content_loss))
    lines = [Line2D([], [], label=METHOD_LABELS[name], **style.line_look(name)) for name in by_loss]
    look = {"color": style.MUTED_COLOUR, "marker": "o", "markersize": 4, **_SECOND}
    return [*lines, Line2D([], [], label="content loss on the validation crops", **look)]
