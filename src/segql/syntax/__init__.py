"""Text -> tokens -> tree; the grammar is `grammar/segql.lark`."""
