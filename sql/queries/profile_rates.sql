-- As many places as journey.profiles takes of a rate.
SELECT from_currency, round(rate, 15) FROM journey.fx_rates WHERE to_currency = $1 AND from_currency = ANY ($2::text[])
