"""Pictures as bytes and pixels: read, checked, edited and drawn, without Django or the database.

`sandbox` holds limited processes, in which `child` answers with what `pixels` draws; `specs`
declares the sizes and formats, `edits` what people may change. `metadata`, `colour_tags` and
`transformations` say what a file carries, and how it wants its colours, crop and turn understood.
"""
