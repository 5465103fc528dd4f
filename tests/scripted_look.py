"""What a microscope would show of a text, played without torch."""

import numpy as np

from core.events import Guess, TextInspected, UnitTracker

LAYERS, UNITS = 2, 4

HELD_OUT = 'To be, or "not" to be\nThat is the 1 question'


def inspected(number: int, text: str, step: int, offset: int = 0) -> TextInspected:
    """Return a look at a text: capitals surprise, and unit 2 of layer 2 follows them."""
    text = text or HELD_OUT[offset % len(HELD_OUT) :]
    capital = np.array([character.isupper() for character in text])
    activations = np.zeros((LAYERS, len(text), UNITS))
    activations[1, :, 1] = np.where(capital, 0.9, -0.9)
    activations[0, :, 0] = np.linspace(-1, 1, len(text))
    return TextInspected(
        sample=number,
        step=step,
        text=text,
        cut=False,
        tokens=list(text),
        bits=np.where(capital, 9.5, 0.5).tolist(),
        guesses=[[Guess(text="e", probability=0.6), Guess(text="\n", probability=0.1)]] * len(text),
        layers=LAYERS,
        units=UNITS,
        activations=np.rint(activations * 127).astype(np.int8).tobytes(),
        trackers=[
            UnitTracker(property="upper case", layer=1, unit=1, correlation=1.0, by_chance=0.3),
            UnitTracker(property="line position", layer=0, unit=0, correlation=-0.7, by_chance=0.2),
        ],
    )
