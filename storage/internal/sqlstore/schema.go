package sqlstore

import (
	"embed"
	"fmt"
	"strings"
	"text/template"
)

// Schema is the words of a database system for what its own SQL is needed in
// the definition of tables.
type Schema struct {
	ID        string                            // column definition of the key of a serial kind
	Bool      func(column string) string        // column definition
	Varchar   func(column string, n int) string // column definition: text of at most n characters
	JSON      func(column string) string        // column definition: the text as it is
	JSONB     func(column string) string        // column definition: what the text says
	Event     string                            // type and rest of a column that holds the event of a new row
	Time      string                            // type
	Double    string                            // type
	Bigint    string                            // type
	Smallint  string                            // type
	Now       string                            // expression: time of the transaction
	Clock     string                            // expression: time of the statement
	Draft     string                            // condition that a build's release ends in the mark of drafts
	Functions string                            // statements that come after the table of events
	Include   func(column string) string        // addition to an index
}

//go:embed schema/*.sql
var schemaFiles embed.FS

// Statements returns the statements that create all tables, in their order.
func (s Schema) Statements() ([]string, error) {
	text := func(s string) func() string { return func() string { return s } }
	tmpl, err := template.New("").Funcs(template.FuncMap{
		"id": text(s.ID), "bool": s.Bool, "varchar": s.Varchar, "json": s.JSON, "jsonb": s.JSONB,
		"event": func(column string) string { return column + " " + s.Event },
		"time":  text(s.Time), "double": text(s.Double), "bigint": text(s.Bigint), "smallint": text(s.Smallint),
		"now": text(s.Now), "clock": text(s.Clock), "draft": text(s.Draft), "functions": text(s.Functions),
		"include": s.Include, "versioned": s.versioned,
	}).ParseFS(schemaFiles, "schema/*.sql")
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	var list []string
	for _, name := range []string{"1_system", "2_tasks", "3_builds", "4_tags", "5_repos", "6_content"} {
		var b strings.Builder
		if err := tmpl.ExecuteTemplate(&b, name+".sql", nil); err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
		for statement := range strings.SplitSeq(b.String(), ";\n") {
			if strings.TrimSpace(statement) != "" {
				list = append(list, statement)
			}
		}
	}
	return list, nil
}

// versioned returns the columns that say when a row was valid, and the primary
// key: that of the record and the event at which it began.
func (s Schema) versioned(key string) string {
	return "create_event " + s.Event + `,
    revoke_event integer REFERENCES events (id),
    creator_id integer NOT NULL REFERENCES users (id),
    revoker_id integer REFERENCES users (id),
    ` + s.Bool("active") + ` DEFAULT TRUE CHECK (active),
    CONSTRAINT active_revoke_sane CHECK (active IS NULL AND revoke_event IS NOT NULL AND revoker_id IS NOT NULL OR
        active IS NOT NULL AND revoke_event IS NULL AND revoker_id IS NULL),
    PRIMARY KEY (create_event, ` + key + ")"
}
