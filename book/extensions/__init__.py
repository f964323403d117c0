"""The book's own Sphinx extensions; `_config.yml` loads them by their full names."""
