"""The segments of `single.py`, and for each what an expert writes."""

from __future__ import annotations

MODEL = """
entity customer {
  table   customers
  key     customer_id: int
  created created_ts
  country:      text?
  birth_date:   date?
  email_opt_in: bool
  plan:         ordered enum("free", "pro", "team")
  interests:    list of text
  email:        text
  age = years since birth_date
}
entity store {
  table stores
  key   store_id: int
  city: text
}
event purchase of customer {
  table orders
  key   order_id: int
  on    customer_id
  at    ordered_at: timestamp
  amount:  decimal(12, 2)
  status:  enum("paid", "open", "refunded")
  channel: text
  store:   one store on store_id
}
event paid_purchase of customer is purchase where { status = "paid" }
trait paid_spend of customer = sum(paid_purchase.amount)

segment young_poles of customer {
  where {
    email_opt_in
    country in ("PL", "DE")
    age in 25..34
    plan >= "pro"
  }
}
segment bought_last_30_days of customer { where { did purchase in last 30 days } }
segment lapsed of customer {
  where {
    did purchase
    did not purchase in last 90 days
  }
}
segment frequent of customer {
  where { did paid_purchase at least 3 times in last 365 days }
}
segment big_spenders of customer { where { paid_spend >= 2_500 } }
segment lapsed_vips of customer {
  where {
    email_opt_in
    paid_spend >= 1_000
    did paid_purchase at least 3 times between 2 years ago and 90 days ago
    did not purchase in last 90 days
    any {
      country in ("PL", "DE")
      interests has any ("spa", "skincare")
    }
    count(purchase in last 365 days where { status = "refunded" }) < 2
  }
}
segment never_bought of customer {
  where {
    email_opt_in
    did not purchase
  }
}
segment large_baskets of customer {
  where {
    avg(purchase.amount) >= 120
    count(purchase) >= 5
  }
}
segment new_buyers of customer { where { first(purchase.at) in last 1000 days } }
segment last_in_app of customer { where { last(purchase.channel) = "app" } }
segment app_or_recent_store of customer {
  where {
    any {
      did purchase in last 60 days where { channel = "app" }
      did purchase in last 30 days where { channel = "store" }
    }
  }
}
segment quiet of customer {
  where {
    none {
      did purchase where { status = "refunded" }
      email_opt_in
    }
  }
}
segment refunders of customer { where { share(purchase where { status = "refunded" }) >= 0.3 } }
segment web_lovers of customer {
  where { favourite(purchase.channel in last 365 days) = "web" }
}
segment monthly_buyers of customer {
  where { active_months(purchase in last 12 full months) >= 6 }
}
segment store_hoppers of customer {
  where { count_distinct(purchase.store_id in last 365 days) >= 10 }
}
segment warsaw_buyers of customer {
  where { did purchase in last 180 days where { store.city = "Warsaw" } }
}
segment german_big_spenders of customer {
  where {
    member of big_spenders
    country = "DE"
    email_opt_in
  }
}
segment rising of customer {
  where {
    sum(purchase.amount in last 90 days) >
      sum(purchase.amount between 180 days ago and 90 days ago)
  }
}
segment work_addresses of customer {
  where {
    email ends with "@mila.example" ignoring case
    did purchase in last 365 days
    not (did purchase in last 90 days where { amount >= 200 })
  }
}
"""

CASES: dict[str, str] = {
    "young_poles": """
SELECT customer_id FROM customers
WHERE email_opt_in AND country IN ('PL', 'DE') AND plan IN ('pro', 'team')
  AND birth_date > DATE '1991-01-01' AND birth_date <= DATE '2001-01-01'
  AND (created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL)""",
    "bought_last_30_days": """
SELECT customer_id FROM customers c
WHERE EXISTS (
    SELECT 1 FROM orders o WHERE o.customer_id = c.customer_id
      AND ordered_at >= TIMESTAMP '2025-12-02' AND ordered_at < TIMESTAMP '2026-01-01')
  AND (created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL)""",
    "lapsed": """
SELECT customer_id FROM customers c
JOIN (SELECT customer_id FROM orders WHERE ordered_at < TIMESTAMP '2026-01-01'
      GROUP BY customer_id HAVING MAX(ordered_at) < TIMESTAMP '2025-10-03') o USING (customer_id)
WHERE created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL""",
    "frequent": """
SELECT c.customer_id FROM customers c
JOIN (SELECT customer_id FROM orders
      WHERE status = 'paid' AND ordered_at >= TIMESTAMP '2025-01-01' AND ordered_at < TIMESTAMP '2026-01-01'
      GROUP BY customer_id HAVING COUNT(*) >= 3) o USING (customer_id)
WHERE created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL""",
    "big_spenders": """
SELECT c.customer_id FROM customers c
JOIN (SELECT customer_id FROM orders WHERE status = 'paid' AND ordered_at < TIMESTAMP '2026-01-01'
      GROUP BY customer_id HAVING SUM(amount) >= 2500) o USING (customer_id)
WHERE created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL""",
    "lapsed_vips": """
SELECT c.customer_id FROM customers c
JOIN (SELECT customer_id FROM orders WHERE ordered_at < TIMESTAMP '2026-01-01'
      GROUP BY customer_id
      HAVING SUM(amount) FILTER (status = 'paid') >= 1000
        AND COUNT(*) FILTER (status = 'paid' AND ordered_at >= TIMESTAMP '2024-01-01'
                             AND ordered_at < TIMESTAMP '2025-10-03') >= 3
        AND MAX(ordered_at) < TIMESTAMP '2025-10-03'
        AND COUNT(*) FILTER (status = 'refunded' AND ordered_at >= TIMESTAMP '2025-01-01') < 2) o
  USING (customer_id)
WHERE email_opt_in AND (country IN ('PL', 'DE') OR list_has_any(interests, ['spa', 'skincare']))
  AND (created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL)""",
    "never_bought": """
SELECT customer_id FROM customers c
WHERE email_opt_in AND (created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL)
  AND NOT EXISTS (SELECT 1 FROM orders o
                  WHERE o.customer_id = c.customer_id AND ordered_at < TIMESTAMP '2026-01-01')""",
    "large_baskets": """
SELECT c.customer_id FROM customers c
JOIN (SELECT customer_id FROM orders WHERE ordered_at < TIMESTAMP '2026-01-01'
      GROUP BY customer_id HAVING COUNT(*) >= 5 AND AVG(amount) >= 120) o USING (customer_id)
WHERE created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL""",
    "new_buyers": """
SELECT c.customer_id FROM customers c
JOIN (SELECT customer_id FROM orders WHERE ordered_at < TIMESTAMP '2026-01-01'
      GROUP BY customer_id HAVING MIN(ordered_at) >= TIMESTAMP '2023-04-07') o USING (customer_id)
WHERE created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL""",
    "last_in_app": """
SELECT c.customer_id FROM customers c
JOIN (SELECT customer_id FROM orders WHERE ordered_at < TIMESTAMP '2026-01-01'
      GROUP BY customer_id HAVING arg_max(channel, (ordered_at, order_id)) = 'app') o USING (customer_id)
WHERE created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL""",
    "app_or_recent_store": """
SELECT customer_id FROM customers c
WHERE EXISTS (
    SELECT 1 FROM orders o WHERE o.customer_id = c.customer_id AND ordered_at < TIMESTAMP '2026-01-01'
      AND ordered_at >= TIMESTAMP '2025-11-02'
      AND (channel = 'app' OR channel = 'store' AND ordered_at >= TIMESTAMP '2025-12-02'))
  AND (created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL)""",
    "quiet": """
SELECT customer_id FROM customers c
WHERE NOT email_opt_in AND (created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL)
  AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.customer_id
                    AND status = 'refunded' AND ordered_at < TIMESTAMP '2026-01-01')""",
    "refunders": """
SELECT c.customer_id FROM customers c
JOIN (SELECT customer_id FROM orders WHERE ordered_at < TIMESTAMP '2026-01-01'
      GROUP BY customer_id HAVING COUNT(*) FILTER (status = 'refunded') >= 0.2999995 * COUNT(*)) o
  USING (customer_id)
WHERE created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL""",
    "web_lovers": """
WITH by_channel AS (
    SELECT customer_id, channel, COUNT(*) AS n, MAX(ordered_at) AS latest FROM orders
    WHERE ordered_at >= TIMESTAMP '2025-01-01' AND ordered_at < TIMESTAMP '2026-01-01'
    GROUP BY customer_id, channel)
SELECT c.customer_id FROM customers c
JOIN (SELECT customer_id FROM by_channel GROUP BY customer_id
      HAVING arg_max(channel, (n, latest)) = 'web') o USING (customer_id)
WHERE created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL""",
    "monthly_buyers": """
SELECT c.customer_id FROM customers c
JOIN (SELECT customer_id FROM orders
      WHERE ordered_at >= TIMESTAMP '2024-12-31 23:00:00' AND ordered_at < TIMESTAMP '2025-12-31 23:00:00'
      GROUP BY customer_id
      HAVING COUNT(DISTINCT date_trunc('month', ordered_at AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Warsaw')) >= 6
     ) o USING (customer_id)
WHERE created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL""",
    "store_hoppers": """
SELECT c.customer_id FROM customers c
JOIN (SELECT customer_id FROM orders
      WHERE ordered_at >= TIMESTAMP '2025-01-01' AND ordered_at < TIMESTAMP '2026-01-01'
      GROUP BY customer_id HAVING COUNT(DISTINCT store_id) >= 10) o USING (customer_id)
WHERE created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL""",
    "warsaw_buyers": """
SELECT customer_id FROM customers c
WHERE EXISTS (
    SELECT 1 FROM orders o JOIN stores s ON s.store_id = o.store_id
    WHERE o.customer_id = c.customer_id AND s.city = 'Warsaw'
      AND ordered_at >= TIMESTAMP '2025-07-05' AND ordered_at < TIMESTAMP '2026-01-01')
  AND (created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL)""",
    "german_big_spenders": """
SELECT c.customer_id FROM customers c
JOIN orders o ON o.customer_id = c.customer_id
WHERE c.country = 'DE' AND email_opt_in AND (created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL)
  AND status = 'paid' AND ordered_at < TIMESTAMP '2026-01-01'
GROUP BY c.customer_id HAVING SUM(amount) >= 2500""",
    "rising": """
SELECT c.customer_id FROM customers c
JOIN (SELECT customer_id FROM orders
      WHERE ordered_at >= TIMESTAMP '2025-07-05' AND ordered_at < TIMESTAMP '2026-01-01'
      GROUP BY customer_id
      HAVING COALESCE(SUM(amount) FILTER (ordered_at >= TIMESTAMP '2025-10-03'), 0)
           > COALESCE(SUM(amount) FILTER (ordered_at < TIMESTAMP '2025-10-03'), 0)) o USING (customer_id)
WHERE created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL""",
    "work_addresses": """
SELECT customer_id FROM customers c
WHERE lower(email) LIKE '%@mila.example' AND (created_ts < TIMESTAMP '2026-01-01' OR created_ts IS NULL)
  AND EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.customer_id
                AND ordered_at >= TIMESTAMP '2025-01-01' AND ordered_at < TIMESTAMP '2026-01-01')
  AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.customer_id AND amount >= 200
                    AND ordered_at >= TIMESTAMP '2025-10-03' AND ordered_at < TIMESTAMP '2026-01-01')""",
}
