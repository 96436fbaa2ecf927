package sqlite

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage/internal/sqlstore"
)

// Marks of a database file in its header: whose it is, and the version of its
// tables.
const (
	applicationID = 0x6b6f6a69 // "koji"
	schemaVersion = 1
)

// tables is the words of SQLite.
func tables() sqlstore.Schema {
	return sqlstore.Schema{
		ID:      "id INTEGER PRIMARY KEY AUTOINCREMENT",
		Bool:    func(c string) string { return fmt.Sprintf("%s INTEGER CHECK (%[1]s IN (0, 1))", c) },
		Varchar: func(c string, n int) string { return fmt.Sprintf("%s TEXT CHECK (length(%[1]s) <= %d)", c, n) },
		JSON:    func(c string) string { return fmt.Sprintf("%s TEXT CHECK (json_valid(%[1]s))", c) },
		JSONB:   func(c string) string { return fmt.Sprintf("%s TEXT CHECK (json_valid(%[1]s))", c) },
		Event:   "INTEGER NOT NULL REFERENCES events (id)",
		Time:    "INTEGER", Double: "REAL", Bigint: "INTEGER", Smallint: "INTEGER",
		Now:     "(CAST(unixepoch('subsec') * 1000000 AS INTEGER))",
		Clock:   "(CAST(unixepoch('subsec') * 1000000 AS INTEGER))",
		Draft:   "release GLOB '*,draft_' || id",
		Include: func(string) string { return "" },
	}
}

// check tells whether a file is new, and refuses one that is not a store.
func check(ctx context.Context, conn bun.Conn) (fresh bool, err error) {
	var application, version, objects int
	for query, dest := range map[string]*int{
		"PRAGMA application_id": &application, "PRAGMA user_version": &version, "SELECT count(*) FROM sqlite_schema": &objects,
	} {
		if err := conn.QueryRowContext(ctx, query).Scan(dest); err != nil {
			return false, err
		}
	}
	switch {
	case application == applicationID && version != schemaVersion:
		return false, koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "tables are of version %d, not %d", version, schemaVersion)
	case application != applicationID && objects > 0:
		return false, koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "the file is a database of another program")
	}
	return objects == 0, nil
}

// create makes the tables of a new store.
func create(ctx context.Context, conn bun.Conn) error {
	list, err := tables().Statements()
	if err != nil {
		return err
	}
	list = append(list, fmt.Sprintf("PRAGMA application_id = %d", applicationID), fmt.Sprintf("PRAGMA user_version = %d", schemaVersion))
	for _, statement := range list {
		if _, err := conn.ExecContext(ctx, strict(statement)); err != nil {
			return fmt.Errorf("%w, in: %s", err, statement)
		}
	}
	return nil
}

// strict makes SQLite hold a new table to the types of its columns.
func strict(statement string) string {
	if strings.Contains(statement, "CREATE TABLE") {
		return statement + " STRICT"
	}
	return statement
}
