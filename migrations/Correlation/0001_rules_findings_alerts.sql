-- Sigma rules, what they found, and the alerts made of it. Plain tables for now (docs/adr: alerts before the event store).
create schema correlation;
grant usage on schema correlation to mcpsec_application, mcpsec_backup;

-- Rule texts by their SHA-256, kept byte for byte: also the text of a version that no longer runs explains its findings.
create table correlation.rule_sources (
    tenant uuid not null,
    hash bytea not null,
    source bytea not null,
    primary key (tenant, hash)
);
call core.protect_tenant_table('correlation.rule_sources');
grant select, insert on correlation.rule_sources to mcpsec_application;

-- The files of the packs as they are now; together they are what is compiled.
create table correlation.rule_files (
    tenant uuid not null,
    pack text not null,
    path text not null,
    source_hash bytea not null,
    primary key (tenant, pack, path)
);
call core.protect_tenant_table('correlation.rule_files');
grant select, insert, delete on correlation.rule_files to mcpsec_application;

-- One row per rule and version; the current one runs when it is enabled.
create table correlation.rules (
    tenant uuid not null,
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
    primary key (tenant, rule, version)
);
create unique index rules_current on correlation.rules (tenant, rule) where is_current;
call core.protect_tenant_table('correlation.rules');
grant select, insert, update on correlation.rules to mcpsec_application;

-- Findings, packed: one row per rule, version and block. "positions" holds the events' offsets from first_sequence as
-- varint deltas, so that the exact set can be unpacked.
create table correlation.findings (
    tenant uuid not null,
    rule uuid not null,
    version integer not null,
    position bigint not null,
    first_sequence bigint not null,
    last_sequence bigint not null,
    count integer not null,
    time_min timestamptz not null,
    time_max timestamptz not null,
    positions bytea not null,
    primary key (tenant, rule, version, first_sequence)
);
create index findings_by_sequence on correlation.findings (tenant, first_sequence);
create index findings_by_time on correlation.findings (tenant, time_max desc);
call core.protect_tenant_table('correlation.findings');
grant select, insert on correlation.findings to mcpsec_application;

create table correlation.alerts (
    tenant uuid not null,
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
    primary key (tenant, id)
);
create index alerts_by_dedup_key on correlation.alerts (tenant, dedup_key, last_seen desc);
create index alerts_by_time on correlation.alerts (tenant, last_seen desc, id);
create index alerts_by_change on correlation.alerts (tenant, changed_position);
create index alerts_by_rule on correlation.alerts (tenant, rule, last_seen desc);
call core.protect_tenant_table('correlation.alerts');
grant select, insert, update on correlation.alerts to mcpsec_application;

-- A bounded copy of the events behind an alert, so that it can be explained after retention took the log.
create table correlation.alert_events (
    tenant uuid not null,
    alert uuid not null,
    sequence bigint not null,
    time timestamptz not null,
    format text not null,
    header bytea not null,
    original bytea not null,
    primary key (tenant, alert, sequence)
);
call core.protect_tenant_table('correlation.alert_events');
grant select, insert on correlation.alert_events to mcpsec_application;

-- How far detection has come. It belongs to no tenant: the log has one order over all tenants.
create table correlation.checkpoints (
    consumer text primary key,
    position bigint not null
);
insert into correlation.checkpoints (consumer, position) values ('detection', 0);
grant select, update on correlation.checkpoints to mcpsec_application;
