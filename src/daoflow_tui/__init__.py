"""The front ends of the operations core: the console on screen and the command line."""

import os

# Textual reads this once, when it is first imported: its 60 frames a second make a key wait up to 17 ms for its paint.
os.environ.setdefault("TEXTUAL_FPS", "120")
