create table alpha.things (id uuid primary key);
