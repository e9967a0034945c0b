-- The event log: compressed blocks in day partitions, written by one committer, read by position (DESIGN 5).
grant usage on schema ingestion to mcpsec_application, mcpsec_dispatcher, mcpsec_backup;

-- One row. "position" is the log position of the last committed block, one number over all tenants in commit order.
-- It belongs to no tenant: it is a count and carries nothing of anybody's events.
create table ingestion.log_head (
    singleton boolean primary key default true check (singleton),
    position bigint not null
);
insert into ingestion.log_head (position) values (0);
grant select, update on ingestion.log_head to mcpsec_application;
grant select on ingestion.log_head to mcpsec_dispatcher;

-- How far each consumer of the log has come, for the merger; may lag behind the consumer's own checkpoint.
-- It belongs to no tenant: a consumer reads the blocks of all tenants.
create table ingestion.consumers (
    name text primary key,
    position bigint not null
);
grant select, insert, update on ingestion.consumers to mcpsec_application;

-- The next sequence number of each tenant. Kept apart from the blocks, so that retention never makes a number appear twice.
create table ingestion.tenant_heads (
    tenant_id uuid primary key,
    next_sequence bigint not null
);
call core.protect_tenant_table('ingestion.tenant_heads', 'select, insert, update', true);

create table ingestion.blocks (
    tenant_id uuid not null,
    receive_day date not null,
    first_sequence bigint not null,
    last_sequence bigint not null,
    position bigint not null,
    generation smallint not null,
    event_count integer not null,
    received_at timestamptz not null,
    time_min timestamptz not null,
    time_max timestamptz not null,
    format text not null,
    source text not null,
    header bytea not null,
    summary bytea not null,
    tokens bytea not null,
    column_time bytea not null,
    column_severity bytea not null,
    column_category bytea not null,
    column_action bytea not null,
    column_outcome bytea not null,
    column_host bytea not null,
    column_user bytea not null,
    column_source_ip bytea not null,
    column_destination_ip bytea not null,
    column_process_name bytea not null,
    column_process_executable bytea not null,
    column_source bytea not null,
    payload bytea not null,
    primary key (tenant_id, first_sequence, receive_day),
    check (event_count = last_sequence - first_sequence + 1)
) partition by range (receive_day);
create index blocks_by_position on ingestion.blocks (position);
create index blocks_by_time on ingestion.blocks (tenant_id, time_max desc);
call core.protect_tenant_table('ingestion.blocks', 'select, insert', true);
call core.partition_by_day('ingestion.blocks');

-- Blocks are compressed already; a second try costs time and gains nothing.
alter table ingestion.blocks alter column payload set storage external;
alter table ingestion.blocks alter column tokens set storage external;

-- Answers of requests that carried an Idempotency-Key, kept for 7 days in the transaction of their events.
create table ingestion.requests (
    tenant_id uuid not null,
    key text not null,
    body_hash bytea not null,
    answer bytea not null,
    received_at timestamptz not null,
    primary key (tenant_id, key)
);
create index requests_by_age on ingestion.requests (tenant_id, received_at);
call core.protect_tenant_table('ingestion.requests', 'select, insert, delete');

-- Replaces neighboring blocks by one that holds the same events. The caller has merged them; this function checks what
-- can be checked: one tenant, one day, a closed sequence range, the same number of events, the highest position.
create function ingestion.replace_blocks(
    p_day date, p_first bigint, p_last bigint, p_position bigint, p_replaced integer)
returns void
language plpgsql
security definer
set search_path = ingestion, pg_catalog, pg_temp
as $$
declare
    v_tenant uuid := current_setting('app.tenant')::uuid;
    v_blocks integer;
    v_events bigint;
    v_position bigint;
begin
    select count(*), sum(event_count), max(position) into v_blocks, v_events, v_position
    from blocks
    where tenant_id = v_tenant and receive_day = p_day and first_sequence >= p_first and last_sequence <= p_last;
    if v_blocks is distinct from p_replaced or v_events is distinct from p_last - p_first + 1
        or v_position is distinct from p_position then
        raise exception 'blocks % to % of day % are not what was merged', p_first, p_last, p_day
            using errcode = 'serialization_failure';
    end if;
    delete from blocks
    where tenant_id = v_tenant and receive_day = p_day and first_sequence >= p_first and last_sequence <= p_last;
end
$$;
revoke all on function ingestion.replace_blocks(date, bigint, bigint, bigint, integer) from public;
grant execute on function ingestion.replace_blocks(date, bigint, bigint, bigint, integer) to mcpsec_application;
