"""What an expert writes in Postgres for each segment of the shop example, as of 2026-01-01 in Warsaw.

Written from the titles and descriptions, without the compiler, with what is known of the data: which columns are never
NULL, that times are `timestamptz`, that statuses have no other spellings. Only the key is selected.
"""

from __future__ import annotations

from string import Template

_AT = {
    "now": "2025-12-31 23:00+00",  # midnight in Warsaw
    "h72": "2025-12-28 23:00+00",
    "d1": "2025-12-30 23:00+00",
    "d30": "2025-12-01 23:00+00",
    "d60": "2025-11-01 23:00+00",
    "d90": "2025-10-02 23:00+00",
    "d120": "2025-09-02 23:00+00",
    "d121": "2025-09-01 23:00+00",
    "d180": "2025-07-04 23:00+00",
    "d365": "2024-12-31 23:00+00",
    "m1": "2025-11-30 23:00+00",
    "m3": "2025-09-30 22:00+00",
    "m6": "2025-06-30 22:00+00",
    "y1": "2024-12-31 23:00+00",
    "y2": "2023-12-31 23:00+00",
    "y3": "2022-12-31 23:00+00",
    "week_end": "2025-12-28 23:00+00",
    "week_start": "2025-11-30 23:00+00",
}

_ROWS = {
    "exists": "c.deleted_at IS NULL AND c.created_ts < $now",
    "staff": "lower(c.email) LIKE '%@mila.example'",
    "not_staff": "(c.email IS NULL OR lower(c.email) NOT LIKE '%@mila.example')",
    "bounced": """(SELECT customer_id FROM email_events
        WHERE kind = 'bounce' AND happened_at >= $d365 AND happened_at < $now
        GROUP BY customer_id HAVING count(*) >= 2)""",
    "mailable": """$exists AND c.email_opt_in AND lower(c.email) NOT LIKE '%@mila.example'
        AND c.customer_id NOT IN $bounced""",
    "paid": "o.status = 'paid' AND o.ordered_at < $now",
    "lapsed_vips": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id FROM orders WHERE ordered_at < $now
              GROUP BY customer_id
              HAVING sum(amount) FILTER (WHERE status = 'paid') >= 1000
                AND count(*) FILTER (WHERE status = 'paid' AND ordered_at >= $y3 AND ordered_at < $d90) >= 3
                AND max(ordered_at) < $d90
                AND count(*) FILTER (WHERE status = 'refunded' AND ordered_at >= $y2) < 2) AS o
          USING (customer_id)
        WHERE $mailable
          AND NOT EXISTS (SELECT FROM tickets AS t WHERE t.customer_id = c.customer_id
                            AND t.closed_at IS NULL AND t.opened_at < $now)""",
    "chance": "('x' || left(md5('winback-2026:' || c.customer_id), 8))::bit(32)::bigint",
    "first_order": """(SELECT o.customer_id, min(o.ordered_at) AS first_at, max(o.ordered_at) AS last_at
        FROM orders AS o WHERE $paid GROUP BY o.customer_id)""",
    "year_spend": """(SELECT o.customer_id, sum(o.amount) AS spend FROM orders AS o
        WHERE $paid AND o.ordered_at >= $d365 GROUP BY o.customer_id)""",
}

_CASES = {
    # --- audiences
    "employees": "SELECT customer_id FROM customers AS c WHERE $exists AND $staff",
    "email_subscribers": "SELECT customer_id FROM customers AS c WHERE $mailable",
    "one_channel_only": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND $not_staff
          AND email_opt_in::int + sms_opt_in::int + push_opt_in::int = 1""",
    "sunset_subscribers": """
        SELECT customer_id FROM customers AS c
        WHERE $mailable AND created_ts < $d180
          AND NOT EXISTS (SELECT FROM email_events AS e
                          WHERE e.customer_id = c.customer_id AND e.kind IN ('open', 'click')
                            AND e.happened_at >= $d180 AND e.happened_at < $now)""",
    "topic_tutorials_new": """
        SELECT customer_id FROM customers AS c
        WHERE $mailable
          AND EXISTS (SELECT FROM newsletter_topics AS t
                      WHERE t.customer_id = c.customer_id AND t.topic IN ('tutorials', 'new products'))
          AND NOT EXISTS (SELECT FROM newsletter_topics AS t
                          WHERE t.customer_id = c.customer_id AND t.topic = 'offers')""",
    # --- behaviour
    "cart_abandoners": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id, max(happened_at) AS put FROM web_events
              WHERE kind = 'cart_add' AND happened_at >= $h72 AND happened_at < $now
              GROUP BY customer_id) AS cart USING (customer_id)
        WHERE $mailable
          AND NOT EXISTS (SELECT FROM web_events AS w
                          WHERE w.customer_id = c.customer_id AND w.kind = 'checkout'
                            AND w.happened_at >= put AND w.happened_at < $now)
          AND NOT EXISTS (SELECT FROM orders AS o
                          WHERE o.customer_id = c.customer_id
                            AND o.ordered_at >= put AND o.ordered_at < $now)""",
    "checkout_abandoners": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id, max(happened_at) AS put FROM web_events
              WHERE kind = 'cart_add' AND happened_at >= $d30 AND happened_at < $now
              GROUP BY customer_id) AS cart USING (customer_id)
        WHERE $mailable
          AND EXISTS (SELECT FROM web_events AS w
                      WHERE w.customer_id = c.customer_id AND w.kind = 'checkout'
                        AND w.happened_at > put AND w.happened_at <= put + interval '2 hours'
                        AND w.happened_at < $d1
                        AND NOT EXISTS (SELECT FROM orders AS o
                                        WHERE o.customer_id = w.customer_id AND o.ordered_at > w.happened_at
                                          AND o.ordered_at <= w.happened_at + interval '24 hours'))""",
    "web_marathons": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND customer_id IN (
          SELECT customer_id
          FROM (SELECT customer_id, happened_at,
                       lead(happened_at, 4) OVER (PARTITION BY customer_id ORDER BY happened_at) AS fifth
                FROM web_events
                WHERE kind = 'page_view' AND happened_at >= $d60 AND happened_at < $now) AS w
          WHERE fifth < happened_at + interval '72 hours')""",
    "fragrance_browsers": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id FROM web_events JOIN products USING (product_id)
              WHERE kind = 'page_view' AND category = 'fragrance'
                AND happened_at >= $d30 AND happened_at < $now
              GROUP BY customer_id HAVING count(*) >= 3) AS w USING (customer_id)
        WHERE $exists
          AND NOT EXISTS (SELECT FROM orders AS o
                          JOIN order_lines USING (order_id) JOIN products USING (product_id)
                          WHERE o.customer_id = c.customer_id AND category = 'fragrance'
                            AND ordered_at >= $d180 AND ordered_at < $now)""",
    "gift_searchers": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND EXISTS (
          SELECT FROM web_events AS w
          WHERE w.customer_id = c.customer_id AND kind = 'search'
            AND happened_at >= '2025-09-30 22:00+00' AND happened_at < $now
            AND (lower(query) LIKE '%prezent%' OR query ~ '^[Gg]ift +[Bb]ox$$'))""",
    "skincare_lovers": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT DISTINCT ON (customer_id) customer_id, category
              FROM (SELECT o.customer_id, category, sum(quantity) AS pieces
                    FROM orders AS o JOIN order_lines USING (order_id) JOIN products USING (product_id)
                    WHERE $paid AND o.ordered_at >= $d365 GROUP BY 1, 2) AS p
              ORDER BY customer_id, pieces DESC, category) AS favourite USING (customer_id)
        JOIN (SELECT o.customer_id FROM orders AS o WHERE $paid AND o.ordered_at >= $d365
              GROUP BY 1 HAVING count(*) >= 3) AS often USING (customer_id)
        WHERE $exists AND category = 'skincare'""",
    "one_category_only": """
        SELECT customer_id FROM customers AS c
        WHERE $exists
          AND customer_id IN (SELECT o.customer_id FROM orders AS o WHERE $paid
                              GROUP BY 1 HAVING count(*) >= 3)
          AND customer_id IN (SELECT o.customer_id FROM orders AS o
                              JOIN order_lines USING (order_id) JOIN products USING (product_id)
                              WHERE $paid GROUP BY 1 HAVING count(DISTINCT category) = 1)""",
    "discount_hunters": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id FROM orders WHERE ordered_at >= $y2 AND ordered_at < $now
              GROUP BY 1 HAVING count(*) >= 3 AND count(voucher) >= 0.6 * count(*)) AS o
          USING (customer_id)
        WHERE $exists""",
    "full_price_friends": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT o.customer_id FROM orders AS o WHERE $paid AND o.ordered_at >= $y2
              GROUP BY 1 HAVING count(*) >= 5 AND count(voucher) = 0) AS o USING (customer_id)
        WHERE $exists""",
    "weekend_shoppers": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id FROM orders WHERE ordered_at < $now
              GROUP BY 1
              HAVING count(*) >= 4
                AND count(*) FILTER (WHERE extract(isodow FROM ordered_at AT TIME ZONE 'Europe/Warsaw') >= 6)
                    >= 0.7 * count(*)) AS o
          USING (customer_id)
        WHERE $exists""",
    "night_owls": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id FROM orders WHERE ordered_at < $now
              GROUP BY 1
              HAVING count(*) >= 3
                AND count(*) FILTER (WHERE extract(hour FROM ordered_at AT TIME ZONE 'Europe/Warsaw')
                                           NOT BETWEEN 4 AND 21) >= 0.5 * count(*)) AS o
          USING (customer_id)
        WHERE $exists""",
    "store_hoppers": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id FROM store_visits JOIN stores USING (store_id)
              WHERE visited_on >= date '2025-01-01' AND visited_on < date '2026-01-01'
              GROUP BY 1 HAVING count(DISTINCT city) >= 3) AS v USING (customer_id)
        WHERE $exists""",
    "store_to_app": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id, array_agg(channel ORDER BY ordered_at, order_id) AS channels
              FROM orders WHERE ordered_at < $now GROUP BY 1) AS o USING (customer_id)
        WHERE $exists AND channels[1] = 'store' AND channels[cardinality(channels)] = 'app'""",
    "weekly_browsers": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id
              FROM (SELECT customer_id, (happened_at AT TIME ZONE 'Europe/Warsaw')::date AS day
                    FROM web_events
                    WHERE kind = 'page_view' AND happened_at >= $week_start AND happened_at < $week_end
                    UNION ALL
                    SELECT customer_id, (ordered_at AT TIME ZONE 'Europe/Warsaw')::date FROM orders
                    WHERE ordered_at >= $week_start AND ordered_at < $week_end
                    UNION ALL
                    SELECT customer_id, (happened_at AT TIME ZONE 'Europe/Warsaw')::date
                    FROM email_events
                    WHERE kind = 'click' AND happened_at >= $week_start AND happened_at < $week_end
                   ) AS a
              GROUP BY 1
              HAVING count(DISTINCT date_trunc('week', day)) = 4 AND count(DISTINCT day) >= 6) AS a
          USING (customer_id)
        WHERE $exists""",
    "even_spenders": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT o.customer_id FROM orders AS o WHERE $paid
              GROUP BY 1
              HAVING count(*) >= 5 AND round(stddev(amount), 6) <= 0.4 * round(avg(amount), 6)) AS o
          USING (customer_id)
        WHERE $exists""",
    "one_huge_order": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT o.customer_id FROM orders AS o WHERE $paid
              GROUP BY 1
              HAVING count(*) >= 4 AND min(amount) > 0
                AND max(amount) >= greatest(300, 5 * percentile_cont(0.5) WITHIN GROUP (ORDER BY amount))
             ) AS o USING (customer_id)
        WHERE $exists""",
    "bulk_buyers": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND customer_id IN (
          SELECT o.customer_id FROM orders AS o JOIN order_lines AS l USING (order_id)
          WHERE $paid AND o.ordered_at >= $d365 AND quantity >= 3 AND quantity * unit_price >= 100
          GROUP BY o.order_id HAVING count(*) >= 2)""",
    "bestsellers": """
        SELECT product_id FROM products
        WHERE product_id IN (SELECT product_id FROM order_lines GROUP BY 1 HAVING sum(quantity) >= 500)""",
    "bestseller_fans": """
        WITH best AS (
          SELECT product_id FROM products
          WHERE product_id IN (SELECT product_id FROM order_lines GROUP BY 1 HAVING sum(quantity) >= 500))
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT o.customer_id FROM orders AS o
              WHERE $paid AND o.ordered_at >= $d365
                AND EXISTS (SELECT FROM order_lines AS l JOIN best USING (product_id)
                            WHERE l.order_id = o.order_id)
              GROUP BY 1 HAVING count(*) BETWEEN 3 AND 50) AS o USING (customer_id)
        WHERE $exists""",
    # --- lifecycle
    "new_customers": """
        SELECT customer_id FROM customers AS c WHERE $exists AND created_ts >= $d30 AND $not_staff""",
    "welcome_kit": """
        SELECT c.customer_id FROM customers AS c JOIN $first_order AS o USING (customer_id)
        WHERE $exists AND first_at >= $m1""",
    "signed_up_never_bought": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id FROM web_events
              WHERE kind = 'page_view' AND happened_at >= $d90 AND happened_at < $now
              GROUP BY 1 HAVING count(*) >= 3) AS w USING (customer_id)
        WHERE $mailable AND created_ts < $d30
          AND NOT EXISTS (SELECT FROM orders AS o WHERE o.customer_id = c.customer_id AND o.ordered_at < $now)""",
    "no_second_order": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT o.customer_id, array_agg(o.ordered_at ORDER BY o.ordered_at) AS t
              FROM orders AS o WHERE $paid GROUP BY 1) AS o USING (customer_id)
        WHERE $exists AND t[1] >= $m6 AND t[1] < $d30
          AND (t[2] IS NULL OR t[2] >= t[1] + interval '720 hours')""",
    "lapsed_vips": "$lapsed_vips",
    "winback_one_timers": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT o.customer_id FROM orders AS o WHERE $paid GROUP BY 1
              HAVING count(*) = 1 AND max(o.ordered_at) >= $y2 AND max(o.ordered_at) < $m6
                AND max(amount) > 25) AS o USING (customer_id)
        WHERE $exists""",
    "at_risk_big_spenders": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT o.customer_id, sum(amount) AS year,
                     coalesce(sum(amount) FILTER (WHERE o.ordered_at >= $d90), 0) AS recent
              FROM orders AS o WHERE $paid AND o.ordered_at >= $d365 GROUP BY 1) AS o
          USING (customer_id)
        WHERE $exists AND year >= 600 AND recent <= round((year - recent) / 275, 6) * 90 * 0.25
          AND (EXISTS (SELECT FROM web_events AS w
                       WHERE w.customer_id = c.customer_id AND w.kind = 'page_view'
                         AND w.happened_at >= $d180 AND w.happened_at < $now)
            OR EXISTS (SELECT FROM orders AS p
                       WHERE p.customer_id = c.customer_id
                         AND p.ordered_at >= $d180 AND p.ordered_at < $now)
            OR EXISTS (SELECT FROM email_events AS e
                       WHERE e.customer_id = c.customer_id AND e.kind = 'click'
                         AND e.happened_at >= $d180 AND e.happened_at < $now))""",
    "rising_stars": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT o.customer_id, count(*) AS n,
                     sum(amount) FILTER (WHERE o.ordered_at >= $y1 AND o.ordered_at < $m6) AS before,
                     sum(amount) FILTER (WHERE o.ordered_at >= $m6) AS after
              FROM orders AS o WHERE $paid GROUP BY 1) AS o USING (customer_id)
        WHERE $exists AND n >= 4 AND before > 0 AND after >= 2 * before""",
    "regulars": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT o.customer_id FROM orders AS o WHERE $paid AND o.ordered_at >= $y1
              GROUP BY 1
              HAVING count(DISTINCT date_trunc('month', o.ordered_at AT TIME ZONE 'Europe/Warsaw')) >= 6) AS o
          USING (customer_id)
        WHERE $exists""",
    "shrinking_baskets": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT o.customer_id, max(o.ordered_at) AS last_at,
                     array_agg(amount ORDER BY o.ordered_at DESC, o.order_id DESC) AS a
              FROM orders AS o WHERE $paid GROUP BY 1) AS o USING (customer_id)
        WHERE $exists AND a[1] < a[2] AND a[2] < a[3] AND a[1] < 50 AND last_at > $d121""",
    # --- occasions
    "birthday_next_7_days": """
        SELECT customer_id FROM customers AS c
        WHERE $mailable AND extract(month FROM birth_date) = 1 AND extract(day FROM birth_date) <= 7
          AND birth_date BETWEEN date '1925-01-02' AND date '2010-01-01'""",
    "leap_day_children": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND extract(month FROM birth_date) = 2 AND extract(day FROM birth_date) = 29""",
    "first_order_anniversary": """
        SELECT c.customer_id FROM customers AS c JOIN $first_order AS o USING (customer_id)
        WHERE $exists AND first_at < $m6 AND last_at >= $y2
          AND extract(month FROM first_at AT TIME ZONE 'Europe/Warsaw') = 1
          AND extract(day FROM first_at AT TIME ZONE 'Europe/Warsaw') <= 14""",
    "black_friday_only": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id FROM orders
              WHERE ordered_at >= '2024-11-27 23:00+00' AND ordered_at < '2025-11-28 23:00+00'
              GROUP BY 1
              HAVING max(ordered_at) >= '2025-11-27 23:00+00'
                AND count(*) FILTER (WHERE ordered_at < '2025-11-27 23:00+00') <= 1) AS o
          USING (customer_id)
        WHERE $exists""",
    "gift_buyers": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT o.customer_id FROM orders AS o
              WHERE status = 'paid' AND channel IN ('web', 'app')
                AND ordered_at >= '2025-11-14 23:00+00' AND ordered_at < '2025-12-24 23:00+00'
                AND EXISTS (SELECT FROM order_lines AS l JOIN products USING (product_id)
                            WHERE l.order_id = o.order_id AND category IN ('gifts', 'fragrance'))
              GROUP BY 1 HAVING count(*) >= 2) AS o USING (customer_id)
        WHERE $exists""",
    "yesterdays_visitors": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id FROM web_events
              WHERE kind = 'page_view' AND happened_at >= $d1 AND happened_at < $now
              GROUP BY 1 HAVING count(*) > 2) AS w USING (customer_id)
        WHERE $exists
          AND NOT EXISTS (SELECT FROM orders AS o
                          WHERE o.customer_id = c.customer_id AND o.ordered_at >= $d1 AND o.ordered_at < $now)""",
    "box_renewals": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND EXISTS (
          SELECT FROM subscriptions AS s
          WHERE s.customer_id = c.customer_id AND ended_on IS NULL AND monthly_fee >= 19
            AND renews_on >= date '2026-01-01' AND renews_on < date '2026-01-15')""",
    "box_leavers": """
        SELECT customer_id FROM customers AS c
        WHERE $exists
          AND EXISTS (SELECT FROM subscriptions AS s
                      WHERE s.customer_id = c.customer_id AND ended_on >= started_on + 180
                        AND ended_on >= date '2025-01-01' AND ended_on < date '2026-01-01')
          AND NOT EXISTS (SELECT FROM subscriptions AS s
                          WHERE s.customer_id = c.customer_id AND ended_on IS NULL)""",
    # --- people
    "warsaw_and_lodz": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND country = 'PL' AND lower(trim(city)) IN ('warszawa', 'łódź')""",
    "german_speaking": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND (country = 'DE'
          OR country = 'CH' AND (city IS NULL OR lower(city) NOT LIKE '%genève%'))""",
    "abroad_unknown_city": """
        SELECT customer_id FROM customers AS c WHERE $exists AND country IS DISTINCT FROM 'PL'""",
    "eco_minded": """
        SELECT c.customer_id FROM customers AS c
        LEFT JOIN (SELECT DISTINCT customer_id FROM survey_answers
                   WHERE survey = 'values_2024' AND question = 'animal testing' AND answer = 'disagree') AS s
          USING (customer_id)
        LEFT JOIN (SELECT o.customer_id, count(*) AS n, count(v.order_id) AS vegan
                   FROM orders AS o
                   LEFT JOIN (SELECT DISTINCT order_id FROM order_lines
                              JOIN products USING (product_id) WHERE vegan) AS v USING (order_id)
                   WHERE $paid GROUP BY 1) AS o USING (customer_id)
        WHERE $exists
          AND (attitude IS NOT DISTINCT FROM 'eco')::int + ('vegan' = ANY (interests))::int
            + (interests @> '{gardening,yoga}')::int + (s.customer_id IS NOT NULL)::int
            + coalesce((vegan >= 0.75 * n)::int, 0) >= 2""",
    "spa_evenings": """
        SELECT customer_id FROM customers AS c
        WHERE $mailable AND interests && '{spa,yoga}' AND NOT interests && '{running}'
          AND EXISTS (SELECT FROM orders AS o
                      JOIN order_lines USING (order_id) JOIN products USING (product_id)
                      WHERE o.customer_id = c.customer_id AND $paid AND o.ordered_at >= $y1
                        AND category IN ('spa', 'wellness'))""",
    "many_interests": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND (cardinality(interests) >= 4 OR cardinality(string_to_array(concerns, ',')) >= 2)""",
    "dry_skin_in_winter": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND country IN ('PL', 'SE', 'CZ', 'DE')
          AND (attribs ->> 'skin_type' = 'dry' OR 'dry skin' = ANY (string_to_array(concerns, ', ')))""",
    "families": """
        SELECT customer_id FROM customers AS c LEFT JOIN households USING (household_id)
        WHERE $exists
          AND (has_children OR size >= 4
            OR CASE WHEN attribs ->> 'children' ~ '^[0-9]+$$' THEN (attribs ->> 'children')::int >= 1 END)
          AND (birth_date IS NULL OR birth_date > date '1960-01-01' AND birth_date <= date '2004-01-01')""",
    "affluent_households": """
        SELECT customer_id FROM customers AS c JOIN households USING (household_id)
        WHERE $exists AND (income_band IN ('upper', 'top') OR household_id IN (
          SELECT household_id FROM customers AS c JOIN orders AS o USING (customer_id)
          WHERE $exists AND $paid AND o.ordered_at >= $d365 AND household_id IS NOT NULL
          GROUP BY 1 HAVING sum(amount) >= 2000))""",
    "young_men": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND gender = 'male' AND birth_date > date '1990-01-01' AND birth_date <= date '2008-01-01'""",
    "key_accounts": """
        SELECT account_id FROM accounts
        WHERE industry IN ('hotel', 'spa', 'beauty salon') AND (employees >= 10 OR employees IS NULL)
          AND account_id IN (SELECT account_id FROM customers AS c JOIN orders AS o USING (customer_id)
                             WHERE $exists AND $paid AND o.ordered_at >= $d365 AND account_id IS NOT NULL
                             GROUP BY 1 HAVING sum(amount) >= 1500)
          AND account_id IN (SELECT account_id FROM customers AS c WHERE $exists AND email IS NOT NULL
                             GROUP BY 1 HAVING count(*) >= 2)""",
    "key_account_buyers": """
        SELECT customer_id FROM customers AS c JOIN accounts USING (account_id)
        WHERE $exists AND $not_staff
          AND industry IN ('hotel', 'spa', 'beauty salon') AND (employees >= 10 OR employees IS NULL)
          AND account_id IN (SELECT account_id FROM customers AS c JOIN orders AS o USING (customer_id)
                             WHERE $exists AND $paid AND o.ordered_at >= $d365 AND account_id IS NOT NULL
                             GROUP BY 1 HAVING sum(amount) >= 1500)
          AND account_id IN (SELECT account_id FROM customers AS c WHERE $exists AND email IS NOT NULL
                             GROUP BY 1 HAVING count(*) >= 2)""",
    "points_about_to_bore": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND tier IN ('gold', 'platinum') AND loyalty_points >= 300
          AND NOT EXISTS (SELECT FROM orders AS o
                          WHERE o.customer_id = c.customer_id AND o.ordered_at >= $m3 AND o.ordered_at < $now)""",
    "friends_brought_friends": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND attribs #>> '{referral,code}' LIKE 'REF%' AND attribs ->> 'source' = 'friend'
          AND EXISTS (SELECT FROM orders AS o WHERE o.customer_id = c.customer_id AND $paid)""",
    # --- quality
    "incomplete_profiles": """
        SELECT customer_id FROM customers AS c
        WHERE $exists
          AND num_nulls(first_name, gender, birth_date, city, attitude) + (interests = '{}')::int >= 3""",
    "impossible_birth_dates": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND (birth_date > date '2026-01-01' OR birth_date <= date '1915-01-01')""",
    "broken_emails": r"""
        SELECT customer_id FROM customers AS c WHERE $exists AND email !~* '^[^@ ]+@[^@ ]+\.[a-z]+$$'""",
    "work_addresses": """
        SELECT customer_id FROM customers AS c LEFT JOIN accounts AS a USING (account_id)
        WHERE $exists AND lower(split_part(email, '@', 2)) = 'firma.example' AND a.name IS NULL""",
    "messy_cities": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND (city = upper(city) OR city = lower(city) OR city <> trim(city))""",
    # --- service
    "detractors_with_open_ticket": """
        SELECT customer_id FROM customers AS c
        WHERE $exists
          AND EXISTS (SELECT FROM survey_answers AS s
                      WHERE s.customer_id = c.customer_id AND survey = 'nps_2025'
                        AND question = 'recommend' AND score BETWEEN 0 AND 6)
          AND EXISTS (SELECT FROM tickets AS t
                      WHERE t.customer_id = c.customer_id AND closed_at IS NULL
                        AND opened_at >= $d365 AND opened_at < $now)""",
    "survey_reminder": """
        SELECT customer_id FROM customers AS c
        WHERE $mailable
          AND EXISTS (SELECT FROM survey_answers AS s
                      WHERE s.customer_id = c.customer_id AND survey = 'nps_2025'
                        AND question = 'recommend' AND score IS NULL)
          AND EXISTS (SELECT FROM email_events AS e
                      WHERE e.customer_id = c.customer_id AND e.kind = 'open'
                        AND e.happened_at >= $d90 AND e.happened_at < $now)""",
    "promoters": """
        SELECT customer_id FROM customers AS c
        WHERE $exists
          AND EXISTS (SELECT FROM survey_answers AS s
                      WHERE s.customer_id = c.customer_id AND survey = 'nps_2025' AND score >= 9)
          AND NOT EXISTS (SELECT FROM tickets AS t
                          WHERE t.customer_id = c.customer_id AND priority = 'urgent'
                            AND opened_at >= $d365 AND opened_at < $now)""",
    "unhappy_raters": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND num_nonnulls(rated_product, rated_delivery, rated_service) >= 2
          AND coalesce(rated_product, 0) + coalesce(rated_delivery, 0) + coalesce(rated_service, 0)
            <= 2 * num_nonnulls(rated_product, rated_delivery, rated_service)""",
    "high_refunders": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id FROM orders WHERE ordered_at >= $d365 AND ordered_at < $now
              GROUP BY 1
              HAVING count(*) >= 3 AND count(*) FILTER (WHERE status = 'refunded') > 0.3 * count(*)
                AND round(sum(amount) FILTER (WHERE status = 'refunded')) >= 50) AS o
          USING (customer_id)
        WHERE $exists""",
    "late_deliveries": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND EXISTS (
          SELECT FROM orders AS o
          WHERE o.customer_id = c.customer_id AND ordered_at >= $d60 AND ordered_at < $now
            AND delivered_at > ordered_at + interval '168 hours')""",
    "slow_tickets": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id FROM tickets WHERE opened_at >= $d365 AND opened_at < $now
              GROUP BY 1
              HAVING count(*) FILTER (WHERE closed_at >= opened_at + interval '120 hours') >= 2
                OR (array_agg(satisfaction ORDER BY opened_at DESC, ticket_id DESC))[1] <= 2) AS t
          USING (customer_id)
        WHERE $exists""",
    # --- stages
    "lifecycle.new": """
        SELECT c.customer_id FROM customers AS c JOIN $first_order AS o USING (customer_id)
        WHERE $exists AND first_at >= $d60""",
    "lifecycle.active": """
        SELECT c.customer_id FROM customers AS c JOIN $first_order AS o USING (customer_id)
        WHERE $exists AND first_at < $d60 AND last_at >= $d120""",
    "lifecycle.lapsing": """
        SELECT c.customer_id FROM customers AS c JOIN $first_order AS o USING (customer_id)
        WHERE $exists AND last_at < $d120 AND last_at >= $d365""",
    "lifecycle.churned": """
        SELECT c.customer_id FROM customers AS c JOIN $first_order AS o USING (customer_id)
        WHERE $exists AND last_at < $d365""",
    "lifecycle.prospect": """
        SELECT customer_id FROM customers AS c
        WHERE $exists AND NOT EXISTS (SELECT FROM orders AS o WHERE o.customer_id = c.customer_id AND $paid)""",
    "winback_test.control": "$lapsed_vips AND $chance < 429496729.6",
    "winback_test.voucher": "$lapsed_vips AND $chance >= 429496729.6 AND $chance < 2362232012.8",
    "winback_test.small_gift": "$lapsed_vips AND $chance >= 2362232012.8",
    "top_spenders_per_country": """
        SELECT customer_id
        FROM (SELECT c.customer_id,
                     rank() OVER (PARTITION BY country ORDER BY coalesce(spend, 0) DESC) AS place
              FROM customers AS c LEFT JOIN $year_spend AS o USING (customer_id)
              WHERE $mailable AND country IS NOT NULL) AS ranked
        WHERE place <= 10""",
    "half_of_the_sales": """
        SELECT customer_id
        FROM (SELECT c.customer_id, spend,
                     sum(spend) OVER (ORDER BY spend DESC) AS running,
                     sum(spend) OVER (PARTITION BY spend) AS tied, sum(spend) OVER () AS whole
              FROM customers AS c JOIN $year_spend AS o USING (customer_id)
              WHERE $exists AND spend > 0) AS ranked
        WHERE running - tied < 0.5 * whole""",
    "regular_buyers": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT o.customer_id FROM orders AS o WHERE $paid AND o.ordered_at >= $m6
              GROUP BY 1
              HAVING count(DISTINCT date_trunc('month', o.ordered_at AT TIME ZONE 'Europe/Warsaw')) >= 4) AS o
          USING (customer_id)
        WHERE $exists""",
    "overdue": """
        SELECT c.customer_id FROM customers AS c
        JOIN (SELECT customer_id, max(ordered_at) AS last_at,
                     percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS typical
              FROM (SELECT o.customer_id, o.ordered_at,
                           o.ordered_at - lag(o.ordered_at)
                             OVER (PARTITION BY o.customer_id ORDER BY o.ordered_at) AS gap
                    FROM orders AS o WHERE $paid) AS gaps
              GROUP BY 1 HAVING count(*) >= 4) AS o USING (customer_id)
        WHERE $exists AND last_at >= $d365 AND $now - last_at > 2 * typical""",
    "best_fifth_not_gold": """
        WITH spends AS (
          SELECT c.customer_id, tier, coalesce(spend, 0) AS spend
          FROM customers AS c LEFT JOIN $year_spend AS o USING (customer_id) WHERE $exists)
        SELECT customer_id FROM spends
        WHERE tier IN ('basic', 'silver')
          AND spend > (SELECT percentile_disc(0.8) WITHIN GROUP (ORDER BY spend) FROM spends)""",
    "walk_to_the_store": """
        SELECT customer_id FROM customers AS c
        WHERE $mailable
          AND home_lat BETWEEN 52.1396 AND 52.3198 AND home_lon BETWEEN 20.8651 AND 21.1593
          AND 2 * 6371008.8 * asin(sqrt(sind((home_lat - 52.2297) / 2) ^ 2
                + cosd(home_lat) * cosd(52.2297) * sind((home_lon - 21.0122) / 2) ^ 2)) < 10000.5
          AND NOT EXISTS (SELECT FROM store_visits AS v
                          WHERE v.customer_id = c.customer_id AND v.visited_on < date '2026-01-01')""",
}


def _filled(text: str) -> str:
    times = {name: f"timestamptz '{at}'" for name, at in _AT.items()}
    done = text.replace("$$", "\0")
    while "$" in done:
        done = Template(done).substitute(**times, **_ROWS)
    return done.replace("\0", "$")


CASES = {name: _filled(text) for name, text in _CASES.items()}
"""The statement for each segment."""
