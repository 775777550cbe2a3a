import csv
import io

from upath import UPath

from synth_assets.core.curation.frame_table import COLUMNS, frame_table
from synth_assets.core.measure import FRAME_METRICS
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets_tests.core.curation.decision_rows import analysed


def table(*records):
    return frame_table(ImageSet(UPath("."), records)).decode()


def test_one_readable_row_a_frame_with_rounded_numbers():
    row = analysed("film_f000120", video="film.mp4", time_s=5.0, shot=1, others="frank, bunny", sharpness=0.123456)
    (cells,) = csv.DictReader(io.StringIO(table(row)))
    assert cells["frame"] == "film_f000120"
    assert (cells["status"], cells["video"], cells["time_s"], cells["shot"]) == ("ok", "film.mp4", "5.0", "1")
    assert (cells["sharpness"], cells["sharpness_corrected"]) == ("0.1235", "0.9")
    assert (cells["target_found"], cells["shot_type"], cells["others"]) == ("True", "medium", "frank, bunny")


def test_columns_are_the_same_whatever_the_rows_hold():
    failed = ImageRecord(key="broken", source="film.mp4@1.00s", status="failed", reason='OSError: "x", truncated')
    text = table(failed, analysed("a", unheard_of=1))
    header, broken, _ = csv.reader(io.StringIO(text))
    assert tuple(header) == COLUMNS == tuple(next(csv.reader(io.StringIO(table()))))
    assert broken[:4] == ["broken", "failed", 'OSError: "x", truncated', "film.mp4@1.00s"]
    assert set(broken[4:]) == {""}
    for name in FRAME_METRICS:
        assert COLUMNS.index(f"{name}_corrected") == COLUMNS.index(name) + 1
