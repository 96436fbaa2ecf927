package golden

import (
	"fmt"

	"github.com/kojikit/kojikit/koji"
)

// Deviation declares that queries are answered differently from the reference on
// purpose: either one query, by the case's name and its index there, or all that
// meet a condition, so that the same deviation is known in files that are not in
// the repository.
//
// The list cannot outlive its reason. A single query that matches all the same is
// an error, and so is an entry without any query that differs.
type Deviation struct {
	Case  string // with Query, unless When is set
	Query int    // from 0
	When  func(c *Case, q *Query) bool

	// Code is the fault code of the refusal that takes the place of the
	// reference's answer; 0 allows any other answer.
	Code koji.FaultCode
	// Reason tells why, in words for the log.
	Reason string
}

// String returns the reason, with the query if there is only one.
func (d *Deviation) String() string {
	if d.When != nil {
		return d.Reason
	}
	return fmt.Sprintf("%s query %d: %s", d.Case, d.Query, d.Reason)
}

// deviationList knows which of its entries excused a query.
type deviationList struct {
	all  []Deviation
	used []bool
}

func newDeviationList(all []Deviation) *deviationList {
	return &deviationList{all: all, used: make([]bool, len(all))}
}

// judge holds what is wrong with the answer to a query, or "", against the list
// and returns what remains wrong.
func (l *deviationList) judge(c *Case, index int, problem string, err error) string {
	q := c.Queries[index]
	for i := range l.all {
		d := &l.all[i]
		single := d.When == nil
		if single && (d.Case != c.Name || d.Query != index) || !single && !d.When(c, q) {
			continue
		}
		switch {
		case problem == "" && single:
			l.used[i] = true
			return fmt.Sprintf("stale deviation, the answer matches: %s", d)
		case problem == "":
			return ""
		}
		l.used[i] = true
		if d.Code != 0 && (err == nil || koji.FaultCodeOf(err) != d.Code) {
			return fmt.Sprintf("by deviation (%s) it must be refused with code %d\n%s", d, d.Code, problem)
		}
		c.t.Logf("query %d %s(%s) deviates: %s", index, q.Call, clip(string(q.args)), d.Reason)
		return ""
	}
	return problem
}

// unused returns the entries that no query showed.
func (l *deviationList) unused() []*Deviation {
	var out []*Deviation
	for i := range l.all {
		if !l.used[i] {
			out = append(out, &l.all[i])
		}
	}
	return out
}
