package golden

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/kojikit/kojikit/koji"
)

// Query is one question with the reference's answer.
type Query struct {
	Call string

	t           testing.TB
	args        json.RawMessage
	want        json.RawMessage // nil if an error is wanted
	wantAny     []json.RawMessage
	wantErr     *fault
	fields      []string
	buildFields []string
	unordered   unordered
	members     map[string]json.RawMessage
	extra       []string // problems found by Check
}

// fault is how the vectors describe an exception.
type fault struct {
	Class   string         `json:"class"`
	Code    koji.FaultCode `json:"code"`
	Message string         `json:"message"`
}

// unordered tells which lists of an answer have no defined order.
type unordered struct {
	all    bool   // the answer, or if it is a map each of its members
	member string // this one member
}

// UnmarshalJSON reads true, false or the name of a member.
func (u *unordered) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		return json.Unmarshal(text, &u.member)
	}
	return json.Unmarshal(text, &u.all)
}

func parseQuery(t testing.TB, text json.RawMessage) (*Query, error) {
	var raw struct {
		Call        string            `json:"call"`
		Args        json.RawMessage   `json:"args"`
		Want        json.RawMessage   `json:"want"`
		WantAny     []json.RawMessage `json:"want_any"`
		Error       *fault            `json:"error"`
		Fields      []string          `json:"fields"`
		BuildFields []string          `json:"build_fields"`
		Unordered   unordered         `json:"unordered"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	q := &Query{
		Call: raw.Call, t: t, args: raw.Args, want: raw.Want, wantAny: raw.WantAny, wantErr: raw.Error,
		fields: raw.Fields, buildFields: raw.BuildFields, unordered: raw.Unordered,
	}
	answers := 0
	for _, given := range []bool{q.want != nil, q.wantAny != nil, q.wantErr != nil} {
		if given {
			answers++
		}
	}
	if q.Call == "" || answers != 1 {
		return nil, errors.New("a query needs a call and one of want, want_any and error")
	}
	return q, json.Unmarshal(text, &q.members)
}

// Args decodes the arguments into v, as [json.Unmarshal] does, and ends the test
// of the case if they do not fit: if a type is wrong, or if v, being a struct, has
// no field for one of them. Arguments that were not passed leave their fields
// alone, so a default can be set before. Numbers in values of type any become
// [json.Number].
func (q *Query) Args(v any) {
	q.t.Helper()
	if err := decode(q.args, v, true); err != nil {
		q.t.Fatalf("%s(%s): arguments: %v", q.Call, clip(string(q.args)), err)
	}
}

// Has reports whether the query has a member besides the usual ones.
func (q *Query) Has(member string) bool {
	_, ok := q.members[member]
	return ok
}

// Member decodes a member of the query other than its arguments, such as the
// user who asks, and ends the test of the case if it is not there or does not fit.
func (q *Query) Member(member string, v any) {
	q.t.Helper()
	text, ok := q.members[member]
	if !ok {
		q.t.Fatalf("%s(%s): no member %q", q.Call, clip(string(q.args)), member)
	}
	if err := decode(text, v, false); err != nil {
		q.t.Fatalf("%s(%s): %s: %v", q.Call, clip(string(q.args)), member, err)
	}
}

// Check compares got with a member of the query that describes a further effect of
// the call, such as the rows that it changed. A query without the member fails;
// see [Query.Has].
func (q *Query) Check(member string, got any) {
	q.t.Helper()
	text, ok := q.members[member]
	if !ok {
		q.extra = append(q.extra, fmt.Sprintf("the query has no member %q to check", member))
		return
	}
	if problem := Diff(text, got); problem != "" {
		q.extra = append(q.extra, member+": "+problem)
	}
}

// compare returns what is wrong with the answer to the query, or "".
func (q *Query) compare(got any, err error) string {
	problem := q.compareAnswer(got, err)
	for _, extra := range q.extra {
		if problem != "" {
			problem += "\n"
		}
		problem += extra
	}
	return problem
}

func (q *Query) compareAnswer(got any, err error) string {
	if err != nil {
		return q.compareError(err)
	}
	tree, terr := toTree(got)
	if terr != nil {
		return fmt.Sprintf("the answer cannot be written as JSON: %v", terr)
	}
	if q.wantErr != nil {
		return fmt.Sprintf("want error %s (code %d, %q), got %s", q.wantErr.Class, q.wantErr.Code, q.wantErr.Message, show(tree))
	}
	if perr := q.project(&tree); perr != nil {
		return fmt.Sprintf("the answer does not fit the query's fields: %v", perr)
	}
	q.unordered.sort(tree)
	wants := q.wantAny
	if wants == nil {
		wants = []json.RawMessage{q.want}
	}
	var problem string
	for _, text := range wants {
		want, werr := parseTree(text)
		if werr != nil {
			return fmt.Sprintf("the expected answer is not JSON: %v", werr)
		}
		q.unordered.sort(want)
		if problem = diffTrees(want, tree); problem == "" {
			return ""
		}
	}
	if len(wants) > 1 {
		problem += fmt.Sprintf("\n(or any other of %d answers)", len(wants))
	}
	return problem
}

// compareError holds a refusal against the query: code 1 means that the reference
// never meant to answer in this way, so any refusal is right.
func (q *Query) compareError(err error) string {
	switch {
	case q.wantErr == nil:
		want := q.want
		if want == nil {
			want = bytes.Join(asBytes(q.wantAny), []byte(" or "))
		}
		return fmt.Sprintf("want %s, got error %v (code %d)", clip(string(want)), err, koji.FaultCodeOf(err))
	case q.wantErr.Code == koji.FaultOther || q.wantErr.Code == koji.FaultCodeOf(err):
		return ""
	}
	return fmt.Sprintf("want error %s (code %d, %q), got error %v (code %d)",
		q.wantErr.Class, q.wantErr.Code, q.wantErr.Message, err, koji.FaultCodeOf(err))
}

func asBytes(texts []json.RawMessage) [][]byte {
	out := make([][]byte, len(texts))
	for i, text := range texts {
		out[i] = text
	}
	return out
}

// project reduces full maps to the rows that the query shows. In an answer of
// builds and their contents the builds have fields of their own, and a single one
// stands without a row around it.
func (q *Query) project(tree *any) error {
	if q.fields == nil && q.buildFields == nil {
		return nil
	}
	members, ok := (*tree).(map[string]any)
	if !ok {
		return projectRows(tree, q.fields)
	}
	for name, rows := range members {
		fields := q.fields
		if name == "builds" && q.buildFields != nil {
			fields = q.buildFields
		}
		if err := projectRows(&rows, fields); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if list, ok := rows.([]any); ok && name == "builds" && len(fields) == 1 && fields[0] != "*" {
			for i, row := range list {
				list[i] = row.([]any)[0]
			}
		}
		members[name] = rows
	}
	return nil
}

func projectRows(tree *any, fields []string) error {
	if fields == nil || len(fields) == 1 && fields[0] == "*" {
		return nil
	}
	list, ok := (*tree).([]any)
	if !ok {
		return fmt.Errorf("want a list of maps, got %s", show(*tree))
	}
	for i, item := range list {
		full, ok := item.(map[string]any)
		if !ok {
			return fmt.Errorf("[%d]: want a map, got %s", i, show(item))
		}
		row := make([]any, len(fields))
		for k, field := range fields {
			v, ok := full[field]
			if !ok {
				return fmt.Errorf("[%d] has no %q: %s", i, field, show(item))
			}
			row[k] = v
		}
		list[i] = row
	}
	return nil
}
