"""Rows of ``frame_analysis`` made by hand, for tests of what is decided from them."""

from synth_assets.core.records import ImageRecord, Scalar

METRICS = ("complexity", "lighting", "occlusion", "quality", "sharpness")


def analysed(key: str, *values: float, **changes: Scalar) -> ImageRecord:
    """A frame with the character, large and alone; ``values`` of METRICS are documented and corrected ones alike."""
    metrics: dict[str, Scalar] = dict(zip(METRICS, values or (0.45, 0.6, 0.5, 0.9, 0.9), strict=True))
    extra = {**metrics, **{f"{name}_corrected": value for name, value in metrics.items()}}
    extra |= {"instance_count": 1, "character_count": 1, "target_found": True, "target_score": 0.65}
    extra |= {"target_share": 0.2, "target_side_px": 100, "shot_type": "medium"}
    return ImageRecord(id=f"id-{key}", key=key, path=f"frames/bunny/images/{key}.png", extra={**extra, **changes})
