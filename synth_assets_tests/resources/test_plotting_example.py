"""The plotting example of the profiling guide runs, as it stands there, on a profile that we saved."""

import cv2
import numpy as np
import pytest

from resources.profiles import Profiles
from synth_assets.core.profile.building import build_profile, measure_picture, measured_from_row

EXAMPLE = """
import json
import matplotlib.pyplot as plt
import numpy as np

with open("./profiles/stream_nature_profile.json", "r") as f:
    profile = json.load(f)

color_means = [
    profile["statistics"]["color_distribution"]["red_mean"],
    profile["statistics"]["color_distribution"]["green_mean"],
    profile["statistics"]["color_distribution"]["blue_mean"]
]

plt.figure(figsize=(10, 6))
plt.bar(["Red", "Green", "Blue"], color_means, color=["red", "green", "blue"])
plt.title("Color Channel Distribution")
plt.ylabel("Mean Value")
plt.ylim(0, 1)
plt.savefig("./analysis/color_distribution.png")

dominant_colors = profile["statistics"]["dominant_colors"]
color_blocks = np.zeros((100, 100 * len(dominant_colors), 3))

for i, color_hex in enumerate(dominant_colors):
    r = int(color_hex[1:3], 16) / 255
    g = int(color_hex[3:5], 16) / 255
    b = int(color_hex[5:7], 16) / 255
    color_blocks[:, i*100:(i+1)*100, 0] = r
    color_blocks[:, i*100:(i+1)*100, 1] = g
    color_blocks[:, i*100:(i+1)*100, 2] = b

plt.figure(figsize=(10, 2))
plt.imshow(color_blocks)
plt.axis('off')
plt.title("Dominant Colors")
plt.savefig("./analysis/dominant_colors.png")
"""


@pytest.fixture
def no_window():
    import matplotlib as mpl
    from matplotlib import pyplot

    with mpl.rc_context():
        pyplot.switch_backend("agg")
        yield
        pyplot.close("all")


@pytest.mark.usefixtures("no_window")
def test_the_example_draws_the_channels_and_the_colours(tmp_path, monkeypatch):
    image = np.zeros((16, 24, 3), np.uint8)
    image[:, :12], image[:, 12:] = (40, 120, 30), (130, 160, 50)
    profile = build_profile("nature_profile", [measured_from_row("a.jpg", measure_picture(image))])
    Profiles(tmp_path / "profiles").save(profile)
    (tmp_path / "analysis").mkdir()
    monkeypatch.chdir(tmp_path)
    exec(EXAMPLE, {})
    bars, swatch = (cv2.imread(f"analysis/{name}.png") for name in ("color_distribution", "dominant_colors"))
    assert bars is not None
    assert swatch is not None
    heights = [(bars == colour).all(axis=2).sum(axis=0).max() for colour in ((0, 0, 255), (0, 128, 0), (255, 0, 0))]
    means = image.reshape(-1, 3).mean(axis=0)
    np.testing.assert_allclose(np.array(heights) / heights[1], means / means[1], atol=0.02)
    # Written in BGR by cv2; both colours of the picture fill a block.
    assert min((swatch == colour).all(axis=2).sum() for colour in ((30, 120, 40), (50, 160, 130))) > 5000
