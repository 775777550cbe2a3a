"""The overview page: what the whole store holds, on one page."""
