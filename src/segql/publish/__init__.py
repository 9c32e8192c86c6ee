"""A project's SQL as files that are kept beside it, or somewhere else: written, held against it, removed.

files     a folder of files that segql owns: what would change in it, and the change
sql       one file of SQL for each segment, segmentation and split
dbt       models, sources, tests and exposures of dbt
"""
