"""Film: frames as an MP4 that any player shows.

Belongs here: letterboxed frames in, H.264 out. Does not belong here: which frames, in which order (``ordering.py``),
and GIFs (``rendering.py``).
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.images import letterbox, resize
from synth_assets.core.ports import RGB

_OPTIONS = {"crf": "22", "preset": "ultrafast", "x264-params": "cabac=1", "threads": "1"}
"""Pictures that have little in common gain nothing from a longer search: a third of the time of "veryfast" at the same
quality, for files a quarter larger. One thread, so that the bytes do not depend on the number of processors."""
_CHROMA = np.array([[-0.148223, -0.290993, 0.439216, 128], [0.439216, -0.367788, -0.071427, 128]], np.float32)
"""U and V of BT.601 from R, G, B, in limited range."""
_CONTAINER = {"fflags": "+bitexact"}


def render_mp4(frames: Iterable[RGB], frame_ms: int, side_px: int) -> bytes:
    """Gives an MP4 (H.264, yuv420p, BT.601) of frames letterboxed into a square, each shown for ``frame_ms``.

    The same frames give the same bytes with the same version of PyAV.

    Args:
        frames: pictures of any size, at least one; read one at a time.
        frame_ms: time of a frame.
        side_px: side of the square, even.
    """
    import av
    from av.video.reformatter import Colorspace

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", container_options=_CONTAINER) as container:
        stream = container.add_stream("libx264", rate=Fraction(1000, frame_ms), options=_OPTIONS)
        stream.width = stream.height = side_px
        stream.pix_fmt = "yuv420p"
        stream.codec_context.colorspace = Colorspace.ITU601
        for picture in frames:
            frame = av.VideoFrame.from_ndarray(_yuv420(letterbox(picture, (side_px, side_px))), format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def _yuv420(frame: RGB) -> NDArray[np.uint8]:
    """The planes below each other, (H * 3 / 2, W); a colour is the mean of its four pixels, OpenCV takes the first."""
    height, width = frame.shape[:2]
    planes = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420), np.uint8)
    colours = cv2.transform(resize(frame, (height // 2, width // 2)), _CHROMA)
    planes[height:] = colours.transpose(2, 0, 1).reshape(-1, width)
    return planes
