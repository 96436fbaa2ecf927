package sqlite_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/storage/sqlite"
)

// A new file has the tables of a Koji database, with SQLite's types: what
// PostgreSQL's catalog says about those is in testdata.
func TestNewFileHasKojisTables(t *testing.T) {
	path := filepath.Join(t.TempDir(), "koji.db")
	require.NoError(t, open(t, path, sqlite.Options{}).Close())
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer db.Close()
	want := expected(t)
	require.Greater(t, len(want), 700)
	require.Equal(t, want, actual(t, db))
}

// types are SQLite's for those of PostgreSQL. Lengths are kept by checks.
var types = map[string]string{
	"integer": "INTEGER", "bigint": "INTEGER", "smallint": "INTEGER", "boolean": "INTEGER",
	"timestamp with time zone": "INTEGER", "double precision": "REAL", "text": "TEXT", "json": "TEXT", "jsonb": "TEXT",
	"character varying": "TEXT",
}

// defaults are SQLite's for those of PostgreSQL. Those that number rows and make
// events are left to the program.
func defaultOf(expr string) string {
	switch {
	case expr == "now()" || expr == "clock_timestamp()":
		return "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
	case strings.HasPrefix(expr, "nextval(") || expr == "get_event()":
		return ""
	}
	expr, _, _ = strings.Cut(expr, "::")
	if expr == "true" || expr == "false" {
		return strings.ToUpper(expr)
	}
	return expr
}

var (
	columnFact     = regexp.MustCompile(`^column (\w+)\.(\w+) (.+?)(?:\((\d+)\))?( NOT NULL)?(?: DEFAULT (.*))?$`)
	constraintFact = regexp.MustCompile(`^constraint (\w+) (\w+) (PRIMARY KEY|UNIQUE|FOREIGN KEY|CHECK) \((.*)$`)
	indexFact      = regexp.MustCompile(`^(unique )?index (\w+) (\w+) btree \((.*)$`)
	foreignKey     = regexp.MustCompile(`^(.*)\) REFERENCES (\w+)\((.*)\)(.*)$`)
)

// expected makes facts about SQLite's tables of those about PostgreSQL's.
func expected(t *testing.T) (facts []string) {
	data, err := os.ReadFile("../internal/sqlstore/testdata/catalog.txt")
	require.NoError(t, err)
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if m := columnFact.FindStringSubmatch(line); m != nil {
			typ, known := types[m[3]]
			require.True(t, known, line)
			facts = append(facts, fmt.Sprintf("%s.%s %s notnull %t default %s", m[1], m[2], typ, m[5] != "", defaultOf(m[6])))
			if m[4] != "" {
				facts = append(facts, fmt.Sprintf("%s.%s at most %s", m[1], m[2], m[4]))
			}
		} else if m := constraintFact.FindStringSubmatch(line); m != nil {
			columns, _, _ := strings.Cut(m[4], ")")
			switch m[3] {
			case "CHECK":
				if !strings.HasSuffix(m[2], "_check") { // a name that was given
					facts = append(facts, fmt.Sprintf("%s check %s", m[1], m[2]))
				}
			case "FOREIGN KEY":
				f := foreignKey.FindStringSubmatch(m[4])
				action := "NO ACTION"
				if strings.Contains(f[4], "ON UPDATE CASCADE") {
					action = "CASCADE"
				}
				facts = append(facts, fmt.Sprintf("%s (%s) refers to %s (%s), on update %s", m[1], f[1], f[2], f[3], action))
			case "PRIMARY KEY":
				facts = append(facts, fmt.Sprintf("%s key (%s)", m[1], columns))
			default:
				facts = append(facts, fmt.Sprintf("%s unique (%s)", m[1], columns))
			}
		} else if m := indexFact.FindStringSubmatch(line); m != nil {
			columns, _, _ := strings.Cut(m[4], ")")
			if strings.HasPrefix(columns, "(") {
				columns = "an expression"
			}
			facts = append(facts, fmt.Sprintf("%s index %s (%s) unique %t partial %t", m[2], m[3], columns, m[1] != "", strings.Contains(m[4], " WHERE ")))
		}
	}
	slices.Sort(facts)
	return facts
}

var (
	checkName   = regexp.MustCompile(`CONSTRAINT (\w+) CHECK`)
	checkLength = regexp.MustCompile(`length\((\w+)\) <= (\d+)`)
)

// actual asks SQLite for facts of the same form.
func actual(t *testing.T, db *sql.DB) (facts []string) {
	ask := func(columns int, query string, args ...any) (list [][]string) {
		rows, err := db.Query(query, args...)
		require.NoError(t, err)
		defer rows.Close()
		for rows.Next() {
			row, dest := make([]string, columns), make([]any, columns)
			for i := range row {
				dest[i] = &row[i]
			}
			require.NoError(t, rows.Scan(dest...))
			list = append(list, row)
		}
		require.NoError(t, rows.Err())
		return list
	}
	for _, table := range ask(2, "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence'") {
		name := table[0]
		for _, c := range ask(4, `SELECT name, type, "notnull" OR pk AND type = 'INTEGER', coalesce(dflt_value, '') FROM pragma_table_xinfo(?)`, name) {
			facts = append(facts, fmt.Sprintf("%s.%s %s notnull %t default %s", name, c[0], c[1], c[2] == "1", c[3]))
		}
		for _, k := range ask(1, "SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk) HAVING count(*) > 0", name) {
			facts = append(facts, fmt.Sprintf("%s key (%s)", name, k[0]))
		}
		for _, f := range ask(4, `SELECT "table", group_concat("from", ', '), group_concat("to", ', '), on_update
			FROM (SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq) GROUP BY id`, name) {
			facts = append(facts, fmt.Sprintf("%s (%s) refers to %s (%s), on update %s", name, f[1], f[0], f[2], f[3]))
		}
		for _, i := range ask(4, `SELECT name, origin, "unique", partial FROM pragma_index_list(?)`, name) {
			columns := ask(1, "SELECT group_concat(coalesce(name, 'an expression'), ', ') FROM (SELECT name FROM pragma_index_info(?) ORDER BY seqno)", i[0])[0][0]
			switch i[1] {
			case "u":
				facts = append(facts, fmt.Sprintf("%s unique (%s)", name, columns))
			case "c":
				facts = append(facts, fmt.Sprintf("%s index %s (%s) unique %t partial %t", name, i[0], columns, i[2] == "1", i[3] == "1"))
			}
		}
		for _, m := range checkName.FindAllStringSubmatch(table[1], -1) {
			facts = append(facts, fmt.Sprintf("%s check %s", name, m[1]))
		}
		for _, m := range checkLength.FindAllStringSubmatch(table[1], -1) {
			facts = append(facts, fmt.Sprintf("%s.%s at most %s", name, m[1], m[2]))
		}
	}
	slices.Sort(facts)
	return facts
}
