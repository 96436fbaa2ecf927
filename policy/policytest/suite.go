package policytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

// Suite is a table of cases, written in Go or read from a file.
type Suite struct {
	World World  `json:"world"` // of cases without their own
	Cases []Case `json:"cases"`
}

// Case is one question to a policy with the wanted answer.
type Case struct {
	Name   string `json:"name"`
	Policy string `json:"policy"`
	// User is the name of the user who is logged in; empty for nobody.
	User string `json:"user,omitempty"`
	// Data is the data of the hook: a struct of package policy, or policy.Values.
	Data policy.Data `json:"data,omitempty"`
	// World is used in place of the suite's.
	World *World `json:"world,omitempty"`
	// Force and Default are those of policy.CheckOptions.
	Force   bool   `json:"force,omitempty"`
	Default string `json:"default,omitempty"`
	Want    Want   `json:"want"`
}

// Want is the wanted answer. What is not set is not compared, but something must
// be.
type Want struct {
	// Verdict is allow or deny, and Reason its reason, of an access policy.
	Verdict string  `json:"verdict,omitempty"`
	Reason  *string `json:"reason,omitempty"`
	// Action is the whole action.
	Action *string `json:"action,omitempty"`
	// NoMatch tells that no rule leads to an action.
	NoMatch bool `json:"no_match,omitempty"`
	// Rule is the text of the rule report, see policy.Decision.Report.
	Rule string `json:"rule,omitempty"`
	// Line is the line of the rule that decides.
	Line int `json:"line,omitempty"`
	// Error is the kind of failure in words, such as "missing data", or any part of
	// its message.
	Error string `json:"error,omitempty"`
	// MaxLookups bounds how many questions the evaluation asks.
	MaxLookups *int `json:"max_lookups,omitempty"`
}

// Text returns a pointer to s, for the fields of [Want].
func Text(s string) *string { return &s }

// UnmarshalJSON reads a case. A field that does not exist is an error.
func (c *Case) UnmarshalJSON(text []byte) error {
	type plain Case
	var file struct {
		plain
		Data policy.Values `json:"data"`
	}
	if err := decodeStrictly(text, &file); err != nil {
		return fmt.Errorf("case %q: %w", file.Name, err)
	}
	*c = Case(file.plain)
	c.Data = file.Data
	return nil
}

func decodeStrictly(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("text behind the end")
	}
	return nil
}

func invalidFile(format string, args ...any) error {
	return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "case file: "+format, args...)
}

// Parse reads a suite from JSON or, which includes it, YAML:
//
//	world:
//	  users:
//	    - {name: alice, permissions: [tag]}
//	  tags:
//	    - {name: f40}
//	cases:
//	  - name: taggers may tag
//	    policy: tag
//	    user: alice
//	    data: {operation: tag, tag: f40, fromtag: null}
//	    want: {verdict: allow}
//
// The fields are those of [Suite], [World], [Case] and [Want], named as their JSON
// tags say. One that does not exist is an error ([koji.ErrInvalid]), as is a case
// that wants nothing.
func Parse(text []byte) (*Suite, error) {
	doc, err := yamlToJSON(text)
	if err != nil {
		return nil, err
	}
	var s Suite
	if err := decodeStrictly(doc, &s); err != nil {
		return nil, invalidFile("%w", err)
	}
	return &s, s.Check()
}

// Load reads a suite from a file, see [Parse].
func Load(fsys fs.FS, name string) (*Suite, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	s, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path.Base(name), err)
	}
	return s, nil
}

// Check reports what is wrong with the suite itself: an inconsistent world, cases
// without a policy or an answer, two cases of one name.
func (s *Suite) Check() error {
	if err := s.World.Check(); err != nil {
		return err
	}
	names := make(map[string]bool)
	for i := range s.Cases {
		c := &s.Cases[i]
		switch {
		case c.Name == "":
			return invalidFile("case %d has no name", i+1)
		case names[c.Name]:
			return invalidFile("there are two cases named %q", c.Name)
		case c.Policy == "":
			return invalidFile("case %q names no policy", c.Name)
		case c.Want.isEmpty():
			return invalidFile("case %q wants nothing", c.Name)
		case c.Want.Verdict != "" && c.Want.Verdict != "allow" && c.Want.Verdict != "deny":
			return invalidFile("case %q: the verdict must be allow or deny, not %q", c.Name, c.Want.Verdict)
		}
		if c.World != nil {
			if err := c.World.Check(); err != nil {
				return fmt.Errorf("case %q: %w", c.Name, err)
			}
		}
		names[c.Name] = true
	}
	return nil
}

func (w Want) isEmpty() bool { return w == Want{} }
