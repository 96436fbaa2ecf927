package modules

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"strings"
)

// Merge joins the documents of several streams, in the order of [Append]. Of built
// streams with the same name, stream, version, context and arch, which are the same
// thing by definition, the first counts; of defaults of the same module, and of
// translations and obsoletes of the same stream, the one that was modified later,
// and of two that are the same age the first. Documents of kinds that are not
// known are all kept, but for exact copies. An error in a stream is returned as it
// is.
func Merge(streams ...iter.Seq2[*Document, error]) ([]*Document, error) {
	var merged []*Document
	index := map[key]int{}
	for _, stream := range streams {
		for d, err := range stream {
			if err != nil {
				return nil, err
			}
			k := d.key()
			i, known := index[k]
			switch {
			case !known:
				index[k] = len(merged)
				merged = append(merged, d)
			case d.Kind != Stream && compareModified(d.Modified, merged[i].Modified) > 0:
				merged[i] = d
			}
		}
	}
	slices.SortStableFunc(merged, compare)
	return merged, nil
}

// key is what two documents share if only one of them can count.
type key struct {
	kind, module, stream, context, arch string
	version                             uint64
	text                                string
}

func (d *Document) key() key {
	k := key{kind: d.Kind, module: d.Module}
	switch d.Kind {
	case Defaults:
	case Translations:
		k.stream = d.Stream
	case Obsoletes:
		k.stream, k.context = d.Stream, d.Context
	case Stream:
		k.stream, k.version, k.context, k.arch = d.Stream, d.Version, d.Context, d.Arch
	default:
		k.text = string(d.Text)
	}
	return k
}

// compareModified compares times, which are digits only: either those of a date
// and a time of day, or ISO 8601 without a zone.
func compareModified(a, b string) int {
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, s)
	}
	return strings.Compare(digits(a), digits(b))
}

// kinds are the kinds in the order in which those of a module come.
var kinds = []string{Defaults, Stream, Packager, Translations, Obsoletes}

// compare is the order of documents: by module, kind, stream, version, context and
// arch.
func compare(a, b *Document) int {
	rank := func(kind string) int {
		if i := slices.Index(kinds, kind); i >= 0 {
			return i
		}
		return len(kinds)
	}
	return cmp.Or(
		strings.Compare(a.Module, b.Module),
		cmp.Compare(rank(a.Kind), rank(b.Kind)),
		strings.Compare(a.Kind, b.Kind),
		strings.Compare(a.Stream, b.Stream),
		cmp.Compare(a.Version, b.Version),
		strings.Compare(a.Context, b.Context),
		strings.Compare(a.Arch, b.Arch),
		bytes.Compare(a.Text, b.Text),
	)
}

// Append appends a stream of the documents to dst, in the order they have.
func Append(dst []byte, documents []*Document) []byte {
	for _, d := range documents {
		dst = append(dst, "---"...)
		if len(d.Text) > 0 && strings.IndexByte(" \t\r\n", d.Text[0]) < 0 {
			dst = append(dst, '\n')
		}
		dst = append(dst, d.Text...)
		if !bytes.HasSuffix(dst, []byte("\n")) {
			dst = append(dst, '\n')
		}
		dst = append(dst, "...\n"...)
	}
	return dst
}
