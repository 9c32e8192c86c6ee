"""What changed in a project, by what it means: against a revision of git, and on the data of a target.

forms     normal forms of definitions of different projects, so that they can be compared
compare   two projects -> what changed
people    who enters and who leaves, and by which line
"""
