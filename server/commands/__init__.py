"""The verbs of the command line, one file each. A verb reads its options, calls the rest, and prints."""
