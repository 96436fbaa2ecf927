package postgres_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/pgtest"
	"github.com/kojikit/kojikit/storage/postgres"
)

// definition is a table as the catalog of a Koji 1.35 database has it.
type definition struct {
	Name        string       `json:"name"`
	Columns     []columnSpec `json:"columns"`
	Constraints []string     `json:"constraints"`
	Indexes     []string     `json:"indexes"` // those that belong to no constraint
}

type columnSpec struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	NotNull bool   `json:"notNull"`
	Default string `json:"default"`
}

// A new database has the tables of a live Koji 1.35 database, whose catalog is in
// testdata.
func TestNewDatabaseEqualsKojis(t *testing.T) {
	data, err := os.ReadFile("testdata/schema.json")
	require.NoError(t, err)
	var want []definition
	require.NoError(t, json.Unmarshal(data, &want))
	require.Len(t, want, 68)

	dsn := pgtest.Database(t)
	require.NoError(t, open(t, dsn, postgres.Options{}).Close())
	got := catalog(t, dsn)
	for i := range want {
		slices.Sort(want[i].Constraints)
		slices.Sort(want[i].Indexes)
		require.Contains(t, got, want[i].Name)
		require.Equal(t, want[i], got[want[i].Name], want[i].Name)
		delete(got, want[i].Name)
	}
	require.Empty(t, got, "tables that Koji has not")

	require.Equal(t, []string{"get_event() integer", "get_event_time(integer) timestamp with time zone"}, query(t, dsn, `
SELECT proname || '(' || pg_get_function_identity_arguments(oid) || ') ' || format_type(prorettype, NULL)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1`, "event "))
	require.Equal(t, []string{"0 DEFAULT"}, query(t, dsn, "SELECT id || ' ' || name FROM volume", ""))
	require.Equal(t, []string{"1"}, query(t, dsn, "SELECT get_event()::text", ""))
	require.Equal(t, []string{"1"}, query(t, dsn, "SELECT id::text FROM events WHERE time = get_event_time(id)", ""))
	require.Equal(t, []string{"16"}, query(t, dsn, "INSERT INTO permissions (name) VALUES ('new') RETURNING id::text", ""),
		"sequences go on after the first rows")
}

// query returns the one column of a query, without some text.
func query(t *testing.T, dsn, sql, without string) (list []string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	rows, err := conn.Query(t.Context(), sql)
	require.NoError(t, err)
	list, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	if without != "" {
		for i := range list {
			list[i] = strings.ReplaceAll(list[i], without, "")
		}
	}
	return list
}

// catalog reads the definitions of all tables.
func catalog(t *testing.T, dsn string) map[string]definition {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	rows, err := conn.Query(t.Context(), `
SELECT relname,
    (SELECT json_agg(json_build_object('name', attname, 'type', format_type(atttypid, atttypmod),
        'notNull', attnotnull, 'default', coalesce(pg_get_expr(adbin, adrelid), '')) ORDER BY attnum)
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = c.oid AND attnum > 0)::text,
    array(SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = c.oid AND contype <> 'n'),
    array(SELECT CASE WHEN indisunique THEN 'UNIQUE ' ELSE '' END || regexp_replace(pg_get_indexdef(indexrelid), '^.* USING ', '')
        FROM pg_index WHERE indrelid = c.oid AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u')))
FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`)
	require.NoError(t, err)
	tables := make(map[string]definition)
	for rows.Next() {
		var d definition
		var columns string
		require.NoError(t, rows.Scan(&d.Name, &columns, &d.Constraints, &d.Indexes))
		require.NoError(t, json.Unmarshal([]byte(columns), &d.Columns))
		slices.Sort(d.Constraints)
		slices.Sort(d.Indexes)
		tables[d.Name] = d
	}
	require.NoError(t, rows.Err())
	return tables
}
