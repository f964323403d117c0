"""What is stored of a run: small pictures whose areas keep their colours."""

import base64
import io

import numpy as np
from PIL import Image

from book.run_notebooks import smaller


def encoded(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def test_areas_keep_their_colours_and_edges_nearly():
    """A faint blue beside a faint green, and more than a thousand shades between two others."""
    pixels = np.full((80, 160, 3), 255, dtype=np.uint8)
    pixels[10:30, 10:60] = (229, 240, 246)
    pixels[10:30, 70:120] = (229, 245, 240)
    rng = np.random.default_rng(0)
    pixels[40:70, 10:110] = rng.integers(0, 256, (30, 100, 1)) // 3 + (10, 60, 90)
    pixels[72:76, 10:110] = rng.integers(0, 256, (4, 100, 3))
    kept = Image.open(io.BytesIO(base64.b64decode(smaller(encoded(Image.fromarray(pixels))))))
    assert kept.mode == "P"
    seen = np.array(kept.convert("RGB"))
    assert (seen[:32] == pixels[:32]).all()
    assert (seen[:, 130:] == 255).all()
    assert np.abs(seen[40:70].astype(int) - pixels[40:70]).max() <= 8
