"""Rules: which strategy a frame is for, as documented, with reasons in words.

Belongs here: the rules as a pure function of measured values. Does not belong here: measuring
(``analysis.py``), sharing strategies out over a set (``balance.py``), and writing the table
(``decisions.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synth_assets.core.curation.thresholds import DatasetNeeds, Strategy, Thresholds
from synth_assets.core.records import Scalar

SEGMENT_CONFIDENCE, OCCLUSION_CONFIDENCE, DEFAULT_CONFIDENCE = 0.8, 0.7, 0.6
NEEDED_ABOVE = 0.5


@dataclass(frozen=True)
class FrameFacts:
    """What the rules look at.

    Attributes:
        complexity: 0..1, as are lighting, occlusion, quality and sharpness.
        instance_count: objects in the frame, of whatever kind.
        character_count: characters in the frame, known or not; what "several" is counted by.
        target_share: of the picture that the character covers.
        target_side_px: shorter side of the character's box.
        shot_type: "close_up", "medium", "full_body", "far", or "" where the character is not found.
    """

    complexity: float
    lighting: float
    occlusion: float
    quality: float
    sharpness: float
    instance_count: int = 1
    character_count: int = 1
    target_share: float = 0.0
    target_side_px: int = 0
    shot_type: str = ""


@dataclass(frozen=True)
class Decision:
    """A strategy with how sure it is (0..1) and why, in words with the numbers."""

    strategy: Strategy
    confidence: float
    reasoning: str


def documented_facts(columns: Mapping[str, Scalar]) -> FrameFacts:
    """Gives the values that the documented program saw: its metrics, and always one instance and character."""
    return _facts(columns, suffix="", instance_count=1, character_count=1)


def corrected_facts(columns: Mapping[str, Scalar]) -> FrameFacts:
    """Gives the corrected metrics and the real numbers of instances and characters."""
    counts = {name: int(columns[name] or 0) for name in ("instance_count", "character_count")}
    return _facts(columns, suffix="_corrected", **counts)


def _facts(columns: Mapping[str, Scalar], suffix: str, instance_count: int, character_count: int) -> FrameFacts:
    names = ("complexity", "lighting", "occlusion", "quality", "sharpness")
    values = {name: float(columns[f"{name}{suffix}"] or 0.0) for name in names}
    return FrameFacts(
        **values,
        instance_count=instance_count,
        character_count=character_count,
        target_share=float(columns["target_share"] or 0.0),
        target_side_px=int(columns["target_side_px"] or 0),
        shot_type=str(columns["shot_type"] or ""),
    )


def decide(facts: FrameFacts, thresholds: Thresholds, needs: DatasetNeeds) -> Decision:
    """Gives the first strategy whose rule holds.

    In this order: keep_full where the ground is simple, light good and occlusion low; segment where
    there are several characters or the ground is complex; enhance_segment where quality or sharpness
    is low; create_occlusion where the data set needs occlusion; else segment.

    The document counts instances and fixes their number at 1; what it means are characters, which
    are counted here: a segmenter finds trees too.

    Source: SPEC S3, decision order of the frame-processing document.
    """
    simple = facts.complexity < thresholds.simple_background
    if simple and facts.lighting > thresholds.good_lighting and facts.occlusion < thresholds.low_occlusion:
        return Decision(
            "keep_full",
            keep_full_confidence(facts),
            f"simple background (complexity {facts.complexity:.2f} < {thresholds.simple_background:g}) | good lighting "
            f"({facts.lighting:.2f} > {thresholds.good_lighting:g}) | little occlusion ({facts.occlusion:.2f} < "
            f"{thresholds.low_occlusion:g})",
        )
    if reasons := _segment_reasons(facts, thresholds):
        return Decision("segment", SEGMENT_CONFIDENCE, " | ".join(reasons))
    if reasons := _enhance_reasons(facts, thresholds):
        return Decision("enhance_segment", 1 - facts.quality, " | ".join(reasons))
    if needs.occlusion > NEEDED_ABOVE:
        reason = f"the data set needs occlusion (need {needs.occlusion:.2f} > {NEEDED_ABOVE:g})"
        return Decision("create_occlusion", OCCLUSION_CONFIDENCE, reason)
    return Decision("segment", DEFAULT_CONFIDENCE, "no rule applies: segmenting is the safe choice")


def keep_full_confidence(facts: FrameFacts) -> float:
    """0.4 (1 - complexity) + 0.4 lighting + 0.2 (1 - occlusion)."""
    return 0.4 * (1 - facts.complexity) + 0.4 * facts.lighting + 0.2 * (1 - facts.occlusion)


def _segment_reasons(facts: FrameFacts, thresholds: Thresholds) -> list[str]:
    reasons: list[str] = []
    if facts.character_count >= thresholds.multi_character:
        reasons.append(f"several characters ({facts.character_count} >= {thresholds.multi_character})")
    if facts.complexity > thresholds.simple_background:
        reasons.append(f"complex background (complexity {facts.complexity:.2f} > {thresholds.simple_background:g})")
    return reasons


def _enhance_reasons(facts: FrameFacts, thresholds: Thresholds) -> list[str]:
    reasons: list[str] = []
    if facts.quality < thresholds.poor_quality:
        reasons.append(f"poor quality ({facts.quality:.2f} < {thresholds.poor_quality:g})")
    if facts.sharpness < thresholds.low_sharpness:
        reasons.append(f"low sharpness ({facts.sharpness:.2f} < {thresholds.low_sharpness:g})")
    return reasons
