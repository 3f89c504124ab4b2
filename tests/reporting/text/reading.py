"""How tests read what is shown."""

import html
import re

from srgan_report.reporting.report import Report


def tell(name, results):
    """What the report says, with spaces where lines must not break."""
    return Report(results).say(name).data.replace("\N{NO-BREAK SPACE}dB", " dB")


def rows(table):
    """The texts of an HTML table's cells without notes and marks, row by row, the header first."""
    lines = re.findall(r"<tr>(.*?)</tr>", table.data, re.S)
    return [
        [
            html.unescape(re.sub("</?[bu]>", "", cell))
            for cell in re.findall(r"<t[hd][^>]*>(.*?)(?:<br>.*?)?</t[hd]>", line)
        ]
        for line in lines
    ]


def notes(table):
    """The small lines below an HTML table's values, row by row."""
    return re.findall(r"<br><small>(.*?)</small></td>", table.data)
