"""The model executor: a model with a shell, as a small loop in the attempt's pane."""
