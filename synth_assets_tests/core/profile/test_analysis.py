from datetime import datetime

import numpy as np
import pytest

from synth_assets.core.profile.analysis import Analysis, analyse
from synth_assets_tests.core.profile.made_up import made_up

CREATED = datetime.fromisoformat("2025-06-05T14:30:22+00:00")
UPDATED = datetime.fromisoformat("2025-06-05T14:35:10+00:00")


def dated(profile, created=CREATED, updated=UPDATED):
    times = {"created": created, "updated": updated}
    return profile.model_copy(update={"metadata": profile.metadata.model_copy(update=times)})


def section(analysis, title):
    (found,) = [section for section in analysis.sections if section.title == title]
    return {line.label: line for line in found.lines}


def values(analysis, title):
    return {label: " | ".join(line.values) for label, line in section(analysis, title).items()}


NATURE = dated(
    made_up(
        name="nature_profile",
        licence="CC0-1.0",
        red_mean=[0.40, 0.44],
        green_mean=0.56,
        blue_mean=0.38,
        brightness_mean=[0.36, 0.60],
        contrast=[0.57, 0.73],
        thirds=0.72,
        symmetry=0.35,
        complexity=0.68,
        width_px=3840.0,
        height_px=2160.0,
    )
)


def test_the_report_has_the_sections_and_decimal_places_of_the_documented_one():
    analysis = analyse(NATURE)
    assert [item.title for item in analysis.sections] == [
        "General",
        "Color distribution",
        "Brightness and contrast",
        "Composition",
        "Resolution",
    ]
    assert values(analysis, "General") == {
        "Sample count": "2",
        "Created": "2025-06-05 14:30:22 UTC",
        "Last updated": "2025-06-05 14:35:10 UTC",
        "Licences": "CC0-1.0",
    }
    assert values(analysis, "Color distribution") == {
        "Red channel (mean)": "0.42",
        "Green channel (mean)": "0.56",
        "Blue channel (mean)": "0.38",
        "Dominant colors": "#C82828 40%, #28C828 35%, #2828C8 25%",
        "Saturation (mean)": "0.25",
        "Warmth (mean)": "+0.0",
    }
    assert values(analysis, "Brightness and contrast") == {
        "Brightness (mean)": "0.48",
        "Brightness (std)": "0.12",
        "Contrast (mean)": "0.65",
        "Contrast (std)": "0.08",
    }
    assert values(analysis, "Composition") == {
        "Rule of thirds score (mean)": "0.72",
        "Symmetry score (mean)": "0.35",
        "Complexity score (mean)": "0.68",
    }
    assert values(analysis, "Resolution") == {
        "Width (mean)": "3840",
        "Height (mean)": "2160",
        "Aspect ratio (most common)": "16:9 (100%)",
    }
    assert len(analysis.insights) == 5
    assert analysis.warnings == NATURE.warnings


def test_the_numbers_are_kept_unrounded():
    analysis = analyse(NATURE)
    assert section(analysis, "Brightness and contrast")["Contrast (std)"].numbers == pytest.approx(
        {"contrast_std": 0.08}
    )
    colours = section(analysis, "Color distribution")["Dominant colors"].numbers
    assert colours == pytest.approx({"#C82828": 0.4, "#28C828": 0.35, "#2828C8": 0.25})


def test_a_report_survives_json():
    analysis = analyse(NATURE, detailed=True)
    assert Analysis.model_validate_json(analysis.model_dump_json()) == analysis


def test_detailed_says_what_was_not_measured():
    analysis = analyse(NATURE, detailed=True)
    assert values(analysis, "Content") == {
        "Labels": "not measured: no labelling model has run",
        "Foreground share": "not measured: no depth model has run",
    }
    assert values(analysis, "Camera") == {"Settings": "none of the pictures records them"}
    assert values(analysis, "Hours and seasons") == {"Times": "none of the pictures is dated"}
    assert values(analysis, "Color distribution")["Red channel (std)"] == "0.40"
    assert values(analysis, "Texture")["Noise (mean)"] == "0.0100"


def test_detailed_says_what_exif_and_models_said():
    profile = made_up(
        labels=[("lake",), ("lake", "city skyline")],
        foreground_share=[0.2, 0.4],
        focal_length_mm=[24.0, 35.0],
        aperture_f=[2.0, 4.0],
        exposure_s=1 / 60,
        iso=[100.0, 300.0],
        taken=[datetime(2026, 7, 3, 8, 30), datetime(2026, 7, 4, 8, 59)],
        warmth=[-10.0, 4.0],
    )
    analysis = analyse(profile, detailed=True)
    assert values(analysis, "Content") == {
        "Lake": "100% of the labelled pictures",
        "City skyline": "50% of the labelled pictures",
        "Foreground share (mean)": "0.30",
        "Foreground share (std)": "0.10",
    }
    assert values(analysis, "Camera") == {
        "Focal length": "29.5 mm on average (std 5.5 mm), 2 of 2 pictures",
        "Aperture": "f/3.0 on average (std 1.0), 2 of 2 pictures",
        "Exposure": "0.0167 s on average (std 0.0000 s), 2 of 2 pictures",
        "ISO": "200 on average (std 100), 2 of 2 pictures",
    }
    assert values(analysis, "Hours and seasons") == {
        "Hour 08": "2 | 0.48 | 0.25 | -3.0",
        "Summer": "2 | 0.48 | 0.25 | -3.0",
    }
    assert section(analysis, "Hours and seasons")["Summer"].numbers["warmth"] == pytest.approx(-3)


def test_every_metric_has_a_line_that_fills_the_table():
    light = [*np.linspace(0.17, 0.23, 18), *np.linspace(0.67, 0.73, 12)]
    profile = made_up(30, brightness_mean=light, contrast=np.linspace(0.3, 0.5, 30).tolist())
    (table,) = [item for item in analyse(profile, detailed=True).sections if item.title == "Distributions"]
    assert [line.label for line in table.lines] == list(profile.distributions)
    assert {1 + len(line.values) for line in table.lines} == {len(table.columns)}
    lines = {line.label: dict(zip(table.columns[1:], line.values, strict=True)) for line in table.lines}
    bright = lines["brightness_mean"]
    assert (bright["Pictures"], bright["Mean"], bright["Variability"]) == ("30", "0.400", "high")
    assert bright["Best fit"] == "mixture (60% 0.2 ± 0.025, 40% 0.7 ± 0.025)"
    assert lines["noise"]["Mean"] == "0.0100"
    assert lines["width_px"]["p50"] == "1200"
    assert lines["noise"]["Best fit"] == "none"
    numbers = {line.label: line.numbers for line in table.lines}
    fit = profile.distributions["brightness_mean"].fit
    assert fit
    assert numbers["brightness_mean"]["aic_gaussian_mixture_2"] == fit.aic["gaussian_mixture_2"]
    assert float(bright["AIC"]) == pytest.approx(min(fit.aic.values()), abs=0.05)
    assert numbers["brightness_mean"]["gaussian_mixture_weight_1"] == pytest.approx(0.6, abs=0.01)
