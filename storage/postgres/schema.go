package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/internal/sqlstore"
)

// tables is the words of PostgreSQL.
func tables() sqlstore.Schema {
	return sqlstore.Schema{
		ID:      "id serial PRIMARY KEY",
		Bool:    func(c string) string { return c + " boolean" },
		Varchar: func(c string, n int) string { return fmt.Sprintf("%s varchar(%d)", c, n) },
		JSON:    func(c string) string { return c + " json" },
		JSONB:   func(c string) string { return c + " jsonb" },
		Event:   "integer NOT NULL DEFAULT get_event() REFERENCES events (id)",
		Time:    "timestamptz", Double: "double precision", Bigint: "bigint", Smallint: "smallint",
		Now:     "now()",
		Clock:   "clock_timestamp()",
		Draft:   "release ~ ('^.*,draft_' || id::text || '$')",
		Include: func(c string) string { return " INCLUDE (" + c + ")" },
		// A stock hub calls them, and so do the defaults of columns.
		Functions: `
CREATE FUNCTION get_event() RETURNS integer LANGUAGE sql
    AS 'INSERT INTO events DEFAULT VALUES RETURNING id';
CREATE FUNCTION get_event_time(integer) RETURNS timestamptz LANGUAGE sql
    AS 'SELECT time FROM events WHERE id = $1';
`,
	}
}

// createLock is the number of the advisory lock under which tables are created,
// so that of two programs that find an empty database one comes second.
const createLock = 0x6b6f6a69_63726561

// create makes the tables of an empty database and their first rows, all or
// nothing.
func create(ctx context.Context, conn bun.Conn) (err error) {
	list, err := tables().Statements()
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	defer func() {
		end := "COMMIT"
		if err != nil {
			end = "ROLLBACK"
		}
		if _, e := conn.ExecContext(context.WithoutCancel(ctx), end); err == nil {
			err = e
		}
	}()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", int64(createLock)); err != nil {
		return err
	}
	if types, err := columnTypes(ctx, conn); err != nil || len(types) > 0 {
		return err
	}
	for _, statement := range list {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%w, in: %s", err, statement)
		}
	}
	types, err := columnTypes(ctx, conn)
	if err != nil {
		return err
	}
	return sqlstore.New(sqlstore.Config{Dialect: dialect{types: types}}).Seed(ctx, conn)
}

// columnTypes returns the types of the columns of all tables of the schemas that
// names are looked up in.
func columnTypes(ctx context.Context, conn bun.Conn) (map[[2]string]string, error) {
	rows, err := conn.QueryContext(ctx, `
SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relkind IN ('r', 'p', 'v', 'f') AND a.attnum > 0 AND NOT a.attisdropped
    AND pg_table_is_visible(c.oid) AND c.relnamespace <> 'pg_catalog'::regnamespace`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types := make(map[[2]string]string)
	for rows.Next() {
		var table, column, typ string
		if err := rows.Scan(&table, &column, &typ); err != nil {
			return nil, err
		}
		types[[2]string{table, column}] = typ
	}
	return types, rows.Err()
}

// compare looks for the tables and columns of the store's records. What else a
// database has is not our business.
func compare(types map[[2]string]string) error {
	const shown = 8 // of what is missing; another program's database lacks everything
	var missing []string
	for _, k := range storage.Kinds() {
		columns := k.Columns
		if k.Versioned {
			columns = append(columns[:len(columns):len(columns)], storage.Column{Name: "active"})
		}
		for _, c := range columns {
			if types[[2]string{k.Table, c.Name}] == "" {
				missing = append(missing, k.Table+"."+c.Name)
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	list := strings.Join(missing[:min(len(missing), shown)], ", ")
	if len(missing) > shown {
		list = fmt.Sprintf("%s and %d more columns", list, len(missing)-shown)
	}
	return koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "not a Koji 1.35 database: it lacks %s", list)
}

// textOrder returns what must be added to text to have it ordered by its bytes.
// Where that is the database's own order nothing may be added, for indexes are
// in the order that has no name.
func textOrder(ctx context.Context, conn bun.Conn) (string, error) {
	var collate string
	err := conn.QueryRowContext(ctx, "SELECT datcollate FROM pg_database WHERE datname = current_database() AND datlocprovider = 'c'").Scan(&collate)
	if err == sql.ErrNoRows || err == nil && collate != "C" && collate != "POSIX" {
		return ` COLLATE "C"`, nil
	}
	return "", err
}
