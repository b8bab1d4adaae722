"""Codes of the ten digits for the output of LeNet-5: each is a drawing of 7 x 12 pixels, +1 ink and -1 paper.

LeCun et al. 1998, section II.B and figure 3, take stylised images of the printable ASCII characters, so that characters
that are alike have codes that are alike. These are drawn after that description, not copied from the figure.
"""

import numpy as np

DRAWN = """
.#####. ...##.. .#####. #######  ....##. ####### .#####. ####### .#####. .#####.
##...## ..###.. ##...## .....##  ...###. ##..... ##...## ##...## ##...## ##...##
##...## .####.. ......# ....##.  ..####. ##..... ##..... .....## ##...## ##...##
##...## ...##.. ......# ...##..  .##.##. ##..... ##..... .....## ##...## ##...##
##...## ...##.. .....## ..####.  ##..##. ######. ######. ....##. .#####. ##...##
##...## ...##.. ....##. .....##  ##..##. .....## ##...## ....##. .#####. .######
##...## ...##.. ...##.. ......#  ####### ......# ##...## ...##.. ##...## .....##
##...## ...##.. ..##... ......#  ....##. ......# ##...## ...##.. ##...## .....##
##...## ...##.. .##.... ......#  ....##. ##....# ##...## ..##... ##...## .....##
##...## ...##.. ##..... ##....#  ....##. ##...## ##...## ..##... ##...## ##...##
.#####. .###### ####### .#####.  ....##. .#####. .#####. ..##... .#####. .#####.
....... ....... ....... .......  ....... ....... ....... ....... ....... .......
"""

_ROWS = [row.split() for row in DRAWN.strip().split("\n")]
CODES: np.ndarray = np.array(
    [[[1 if pixel == "#" else -1 for pixel in row[digit]] for row in _ROWS] for digit in range(10)], np.float32
).reshape(10, 84)
"""The codes, (10, 84): row i is the drawing of digit i, row by row from the top."""
