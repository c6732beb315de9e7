"""What Sphinx alone reads is no test."""

collect_ignore = ["conf.py", "pages.py"]
