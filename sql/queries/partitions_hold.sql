LOCK TABLE ONLY journey._events_default IN ROW EXCLUSIVE MODE
