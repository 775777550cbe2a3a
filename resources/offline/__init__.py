"""Classical engines of the offline model set."""
