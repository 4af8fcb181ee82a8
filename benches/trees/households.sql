-- Households of the Complete Journey as of 2017-10-01, from nothing that was known only later, with what they did in the 92 days after it.
CREATE TABLE households AS
WITH day AS (
    SELECT household, basket, day, sum(amount) AS amount, sum(discount) AS discount, sum(coupon) AS coupon, sum(lines) AS lines
      FROM baskets GROUP BY household, basket, day),
spent AS (
    SELECT household AS id, date '2017-10-01' - max(day) AS recency, date '2017-10-01' - min(day) AS age,
           count(*) AS baskets, sum(amount) AS spent, avg(amount) AS basket_value, stddev(amount) AS basket_deviation,
           sum(discount) AS discount, sum(lines) AS lines, sum(coupon) AS coupon, count(*) FILTER (WHERE coupon > 0) AS coupon_baskets,
           sum(amount) FILTER (WHERE day >= date '2017-10-01' - 14) AS spent_14, sum(amount) FILTER (WHERE day >= date '2017-10-01' - 30) AS spent_30,
           sum(amount) FILTER (WHERE day >= date '2017-10-01' - 91) AS spent_91, sum(amount) FILTER (WHERE day >= date '2017-10-01' - 182) AS spent_182,
           count(*) FILTER (WHERE day >= date '2017-10-01' - 30) AS baskets_30, count(*) FILTER (WHERE day >= date '2017-10-01' - 91) AS baskets_91,
           sum(coupon) FILTER (WHERE day >= date '2017-10-01' - 91) AS coupon_91,
           count(*) FILTER (WHERE day >= date '2017-10-01' - 91 AND coupon > 0) AS coupon_baskets_91
      FROM day WHERE day < '2017-10-01' GROUP BY household),
redeemed AS (
    SELECT household AS id, count(*) AS redeemed, count(DISTINCT campaign) AS redeemed_campaigns, date '2017-10-01' - max(day) AS redeemed_before,
           count(*) FILTER (WHERE day >= date '2017-10-01' - 91) AS redeemed_91
      FROM redemptions WHERE day < '2017-10-01' GROUP BY household),
mailed AS (
    SELECT household AS id, count(*) AS mailings, count(*) FILTER (WHERE kind = 'Type A') AS mailings_a, count(*) FILTER (WHERE kind = 'Type B') AS mailings_b,
           count(*) FILTER (WHERE kind = 'Type C') AS mailings_c, count(*) FILTER (WHERE ends >= '2017-10-01') AS mailings_open
      FROM mailings WHERE starts < '2017-10-01' GROUP BY household)
SELECT s.*, coalesce(r.redeemed, 0) AS redeemed, coalesce(r.redeemed_campaigns, 0) AS redeemed_campaigns, r.redeemed_before,
       coalesce(r.redeemed_91, 0) AS redeemed_91, coalesce(m.mailings, 0) AS mailings, coalesce(m.mailings_a, 0) AS mailings_a,
       coalesce(m.mailings_b, 0) AS mailings_b, coalesce(m.mailings_c, 0) AS mailings_c, coalesce(m.mailings_open, 0) AS mailings_open,
       EXISTS (SELECT FROM redemptions x WHERE x.household = s.id AND x.day >= '2017-10-01') AS redeems,
       coalesce((SELECT sum(x.amount) FROM day x WHERE x.household = s.id AND x.day >= '2017-10-01'), 0) AS will_spend
  FROM spent s LEFT JOIN redeemed r USING (id) LEFT JOIN mailed m USING (id)
