SELECT foreign_name, event FROM journey.event_map
