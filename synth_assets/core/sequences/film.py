"""Film: frames as an MP4 that any player shows.

Belongs here: letterboxed frames in, H.264 out. Does not belong here: which frames, in which order (``ordering.py``),
and GIFs (``rendering.py``).
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from fractions import Fraction

from synth_assets.core.images import letterbox
from synth_assets.core.ports import RGB

_OPTIONS = {"crf": "21", "preset": "veryfast", "threads": "1"}
"""One thread, so that the bytes do not depend on the number of processors."""
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
            frame = av.VideoFrame.from_ndarray(letterbox(picture, (side_px, side_px)), format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU601)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()
