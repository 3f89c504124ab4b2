"""What every figure shares: each method's name, colour and marker, texts, resolution."""

from itertools import cycle
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from srgan_report.evaluation.metric_names import METRICS
from srgan_report.variants import METHOD_LABELS, VARIANTS

DPI = 300  # the catalog saves figures at this resolution; panels are a whole number of its pixels
PAGE_DPI = 100  # pixels of the report's page in an inch
WIDTH = 10.16  # inches: a whole page of the report

TEXT_SIZE = 9.0  # points
SMALL_TEXT_SIZE = 8.0
TEXT_COLOUR = "#222222"
MUTED_COLOUR = "#666666"
RULE_COLOUR = "#bbbbbb"
GRID_COLOUR = "#eeeeee"
TEXT: dict[str, Any] = {"size": TEXT_SIZE, "color": TEXT_COLOUR}
SMALL_TEXT: dict[str, Any] = {"size": SMALL_TEXT_SIZE, "color": MUTED_COLOUR}
LEGEND: dict[str, Any] = {"frameon": False, "fontsize": TEXT_SIZE, "labelcolor": TEXT_COLOUR}

# Okabe and Ito's palette (Color Universal Design, 2008), told apart by colour-blind readers, without
# its yellow (too pale on white) and black (kept for baselines). In the order of VARIANTS the first three
# are SRResNets and the last three SRGANs: blue and sky blue, vermilion and orange, green and purple are
# the pairs with the same content loss. A seventh variant gets the first colour again.
_OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#56B4E9", "#E69F00", "#CC79A7")
_MARKERS = ("o", "p", "X", "^", "v", ">")  # SRGANs are the triangles

METHOD_COLOURS: dict[str, str] = {
    "nearest": "#666666",  # a lighter grey is what purple looks like without green cones
    "bicubic": "#000000",
    **dict(zip(VARIANTS, cycle(_OKABE_ITO), strict=False)),
}

# Each method's own, for readers and printers without colour.
METHOD_MARKERS: dict[str, str] = {
    "nearest": "s",
    "bicubic": "D",
    **dict(zip(VARIANTS, cycle(_MARKERS), strict=False)),
}


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of a chart, in inches."""
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained", facecolor="white")


def line_look(name: str) -> dict[str, Any]:
    """How a method's line looks: each is thinner than those before it, so that none is hidden."""
    if name not in VARIANTS:
        return {"color": METHOD_COLOURS[name], "linestyle": ":"}
    rank = list(VARIANTS).index(name)
    return {
        "color": METHOD_COLOURS[name],
        "marker": METHOD_MARKERS[name],
        "markersize": max(6.5 - 0.5 * rank, 3.5),
        "linewidth": max(3.0 - 0.4 * rank, 0.8),
    }


def plain_axes(axes: Axes, grid: Literal["x", "y", "both"] = "both") -> None:
    """Leaves an axes its lower and left edge, a pale grid and small numbers."""
    axes.tick_params(which="both", labelsize=SMALL_TEXT_SIZE, labelcolor=TEXT_COLOUR, color=RULE_COLOUR)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(RULE_COLOUR)
    axes.grid(axis=grid, color=GRID_COLOUR, linewidth=0.8)
    axes.set_axisbelow(True)


def set_title(axes: Axes, text: str) -> None:
    """Writes a panel's title, which may hold dollar signs, above its left edge."""
    axes.set_title(text, loc="left", parse_math=False, **TEXT)


def set_footnote(figure: Figure, text: str) -> None:
    """Writes a line below all panels."""
    figure.supxlabel(text, x=0.01, ha="left", parse_math=False, **SMALL_TEXT)


def list_methods(
    axes: Axes, methods: list[str], *, grid: Literal["x", "both"] = "both", ticks: int = 5
) -> None:
    """Makes the vertical axis a list of methods, the first on top; the horizontal one has so many ticks."""
    plain_axes(axes, grid)
    axes.set_yticks(
        range(len(methods)), [METHOD_LABELS.get(name, name) for name in methods], parse_math=False
    )
    axes.set_ylim(max(len(methods), 1) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(ticks))


def name_metric(metric: str, of: str = "") -> str:
    """A title for a horizontal axis: which metric it shows, and in which direction that gets better."""
    label = METRICS[metric].label + of
    return (
        f"{label}, higher is better →" if METRICS[metric].higher_is_better else f"← {label}, lower is better"
    )
