"""What holds for every test: the program speaks English, whatever the machine's locale is."""

import os

os.environ["LANGUAGE"] = "en"
