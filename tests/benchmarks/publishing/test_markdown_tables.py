import pytest

from benchmarks.publishing.markdown_tables import to_digits


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.012345, "0.0123"),
        (0.5, "0.500"),
        (0.9996, "1.00"),
        (9.996, "10.0"),
        (12.34, "12.3"),
        (999.6, "1,000"),
        (1234.5678, "1,235"),
    ],
)
def test_three_digits_matter(number, text):
    assert to_digits(number) == text
