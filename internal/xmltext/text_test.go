package xmltext

import (
	"encoding/xml"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
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

// decoded returns what encoding/xml reads from an attribute and a text.
func decoded(tb testing.TB, attr, text []byte) (string, string) {
	var v struct {
		Attr string `xml:"a,attr"`
		Text string `xml:",chardata"`
	}
	doc := []byte(`<x a="` + string(attr) + `">` + string(text) + `</x>`)
	require.NoError(tb, xml.Unmarshal(doc, &v), "%q", doc)
	return v.Attr, v.Text
}

func checkEscaping(tb testing.TB, s string) {
	attr, text := AppendAttr([]byte("keep"), s), AppendText([]byte("keep"), s)
	gotAttr, gotText := decoded(tb, attr, text)
	require.Equal(tb, "keep"+readable(s), gotAttr)
	require.Equal(tb, "keep"+readable(s), gotText)
	require.True(tb, IsASCII(string(attr)), "%q", attr)
	if s == "" || indexText(s) < 0 {
		require.Equal(tb, "keep"+s, string(text))
	}
}

var awkward = []string{
	"", "plain", "a & b < c > d \"e\" 'f'", "\t\n\r\r\n", "]]>", "&amp;", "\x00\x01\x1f\x7f", "é", "\xe9", "\xc3\xa9\xe9", "\x80\x85\xbf\xc0\xff",
	"\U0001f600", "\ufffe\uffff\ufffd", "\xed\xa0\x80", "\xc0\x80", "\xf5\x80\x80\x80", "0123456é", "01234567é", "0123456&", "01234567&", "0123456\x07",
}

func TestEscapedTextReadsBack(t *testing.T) {
	for _, s := range awkward {
		checkEscaping(t, s)
	}
	for c := range 256 {
		for pad := range 10 {
			checkEscaping(t, strings.Repeat("x", pad)+string([]byte{byte(c)})+strings.Repeat("y", 9-pad))
		}
	}
}

func TestScansFindWhatALoopFinds(t *testing.T) {
	loop := func(s string, odd func(byte) bool) int {
		for i := range len(s) {
			if odd(s[i]) {
				return i
			}
		}
		return -1
	}
	text := func(c byte) bool { return c < ' ' || c >= 0x80 || strings.IndexByte("&<>", c) >= 0 }
	attr := func(c byte) bool { return text(c) || c == '"' }
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("abcdefgh;=?!#%'\x1f\x21&<>\"\t\n\x07é"))).Draw(t, "s")
		require.Equal(t, loop(s, text), indexText(s))
		require.Equal(t, loop(s, attr), indexAttr(s))
		require.Equal(t, loop(s, Forbidden), IndexForbidden(s))
		require.Equal(t, loop(s, func(c byte) bool { return c >= 0x80 }) < 0, IsASCII(s))
	})
}

func FuzzEscape(f *testing.F) {
	for _, s := range awkward {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkEscaping(t, s) })
}
