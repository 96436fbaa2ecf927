-- What there is in the schema public, one fact to a line, the same for the same
-- definitions: tables with their columns in order, their constraints, and the
-- indexes that belong to no constraint; sequences; functions; and whatever else
-- there might be.
SELECT fact FROM (
    SELECT relname AS name, 1 AS part, attnum AS number,
        'column ' || relname || '.' || attname || ' ' || format_type(atttypid, atttypmod)
            || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
            || coalesce(' DEFAULT ' || pg_get_expr(adbin, adrelid), '') AS fact
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND attnum > 0
UNION ALL
    SELECT relname, 2, 0, 'constraint ' || relname || ' ' || conname || ' ' || pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL
    SELECT c.relname, 3, 0, CASE WHEN indisunique THEN 'unique ' ELSE '' END || 'index ' || c.relname || ' ' || i.relname
        || regexp_replace(pg_get_indexdef(indexrelid), '^.* USING', '')
    FROM pg_index JOIN pg_class c ON c.oid = indrelid JOIN pg_class i ON i.oid = indexrelid
    WHERE c.relnamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
UNION ALL
    SELECT 'zz sequence', 4, 0, 'sequence ' || sequencename || ' ' || data_type || ' from ' || start_value || ' to ' || max_value
        || ' by ' || increment_by || ' of ' || (SELECT r.relname || '.' || attname
            FROM pg_depend JOIN pg_class r ON r.oid = refobjid JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
            WHERE classid = 'pg_class'::regclass AND objid = format('%I', sequencename)::regclass AND deptype = 'a')
    FROM pg_sequences WHERE schemaname = 'public'
UNION ALL
    SELECT 'zz function', 5, 0, 'function ' || proname || '(' || pg_get_function_arguments(p.oid) || ') returns '
        || pg_get_function_result(p.oid) || ' volatility ' || provolatile::text
    FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
UNION ALL
    SELECT 'zz trigger', 6, 0, 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
    SELECT 'zz other', 7, 0, 'relation ' || relname || ' of kind ' || relkind::text
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('r', 'p', 'i', 'I', 'S')
) AS facts
ORDER BY name COLLATE "C", part, number, fact COLLATE "C"
