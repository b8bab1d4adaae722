"""Models: what can be represented, one system a file."""
