package policytest

import (
	"fmt"
	"html/template"
	"io"
)

// page shows a coverage like go tool cover does: what is covered in green, what is
// not in red.
const page = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>policy coverage</title>
<style>
body { font-family: sans-serif; margin: 2em }
table { border-collapse: collapse; margin-bottom: 2em }
td, th { padding: 1px 1em; text-align: right; vertical-align: top; color: #555; font-weight: normal }
td.text { text-align: left; font-family: monospace; white-space: pre-wrap; color: #000 }
tr.covered td.text { background: #dfd }
tr.partly td.text { background: #ffd }
tr.missing td.text { background: #fdd }
.what { color: #a00 }
</style></head><body>
<h1>Policy coverage: {{printf "%.1f" .Percent}} %</h1>
{{range .Policies}}<h2>{{.Policy}}</h2>
<table><tr><th>line</th><th>matched</th><th>not</th><th></th></tr>
{{range .Rules}}<tr class="{{class .}}"><td>{{.Range.Line}}</td><td>{{.Matched}}</td><td>{{.NotMatched}}</td>` +
	`<td class="text">{{indent .}}{{.Text}}{{range missing .}}
<span class="what">{{.}}</span>{{end}}</td></tr>
{{end}}</table>
{{end}}</body></html>
`

// WriteHTML writes the coverage as a page.
func (c *Coverage) WriteHTML(w io.Writer) error {
	t, err := template.New("coverage").Funcs(template.FuncMap{
		"class": func(r *RuleCoverage) string {
			var t Totals
			switch r.count(&t); {
			case len(r.missing()) == 0:
				return "covered"
			case t.Rules.Covered+t.Outcomes.Covered == 0:
				return "missing"
			}
			return "partly"
		},
		"indent":  func(r *RuleCoverage) string { return fmt.Sprintf("%*s", 4*r.Depth, "") },
		"missing": func(r *RuleCoverage) []string { return r.missing() },
	}).Parse(page)
	if err != nil {
		return err
	}
	percent := c.Percent()
	c.mu.Lock()
	defer c.mu.Unlock()
	return t.Execute(w, struct {
		Percent  float64
		Policies []*PolicyCoverage
	}{percent, c.Policies})
}
