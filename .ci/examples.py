"""python .ci/examples.py PAGE FOLDER: each block of YAML of a page as a file, named after the word behind `yaml`."""

import re
import sys
from pathlib import Path

page, folder = Path(sys.argv[1]), Path(sys.argv[2])
folder.mkdir(parents=True)
blocks = re.findall(r"^```yaml (\S+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
for number, (word, text) in enumerate(blocks, 1):
    (folder / f"{word}-{number}.yaml").write_text(text, encoding="utf-8")
print(f"{len(blocks)} examples")
