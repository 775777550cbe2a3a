"""Model roles behind the ports: registry, fetching, engines."""
