"""The slider of the report in a real browser: methods and photographs chosen, the divider moved."""

import base64
import html
import io
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from srgan_report.reporting import display
from tests.reporting.figures.drawing import draw_photographs

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

# Chooses the second photograph and two methods, and moves the divider, by a hand's events.
MOVES = """
const form = document.querySelector("#slider form"), range = document.querySelector("#slider input");
form.crop.value = "1"; form.left.value = "HR"; form.right.value = "SRGAN-MSE";
form.dispatchEvent(new Event("change", {bubbles: true}));
range.value = "25"; range.dispatchEvent(new Event("input"));
"""

LOOK = """
const pair = [...document.querySelectorAll("#slider .pair img")], box = pair[0].getBoundingClientRect();
document.body.dataset.seen = JSON.stringify({
  alt: pair.map(image => image.alt),
  same: pair.map(image => [...document.querySelectorAll("#photographs img")]
    .filter(each => each.src == image.src).map(each => each.dataset.shows)),
  cut: getComputedStyle(pair[1].parentElement).clipPath,
  above: document.elementFromPoint(box.left + box.width / 4, box.top + box.height / 3).type,
  hidden: document.querySelector("#slider form").hidden,
  box: [box.left, box.top, box.width, box.height].map(Math.round), wide: document.documentElement.scrollWidth,
});
"""


@pytest.fixture
def page(make_results):
    results = make_results(size=80)
    for rank, name in enumerate(results.upscaled_photograph):
        results.upscaled_photograph[name][0] = 10 + 20 * rank  # Bicubic, the second method, is a grey of 30
        results.upscaled_photograph[name][1] = 11 + 20 * rank  # SRGAN-MSE, the sixth one, of 111
    results.figure_photograph["high_resolution"][1] = 250
    figure = draw_photographs(results)
    parts = (
        display.show_slider(figure, "Bicubic", "SRGAN-VGG54"),
        display.show_figure(figure, "", "photographs"),
    )
    return "<!DOCTYPE html><body style='margin: 0'>" + "".join(part.data for part in parts)


def browse(tmp_path, page, *options):
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    path = tmp_path / "page.html"
    path.write_text(page)
    quiet = (
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    )
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        *quiet,
        f"--user-data-dir={tmp_path / 'profile'}",
        *options,
    ]
    return subprocess.run(
        [*command, path.as_uri()], capture_output=True, timeout=120, check=True
    ).stdout.decode()


def look(tmp_path, page, script, *options):
    dom = browse(tmp_path, f"{page}<script>{script}{LOOK}</script>", "--dump-dom", *options)
    return json.loads(html.unescape(re.search(r'data-seen="([^"]*)"', dom)[1]))


class TestSlider:
    def test_begins_with_two_methods_and_the_divider_in_the_middle(self, tmp_path, page):
        seen = look(tmp_path, page, "")
        assert seen["same"] == [["0 Bicubic"], ["0 SRGAN-VGG54"]]
        assert seen["cut"] == "inset(0px 0px 0px 50%)"
        assert seen["above"] == "range"  # the pictures themselves can be dragged
        assert not seen["hidden"]

    def test_shows_what_is_chosen_and_cuts_where_it_is_moved(self, tmp_path, page):
        seen = look(tmp_path, page, MOVES)
        assert seen["alt"] == ["another by HR", "another by SRGAN-MSE"]
        assert seen["same"] == [["1 HR"], ["1 SRGAN-MSE"]]
        assert seen["cut"] == "inset(0px 0px 0px 25%)"
        left, top, width, height = seen["box"]
        browse(
            tmp_path,
            f"{page}<script>{MOVES}</script>",
            f"--screenshot={tmp_path / 'seen.png'}",
            "--hide-scrollbars",
        )
        pixels = np.asarray(Image.open(tmp_path / "seen.png").convert("RGB"))
        row = pixels[top + height // 4, left : left + width]
        assert (row[: width // 4 - 8] == 250).all()
        assert (row[width // 4 + 8 :] == 111).all()

    def test_a_narrow_page_scrolls_nothing_sideways(self, tmp_path, page):
        assert look(tmp_path, page, "", "--window-size=500,900")["wide"] <= 500

    def test_without_the_script_there_is_a_pair(self, tmp_path, page):
        (pair,) = re.findall(r'<div class="pair">(.*?)</div>', page, re.S)
        assert re.findall("<figcaption>(.*?)</figcaption>", pair) == ["Bicubic", "SRGAN-VGG54"]
        assert re.search(r"<form hidden>", page)
        unscripted = re.sub(r"<script>.*?</script>", "", page, flags=re.S)
        browse(tmp_path, unscripted, f"--screenshot={tmp_path / 'seen.png'}", "--window-size=1200,900")
        row = np.asarray(Image.open(tmp_path / "seen.png").convert("RGB"))[200]
        assert (row[10:200] == 30).all()  # Bicubic, the second method
        assert (row[500:900] == 150).all()  # SRGAN-VGG54, the eighth, next to it

    def test_pictures_are_lossless(self, page):
        source = re.search(r'<img src="data:image/webp;base64,([^"]+)" alt="another by HR"', page)[1]
        image = np.asarray(Image.open(io.BytesIO(base64.b64decode(source))))
        assert image.shape == (160, 160, 3)
        assert (image == 250).all()


def test_titles_are_what_lists_choose_from(make_results):
    figure = draw_photographs(make_results(size=80))
    shown = display.show_slider(figure, "LR", "HR").data
    assert len(re.findall(r"<option", shown)) == 2 + 2 * 9
    assert re.findall(r"<option selected>(.*?)</option>", shown) == ["LR", "HR"]
