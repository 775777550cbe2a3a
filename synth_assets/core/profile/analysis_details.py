"""The sections of a detailed analysis: texture, content, camera, hours and seasons, distributions.

Belongs here: what ``--detailed`` adds to the report. Does not belong here: the sections that every report
has (``analysis.py``).
"""

from __future__ import annotations

from synth_assets.core.profile.analysis_document import Line, Section, spread_lines
from synth_assets.core.profile.fits import Fit
from synth_assets.core.profile.profile import Profile
from synth_assets.core.profile.statistics import QUANTILES, Distribution

_CAMERA = {
    "focal_length_mm": ("Focal length", "{:.1f} mm"),
    "focal_length_35mm": ("Focal length (35 mm equivalent)", "{:.1f} mm"),
    "aperture_f": ("Aperture", "f/{:.1f}"),
    "exposure_s": ("Exposure", "{:.4f} s"),
    "iso": ("ISO", "{:.0f}"),
}
_QUANTILE_KEYS = tuple(f"p{round(100 * level):02d}" for level in QUANTILES)
_DECIMALS = ((100.0, 0), (10.0, 1), (1.0, 2), (0.1, 3))
"""Size of a metric's values from which on they have so many decimal places in the table of distributions."""
_SMALL_DECIMALS = 4


def detailed_sections(profile: Profile) -> list[Section]:
    """Gives the sections in order; each is there even if all it has to say is that nothing was measured."""
    return [
        _texture(profile),
        _content(profile),
        _camera(profile),
        _patterns(profile),
        _distributions(profile),
    ]


def _texture(profile: Profile) -> Section:
    numbers = profile.statistics.texture
    return Section(
        title="Texture",
        lines=(
            *spread_lines("Sharpness", "{:.4f}", "sharpness", numbers.sharpness),
            *spread_lines("Noise", "{:.4f}", "noise", numbers.noise),
            *spread_lines("Edge density", "{:.4f}", "edge_density", numbers.edge_density),
            *spread_lines("Entropy", "{:.2f} bits", "entropy", numbers.entropy),
            *spread_lines("Local binary pattern variance", "{:.2f}", "lbp_variance", numbers.lbp_variance),
        ),
    )


def _content(profile: Profile) -> Section:
    numbers = profile.statistics.content
    lines = [
        Line(label=label.capitalize(), values=(f"{share:.0%} of the labelled pictures",), numbers={label: share})
        for label, share in numbers.labels.items()
    ] or [Line(label="Labels", values=("not measured: no labelling model has run",))]
    if numbers.foreground_share:
        lines += spread_lines("Foreground share", "{:.2f}", "foreground_share", numbers.foreground_share)
    else:
        lines.append(Line(label="Foreground share", values=("not measured: no depth model has run",)))
    return Section(title="Content", lines=tuple(lines))


def _camera(profile: Profile) -> Section:
    lines: list[Line] = []
    for metric, spread in profile.statistics.camera.items():
        label, form = _CAMERA[metric]
        count = profile.distributions[metric].count
        value = f"{form.format(spread.mean)} on average (std {form.removeprefix('f/').format(spread.std)})"
        lines.append(
            Line(
                label=label,
                values=(f"{value}, {count} of {profile.sample_count} pictures",),
                numbers={f"{metric}_mean": spread.mean, f"{metric}_std": spread.std, "count": float(count)},
            )
        )
    return Section(
        title="Camera",
        lines=tuple(lines) or (Line(label="Settings", values=("none of the pictures records them",)),),
    )


def _patterns(profile: Profile) -> Section:
    rows = profile.statistics.patterns
    if not rows:
        unknown = Line(label="Times", values=("none of the pictures is dated",))
        return Section(title="Hours and seasons", lines=(unknown,))
    return Section(
        title="Hours and seasons",
        columns=("Period", "Pictures", "Brightness", "Saturation", "Warmth"),
        lines=tuple(
            Line(
                label=row.period.capitalize(),
                values=(
                    f"{row.images:.4g}",
                    f"{row.brightness:.2f}",
                    f"{row.saturation:.2f}",
                    f"{row.warmth:+.1f}",
                ),
                numbers=row.model_dump(exclude={"period"}),
            )
            for row in rows
        ),
    )


def _distributions(profile: Profile) -> Section:
    heads = ("Metric", "Pictures", "Mean", "Std", "Variability", *_QUANTILE_KEYS, "Best fit", "AIC")
    lines = tuple(_distribution(metric, item) for metric, item in profile.distributions.items())
    return Section(title="Distributions", columns=heads, lines=lines)


def _distribution(metric: str, item: Distribution) -> Line:
    size = max(abs(item.quantiles["p50"]), item.std)
    places = next((decimals for limit, decimals in _DECIMALS if size >= limit), _SMALL_DECIMALS)
    numbers = {"count": float(item.count), "mean": item.mean, "std": item.std, "min": item.min, "max": item.max}
    numbers |= item.quantiles
    if item.fit:
        numbers |= {f"{item.fit.family}_{name}": value for name, value in item.fit.parameters.items()}
        numbers |= {f"aic_{name}": value for name, value in item.fit.aic.items()}
    return Line(
        label=metric,
        values=(
            str(item.count),
            *(f"{value:.{places}f}" for value in (item.mean, item.std)),
            item.variability,
            *(f"{item.quantiles[key]:.{places}f}" for key in _QUANTILE_KEYS),
            *((_fit(item.fit), f"{min(item.fit.aic.values()):.1f}") if item.fit else ("none", "")),
        ),
        numbers=numbers,
    )


def _fit(fit: Fit) -> str:
    values = fit.parameters
    if fit.family != "gaussian_mixture":
        return f"{fit.family} ({', '.join(f'{name} {value:.3g}' for name, value in values.items())})"
    parts = (
        f"{values[f'weight_{number}']:.0%} {values[f'mean_{number}']:.3g} ± {values[f'std_{number}']:.2g}"
        for number in range(1, len(values) // 3 + 1)
    )
    return f"mixture ({', '.join(parts)})"
