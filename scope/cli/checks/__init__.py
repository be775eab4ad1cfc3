"""The checks of `scope doctor`: a file for each subject, each of which knows the way to what is missing."""
