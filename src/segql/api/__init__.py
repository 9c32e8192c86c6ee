"""Load a project and ask it: its faults, a segment's SQL, its members, a preview, an explanation.

What the command line does, it does with this:

    arguments.py   what a question names: an instant, a target, a dialect, a length of time
    contents.py    what a project holds: files, configuration, trees, the model
    check.py       all its faults
    statements.py  plans and statements of segments
    stages.py      a definition on its way: the stages of `explain`
    answers.py     what a target says about segments: members, costs, previews
    database.py    the model and a target's own catalogue: `model draft`, `model check`
    project.py     the project, which is asked all that
"""

from segql.api.arguments import AsOf, Timeout
from segql.api.project import Project, load

__all__ = ["AsOf", "Project", "Timeout", "load"]
