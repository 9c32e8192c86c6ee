"""What an analyst would write by hand for some segments of the shop example, as of 2026-01-01 in Warsaw.

Written from the titles and descriptions, without the compiler; only `customer_id` is selected.
"""

from __future__ import annotations

VIEWS = """
set timezone = 'UTC';
create macro as_of() as timestamp '2025-12-31 23:00:00';
create macro warsaw(t) as (t at time zone 'UTC') at time zone 'Europe/Warsaw';
create macro utc(t) as (t at time zone 'Europe/Warsaw') at time zone 'UTC';
create view c as from customers where deleted_at is null and created_ts < as_of();
create view o as from orders where ordered_at < as_of();
create view p as from o where status = 'paid';
create view staff as select customer_id from c where lower(email) like '%@mila.example';
create view bounced as
  select customer_id from email_events
  where kind = 'bounce' and happened_at >= as_of() - interval 365 day and happened_at < as_of()
  group by 1 having count(*) >= 2;
create view mailable as
  select customer_id from c
  where email_opt_in and email is not null
    and customer_id not in (from staff) and customer_id not in (from bounced);
"""

HAND_WRITTEN = {
    "employees": "from staff",
    "email_subscribers": "from mailable",
    "new_customers": """
        select customer_id from c
        where created_ts >= as_of() - interval 30 day and customer_id not in (from staff)""",
    "lapsed_vips": """
        from mailable
        where customer_id in (select customer_id from p group by 1 having sum(amount) >= 1000)
          and customer_id in (
            select customer_id from p
            where ordered_at >= utc(timestamp '2023-01-01')
              and ordered_at < as_of() - interval 90 day
            group by 1 having count(*) >= 3)
          and customer_id not in (
            select customer_id from o where ordered_at >= as_of() - interval 90 day)
          and customer_id not in (
            select customer_id from o
            where status = 'refunded' and ordered_at >= utc(timestamp '2024-01-01')
            group by 1 having count(*) >= 2)
          and customer_id not in (
            select customer_id from tickets where closed_at is null and opened_at < as_of())""",
    "no_second_order": """
        select customer_id from c where customer_id in (
          select customer_id
          from (select customer_id, list(ordered_at order by ordered_at) as t from p group by 1)
          where t[1] >= utc(timestamp '2025-07-01') and t[1] < as_of() - interval 30 day
            and (t[2] is null or t[2] >= t[1] + interval 720 hour))""",
    "welcome_kit": """
        select customer_id from c where customer_id in (
          select customer_id from p group by 1
          having warsaw(min(ordered_at)) >= '2025-12-01' and warsaw(min(ordered_at)) < '2026-01-01')""",
    "regulars": """
        select customer_id from c where customer_id in (
          select customer_id from p where warsaw(ordered_at) >= '2025-01-01'
          group by 1 having count(distinct date_trunc('month', warsaw(ordered_at))) >= 6)""",
    "birthday_next_7_days": """
        from mailable where customer_id in (
          select customer_id from c
          where month(birth_date) = 1 and day(birth_date) <= 7
            and birth_date between date '1925-01-02' and date '2010-01-01')""",
    "cart_abandoners": """
        from mailable where customer_id in (
          select customer_id
          from (select customer_id, max(happened_at) as put from web_events
                where kind = 'cart_add' and happened_at < as_of() group by 1) as carts
          where put >= as_of() - interval 72 hour
            and not exists (
              from web_events as w where w.customer_id = carts.customer_id
              and w.kind = 'checkout' and w.happened_at >= put and w.happened_at < as_of())
            and not exists (
              from o where o.customer_id = carts.customer_id and o.ordered_at >= put))""",
    "one_category_only": """
        select customer_id from c
        where customer_id in (select customer_id from p group by 1 having count(*) >= 3)
          and customer_id in (
            select customer_id from p join order_lines using (order_id)
            join products using (product_id) group by 1 having count(distinct category) = 1)""",
    "skincare_lovers": """
        select customer_id from c
        where customer_id in (
            select customer_id from (
              select customer_id, category, sum(quantity) as pieces
              from p join order_lines using (order_id) join products using (product_id)
              where ordered_at >= as_of() - interval 365 day group by 1, 2)
            group by 1 having list(category order by pieces desc, category)[1] = 'skincare')
          and customer_id in (
            select customer_id from p where ordered_at >= as_of() - interval 365 day
            group by 1 having count(*) >= 3)""",
    "discount_hunters": """
        select customer_id from c where customer_id in (
          select customer_id from o where ordered_at >= utc(timestamp '2024-01-01') group by 1
          having count(*) >= 3 and count(voucher) >= 0.6 * count(*))""",
    "weekend_shoppers": """
        select customer_id from c where customer_id in (
          select customer_id from o group by 1
          having count(*) >= 4
            and count(*) filter (isodow(warsaw(ordered_at)) >= 6) >= 0.7 * count(*))""",
    "night_owls": """
        select customer_id from c where customer_id in (
          select customer_id from o group by 1
          having count(*) >= 3
            and count(*) filter (hour(warsaw(ordered_at)) not between 4 and 21) >= 0.5 * count(*))""",
    "store_hoppers": """
        select customer_id from c where customer_id in (
          select customer_id from store_visits join stores using (store_id)
          where visited_on >= date '2026-01-01' - 365 and visited_on < date '2026-01-01'
          group by 1 having count(distinct city) >= 3)""",
    "affluent_households": """
        select customer_id from c join households using (household_id)
        where income_band in ('upper', 'top')
          or household_id in (
            select household_id from c join p using (customer_id)
            where household_id is not null and ordered_at >= as_of() - interval 365 day
            group by 1 having sum(amount) >= 2000)""",
    "key_account_buyers": """
        select customer_id from c where customer_id not in (from staff) and account_id in (
          select account_id from accounts join c using (account_id)
          left join (select customer_id, sum(amount) as spend from p
                     where ordered_at >= as_of() - interval 365 day group by 1) using (customer_id)
          where industry in ('hotel', 'spa', 'beauty salon') and coalesce(employees, 10) >= 10
          group by 1 having sum(spend) >= 1500 and count(email) >= 2)""",
    "detractors_with_open_ticket": """
        select customer_id from c
        where customer_id in (
            select customer_id from survey_answers
            where survey = 'nps_2025' and question = 'recommend' and score between 0 and 6)
          and customer_id in (
            select customer_id from tickets
            where closed_at is null and opened_at >= as_of() - interval 365 day
              and opened_at < as_of())""",
    "broken_emails": r"""
        select customer_id from c
        where not regexp_matches(email, '^[^@ ]+@[^@ ]+\.[a-z]+$', 'i')""",
}
