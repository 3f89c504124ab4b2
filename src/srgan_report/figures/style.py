"""What every figure shares: each method's name and colour, text sizes, resolution."""

from itertools import cycle

from srgan_report.comparison import BASELINES
from srgan_report.variants import VARIANTS

DPI = 200  # the catalog saves figures at this resolution; panels are a whole number of its pixels

TEXT_SIZE = 9.0  # points
SMALL_TEXT_SIZE = 8.0
TEXT_COLOUR = "#222222"
MUTED_COLOUR = "#666666"

# Okabe and Ito's palette (Color Universal Design, 2008), told apart by colour-blind readers, without
# its yellow (too pale on white) and black (kept for baselines). In the order of VARIANTS the first three
# are SRResNets and the last three SRGANs: blue and sky blue, vermilion and orange, green and purple are
# the pairs with the same content loss. A seventh variant gets the first colour again.
_OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#56B4E9", "#E69F00", "#CC79A7")

METHOD_COLOURS: dict[str, str] = {
    "nearest": "#999999",
    "bicubic": "#000000",
    **dict(zip(VARIANTS, cycle(_OKABE_ITO), strict=False)),
}

METHOD_LABELS: dict[str, str] = {
    **BASELINES,
    **{name: variant.label for name, variant in VARIANTS.items()},
}
