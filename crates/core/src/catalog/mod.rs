//! Stage catalog: what the shop sells. It is tables that the shop writes and views over them (`sql/setup/0040_catalog.sql`);
//! there is nothing to compute yet.
