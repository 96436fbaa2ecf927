package postgres_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/pgtest"
	"github.com/kojikit/kojikit/storage/postgres"
)

// A new database has the tables of one that Koji made: the facts in testdata are
// what this very query said about that.
func TestNewDatabaseEqualsKojis(t *testing.T) {
	want, err := os.ReadFile("../internal/sqlstore/testdata/catalog.txt")
	require.NoError(t, err)
	dsn := pgtest.Database(t)
	require.NoError(t, open(t, dsn, postgres.Options{}).Close())
	require.Equal(t, string(want), catalog(t, dsn))

	require.Equal(t, []string{"1"}, query(t, dsn, "SELECT get_event()::text"))
	require.Equal(t, []string{"1"}, query(t, dsn, "SELECT id::text FROM events WHERE time = get_event_time(id)"))
	require.Equal(t, []string{"16"}, query(t, dsn, "INSERT INTO permissions (name) VALUES ('new') RETURNING id::text"),
		"sequences go on after the first rows")
}

// query returns the one column of a query.
func query(t *testing.T, dsn, sql string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	rows, err := conn.Query(t.Context(), sql)
	require.NoError(t, err)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return list
}

// catalog tells the definitions of all tables, sequences and functions, one fact
// to a line.
func catalog(t *testing.T, dsn string) (text string) {
	t.Helper()
	sql, err := os.ReadFile("testdata/catalog.sql")
	require.NoError(t, err)
	for _, line := range query(t, dsn, string(sql)) {
		text += line + "\n"
	}
	return text
}
