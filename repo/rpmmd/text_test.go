package rpmmd

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// readable is what a reader of XML must get back for s.
func readable(s string) string {
	var b strings.Builder
	if utf8.ValidString(s) {
		for _, r := range s {
			if r >= ' ' && r != 0xfffe && r != 0xffff || r == '\t' || r == '\n' || r == '\r' {
				b.WriteRune(r)
			}
		}
		return b.String()
	}
	for _, c := range []byte(s) {
		if c >= ' ' && (c < 0x80 || c >= 0xc0) || c == '\t' || c == '\n' || c == '\r' {
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}

var awkward = []string{
	"", "plain", "a & b < c > d \"e\" 'f'", "\t\n\r\r\n", "]]>", "&amp;", "\x00\x01\x1f\x7f", "é", "\xe9", "\xc3\xa9\xe9", "\x80\x85\xbf\xc0\xff",
	"\U0001f600", "\ufffe\uffff\ufffd", "\xed\xa0\x80", "\xc0\x80", "\xf5\x80\x80\x80", "0123456é", "01234567é", "0123456&", "01234567&", "0123456\x07",
}

// packageOf returns a package with a, b and c in every field.
func packageOf(a, b, c string) *Package {
	deps := []Dependency{
		{Name: a, Epoch: b, Version: c, Release: a, Sense: SenseGE}, {Name: b, Version: c}, {Name: "", Sense: SenseEQ}, {Name: c, Sense: SenseLT, Pre: true},
	}
	return &Package{
		Name: a, Epoch: b, Version: c, Release: a, Arch: b, Checksum: Checksum{ChecksumType(a), c}, Location: Location{Href: a, Base: b},
		Summary: a, Description: b, Packager: c, URL: a, License: b, Vendor: c, Group: a, BuildHost: b, SourceRPM: c, FileTime: 1, BuildTime: -1, Size: 1 << 40,
		Provides: deps, Requires: deps, Conflicts: deps, Obsoletes: deps, Suggests: deps, Enhances: deps, Recommends: deps, Supplements: deps,
		Files:       []File{{a, b, RegularFile}, {a, c, Directory}, {"/etc/", c, GhostFile}, {"/etc/", a, RegularFile}, {b + "/", a, RegularFile}},
		FileDigests: []string{a, "", b}, DigestType: c,
		Changelogs: []Changelog{
			{1, a, b}, {2, c, a},
		},
	}
}

// FuzzRender makes sure that whatever strings a package holds, its XML is well
// formed and our own reader gets back what can be got back.
func FuzzRender(f *testing.F) {
	for i, s := range awkward {
		f.Add(s, awkward[(i+5)%len(awkward)], awkward[(i+9)%len(awkward)])
	}
	f.Add("bin/", "/etc/", "/usr/lib/sendmail")
	f.Add("\x1c", "", "")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		p := packageOf(a, b, c)
		for i, body := range [][]byte{p.AppendPrimary(nil), p.AppendFilelists(nil), p.AppendOther(nil), p.AppendFilelistsExt(nil)} {
			doc := append(documents[i].start(1), body...)
			doc = append(doc, documents[i].closing...)
			d := xml.NewDecoder(bytes.NewReader(doc))
			for {
				_, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err, "%s", doc)
			}
			require.True(t, bytes.HasPrefix(body, []byte("<package ")))
			require.True(t, bytes.HasSuffix(body, []byte("\n</package>\n")))
		}
		checkRoundTrip(t, p, clean(a) && clean(b) && clean(c))
	})
}

// clean tells whether a string stays as it is when it is written and read.
func clean(s string) bool { return s != "" && readable(s) == s }

var readers = [...]func(io.Reader, Limits) iter.Seq2[*Package, error]{ReadPrimary, ReadFilelists, ReadOther, ReadFilelists}

// checkRoundTrip renders a package, reads it, and renders it again. What it then
// says is stable, and if its strings are clean it is what was said first.
func checkRoundTrip(t *testing.T, p *Package, clean bool) {
	for i, d := range documents {
		render := func(p *Package) string {
			return string(d.start(1)) + string(d.render(p, nil)) + d.closing
		}
		read := func(doc string) *Package {
			var found []*Package
			for back, err := range readers[i](strings.NewReader(doc), Limits{}) {
				require.NoError(t, err, "%s", doc)
				found = append(found, back)
			}
			require.Len(t, found, 1)
			return found[0]
		}
		first := render(p)
		second := render(read(first))
		require.Equal(t, second, render(read(second)))
		if clean {
			require.Equal(t, first, second)
		}
	}
}
