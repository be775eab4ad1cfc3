"""The dashboard: what is on the screen, as a pure function of what is known; and who reads, draws and is pressed."""
