"""What touches the world: the store, sources of pictures, models."""
