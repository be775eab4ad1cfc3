"""The page of `scope report`: one file of HTML that needs nothing else."""
