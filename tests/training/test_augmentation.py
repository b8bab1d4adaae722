import jax
import jax.numpy as jnp
import numpy as np

from research.training.augmentation import distorted

IMAGE = jnp.zeros((28, 28)).at[10:18, 12:16].set(1.0)


def test_each_key_gives_another_image_and_the_same_key_the_same():
    keys = jax.random.split(jax.random.key(0), 50)
    images = jax.vmap(distorted, in_axes=(None, 0))(IMAGE, keys)
    assert len(np.unique(np.asarray(images).reshape(50, -1), axis=0)) == 50
    np.testing.assert_array_equal(distorted(IMAGE, keys[3]), images[3])


def test_a_distorted_image_keeps_its_ink_within_what_scaling_changes():
    """Area changes by scale^2, .85^2 to 1.15^2; values stay in those of the image; the middle moves by <= 3 pixels."""
    images = np.asarray(jax.vmap(distorted, in_axes=(None, 0))(IMAGE, jax.random.split(jax.random.key(1), 200)))
    area = images.sum(axis=(1, 2)) / float(IMAGE.sum())
    assert area.min() > 0.85**2 - 0.05
    assert area.max() < 1.15**2 + 0.05
    assert area.std() > 0.1
    assert images.min() >= 0
    assert images.max() <= 1
    rows = (images.sum(axis=2) * np.arange(28)).sum(axis=1) / images.sum(axis=(1, 2))
    assert np.abs(rows - 13.5).max() < 3
    assert rows.std() > 0.5
