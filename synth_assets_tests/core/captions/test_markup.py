import pytest

from synth_assets.core.captions.markup import plain_text


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("The image shows a **red fox** in the snow. It is cold!", "a red fox in the snow, It is cold"),
        ("In this picture, we can see a boat.\nIt is blue.", "a boat, It is blue"),
        ("<think>a dog? no</think>\n\nA cat sits.", "A cat sits"),
        ("<think>cut off in thoug", ""),
        ('Sure! Here is a caption: "A dog runs."', "A dog runs"),
        ("Caption: a dog", "a dog"),
        ("A short description of the picture: a lake", "a lake"),
        ("<s>a dog</s><|endoftext|> on grass [SEP]", "a dog on grass"),
        ("- a dog\n- a cat", "a dog, a cat"),
        ("a dog \U0001f436 on\u200bgrass", "a dog on grass"),
        ("red\uff0cgreen\u3001blue", "red,green,blue"),
        ("St. Mark's at 5 p.m. in Venice", "St. Mark's at 5 p.m. in Venice"),
        ("it's a dog's \"best\" 3.5 m a_b friend", "it's a dog's best 3.5 m a_b friend"),
        ("a picture of a caption", "a picture of a caption"),
        ("...", ""),
        ("", ""),
    ],
)
def test_only_plain_words_are_left(said: str, plain: str) -> None:
    assert " ".join(plain_text(said).split()) == plain
