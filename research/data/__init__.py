"""Data: files in, arrays out. Every data set is verified by SHA-256 before it is used, whatever its source.

    train, test = research.data.load("mnist")      # uint8 images and int32 labels, in the order of the source

A data set is prepared once (`python -m research data prepare NAME`), then read from the data folder: `data_dir`, else
TFDS_DATA_DIR, else TFDS's own default. Nothing is tuned on a test set: the catalogue says how each validation split is
taken from train.
"""

from research.data.catalogue import Description, describe
from research.data.dataset import DataError, Dataset, MissingData, Split, digest, noise
from research.data.preparation import Prepared, prepare
from research.data.storage import Listing, listing, load, prepare_command
from research.data.workplace import Progress

__all__ = [
    "DataError",
    "Dataset",
    "Description",
    "Listing",
    "MissingData",
    "Prepared",
    "Progress",
    "Split",
    "describe",
    "digest",
    "listing",
    "load",
    "noise",
    "prepare",
    "prepare_command",
]
