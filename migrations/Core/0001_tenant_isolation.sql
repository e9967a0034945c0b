-- The primitives that every module's migrations build on: tables of tenants, and partitions by day.
-- Nothing here names a module. Runs as the owner, who owns whatever is made; SQL of PostgreSQL 15.

-- What the owner makes later is nobody else's to run unless it is granted.
alter default privileges revoke execute on functions from public;

-- core.protect_tenant_table(table [, privileges] [, dispatcher_reads])
--
-- Puts a table (or a partitioned table) under row-level security. Call it in the migration that creates the table.
--   * The table needs a column "tenant_id uuid not null"; keys should begin with it, so that a duplicate-key error
--     never tells of another tenant's row.
--   * The application sees and writes the rows of the transaction's tenant (app.tenant) and gets the privileges given
--     here: "select, insert" for tables that are only appended to. TRUNCATE, REFERENCES and TRIGGER are refused.
--   * The owner is held by the same policy (FORCE): a data migration sets app.tenant, or lifts FORCE in its own
--     transaction. Without a tenant it fails; it never silently changes nothing.
--   * The dispatcher reads all rows when dispatcher_reads is true, else it may not touch the table. Backup reads all.
create procedure core.protect_tenant_table(
    target regclass,
    privileges text default 'select, insert, update, delete',
    dispatcher_reads boolean default false)
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
declare
    privilege text;
begin
    if not exists (
        select from pg_attribute
        where attrelid = target and attname = 'tenant_id' and atttypid = 'uuid'::regtype and attnotnull and not attisdropped) then
        raise exception '% needs a column "tenant_id uuid not null"', target;
    end if;
    foreach privilege in array string_to_array(lower(privileges), ',') loop
        if trim(privilege) not in ('select', 'insert', 'update', 'delete') then
            raise exception 'the application may not have % on %', upper(trim(privilege)), target;
        end if;
    end loop;
    call core.apply_tenant_policies(target, dispatcher_reads);
    execute format('grant %s on %s to mcpsec_application', privileges, target);
    execute format('grant select on %s to mcpsec_backup', target);
    if dispatcher_reads then
        execute format('grant select on %s to mcpsec_dispatcher', target);
    end if;
end
$body$;

-- The policies alone, without a grant: for a partition, which nobody but its owner may read directly.
-- A policy is bound to roles on purpose: no role that is added one day is let in by it.
create procedure core.apply_tenant_policies(target regclass, dispatcher_reads boolean)
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format(
        'create policy tenant on %s to mcpsec_application, current_user '
        'using (tenant_id = current_setting(''app.tenant'')::uuid) '
        'with check (tenant_id = current_setting(''app.tenant'')::uuid)', target);
    execute format('create policy backup on %s for select to mcpsec_backup using (true)', target);
    if dispatcher_reads then
        execute format('create policy dispatcher on %s for select to mcpsec_dispatcher using (true)', target);
    end if;
end
$body$;

-- Which tables the application may make partitions of; filled by core.partition_by_day only.
create table core.day_partitioned_tables (
    parent regclass primary key,
    key_column name not null,
    is_timestamp boolean not null,
    dispatcher_reads boolean not null);

-- core.partition_by_day(table)
--
-- Declares a tenant's table, created with "partition by range (a date or timestamptz column)" and protected before,
-- as partitioned by UTC day. From then on the application may call core.create_day_partition and
-- core.drop_day_partition for it.
create procedure core.partition_by_day(target regclass)
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
declare
    key record;
begin
    select attribute.attname, attribute.atttypid, class.relforcerowsecurity into key
    from pg_partitioned_table partitioned
    join pg_class class on class.oid = partitioned.partrelid
    join pg_attribute attribute on attribute.attrelid = class.oid and attribute.attnum = partitioned.partattrs[0]
    where partitioned.partrelid = target and partitioned.partstrat = 'r' and partitioned.partnatts = 1
        and attribute.atttypid in ('date'::regtype, 'timestamptz'::regtype);
    if not found then
        raise exception '% is not partitioned by range of one date or timestamptz column', target;
    end if;
    if not key.relforcerowsecurity then
        raise exception '% is not protected yet: call core.protect_tenant_table first', target;
    end if;
    insert into core.day_partitioned_tables (parent, key_column, is_timestamp, dispatcher_reads)
    values (
        target, key.attname, key.atttypid = 'timestamptz'::regtype,
        exists (select from pg_policy where polrelid = target and polname = 'dispatcher'));
end
$body$;

-- The name of a day's partition: the parent's with _YYYYMMDD, in the parent's schema.
create function core.day_partition_name(parent regclass, day date) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $body$
    select format('%I.%I', namespace.nspname, class.relname || to_char(day, '_YYYYMMDD'))
    from pg_class class join pg_namespace namespace on namespace.oid = class.relnamespace
    where class.oid = parent
$body$;

-- Whether a day has its partition. Reads the catalog's rows and not to_regclass: an advisory lock does not freshen the
-- session's cache, so the second of two makers would not see the first one's (seen).
create function core.has_day_partition(parent regclass, day date) returns boolean
language sql volatile
set search_path = pg_catalog, pg_temp
as $body$
    select exists (
        select from pg_inherits join pg_class partition on partition.oid = inhrelid
        join pg_class class on class.oid = inhparent
        where inhparent = parent and partition.relname = class.relname || to_char(day, '_YYYYMMDD'))
$body$;

-- core.create_day_partition(table, day) -> whether it was made now
--
-- For the application; runs as the owner. The partition gets its own policies and FORCE, for the parent's do not
-- protect it, and no grant. It is made beside the parent and attached: writers of other days are not held up.
-- Refused: tables that are not declared, days before 2000 or more than a year ahead, more than 4,000 partitions
-- (chosen: eleven years of days).
create function core.create_day_partition(parent regclass, day date) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '5s'
as $body$
declare
    declared core.day_partitioned_tables;
    partition_name text;
    lower_bound text;
    upper_bound text;
begin
    select * into declared from core.day_partitioned_tables as t where t.parent = create_day_partition.parent;
    if not found then
        raise exception '% is not partitioned by day', parent;
    end if;
    if day is null or day < '2000-01-01' or day > (now() at time zone 'utc')::date + 366 then
        raise exception 'no partition for the day %', day;
    end if;

    partition_name := core.day_partition_name(parent, day);
    if core.has_day_partition(parent, day) then
        return false;
    end if;
    -- Two makers of the same day: the second waits here and then sees the first one's.
    perform pg_advisory_xact_lock(hashtextextended('core.day_partition ' || partition_name, 0));
    if core.has_day_partition(parent, day) then
        return false;
    end if;
    if (select count(*) from pg_inherits where inhparent = parent) >= 4000 then
        raise exception '% has 4000 partitions', parent;
    end if;

    if declared.is_timestamp then
        lower_bound := to_char(day, 'YYYY-MM-DD') || ' 00:00:00+00';
        upper_bound := to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+00';
    else
        lower_bound := to_char(day, 'YYYY-MM-DD');
        upper_bound := to_char(day + 1, 'YYYY-MM-DD');
    end if;
    execute format('create table %s (like %s including all excluding identity)', partition_name, parent);
    execute format('revoke all on %s from public, mcpsec_application, mcpsec_dispatcher, mcpsec_backup', partition_name);
    call core.apply_tenant_policies(partition_name::regclass, declared.dispatcher_reads);
    execute format(
        'alter table %s attach partition %s for values from (%L) to (%L)', parent, partition_name, lower_bound, upper_bound);
    return true;
end
$body$;

-- core.drop_day_partition(table, day) -> whether there was one
--
-- For the application; runs as the owner. All tenants' rows of that day are gone. Never today's partition or a later one.
create function core.drop_day_partition(parent regclass, day date) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '5s'
as $body$
declare
    partition_name text;
begin
    if not exists (select from core.day_partitioned_tables as t where t.parent = drop_day_partition.parent) then
        raise exception '% is not partitioned by day', parent;
    end if;
    if day is null or day >= (now() at time zone 'utc')::date then
        raise exception 'the partition of % is still written', day;
    end if;
    partition_name := core.day_partition_name(parent, day);
    if not core.has_day_partition(parent, day) then
        return false;
    end if;
    execute format('drop table %s', partition_name);
    return true;
end
$body$;

-- core.day_partitions(table): the days there are, oldest first, with all their bytes on disk (table, TOAST, indexes).
create function core.day_partitions(parent regclass) returns table (day date, bytes bigint)
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $body$
    select to_date(right(class.relname, 8), 'YYYYMMDD'), pg_total_relation_size(class.oid)
    from core.day_partitioned_tables declared
    join pg_inherits on inhparent = declared.parent
    join pg_class class on class.oid = inhrelid
    where declared.parent = day_partitions.parent
    order by 1
$body$;

grant execute on function core.create_day_partition(regclass, date) to mcpsec_application;
grant execute on function core.drop_day_partition(regclass, date) to mcpsec_application;
grant execute on function core.day_partitions(regclass) to mcpsec_application;
