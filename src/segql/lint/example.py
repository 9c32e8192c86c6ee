"""The model that the examples on the rules' pages rest on."""

MODEL = """\
entity customer {
  table   customers
  key     customer_id: int
  created signed_up

  country:      text?
  city:         text?
  email:        text?
  gender:       enum("female", "male", "other")?
  plan:         ordered enum("free", "pro", "team")
  birth_date:   date?
  signed_up_at: timestamp column signed_up
  email_opt_in: bool
  points:       int
  score:        float?
  interests:    list of text
}

event purchase of customer {
  table purchases
  key   purchase_id: int
  on    customer_id
  at    bought_at: timestamp

  amount:   decimal(12, 2)
  currency: enum("EUR", "PLN", "USD")
  status:   enum("paid", "open", "refunded")
}

event visit of customer {
  table visits
  key   visit_id: int
  on    customer_id
  at    visited_at: timestamp

  page: text
}
"""
