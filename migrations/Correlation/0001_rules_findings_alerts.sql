-- Sigma rules, what they found, and the alerts made of it. Plain tables for now (docs/adr: alerts before the event store).
grant usage on schema correlation to mcpsec_application, mcpsec_backup;

-- Rule texts by their SHA-256, kept byte for byte: also the text of a version that no longer runs explains its findings.
create table correlation.rule_sources (
    tenant_id uuid not null,
    hash bytea not null,
    source bytea not null,
    primary key (tenant_id, hash)
);
call core.protect_tenant_table('correlation.rule_sources', 'select, insert');

-- The files of the packs as they are now; together they are what is compiled.
create table correlation.rule_files (
    tenant_id uuid not null,
    pack text not null,
    path text not null,
    source_hash bytea not null,
    primary key (tenant_id, pack, path)
);
call core.protect_tenant_table('correlation.rule_files', 'select, insert, delete');

-- One row per rule and version; the current one runs when it is enabled.
create table correlation.rules (
    tenant_id uuid not null,
    rule uuid not null,
    version integer not null,
    pack text not null,
    path text not null,
    title text not null,
    level smallint not null,
    source_hash bytea not null,
    is_current boolean not null,
    is_enabled boolean not null,
    -- Log position from which on this version sees events; what was stored before is not tested again.
    active_after bigint not null,
    imported_at timestamptz not null,
    primary key (tenant_id, rule, version)
);
create unique index rules_current on correlation.rules (tenant_id, rule) where is_current;
call core.protect_tenant_table('correlation.rules', 'select, insert, update');

-- Findings, packed: one row per rule, version and block. "positions" holds the events' offsets from first_sequence as
-- varint deltas, so that the exact set can be unpacked.
create table correlation.findings (
    tenant_id uuid not null,
    rule uuid not null,
    version integer not null,
    position bigint not null,
    first_sequence bigint not null,
    last_sequence bigint not null,
    count integer not null,
    time_min timestamptz not null,
    time_max timestamptz not null,
    positions bytea not null,
    primary key (tenant_id, rule, version, first_sequence)
);
create index findings_by_sequence on correlation.findings (tenant_id, first_sequence);
create index findings_by_time on correlation.findings (tenant_id, time_max desc);
call core.protect_tenant_table('correlation.findings', 'select, insert');

create table correlation.alerts (
    tenant_id uuid not null,
    id uuid not null,
    rule uuid not null,
    version integer not null,
    dedup_key bytea not null,
    title text not null,
    level smallint not null,
    status text not null check (status in ('open', 'closed')),
    tags text[] not null,
    host_name text not null,
    user_name text not null,
    count bigint not null,
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    event_sequences bigint[] not null,
    previous uuid,
    raised_at timestamptz not null,
    -- Log position of the block that last changed it; the live page resumes from this.
    changed_position bigint not null,
    primary key (tenant_id, id)
);
create index alerts_by_dedup_key on correlation.alerts (tenant_id, dedup_key, last_seen desc);
create index alerts_by_time on correlation.alerts (tenant_id, last_seen desc, id);
create index alerts_by_change on correlation.alerts (tenant_id, changed_position);
create index alerts_by_rule on correlation.alerts (tenant_id, rule, last_seen desc);
call core.protect_tenant_table('correlation.alerts', 'select, insert, update');

-- A bounded copy of the events behind an alert, so that it can be explained after retention took the log.
create table correlation.alert_events (
    tenant_id uuid not null,
    alert uuid not null,
    sequence bigint not null,
    time timestamptz not null,
    format text not null,
    header bytea not null,
    original bytea not null,
    primary key (tenant_id, alert, sequence)
);
call core.protect_tenant_table('correlation.alert_events', 'select, insert');

-- How far detection has come. It belongs to no tenant: the log has one order over all tenants.
create table correlation.checkpoints (
    consumer text primary key,
    position bigint not null
);
insert into correlation.checkpoints (consumer, position) values ('detection', 0);
grant select, update on correlation.checkpoints to mcpsec_application;
