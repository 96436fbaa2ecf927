package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/kojikit/kojikit/repo/rpmmd"
)

// document is one of the three files about packages, taken apart.
type document struct {
	start, end string // what comes before the first package and after the last
	fragments  []fragment
}

// fragment is the XML of one package. Its key tells which one.
type fragment struct {
	key  string // pkgid, and in primary.xml the location: several files may have the same content
	href string // only in primary.xml
	xml  string
}

const (
	openTag  = "<package "
	closeTag = "</package>\n"
)

func readDocument(repo *rpmmd.Repository, typ string) (*document, error) {
	record, ok := repo.Repomd.Record(typ)
	if !ok {
		return nil, fmt.Errorf("no record of type %s", typ)
	}
	r, err := repo.OpenRecord(record)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return split(string(content))
}

// split takes a document apart without parsing it: it trusts that packages begin
// and end on lines of their own.
func split(s string) (*document, error) {
	first := strings.Index(s, openTag)
	if first < 0 {
		first = strings.LastIndex(s, "</")
	}
	if first < 0 {
		return nil, fmt.Errorf("no end tag in %.100q", s)
	}
	d := &document{start: s[:first]}
	for rest := s[first:]; ; {
		end := strings.Index(rest, closeTag)
		if !strings.HasPrefix(rest, openTag) || end < 0 {
			d.end = rest
			return d, nil
		}
		end += len(closeTag)
		d.fragments = append(d.fragments, newFragment(rest[:end]))
		rest = rest[end:]
	}
}

func newFragment(xml string) fragment {
	f := fragment{xml: xml, href: between(xml, " href=\"", "\"")}
	f.key = between(xml, " pkgid=\"YES\">", "<") + " " + f.href
	if f.href == "" {
		f.key = between(xml, " pkgid=\"", "\"")
	}
	return f
}

// between returns the text after the first start and before the next end, or ""
// if there is none.
func between(s, start, end string) string {
	_, s, ok := strings.Cut(s, start)
	if !ok {
		return ""
	}
	s, _, ok = strings.Cut(s, end)
	if !ok {
		return ""
	}
	return s
}
