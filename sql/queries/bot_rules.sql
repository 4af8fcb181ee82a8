SELECT user_agent, network::text AS network FROM journey.bot_rules WHERE is_enabled
