alter table alpha.things add column name text;
