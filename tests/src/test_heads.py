from src.heads import load_four_texts


def test_texts_are_long_enough_for_the_lesson_and_differ():
    texts = load_four_texts()
    assert list(texts) == ["story", "program", "Bible", "glosses"]
    assert min(len(text.split()) for text in texts.values()) > 60
    compile(texts["program"], "program", "exec")  # it is one
    assert texts["Bible"].isascii()
    assert len(set(texts.values())) == 4
