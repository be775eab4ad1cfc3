"""The advisor: a model that is shown a case and says what to do, in the attempt's pane. It executes nothing."""
