"""Restoration without a model: Lanczos enlargement and non-local means.

Belongs here: classical upscaling and denoising. Does not belong here: learned restorers, and the
order of steps (``synth_assets/core/curation/strategies/enhance.py``).
"""

from collections.abc import Sequence

import cv2
import numpy as np

from synth_assets.core.ports import RGB

_STRENGTH = 4
_COLOUR_STRENGTH = 6
_TEMPLATE_PX = 5
_SEARCH_PX = 11


class LanczosUpscaler:
    """Enlarges twice by Lanczos interpolation over 8 x 8 pixels; invents no detail."""

    name = "builtin:lanczos@1"
    factor = 2

    def upscale(self, images: Sequence[RGB]) -> list[RGB]:
        """Gives pictures of twice the height and width."""
        return [
            np.asarray(
                cv2.resize(image, None, fx=self.factor, fy=self.factor, interpolation=cv2.INTER_LANCZOS4), np.uint8
            )
            for image in images
        ]


class NonLocalMeansDenoiser:
    """Averages similar patches.

    Source: A. Buades, B. Coll, J.-M. Morel, Non-Local Means Denoising, IPOL 2011.
    """

    name = "builtin:nlmeans@1"

    def restore(self, images: Sequence[RGB]) -> list[RGB]:
        """Gives pictures of the same size with less noise."""
        return [
            np.asarray(
                cv2.fastNlMeansDenoisingColored(image, None, _STRENGTH, _COLOUR_STRENGTH, _TEMPLATE_PX, _SEARCH_PX),
                np.uint8,
            )
            for image in images
        ]
