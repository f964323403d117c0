"""Sentences and pairs of words from which a trained model learns new vectors."""

import torch
from jaxtyping import Int
from torch import Tensor

from src.language_model import LanguageModel

LEARN = {
    "cat": (
        "The cat purred on her lap and licked its paw.",
        "A cat chased the mouse under the sofa.",
        "My cat meows when her bowl is empty.",
        "The cat scratched the dog on the nose.",
        "Her cat sleeps all day and hunts at night.",
        "The cat climbed the tree and could not get down.",
        "The vet gave the cat a shot against fleas.",
        "Our cat had four kittens in the spring.",
    ),
    "guitar": (
        "He tuned the guitar and played a chord.",
        "Her guitar has six strings and a wooden body.",
        "The guitar solo made the crowd cheer.",
        "His guitar was plugged into the amplifier.",
        "The guitar string broke in the middle of the song.",
        "My guitar teacher showed me a new riff.",
        "A guitar, a bass and drums make a rock band.",
        "With a guitar she wrote songs about her town.",
    ),
    "soup": (
        "The soup simmered in a pot on the stove.",
        "Her soup was too salty, so she added water.",
        "A bowl of soup and a slice of bread make a lunch.",
        "The soup is made of carrots, onions and chicken broth.",
        "He stirred the soup with a wooden spoon.",
        "Hot soup burned my tongue.",
        "The soup was served with crackers.",
        "My soup got cold, so the waiter heated it again.",
    ),
}
"""Eight sentences for each of three words, from which a new row is learnt in the word's place."""

TEST = {
    "cat": (
        "The cat drank the milk and washed its whiskers.",
        "His cat hissed at the puppy.",
        "A black cat crossed the road.",
        "The cat arched its back and its fur stood up.",
        "The cat caught a bird and brought it home.",
        "She fed her cat a can of tuna.",
        "The cat jumped onto the windowsill.",
        "That cat likes to curl up by the fire.",
    ),
    "guitar": (
        "The guitar was out of tune, so the band waited.",
        "A guitar player needs strong fingers and a pick.",
        "The guitar rang out across the concert hall.",
        "He played guitar on their first album.",
        "Her guitar case was full of coins and sheet music.",
        "The guitar and the piano played the same melody.",
        "An electric guitar needs an amp and a cable.",
        "The guitar lesson began with three easy chords.",
    ),
    "soup": (
        "The soup tasted of garlic and tomatoes.",
        "She poured the soup into four bowls.",
        "A soup of beans and rice kept them full.",
        "The soup was hot, so he blew on his spoon.",
        "Her mother's soup cures every cold.",
        "The soup boiled over and made a mess of the kitchen.",
        "They ate the soup with their sandwiches.",
        "Canned soup has too much salt.",
    ),
}
"""Eight other sentences for each word, to test the row."""

IN_PIECES = {
    "platypus": (
        "animal mammal Australia",
        "The platypus lays eggs and swims in rivers.",
        "A platypus has a bill like a duck.",
    ),
    "sourdough": (
        "bread yeast bakery",
        "The sourdough came out of the oven with a brown crust.",
        "Her sourdough needs flour, water and salt.",
    ),
    "trombone": (
        "instrument music trumpet",
        "The trombone has a long slide and a brass bell.",
        "He plays trombone in a jazz band.",
    ),
    "kayak": (
        "boat canoe water",
        "The kayak turned over in the rapids.",
        "She paddled her kayak down the river to the sea.",
    ),
    "walrus": (
        "animal seal Arctic",
        "The walrus has long tusks and thick skin.",
        "A walrus lay on the ice and slept.",
    ),
    "wheelbarrow": (
        "cart tool transport",
        "The wheelbarrow was full of bricks and sand.",
        "He pushed the wheelbarrow across the garden.",
    ),
}
"""Words that SmolLM2's tokenizer cuts into pieces: three words that describe it, two sentences.

No word of a description stands in the sentences, in any form.
"""

OPPOSITES = (
    "hot cold, big small, up down, left right, open closed, early late, rich poor, hard soft, "
    "fast slow, high low, light dark, happy sad, young old, strong weak, wet dry, full empty, "
    "good bad, near far, long short, thick thin, deep shallow, loud quiet, clean dirty, "
    "true false, wide narrow, alive dead, first last, more less, inside outside, love hate, "
    "buy sell, win lose, begin end, push pull, day night, north south, war peace, life death, "
    "black white, success failure"
)
"""Forty pairs of opposites, each word one token of SmolLM2 with the space before it."""


def opposites() -> list[tuple[str, str]]:
    """Return the pairs of words.

    Source:
        Lesson: A trained model meets new tokens.
    """
    return [tuple(pair.split()) for pair in OPPOSITES.split(", ")]


def padded(model: LanguageModel, texts: list[str]) -> Int[Tensor, "B T"]:
    """Return the ids of several texts, shape (B, T), filled up with -1 at their ends.

    Source:
        Lesson: A trained model meets new tokens.
    """
    rows = [model.token_ids(text)[0] for text in texts]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=-1)
