import numpy as np
import pytest

from synth_assets.core.colour import delta_e2000, from_lab, hex_of, hue_deg, hue_shift_deg, to_lab


def test_lab_of_known_colours():
    image = np.array([[[255, 255, 255], [0, 0, 0], [255, 0, 0]]], np.uint8)
    expected = [[[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20]]]
    np.testing.assert_allclose(to_lab(image), expected, atol=0.3)


def test_there_and_back_changes_no_byte():
    image = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert np.abs(from_lab(to_lab(image)).astype(int) - image).max() <= 1


@pytest.mark.parametrize(("colour", "name"), [((255, 0, 9.6), "#FF000A"), ((300, -4, 0), "#FF0000")])
def test_hex(colour, name):
    assert hex_of(colour) == name


SHARMA = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000
50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.4900 -0.0010 50 -2.4900 0.0009 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0010 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0011 7.2195
50 2.4900 -0.0010 50 -2.4900 0.0012 7.2195
50 -0.0010 2.4900 50 0.0009 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0010 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0011 -2.4900 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000
50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000
50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
"""The published table: L a b of both colours, difference."""


def test_delta_e2000_gives_the_published_table():
    table = np.array([[float(value) for value in line.split()] for line in SHARMA.split("\n") if line])
    assert table.shape == (34, 7)
    np.testing.assert_allclose(delta_e2000(table[:, :3], table[:, 3:6]), table[:, 6], atol=5e-5)
    np.testing.assert_allclose(delta_e2000(table[:, 3:6], table[:, :3]), table[:, 6], atol=5e-5)
    assert delta_e2000(table[:, :3], table[:, :3]).max() == 0


def test_hue_is_an_angle_and_its_shift_goes_the_short_way_round():
    lab = np.array([[50, 10, 0], [50, 0, 10], [50, -10, 0], [50, 0, -10]], np.float32)
    np.testing.assert_allclose(hue_deg(lab), [0, 90, 180, 270], atol=1e-4)
    turned = hue_shift_deg(lab[[3, 0, 0, 0]], lab[[0, 3, 2, 0]], min_chroma=5)
    np.testing.assert_allclose(turned, [90, 90, 180, 0], atol=1e-4)
    assert (hue_shift_deg(lab, lab[::-1], min_chroma=11) == 0).all()
