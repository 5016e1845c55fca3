"""Checks of this project, in checkov's own form; for what its built-in checks get wrong or lack."""
