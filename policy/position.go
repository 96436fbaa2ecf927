package policy

import (
	"strconv"
	"unicode/utf8"
)

// Range is a stretch of one line of a rule text: where a problem is, or where a
// rule stands.
type Range struct {
	File      string `json:"file,omitempty"`       // as given by the [Text]; may be empty
	Line      int    `json:"line,omitempty"`       // from 1; 0 if the place is not known
	Column    int    `json:"column,omitempty"`     // first byte of the stretch, from 1
	EndColumn int    `json:"end_column,omitempty"` // byte behind the stretch
	// The same columns counted in Unicode code points, as most editors do.
	RuneColumn    int `json:"rune_column,omitempty"`
	EndRuneColumn int `json:"end_rune_column,omitempty"`
}

// String returns FILE:LINE:COLUMN with the column in bytes, without the parts
// that are not known.
func (r Range) String() string {
	s := r.File
	if r.Line == 0 {
		return s
	}
	if s != "" {
		s += ":"
	}
	s += strconv.Itoa(r.Line)
	if r.Column > 0 {
		s += ":" + strconv.Itoa(r.Column)
	}
	return s
}

// sourceLine is one line of a file, or what of it belongs to a rule text.
type sourceLine struct {
	file string
	line int    // from 1
	col  int    // bytes of the file's line before text
	runs int    // the same in code points
	text string // without its line end
}

// at returns the range of text[from:to].
func (l *sourceLine) at(from, to int) Range {
	from = min(max(from, 0), len(l.text))
	to = min(max(to, from), len(l.text))
	runes := l.runs + utf8.RuneCountInString(l.text[:from])
	return Range{
		File: l.file, Line: l.line,
		Column: l.col + from + 1, EndColumn: l.col + to + 1,
		RuneColumn: runes + 1, EndRuneColumn: runes + 1 + utf8.RuneCountInString(l.text[from:to]),
	}
}
