package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// table is an answer: rows of values under names, and perhaps words for people
// that say it better.
type table struct {
	columns []string
	rows    [][]any
	text    string // printed instead of the rows, except as JSON
	note    string // printed below the rows, except as JSON
}

func (t *table) add(values ...any) { t.rows = append(t.rows, values) }

// writeText prints the table for people.
func (t *table) writeText(out io.Writer) error {
	text := t.text
	if text == "" {
		text = t.render()
	}
	if t.note != "" {
		text += t.note + "\n"
	}
	_, err := io.WriteString(out, text)
	return err
}

func (t *table) render() string {
	if len(t.rows) == 0 {
		return "nothing\n"
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.ToUpper(strings.Join(t.columns, "\t")))
	for _, row := range t.rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = cell(v)
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	w.Flush()
	var trimmed strings.Builder
	for line := range strings.Lines(b.String()) {
		trimmed.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return trimmed.String()
}

// cell renders a value for people: nothing for null and false, which would only
// make it harder to see the rest. Names are other people's text, which must not
// reach a terminal as anything else.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		if !v {
			return ""
		}
		return "yes"
	case string:
		return printable(v)
	case []string:
		return printable(strings.Join(v, " "))
	case json.RawMessage:
		return printable(string(v))
	case time.Time:
		return v.UTC().Format(time.DateTime)
	}
	return fmt.Sprint(v)
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
}

// writeJSON prints the rows as a list of objects, one on each line.
func (t *table) writeJSON(out io.Writer) error {
	var b strings.Builder
	b.WriteString("[")
	for i, row := range t.rows {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n  {")
		for j, v := range row {
			if j > 0 {
				b.WriteString(", ")
			}
			text, err := json.Marshal(v)
			if err != nil {
				return fmt.Errorf("%s: %w", t.columns[j], err)
			}
			fmt.Fprintf(&b, "%q: %s", strings.ReplaceAll(t.columns[j], " ", "_"), text)
		}
		b.WriteString("}")
	}
	if len(t.rows) > 0 {
		b.WriteString("\n")
	}
	b.WriteString("]\n")
	_, err := io.WriteString(out, b.String())
	return err
}

// maybe returns the value of a nullable one, or nil.
func maybe[T any](v sql.Null[T]) any {
	if !v.Valid {
		return nil
	}
	return v.V
}
