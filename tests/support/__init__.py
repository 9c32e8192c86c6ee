"""What the tests share: a real Postgres, and physical tables made from a model's rows."""
