"""Sketches add up: merge equals pooled, in any order, with any weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.core.profile.sketch import BINS, add_weighted, grid_of, merge_metrics, sketch_values

VALUES = st.lists(st.floats(0.001, 0.999), min_size=1, max_size=30)
FACTOR = st.floats(0.05, 20)


def flat(sketch):
    moments, logs = sketch.moments, sketch.log_moments
    return [
        sketch.count,
        sketch.weight,
        moments.mean,
        moments.m2,
        *((logs.mean, logs.m2) if logs else ()),
        *(sketch.vector or ()),
        sketch.min,
        sketch.max,
        *sketch.bins,
        *sketch.bins.values(),
    ]


@pytest.mark.parametrize("metric", ["contrast", "hue"])
@given(parts=st.lists(st.tuples(VALUES, FACTOR), min_size=1, max_size=4))
def test_merge_equals_the_weighted_pooled_values(metric, parts):
    merged = merge_metrics([sketch_values(metric, values) for values, _ in parts], [factor for _, factor in parts])
    pooled = sketch_values(
        metric,
        [value for values, _ in parts for value in values],
        [factor for values, factor in parts for _ in values],
    )
    assert flat(merged) == pytest.approx(flat(pooled), rel=1e-9, abs=1e-9)


@given(parts=st.lists(VALUES, min_size=2, max_size=4))
def test_order_does_not_matter(parts):
    sketches = [sketch_values("contrast", values) for values in parts]
    one = merge_metrics(sketches, [1.0] * len(parts))
    other = merge_metrics(sketches[::-1], [1.0] * len(parts))
    assert flat(one) == pytest.approx(flat(other), rel=1e-9, abs=1e-12)


def test_moments_are_exact_far_from_zero():
    values = [4000.0 + step for step in range(5)]
    sketch = merge_metrics([sketch_values("width_px", [value]) for value in values], [1.0] * 5)
    assert sketch.moments.mean == 4002.0
    assert sketch.moments.m2 == 10.0


def test_logarithms_are_kept_only_where_all_values_have_one():
    assert sketch_values("warmth", [1.0, np.e]).log_moments.mean == pytest.approx(0.5)
    assert sketch_values("warmth", [-1.0, 2.0]).log_moments is None
    both = [sketch_values("warmth", [1.0]), sketch_values("warmth", [-1.0])]
    assert merge_metrics(both, [1.0, 1.0]).log_moments is None


def test_the_grid_holds_the_range():
    edges = grid_of("warmth")
    assert (len(edges), edges[0], edges[-1]) == (BINS + 1, -128.0, 128.0)
    assert sketch_values("warmth", [-500.0, 0.0, 500.0]).bins == {0: 1.0, 128: 1.0, 255: 1.0}


def test_adding_weights():
    assert add_weighted([{2: 1.0, 1: 1.0}, {2: 2.0}], [1.0, 0.5]) == {1: 1.0, 2: 2.0}
    with pytest.raises(ValueError, match="no sketches"):
        merge_metrics([], [])
