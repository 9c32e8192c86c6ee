"""The columns of each table, as DuckDB declares them."""

COLUMNS = {
    "customers": "customer_id INTEGER, created_ts TIMESTAMP, deleted_at TIMESTAMP, email VARCHAR,"
    " first_name VARCHAR, last_name VARCHAR, gender VARCHAR, birth_date DATE, country VARCHAR,"
    " city VARCHAR, home_lat DOUBLE, home_lon DOUBLE, household_id INTEGER, account_id INTEGER,"
    " interests VARCHAR[], concerns VARCHAR, attitude VARCHAR, email_opt_in BOOLEAN,"
    " sms_opt_in BOOLEAN, push_opt_in BOOLEAN, tier VARCHAR, loyalty_points INTEGER,"
    " rated_product INTEGER, rated_delivery INTEGER, rated_service INTEGER, attribs JSON",
    "households": "household_id INTEGER, size INTEGER, has_children BOOLEAN, income_band VARCHAR",
    "accounts": "account_id INTEGER, name VARCHAR, industry VARCHAR, employees INTEGER",
    "products": "product_id INTEGER, name VARCHAR, brand VARCHAR, category VARCHAR,"
    " price DECIMAL(8,2), vegan BOOLEAN, launched_on DATE",
    "stores": "store_id INTEGER, name VARCHAR, city VARCHAR, country VARCHAR, opened_on DATE",
    "orders": "order_id INTEGER, customer_id INTEGER, ordered_at TIMESTAMP,"
    " delivered_at TIMESTAMP, amount DECIMAL(12,2), discount DECIMAL(12,2), voucher VARCHAR,"
    " status VARCHAR, channel VARCHAR, store_id INTEGER",
    "order_lines": "order_id INTEGER, line_no INTEGER, product_id INTEGER, quantity INTEGER,"
    " unit_price DECIMAL(8,2)",
    "web_events": "event_id INTEGER, customer_id INTEGER, happened_at TIMESTAMP, kind VARCHAR,"
    " product_id INTEGER, query VARCHAR, device VARCHAR",
    "email_events": "event_id INTEGER, customer_id INTEGER, happened_at TIMESTAMP, kind VARCHAR,"
    " campaign VARCHAR",
    "tickets": "ticket_id INTEGER, customer_id INTEGER, opened_at TIMESTAMP,"
    " closed_at TIMESTAMP, topic VARCHAR, priority VARCHAR, satisfaction INTEGER",
    "survey_answers": "customer_id INTEGER, survey VARCHAR, question VARCHAR, score INTEGER,"
    " answer VARCHAR",
    "subscriptions": "subscription_id INTEGER, customer_id INTEGER, box VARCHAR,"
    " monthly_fee DECIMAL(8,2), started_on DATE, ended_on DATE, renews_on DATE",
    "store_visits": "visit_id INTEGER, customer_id INTEGER, visited_on DATE, store_id INTEGER",
    "newsletter_topics": "customer_id INTEGER, topic VARCHAR",
}
