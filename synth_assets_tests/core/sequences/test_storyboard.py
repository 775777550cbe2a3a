import numpy as np

from synth_assets.core.sequences.storyboard import draw_storyboard


def test_every_thumbnail_has_its_number_and_value_below() -> None:
    thumbs = [np.full((20, 60, 3), level, np.uint8) for level in (200, 100, 50)]
    board = draw_storyboard(thumbs, [("1", "0.5"), ("2", ""), ("", "")], 2, (40, 80))
    # Cells of 40 x 80 with a line of 18 below and gaps of 4.
    assert board.shape == (2 * 62 + 4, 2 * 84 + 4, 3)
    for (row, column), level in {(0, 0): 200, (0, 1): 100, (1, 0): 50}.items():
        assert (board[4 + 62 * row + 20, 4 + 84 * column + 40] == level).all()
    lines = [board[44:62, 4:44], board[44:62, 44:84], board[44:62, 88:128], board[44:62, 128:168], board[106:124]]
    assert [bool((line < 150).any()) for line in lines] == [True, True, True, False, False]
