"""Where the slope comes from: forward, reverse, along paths and by hand; what each costs."""
