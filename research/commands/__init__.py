"""What the commands do: measure, reproduce, list, describe and prepare."""
