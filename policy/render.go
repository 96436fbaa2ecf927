package policy

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// WriteText writes the issues for people, each with its line and a mark under the
// place.
func (list Issues) WriteText(w io.Writer) error {
	for _, i := range list {
		if _, err := fmt.Fprintf(w, "%s\n%s", i, i.excerpt()); err != nil {
			return err
		}
	}
	return nil
}

// excerpt returns the source line with a mark under the range.
func (i Issue) excerpt() string {
	if i.Source == "" {
		return ""
	}
	line := []rune(i.Source)
	from := i.Range.RuneColumn - 1 - i.indent
	to := from + max(1, i.Range.EndRuneColumn-i.Range.RuneColumn)
	if from < 0 || from > len(line) {
		return ""
	}
	var mark strings.Builder
	for _, r := range line[:from] {
		if r != '\t' {
			r = ' '
		}
		mark.WriteRune(r)
	}
	mark.WriteString(strings.Repeat("^", max(1, min(to, len(line))-from)))
	return fmt.Sprintf("    %s\n    %s\n", i.Source, mark.String())
}

// WriteJSON writes the issues as a JSON array, one object for each [Issue].
func (list Issues) WriteJSON(w io.Writer) error {
	if list == nil {
		list = Issues{}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(list)
}

// WriteSARIF writes the issues as a SARIF 2.1.0 log of one run by a tool of the
// given name, as code hosting services read it.
func (list Issues) WriteSARIF(w io.Writer, tool string) error {
	run := sarifRun{Results: []sarifResult{}, ColumnKind: "unicodeCodePoints"}
	run.Tool.Driver.Name = tool
	for _, c := range Codes() {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{ID: string(c), Text: sarifText{c.Summary()}})
	}
	for _, i := range list {
		run.Results = append(run.Results, i.sarif())
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	})
}

func (i Issue) sarif() sarifResult {
	r := sarifResult{RuleID: string(i.Code), Level: "note", Message: sarifText{i.Message}}
	switch i.Severity {
	case Warning:
		r.Level = "warning"
	case Error:
		r.Level = "error"
	}
	if i.Policy != "" {
		r.Message.Text = "policy " + i.Policy + ": " + r.Message.Text
	}
	if i.Suggestion != "" {
		r.Message.Text += "; " + i.Suggestion
	}
	if i.Range.File == "" {
		return r
	}
	var at sarifLocation
	at.Physical.Artifact.URI = filepath.ToSlash(i.Range.File)
	if i.Range.Line > 0 {
		at.Physical.Region = &sarifRegion{i.Range.Line, i.Range.RuneColumn, i.Range.Line, i.Range.EndRuneColumn}
	}
	r.Locations = []sarifLocation{at}
	return r
}

// The parts of a SARIF log that are written.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver struct {
				Name  string      `json:"name"`
				Rules []sarifRule `json:"rules"`
			} `json:"driver"`
		} `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifRule struct {
		ID   string    `json:"id"`
		Text sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region *sarifRegion `json:"region,omitempty"`
		} `json:"physicalLocation"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
		EndLine     int `json:"endLine,omitempty"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
)
