"""The words that have neighbours; that these are right is seen in the browser."""

from book.figures.neighbours import neighbours


def test_neighbours_has_the_frequent_words(glove, minilm):
    words = neighbours.data()["words"].split("\n")
    assert len(words) == neighbours.WORDS >= 4000
    assert all(word.isalpha() and word in minilm.vocab for word in words)
    assert words == sorted(words, key=glove.row)
