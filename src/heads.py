"""Texts on which the lessons look at the heads of a language model."""

from src.pretrained import load_corpus

PROSE = (
    "On Monday the lift in our building stopped between the third and the fourth floor. Two "
    "neighbours were inside: Mrs Okafor, who teaches the violin, and a boy who delivers flowers. "
    "They waited for an hour. She asked the boy what he was carrying, and he said that he had "
    "eleven roses and one tulip, because the shop had run out. When the engineer came at last, he "
    "could not open the door. So Mrs Okafor took out her violin and played, quite loudly, until "
    "the caretaker on the ground floor heard her. He turned a wheel by hand, and the lift sank "
    "slowly down to the third floor. The boy gave her the tulip. The roses went to the fifth "
    "floor, as the card said, and nobody there ever learned why they were late."
)
CODE = '''def word_counts(path, least=2):
    """Return the words of a file with their counts, the most frequent first."""
    counts = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            for word in line.lower().split():
                word = word.strip(".,;:!?")
                if word:
                    counts[word] = counts.get(word, 0) + 1
    kept = [(word, n) for word, n in counts.items() if n >= least]
    return sorted(kept, key=lambda pair: (-pair[1], pair[0]))


def main():
    for word, n in word_counts("notes.txt")[:20]:
        print(f"{n:6} {word}")
'''


def load_four_texts() -> dict[str, str]:
    """Return a story, a program, a page of the King James Bible and some of WordNet's glosses.

    Story and program, written for the course, have some 170 tokens, the others over 800.

    Raises:
        FileNotFoundError, ValueError: as :func:`src.pretrained.load_corpus`.

    Source:
        Lesson: What heads do with positions.
    """
    return {
        "story": PROSE,
        "program": CODE,
        "Bible": load_corpus("king_james")[100_000:106_000],
        "glosses": load_corpus("wordnet_glosses")[50_000:54_000],
    }
