"""Completions for shells, generated from the grammar: what is taken where, and how each shell says so."""
