namespace McpSecurity.Persistence;

/// <summary>
/// The questions of <see cref="RoleCheck"/>. Each returns one row per violation: the object, and what is wrong with the
/// remedy. <c>$1</c> holds the names of the weak roles.
/// </summary>
internal static class RoleCheckQueries
{
    public const string MissingRoles =
        "select name, 'there is no such role' from unnest($1::text[]) name where not exists (select from pg_roles where rolname = name)";

    public static readonly string[] Violations =
    [
        // Attributes. The owner may not step over policies either: functions run with its rights.
        """
        select rolname::text, 'has ' || attribute || '; run: alter role ' || quote_ident(rolname) || ' no' || lower(attribute)
        from pg_roles
        cross join lateral (values
            ('SUPERUSER', rolsuper), ('BYPASSRLS', rolbypassrls),
            ('CREATEROLE', rolcreaterole and rolname = any($1)), ('CREATEDB', rolcreatedb and rolname = any($1)),
            ('REPLICATION', rolreplication and rolname = any($1))) as list (attribute, has)
        where has and (rolname = any($1) or rolname = current_user)
        """,
        """
        select member.rolname::text, 'is a member of ' || granted.rolname || '; run: revoke ' || quote_ident(granted.rolname)
            || ' from ' || quote_ident(member.rolname)
        from pg_auth_members
        join pg_roles member on member.oid = pg_auth_members.member
        join pg_roles granted on granted.oid = pg_auth_members.roleid
        where member.rolname = any($1)
        """,
        """
        select rolname::text, 'owns ' || case when dbid = 0 then 'a shared object' when dbid <> (select oid from pg_database
            where datname = current_database()) then 'an object in another database' else pg_describe_object(classid, objid, objsubid) end
            || '; give it away with: reassign owned by ' || quote_ident(rolname) || ' to ' || quote_ident(current_user)
        from pg_shdepend join pg_roles on pg_roles.oid = refobjid
        where refclassid = 'pg_authid'::regclass and deptype = 'o' and rolname = any($1)
        """,
        // Tables: the grants of each role and of PUBLIC.
        """
        select coalesce(rolname, 'PUBLIC')::text, 'has ' || privilege_type || ' on '
            || case when class.relispartition then 'the partition ' else '' end || class.oid::regclass
            || '; run: revoke ' || privilege_type || ' on ' || class.oid::regclass || ' from ' || coalesce(quote_ident(rolname), 'public')
        from pg_class class
        cross join lateral aclexplode(class.relacl) acl
        left join pg_roles on pg_roles.oid = acl.grantee
        where class.relkind in ('r', 'p', 'v', 'm', 'f')
            and class.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            and (acl.grantee = 0 or rolname = any($1))
            and (acl.grantee = 0 or class.relispartition or privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
                or (privilege_type <> 'SELECT' and rolname in ('mcpsec_dispatcher', 'mcpsec_backup')))
        """,
        """
        select coalesce(rolname, 'PUBLIC')::text, 'has ' || privilege_type || ' on the column ' || attrelid::regclass || '.' || attname
            || '; run: revoke ' || privilege_type || ' (' || quote_ident(attname) || ') on ' || attrelid::regclass || ' from '
            || coalesce(quote_ident(rolname), 'public')
        from pg_attribute
        join pg_class class on class.oid = attrelid
        cross join lateral aclexplode(attacl) acl
        left join pg_roles on pg_roles.oid = acl.grantee
        where class.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            and (acl.grantee = 0 or rolname = any($1))
            and (acl.grantee = 0 or class.relispartition or privilege_type = 'REFERENCES'
                or (privilege_type <> 'SELECT' and rolname in ('mcpsec_dispatcher', 'mcpsec_backup')))
        """,
        """
        select name, 'may create in the schema ' || nspname || '; run: revoke create on schema ' || quote_ident(nspname) || ' from '
            || quote_ident(name) || ', public'
        from unnest($1::text[]) name cross join pg_namespace
        where nspname not like 'pg\_%' and has_schema_privilege(name, pg_namespace.oid, 'CREATE')
        """,
        """
        select name, 'may create schemas; run: revoke create on database ' || quote_ident(current_database()) || ' from ' || quote_ident(name)
        from unnest($1::text[]) name where has_database_privilege(name, current_database(), 'CREATE')
        """,
        // Functions with their owner's rights.
        """
        select procedure.oid::regprocedure::text, case
            when procedure.proacl is null or exists (select from aclexplode(procedure.proacl) where grantee = 0)
                then 'runs with its owner''s rights and anybody may call it; revoke execute from public'
            else 'runs with its owner''s rights and without a fixed search_path; add: set search_path = pg_catalog, pg_temp' end
        from pg_proc procedure
        where procedure.prosecdef and procedure.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = procedure.oid and deptype = 'e')
            and (procedure.proacl is null or exists (select from aclexplode(procedure.proacl) where grantee = 0)
                or not exists (select from unnest(procedure.proconfig) setting where setting like 'search_path=%'))
        """,
        // Tables of tenants, partitions included, and what could show them from the side.
        """
        select class.oid::regclass::text, 'holds rows of tenants and is not held by row-level security with FORCE; use core.protect_tenant_table'
        from pg_class class
        where class.relkind in ('r', 'p') and not (class.relrowsecurity and class.relforcerowsecurity)
            and class.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            and exists (select from pg_attribute where attrelid = class.oid and attname = 'tenant_id' and not attisdropped)
        """,
        """
        select class.oid::regclass::text, 'a policy lets ' || coalesce(rolname, 'PUBLIC') || ' see all rows (' || policy.polname || '); drop it'
        from pg_policy policy
        join pg_class class on class.oid = policy.polrelid
        cross join lateral unnest(policy.polroles) grantee
        left join pg_roles on pg_roles.oid = grantee
        where policy.polpermissive and (grantee = 0 or rolname = 'mcpsec_application')
            and exists (select from pg_attribute where attrelid = class.oid and attname = 'tenant_id' and not attisdropped)
            and ((policy.polqual is not null and pg_get_expr(policy.polqual, policy.polrelid) not like '%current_setting(''app.tenant''::text)%')
                or (policy.polwithcheck is not null
                    and pg_get_expr(policy.polwithcheck, policy.polrelid) not like '%current_setting(''app.tenant''::text)%'))
        """,
        """
        select class.oid::regclass::text, case class.relkind
            when 'm' then 'is a materialized view that the application can read; policies do not reach into it'
            else 'is a view with its owner''s rights; add: with (security_invoker = true)' end
        from pg_class class
        cross join lateral aclexplode(class.relacl) acl
        join pg_roles on pg_roles.oid = acl.grantee
        where rolname = any($1) and class.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            and (class.relkind = 'm' or (class.relkind = 'v'
                and not coalesce(class.reloptions && array['security_invoker=true', 'security_invoker=on'], false)))
        """,
    ];
}
