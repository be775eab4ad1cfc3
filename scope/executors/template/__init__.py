"""The executor that renders declared files from templates: no model, no shell."""
